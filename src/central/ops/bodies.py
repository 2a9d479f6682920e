"""Read the body of a request without trusting its length, its type or its packing."""

import asyncio
import zlib
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect, Request

from central.errors import Kind, UnprocessableError
from central.ports.call import JSON_TYPE
from central.versioning import is_vendor_type

BODY_WITHIN_S: Final = 30.0  # as long as a door waits for its upload

_GZIP_WINDOW: Final = 31  # zlib's word for "gzip header, 32 KiB window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A JSON body as it was ``sent``, and ``unpacked``."""

    sent: bytes = b""
    unpacked: bytes = b""


async def read_body(request: Request, most_bytes: int) -> Body:
    """The JSON body.

    Raises:
        UnprocessableError: another type or packing, more than ``most_bytes``, packed or unpacked, or too slow.
    """
    _check_type(request.headers.get("content-type", ""))
    packing = request.headers.get("content-encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip"}:
        raise UnprocessableError(Kind.UNSUPPORTED_MEDIA_TYPE, "the encoding must be gzip")
    sent = await _read(request, most_bytes)
    return Body(sent=sent, unpacked=gunzip(sent, most_bytes) if packing == "gzip" else sent)


def gunzip(data: bytes, most_bytes: int) -> bytes:
    """The one gzip member in ``data``, never more than ``most_bytes`` of it in memory.

    Raises:
        UnprocessableError: not exactly that.
    """
    reader = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        unpacked = reader.decompress(data, most_bytes + 1)
    except zlib.error as error:
        raise UnprocessableError(Kind.MALFORMED, "not gzip") from error
    if len(unpacked) > most_bytes:
        raise too_large(most_bytes)
    if not reader.eof or reader.unused_data:
        raise UnprocessableError(Kind.MALFORMED, "not one whole gzip member")
    return unpacked


def too_large(most_bytes: int) -> UnprocessableError:
    """The fault of a body over its bound."""
    return UnprocessableError(Kind.TOO_LARGE, f"at most {most_bytes} bytes, unpacked")


def _check_type(content_type: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind != JSON_TYPE and not is_vendor_type(kind):
        raise UnprocessableError(Kind.UNSUPPORTED_MEDIA_TYPE, f"the type must be {JSON_TYPE}")


async def _read(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in request.stream():
                body += part
                if len(body) > most_bytes:
                    raise too_large(most_bytes)
    except ClientDisconnect as error:
        raise UnprocessableError(Kind.MALFORMED, "the body was cut short") from error
    except TimeoutError as error:
        raise UnprocessableError(Kind.TOO_SLOW, f"{len(body)} bytes came") from error
    return bytes(body)
