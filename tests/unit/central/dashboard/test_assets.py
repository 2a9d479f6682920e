"""What pages load: others' work as it was published, no more than a phone can bear, and nothing from elsewhere."""

import hashlib
import re
from pathlib import Path

import pytest

from central.ops.dashboard.assets import assets, served
from tests.contract.central.test_rollups import evening
from tests.fakes.central_dashboard import visiting
from tests.fakes.central_material import World

ROOT = Path(__file__).resolve().parents[4]
SHIPPED = ROOT / "src" / "central" / "ops" / "dashboard" / "static" / "vendored"
VENDORED = [SHIPPED, ROOT / "tests" / "vendored" / "axe"]
WEIGHT_MAX = 150_000  # bytes sent, for the heaviest page with all that it loads


@pytest.mark.parametrize("folder", VENDORED, ids=lambda folder: folder.name)
def test_what_is_vendored_is_as_it_was_published(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text("ascii").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name not in {"SHA256SUMS", "README.md"}
    }
    assert found == sums
    readme = (folder / "README.md").read_text("utf-8")
    assert all(name.partition("-")[0] in readme for name in sums if name.endswith((".js", ".css")))
    assert any("LICENSE" in name for name in sums)


async def test_a_page_weighs_no_more_than_a_phone_can_bear() -> None:
    world = World()
    evening(world.central())
    async with visiting(world) as visitor:
        page = await visitor.get()
        names = set(re.findall(r'/dashboard/static/([^"]+)', page.text))
        assert len(names) == len(assets())
        weight = len(page.content)
        for name in names:
            answer = await visitor.get(f"/static/{name}")
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.content == served()[name].content
            weight += int(answer.headers["Content-Length"])
            plain = await visitor.client.get(answer.url, headers={"Accept-Encoding": "identity"})
            assert plain.content == answer.content
    assert weight <= WEIGHT_MAX, weight


def test_nothing_is_fetched_from_elsewhere() -> None:
    for asset in served().values():
        if asset.name.startswith(("app", "theme")):
            assert not re.search(rb"https?://", asset.content)
    templates = ROOT / "src" / "central" / "ops" / "dashboard" / "templates"
    for path in templates.iterdir():
        assert not re.search(r"https?://", path.read_text("utf-8"))
