"""A phone whose card key signs no more asks for the next one, and shows its card also while nobody answers."""

from pathlib import Path

import pytest

from cardcore.token import UnverifiedToken, parse_token
from tests.fakes.central_here import Here
from tests.fakes.central_process import LOOPBACK, call, row, rows
from tools import phone

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
NOWHERE = "http://127.0.0.1:9"


def kid_of(text: str) -> str:
    token = parse_token(text.strip())
    assert isinstance(token, UnverifiedToken)
    return token.kid.hex()


@pytest.fixture
def file(data: Path, server: Here) -> Path:
    card = str(row(data, "card", "issue", "M-1")["card_id"])
    link = str(row(data, "card", "link", card)["link"])
    path = data.parent / "phone.json"
    assert phone.main(["claim", server.url, link, "-o", str(path)]) == 0
    return path


def test_it_gets_the_key_that_signs_now(
    data: Path, server: Here, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = phone.load(file)
    assert (
        phone.main(["token", str(file), "--central", NOWHERE]) == 0
    )  # nothing is due: nobody is asked
    told = capsys.readouterr()
    assert (kid_of(told.out), told.err) == (before.card.kid, "")
    call(data, "keys", "revoke", before.card.kid, "--why", "leaked")
    assert phone.main(["key", server.url, str(file)]) == 0
    after = phone.load(file)
    assert after.card.kid != before.card.kid
    assert after.card.generation == before.card.generation + 1
    assert after.card.phone_token == before.card.phone_token
    assert phone.main(["token", str(file)]) == 0
    assert kid_of(capsys.readouterr().out) == after.card.kid
    signing = {key["kid"] for key in rows(data, "keys", "list") if key["state"] == "active"}
    assert after.card.kid in signing


def test_when_it_is_due_it_asks_by_itself_and_goes_on_where_nobody_answers(
    data: Path, server: Here, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = phone.load(file)
    late = str(before.card.signs_until)
    assert phone.main(["token", str(file), "--at", late, "--central", NOWHERE]) == 0
    told = capsys.readouterr()
    assert kid_of(told.out) == before.card.kid
    assert "goes on with the key it has" in told.err
    call(data, "keys", "revoke", before.card.kid, "--why", "leaked")
    assert phone.main(["token", str(file), "--at", late, "--central", server.url]) == 0
    assert kid_of(capsys.readouterr().out) == phone.load(file).card.kid != before.card.kid


def test_a_phone_that_central_does_not_know_is_told_so(
    data: Path, server: Here, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = phone.load(file).card.card_id
    call(data, "card", "reissue", card)
    assert phone.main(["key", server.url, str(file)]) == 1
    assert "phone: " in capsys.readouterr().err
