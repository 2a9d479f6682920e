"""What a door's last heartbeat says, read a thousand at a time: only what is shown, and without checking it a second time."""

from typing import Final

import msgspec

from cardcore.audit import ClockTrust


class Beat(msgspec.Struct):
    """The part of a heartbeat that is shown."""

    clock: ClockTrust
    outbox: int
    circuit: str
    keyset_version: int = 0
    free_bytes: int | None = None


_DECODER: Final = msgspec.json.Decoder(Beat)


def beat_of(content: bytes) -> Beat | None:
    """The heartbeat in ``content``; None where it is of another program, and cannot be read."""
    try:
        return _DECODER.decode(content)
    except msgspec.MsgspecError:
        return None
