"""The vectors of the audit entry, version 1: entries, chains, and what must be refused."""

import hashlib
from dataclasses import fields, replace
from typing import Final

from cardcore.audit import (
    GENESIS,
    AuditEntry,
    ClockTrust,
    Direction,
    Outcome,
    entry_hash,
    parse_entry,
    serialise_entry,
)
from tools.audit_refusals import refused
from tools.vector_json import Json, json_of

EPOCH: Final = bytes.fromhex("a1b2c3d4e5f60718")
OTHER_EPOCH: Final = bytes.fromhex("00000000000000ff")
BOOT: Final = bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
CARD: Final = bytes.fromhex("13abbe48a1ae6b96681c34f9c424eae1")
KID: Final = bytes.fromhex("305317fe")
WALL: Final = 1_790_000_000_000_000
LARGEST: Final = (1 << 63) - 1

MINIMAL: Final = AuditEntry(
    door="Front door",
    device="dev-1",
    epoch=EPOCH,
    seq=1,
    previous=GENESIS,
    wall=WALL,
    mono=73_000_000,
    boot_id=b"",
    clock=ClockTrust.TRUSTED,
    source="camera:0",
    direction=Direction.ENTRY,
    decision=Outcome.REFUSE,
    reason="not_a_card",
)
FULL: Final = replace(
    MINIMAL,
    boot_id=BOOT,
    decision=Outcome.ADMIT,
    reason="ok",
    kid=KID,
    mode=1,
    card_id=CARD,
    generation=3,
    nonce=bytes.fromhex("19dac896481471da"),
    status="active",
    status_origin="live",
    status_age_s=0,
    keyset_version=12,
    lists_version=0,
    policy_version=2,
    circuit="closed",
    attendant="mb",
    stages={"decode": 7_900, "verify": 61, "replay": 22, "status": 4_100, "decide": 3},
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    program="gatepost 0.1.0",
    extensions={1: "lane 2"},
)
SEVERAL_FORMS: Final[dict[int, object]] = {
    1: "text",
    2: b"\x00\xff",
    3: (1, -1, "in a list", {1: b""}),
    24: -(1 << 64),
    256: (1 << 64) - 1,
    -1: {-24: 0, -25: ()},
}
ENTRIES: Final = {
    "minimal": (MINIMAL, "the keys that every entry has; no boot id is an empty byte string"),
    "full": (FULL, "every key of version 1"),
    "extensions": (replace(MINIMAL, extensions=SEVERAL_FORMS), "every form a value may have"),
    "unknown-keys": (
        replace(FULL, unknown={31: "later", 40: {1: (b"\x01", "x")}, 1000: 7, -1: b"kept"}),
        "keys of a later version are kept; keys are sorted by their bytes, so -1 stands last",
    ),
    "largest": (
        replace(
            FULL,
            door="Ü" * 64,
            seq=LARGEST,
            wall=LARGEST,
            mono=LARGEST,
            mode=255,
            generation=65_535,
            nonce=bytes(range(16)),
            status_age_s=LARGEST,
            keyset_version=LARGEST,
        ),
        "numbers and words as large as they may be",
    ),
    "zeros": (replace(FULL, wall=0, mono=0, mode=0, generation=0), "a zero is no absent fact"),
    "record": (
        replace(
            MINIMAL,
            clock=ClockTrust.UNTRUSTED,
            source="attendant",
            direction=Direction.EXIT,
            decision=Outcome.RECORD,
            reason="exit",
            attendant="Zoë",
        ),
        "something that happened at the door, on no card",
    ),
    "review": (
        replace(FULL, clock=ClockTrust.HOLDOVER, decision=Outcome.REVIEW, reason="status_stale"),
        "a card that a person looks at",
    ),
}


def audit_file() -> Json:
    """The content of audit1.json."""
    chain = _chain()
    return {
        "format": "audit entry and chain",
        "version": 1,
        "entries": [_entry(name, entry, comment) for name, (entry, comment) in ENTRIES.items()],
        "chains": _good_chains(chain),
        "refused": refused(serialise_entry(MINIMAL)),
        "broken_chains": _broken_chains(chain),
    }


def _entry(name: str, entry: AuditEntry, comment: str) -> Json:
    data = serialise_entry(entry)
    values: dict[str, Json] = {}
    for name_of_field in (field.name for field in fields(entry)):
        value = getattr(entry, name_of_field)
        if value is not None and value != {}:
            values[name_of_field] = dict(value) if name_of_field == "stages" else json_of(value)
    return {
        "id": name,
        "comment": comment,
        "entry": values,
        "bytes": data.hex(),
        "hash": entry_hash(data).hex(),
    }


def _chain() -> list[bytes]:
    """Five entries, each naming the hash of the one before."""
    chain: list[bytes] = []
    for entry, _ in list(ENTRIES.values())[:5]:
        seq, previous = len(chain) + 1, entry_hash(chain[-1]) if chain else GENESIS
        chain.append(serialise_entry(replace(entry, seq=seq, previous=previous)))
    return chain


def _good_chains(chain: list[bytes]) -> Json:
    return [
        _good("five", "from an epoch's first entry on", chain, 0),
        _good("onward", "on from a head in the middle", chain, 2),
        _good("none", "no entries: the head stays", chain, 5),
    ]


def _good(name: str, comment: str, chain: list[bytes], start: int) -> Json:
    return {
        "id": name,
        "comment": comment,
        "epoch": EPOCH.hex(),
        "from": _head(chain, start),
        "entries": [data.hex() for data in chain[start:]],
        "head": _head(chain, len(chain)),
    }


def _head(chain: list[bytes], seq: int) -> Json:
    return {"seq": seq, "hash": (entry_hash(chain[seq - 1]) if seq else GENESIS).hex()}


def _broken_chains(chain: list[bytes]) -> Json:
    one, two, three, four, five = chain
    changed = three.replace(b"Front", b"Fromt")
    renumbered = serialise_entry(replace(parse_entry(four), seq=3))
    other = serialise_entry(replace(MINIMAL, epoch=OTHER_EPOCH))
    names_other = serialise_entry(replace(MINIMAL, previous=hashlib.sha256(b"").digest()))
    cases = [
        ("changed", [one, two, changed, four, five], 4, "name the hash"),
        ("dropped", [one, two, four, five], 3, "holds entry 4"),
        ("dropped and renumbered", [one, two, renumbered, five], 3, "name the hash"),
        ("swapped", [one, two, four, three, five], 3, "holds entry 4"),
        ("twice", [one, two, two, three, four, five], 3, "holds entry 2"),
        ("beheaded", [two, three, four, five], 1, "holds entry 2"),
        ("another epoch", [other], 1, "holds entry 1 of 00000000000000ff"),
        ("no first", [names_other], 1, "name the hash"),
        ("unreadable", [one, two[:-1], three], 2, "cut short"),
    ]
    return [
        {
            "id": name,
            "epoch": EPOCH.hex(),
            "entries": [data.hex() for data in entries],
            "at_seq": at_seq,
            "says": says,
        }
        for name, entries, at_seq, says in cases
    ]
