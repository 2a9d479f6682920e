"""The API's description (OpenAPI 3.1), made from the route table and the messages themselves."""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final, TypeAlias

import msgspec

from cardcore import wire
from central.errors import Kind
from central.ops.endpoints import Endpoint, ForDevices
from central.ports.call import JSON_TYPE
from central.problems import PROBLEMS
from central.versioning import SUPPORTED, SUPPORTED_HEADER, VERSION_HEADER

Json: TypeAlias = dict[str, object]

_REF: Final = "#/components/schemas/{name}"
_PATH_PATTERNS: Final[Mapping[str, str]] = {"card_id": "^[0-9a-f]{32}$"}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_BODY_KINDS: Final = (
    Kind.MALFORMED,
    Kind.TOO_LARGE,
    Kind.TOO_SLOW,
    Kind.UNSUPPORTED_MEDIA_TYPE,
)
_ETAG: Final[Json] = {"ETag": {"schema": {"type": "string"}}}
_SECURITY: Final = "device_token"


def describe(endpoints: Sequence[Endpoint]) -> Json:
    """The OpenAPI document of ``endpoints``."""
    kinds = {wire.Problem} | {kind for e in endpoints for kind in (e.takes, e.gives) if kind}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gatepost central", "version": _program_version()},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {_SECURITY: {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint) -> Json:
    operation: Json = {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "parameters": list(_parameters(endpoint)),
        "responses": _responses(endpoint),
        "security": [{_SECURITY: []}] if isinstance(endpoint.handler, ForDevices) else [],
    }
    if endpoint.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"At most {endpoint.most_bytes} bytes; Content-Encoding may be gzip.",
            "content": {JSON_TYPE: {"schema": _ref(endpoint.takes)}},
        }
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"[a-z]+", f"{endpoint.method.lower()} {endpoint.path}")
    return "_".join(words)


def _parameters(endpoint: Endpoint) -> Iterable[Json]:
    for name in _PARAMETER.findall(endpoint.path):
        yield _parameter(name, "path", _PATH_PATTERNS[name])
    for name, pattern in endpoint.parameters.items():
        yield _parameter(name, "query", pattern)
    if endpoint.gives is None:
        yield _header("If-None-Match", {"type": "string"})
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
    if endpoint.gives is None:
        responses["304"] = {
            "description": "The caller has it already.",
            "headers": _headers() | _ETAG,
        }
    for status, words in sorted(found.items()):
        responses[status] = {
            "description": f"A problem: {', '.join(words)}.",
            "headers": _headers(),
            "content": {wire.PROBLEM_TYPE: {"schema": _ref(wire.Problem)}},
        }
    return responses


def _kinds(endpoint: Endpoint) -> Iterable[Kind]:
    yield Kind.UNSUPPORTED_VERSION
    if endpoint.takes is not None:
        yield from _BODY_KINDS
    if isinstance(endpoint.handler, ForDevices):
        yield Kind.NOT_AUTHENTICATED
    yield from endpoint.problems
    yield from (Kind.STORAGE_DOWN, Kind.INTERNAL)


def _success(endpoint: Endpoint) -> Json:
    document: Json = {wire.DOCUMENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    if endpoint.gives is None:
        headers = _headers() | _ETAG
        return {"description": endpoint.summary, "headers": headers, "content": document}
    content = {JSON_TYPE: {"schema": _ref(endpoint.gives)}}
    return {"description": endpoint.summary, "headers": _headers(), "content": content}


def _headers() -> Json:
    text: Json = {"schema": {"type": "string"}}
    return {VERSION_HEADER: text, SUPPORTED_HEADER: text}


def _ref(kind: type[object]) -> Json:
    return {"$ref": _REF.format(name=kind.__name__)}


def _program_version() -> str:
    try:
        return version("gatepost")
    except PackageNotFoundError:
        return "0"
