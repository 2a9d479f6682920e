"""What a program traces, seen from the program: operations inside each other. Off by default, and then it costs nothing."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeAlias

from telemetry.trace_context import CURRENT, HEADER, PEOPLES_HEADER

Facts: TypeAlias = Mapping[str, str | int | float | bool]
"""Attributes of a span: ids and reasons."""


class Operation(Protocol):
    """An operation under way."""

    def note(self, facts: Facts) -> None:
        """This is known of it now."""
        ...


class Operations(Protocol):
    """Begins operations."""

    def operation(self, name: str, facts: Facts | None = None) -> AbstractContextManager[Operation]:
        """One operation inside the one under way; what it raises is recorded."""
        ...


class _Nothing:
    def note(self, facts: Facts) -> None:
        """Nobody listens."""


class TracingOff:
    """Traces nothing."""

    _nothing = _Nothing()

    def operation(
        self,
        name: str,  # noqa: ARG002 -- the port's signature
        facts: Facts | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[Operation]:
        """Nothing is recorded."""
        return nullcontext(self._nothing)


def trace_headers() -> dict[str, str]:
    """What a request carries of the operation under way: for programs, and for people."""
    current = CURRENT.get()
    if current is None:
        return {}
    return {HEADER: current.traceparent, PEOPLES_HEADER: current.trace_id}
