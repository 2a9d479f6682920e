"""A real central in a process of its own, and a door with a backlog as a long time offline leaves it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
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
from cardcore.ids import CardId, DoorId, Epoch, MemberId
from cardcore.lifecycle import CardState
from central.bootstrap import wire_central
from central.ops.system_clock import SystemClock
from central.ports.records import Card, Member
from central.storage.transaction import open_storage
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.bootstrap.door import LEDGER_FILE, open_ledger
from scanner.bootstrap.pairing import enrol_device
from scanner.bootstrap.report import door_status
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.sqlite import connect, immediate
from tests.fakes.central_material import ADA, MAIN
from tests.fakes.central_process import READY_S
from tools import phone

CARDS: Final = 2_000  # that come again and again; each entry has a nonce of its own
DAY_US: Final = 86_400 * 1_000_000
STAGES: Final = {"decode": 900, "verify": 200, "replay": 100, "status": 40, "decide": 10}


class Venue:
    """Central's folder, its process and address while it serves, and a phone with a card."""

    def __init__(self, data: Path, process: int, url: str, member: phone.Phone) -> None:
        self.data = data
        self.process = process
        self.url = url
        self.member = member

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def code(self, door: str) -> str:
        """A code that enrols a device at ``door``."""
        with closing(open_storage(_url_of(self.data))) as storage:
            central = wire_central(storage, clock=SystemClock(), randomness=os.urandom)
            return central.devices.make_code(MAIN, DoorId(door)).text


@contextmanager
def venue(data: Path) -> Iterator[Venue]:
    """A central that serves, with CARDS cards that the entries below name, and one on a phone."""
    data.mkdir()
    link = _people(data)
    command = [sys.executable, "-m", "central", "--data", str(data), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        try:
            yield Venue(data, process.pid, url, phone.claim(url, link))
        finally:
            process.terminate()
            process.wait(READY_S)


def door_at(place: Venue, data: Path, url: str, **settings: object) -> Settings:
    """An enrolled door; it is told to find central at ``url``."""
    made = replace(Settings(data=str(data), decoders=("zxing",)), **settings)  # type: ignore[arg-type]
    enrol_device(made, url, place.code(data.name))
    return made


def give_backlog(settings: Settings, entries: int) -> None:
    """The entries of a long time offline, as the door would have written them, in one transaction."""
    status = door_status(settings)
    open_ledger(settings, rehearsal=False).close()
    seal = LedgerSeal(open_vault(settings))
    db = connect(settings.folder / LEDGER_FILE)
    with closing(db.conn), immediate(db):
        no, epoch = db.conn.execute(
            "SELECT e.no, e.epoch FROM state s JOIN epochs e ON e.no = s.epoch"
        ).fetchone()
        named = (str(status["door"]), str(status["device"]), Epoch(epoch))
        head, began = GENESIS, time.time_ns() // 1_000 - DAY_US
        for seq in range(1, entries + 1):
            wall = began + seq * DAY_US // (2 * entries)
            data = _entry(named, seq, head, wall)
            head = entry_hash(data)
            row = (no, seq, head, seal.entry(data, head))
            db.conn.execute("INSERT INTO audit (epoch, seq, hash, data) VALUES (?, ?, ?, ?)", row)
        db.conn.execute(
            "UPDATE state SET seq = ?, head = ?, began_at = 0", (entries, head)
        )  # a ledger of long ago: it refuses no fresh card


def _entry(named: tuple[str, str, Epoch], seq: int, previous: bytes, wall: int) -> bytes:
    door, device, epoch = named
    return serialise_entry(
        AuditEntry(
            door=door,
            device=device,
            epoch=epoch,
            seq=seq,
            previous=previous,
            wall=wall,
            mono=wall,
            boot_id=bytes(16),
            clock=ClockTrust.TRUSTED,
            source="camera:0",
            direction=Direction.ENTRY,
            decision=Outcome.ADMIT,
            reason="ok_snapshot",
            kid=b"kid1",
            mode=Mode.ROTATING.value,
            card_id=_card_id(seq % CARDS),
            generation=0,
            nonce=os.urandom(12),
            status="active",
            status_origin="snapshot",
            status_age_s=seq % 3_600,
            keyset_version=3,
            policy_version=1,
            circuit="open",
            stages=STAGES,
            program="gatepost 0.1.0",
        )
    )


def _card_id(number: int) -> CardId:
    return CardId(number.to_bytes(16, "big"))


def _url_of(data: Path) -> str:
    return f"sqlite:///{data / 'central.sqlite3'}"


def _people(data: Path) -> str:
    """Members with a card each, and the link of one card for a phone."""
    with closing(open_storage(_url_of(data))) as storage:
        central = wire_central(storage, clock=SystemClock(), randomness=os.urandom)
        members = [
            Member(
                audience=MAIN,
                member_id=MemberId(f"M-{number:05}"),
                display_name=f"Member {number}",
                status=ADA.status,
            )
            for number in range(CARDS)
        ]
        central.members.import_members(MAIN, members)
        now = SystemClock().now()
        with storage.write() as tx:
            for number, member in enumerate(members):
                tx.cards.add(
                    Card(
                        card_id=_card_id(number),
                        audience=MAIN,
                        member_id=member.member_id,
                        mode=Mode.ROTATING,
                        state=CardState.ACTIVE,
                        generation=0,
                        issued_at=now,
                        changed_at=now,
                    )
                )
        card = central.cards.issue(MAIN, members[0].member_id, Mode.ROTATING)
        return central.tokens.open_link(card.card_id).secret
