"""A lane over pictures, and a lane over a source."""

import threading
from pathlib import Path

import numpy as np
import pytest

from cardcore.reasons import Reason
from scanner.door.frame import Luma
from scanner.errors import CameraError
from scanner.lane import NO_CODE, READ_AHEAD, LiveLane, OpenPicture, StillLane
from tests.fakes.card_material import NOW
from tests.fakes.scanner_clock import FakeClock, moment_at
from tests.fakes.scanner_door import a_card, a_pipeline
from tests.fakes.scanner_parts import FakeDecoder, FakeSource, a_frame


def _lane(decoder: FakeDecoder, open_picture: OpenPicture | None = None) -> StillLane:
    return StillLane(
        pipeline=a_pipeline(decoder=decoder),
        clock=FakeClock(),
        open_picture=open_picture or (lambda _: np.zeros((2, 2), dtype=np.uint8)),
    )


def test_each_code_in_a_picture_is_answered_and_timed() -> None:
    found = _lane(FakeDecoder(b"one", b"two")).answers(Path("x.png"))
    assert not isinstance(found, str)
    assert [answer.seq for answer, _ in found] == [1, 2]
    assert all(took > 0 for _, took in found)


def test_the_same_picture_again_is_a_presentation_again() -> None:
    lane = _lane(FakeDecoder(a_card().encode()))
    reasons = []
    for _ in range(2):
        found = lane.answers(Path("x.png"))
        assert not isinstance(found, str)
        reasons += [answer.decision.reason for answer, _ in found]
    assert reasons == [Reason.OK_FALLBACK, Reason.REPLAYED]


def test_a_picture_without_a_code_says_so() -> None:
    assert _lane(FakeDecoder()).answers(Path("x.png")) == NO_CODE


def test_what_is_no_picture_is_the_word_for_why() -> None:
    assert (
        _lane(FakeDecoder(b"one"), lambda _: "unreadable_file").answers(Path("x"))
        == "unreadable_file"
    )


def test_many_pictures_are_answered_in_their_order_though_read_at_once() -> None:
    first_may_go = threading.Event()

    def open_picture(path: Path) -> Luma | str:
        if path == paths[0]:
            assert first_may_go.wait(30)  # until another was opened beside it
        else:
            first_may_go.set()
        return "unreadable_file" if path.stem == "3" else np.zeros((2, 2), dtype=np.uint8)

    paths = [Path(f"{number}.png") for number in range(12)]
    found = list(_lane(FakeDecoder(b"one"), open_picture).all_answers(paths))
    assert [path for path, _ in found] == paths
    assert found[3][1] == "unreadable_file"
    answers = [each for _, given in found if not isinstance(given, str) for each in given]
    assert [answer.seq for answer, _ in answers] == list(range(1, 12))


def test_pictures_that_nobody_waits_for_any_more_are_not_read() -> None:
    opened: list[Path] = []

    def open_picture(path: Path) -> str:
        opened.append(path)
        return "unreadable_file"

    found = _lane(FakeDecoder(), open_picture).all_answers(Path(str(n)) for n in range(1_000))
    next(found)
    found.close()
    assert len(opened) <= READ_AHEAD + 1


def test_a_card_held_before_a_camera_is_answered_once() -> None:
    frames = [a_frame(at=moment_at(NOW, mono=number * 33_000)) for number in range(30)]
    source = FakeSource(frames)
    lane = LiveLane(pipeline=a_pipeline(decoder=FakeDecoder(a_card().encode())), source=source)
    (answer,) = lane.answers()
    assert answer.decision.reason is Reason.OK_FALLBACK
    assert answer.presentation.source == "camera:fake"


def test_a_card_shown_again_later_is_a_replay() -> None:
    frames = [a_frame(at=moment_at(NOW, mono=number * 2_000_000)) for number in range(2)]
    lane = LiveLane(
        pipeline=a_pipeline(decoder=FakeDecoder(a_card().encode())), source=FakeSource(frames)
    )
    assert [answer.decision.reason for answer in lane.answers()] == [
        Reason.OK_FALLBACK,
        Reason.REPLAYED,
    ]


def test_a_camera_that_stops_is_a_fault_after_the_answers_so_far() -> None:
    source = FakeSource([a_frame(at=moment_at(NOW))], broken=True)
    answers = LiveLane(pipeline=a_pipeline(decoder=FakeDecoder(b"x")), source=source).answers()
    assert next(answers).seq == 1
    with pytest.raises(CameraError):
        next(answers)
