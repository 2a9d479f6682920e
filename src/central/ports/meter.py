"""Who counts what central does."""

from collections.abc import Sequence
from typing import Protocol

from central.errors import Kind
from central.ports.records import Device, StoredEntry


class Meter(Protocol):
    """Told after the fact, never inside a transaction. Total: counting is no reason to fail."""

    def took(self, device: Device, entries: Sequence[StoredEntry], *, duplicate: int) -> None:
        """A batch was stored: its new entries, and how many it had that were held already."""
        ...

    def refused(self, device: Device, kind: Kind) -> None:
        """A batch was refused."""
        ...

    def repeated(self, what: str) -> None:
        """Something came again and had no second effect."""
        ...

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """A call on this route was answered."""
        ...


class NoMeter:
    """Counts nothing."""

    def took(self, device: Device, entries: Sequence[StoredEntry], *, duplicate: int) -> None:
        """Nothing is counted."""

    def refused(self, device: Device, kind: Kind) -> None:
        """Nothing is counted."""

    def repeated(self, what: str) -> None:
        """Nothing is counted."""

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Nothing is counted."""
