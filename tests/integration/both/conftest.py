"""A central with one member, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.central_here import Here, serving_here
from tests.fakes.central_process import call


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Central's data folder."""
    path = tmp_path / "central"
    path.mkdir()
    (path / "members.csv").write_text("member_id,display_name,status\nM-1,Ada L.,active\n", "utf-8")
    call(path, "member", "import", str(path / "members.csv"))
    return path


@pytest.fixture
def server(data: Path) -> Iterator[Here]:
    """It serves."""
    with serving_here(data) as server:
        yield server
