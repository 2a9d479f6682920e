"""`gatepost token`: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest

from cardcore.keyset import Alg
from tests.fakes.card_material import NOW, VENUE, a_key
from tests.fakes.scanner_cli import CARD, lines, words
from tests.fakes.scanner_door import a_card
from tests.fakes.scanner_folder import printed_card
from tests.fakes.scanner_program import gatepost

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


class TestToken:
    def test_a_good_token_is_verified_by_the_doors_own_keys(self, door: Path) -> None:
        (line,) = lines(gatepost("token", "verify", printed_card(), "--data", door))
        assert line["result"] == "verified"
        claims = line["claims"]
        assert isinstance(claims, dict)
        assert list(claims) == [
            "audience", "expires_at", "issued_at", "nonce", "mode", "card_id", "generation", "member",
        ]  # fmt: skip
        assert (claims["mode"], claims["card_id"], claims["member"]) == ("print", CARD.hex(), None)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "not_a_card"),
            ("MC1:\n", "malformed_encoding"),
            (b"\xff\xfe", "not_a_card"),
            ("x" * 600, "token_too_long"),
        ],
    )
    def test_any_text_is_rejected_with_its_reason(
        self, door: Path, text: str | bytes, reason: str
    ) -> None:
        run = gatepost("token", "verify", text, "--data", door)
        assert (run.returncode, lines(run)) == (0, [{"result": "rejected", "reason": reason}])

    def test_on_a_terminal_people_read_the_claims_and_the_times(self, door: Path) -> None:
        shown = gatepost("token", "verify", printed_card(), "--data", door, terminal=True)
        told = shown.stdout.decode().splitlines()
        assert told[0] == "verified"
        assert any(line.startswith("  expires_at") and line.endswith("Z)") for line in told)
        refused = gatepost("token", "verify", "x", "--data", door, terminal=True)
        assert refused.stdout == b"rejected: not_a_card\n"

    def test_keys_may_come_from_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        path.write_text(json.dumps({"keyset": [_vector_key()]}))
        run = gatepost(
            "token", "verify", a_card(), "--keyset", path, "--audience", VENUE, "--at", str(NOW)
        )
        assert lines(run)[0]["result"] == "verified"
        run = gatepost("token", "verify", a_card(), "--keyset", path)
        assert run.returncode == 2
        assert "--audience" in words(run)

    def test_vectors_are_counted_and_failures_end_with_1(self, tmp_path: Path) -> None:
        path = tmp_path / "vectors.json"
        vector = {
            "id": "v", "token": "x", "now": NOW, "audience": VENUE, "expected": {"result": "rejected", "reason": "not_a_card"},
        }  # fmt: skip
        wrong = vector | {"id": "w", "expected": {"result": "rejected", "reason": "expired"}}
        strange = {
            "root": "00" * 32, "audience": VENUE, "mode": 9, "card_id": "00" * 16, "generation": 1 << 70, "venue_key": "", "card_key": "",
        }  # fmt: skip
        path.write_text(json.dumps({"keyset": [_vector_key()], "vectors": [vector]}))
        run = gatepost("token", "vectors", path)
        assert (run.returncode, run.stdout) == (0, b"1 passed, 0 failed\n")
        path.write_text(
            json.dumps(
                {
                    "keyset": [],
                    "vectors": [vector, wrong],
                    "derivation": [strange, strange | {"mode": 1, "generation": 1}],
                }
            )
        )
        run = gatepost("token", "vectors", path)
        assert run.returncode == 1
        told = run.stdout.decode().splitlines()
        assert told[-1] == "1 passed, 3 failed"
        assert len(told) == 4

    @pytest.mark.parametrize("content", [b"", b"{}", b'{"keyset": [{"kid": "zz"}]}', None])
    def test_a_file_of_another_shape_is_wrong_usage(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "vectors.json"
        if content is not None:
            path.write_bytes(content)
        run = gatepost("token", "vectors", path)
        assert run.returncode == 2
        assert "FILE" in words(run)

    def test_keys_that_make_no_key_set_are_wrong_usage(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        path.write_text(json.dumps({"keyset": [_vector_key(), _vector_key()]}))
        run = gatepost("token", "verify", "x", "--keyset", path, "--audience", VENUE)
        assert run.returncode == 2
        assert "two keys" in words(run)


def _vector_key() -> dict[str, object]:
    key = a_key(Alg.HMAC_256_256)
    return {
        "kid": key.kid.hex(), "alg": 5, "key": key.secret.hex(), "nbf": key.not_before, "exp": key.expires_at, "state": "active",
    }  # fmt: skip
