"""Central over HTTP. Whatever comes back is hostile until parsed: a captive portal answers 200 with HTML."""

import gzip
import ssl
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx

from cardcore import wire
from cardcore.errors import WireError
from cardcore.ids import CardId, Epoch, Micros, Seq
from cardcore.snapshot_chunk import MAX_CHUNK_BYTES
from scanner.adapters.central_httpx.bodies import read_at_most
from scanner.adapters.central_httpx.later import retry_after
from scanner.adapters.central_httpx.transport import WHOLE, TimedTransport
from scanner.errors import LinkDownError, LinkRefusedError
from scanner.ports import Fetched
from scanner.sync.signer import RequestSigner
from telemetry.operations import trace_headers

CONNECT_WITHIN: Final = 2.0  # seconds
ANSWER_WITHIN: Final = 2.0  # seconds for a question; the door itself waits far less
UPLOAD_WITHIN: Final = 30.0  # seconds for a batch or a document
# From the first byte sent to the last one read (central_httpx.transport). A status is a few hundred bytes, and the only
# question a person may stand and wait behind; all else has ten times the limit above for a slow line.
STATUS_IN_ALL: Final = 4.0  # seconds
TIMES_IN_ALL: Final = 10
GZIP_LEVEL: Final = (
    1  # 5 % more bytes than 6 in less than half the time; most of an entry is hashes and nonces
)
_RETRY: Final = frozenset((408, 429))  # 4xx that say "later", not "no"
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_NOT_FOUND, _NOT_MODIFIED, _OK = 404, 304, 200
_UNKNOWN_CARD: Final = "urn:gatepost:problem:unknown_card"

Message = TypeVar("Message")


class HttpCentral:
    """A CentralLink. Use one per thread; ``close`` it. ``mono`` is the clock that its limits are measured by.

    Requests are signed by ``signer``; ``token`` is of a device that had none of its own keys at enrolment. ``tls`` says
    which servers count; those that public authorities vouch for where it does not.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        mono: Callable[[], Micros],
        signer: RequestSigner | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._signer = signer
        headers = {
            b"X-API-Version": wire.API_VERSION.encode(),
            b"Accept": b"application/json, application/cose, application/cbor",
            b"Accept-Encoding": b"identity",  # 64 kB packed can be 64 MB
        }
        if token is not None:  # as bytes: whatever central once sent has some header form
            headers[b"Authorization"] = b"Bearer " + token.encode()
        self._client = httpx.Client(
            base_url=url.rstrip("/") + wire.API_ROOT,
            headers=headers,
            timeout=httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN),
            transport=TimedTransport(mono, tls),
            follow_redirects=False,
            trust_env=False,  # a proxy from the environment is not the door's to trust
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def enrol(self, request: wire.EnrolRequest) -> wire.EnrolAnswer:
        """Pair this device."""
        body = wire.serialise(request)
        answer = self._ask(
            "POST", "/devices/enrol", content=body, headers={"Content-Type": "application/json"}
        )
        return _parse(answer, wire.EnrolAnswer)

    def trust(self, nonce: bytes) -> bytes:
        """Whom to trust, signed over ``nonce``; it is for the caller to check."""
        return self._ask("GET", "/devices/trust", params={"nonce": nonce.hex()}).content

    def register(self, request: wire.DeviceKeysRequest) -> wire.DeviceKeysAnswer:
        """Tell central the keys of this device."""
        answer = self._ask(
            "POST",
            "/devices/me/keys",
            content=wire.serialise(request),
            headers={"Content-Type": "application/json"},
        )
        return _parse(answer, wire.DeviceKeysAnswer)

    def card_status(self, card_id: CardId) -> wire.CardStatusAnswer | None:
        """Central's word on a card now; None where it says, in its own words, that it has no such card."""
        try:
            answer = self._ask("GET", f"/cards/{card_id.hex()}/status", whole=STATUS_IN_ALL)
        except LinkRefusedError as error:
            if error.status == _NOT_FOUND and error.kind == _UNKNOWN_CARD:
                return None
            raise
        return _parse(answer, wire.CardStatusAnswer)

    def key_set(self, etag: str | None) -> Fetched | None:
        """The signed key set; None where it has not changed since ``etag``."""
        return self._document("/devices/me/keyset", etag)

    def snapshot(self, etag: str | None) -> Fetched | None:
        """The signed snapshot; None where it has not changed since ``etag``."""
        return self._document("/devices/me/snapshot", etag)

    def chunk(self, digest: bytes) -> bytes:
        """A chunk of the snapshot, by its SHA-256; it is for the caller to check."""
        path = f"/devices/me/snapshot/chunks/{digest.hex()}"
        return self._ask("GET", path, timeout=UPLOAD_WITHIN, most=MAX_CHUNK_BYTES).content

    def document(self, path: str, etag: str | None, asked: Mapping[str, str]) -> Fetched | None:
        """The signed document at ``path``; None where central has none other than the caller's."""
        return self._document(path, etag, asked)

    def mark(self, epoch: Epoch) -> wire.MarkAnswer:
        """Up to where central holds an epoch."""
        answer = self._ask("GET", "/devices/me/audit/mark", params={"epoch": epoch.hex()})
        return _parse(answer, wire.MarkAnswer)

    def upload(self, batch: wire.AuditBatch) -> wire.BatchAnswer:
        """Hand over a batch, gzipped: about 70 bytes an entry."""
        answer = self._ask(
            "POST",
            "/devices/me/audit/batches",
            content=gzip.compress(wire.serialise(batch), compresslevel=GZIP_LEVEL),
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
            timeout=UPLOAD_WITHIN,
        )
        return _parse(answer, wire.BatchAnswer)

    def receipt(self, epoch: Epoch, seq: Seq) -> bytes:
        """Central's signed word that it holds an entry and all before it."""
        asked = {"epoch": epoch.hex(), "seq": str(seq)}
        return self._ask("GET", "/devices/me/audit/receipt", params=asked).content

    def resume(self, receipt: bytes) -> wire.MarkAnswer:
        """Hand in central's own receipt: it goes on behind what that names."""
        answer = self._ask(
            "POST",
            "/devices/me/audit/resume",
            content=wire.serialise(wire.ResumeRequest(receipt=receipt.hex())),
            headers={"Content-Type": "application/json"},
        )
        return _parse(answer, wire.MarkAnswer)

    def heartbeat(self, heartbeat: wire.Heartbeat) -> wire.HeartbeatAnswer:
        """Say how this door fares."""
        answer = self._ask(
            "POST",
            "/devices/me/heartbeat",
            content=wire.serialise(heartbeat),
            headers={"Content-Type": "application/json"},
        )
        return _parse(answer, wire.HeartbeatAnswer)

    def admissions(self, since: int, epoch: Epoch) -> wire.AdmissionsAnswer:
        """A page of what other doors admitted behind ``since``, without this device's own of ``epoch``."""
        asked = {"since": str(since), "epoch": epoch.hex()}
        answer = self._ask("GET", "/devices/me/admissions", params=asked)
        return _parse(answer, wire.AdmissionsAnswer)

    def time(self, nonce: bytes) -> bytes:
        """Central's time, signed over ``nonce``."""
        return self._ask("GET", "/devices/me/time", params={"nonce": nonce.hex()}).content

    def _document(
        self, path: str, etag: str | None, asked: Mapping[str, str] | None = None
    ) -> Fetched | None:
        headers = {} if etag is None else {"If-None-Match": etag}
        answer = self._ask(
            "GET",
            path,
            headers=headers,
            params=dict(asked) if asked else None,
            timeout=UPLOAD_WITHIN,
            most=wire.MAX_DOCUMENT_BYTES,
        )
        if answer.status_code == _NOT_MODIFIED:
            return None
        kind = answer.headers.get("content-type", "")
        if kind.split(";")[0].strip() != wire.DOCUMENT_TYPE:
            msg = f"central sent {kind or 'something'!r} in place of a signed document"
            raise LinkDownError(msg)
        tag = answer.headers.get("etag", "")
        return Fetched(data=answer.content, etag=tag if tag and tag.isascii() else None)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        timeout: float = ANSWER_WITHIN,
        whole: float | None = None,
        most: int = wire.MAX_ANSWER_BYTES,
    ) -> httpx.Response:
        request = self._client.build_request(
            method,
            path,
            content=content,
            headers=(headers or {}) | trace_headers(),
            params=params,
            timeout=httpx.Timeout(timeout, connect=CONNECT_WITHIN),
            extensions={WHOLE: timeout * TIMES_IN_ALL if whole is None else whole},
        )
        try:
            return self._exchange(request, content or b"", most)
        except LinkRefusedError as error:
            if self._signer is None or not self._signer.heed(error):
                raise
            return self._exchange(request, content or b"", most)

    def _exchange(self, request: httpx.Request, content: bytes, most: int) -> httpx.Response:
        if self._signer is not None:
            target = request.url.raw_path.decode("ascii")
            request.headers.update(self._signer.sign(request.method, target, content))
        try:
            answer = self._client.send(request, stream=True)
            try:
                read_at_most(answer, most)
            finally:
                answer.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            msg = f"central does not answer: {str(error) or type(error).__name__}"
            raise LinkDownError(msg) from error
        _raise_for(answer)
        return answer


def _raise_for(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in {_OK, 201, _NOT_MODIFIED}:
        return
    if status in _RETRY or status >= _SERVER_ERROR:
        msg = f"central answered {status}"
        raise LinkDownError(msg, retry_after(answer.headers))
    if status >= _CLIENT_ERROR:
        problem = _problem(answer)
        if problem is None:
            # Not central's own words: a captive portal or a proxy, and no verdict of central's.
            msg = f"something other than central answered {status}"
            raise LinkDownError(msg)
        words = problem.detail or problem.title
        raise LinkRefusedError(status, problem.type, words, problem.document)
    msg = f"central answered {status}, which means nothing here"
    raise LinkDownError(msg)


def _problem(answer: httpx.Response) -> wire.Problem | None:
    kind = answer.headers.get("content-type", "").split(";")[0].strip()
    if kind != wire.PROBLEM_TYPE:
        return None
    try:
        return wire.parse(answer.content, wire.Problem)
    except WireError:
        return None


def _parse(answer: httpx.Response, kind: type[Message]) -> Message:
    try:
        return wire.parse(answer.content, kind)
    except WireError as error:
        msg = f"central answered nonsense: {error}"
        raise LinkDownError(msg) from error
