"""The pages on central and its events name every word that the code has."""

from pathlib import Path

import pytest

from central.cli.root import GROUPS
from central.members.membership_system import Happening
from central.ops.office import STEPS
from central.ports.events import VALIDATED, EventKind, Outcome

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
CENTRAL, EVENTS = ((PAGES / name).read_text("utf-8") for name in ("central.md", "events.md"))


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_command_is_in_the_page_of_central(group: str) -> None:
    assert f"| `{group}" in CENTRAL


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_in_the_page_of_central(step: str) -> None:
    assert f"/{step}`" in CENTRAL


@pytest.mark.parametrize("kind", [*EventKind, VALIDATED])
def test_every_event_is_in_its_page(kind: str) -> None:
    assert f"| `{kind}` |" in EVENTS


@pytest.mark.parametrize("word", [*Happening])
def test_every_word_of_the_membership_system_is_in_the_page(word: str) -> None:
    assert f"`{word}`" in EVENTS


@pytest.mark.parametrize("word", [*Outcome])
def test_every_outcome_is_in_the_page(word: str) -> None:
    assert f'"{word}"' in EVENTS
