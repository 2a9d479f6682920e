"""The path under everything at once: two lanes on one ledger file, replays, races, clocks, a sick disk, a central that comes and goes.

What must hold whatever happens, in whatever order:

- no (card, nonce) is admitted twice, and no card goes in twice within the venue's time;
- no card enters by a clock that reads earlier than what has passed;
- an answer with a number is in the log, as it was given, before it is returned;
- a ledger that cannot be written admits nobody, and says so;
- nothing raises; at the end the chain verifies; central never holds more than the log.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from cardcore.audit import ClockTrust, parse_entry
from cardcore.card import Claims, Mode
from cardcore.ids import CardId, Seq, UnixSeconds
from cardcore.keyset import Alg
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from cardcore.verify import SKEW
from scanner.adapters.breaker_pybreaker import LinkBreaker
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.door.decision import Admit, outcome_of
from scanner.door.replay import Recollection
from scanner.errors import LinkError
from scanner.pipeline import Answer, ScanPipeline
from scanner.ports import Attempt, Committed
from scanner.status import LiveStatus, StatusChain
from scanner.sync.upload import upload_all
from tests.fakes.card_material import fixed_bytes, some_claims
from tests.fakes.minting import mint
from tests.fakes.scanner_central import FakeCentral
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_door import LONG_AGO, a_pipeline, a_presentation, an_identity
from tests.fakes.scanner_ledger import EPOCH
from tests.fakes.scanner_standings import FakeStandings, a_standing
from tests.fakes.vault import VAULT

PASSBACK_S: Final = 600
CARDS: Final = tuple(CardId(fixed_bytes(f"card {number}", 16)) for number in range(3))
LANES: Final = st.integers(0, 1)


class _Interrupted:
    """A lane's ledger; ``meanwhile`` runs once between what it recalled and what it commits."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.real = ledger
        self.meanwhile: Callable[[], object] | None = None

    @property
    def clock_floor(self) -> UnixSeconds:
        return self.real.clock_floor

    def recall(self, claims: Claims) -> Recollection:
        return self.real.recall(claims)

    def commit(self, attempt: Attempt) -> Committed:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return self.real.commit(attempt)

    def here(self, now: UnixSeconds, within: int) -> int:
        return self.real.here(now, within)

    def make_sick(self, *, sick: bool) -> None:
        self.real.database.conn.execute(f"PRAGMA query_only = {int(sick)}")


class Doors(RuleBasedStateMachine):
    """Two lanes of one venue and the world around them."""

    tokens: Bundle[tuple[str, Claims]] = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "ledger.sqlite3"
        self.clock = FakeClock()
        self.central = FakeCentral()
        self.minted = 0
        self.burned: set[tuple[CardId, bytes]] = set()
        self.went_in: dict[CardId, int] = {}
        self.answered = 0
        self.has_passed = 0
        self.sick = [False, False]
        self.ledgers = [
            _Interrupted(SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=LONG_AGO))
            for _ in range(2)
        ]
        self.log = SqliteLog(path, VAULT)
        self.standings = FakeStandings()
        self.lives = [
            LiveStatus(
                link=self.central,
                breaker=LinkBreaker(mono=self.clock.mono, failures=2, open_for=30, successes=1),
                memory=self.standings,
                mono=self.clock.mono,
            )
            for _ in range(2)
        ]
        self.lanes: list[ScanPipeline] = [
            a_pipeline(
                ledger=ledger,
                clock=self.clock,
                status=StatusChain(live=live, memory=self.standings),
                identity=an_identity(policy=DoorPolicy(passback_s=PASSBACK_S)),
            )
            for ledger, live in zip(self.ledgers, self.lives, strict=True)
        ]

    def teardown(self) -> None:
        for number in range(2):
            self._heal(number)
        head = self.log.verify(EPOCH)
        assert head.seq == self.answered
        for live in self.lives:
            live.close()
        for ledger in self.ledgers:
            ledger.real.close()
        self.log.close()
        self.folder.cleanup()

    @initialize()
    def cards_exist(self) -> None:
        for card in CARDS:
            self.central.cards[card] = a_standing()

    @rule(
        target=tokens,
        card=st.sampled_from(CARDS),
        mode=st.sampled_from(Mode),
        ago=st.sampled_from([0, 5, 30, 60, -25, -40]),
        life=st.sampled_from([120, 60, 30, 1]),
        generation=st.sampled_from([1, 1, 2, 0]),
    )
    def mint_a_card(
        self, card: CardId, mode: Mode, ago: int, life: int, generation: int
    ) -> tuple[str, Claims]:
        return self._mint(card, mode, ago=ago, life=life, generation=generation)

    def _mint(
        self, card: CardId, mode: Mode, *, ago: int, life: int, generation: int
    ) -> tuple[str, Claims]:
        self.minted += 1
        issued_at = self.clock.now().seconds - ago
        claims = some_claims(
            mode=mode,
            card_id=card,
            nonce=self.minted.to_bytes(8, "big"),
            issued_at=issued_at,
            expires_at=issued_at + life,
            generation=generation,
        )
        return mint(claims, Alg.HMAC_256_256), claims

    @rule(token=tokens, lane=LANES)
    def show(self, token: tuple[str, Claims], lane: int) -> None:
        self._answer(token, lane)

    @rule(token=tokens, lane=LANES)
    def show_on_both_lanes_at_the_same_instant(self, token: tuple[str, Claims], lane: int) -> None:
        self.ledgers[lane].meanwhile = lambda: self._answer(token, 1 - lane)
        self._answer(token, lane)
        self.ledgers[lane].meanwhile = None

    @rule(
        target=tokens,
        card=st.sampled_from(CARDS),
        mode=st.sampled_from(Mode),
        lane=LANES,
        at_once=st.booleans(),
    )
    def come_with_a_new_card(
        self, card: CardId, mode: Mode, lane: int, *, at_once: bool
    ) -> tuple[str, Claims]:
        token = self._mint(card, mode, ago=0, life=120, generation=1)
        if at_once:
            self.ledgers[lane].meanwhile = lambda: self._answer(token, 1 - lane)
        self._answer(token, lane)
        self.ledgers[lane].meanwhile = None
        return token

    @rule(seconds=st.sampled_from([1, 5, 20, 60, 200, 700]))
    def time_goes_by(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-2_000, -100, -31, -30, -5, 5, 30, 100, 2_000]))
    def the_clock_is_set(self, seconds: int) -> None:
        self.clock.step(seconds)

    @rule(
        card=st.sampled_from(CARDS),
        state=st.sampled_from([CardState.ACTIVE] * 6 + list(CardState)),
        member=st.sampled_from([MemberStatus.ACTIVE] * 6 + list(MemberStatus)),
    )
    def central_changes_its_mind(
        self, card: CardId, state: CardState, member: MemberStatus
    ) -> None:
        self.central.cards[card] = a_standing(
            state=state, member=member, as_of=self.clock.now().seconds
        )

    @rule(down=st.booleans())
    def central_comes_or_goes(self, *, down: bool) -> None:
        self.central.down = down

    @rule(lane=LANES, sick=st.booleans())
    def the_disk_falls_ill_or_gets_well(self, lane: int, *, sick: bool) -> None:
        self.sick[lane] = sick
        self.ledgers[lane].make_sick(sick=sick)

    @rule(cut=st.booleans())
    def hand_over(self, *, cut: bool) -> None:
        self.central.cut = cut
        try:
            upload_all(self.central, self.log)
        except LinkError:
            assert cut or self.central.down
        else:
            assert self.central.heads == {} or self.log.backlog() == 0

    @precondition(lambda self: not self.sick[0])
    @rule()
    def purge(self) -> None:
        now, ledger = self.clock.now().seconds, self.ledgers[0].real
        if now >= ledger.clock_floor - SKEW:
            ledger.purge(now)

    @invariant()
    def central_holds_no_more_than_the_log(self) -> None:
        held = self.central.heads.get(EPOCH)
        assert held is None or held.seq <= self.log.head(EPOCH)

    def _answer(self, token: tuple[str, Claims], lane: int) -> None:
        text, claims = token
        answer = self._told(self.lanes[lane].answer(a_presentation(text, self.clock.now())), lane)
        if isinstance(answer.decision, Admit):
            self._entered(claims, answer.presentation.at.seconds)

    def _told(self, answer: Answer, lane: int) -> Answer:
        if self.sick[lane]:
            assert answer.decision.reason is Reason.LEDGER_UNWRITABLE
            assert answer.trouble
            assert answer.seq is None
            return answer
        assert answer.seq is not None
        self.answered += 1
        now = answer.presentation.at.seconds
        if isinstance(answer.decision, Admit):
            assert now >= self.has_passed - SKEW
        if answer.clock is ClockTrust.TRUSTED:
            self.has_passed = max(self.has_passed, now)
        (written,) = self.log.after(EPOCH, Seq(answer.seq - 1), 1)
        entry = parse_entry(written.data)
        assert (entry.seq, entry.decision, entry.reason) == (
            answer.seq,
            outcome_of(answer.decision),
            answer.decision.reason.value,
        )
        return answer

    def _entered(self, claims: Claims, now: int) -> None:
        if claims.mode.burns_nonce:
            key = (claims.card_id, bytes(claims.nonce))
            assert key not in self.burned
            self.burned.add(key)
        if claims.mode is not Mode.ONLINE:
            before = self.went_in.get(claims.card_id)
            assert before is None or now >= before + PASSBACK_S
            self.went_in[claims.card_id] = now

    def _heal(self, lane: int) -> None:
        self.ledgers[lane].make_sick(sick=False)


Doors.TestCase.settings = settings(
    max_examples=min(60, settings().max_examples), stateful_step_count=40
)
TestNoCardEntersTwice = Doors.TestCase
