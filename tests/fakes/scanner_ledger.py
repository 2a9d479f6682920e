"""The ledger's promises kept in memory: the path's side and the outbox's side of one log."""

from dataclasses import replace
from typing import Final

from cardcore.audit import GENESIS, ClockTrust, entry_hash, serialise_entry
from cardcore.card import Claims
from cardcore.errors import WireError
from cardcore.ids import Epoch, Seq, UnixSeconds
from scanner.door.decision import Admit, Refuse, outcome_of
from scanner.door.moment import MICROS
from scanner.door.replay import Recollection, Replayed, judge_recollection, keeps_passback
from scanner.errors import LedgerError
from scanner.ports import Attempt, Committed, OutboxEntry
from tests.fakes.card_material import fixed_bytes

EPOCH: Final = Epoch(fixed_bytes("epoch", 8))


class FakeLedger:
    """A Ledger and an Outbox. ``trouble`` makes every question a fault."""

    def __init__(self, *, epoch: Epoch = EPOCH, began_at: int = 0) -> None:
        self.epoch = epoch
        self.began_at = UnixSeconds(began_at)
        self.purge_floor = UnixSeconds(0)
        self.floor = UnixSeconds(0)
        self.burned: dict[tuple[bytes, bytes], Replayed] = {}
        self.inside: dict[bytes, UnixSeconds] = {}
        self.log: list[OutboxEntry] = []
        self.marks: dict[Epoch, Seq] = {}
        self.trouble = ""

    @property
    def clock_floor(self) -> UnixSeconds:
        self._check()
        return self.floor

    def recall(self, claims: Claims) -> Recollection:
        self._check()
        known = Recollection(
            inside_since=self.inside.get(claims.card_id),
            purge_floor=self.purge_floor,
            began_at=self.began_at,
        )
        burned = self.burned.get((claims.card_id, claims.nonce))
        return known if burned is None else replace(known, replay=burned)

    def commit(self, attempt: Attempt) -> Committed:
        self._check()
        entry, decision = attempt.entry, attempt.decision
        now = UnixSeconds(entry.wall // MICROS)
        if isinstance(decision, Admit) and attempt.claims is not None:
            memory = self.recall(attempt.claims)
            against = judge_recollection(attempt.claims, memory, attempt.policy, now)
            decision = decision if against is None else Refuse(reason=against)
        seq = Seq(len(self.log) + 1)
        previous = self.log[-1].hash if self.log else GENESIS
        try:
            data = serialise_entry(
                replace(
                    entry,
                    epoch=self.epoch,
                    seq=seq,
                    previous=previous,
                    decision=outcome_of(decision),
                    reason=decision.reason.value,
                )
            )
        except WireError as error:
            raise LedgerError(str(error)) from error
        if isinstance(decision, Admit) and attempt.claims is not None:
            self._claim(attempt.claims, now, entry.door)
        if entry.clock is ClockTrust.TRUSTED:
            self.floor = max(self.floor, now)
        self.log.append(OutboxEntry(seq=seq, data=data, hash=entry_hash(data)))
        return Committed(decision=decision, seq=seq)

    def epochs(self) -> tuple[Epoch, ...]:
        self._check()
        return (self.epoch,)

    def after(self, epoch: Epoch, seq: Seq, limit: int) -> tuple[OutboxEntry, ...]:
        self._check()
        return tuple(self.log[seq : seq + limit]) if epoch == self.epoch else ()

    def hash_at(self, epoch: Epoch, seq: Seq) -> bytes | None:
        self._check()
        if seq == 0:
            return GENESIS
        known = epoch == self.epoch and 0 < seq <= len(self.log)
        return self.log[seq - 1].hash if known else None

    def head(self, epoch: Epoch) -> Seq:
        self._check()
        return Seq(len(self.log) if epoch == self.epoch else 0)

    def set_mark(self, epoch: Epoch, mark: Seq) -> None:
        self._check()
        self.marks[epoch] = mark

    def backlog(self) -> int:
        self._check()
        return len(self.log) - self.marks.get(self.epoch, 0)

    def raise_clock_floor(self, at_least: UnixSeconds) -> None:
        self._check()
        self.floor = max(self.floor, at_least)

    def _claim(self, claims: Claims, now: UnixSeconds, place: str) -> None:
        if claims.mode.burns_nonce:
            self.burned[claims.card_id, claims.nonce] = Replayed(first_used_at=now, where=place)
        if keeps_passback(claims.mode):
            self.inside[claims.card_id] = now

    def _check(self) -> None:
        if self.trouble:
            raise LedgerError(self.trouble)
