"""Handing over the log: by central's mark, batch by batch, and nothing counts as sent that central does not hold."""

import threading
from dataclasses import replace

import pytest

from cardcore.audit import GENESIS
from cardcore.ids import Epoch, Seq
from cardcore.wire import MAX_BATCH_ENTRIES, AuditBatch, BatchAnswer, MarkAnswer
from scanner.errors import LedgerError, LinkDownError
from scanner.ports import OutboxEntry
from scanner.sync.upload import upload_all
from tests.fakes.scanner_central import FakeCentral
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_ledger import EPOCH, FakeLedger


def _log_of(entries: int) -> FakeLedger:
    ledger = FakeLedger()
    for _ in range(entries):
        ledger.commit(a_refusal())
    return ledger


class TestUpload:
    def test_everything_is_handed_over_in_batches_one_after_the_other(self) -> None:
        central, ledger = FakeCentral(), _log_of(MAX_BATCH_ENTRIES + 3)
        sent: list[int] = []
        report = upload_all(central, ledger, sent.append)
        assert central.batch_sizes == sent == [MAX_BATCH_ENTRIES, 3]
        assert (report.uploaded, report.mark) == (MAX_BATCH_ENTRIES + 3, MAX_BATCH_ENTRIES + 3)
        assert ledger.marks[EPOCH] == MAX_BATCH_ENTRIES + 3

    def test_the_next_batch_is_read_while_one_is_on_its_way(self) -> None:
        read = threading.Event()

        class _Log(FakeLedger):
            def after(self, epoch: Epoch, seq: Seq, limit: int) -> tuple[OutboxEntry, ...]:
                if seq == MAX_BATCH_ENTRIES:
                    read.set()
                return super().after(epoch, seq, limit)

        class _Slow(FakeCentral):
            def upload(self, batch: AuditBatch) -> BatchAnswer:
                assert batch.first != 1 or read.wait(10)
                return super().upload(batch)

        ledger = _Log()
        for _ in range(MAX_BATCH_ENTRIES + 1):
            ledger.commit(a_refusal())
        assert upload_all(_Slow(), ledger).uploaded == MAX_BATCH_ENTRIES + 1

    def test_where_central_holds_more_than_was_sent_what_was_read_ahead_is_not_used(self) -> None:
        central, ledger = FakeCentral(), _log_of(2 * MAX_BATCH_ENTRIES + 1)
        upload_all(central, ledger)
        sizes = len(central.batch_sizes)

        class _Old(FakeCentral):
            """Its first word of the mark is an old one."""

            def mark(self, epoch: Epoch) -> MarkAnswer:
                return MarkAnswer(epoch=epoch.hex(), mark=0, hash=GENESIS.hex())

        old = _Old()
        old.heads, old.held = central.heads, central.held
        report = upload_all(old, ledger)
        assert (report.uploaded, report.duplicate, report.mark) == (0, MAX_BATCH_ENTRIES, 2_001)
        assert len(old.batch_sizes) == 1
        assert len(central.batch_sizes) == sizes

    def test_a_log_that_breaks_while_it_is_read_ahead_is_a_ledger_error(self) -> None:
        class _Log(FakeLedger):
            def after(self, epoch: Epoch, seq: Seq, limit: int) -> tuple[OutboxEntry, ...]:
                if seq == MAX_BATCH_ENTRIES:
                    msg = "disk error"
                    raise LedgerError(msg)
                return super().after(epoch, seq, limit)

        ledger, central = _Log(), FakeCentral()
        for _ in range(MAX_BATCH_ENTRIES + 1):
            ledger.commit(a_refusal())
        with pytest.raises(LedgerError, match="disk error"):
            upload_all(central, ledger)
        assert central.heads[EPOCH].seq == ledger.marks[EPOCH] == MAX_BATCH_ENTRIES

    def test_nothing_new_sends_nothing(self) -> None:
        central, ledger = FakeCentral(), _log_of(2)
        upload_all(central, ledger)
        report = upload_all(central, ledger)
        assert (report.uploaded, report.mark, central.batch_sizes) == (0, 2, [2])

    def test_the_position_is_centrals_not_the_one_noted_here(self) -> None:
        central, ledger = FakeCentral(), _log_of(3)
        ledger.set_mark(EPOCH, Seq(3))  # a note that central lost
        assert upload_all(central, ledger).uploaded == 3

    def test_after_a_lost_reply_central_is_asked_where_it_stands(self) -> None:
        central, ledger = FakeCentral(), _log_of(3)
        central.cut = True
        with pytest.raises(LinkDownError):
            upload_all(central, ledger)
        assert ledger.backlog() == 3
        central.cut = False
        assert (upload_all(central, ledger).uploaded, ledger.backlog()) == (0, 0)

    def test_a_central_that_keeps_less_than_it_took_is_no_success(self) -> None:
        central, ledger = FakeCentral(), _log_of(3)
        central.keeps_at_most = 2
        with pytest.raises(LinkDownError, match="up to 3 but holds only 2"):
            upload_all(central, ledger)
        assert ledger.backlog() == 1

    def test_a_mark_of_another_history_marks_nothing(self) -> None:
        central, ledger = FakeCentral(), _log_of(1)
        central.nonsense = True
        with pytest.raises(LinkDownError, match="does not fit this log"):
            upload_all(central, ledger)
        assert ledger.marks == {}

    def test_an_answer_about_another_epoch_marks_nothing(self) -> None:
        class _Elsewhere(FakeCentral):
            def upload(self, batch: AuditBatch) -> BatchAnswer:
                answer = super().upload(batch)
                return replace(answer, epoch="00" * 8)

        ledger = _log_of(1)
        with pytest.raises(LinkDownError, match="answered about epoch"):
            upload_all(_Elsewhere(), ledger)
        assert ledger.backlog() == 1

    def test_what_central_could_not_read_is_reported(self) -> None:
        class _Picky(FakeCentral):
            def upload(self, batch: AuditBatch) -> BatchAnswer:
                return replace(super().upload(batch), quarantined=[batch.first], duplicate=4)

        report = upload_all(_Picky(), _log_of(1))
        assert (report.quarantined, report.duplicate) == ([1], 4)

    def test_a_log_that_cannot_be_read_is_a_ledger_error(self) -> None:
        ledger = _log_of(1)
        ledger.trouble = "disk error"
        with pytest.raises(LedgerError):
            upload_all(FakeCentral(), ledger)
