"""The network of schedules in memory: real messages to a real central, lost, doubled and delayed as a schedule says."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from cardcore import wire
from cardcore.audit import entry_hash
from cardcore.ids import CardId, Epoch
from central.bootstrap import Central
from central.errors import CentralError, StorageDownError
from central.ports.records import Device, SignedDocument
from central.problems import PROBLEMS, TYPE_PREFIX
from scanner.errors import LinkDownError, LinkRefusedError
from scanner.ports import Fetched
from tests.fakes.protocol_central import ProtocolCentral

SILENT: Final = "central does not answer"
LOST: Final = "the reply was lost"
Message = TypeVar("Message")


class Weather(StrEnum):
    """What the network does to each call of a door."""

    FAIR = "fair"
    CUT = "cut"  # nothing arrives
    CUT_REPLY = "cut_reply"  # central does what it is asked, and the door never hears of it
    CUT_BATCH_REPLY = "cut_batch_reply"  # the same, but for batches alone
    TWICE = "twice"  # a batch arrives twice, one right behind the other
    LATE = "late"  # a batch is under way for so long that the door has given it up
    LATE_AND_AGAIN = "late_and_again"  # it arrives, and a copy of it is still under way


HELD_BACK: Final = frozenset((Weather.LATE, Weather.LATE_AND_AGAIN))


class LoopLink:
    """All that a door asks of central (CentralLink, FeedLink, HeartbeatLink, TimeLink), without a socket."""

    def __init__(self, central: ProtocolCentral, token: str) -> None:
        self._central = central
        self.me = central.device_of(token)
        self.device = self.me.device_id
        self.weather = Weather.FAIR
        self.under_way: list[wire.AuditBatch] = []
        self.lost_replies = 0

    def enrol(self, request: wire.EnrolRequest) -> wire.EnrolAnswer:
        raise NotImplementedError

    def card_status(self, card_id: CardId) -> wire.CardStatusAnswer | None:
        raise NotImplementedError

    def key_set(self, etag: str | None) -> Fetched | None:
        return self._document(
            lambda one: self._services.signed.key_sets.key_set(one.audience), etag
        )

    def snapshot(self, etag: str | None) -> Fetched | None:
        return self._document(lambda one: self._services.standings.snapshot(one.audience), etag)

    def document(self, path: str, etag: str | None, asked: Mapping[str, str]) -> Fetched | None:
        assert (path, asked) == ("/devices/me/snapshot/manifest", {})
        return self._document(lambda one: self._services.snapshots.manifest(one.audience), etag)

    def chunk(self, digest: bytes) -> bytes:
        return self._asked(lambda one: self._services.snapshots.chunk(one.audience, digest))

    def mark(self, epoch: Epoch) -> wire.MarkAnswer:
        answer = self._asked(lambda device: self._services.audit.mark(device, epoch))
        return wire.parse(wire.serialise(answer), wire.MarkAnswer)

    def upload(self, batch: wire.AuditBatch) -> wire.BatchAnswer:
        sent = wire.parse(wire.serialise(batch), wire.AuditBatch)
        if self.weather in HELD_BACK:
            self.under_way.append(sent)
        if self.weather is Weather.LATE:
            raise _down(LOST)
        if self.weather is Weather.TWICE:
            self._asked(lambda device: self._services.audit.ingest(device, sent))
        answer = self._asked(lambda device: self._services.audit.ingest(device, sent))
        if self.weather is Weather.CUT_BATCH_REPLY:
            self.lost_replies += 1
            raise _down(LOST)
        return wire.parse(wire.serialise(answer), wire.BatchAnswer)

    def heartbeat(self, heartbeat: wire.Heartbeat) -> wire.HeartbeatAnswer:
        return self._asked(lambda device: self._services.presence.beat(device, heartbeat))

    def admissions(self, since: int, epoch: Epoch) -> wire.AdmissionsAnswer:
        answer = self._asked(
            lambda device: self._services.feed.admissions(device, since, bytes(epoch))
        )
        return wire.parse(wire.serialise(answer), wire.AdmissionsAnswer)

    def time(self, nonce: bytes) -> bytes:
        return self._asked(lambda device: self._services.presence.time(device, nonce))

    def deliver(self, number: int) -> None:
        """A batch that was given up arrives after all; nobody waits for the answer."""
        sent = self.under_way.pop(number % len(self.under_way))
        if self._central.is_down:
            return
        try:
            self._services.audit.ingest(self.me, sent)
        except CentralError:
            return

    @property
    def _services(self) -> Central:
        return self._central.services

    def _document(
        self, ask: Callable[[Device], SignedDocument], etag: str | None
    ) -> Fetched | None:
        content = self._asked(ask).content
        tag = entry_hash(content).hex()
        return None if tag == etag else Fetched(data=content, etag=tag)

    def _asked(self, ask: Callable[[Device], Message]) -> Message:
        if self.weather is Weather.CUT or self._central.is_down:
            raise _down(SILENT)
        try:
            answer = ask(self.me)
        except StorageDownError as error:
            raise _down(str(error)) from error
        except CentralError as error:
            status, _title = PROBLEMS[error.kind]
            kind = TYPE_PREFIX + error.kind.value
            if self.weather is Weather.CUT_REPLY:
                raise _down(LOST) from error
            raise LinkRefusedError(status.value, kind, error.detail) from error
        if self.weather is Weather.CUT_REPLY:
            self.lost_replies += 1
            raise _down(LOST)
        return answer


def _down(why: str) -> LinkDownError:
    return LinkDownError(why)
