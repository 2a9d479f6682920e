"""One HTTP operation: where it is, who may call it, what it takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from central.errors import Kind
from central.ports.call import Answer, Call
from central.ports.records import Device

MAX_MESSAGE_BYTES: Final = 16 * 1024  # any message but a batch has under 1 kB

OpenHandler: TypeAlias = Callable[[Call], Answer]
DeviceHandler: TypeAlias = Callable[[Call, Device], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForDevices:
    """A handler that only enrolled devices reach."""

    handler: DeviceHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A line of the route table.

    ``takes`` and ``gives`` are messages, or None for none and for a signed document. ``most_bytes`` bounds the body,
    unpacked. ``parameters`` are the query's, each with its pattern. A ``hot`` one is a plain Starlette route.
    """

    method: str
    path: str
    summary: str
    handler: OpenHandler | ForDevices
    gives: type[object] | None
    takes: type[object] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Kind, ...] = ()
    most_bytes: int = MAX_MESSAGE_BYTES
    hot: bool = False
