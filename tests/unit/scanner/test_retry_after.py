"""When central wants to be asked again: in seconds, or by a date that is read against the answer's own."""

import pytest

from scanner.adapters.central_httpx.later import retry_after

NOW = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "sent", "seconds"),
    [
        ("7", None, 7.0),
        ("0.5", None, 0.5),
        ("-3", None, 0.0),
        ("Tue, 24 Nov 2026 12:01:30 GMT", NOW, 90.0),
        ("Tue, 24 Nov 2026 11:59:00 GMT", NOW, 0.0),
        ("Tue, 24 Nov 2026 12:01:30 GMT", None, None),
        ("Tue, 24 Nov 2026 12:01:30 GMT", "yesterday", None),
        ("Tue, 24 Nov 2026 12:01:30 -0000", NOW, None),
        ("soon", NOW, None),
        ("", NOW, None),
    ],
)
def test_what_is_asked_for_is_read(asked: str, sent: str | None, seconds: float | None) -> None:
    dated = {} if sent is None else {"date": sent}
    assert retry_after({"retry-after": asked, **dated}) == seconds


def test_an_answer_that_says_nothing_asks_for_nothing() -> None:
    assert retry_after({}) is None
