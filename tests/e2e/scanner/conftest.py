"""One central and one tmux for all of these tests: starting them is most of the time they take."""

from collections.abc import Iterator

import pytest

from tests.fakes.terminal import Tmux, tmux as tmux_server
from tests.fakes.venue import Venue, venue as open_venue


@pytest.fixture(scope="package")
def tmux() -> Iterator[Tmux]:
    with tmux_server() as server:
        yield server


@pytest.fixture(scope="package")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with open_venue(tmp_path_factory.mktemp("venue")) as made:
        yield made
