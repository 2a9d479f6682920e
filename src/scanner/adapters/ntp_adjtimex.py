"""Whether the kernel holds its clock to be kept by NTP (adjtimex(2), asking only)."""

import ctypes
from typing import Final

from scanner.door.clock_trust import Ntp

_STA_UNSYNC: Final = (
    0x0040  # set at boot, by whoever sets the clock, and 9 hours after the last word of a server
)
_REST_BYTES: Final = (
    512  # the structure goes on for about 150 bytes; the kernel must not write past its end
)
LIBC: Final[str | None] = None  # this process's own


class _Timex(ctypes.Structure):
    """The head of ``struct timex``; modes 0 asks and sets nothing."""

    _fields_ = [  # type: ignore[mutable-override] # the form ctypes wants
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * _REST_BYTES),
    ]


def ntp_state(libc: str | None = LIBC) -> Ntp:
    """What the kernel says; a system that has no such call says nothing. Total."""
    asked = _Timex()
    try:
        answer = int(ctypes.CDLL(libc).adjtimex(ctypes.byref(asked)))
    except (OSError, AttributeError):
        return Ntp.UNKNOWN
    return state_of(answer, int(asked.status))


def state_of(answer: int, status: int) -> Ntp:
    """The state behind what adjtimex returned, and the status it left."""
    if answer < 0:
        return Ntp.UNKNOWN
    return Ntp.UNSYNCHRONISED if status & _STA_UNSYNC else Ntp.SYNCHRONISED
