"""A log that door and central have both signed: whoever tampers with either copy is found out, by both commands."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from cardcore.audit_proof import AuditBreakError, BreakKind
from scanner.bootstrap.door import LEDGER_FILE, open_door, open_log
from scanner.bootstrap.pairing import Enrolled, enrol_device
from scanner.bootstrap.proof import verify_log
from scanner.bootstrap.step import open_sync
from scanner.config import Settings
from scanner.door.frame import Presentation
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, call, row, rows

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """A door that has shown three cards and synced, and shown three more and synced again."""

    data: Path
    url: str
    settings: Settings
    enrolled: Enrolled

    def show(self, count: int) -> None:
        with open_door(self.settings) as door:
            for _ in range(count):
                shown = Presentation(text="no card", at=door.clock.now(), source="picture")
                door.pipeline.answer(shown)

    def sync(self) -> None:
        with open_sync(self.settings) as room:
            room.sync()

    def code(self) -> str:
        return str(row(self.data, "device", "code", "Door 1")["code"])

    def door_breaks(self) -> list[AuditBreakError]:
        return [each.broken for each in verify_log(self.settings) if each.broken is not None]

    def change_ledger(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.settings.folder / LEDGER_FILE)) as ledger:
            for statement in statements:
                ledger.execute(statement)
            ledger.commit()

    def change_central(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.data / "central.sqlite3")) as central:
            for statement in statements:
                central.execute(statement)
            central.commit()


@pytest.fixture
def evening(data: Path, server: Here) -> Evening:
    settings = Settings(data=str(data.parent / "door"), decoders=("zxing",), live_status=False)
    code = str(row(data, "device", "code", "Door 1")["code"])
    made = Evening(
        data=data,
        url=server.url,
        settings=settings,
        enrolled=enrol_device(settings, server.url, code),
    )
    for _ in range(2):
        made.show(3)
        made.sync()
    return made


def test_both_copies_of_a_log_prove_sound_as_far_as_they_were_signed(evening: Evening) -> None:
    evening.show(1)
    [verdict] = verify_log(evening.settings)
    assert verdict.proven is not None
    assert (verdict.proven.head.seq, verdict.proven.signed) == (7, 6)
    central = row(evening.data, "audit", "verify")
    assert (central["sound"], central["entries"], central["signed"]) == (True, 6, 6)


BREAKS: list[tuple[str, Callable[[Evening], None], int, BreakKind]] = [
    (
        "edited",
        lambda it: it.change_ledger(
            "UPDATE audit SET data = CAST(x'00' || data AS BLOB) WHERE seq = 2"
        ),
        2,
        BreakKind.EDITED,
    ),
    (
        "missing",
        lambda it: it.change_ledger("DELETE FROM audit WHERE seq = 2"),
        2,
        BreakKind.MISSING,
    ),
    (
        "truncated",
        lambda it: it.change_ledger(
            "DELETE FROM audit WHERE seq > 4",
            "UPDATE state SET seq = 4, head = (SELECT hash FROM audit WHERE seq = 4)",
        ),
        5,
        BreakKind.TRUNCATED,
    ),
    (
        "signature",
        lambda it: it.change_ledger("UPDATE checkpoints SET statement = x'00' WHERE seq = 3"),
        3,
        BreakKind.BAD_SIGNATURE,
    ),
]


@pytest.mark.parametrize(
    ("tamper", "at", "kind"), [each[1:] for each in BREAKS], ids=[each[0] for each in BREAKS]
)
def test_a_door_names_the_first_break_of_its_log(
    evening: Evening, tamper: Callable[[Evening], None], at: int, kind: BreakKind
) -> None:
    tamper(evening)
    [broken] = evening.door_breaks()
    assert (broken.at_seq, broken.kind) == (at, kind)


def test_an_insider_at_central_is_found_out(evening: Evening) -> None:
    evening.change_central(
        "UPDATE audit_entries SET raw = CAST(x'00' || raw AS BLOB) WHERE seq = 2"
    )
    result = call(evening.data, "audit", "verify", code=1)
    assert "BROKEN at entry 2, edited" in result.stdout
    evening.change_central(
        "DELETE FROM audit_entries WHERE seq > 4",
        "UPDATE audit_heads SET mark = 4, hash = (SELECT hash FROM audit_entries WHERE seq = 4)",
        "UPDATE audit_entries SET raw = substr(raw, 2) WHERE seq = 2",
    )
    result = call(evening.data, "audit", "verify", code=1)
    assert "BROKEN at entry 5, truncated" in result.stdout


def test_a_door_that_enrols_anew_keeps_its_log_and_hands_none_of_it_in_twice(
    evening: Evening,
) -> None:
    evening.show(2)
    again = enrol_device(evening.settings, evening.url, evening.code())
    assert again.device_id != evening.enrolled.device_id
    evening.show(1)
    evening.sync()
    with open_log(evening.settings) as log:
        old, new = log.all_epochs()
        assert log.epochs() == (new,)
        assert (log.head(old), log.head(new), log.backlog()) == (8, 1, 0)
    assert evening.door_breaks() == []
    audit = rows(evening.data, "audit", "list")
    assert [line["quarantine"] for line in audit] == [None] * 9
    assert {line["device_id"] for line in audit} == {evening.enrolled.device_id, again.device_id}
    assert rows(evening.data, "incidents") == []
    assert len(rows(evening.data, "audit", "verify")) == 2


def test_what_could_not_be_handed_over_before_is_handed_in_anew_and_kept_apart(
    evening: Evening,
) -> None:
    evening.show(2)
    call(evening.data, "device", "revoke", evening.enrolled.device_id)
    # its log is still taken, so the device is made to have lost its keys as well
    (evening.settings.folder / "device_keys.json").unlink()
    again = enrol_device(evening.settings, evening.url, evening.code())
    evening.sync()
    held = [
        line for line in rows(evening.data, "audit", "list") if line["device_id"] == again.device_id
    ]
    assert [line["quarantine"] for line in held] == ["foreign_device"] * 2
    assert evening.door_breaks() == []
