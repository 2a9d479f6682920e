"""Whatever is done to our own cards, what is read is what was written: also by the sum of several frames."""

import numpy as np
from hypothesis import HealthCheck, given, settings, strategies as st

from scanner.door.frame import Luma
from scanner.reading.live import LiveReader
from tests.fakes.scanner_views import STEP
from tools.camera_view import Carrier, Held, View, held_frame

SIZE = (480, 360)
TEXTS = tuple(f"MC1:CARD {number} " + "0123456789ABCDEF" * (2 + number) for number in range(4))


@st.composite
def views(draw: st.DrawFn) -> View:
    part = st.floats(0, 1, allow_nan=False)
    return View(
        distance=16 + 20 * draw(part),
        yaw=60 * draw(part) - 30,
        pitch=60 * draw(part) - 30,
        roll=360 * draw(part),
        blur=0.5 + 3 * draw(part),
        motion=8 * draw(part),
        motion_angle=180 * draw(part),
        glare=draw(part),
        light=0.05 + draw(part),
        noise=1 + 20 * draw(part) ** 2,
    )


def scratched(luma: Luma, rng: np.random.Generator, lines: int) -> Luma:
    for _ in range(lines):
        row, wide = int(rng.integers(0, luma.shape[0])), int(rng.integers(1, 5))
        luma[row : row + wide] = int(rng.integers(0, 256))
    return luma


@settings(
    max_examples=min(25, settings().max_examples), suppress_health_check=[HealthCheck.too_slow]
)
@given(
    shots=st.lists(st.tuples(views(), st.integers(0, len(TEXTS) - 1)), min_size=2, max_size=4),
    carrier=st.sampled_from(Carrier),
    seed=st.integers(0, 1_000),
    lines=st.integers(0, 3),
    may_change=st.booleans(),
)
def test_no_frame_and_no_sum_of_frames_is_read_wrong(
    shots: list[tuple[View, int]], carrier: Carrier, seed: int, lines: int, *, may_change: bool
) -> None:
    reader, rng = LiveReader(), np.random.default_rng(seed)
    held: set[bytes] = set()
    for number, (view, which) in enumerate(shots):
        text = TEXTS[which if may_change else shots[0][1]]
        held.add(text.encode())
        things = [Held(text=text, carrier=carrier)]
        frame = scratched(held_frame(things, size=SIZE, seed=seed, view=view), rng, lines)
        for reading in reader.look(frame, now=number * STEP):
            assert reading.payload in held
