"""The one promise without exception: whatever is done to a code, nothing else is read from it."""

import cv2
import numpy as np
from hypothesis import HealthCheck, given, settings, strategies as st

from scanner.reading.reader import ElasticGridReader
from tests.fakes.drawn_codes import Luma, drawn

CARDS = st.builds(
    lambda version, error, tail: (f"MC1:{tail:08d}", version, error),
    st.integers(2, 6),
    st.sampled_from("lmqh"),
    st.integers(0, 99_999_999),
)
SHARE = st.floats(0, 1)


def spoiled(luma: Luma, shares: tuple[float, ...], seed: int) -> Luma:
    warp, blur, dim, scratches, noise = shares
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[: luma.shape[0], : luma.shape[1]].astype(np.float32)
    wave = np.float32(12 * warp) * np.sin(columns / 60 + rows / 90 + np.float32(seed % 7))
    picture = cv2.remap(
        luma, columns + wave, rows - wave, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    for _ in range(int(scratches * 12)):
        ends = chance.integers(0, luma.shape[0], 4)
        colour = int(chance.choice((30, 230)))
        cv2.line(picture, (int(ends[0]), int(ends[1])), (int(ends[2]), int(ends[3])), colour, 5)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.3 + 6 * blur)
    dimmed = picture.astype(np.float32) * (1 - 0.93 * dim) + chance.normal(
        0, 1 + 12 * noise, luma.shape
    )
    return np.clip(dimmed, 0, 255).astype(np.uint8)


@given(card=CARDS, shares=st.tuples(SHARE, SHARE, SHARE, SHARE, SHARE), seed=st.integers(0, 2**31))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_spoiled_code_is_read_right_or_not_at_all(
    card: tuple[str, int, str], shares: tuple[float, ...], seed: int
) -> None:
    text, version, error = card
    picture = spoiled(drawn(text, version=version, error=error), shares, seed)
    steps = iter(range(25))
    read = ElasticGridReader().read(picture, deadline=lambda: next(steps, None) is None)
    assert {each.payload for each in read} <= {text.encode()}
