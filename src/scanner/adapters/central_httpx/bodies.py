"""The body of an answer, up to a bound and as it was sent: whoever answers may not be central."""

import httpx

from scanner.errors import OddAnswerError


def read_at_most(answer: httpx.Response, most: int) -> None:
    """Read the body into ``answer.content``; one longer than ``most`` bytes is no answer."""
    if "content-encoding" in answer.headers:
        msg = "central sent something packed, which could be of any size"
        raise OddAnswerError(msg)
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > most:
            msg = f"central sent more than {most} bytes"
            raise OddAnswerError(msg)
        parts.append(part)
    answer._content = b"".join(parts)  # noqa: SLF001 -- httpx has no public way to read with a bound
