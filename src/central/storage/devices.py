"""Devices, and the codes that enrol them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Row, bindparam, select

from cardcore.device_keys import DevicePublicKeys
from cardcore.ids import Audience, DeviceId, DoorId, UnixSeconds
from central.ports.records import Device, OpenCode
from central.storage.dialect import insert_into
from central.storage.schema import DEVICES, ENROLMENT_CODES

# Every call of a door begins with this one: made once, it costs half.
_OF_TOKEN: Final = select(DEVICES).where(DEVICES.c.token_hash == bindparam("token"))
_OF_ID: Final = select(DEVICES).where(DEVICES.c.device_id == bindparam("device"))


class SqlDevices:
    """The tables of devices and enrolment codes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_token_hash(self, token_hash: bytes) -> Device | None:
        """The device of this token."""
        row = self._connection.execute(_OF_TOKEN, {"token": token_hash}).first()
        return None if row is None else _device(row)

    def find(self, device_id: str) -> Device | None:
        """The device of this id."""
        row = self._connection.execute(_OF_ID, {"device": device_id}).first()
        return None if row is None else _device(row)

    def all(self) -> Sequence[Device]:
        """Every device, by door."""
        query = select(DEVICES).order_by(DEVICES.c.door, DEVICES.c.device_id)
        return [_device(row) for row in self._connection.execute(query)]

    def add(self, device: Device) -> None:
        """A new device."""
        row = {
            "device_id": device.device_id,
            "door": device.door,
            "audience": device.audience,
            "program": device.program,
            "enrolled_at": device.enrolled_at,
            **_changing(device),
        }
        self._connection.execute(DEVICES.insert().values(**row))

    def change(self, device: Device) -> None:
        """Its token, its keys and its revocation are now these."""
        statement = DEVICES.update().where(DEVICES.c.device_id == device.device_id)
        self._connection.execute(statement.values(**_changing(device)))

    def lock(self, device_id: DeviceId) -> None:
        """Let no other transaction ingest for this device until this one ends.

        SQLite's writing transactions are alone anyway, and its dialect leaves FOR UPDATE out.
        """
        query = select(DEVICES.c.device_id).where(DEVICES.c.device_id == device_id)
        self._connection.execute(query.with_for_update(key_share=True))

    def code(self, selector: str) -> OpenCode | None:
        """The code of this selector."""
        query = select(ENROLMENT_CODES).where(ENROLMENT_CODES.c.selector == selector)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return OpenCode(
            selector=row.selector,
            secret_hash=row.secret_hash,
            door=DoorId(row.door),
            audience=Audience(row.audience),
            expires_at=UnixSeconds(row.expires_at),
            used_at=row.used_at,
            failures=row.failures,
        )

    def put_code(self, code: OpenCode) -> None:
        """Add a code, or replace it."""
        row = {
            "selector": code.selector,
            "secret_hash": code.secret_hash,
            "door": code.door,
            "audience": code.audience,
            "expires_at": code.expires_at,
            "used_at": code.used_at,
            "failures": code.failures,
        }
        statement = insert_into(self._connection, ENROLMENT_CODES).values(**row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["selector"], set_=row)
        )

    def forget_codes(self, before: UnixSeconds) -> int:
        """Drop codes that expired before this instant, used or not; how many."""
        delete = ENROLMENT_CODES.delete().where(ENROLMENT_CODES.c.expires_at < before)
        return self._connection.execute(delete).rowcount


def _changing(device: Device) -> dict[str, object]:
    keys = device.keys
    return {
        "token_hash": device.token_hash,
        "signing_key": None if keys is None else keys.signing,
        "receiving_key": None if keys is None else keys.receiving,
        "revoked_at": device.revoked_at,
        "revocation": device.revocation,
    }


def _device(row: Row[tuple[object, ...]]) -> Device:
    keys = None
    if row.signing_key is not None:
        keys = DevicePublicKeys(signing=row.signing_key, receiving=row.receiving_key)
    return Device(
        device_id=DeviceId(row.device_id),
        door=DoorId(row.door),
        audience=Audience(row.audience),
        token_hash=row.token_hash,
        program=row.program,
        enrolled_at=UnixSeconds(row.enrolled_at),
        keys=keys,
        revoked_at=row.revoked_at,
        revocation=row.revocation,
    )
