"""Problems (RFC 9457): the only place where a fault becomes an answer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from cardcore import wire
from central.errors import (
    CentralError,
    ConflictError,
    DocumentedError,
    Kind,
    UnsupportedVersionError,
)
from central.ports.call import Answer

TYPE_PREFIX: Final = "urn:gatepost:problem:"
RETRY_AFTER_S: Final = 5  # a busy or absent database is usually back by then
CALLS_RETRY_AFTER_S: Final = 5  # a bucket that was emptied holds some calls again by then
TRIES_RETRY_AFTER_S: Final = 60  # the window in which tries are counted

PROBLEMS: Final[Mapping[Kind, tuple[HTTPStatus, str]]] = {
    Kind.UNKNOWN_CARD: (HTTPStatus.NOT_FOUND, "There is no such card."),
    Kind.UNKNOWN_MEMBER: (HTTPStatus.NOT_FOUND, "There is no such member."),
    Kind.UNKNOWN_OPERATOR: (HTTPStatus.NOT_FOUND, "There is no such operator."),
    Kind.UNKNOWN_DEVICE: (HTTPStatus.NOT_FOUND, "There is no such device."),
    Kind.UNKNOWN_INCIDENT: (HTTPStatus.NOT_FOUND, "There is no such incident."),
    Kind.OPERATOR_EXISTS: (HTTPStatus.CONFLICT, "There is an operator of this name."),
    Kind.UNKNOWN_EVENT: (HTTPStatus.NOT_FOUND, "There is no such dead letter."),
    Kind.IN_PROGRESS: (HTTPStatus.CONFLICT, "The first call under this key is still at work."),
    Kind.KEY_REUSED: (HTTPStatus.UNPROCESSABLE_ENTITY, "The key belongs to another call."),
    Kind.NOT_FOUND: (HTTPStatus.NOT_FOUND, "There is nothing here."),
    Kind.METHOD_NOT_ALLOWED: (HTTPStatus.METHOD_NOT_ALLOWED, "Not with this method."),
    Kind.GAP: (HTTPStatus.CONFLICT, "Entries are missing before these."),
    Kind.FORK: (HTTPStatus.CONFLICT, "Another entry is held under this number."),
    Kind.BROKEN_CHAIN: (HTTPStatus.CONFLICT, "An entry does not follow the one before it."),
    Kind.ILLEGAL_STEP: (HTTPStatus.CONFLICT, "The card cannot take this step."),
    Kind.NOT_AUTHENTICATED: (HTTPStatus.UNAUTHORIZED, "A valid token is needed."),
    Kind.CLOCK_SKEW: (HTTPStatus.UNAUTHORIZED, "The request was signed at another time than now."),
    Kind.REPLAYED: (HTTPStatus.UNAUTHORIZED, "This request was made before."),
    Kind.DEVICE_REVOKED: (HTTPStatus.FORBIDDEN, "This device was revoked."),
    Kind.NOT_PERMITTED: (HTTPStatus.FORBIDDEN, "The caller's role does not allow this."),
    Kind.ENROLMENT_REFUSED: (HTTPStatus.FORBIDDEN, "The code is wrong, used or expired."),
    Kind.LINK_REFUSED: (HTTPStatus.FORBIDDEN, "The link is wrong, used or expired."),
    Kind.RECEIPT_REFUSED: (
        HTTPStatus.FORBIDDEN,
        "No receipt that this central signed for this device.",
    ),
    Kind.TOO_MANY_TRIES: (HTTPStatus.TOO_MANY_REQUESTS, "Too many tries; wait a minute."),
    Kind.TOO_MANY_CALLS: (HTTPStatus.TOO_MANY_REQUESTS, "Too many calls from this device."),
    Kind.MALFORMED: (HTTPStatus.BAD_REQUEST, "The request has another form than agreed."),
    Kind.TOO_LARGE: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large."),
    Kind.TOO_SLOW: (HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time."),
    Kind.UNSUPPORTED_MEDIA_TYPE: (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body is of another type or encoding than agreed.",
    ),
    Kind.UNSUPPORTED_VERSION: (HTTPStatus.BAD_REQUEST, "This API version is not spoken here."),
    Kind.CONFIGURATION: (HTTPStatus.INTERNAL_SERVER_ERROR, "Central is not set up for this."),
    Kind.STORAGE_DOWN: (HTTPStatus.SERVICE_UNAVAILABLE, "The database cannot be used now."),
    Kind.INTERNAL: (HTTPStatus.INTERNAL_SERVER_ERROR, "Central failed; the fault is in its log."),
}

_HEADERS: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.NOT_AUTHENTICATED: {"WWW-Authenticate": "Bearer"},
    Kind.TOO_MANY_TRIES: {"Retry-After": str(TRIES_RETRY_AFTER_S)},
    Kind.TOO_MANY_CALLS: {"Retry-After": str(CALLS_RETRY_AFTER_S)},
    Kind.STORAGE_DOWN: {"Retry-After": str(RETRY_AFTER_S)},
    Kind.IN_PROGRESS: {"Retry-After": "1"},
}

# What these say is for the operator's log, not for whoever asks.
_SILENT: Final = frozenset((Kind.STORAGE_DOWN, Kind.INTERNAL, Kind.CONFIGURATION))


def problem_answer(error: CentralError, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer for a fault."""
    status, title = PROBLEMS[error.kind]
    problem: wire.Problem | wire.VersionProblem = wire.Problem(
        type=TYPE_PREFIX + error.kind.value,
        title=title,
        status=status.value,
        detail="" if error.kind in _SILENT else error.detail,
        mark=error.mark if isinstance(error, ConflictError) else None,
        document=error.document if isinstance(error, DocumentedError) else None,
    )
    if isinstance(error, UnsupportedVersionError):
        problem = wire.VersionProblem(
            type=problem.type,
            title=title,
            status=status.value,
            detail=problem.detail,
            supported=list(error.supported),
            default=error.default,
        )
    return Answer(
        status=status.value,
        body=wire.serialise(problem),
        media_type=wire.PROBLEM_TYPE,
        headers={**_HEADERS.get(error.kind, {}), **(headers or {})},
    )
