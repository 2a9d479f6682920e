"""An HTTP exchange as the routes see it: already read, measured, unpacked and authenticated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from cardcore import wire
from cardcore.request_signature import SignableRequest
from central.ports.records import SignedDocument

JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was asked. ``address`` is the caller's IP address; header names are lower-case.

    ``version`` is the version of the API that the answer is to be in. ``method``, ``target`` (path and query) and
    ``sent`` (the body before it was unpacked) are the request as it came over the wire.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    address: str
    body: bytes = field(repr=False)
    version: str = wire.API_VERSION
    method: str = "GET"
    target: str = ""
    sent: bytes = field(default=b"", repr=False)

    @property
    def signable(self) -> SignableRequest:
        """What a signature over this request covers."""
        return SignableRequest(method=self.method, target=self.target, body=self.sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    media_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_of(message: object) -> Answer:
    """A message of :mod:`cardcore.wire` as an answer."""
    return Answer(body=wire.serialise(message))


def document_answer(document: SignedDocument, call: Call) -> Answer:
    """A signed document, or 304 where the caller has it already."""
    tag = f'"{document.kind.value}-{document.version}"'
    headers = {"ETag": tag}
    known = call.headers.get("if-none-match", "").split(",")
    if tag in (etag.strip().removeprefix("W/") for etag in known):  # a proxy that packs weakens it
        return Answer(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Answer(body=document.content, media_type=wire.DOCUMENT_TYPE, headers=headers)
