"""Identifiers nobody can mix up: each is its own type to the checker and plain data at run time."""

from typing import NewType

CardId = NewType("CardId", bytes)
"""16 bytes; a pseudonym, printed as lower-case hex."""

Kid = NewType("Kid", bytes)
"""Key id, exactly 4 bytes."""

Nonce = NewType("Nonce", bytes)
"""8 to 16 random bytes, one token's own."""

Audience = NewType("Audience", str)
"""The venue a card is for, 1 to 32 characters."""

MemberId = NewType("MemberId", str)
"""A member's number at the membership system, 1 to 64 characters."""

DeviceId = NewType("DeviceId", str)
"""One piece of hardware at a door, named by central when it enrols."""

DoorId = NewType("DoorId", str)
"""The door a device stands at, as people call it."""

Epoch = NewType("Epoch", bytes)
"""8 random bytes: one life of one ledger. A ledger made anew or restored opens another."""

Seq = NewType("Seq", int)
"""Position of an audit entry in its epoch, from 1."""

UnixSeconds = NewType("UnixSeconds", int)
"""Whole seconds since 1970-01-01 UTC."""

Micros = NewType("Micros", int)
"""Microseconds: since 1970 for wall time, since boot for monotonic time, or a duration."""
