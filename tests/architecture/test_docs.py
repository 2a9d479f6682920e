"""The reference pages name every word and number that the code has: a change lands with its page."""

import re
from pathlib import Path

import pytest

from cardcore import documents, entry_form, keyset_document, snapshot_document
from cardcore.audit import ClockTrust, Direction, Outcome
from cardcore.card import Mode
from cardcore.documents import DocumentKind
from cardcore.keyset import Alg, KeyState
from cardcore.reasons import Reason

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
TOKEN, ENTRY, DOCUMENTS = (
    (PAGES / name).read_text("utf-8") for name in ("token.md", "audit-entry.md", "documents.md")
)
ROW = re.compile(r"^\| *([^\s|]+) *\| *`?([^`|\n]+?)`? *\|", re.MULTILINE)


def rows(page: str) -> set[tuple[str, str]]:
    """The first two cells of every line of every table."""
    return set(ROW.findall(page))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_in_the_token_page(reason: Reason) -> None:
    assert f"`{reason.value}`" in TOKEN


def test_the_token_page_names_no_reason_that_there_is_not() -> None:
    tables = TOKEN[TOKEN.index("## Judging a token") :]
    named = {
        word
        for line in tables.splitlines()
        if line.startswith("|")
        for word in re.findall(r"`([a-z_]+)`", line.split("|")[-3])
    }
    assert named <= {reason.value for reason in Reason}


def test_the_rows_of_judging_are_in_the_order_of_the_code() -> None:
    words = {reason.value for reason in Reason}
    judged = {int(number): word for number, word in rows(TOKEN) if word in words and number != "#"}
    assert [judged[number] for number in range(1, 16)] == [reason.value for reason in Reason][:15]


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_is_in_the_token_page(mode: Mode) -> None:
    assert (str(mode.value), mode.word) in rows(TOKEN)


@pytest.mark.parametrize("alg", Alg)
def test_every_algorithm_is_in_the_token_page(alg: Alg) -> None:
    assert str(alg.value) in {number for number, _ in rows(TOKEN)}


@pytest.mark.parametrize(("name", "key"), sorted(entry_form.KEYS.items()))
def test_every_key_of_an_entry_is_in_its_page(name: str, key: int) -> None:
    assert (str(key), name) in rows(ENTRY)


@pytest.mark.parametrize(("stage", "number"), sorted(entry_form.STAGES.items()))
def test_every_stage_is_in_the_page_of_the_entry(stage: str, number: int) -> None:
    assert (str(number), stage) in rows(ENTRY)


@pytest.mark.parametrize("word", [*Outcome, *Direction, *ClockTrust])
def test_every_word_of_an_entry_is_in_its_page(word: str) -> None:
    assert f"`{word}`" in ENTRY


@pytest.mark.parametrize("key", sorted(documents._HEAD_KEYS))
def test_every_key_of_a_document_is_in_its_page(key: int) -> None:
    assert str(key) in {number for number, _ in rows(DOCUMENTS)}


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_kind_of_document_is_in_its_page(kind: DocumentKind) -> None:
    assert f"`{kind.value}`" in DOCUMENTS


@pytest.mark.parametrize(
    ("number", "word"),
    sorted(
        {
            *enumerate(map(str, keyset_document._STATES)),
            *enumerate(map(str, snapshot_document.CARD_STATES)),
            *enumerate(map(str, snapshot_document.MEMBER_STATUSES)),
        }
    ),
)
def test_every_number_in_a_body_is_in_the_page_of_documents(number: int, word: str) -> None:
    assert f"{number} {word}" in DOCUMENTS


def test_all_states_have_a_number() -> None:
    assert set(keyset_document._STATES) == set(KeyState)


def test_no_two_decisions_have_one_number() -> None:
    pages = sorted((PAGES.parent / "adr").glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    assert [page.read_text().split(".")[0] for page in pages] == [f"# {n}" for n in numbers]
