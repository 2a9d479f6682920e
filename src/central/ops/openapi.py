"""The API's description (OpenAPI 3.1), made from the route table and the messages themselves."""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final, TypeAlias

import msgspec

from cardcore import wire
from central.errors import Kind
from central.ops.endpoints import Endpoint, ForDevices, ForOperators, ForPhones
from central.ports.call import JSON_TYPE
from central.ports.views import INCIDENT_ID
from central.problems import PROBLEMS
from central.versioning import (
    SUPPORTED_HEADER,
    VERSION_HEADER,
    VERSIONS,
    canonical_path,
    vendor_type,
)
from telemetry.health import UNAVAILABLE

Json: TypeAlias = dict[str, object]

SUPPORTED: Final = VERSIONS.supported
_VERSIONS_SAID: Final = (
    "The header X-API-Version is asked first, then a vendor type in Accept, then the version in the path, which may be any "
    "of these in place of the one shown."
)
_REF: Final = "#/components/schemas/{name}"
_PATH_PATTERNS: Final[Mapping[str, str]] = {
    "card_id": "^[0-9a-f]{32}$",
    "chunk": "^[0-9a-f]{64}$",
    "event_id": "^[0-9a-f]{32}$",
    "incident_id": INCIDENT_ID,
    "member_id": r"^[^/\x00-\x1f\x7f-\x9f]{1,64}$",
}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_BODY_KINDS: Final = (
    Kind.MALFORMED,
    Kind.TOO_LARGE,
    Kind.TOO_SLOW,
    Kind.UNSUPPORTED_MEDIA_TYPE,
)
_ETAG: Final[Json] = {"ETag": {"schema": {"type": "string"}}}
_DEVICE, _PHONE, _OPERATOR = "device_token", "phone_token", "operator_token"
_DEPRECATED: Final[Json] = {
    "description": "Where the version is deprecated.",
    "schema": {"type": "string"},
    "required": False,
}


def describe(endpoints: Sequence[Endpoint]) -> Json:
    """The OpenAPI document of ``endpoints``."""
    messages = (kind for e in endpoints for kind in (e.takes, e.gives, e.beta) if kind)
    kinds = {wire.Problem, wire.VersionProblem, *messages}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gatepost central",
            "version": _program_version(),
            "description": f"Versions: {', '.join(SUPPORTED)}. {_VERSIONS_SAID}",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                name: {"type": "http", "scheme": "bearer"} for name in (_DEVICE, _PHONE, _OPERATOR)
            },
        },
    }


def _operation(endpoint: Endpoint) -> Json:
    operation: Json = {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "parameters": list(_parameters(endpoint)),
        "responses": _responses(endpoint),
        "security": _security(endpoint),
    }
    if endpoint.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"At most {endpoint.most_bytes} bytes; Content-Encoding may be gzip.",
            "content": {JSON_TYPE: {"schema": _ref(endpoint.takes)}},
        }
    if isinstance(endpoint.handler, ForOperators):
        operation["description"] = f"For operators with the role {endpoint.handler.role.value}."
    return operation


def _security(endpoint: Endpoint) -> list[Json]:
    match endpoint.handler:
        case ForDevices():
            return [{_DEVICE: []}]
        case ForPhones():
            return [{_PHONE: []}]
        case ForOperators():
            return [{_OPERATOR: []}]
        case _:
            return []


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"[a-z]+", f"{endpoint.method.lower()} {endpoint.path}")
    return "_".join(words)


def _parameters(endpoint: Endpoint) -> Iterable[Json]:
    for name in _PARAMETER.findall(endpoint.path):
        yield _parameter(name, "path", _PATH_PATTERNS[name])
    for name, pattern in endpoint.parameters.items():
        yield _parameter(name, "query", pattern)
    for name, schema in endpoint.options.items():
        yield {"name": name, "in": "query", "required": False, "schema": dict(schema)}
    if endpoint.gives is None and not endpoint.fresh:
        yield _header("If-None-Match", {"type": "string"})
    if endpoint.keyed:
        yield _header("Idempotency-Key", {"type": "string", "pattern": "^[ -~]{1,128}$"})
    yield _header(VERSION_HEADER, {"type": "string", "enum": list(SUPPORTED)})


def _parameter(name: str, place: str, pattern: str) -> Json:
    return {
        "name": name,
        "in": place,
        "required": True,
        "schema": {"type": "string", "pattern": pattern},
    }


def _header(name: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": False, "schema": schema}


def _responses(endpoint: Endpoint) -> Json:
    found: dict[str, list[str]] = {}
    for kind in _kinds(endpoint):
        found.setdefault(str(PROBLEMS[kind][0].value), []).append(kind.value)
    responses: Json = {"200": _success(endpoint)}
    if endpoint.gives is None and not endpoint.fresh:
        responses["304"] = {
            "description": "The caller has it already.",
            "headers": _headers() | _ETAG,
        }
    for status, words in sorted(found.items()):
        content: Json = {wire.PROBLEM_TYPE: {"schema": _problem_schema(words)}}
        if endpoint.unwell and endpoint.gives is not None and int(status) == UNAVAILABLE:
            content |= dict(_json_content(endpoint, endpoint.gives))
        responses[status] = {
            "description": f"A problem: {', '.join(words)}.",
            "headers": _headers(),
            "content": content,
        }
    return responses


def _kinds(endpoint: Endpoint) -> Iterable[Kind]:
    yield Kind.UNSUPPORTED_VERSION
    if endpoint.takes is not None:
        yield from _BODY_KINDS
    if endpoint.parameters or endpoint.options:
        yield Kind.MALFORMED
    if isinstance(endpoint.handler, ForDevices | ForPhones):
        yield from (Kind.NOT_AUTHENTICATED, Kind.TOO_MANY_TRIES, Kind.TOO_MANY_CALLS)
    if isinstance(endpoint.handler, ForOperators):
        yield from (Kind.NOT_AUTHENTICATED, Kind.TOO_MANY_TRIES, Kind.NOT_PERMITTED)
    yield from endpoint.problems
    yield from (Kind.STORAGE_DOWN, Kind.INTERNAL)


def _success(endpoint: Endpoint) -> Json:
    document: Json = {endpoint.media_type: {"schema": {"type": "string", "format": "binary"}}}
    if endpoint.gives is None:
        headers = _headers() if endpoint.fresh else _headers() | _ETAG
        return {"description": endpoint.summary, "headers": headers, "content": document}
    content = dict(_json_content(endpoint, endpoint.gives))
    return {"description": endpoint.summary, "headers": _headers(), "content": content}


def _json_content(endpoint: Endpoint, gives: type[object]) -> Iterable[tuple[str, Json]]:
    beta = endpoint.beta or gives
    either: Json = {"anyOf": [_ref(gives), _ref(beta)]}
    yield JSON_TYPE, {"schema": _ref(gives) if beta is gives else either}
    if canonical_path(endpoint.path)[1] is not None:
        for version in SUPPORTED:
            told = beta if version == wire.BETA_VERSION else gives
            yield vendor_type(version), {"schema": _ref(told)}


def _problem_schema(words: Sequence[str]) -> Json:
    if Kind.UNSUPPORTED_VERSION.value not in words:
        return _ref(wire.Problem)
    return {"anyOf": [_ref(wire.Problem), _ref(wire.VersionProblem)]}


def _headers() -> Json:
    text: Json = {"schema": {"type": "string"}}
    old: Json = dict.fromkeys(("Deprecation", "Sunset", "Warning"), _DEPRECATED)
    return {VERSION_HEADER: text, SUPPORTED_HEADER: text} | old


def _ref(kind: type[object]) -> Json:
    return {"$ref": _REF.format(name=kind.__name__)}


def _program_version() -> str:
    try:
        return version("gatepost")
    except PackageNotFoundError:
        return "0"
