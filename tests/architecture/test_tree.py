"""Rules of the tree that no other tool checks: short files, a docstring each, nothing left to do."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MODULES = pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: path.relative_to(ROOT / "src").as_posix()
)
LONGEST = 300  # lines; every project we learnt from has one file that swallowed the rest
LEFT_TO_DO = ("TODO", "FIXME", "XXX")


@MODULES
def test_no_file_swallows_the_package(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


@MODULES
def test_every_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":", "?"))


@MODULES
def test_nothing_is_left_to_do(path: Path) -> None:
    words = path.read_text("utf-8").replace("(", " ").replace(":", " ").split()
    assert not [word for word in LEFT_TO_DO if word in words]


def test_the_packages_are_found_at_all() -> None:
    packages = {path.relative_to(ROOT / "src").parts[0] for path in SOURCES}
    assert packages == {"cardcore", "telemetry", "scanner", "central"}
