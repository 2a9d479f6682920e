"""The desk of a real ledger and path: what is shown to it comes out as events, durable, opened for and counted once."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardcore.audit import Direction
from cardcore.card import Mode
from cardcore.ids import CardId, Seq, UnixSeconds
from cardcore.policy import DoorPolicy
from cardcore.reasons import Reason
from scanner.desk import (
    SourceEnded,
)
from scanner.door.decision import Admit, Record, Refuse
from scanner.door.occupancy import VenueFigure
from scanner.door.replay import Replayed
from scanner.errors import LinkDownError, LinkRefusedError
from scanner.floor.camera import Camera
from tests.fakes.card_material import NOW, fixed_bytes, some_claims
from tests.fakes.floor_parts import Stage, a_text
from tests.fakes.floor_sources import Plug, StagedSource
from tests.fakes.scanner_standings import a_standing

OTHER = CardId(fixed_bytes("another", 16))
pytestmark = pytest.mark.usefixtures("no_thread_is_left")


def test_a_typed_code_is_answered_opened_for_and_handed_over(stage: Stage) -> None:
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        answer = stage.answer()
        assert answer.decision == Admit(reason=Reason.OK_FALLBACK)
        assert answer.presentation.source == "wedge"
    assert stage.strike.openings == 1
    assert stage.sync.woken == 1
    assert stage.has_closed
    assert stage.sync.has_ended


def test_a_card_before_the_camera_is_seen_in_the_preview(stage: Stage) -> None:
    source = StagedSource()
    stage.camera = Camera(open_source=Plug(source), live=True)
    with stage.running() as floor:
        assert floor.view() is None
        source.give(stage.decoder.frame(a_text(), stage.clock))
        assert isinstance(stage.answer().decision, Admit)
        view = floor.view()
        assert view is not None
        assert len(view.codes) == 1
        assert floor.facts().camera_fps == 0.5
    assert source.closed


def test_a_card_held_in_view_is_one_presentation_and_shown_again_a_replay(stage: Stage) -> None:
    source = StagedSource()
    stage.camera = Camera(open_source=Plug(source), live=False)
    with stage.running():
        for pause in (0.1, 0.1, 2.0):
            source.give(stage.decoder.frame(a_text(), stage.clock))
            stage.clock.advance(pause)
        source.give(stage.decoder.frame(a_text(), stage.clock))
        assert isinstance(stage.answer().decision, Admit)
        again = stage.answer()
        assert again.decision == Refuse(reason=Reason.REPLAYED)
        assert isinstance(again.memory.replay, Replayed)


def test_a_video_that_ends_is_told_after_its_last_card(stage: Stage) -> None:
    source = StagedSource()
    stage.camera = Camera(open_source=Plug(source), live=False)
    with stage.running():
        source.give(stage.decoder.frame(a_text(), stage.clock))
        source.end()
        assert isinstance(stage.answer().decision, Admit)
        stage.next(SourceEnded)


def test_a_card_without_a_code_in_view_clears_the_marks(stage: Stage) -> None:
    source = StagedSource()
    stage.camera = Camera(open_source=Plug(source), live=False)
    with stage.running() as floor:
        source.give(stage.decoder.frame(a_text(), stage.clock))
        stage.answer()
        source.give(stage.decoder.frame("", stage.clock))
        floor.present("nonsense", "wedge")
        stage.answer()
        view = floor.view()
        assert view is not None


def test_entry_and_exit_move_the_count_and_passback(stage: Stage) -> None:
    with stage.running() as floor:
        floor.present(a_text(nonce=b"12345678"), "wedge")
        stage.answer()
        assert floor.facts().occupancy.here == 1
        floor.present(a_text(nonce=b"23456789"), "wedge")
        assert stage.answer().decision == Refuse(reason=Reason.PASSBACK)
        floor.face(Direction.EXIT)
        floor.present(a_text(nonce=b"34567890"), "wedge")
        left = stage.answer()
        assert left.decision == Record(reason=Reason.EXIT)
        assert left.presentation.direction is Direction.EXIT
        assert floor.facts().occupancy.here == 0
        floor.face(Direction.ENTRY)
        floor.present(a_text(nonce=b"45678901"), "wedge")
        assert isinstance(stage.answer().decision, Admit)
    assert stage.strike.openings == 2


def test_a_full_house_refuses_and_the_venues_count_counts_while_fresh(tmp_path: Path) -> None:
    stage = Stage(path=tmp_path / "ledger.sqlite3", policy=DoorPolicy(version=7, capacity=2))
    with stage.running() as floor:
        stage.feed.told = VenueFigure(inside=2, as_of=UnixSeconds(NOW - 3))
        floor.present(a_text(), "wedge")
        assert stage.answer().decision == Refuse(reason=Reason.CAPACITY_FULL)
        full = floor.facts().occupancy
        assert (full.here, full.venue, full.venue_age_s, full.capacity) == (0, 2, 3, 2)
        stage.clock.advance(15)
        stage.feed.told = VenueFigure(inside=2, as_of=UnixSeconds(NOW - 61))
        floor.present(a_text(), "wedge")
        assert isinstance(stage.answer().decision, Admit)
        assert floor.facts().occupancy.venue is None
        stage.policy = DoorPolicy(version=8, capacity=30)  # a sync brought it meanwhile
        assert floor.facts().occupancy.capacity == 30


def test_an_admission_not_shown_before_a_crash_is_shown_and_opened_once(stage: Stage) -> None:
    stage.strike.trouble = "no power"
    stage.directory.members[some_claims().card_id] = a_standing(name="Ada Lovelace")
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        admitted = stage.answer()
    with stage.running() as floor:
        again = stage.answer()
        assert (again.seq, again.decision) == (admitted.seq, admitted.decision)
        assert again.display_name == "Ada Lovelace"
        floor.shown(Seq(again.seq or 0))
    with stage.running() as floor:
        floor.present("nonsense", "wedge")
        assert stage.answer().decision == Refuse(reason=Reason.NOT_A_CARD)
    assert stage.strike.openings == 0  # claimed once, and the strike failed shut


def test_an_admission_older_than_30_s_is_not_shown_after_a_crash(stage: Stage) -> None:
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        stage.answer()
    stage.clock.advance(31)
    with stage.running() as floor:
        floor.present("nonsense", "wedge")
        assert stage.answer().decision == Refuse(reason=Reason.NOT_A_CARD)


def test_a_strike_that_fails_is_in_the_diagnostics(stage: Stage) -> None:
    stage.strike.trouble = "no power"
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        stage.answer()
        floor.present("nonsense", "wedge")
        stage.answer()
        told = floor.diagnostics()
    assert told["strike_trouble"] == "no power"
    assert told["disk_free_mb"] == 1_000


def test_two_lanes_on_one_ledger_admit_a_card_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    first, second = Stage(path=path), Stage(path=path)
    with first.running() as left, second.running() as right:
        for number in range(20):
            card = fixed_bytes(f"card {number}", 16)
            text = a_text(card_id=card, nonce=number.to_bytes(8, "big"))
            left.present(text, "wedge")
            right.present(text, "wedge")
            both = [first.answer().decision, second.answer().decision]
            assert sorted(isinstance(decision, Admit) for decision in both) == [False, True]
        assert left.facts().occupancy.here == right.facts().occupancy.here == 20
    assert first.strike.openings + second.strike.openings == 20


def test_facts_say_how_the_link_is(stage: Stage) -> None:
    with stage.running() as floor:
        assert stage.sync.heard is not None
        assert floor.facts().link.since is None
        stage.sync.heard(None, 60.0)
        stage.list_at = UnixSeconds(NOW - 100)
        link = floor.facts().link
        assert (link.online, link.trouble, link.next_try_s, link.list_at) == (
            True,
            "",
            60,
            NOW - 100,
        )
        stage.clock.advance(60)
        stage.sync.heard(LinkDownError("no route"), 4.0)
        stage.clock.advance(10)
        stage.list_trouble = "disk I/O error"
        link = floor.facts().link
        assert (link.online, link.trouble, link.next_try_s) == (False, "no route", 0)
        assert (link.since, link.list_at) == (NOW + 60, None)
        stage.sync.heard(LinkRefusedError(403, "not_allowed", "no"), 60.0)
        assert floor.facts().link.online


def test_members_are_found_with_when_they_came_in(stage: Stage) -> None:
    claims = some_claims(mode=Mode.ROTATING)
    stage.directory.members = {
        claims.card_id: a_standing(name="Ada Lovelace"),
        OTHER: a_standing(name="Ada Byron"),
    }
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        stage.answer()
        hits = floor.search("Ada")
        assert [(hit.display_name, hit.inside_since) for hit in hits] == [
            ("Ada Lovelace", NOW),
            ("Ada Byron", None),
        ]
        stage.clock.advance(12 * 3_600)
        assert floor.search("Ada")[0].inside_since is None
        stage.directory.trouble = "disk I/O error"
        assert floor.search("Ada") == ()
        assert floor.recent(1)[0].name is None


def test_a_floor_that_was_never_started_stops(stage: Stage) -> None:
    stage.camera = Camera(open_source=Plug(), live=True)
    stage.floor().stop()
    assert stage.has_closed


class OneCode:
    """A keyboard scanner beside the screen that reads one code."""

    name = "wedge:fake"

    def __init__(self, text: str) -> None:
        self._text = text
        self._closed = threading.Event()

    def texts(self) -> Iterator[str]:
        yield self._text
        self._closed.wait(10)

    def close(self) -> None:
        self._closed.set()


def test_a_scanner_beside_the_screen_is_answered_like_any_other(stage: Stage) -> None:
    stage.open_reader = lambda: OneCode(a_text())
    with stage.running() as floor:
        answer = stage.answer()
        assert isinstance(answer.decision, Admit)
        assert answer.presentation.source == "wedge:fake"
        assert floor.diagnostics()["scanner_trouble"] == ""


def test_what_cannot_be_read_is_as_it_last_was(stage: Stage) -> None:
    with stage.running() as floor:
        floor.present(a_text(), "wedge")
        stage.answer()
        assert (floor.facts().occupancy.here, floor.facts().link.outbox) == (1, 1)
        stage.directory.members[some_claims().card_id] = a_standing(name="Ada Lovelace")
        stage.log.close()
        facts = floor.facts()
        assert (facts.occupancy.here, facts.link.outbox) == (1, 1)
        assert floor.recent(5) == ()
        assert [hit.inside_since for hit in floor.search("Ada")] == [None]
