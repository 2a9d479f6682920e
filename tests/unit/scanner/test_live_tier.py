"""What the grid reads beside the first decoder: when it is told, when given up, and at what price."""

import numpy as np

from scanner.adapters.decoder_grid.candidates import Candidate, Candidates, sharpness
from scanner.adapters.decoder_grid.duty import Duty
from scanner.adapters.decoder_grid.live import LOOK_MOST, LiveTier
from scanner.adapters.decoder_grid.sight import KEPT_MOST
from scanner.adapters.decoder_zxing import ZxingDecoder
from scanner.door.debounce import Debounce
from scanner.door.frame import Corners, Presentation, Reading
from tests.fakes.scanner_door import a_pipeline
from tests.fakes.scanner_grid import CODE, TEXT, FakeReader, a_grid_reading, placed
from tests.fakes.scanner_views import STEP, Ticking, code_of, shown, view_of


def work(tier: LiveTier) -> bool:
    job = tier.take()
    if job is not None:
        tier.tell(job, tier.look(job))
    return job is not None


class TestTold:
    def test_a_late_reading_comes_with_the_next_frame_and_the_instant_of_its_own(self) -> None:
        tier = LiveTier(FakeReader(a_grid_reading()), Ticking().mono)
        first = shown(view_of((CODE, (100, 60))), 0)
        assert tier.offer(first, ()) == ()
        assert work(tier)
        (late,) = tier.offer(shown(view_of((CODE, (112, 66))), 3), ())
        assert late.text == TEXT
        assert late.seen_at == first.taken_at
        assert late.corners is not None
        assert abs(late.corners[0][0] - 112) <= 4

    def test_a_code_that_is_gone_by_then_is_told_to_nobody(self) -> None:
        tier = LiveTier(FakeReader(a_grid_reading()), Ticking().mono)
        tier.offer(shown(view_of((CODE, (100, 60))), 0), ())
        work(tier)
        for number in range(1, 40):
            assert tier.offer(shown(view_of(), number), ()) == ()

    def test_held_in_view_it_is_one_presentation_judged_at_the_instant_it_was_read(self) -> None:
        tier = LiveTier(FakeReader(a_grid_reading()), Ticking().mono)
        pipeline, debounce = a_pipeline(), Debounce()
        first = shown(view_of((CODE, (100, 60))), 0)
        tier.offer(first, ())
        work(tier)
        held: list[Presentation] = []
        for number in range(1, 90):
            frame = shown(view_of((CODE, (100 + number // 2, 60))), number)
            found = tier.offer(frame, ())
            held += pipeline.held(found, Ticking().mono(), frame, "camera:0", debounce)
            work(tier)
        assert [each.text for each in held] == [TEXT]
        assert held[0].at == first.taken_at

    def test_after_a_pause_of_the_camera_nothing_old_is_told(self) -> None:
        tier = LiveTier(FakeReader(a_grid_reading()), Ticking().mono)
        view = view_of((CODE, (100, 60)))
        tier.offer(shown(view, 0), ())
        work(tier)
        assert tier.offer(shown(view, 60), ()) == ()

    def test_a_sight_that_is_never_read_again_ends(self) -> None:
        reader = FakeReader(a_grid_reading())
        tier = LiveTier(reader, Ticking().mono)
        view = view_of((CODE, (100, 60)))
        tier.offer(shown(view, 0), ())
        work(tier)
        told = [bool(tier.offer(shown(view, number), ())) for number in range(1, 200)]
        assert told.count(True) == KEPT_MOST // STEP

    def test_what_the_first_decoder_reads_is_not_told_twice(self) -> None:
        tier = LiveTier(FakeReader(a_grid_reading()), Ticking().mono)
        view = view_of((CODE, (100, 60)))
        tier.offer(shown(view, 0), ())
        work(tier)
        read = (Reading(payload=TEXT.encode(), stage="zxing", corners=placed(100, 60)),)
        assert tier.offer(shown(view, 1), read) == ()

    def test_another_code_at_the_same_place_replaces_the_old(self) -> None:
        reader = FakeReader(a_grid_reading())
        tier = LiveTier(reader, Ticking().mono)
        view = view_of((CODE, (100, 60)))
        tier.offer(shown(view, 0), ())
        work(tier)
        reader.readings = (a_grid_reading(payload=b"another"),)
        tier.offer(shown(view, 20), ())
        work(tier)
        assert [each.payload for each in tier.offer(shown(view, 21), ())] == [b"another"]


class TestGlance:
    def test_each_new_frame_is_glanced_at_once_and_what_was_read_is_told(self) -> None:
        reader = FakeReader()
        tier = LiveTier(reader, Ticking().mono)
        view = view_of((CODE, (100, 60)))
        for number in range(4):
            tier.offer(shown(view, number), ())
            for job in (tier.take_glance(), tier.take_glance()):
                if job is not None:
                    tier.tell(job, tier.look(job))
            reader.at_a_glance = (a_grid_reading(),) if number == 1 else ()
        assert reader.glances == 3
        assert reader.looks == 0
        assert [each.text for each in tier.offer(shown(view, 4), ())] == [TEXT]

    def test_a_frame_that_the_first_decoder_read_is_not(self) -> None:
        tier = LiveTier(FakeReader(), Ticking().mono)
        read = (Reading(payload=TEXT.encode(), stage="zxing", corners=placed(100, 60)),)
        tier.offer(shown(view_of((CODE, (100, 60))), 0), read)
        assert tier.take_glance() is None


class TestGivenUp:
    def test_when_the_first_decoder_reads(self) -> None:
        reader = FakeReader(a_grid_reading())
        tier = LiveTier(reader, Ticking().mono)
        view = view_of((CODE, (100, 60)))
        tier.offer(shown(view, 0), ())
        read = (Reading(payload=TEXT.encode(), stage="zxing", corners=placed(100, 60)),)
        reader.step = lambda: tier.offer(shown(view, 1), read)
        work(tier)
        assert reader.given_up.is_set()
        assert (reader.forgot, tier.abandoned) == (1, 1)

    def test_when_the_view_has_changed(self) -> None:
        reader = FakeReader(a_grid_reading())
        tier = LiveTier(reader, Ticking().mono)
        tier.offer(shown(view_of((CODE, (100, 60))), 0), ())
        reader.step = lambda: tier.offer(shown(np.full((360, 640), 250, np.uint8), 1), ())
        work(tier)
        assert reader.given_up.is_set()

    def test_when_it_has_lasted_too_long(self) -> None:
        clock, reader = Ticking(), FakeReader(a_grid_reading())
        tier = LiveTier(reader, clock.mono)
        tier.offer(shown(view_of(), 0), ())

        def slowly() -> None:
            clock.ticks += LOOK_MOST // 2 + 1

        reader.step, reader.steps = slowly, 10
        work(tier)
        assert reader.given_up.is_set()
        assert clock.ticks < 2 * LOOK_MOST

    def test_not_by_a_code_that_was_read_when_it_began(self) -> None:
        reader = FakeReader(a_grid_reading(300, 60, b"second"))
        tier = LiveTier(reader, Ticking().mono)
        view = view_of((CODE, (20, 60)), (code_of("second"), (300, 60)))
        read = (Reading(payload=TEXT.encode(), stage="zxing", corners=placed(20, 60)),)
        tier.offer(shown(view, 0), read)
        reader.step = lambda: tier.offer(shown(view, 1), read)
        work(tier)
        assert not reader.given_up.is_set()
        assert [each.payload for each in reader.known] == [TEXT.encode()]
        assert [each.payload for each in tier.offer(shown(view, 2), read)] == [b"second"]


class TestPrice:
    def test_it_rests_so_long_that_its_share_is_kept(self) -> None:
        clock = Ticking()
        duty = Duty(clock.mono, share=0.5)
        assert duty.rest == 0
        for took in (100, 7_000, 1):
            duty.begin()
            clock.ticks += took
            duty.end()
            assert duty.rest == took
            clock.ticks += took
            assert duty.rest == 0
        assert duty.worked * 2 == clock.ticks

    def test_it_never_takes_half_a_core(self) -> None:
        clock = Ticking()
        duty = Duty(clock.mono)
        for _ in range(100):
            duty.begin()
            clock.ticks += 70_000
            duty.end()
            clock.ticks += duty.rest // 2
            duty.begin()  # a glance in between
            clock.ticks += 3_000
            duty.end()
            clock.ticks += duty.rest
        assert duty.worked * 2 < clock.ticks

    def test_while_all_in_view_is_read_it_looks_seldom(self) -> None:
        reader = FakeReader()
        tier = LiveTier(reader, Ticking().mono)
        read = (Reading(payload=TEXT.encode(), stage="zxing", corners=placed(100, 60)),)
        for number in range(30):
            tier.offer(shown(view_of((CODE, (100, 60))), number), read)
            work(tier)
        assert reader.looks == 3

    def test_the_sharpest_of_the_recent_frames_is_looked_at(self) -> None:
        sharp = view_of((CODE, (100, 60)))
        blurred = np.asarray(np.clip(sharp, 100, 140), np.uint8)
        assert sharpness(sharp) > sharpness(blurred)
        candidates = Candidates()
        assert candidates.take() is None
        for number, luma in enumerate((blurred, sharp, blurred)):
            candidates.add(Candidate(frame=shown(luma, number), read=()))
        taken = candidates.take()
        assert taken is not None
        assert taken.frame.luma is sharp
        assert candidates.take() is None

    def test_an_old_sharp_frame_is_not(self) -> None:
        sharp, newest = view_of((CODE, (100, 60))), view_of()
        candidates = Candidates()
        candidates.add(Candidate(frame=shown(sharp, 0), read=()))
        candidates.add(Candidate(frame=shown(newest, 20), read=()))
        taken = candidates.take()
        assert taken is not None
        assert taken.frame.luma is newest


def test_two_cards_in_view_are_two_presentations_with_their_places() -> None:
    other = code_of("MC1:CARD TWO")
    view = view_of((CODE, (20, 60)), (other, (330, 60)))
    tier_reads = (a_grid_reading(330, 60, b"MC1:CARD TWO"),)
    tier = LiveTier(FakeReader(*tier_reads), Ticking().mono)
    hidden = view.copy()
    hidden[60 : 60 + other.shape[0], 330 : 330 + 60] = 128  # two of its finders
    pipeline, debounce = a_pipeline(), Debounce()
    presented: list[Presentation] = []
    places: list[Corners | None] = []
    for number in range(4):
        frame = shown(hidden, number)
        read = ZxingDecoder().decode(frame)
        found = (*read, *tier.offer(frame, read))
        presented += pipeline.held(found, Ticking().mono(), frame, "camera:0", debounce)
        places = [each.corners for each in found]
        work(tier)
    assert sorted(each.text for each in presented) == [TEXT, "MC1:CARD TWO"]
    assert len(places) == 2
    assert None not in places
