"""Rules of the tree that no other tool checks: short files, a docstring each, nothing left to do."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TEXTS = {path.relative_to(ROOT / "src").as_posix(): path.read_text("utf-8") for path in SOURCES}
LONGEST = 300  # lines; every project we learnt from has one file that swallowed the rest
LEFT_TO_DO = ("TODO", "FIXME", "XXX")


def test_no_file_swallows_the_package() -> None:
    assert [name for name, text in TEXTS.items() if len(text.splitlines()) > LONGEST] == []


def test_every_module_says_what_it_is() -> None:
    said = {name: ast.get_docstring(ast.parse(text)) or "" for name, text in TEXTS.items()}
    assert [
        name for name, told in said.items() if not told.partition("\n")[0].endswith((".", ":", "?"))
    ] == []


def test_nothing_is_left_to_do() -> None:
    words = {
        name: set(text.replace("(", " ").replace(":", " ").split()) for name, text in TEXTS.items()
    }
    assert [name for name, found in words.items() if found & set(LEFT_TO_DO)] == []


def test_the_packages_are_found_at_all() -> None:
    packages = {path.relative_to(ROOT / "src").parts[0] for path in SOURCES}
    assert packages == {"cardcore", "telemetry", "scanner", "central"}
