"""The ledger's promises kept in memory: the path's side and the outbox's side of one log."""

from dataclasses import replace
from typing import Final

from cardcore.audit import GENESIS, ClockTrust, entry_hash, parse_entry, serialise_entry
from cardcore.card import Claims
from cardcore.errors import WireError
from cardcore.ids import CardId, Epoch, Seq, UnixSeconds
from scanner.door.clock_trust import ClockMemory
from scanner.door.decision import Admit, Decision, Refuse, judge_crowd, outcome_of
from scanner.door.moment import MICROS, Moment
from scanner.door.passback import ComesIn, GoesOut, movement_of
from scanner.door.replay import Recollection, Replayed, judge_recollection
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
        self.anchor: Moment | None = None
        self.burned: dict[tuple[bytes, bytes], Replayed] = {}
        self.inside: list[tuple[CardId | None, UnixSeconds]] = []
        self.log: list[OutboxEntry] = []
        self.marks: dict[Epoch, Seq] = {}
        self.past: dict[Epoch, list[OutboxEntry]] = {}
        self.trouble = ""

    @property
    def clock_floor(self) -> UnixSeconds:
        self._check()
        return self.floor

    @property
    def clock_memory(self) -> ClockMemory:
        self._check()
        return ClockMemory(floor=self.floor, anchor=self.anchor)

    def anchor_clock(self, at: Moment) -> None:
        self._check()
        self.anchor = at

    def set_clock(self, at: Moment) -> None:
        self._check()
        self.floor, self.anchor = at.seconds, at
        self.began_at = min(self.began_at, at.seconds)

    def recall(self, claims: Claims) -> Recollection:
        self._check()
        known = Recollection(
            inside_since=max(
                (since for card_id, since in self.inside if card_id == claims.card_id), default=None
            ),
            purge_floor=self.purge_floor,
            began_at=self.began_at,
        )
        burned = self.burned.get((claims.card_id, claims.nonce))
        return known if burned is None else replace(known, replay=burned)

    def here(self, now: UnixSeconds, within: int) -> int:
        self._check()
        return sum(now - since < within for _card_id, since in self.inside)

    def commit(self, attempt: Attempt) -> Committed:
        self._check()
        entry, decision = attempt.entry, attempt.decision
        now = UnixSeconds(entry.wall // MICROS)
        if isinstance(decision, Admit) and attempt.claims is not None:
            memory = self.recall(attempt.claims)
            against = judge_recollection(attempt.claims, memory, attempt.policy, now)
            full = judge_crowd(attempt.policy, self.here(now, attempt.policy.passback_s))
            decision = (full or decision) if against is None else Refuse(reason=against)
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
            self._burn(attempt.claims, now, entry.door)
        self._move(attempt, decision, now)
        if entry.clock is ClockTrust.TRUSTED:
            self.floor = max(self.floor, now)
            self.began_at = min(self.began_at, now)
        self.log.append(OutboxEntry(seq=seq, data=data, hash=entry_hash(data)))
        return Committed(decision=decision, seq=seq)

    def epochs(self) -> tuple[Epoch, ...]:
        self._check()
        return (*self.past, self.epoch)

    def after(self, epoch: Epoch, seq: Seq, limit: int) -> tuple[OutboxEntry, ...]:
        self._check()
        return tuple(self._of(epoch)[seq : seq + limit])

    def hash_at(self, epoch: Epoch, seq: Seq) -> bytes | None:
        self._check()
        if seq == 0:
            return GENESIS
        entries = self._of(epoch)
        return entries[seq - 1].hash if 0 < seq <= len(entries) else None

    def head(self, epoch: Epoch) -> Seq:
        self._check()
        return Seq(len(self._of(epoch)))

    def set_mark(self, epoch: Epoch, mark: Seq) -> None:
        self._check()
        self.marks[epoch] = mark

    def mark(self, epoch: Epoch) -> Seq:
        self._check()
        return self.marks.get(epoch, Seq(0))

    def carry(self, epoch: Epoch, first: Seq, new_epoch: Epoch, now: UnixSeconds) -> int:
        self._check()
        entries = self._of(epoch)
        tail, self.marks[epoch] = entries[first - 1 :], Seq(first - 1)
        if epoch != self.epoch and not tail:
            return 0
        self.past[self.epoch] = self.log
        self.past[epoch] = entries[: first - 1]
        self.epoch, self.log, self.began_at = new_epoch, [], now
        for number, old in enumerate(tail, 1):
            entry = parse_entry(old.data)
            previous = self.log[-1].hash if self.log else GENESIS
            data = serialise_entry(
                replace(entry, epoch=new_epoch, seq=Seq(number), previous=previous)
            )
            self.log.append(OutboxEntry(seq=Seq(number), data=data, hash=entry_hash(data)))
        return len(tail)

    def _of(self, epoch: Epoch) -> list[OutboxEntry]:
        return self.log if epoch == self.epoch else self.past.get(epoch, [])

    def backlog(self) -> int:
        self._check()
        return len(self.log) - self.marks.get(self.epoch, 0)

    def raise_clock_floor(self, at_least: UnixSeconds) -> None:
        self._check()
        self.floor = max(self.floor, at_least)

    def _burn(self, claims: Claims, now: UnixSeconds, place: str) -> None:
        if claims.mode.burns_nonce:
            self.burned[claims.card_id, claims.nonce] = Replayed(first_used_at=now, where=place)

    def _move(self, attempt: Attempt, decision: Decision, now: UnixSeconds) -> None:
        named = attempt.entry.card_id
        card_id = None if named is None else CardId(named)
        match movement_of(decision, attempt.entry.direction, card_id, attempt.undoes):
            case ComesIn():
                self.inside.append((card_id, now))
            case GoesOut():
                gone = next((one for one in reversed(self.inside) if one[0] == card_id), None)
                if gone is not None:
                    self.inside.remove(gone)
            case _:
                pass

    def _check(self) -> None:
        if self.trouble:
            raise LedgerError(self.trouble)
