from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.fakes.drawn_codes import Countdown, Luma, drawn


@pytest.fixture
def card() -> Luma:
    return drawn("MC1:a card of our own", version=3)


@pytest.fixture
def bent_card(card: Luma) -> Luma:
    rows, columns = np.mgrid[: card.shape[0], : card.shape[1]].astype(np.float32)
    sag = np.float32(14) * np.sin(columns / card.shape[1] * np.pi)
    return np.asarray(cv2.remap(card, columns, rows + sag - 7, cv2.INTER_LINEAR), np.uint8)


@pytest.fixture
def countdown() -> Countdown:
    def after(calls: int) -> Callable[[], bool]:
        left = iter(range(calls))
        return lambda: next(left, None) is None

    return after
