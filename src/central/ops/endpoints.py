"""One HTTP operation: where it is, who may call it, what it takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from cardcore import wire
from central.errors import Kind
from central.ports.call import Answer, Call
from central.ports.records import Caller, Device, LinkedPhone, Role

MAX_MESSAGE_BYTES: Final = 16 * 1024  # any message but a batch has under 1 kB

OpenHandler: TypeAlias = Callable[[Call], Answer]
DeviceHandler: TypeAlias = Callable[[Call, Device], Answer]
PhoneHandler: TypeAlias = Callable[[Call, LinkedPhone], Answer]
OperatorHandler: TypeAlias = Callable[[Call, Caller], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForDevices:
    """A handler that only enrolled devices reach; where ``shut_out_too``, one that was revoked as well."""

    handler: DeviceHandler
    shut_out_too: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForPhones:
    """A handler that only members' phones reach, each for its own card."""

    handler: PhoneHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class ForOperators:
    """A handler that only operators with this role reach; it is told in which audiences they have it."""

    role: Role
    handler: OperatorHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A line of the route table.

    ``takes`` and ``gives`` are messages, or None for none and for bytes of ``media_type``, a signed document's. ``most_bytes`` bounds the body,
    unpacked. ``parameters`` are the query's, each with its pattern; ``options`` are those that may be left out, each with
    its JSON schema. ``beta`` is what version 2.0-beta gives, where that differs. A document that is ``fresh`` each time
    has no ETag. A ``hot`` one is a plain Starlette route; a
    ``keyed`` one gives its first answer again under the same Idempotency-Key. One that may be ``unwell`` gives the same
    message with a 503.
    """

    method: str
    path: str
    summary: str
    handler: OpenHandler | ForDevices | ForPhones | ForOperators
    gives: type[object] | None
    media_type: str = wire.DOCUMENT_TYPE
    takes: type[object] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    beta: type[object] | None = None
    fresh: bool = False
    problems: tuple[Kind, ...] = ()
    most_bytes: int = MAX_MESSAGE_BYTES
    hot: bool = False
    keyed: bool = False
    unwell: bool = False
