"""What other doors admitted counts at this one."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cardcore.audit import Direction
from cardcore.card import Mode
from cardcore.ids import CardId, Epoch, UnixSeconds
from cardcore.reasons import Reason
from cardcore.wire import AdmissionLine, AdmissionsAnswer
from scanner.adapters.admissions_sqlite import SqliteAdmissions
from scanner.adapters.ledger_sqlite import SqliteLedger, SqliteLog
from scanner.door.decision import Admit, Refuse
from scanner.door.elsewhere import Sighting, together
from scanner.door.occupancy import VenueFigure
from scanner.door.replay import Fresh, Recollection, Replayed
from scanner.errors import LedgerError, LinkDownError
from scanner.pipeline import ScanPipeline
from scanner.sync.feed import Feed
from tests.fakes.card_material import NOW, some_claims
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_door import (
    a_card,
    a_presentation,
    an_attempt,
    an_identity,
    by_the_floor,
)
from tests.fakes.scanner_elsewhere import FakeElsewhere, a_page
from tests.fakes.scanner_ledger import EPOCH, FakeLedger
from tests.fakes.scanner_parts import FakeDecoder, FakeKeyRing, FakeStatus
from tests.fakes.vault import VAULT

CLAIMS = some_claims(mode=Mode.ROTATING)
US = 1_000_000
SOUTH = Replayed(first_used_at=UnixSeconds(NOW - 3), where="South")


def pipeline_with(elsewhere: FakeElsewhere, ledger: FakeLedger | None = None) -> ScanPipeline:
    ledger = ledger or FakeLedger()
    return ScanPipeline(
        identity=an_identity(),
        clock=FakeClock(),
        decoder=FakeDecoder(),
        keys=FakeKeyRing(),
        status=FakeStatus(),
        ledger=ledger,
        trust=by_the_floor(ledger),
        elsewhere=elsewhere,
    )


def line(
    at: int,
    *,
    direction: Direction = Direction.ENTRY,
    nonce: bytes | None = CLAIMS.nonce,
    card_id: bytes | None = CLAIMS.card_id,
) -> AdmissionLine:
    return AdmissionLine(
        card_id=None if card_id is None else card_id.hex(),
        nonce=None if nonce is None or direction is Direction.EXIT else nonce.hex(),
        direction=direction,
        at_us=at * US,
        door="South",
    )


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqliteAdmissions]:
    admissions = SqliteAdmissions(tmp_path / "admissions.sqlite3", VAULT)
    yield admissions
    admissions.close()


@pytest.mark.parametrize(
    ("here", "seen", "inside"),
    [
        (None, None, None),
        (10, None, 10),
        (None, 20, 20),
        (10, 20, 20),
        (20, 10, 20),
    ],
)
def test_a_card_is_inside_since_it_last_came_in_at_whichever_door(
    here: int | None, seen: int | None, inside: int | None
) -> None:
    memory = Recollection(inside_since=None if here is None else UnixSeconds(here))
    sighting = Sighting(inside_since=None if seen is None else UnixSeconds(seen))
    both = together(memory, sighting)
    assert both.inside_since == inside
    assert both.is_elsewhere == (inside is not None and inside != here)


def test_a_nonce_used_at_any_door_is_used_up() -> None:
    own = Replayed(first_used_at=UnixSeconds(1), where="here")
    assert together(Recollection(), Sighting()).replay == Fresh()
    assert together(Recollection(), Sighting(admitted=SOUTH)).replay == SOUTH
    assert together(Recollection(replay=own), Sighting(admitted=SOUTH)).replay == own


def test_a_card_admitted_elsewhere_is_refused_here() -> None:
    elsewhere = FakeElsewhere(Sighting(admitted=SOUTH))
    answer = pipeline_with(elsewhere).answer(a_presentation(a_card(CLAIMS)))
    assert answer.decision == Refuse(reason=Reason.REPLAYED)
    assert answer.memory.replay == SOUTH


def test_a_card_that_is_inside_by_another_door_is_refused_here() -> None:
    elsewhere = FakeElsewhere(Sighting(inside_since=UnixSeconds(NOW - 60)))
    answer = pipeline_with(elsewhere).answer(a_presentation(a_card(CLAIMS)))
    assert answer.decision == Refuse(reason=Reason.PASSBACK)


def test_a_card_that_nobody_saw_is_admitted() -> None:
    answer = pipeline_with(FakeElsewhere()).answer(a_presentation(a_card(CLAIMS)))
    assert isinstance(answer.decision, Admit)


def test_a_door_that_cannot_ask_what_others_saw_does_not_open() -> None:
    elsewhere = FakeElsewhere()
    elsewhere.trouble = "disk I/O error"
    answer = pipeline_with(elsewhere).answer(a_presentation(a_card(CLAIMS)))
    assert answer.decision == Refuse(reason=Reason.LEDGER_UNWRITABLE)


def test_who_leaves_here_is_outside_by_whichever_door_they_came() -> None:
    elsewhere = FakeElsewhere()
    shown = replace(a_presentation(a_card(CLAIMS)), direction=Direction.EXIT)
    pipeline_with(elsewhere).answer(shown)
    assert elsewhere.gone == [(CLAIMS.card_id, shown.at.seconds)]
    pipeline_with(elsewhere).answer(replace(shown, text="MC1:nonsense"))
    assert len(elsewhere.gone) == 1


def test_nothing_is_known_before_the_first_page(kept: SqliteAdmissions) -> None:
    assert kept.sighting(CLAIMS) == Sighting()
    assert (kept.figure(), kept.position) == (None, 0)


def test_what_the_feed_brought_is_kept(kept: SqliteAdmissions, tmp_path: Path) -> None:
    kept.take(a_page(line(NOW - 3), position=7, inside=12, as_of=NOW))
    again = SqliteAdmissions(tmp_path / "admissions.sqlite3", VAULT)
    for each in (kept, again):
        assert each.sighting(CLAIMS) == Sighting(admitted=SOUTH, inside_since=UnixSeconds(NOW - 3))
        assert each.figure() == VenueFigure(inside=12, as_of=UnixSeconds(NOW))
        assert each.position == 7
    again.close()
    other = replace(CLAIMS, nonce=type(CLAIMS.nonce)(b"another-"))
    assert kept.sighting(other) == Sighting(inside_since=UnixSeconds(NOW - 3))
    assert (tmp_path / "admissions.sqlite3").stat().st_mode & 0o777 == 0o600


def test_movements_count_by_their_own_time(kept: SqliteAdmissions) -> None:
    kept.take(a_page(line(NOW - 9, direction=Direction.EXIT), line(NOW - 20), as_of=NOW))
    assert kept.sighting(CLAIMS).inside_since is None
    kept.take(a_page(line(NOW - 5, nonce=None), as_of=NOW))
    assert kept.sighting(CLAIMS).inside_since == NOW - 5
    kept.left(CLAIMS.card_id, UnixSeconds(NOW - 4))
    assert kept.sighting(CLAIMS).inside_since is None
    kept.take(a_page(line(NOW - 5), line(NOW - 3, card_id=None), as_of=NOW))
    assert kept.sighting(CLAIMS).inside_since is None


def test_what_can_count_no_more_is_forgotten(kept: SqliteAdmissions) -> None:
    kept.take(a_page(line(NOW), as_of=NOW))
    kept.take(a_page(as_of=NOW + 86_401))
    assert kept.sighting(CLAIMS) == Sighting(inside_since=UnixSeconds(NOW))
    kept.take(a_page(as_of=NOW + 8 * 86_400))
    assert kept.sighting(CLAIMS) == Sighting()


def test_another_centrals_admissions_are_dropped(kept: SqliteAdmissions) -> None:
    kept.take(a_page(line(NOW), as_of=NOW))
    kept.forget()
    assert (kept.sighting(CLAIMS), kept.position, kept.figure()) == (Sighting(), 0, None)


def test_a_damaged_file_is_moved_aside_and_the_feed_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "admissions.sqlite3"
    path.write_bytes(b"no database" * 500)
    with closing(SqliteAdmissions(path, VAULT)) as admissions:
        assert admissions.position == 0
    assert path.with_name("admissions.sqlite3.damaged").exists()


def test_a_file_that_cannot_be_used_is_a_ledger_fault(tmp_path: Path) -> None:
    (tmp_path / "admissions.sqlite3").mkdir()
    with pytest.raises(LedgerError):
        SqliteAdmissions(tmp_path / "admissions.sqlite3", VAULT)


def test_a_page_that_cannot_be_kept_moves_nothing(kept: SqliteAdmissions) -> None:
    kept._db.conn.execute("DROP TABLE feed")
    with pytest.raises(LedgerError):
        kept.take(a_page(line(NOW), as_of=NOW))
    assert kept.sighting(CLAIMS) == Sighting()


class FakeFeedLink:
    def __init__(self, *pages: AdmissionsAnswer) -> None:
        self.pages = list(pages)
        self.asked: list[tuple[int, Epoch]] = []

    def admissions(self, since: int, epoch: Epoch) -> AdmissionsAnswer:
        self.asked.append((since, epoch))
        if not self.pages:
            msg = "nothing answers"
            raise LinkDownError(msg)
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]


class FakeBook:
    def __init__(self) -> None:
        self.left: list[tuple[CardId, UnixSeconds]] = []

    def epochs(self) -> tuple[Epoch, ...]:
        return (Epoch(b"an older"), EPOCH)

    def left_elsewhere(self, cards: Iterable[tuple[CardId, UnixSeconds]]) -> None:
        self.left += cards


def test_the_feed_is_taken_in_page_by_page_from_where_it_stood(kept: SqliteAdmissions) -> None:
    link, book = FakeFeedLink(), FakeBook()
    feed = Feed(link=link, memory=kept, book=book)
    with pytest.raises(LinkDownError):
        feed.poll()
    out = line(NOW - 1, direction=Direction.EXIT)
    link.pages = [
        a_page(line(NOW - 9), position=3, more=True, as_of=NOW),
        a_page(out, line(NOW, card_id=None, direction=Direction.EXIT), position=5, as_of=NOW),
    ]
    assert feed.poll() == 3
    assert link.asked == [(0, EPOCH), (0, EPOCH), (3, EPOCH)]
    assert book.left == [(CLAIMS.card_id, NOW - 1)]
    assert kept.position == 5


def test_a_feed_that_does_not_end_is_given_up(
    kept: SqliteAdmissions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.sync.feed.PAGES_MAX", 5)
    link = FakeFeedLink(a_page(more=True))
    with pytest.raises(LinkDownError):
        Feed(link=link, memory=kept, book=FakeBook()).poll()
    assert len(link.asked) == 5


def test_who_left_by_another_door_may_come_in_again_here(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    began = UnixSeconds(NOW - 86_400)
    with closing(SqliteLedger.open(path, VAULT, new_epoch=EPOCH, now=began)) as ledger:
        ledger.commit(an_attempt(CLAIMS, at=NOW))
        with closing(SqliteLog(path, VAULT)) as log:
            log.left_elsewhere([])
            log.left_elsewhere([(CLAIMS.card_id, UnixSeconds(NOW - 1))])  # before it came in
            assert ledger.here(UnixSeconds(NOW), 3_600) == 1
            log.left_elsewhere([(CLAIMS.card_id, UnixSeconds(NOW + 5))])
        assert ledger.here(UnixSeconds(NOW), 3_600) == 0
        assert ledger.recall(CLAIMS).inside_since is None
        assert ledger.last_admission() is not None
        again = replace(CLAIMS, nonce=type(CLAIMS.nonce)(b"another-"))
        assert isinstance(ledger.commit(an_attempt(again, at=NOW + 9)).decision, Admit)
