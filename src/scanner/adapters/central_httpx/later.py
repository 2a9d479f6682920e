"""When central wants to be asked again."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str]) -> float | None:
    """In how many seconds; None where an answer does not say. A date counts from the answer's own, whatever this clock reads."""
    asked = headers.get("retry-after", "")
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        until, sent = (parsedate_to_datetime(each) for each in (asked, headers["date"]))
        return max(0.0, (until - sent).total_seconds())
    except (KeyError, ValueError, TypeError):  # no date, or one without a zone beside one with
        return None
