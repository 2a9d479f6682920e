from dataclasses import replace

import pytest

from cardcore.errors import KeySetError
from cardcore.ids import Audience, Kid
from cardcore.keyset import Alg, Key, KeyState, key_set_of, parse_alg, parse_key_state
from cardcore.token import Envelope
from tests.fakes.card_material import SECRETS, VENUE, a_key

KEY = a_key(Alg.HMAC_256_64)


def test_a_key_set_finds_keys_by_id_and_names_their_venues() -> None:
    other = replace(KEY, kid=Kid(b"kid2"), audience=Audience("venue-13"))
    keys = key_set_of([KEY, other], version=5)
    assert keys.keys == {KEY.kid: KEY, other.kid: other}
    assert keys.audiences == {VENUE, "venue-13"}
    assert keys.version == 5


def test_two_keys_of_one_id_are_refused() -> None:
    with pytest.raises(KeySetError, match="two keys"):
        key_set_of([KEY, replace(KEY, alg=Alg.EDDSA)])


@pytest.mark.parametrize(
    "key", [replace(KEY, kid=Kid(b"kid")), replace(KEY, secret=bytes(31))], ids=["kid", "secret"]
)
def test_an_id_or_a_secret_of_another_length_is_refused(key: Key) -> None:
    with pytest.raises(KeySetError, match="an id has 4 bytes and a key 32"):
        key_set_of([key])


def test_a_key_never_shows_its_secret() -> None:
    secret = SECRETS[Alg.HMAC_256_64]
    assert repr(secret) not in repr(KEY)
    assert secret.hex() not in repr(KEY)


@pytest.mark.parametrize(
    ("number", "alg", "envelope", "size"),
    [
        (4, Alg.HMAC_256_64, Envelope.MAC0, 8),
        (5, Alg.HMAC_256_256, Envelope.MAC0, 32),
        (-8, Alg.EDDSA, Envelope.SIGN1, 64),
    ],
)
def test_an_algorithm_has_its_number_envelope_and_size(
    number: int, alg: Alg, envelope: Envelope, size: int
) -> None:
    assert parse_alg(number) is alg
    assert alg.envelope is envelope
    assert alg.tag_bytes == size


@pytest.mark.parametrize("number", [6, -7, "4", 4.0, True, None])
def test_another_algorithm_is_refused(number: object) -> None:
    with pytest.raises(KeySetError):
        parse_alg(number)


@pytest.mark.parametrize("state", KeyState)
def test_a_key_state_is_read_by_its_word(state: KeyState) -> None:
    assert parse_key_state(str(state)) is state


@pytest.mark.parametrize("word", ["Active", "", None, 0])
def test_another_key_state_is_refused(word: object) -> None:
    with pytest.raises(KeySetError, match="unknown key state"):
        parse_key_state(word)
