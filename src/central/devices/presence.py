"""How doors fare: their heartbeats, and central's time for those that do not know it."""

from collections.abc import Collection
from typing import Final

from cardcore.audit import EPOCH_BYTES
from cardcore.documents import RootKey
from cardcore.ids import Audience, Epoch, Micros
from cardcore.time_document import sign_time
from cardcore.trust_document import sign_trust
from cardcore.wire import Heartbeat, HeartbeatAnswer, bytes_of, parse, serialise
from central.ports.happenings import SignOfLife, Watch
from central.ports.records import Device
from central.ports.storage import Storage
from central.ports.views import DevicesAnswer, DeviceView
from central.ports.world import Clock, KeyRing

NONCE_BYTES_MIN: Final = 16  # nobody can have an answer ready for a nonce of 128 random bits
NONCE_BYTES_MAX: Final = 32


class PresenceService:
    """Hears of devices, and tells them the time."""

    def __init__(self, *, storage: Storage, keys: KeyRing, clock: Clock, watch: Watch) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock
        self._watch = watch
        self._certificate: str | None = None

    def beat(self, device: Device, heartbeat: Heartbeat) -> HeartbeatAnswer:
        """Keep a heartbeat; what it says of clock and marks may be an incident."""
        now = self._clock.micros()
        sign = SignOfLife(
            device_id=device.device_id,
            received_at=now,
            wall=Micros(heartbeat.wall_us),
            content=serialise(heartbeat),
        )
        with self._storage.write() as tx:
            self._watch.beat(tx, device, sign, tx.reports.signs().get(device.device_id))
            tx.reports.put_sign(sign)
            tx.key_trail.heard(device, heartbeat.keyset_version, now)
            epoch = b"" if heartbeat.epoch is None else bytes_of(heartbeat.epoch)
            if len(epoch) == EPOCH_BYTES:
                held = tx.audit.head(device.device_id, Epoch(epoch)).seq
                if heartbeat.mark > held:
                    self._watch.skipped(
                        tx, device, Epoch(epoch), held=held, believed=heartbeat.mark
                    )
        return HeartbeatAnswer(received_us=now)

    def time(self, device: Device, nonce: bytes) -> bytes:
        """Central's time over a nonce of the device's, signed by the document root."""
        with self._storage.write() as tx:  # the root may have to be made
            root = self._keys.document_root(tx)
        return sign_time(
            self._clock.now(),
            nonce,
            device.audience,
            root=RootKey(kid=root.kid, public_key=root.public_key),
            private_key=root.secret,
        )

    def show(self, certificate: str | None) -> None:
        """Devices that enrol from now on pin this certificate (PEM)."""
        self._certificate = certificate

    def trust(self, nonce: bytes) -> bytes:
        """Whom a device is to trust, over a nonce of its own: the root that signs it, and the certificate to pin."""
        with self._storage.write() as tx:
            root = self._keys.document_root(tx)
        return sign_trust(
            nonce,
            self._certificate,
            self._clock.now(),
            root=RootKey(kid=root.kid, public_key=root.public_key),
            private_key=root.secret,
        )

    def devices(self, audiences: Collection[Audience]) -> DevicesAnswer:
        """The devices of these audiences with their last heartbeats, by door."""
        with self._storage.read() as tx:
            devices, signs = tx.devices.all(), tx.reports.signs()
        return DevicesAnswer(
            devices=[
                _view(device, signs.get(device.device_id))
                for device in devices
                if device.audience in audiences
            ]
        )


def _view(device: Device, sign: SignOfLife | None) -> DeviceView:
    return DeviceView(
        device_id=device.device_id,
        door=device.door,
        audience=device.audience,
        program=device.program,
        enrolled_at=device.enrolled_at,
        heard_us=None if sign is None else sign.received_at,
        heartbeat=None if sign is None else parse(sign.content, Heartbeat),
    )
