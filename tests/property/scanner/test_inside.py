"""Who is inside, told by a model beside the ledger: entries, exits, overrides, undos and time, in any order.

The count is exact and never negative; an undo never frees a nonce; a door opens at most once for an admission, only after
it is in the log, and not for one taken back.
"""

import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cardcore.audit import Direction, Outcome
from cardcore.card import Claims, Mode
from cardcore.ids import CardId, Seq, UnixSeconds
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.door.decision import Admit, Decision, Record, Refuse
from scanner.door.replay import Replayed
from scanner.errors import LedgerError
from tests.fakes.card_material import NOW, fixed_bytes, some_claims
from tests.fakes.scanner_door import LONG_AGO, an_attempt
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.vault import VAULT

WINDOW: Final = 3_600
CAPACITY: Final = 4
POLICY: Final = DoorPolicy(passback_s=WINDOW, capacity=CAPACITY)
CARDS: Final = tuple(CardId(fixed_bytes(f"card {number}", 16)) for number in range(3))
CARD: Final = st.sampled_from(CARDS)


@dataclass
class Entered:
    """An admission, as the model remembers it."""

    seq: int
    card: CardId | None
    since: int
    gone: bool = False
    undone: bool = False
    opened: bool = False
    outward: bool = False


class Inside(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.entered: list[Entered] = []
        self.burned: set[tuple[CardId, bytes]] = set()
        self.nonces = 0

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "ledger.sqlite3"
        self.ledger = SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=LONG_AGO)
        self.log = SqliteLog(path, VAULT)

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            with self.folder, closing(self.ledger), closing(self.log):
                chain = self.log.verify(EPOCH)
                assert chain.seq == self.log.head(EPOCH)

    @rule(card=CARD, mode=st.sampled_from(Mode))
    def comes(self, card: CardId, mode: Mode) -> None:
        self.nonces += 1
        claims = self._claims(card, mode, self.nonces.to_bytes(8, "big"))
        decision, seq = self._commit(claims, Admit(reason=Reason.OK), Direction.ENTRY)
        if mode is not Mode.ONLINE and any(one.card == card for one in self._inside()):
            assert decision == Refuse(reason=Reason.PASSBACK)
        elif len(self._inside()) >= CAPACITY:
            assert decision == Refuse(reason=Reason.CAPACITY_FULL)
        else:
            assert isinstance(decision, Admit)
            self.entered.append(Entered(seq=seq, card=card, since=self.now))
            if mode.burns_nonce:
                self.burned.add((card, claims.nonce))

    @precondition(lambda self: self.burned)
    @rule(data=st.data())
    def comes_with_a_burned_nonce(self, data: st.DataObject) -> None:
        card, nonce = data.draw(st.sampled_from(sorted(self.burned)))
        claims = self._claims(card, Mode.ONLINE, nonce)
        decision, _seq = self._commit(claims, Admit(reason=Reason.OK), Direction.ENTRY)
        assert decision == Refuse(reason=Reason.REPLAYED)

    @rule(card=CARD)
    def leaves(self, card: CardId) -> None:
        claims = self._claims(card, Mode.ROTATING, b"any nonce")
        self._commit(claims, Record(reason=Reason.EXIT), Direction.EXIT)
        self._goes(card)

    @rule(card=st.one_of(st.none(), CARD), direction=st.sampled_from(Direction))
    def staff_let_through(self, card: CardId | None, direction: Direction) -> None:
        decision, seq = self._by_staff(Admit(reason=Reason.OVERRIDE), card, direction)
        assert isinstance(decision, Admit)
        if direction is Direction.EXIT:
            self._goes(card)
        outward = direction is Direction.EXIT
        self.entered.append(
            Entered(seq=seq, card=card, since=self.now, gone=outward, outward=outward)
        )

    @rule()
    def staff_undo(self) -> None:
        last = self.ledger.last_admission()
        inward = [one for one in self.entered if not one.outward]
        assert (last is None) == (not inward)
        if last is None:
            return
        model = inward[-1]
        assert (last.seq, last.is_undone) == (model.seq, model.undone)
        if model.undone:
            head = self.log.head(EPOCH)
            try:
                self._by_staff(Record(reason=Reason.UNDO), None, Direction.ENTRY, last.seq)
            except LedgerError:
                assert self.log.head(EPOCH) == head
                return
            msg = "one admission was taken back twice"
            raise AssertionError(msg)
        self._by_staff(Record(reason=Reason.UNDO), None, Direction.ENTRY, last.seq)
        model.undone = model.gone = True

    @rule(seconds=st.integers(1, 2 * WINDOW))
    def time_passes(self, seconds: int) -> None:
        self.now = UnixSeconds(self.now + seconds)

    @rule(seq=st.integers(1, 40))
    def the_door_is_opened(self, seq: int) -> None:
        model = next((one for one in self.entered if one.seq == seq), None)
        may = model is not None and not model.opened and not model.undone
        assert self.ledger.opened(Seq(seq), self.now) is may
        if may and model is not None:
            model.opened = True
            entry = next(e for e in self.log.newest_entries(1_000) if e.seq == seq)
            assert entry.decision is Outcome.ADMIT

    @invariant()
    def the_count_is_exact_and_never_negative(self) -> None:
        if not hasattr(self, "ledger"):
            return
        here = self.ledger.here(self.now, WINDOW)
        assert here == self.log.here(self.now, WINDOW) == len(self._inside()) >= 0
        for card in CARDS:
            mine = [one.since for one in self.entered if one.card == card and not one.gone]
            assert self.log.inside_since(card) == max(mine, default=None)

    @invariant()
    def no_burned_nonce_is_ever_free(self) -> None:
        for card, nonce in self.burned:
            memory = self.ledger.recall(self._claims(card, Mode.ONLINE, nonce))
            assert isinstance(memory.replay, Replayed)

    def _inside(self) -> list[Entered]:
        return [one for one in self.entered if not one.gone and self.now - one.since < WINDOW]

    def _goes(self, card: CardId | None) -> None:
        staying = [one for one in self.entered if one.card == card and not one.gone]
        if not staying:
            return
        by_age = sorted(staying, key=lambda one: (one.since, one.seq))
        (by_age[0] if card is None else by_age[-1]).gone = True
        if card is not None:
            for one in staying:
                if not one.gone:
                    one.card = None

    def _claims(self, card: CardId, mode: Mode, nonce: bytes) -> Claims:
        return some_claims(
            card_id=card,
            mode=mode,
            nonce=nonce,
            issued_at=self.now - 5,
            expires_at=self.now + 25,
        )

    def _commit(
        self, claims: Claims, decision: Decision, direction: Direction
    ) -> tuple[Decision, int]:
        attempt = an_attempt(claims, decision=decision, at=self.now, policy=POLICY)
        turned = replace(attempt, entry=replace(attempt.entry, direction=direction))
        committed = self.ledger.commit(turned)
        return committed.decision, committed.seq

    def _by_staff(
        self,
        decision: Decision,
        card: CardId | None,
        direction: Direction,
        undoes: Seq | None = None,
    ) -> tuple[Decision, int]:
        attempt = an_attempt(decision=decision, at=self.now, policy=POLICY)
        entry = replace(attempt.entry, card_id=card, direction=direction, attendant="Sam")
        committed = self.ledger.commit(replace(attempt, entry=entry, undoes=undoes))
        return committed.decision, committed.seq


TestInside = Inside.TestCase
TestInside.settings = settings(
    max_examples=min(40, settings().max_examples), stateful_step_count=40, deadline=None
)
