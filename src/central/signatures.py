"""Who signed a call, when, and whether it is the first time.

1. A nonce is kept for as long as a call with its instant would be taken: five minutes behind and before now.
2. What this process cannot know to be new it does not take: an instant before it started, or one whose nonces it had to
   forget. Whoever signed it is told central's time, signs again, and is heard.
3. Each process on a database remembers for itself. Whoever could read a call off a line that TLS guards could play it
   once to each other process, within those minutes. No call of a device does more the second time than the first: the
   log is taken once, and a heartbeat is at most as old.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Final

from cardcore.errors import RequestSignatureError
from cardcore.ids import UnixSeconds
from cardcore.request_signature import SKEW_MAX_S, RequestSignature, check_request, is_signed
from central.errors import DocumentedError, Kind, NotAllowedError
from central.ports.call import Call
from central.ports.records import Device
from central.ports.storage import Storage
from central.ports.world import Clock, TimeTeller

NONCES_MAX: Final = 200_000  # 400 busy doors for five minutes, in about 40 MB


class ReplayMemory:
    """The nonces of the calls of the last minutes, by the second in which they were signed."""

    def __init__(self, *, started_at: UnixSeconds, most: int = NONCES_MAX) -> None:
        self._floor = started_at - 1  # the second of the start itself counts as after it
        self._most = most
        self._kept: dict[int, set[str]] = {}
        self._count = 0
        self._forgotten_before = started_at
        self._lock = Lock()  # calls are answered on several threads

    def knows_all_of(self, created: UnixSeconds) -> bool:
        """Whether a nonce of this second that is not kept is certainly new."""
        return created > self._floor

    def is_new(self, nonce: str, created: UnixSeconds, now: UnixSeconds) -> bool:
        """Whether this is the first time; from now on it is not."""
        with self._lock:
            self._forget_before(UnixSeconds(now - SKEW_MAX_S))
            kept = self._kept.setdefault(created, set())
            if nonce in kept:
                return False
            kept.add(nonce)
            self._count += 1
            while self._count > self._most:
                oldest = min(self._kept)
                self._count -= len(self._kept.pop(oldest))
                self._floor = max(self._floor, oldest)
            return True

    def _forget_before(self, second: UnixSeconds) -> None:
        if second == self._forgotten_before:
            return
        self._forgotten_before = second
        for old in [each for each in self._kept if each < second]:
            self._count -= len(self._kept.pop(old))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A device, and what its signature says."""

    device: Device
    signature: RequestSignature


class Signers:
    """Finds the device that signed a call."""

    def __init__(self, *, storage: Storage, clock: Clock, tell_time: TimeTeller) -> None:
        self._storage = storage
        self._clock = clock
        self._tell_time = tell_time
        self._memory = ReplayMemory(started_at=clock.now())

    def find(self, call: Call) -> Signer | None:
        """Who signed it; None where nobody did that is known here."""
        if not is_signed(call.headers):
            return None
        found: list[Device] = []

        def key_of(key_id: str) -> bytes | None:
            with self._storage.glance() as tx:
                device = tx.devices.find(key_id)
            if device is None or device.keys is None:
                return None
            found.append(device)
            return device.keys.signing

        try:
            signature = check_request(call.signable, call.headers, key_of)
        except RequestSignatureError:
            return None
        return Signer(device=found[-1], signature=signature)

    def judge(self, signer: Signer) -> None:
        """Take a call once, and only if it was signed about now.

        Raises:
            DocumentedError: at another time; with central's, signed over the nonce of the call.
            NotAllowedError: for the second time.
        """
        now, signed = self._clock.now(), signer.signature
        near = abs(now - signed.created) <= SKEW_MAX_S
        if not near or not self._memory.knows_all_of(signed.created):
            detail = f"signed at {signed.created}, now it is {now}"
            document = self._tell_time(signer.device, bytes.fromhex(signed.nonce))
            raise DocumentedError(Kind.CLOCK_SKEW, detail, document)
        if not self._memory.is_new(
            f"{signer.device.device_id} {signed.nonce}", signed.created, now
        ):
            raise NotAllowedError(Kind.REPLAYED)
