"""What central could not read is shown to staff, whoever runs the sync."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from cardcore.ids import Epoch, Seq, UnixSeconds
from cardcore.wire import AuditBatch, BatchAnswer
from scanner.adapters.quarantine_file import QUARANTINE_FILE, KeptApart, QuarantineFile
from scanner.errors import LinkDownError
from scanner.sync.fork import Aid
from scanner.sync.upload import upload_all
from tests.fakes.card_material import NOW
from tests.fakes.scanner_central import FakeCentral
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_ledger import EPOCH, FakeLedger

AT: Final = UnixSeconds(NOW)


class _Picky(FakeCentral):
    """It cannot read the entries of ``odd``."""

    odd: tuple[int, ...] = ()

    def upload(self, batch: AuditBatch) -> BatchAnswer:
        sent = range(batch.first, batch.first + len(batch.entries))
        odd = [number for number in self.odd if number in sent]
        return replace(super().upload(batch), quarantined=odd)


def _aid(file: QuarantineFile) -> Aid:
    return Aid(
        tell=lambda _epoch, _believed: None,
        apart=lambda epoch, numbers: file.note(epoch, numbers, AT),
        new_epoch=lambda: Epoch(bytes(8)),
        now=lambda: AT,
    )


def _log_of(entries: int) -> FakeLedger:
    ledger = FakeLedger()
    for _ in range(entries):
        ledger.commit(a_refusal())
    return ledger


def test_what_central_keeps_apart_is_noted_and_counted_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, central, ledger = QuarantineFile(tmp_path), _Picky(), _log_of(3)
    central.odd = (1, 3)
    with caplog.at_level(logging.WARNING):
        upload_all(central, ledger, aid=_aid(file))
    assert file.read() == KeptApart(entries=2, epoch=EPOCH.hex(), seq=3, at=NOW)
    assert "cannot read 2 entries" in caplog.text
    central.odd = (4,)
    ledger.commit(a_refusal())
    upload_all(central, ledger, aid=_aid(file))
    assert file.read() == KeptApart(entries=3, epoch=EPOCH.hex(), seq=4, at=NOW)


def test_where_all_was_read_nothing_is_noted(tmp_path: Path) -> None:
    upload_all(_Picky(), _log_of(2), aid=_aid(QuarantineFile(tmp_path)))
    assert QuarantineFile(tmp_path).read() is None


def test_a_batch_that_is_lost_later_takes_no_note_away(tmp_path: Path) -> None:
    file, central, ledger = QuarantineFile(tmp_path), _Picky(), _log_of(2)
    central.odd = (1,)
    upload_all(central, ledger, aid=_aid(file))
    central.down = True
    with pytest.raises(LinkDownError):
        upload_all(central, ledger, aid=_aid(file))
    assert file.read() == KeptApart(entries=1, epoch=EPOCH.hex(), seq=1, at=NOW)
    assert ledger.mark(EPOCH) == Seq(2)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"entries": "many"}', b"\xff"])
def test_a_damaged_note_is_as_good_as_none_and_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / QUARANTINE_FILE).write_bytes(content)
    file = QuarantineFile(tmp_path)
    assert file.read() is None
    file.note(EPOCH, [7], AT)
    assert file.read() == KeptApart(entries=1, epoch=EPOCH.hex(), seq=7, at=NOW)


def test_a_folder_that_cannot_be_written_stops_no_sync(tmp_path: Path) -> None:
    file = QuarantineFile(tmp_path / "gone")
    file.note(EPOCH, [7], AT)
    assert file.read() is None
