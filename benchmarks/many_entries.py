"""A database with very many audit entries of the last 30 days, and the rollups that ingest would have kept of them."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

from cardcore.audit import (
    GENESIS,
    AuditEntry,
    ClockTrust,
    Direction,
    Outcome,
    entry_hash,
    serialise_entry,
)
from cardcore.card import Mode
from cardcore.ids import CardId, Epoch, MemberId, Micros, Seq, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from central.figures.tally import tally_of
from central.ops.system_clock import SystemClock
from central.ports.records import Card, Device, Member, StoredEntry
from central.ports.rollups import DAY, MICROS, KeptEntry, MemberKey
from central.storage import audit
from central.storage.copying import add_rows
from central.storage.schema import AUDIT_ENTRIES, AUDIT_HEADS
from central.storage.transaction import SqlStorage, migrate_storage, open_storage
from tests.fakes.central_material import MAIN, some_device

AT_ONCE: Final = 20_000
CARDS: Final = 500
DOORS: Final = 8
DAYS: Final = 30
VERDICTS: Final = (
    *[(Outcome.ADMIT, "ok")] * 16,
    (Outcome.REFUSE, "expired"),
    (Outcome.REFUSE, "replayed"),
    (Outcome.REFUSE, "card_revoked"),
    (Outcome.REVIEW, "status_stale"),
)


def fill(url: str, count: int) -> None:
    """Make the database and its entries; as many a second as the database takes."""
    migrate_storage(url)
    devices = [some_device(f"d-{number}") for number in range(DOORS)]
    with closing(open_storage(url)) as storage:
        _people(storage, devices)
        seqs = dict.fromkeys((device.device_id for device in devices), 0)
        now = SystemClock().now()
        for first in range(0, count, AT_ONCE):
            device = devices[first // AT_ONCE % DOORS]
            size = min(AT_ONCE, count - first)
            _chunk(storage, device, seqs[device.device_id], _spread(first, size, count, now))
            seqs[device.device_id] += size


def _spread(first: int, size: int, count: int, now: int) -> Iterator[tuple[int, int]]:
    """Numbers, and when they happened: evenly over the days."""
    for number in range(first, first + size):
        yield number, now - DAYS * DAY + int(number / count * DAYS * DAY)


def _people(storage: SqlStorage, devices: list[Device]) -> None:
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        for device in devices:
            tx.devices.add(device)
        for number in range(CARDS):
            member = MemberId(f"M-{number}")
            tx.members.put(
                [
                    Member(
                        member_id=member,
                        audience=MAIN,
                        display_name=None,
                        status=MemberStatus.ACTIVE,
                    )
                ]
            )
            tx.cards.add(
                Card(
                    card_id=CardId(number.to_bytes(16, "big")),
                    audience=MAIN,
                    member_id=member,
                    mode=Mode.ROTATING,
                    state=CardState.ACTIVE,
                    generation=0,
                    issued_at=UnixSeconds(0),
                    changed_at=UnixSeconds(0),
                )
            )


def _chunk(
    storage: SqlStorage, device: Device, seq: int, numbers: Iterator[tuple[int, int]]
) -> None:
    epoch = Epoch(b"manymany")
    kept = [
        _kept(device, epoch, seq + offset, number, at)
        for offset, (number, at) in enumerate(numbers, 1)
    ]
    holders = {
        CardId(number.to_bytes(16, "big")): MemberKey(MAIN, MemberId(f"M-{number}"))
        for number in range(CARDS)
    }
    last = kept[-1].stored
    with storage.write() as tx:
        connection = tx._connection  # noqa: SLF001 -- the quickest way in knows no ports
        if seq == 0:
            head = {
                "device_id": device.device_id,
                "epoch": epoch,
                "mark": last.seq,
                "hash": last.hash,
            }
            connection.execute(AUDIT_HEADS.insert().values(**head))
        else:
            update = AUDIT_HEADS.update().where(AUDIT_HEADS.c.device_id == device.device_id)
            connection.execute(update.values(mark=last.seq, hash=last.hash))
        rows = [
            (device.device_id, epoch, each.arrived_at, *audit.columns_of(each.stored))
            for each in kept
        ]
        add_rows(connection, AUDIT_ENTRIES.name, audit.WRITTEN, rows)
        tx.rollups.add(tally_of(kept, holders))


def _kept(device: Device, epoch: Epoch, seq: int, number: int, at: int) -> KeptEntry:
    decision, reason = VERDICTS[number % len(VERDICTS)]
    entry = AuditEntry(
        door=device.door,
        device=device.device_id,
        epoch=epoch,
        seq=seq,
        previous=GENESIS,
        wall=at * MICROS,
        mono=at,
        boot_id=bytes(16),
        clock=ClockTrust.TRUSTED,
        source="camera",
        direction=Direction.ENTRY,
        decision=decision,
        reason=reason,
        mode=Mode.ROTATING.value,
        card_id=(number % CARDS).to_bytes(16, "big"),
        nonce=number.to_bytes(8, "big"),
        stages={"verify": 500 + number % 2_000},
    )
    return KeptEntry(
        audience=MAIN,
        device_id=device.device_id,
        epoch=epoch,
        arrived_at=Micros(at * MICROS),
        stored=StoredEntry(seq=Seq(seq), hash=HASH, raw=RAW, entry=entry, quarantine=None),
    )


# Nobody reads them here: making each would take ten times as long as keeping it.
RAW: Final = serialise_entry(
    AuditEntry(
        door="North",
        device="d-0",
        epoch=b"manymany",
        seq=1,
        previous=GENESIS,
        wall=1,
        mono=1,
        boot_id=bytes(16),
        clock=ClockTrust.TRUSTED,
        source="camera",
        direction=Direction.ENTRY,
        decision=Outcome.ADMIT,
        reason="ok",
        card_id=bytes(16),
        nonce=bytes(8),
        stages={"decode": 2_000, "verify": 500, "replay": 90, "status": 80, "decide": 30},
    )
)
HASH: Final = entry_hash(RAW)
