"""Logs: what a line has, for programs and for people, and what it never has."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from telemetry.logs import HIDDEN, LEVELS, LogStyle, configure, tell
from telemetry.trace_context import CURRENT, REQUEST_ID, TraceContext, parse_traceparent

TRACE = TraceContext(trace_id="1" * 32, span_id="2" * 16, sampled=True)
TOKEN = "MC1:6BF+70790T9WTFQKE/9DQB8E1HEWEI2D1.ISPZC3E5S5H BT4"  # noqa: S105 -- no real one


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    silent = {name: logging.getLogger(name).level for name in ("httpx", "httpcore")}
    yield
    root.handlers[:], root.level = handlers, level
    for name, was in silent.items():
        logging.getLogger(name).setLevel(was)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def a_log(level: str = "info", style: str = LogStyle.JSON) -> io.StringIO:
    stream = io.StringIO()
    configure(stream, level=level, style=style)
    return stream


def fail_with(words: str) -> None:
    try:
        int(words, 1)
    except ValueError:
        logging.getLogger("x").exception("failed with %s", words)


def test_a_line_of_ours_is_an_object() -> None:
    stream = a_log()
    tell("gatepost.door", "decided", {"decision": "admit", "reason": "ok", "seq": 7})
    (line,) = lines(stream)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "event": "decided",
        "decision": "admit",
        "reason": "ok",
        "seq": 7,
        "level": "info",
        "logger": "gatepost.door",
    }


def test_a_line_of_the_standard_library_looks_the_same() -> None:
    stream = a_log()
    logging.getLogger("scanner.sync").warning("%s from central refused: %s", "keyset", "old")
    (line,) = lines(stream)
    assert line["event"] == "keyset from central refused: old"
    assert (line["level"], line["logger"]) == ("warning", "scanner.sync")


def test_an_exception_is_in_its_line() -> None:
    stream = a_log()
    fail_with("nothing")
    (line,) = lines(stream)
    assert "ValueError" in str(line["exception"])


@pytest.mark.parametrize("style", [LogStyle.JSON, LogStyle.TEXT])
def test_request_and_trace_are_in_every_line(style: LogStyle) -> None:
    stream = a_log(style=style)
    request, trace = REQUEST_ID.set("r-1"), CURRENT.set(TRACE)
    try:
        logging.getLogger("x").warning("late")
        tell("gatepost.door", "decided", {})
    finally:
        REQUEST_ID.reset(request)
        CURRENT.reset(trace)
    for line in stream.getvalue().splitlines():
        assert "r-1" in line
        assert "1" * 32 in line


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "Bearer abc123",
        "0123456789abcdef" * 4,
        "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPIZDGNBVGY3Q",
        "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80=",
    ],
)
def test_what_looks_like_a_secret_is_hidden(secret: str) -> None:
    stream = a_log()
    logging.getLogger("x").error("central said %s, no more", secret)
    fail_with(secret)
    tell("gatepost.door", "decided", {"text": secret})
    assert secret.removeprefix("Bearer ") not in stream.getvalue()
    assert stream.getvalue().count(HIDDEN) == 3


@pytest.mark.parametrize(
    "plain", ["card " + "ab" * 16, "/var/lib/gatepost/ledger.sqlite3.damaged-1790000000", "1" * 32]
)
def test_ids_and_paths_are_not(plain: str) -> None:
    stream = a_log()
    logging.getLogger("x").error("%s", plain)
    assert plain in stream.getvalue()


def test_a_person_reads_columns() -> None:
    stream = a_log(style=LogStyle.TEXT)
    tell("gatepost.door", "decided", {"reason": "ok"})
    assert "decided" in stream.getvalue()
    assert "reason=ok" in stream.getvalue()
    assert "{" not in stream.getvalue()


@pytest.mark.parametrize(("by_systemd", "first"), [(True, "{"), (False, "2")])
def test_systemd_gets_objects_and_a_terminal_columns(*, by_systemd: bool, first: str) -> None:
    stream = io.StringIO()
    configure(stream, level="info", by_systemd=by_systemd)
    tell("gatepost.door", "decided", {})
    assert stream.getvalue().startswith(first)


def test_what_is_not_wanted_is_not_written() -> None:
    stream = a_log("warning")
    tell("gatepost.door", "decided", {})
    logging.getLogger("x").info("no")
    assert stream.getvalue() == ""


def test_libraries_do_not_tell_of_requests() -> None:
    stream = a_log("debug")
    for name in ("httpx", "httpcore"):
        logging.getLogger(f"{name}.more").info("GET http://central/cards")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_can_be_wanted(level: str) -> None:
    stream = a_log(level)
    logging.getLogger("x").error("an error")
    assert len(lines(stream)) == 1


# ── traceparent ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sampled", [True, False])
def test_a_traceparent_is_read_as_it_was_written(*, sampled: bool) -> None:
    context = TraceContext(trace_id="a" * 32, span_id="b" * 16, sampled=sampled)
    assert parse_traceparent(context.traceparent) == context


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00",
        f"00-{'0' * 32}-{'b' * 16}-01",
        f"00-{'a' * 32}-{'0' * 16}-01",
        f"ff-{'a' * 32}-{'b' * 16}-01",
        f"00-{'A' * 32}-{'b' * 16}-01",
        f"00-{'a' * 31}-{'b' * 16}-01",
        f"00-{'a' * 32}-{'b' * 16}-01-more",
        f"00-{'a' * 32}-{'b' * 16}-01\n",
        f"00-{'a' * 32}-{'b' * 16}-0x",
        "é" * 55,
    ],
)
def test_what_is_no_traceparent_is_none(text: str | None) -> None:
    assert parse_traceparent(text) is None


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    found = parse_traceparent(f"01-{'a' * 32}-{'b' * 16}-03-more")
    assert found == TraceContext(trace_id="a" * 32, span_id="b" * 16, sampled=True)
