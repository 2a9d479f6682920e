"""Vector files: keys, derivations and tokens with what must come out (docs/reference/token.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cardcore import wire
from cardcore.card import Mode
from cardcore.derivation import derive_card_key, derive_venue_key
from cardcore.errors import KeySetError, WireError
from cardcore.ids import Audience, CardId, Kid, UnixSeconds
from cardcore.keyset import Key, KeySet, key_set_of, parse_alg, parse_key_state
from cardcore.verify import RejectedCard, VerifiedCard, verify_token
from scanner.bootstrap.door import door_keys
from scanner.config import Settings
from scanner.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorKey:
    """A key as a vector file has it."""

    kid: wire.Hex
    alg: int
    key: wire.Hex
    nbf: int
    exp: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A derivation that must come out."""

    root: wire.Hex
    audience: str
    mode: int
    card_id: wire.Hex
    generation: int
    venue_key: wire.Hex
    card_key: wire.Hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """A token, when and for whom it is judged, and what must come out."""

    id: str
    token: str
    now: int
    audience: str
    expected: dict[str, object]
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFile:
    """A whole vector file; only the keys are needed to judge one token."""

    keyset: list[VectorKey]
    derivation: list[Derivation] = ()  # type: ignore[assignment] # msgspec fills an absent list
    vectors: list[Vector] = ()  # type: ignore[assignment] # msgspec fills an absent list


def read_key_file(path: Path) -> VectorFile:
    """The vector file at ``path``.

    Raises:
        ConfigError: it cannot be read, or has another shape.
    """
    try:
        return wire.parse(path.read_bytes(), VectorFile)
    except (OSError, WireError) as error:
        raise ConfigError(field="FILE", value=str(path), hint=str(error)) from error


def keys_for(keys: Iterable[VectorKey], audience: Audience) -> KeySet:
    """The keys of a file, as belonging to ``audience``.

    Raises:
        ConfigError: they make no key set.
    """
    try:
        return key_set_of(_key(key, audience) for key in keys)
    except KeySetError as error:
        raise ConfigError(field="keyset", value="", hint=str(error)) from error


def verification_keys(
    settings: Settings, file: Path | None, audience: Audience | None
) -> tuple[KeySet, frozenset[Audience]]:
    """The keys to judge one token by: a file's, or this door's own."""
    if file is None:
        keys, own = door_keys(settings)
        return keys, frozenset((audience or own,))
    if audience is None:
        hint = "with --keyset, say for which venue: --audience NAME"
        raise ConfigError(field="--audience", value=None, hint=hint)
    return keys_for(read_key_file(file).keyset, audience), frozenset((audience,))


def result_of(verification: VerifiedCard | RejectedCard) -> dict[str, object]:
    """A verification as ``gatepost token verify`` prints it."""
    if isinstance(verification, RejectedCard):
        return {"result": "rejected", "reason": verification.reason.value}
    claims = verification.claims
    return {
        "result": "verified",
        "claims": {
            "audience": claims.audience,
            "expires_at": claims.expires_at,
            "issued_at": claims.issued_at,
            "nonce": claims.nonce.hex(),
            "mode": claims.mode.word,
            "card_id": claims.card_id.hex(),
            "generation": claims.generation,
            "member": claims.member,
        },
    }


def run_vectors(file: VectorFile) -> tuple[int, list[str]]:
    """How many vectors and derivations passed, and a line for each that did not."""
    failures = [words for words in map(_judge_derivation, file.derivation) if words]
    key_sets = {
        vector.audience: keys_for(file.keyset, Audience(vector.audience)) for vector in file.vectors
    }
    for vector in file.vectors:
        audience = Audience(vector.audience)
        found = result_of(
            verify_token(
                vector.token, key_sets[vector.audience], {audience}, UnixSeconds(vector.now)
            )
        )
        if found != vector.expected:
            failures.append(f"{vector.id}: expected {vector.expected}, came out {found}")
    total = len(file.derivation) + len(file.vectors)
    return total - len(failures), failures


def _judge_derivation(case: Derivation) -> str | None:
    venue_key = derive_venue_key(bytes.fromhex(case.root), Audience(case.audience))
    card_id = CardId(bytes.fromhex(case.card_id))
    try:
        card_key = derive_card_key(venue_key, Mode(case.mode), card_id, case.generation)
    except (ValueError, OverflowError) as error:
        return f"derivation of {case.card_id}: {error}"
    if (venue_key.hex(), card_key.hex()) == (case.venue_key, case.card_key):
        return None
    return f"derivation of {case.card_id}: came out {venue_key.hex()} and {card_key.hex()}"


def _key(key: VectorKey, audience: Audience) -> Key:
    return Key(
        kid=Kid(bytes.fromhex(key.kid)),
        alg=parse_alg(key.alg),
        secret=bytes.fromhex(key.key),
        audience=audience,
        not_before=UnixSeconds(key.nbf),
        signs_until=UnixSeconds(key.exp),
        expires_at=UnixSeconds(key.exp),
        state=parse_key_state(key.state),
    )
