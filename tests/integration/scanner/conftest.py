"""A door with one card, for the tests of its commands."""

from pathlib import Path

import pytest

from tests.fakes.scanner_cli import CARD
from tests.fakes.scanner_folder import enrolled_folder, picture_of, printed_card, real_now
from tests.fakes.scanner_standings import a_standing


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return enrolled_folder(
        tmp_path / "door", cards=[(CARD, a_standing(name="Ada", as_of=real_now()))]
    )


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return picture_of(printed_card(), tmp_path / "card.png")
