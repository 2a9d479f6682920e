"""A device that the root has shut out: closed for good, empty of what a thief could use, and its log still handed over.

1. The revocation is kept first: whatever happens then, the door stays shut.
2. The venue's keys, what is known of cards, and what other doors admitted are wiped. The log is not.
3. The log is handed over as before; central keeps what comes now apart.
"""

import logging
from collections.abc import Callable
from typing import NoReturn, Protocol, TypeVar

from cardcore.ids import UnixSeconds
from cardcore.keyset import KeySet, key_set_of
from scanner.errors import DeviceRevokedError, LinkError
from scanner.ports import KeySource

_NO_KEYS = key_set_of(())
_log = logging.getLogger(__name__)

Result = TypeVar("Result")


class RevocationBook(Protocol):
    """Where the revocation of this device is kept."""

    def since(self) -> UnixSeconds | None:
        """Since when the device is shut out; None while it is not."""
        ...

    def keep(self, document: bytes) -> None:
        """Keep it. Raises LedgerError where it cannot."""
        ...


class ShutOut:
    """Obeys a revocation. ``wipe`` does away with what is not the log; ``hand_over`` with what central lacks of that."""

    def __init__(
        self,
        *,
        book: RevocationBook,
        wipe: Callable[[], None],
        hand_over: Callable[[], object],
    ) -> None:
        self._book = book
        self._wipe = wipe
        self._hand_over = hand_over

    def obeying(self, work: Callable[[], Result]) -> Result:
        """What ``work`` gives, unless this device is shut out.

        Raises:
            DeviceRevokedError: it is, or has just been; the log is handed over, or will be the next time.
            LinkError: central was lost or said no, to a device that is not shut out.
            LedgerError: something cannot be kept, or wiped.
        """
        since = self._book.since()
        if since is not None:
            self._leave(DeviceRevokedError(b"", since))
        try:
            return work()
        except DeviceRevokedError as error:
            _log.error("this device was revoked: the door is shut, its keys and lists are wiped")
            self._book.keep(error.document)
            self._leave(error)

    def _leave(self, error: DeviceRevokedError) -> NoReturn:
        self._wipe()
        try:
            self._hand_over()
        except LinkError as lost:
            _log.warning("the log of this device is still to be handed over: %s", lost)
        raise error


class KeysUnlessShutOut:
    """A KeySource that has no keys while the device is shut out, whatever is still in memory."""

    def __init__(self, keys: KeySource, book: RevocationBook) -> None:
        self._keys = keys
        self._book = book

    def current(self) -> KeySet:
        """The key set in force."""
        return self._keys.current() if self._book.since() is None else _NO_KEYS
