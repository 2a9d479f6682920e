"""Answer a POST once: whoever sends it again under the same Idempotency-Key gets the first answer.

The answer is committed with the effect it tells of, so a crash between effect and answer changes nothing. A refusal has no
effect; it is kept as well. Under the key of a call that is still at work: 409. Under the key of another call: 422.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Final

from cardcore.ids import Micros
from central.errors import (
    CentralError,
    ConflictError,
    Kind,
    StorageDownError,
    UnprocessableError,
)
from central.ports.call import Answer, Call
from central.ports.events import Reply
from central.ports.meter import Meter, NoMeter
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock
from central.problems import problem_answer

HEADER: Final = "idempotency-key"
KEY_CHARS_MAX: Final = 128  # a UUID has 36
KEEP_US: Final = 30 * 86_400 * 1_000_000


class ReplyService:
    """Gives each keyed call one effect and one answer."""

    def __init__(self, *, storage: Storage, clock: Clock, meter: Meter | None = None) -> None:
        self._storage = storage
        self._clock = clock
        self._meter = NoMeter() if meter is None else meter
        self._at_work: set[tuple[str, str]] = set()
        self._guard = Lock()

    def once(
        self, call: Call, *, caller: str, operation: str, work: Callable[[Transaction], Answer]
    ) -> Answer:
        """The answer of ``work``, which runs inside a writing transaction; the first one, where the call has a key.

        Raises:
            UnprocessableError: no key that can be used, or the key of another call.
            ConflictError: the first call under this key is still at work.
        """
        key = call.headers.get(HEADER)
        if key is None:
            with self._storage.write() as tx:
                return work(tx)
        _check_key(key)
        request = request_hash(call, operation)
        with self._working_at(caller, key):
            return self._first(caller, key, request, work)

    def has_key(self, call: Call) -> bool:
        """Whether the caller wants the first answer again."""
        return HEADER in call.headers

    def clean_up(self) -> int:
        """Drop answers that are older than 30 days; how many."""
        with self._storage.write() as tx:
            return tx.replies.forget(Micros(self._clock.micros() - KEEP_US))

    def _first(
        self, caller: str, key: str, request: bytes, work: Callable[[Transaction], Answer]
    ) -> Answer:
        try:
            with self._held(caller, key) as tx:
                found = tx.replies.find(caller, key)
                if found is None:
                    answer = work(tx)
                    tx.replies.add(self._reply(caller, key, request, answer))
                    return answer
            self._meter.repeated("idempotency_key")
            return _again(found, request)
        except StorageDownError:
            raise  # nothing was decided
        except CentralError as error:
            if error.kind in {Kind.KEY_REUSED, Kind.IN_PROGRESS}:
                raise
            return self._refuse(caller, key, request, problem_answer(error))

    def _refuse(self, caller: str, key: str, request: bytes, answer: Answer) -> Answer:
        """Keep a refusal; the effect that it refused was rolled back."""
        with self._held(caller, key) as tx:
            found = tx.replies.find(caller, key)
            if found is None:
                tx.replies.add(self._reply(caller, key, request, answer))
                return answer
        return _again(found, request)

    def _held(self, caller: str, key: str) -> AbstractContextManager[Transaction]:
        return self._storage.write_alone(f"reply {json.dumps([caller, key])}")

    @contextmanager
    def _working_at(self, caller: str, key: str) -> Iterator[None]:
        place = (caller, key)
        with self._guard:
            if place in self._at_work:
                raise ConflictError(Kind.IN_PROGRESS)
            self._at_work.add(place)
        try:
            yield
        finally:
            with self._guard:
                self._at_work.remove(place)

    def _reply(self, caller: str, key: str, request: bytes, answer: Answer) -> Reply:
        return Reply(
            caller=caller,
            key=key,
            request=request,
            status=answer.status,
            media_type=answer.media_type,
            body=answer.body,
            made_at=self._clock.micros(),
        )


def request_hash(call: Call, operation: str) -> bytes:
    """What was asked, as 32 bytes: the operation, its path and query, and the body byte for byte."""
    head = json.dumps([operation, sorted(call.path.items()), sorted(call.query.items())])
    return hashlib.sha256(head.encode() + b"\n" + call.body).digest()


def _again(found: Reply, request: bytes) -> Answer:
    if found.request != request:
        raise UnprocessableError(Kind.KEY_REUSED)
    return Answer(status=found.status, body=found.body, media_type=found.media_type)


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= KEY_CHARS_MAX or not (key.isascii() and key.isprintable()):
        detail = f"an Idempotency-Key has 1 to {KEY_CHARS_MAX} printable ASCII characters"
        raise UnprocessableError(Kind.MALFORMED, detail)
