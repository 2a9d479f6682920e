"""Each sentence of docs/howto/a-weekend-offline.md that says what the door does names the tests that prove it."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "howto" / "a-weekend-offline.md"
MARKED: Final = re.compile(r"^(?P<sentence>.+[.]) <!-- (?P<tests>.+) -->$")
ENDS: Final = re.compile(r"[.!?](?:\s|$)")
UNMARKED: Final = (
    "What the door does by itself, ",
    "What is left for you: ",
)  # they tell of the page


def lines() -> list[str]:
    text = PAGE.read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def marked() -> list[re.Match[str]]:
    return [found for line in lines() if (found := MARKED.match(line))]


@cache
def named_in(file: str) -> frozenset[str]:
    """Names of tests, with their class where they have one; without those that are always skipped."""
    found: set[str] = set()
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {
            f"{prefix}{one.name}"
            for one in inside
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_left_out(one)
        }
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))


def _is_left_out(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Skipped, or of the soak alone: a sentence is proved in every run."""
    marks = {ast.unparse(mark).partition("(")[0] for mark in test.decorator_list}
    return bool(marks & {"pytest.mark.skip", "pytest.mark.xfail", "pytest.mark.soak"})


def test_every_sentence_has_its_line_and_its_tests() -> None:
    bare = [line for line in lines() if not MARKED.match(line) and not line.startswith(UNMARKED)]
    assert bare == []
    assert len(marked()) > 30


def test_a_line_has_one_sentence() -> None:
    assert [
        found["sentence"] for found in marked() if len(ENDS.findall(found["sentence"])) != 1
    ] == []


@pytest.mark.parametrize(
    "test", sorted({test for found in marked() for test in found["tests"].split()})
)
def test_the_tests_of_a_sentence_are_there_and_run(test: str) -> None:
    file, _, name = test.partition("::")
    assert name in named_in(file)
