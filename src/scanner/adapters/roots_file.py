"""The roots this door trusts: the one it pinned when it was enrolled, and those that followed it.

The file is an array of root documents, each signed by the root before; it proves itself from the pinned root on. A chain
that belongs to another pinned root, or that breaks off, is followed as far as it leads.
"""

import logging
from pathlib import Path
from typing import Final

from cardcore.cbor import CborValue, Limits, parse, serialise
from cardcore.documents import RootKey
from cardcore.errors import CborError, UntrustedError
from cardcore.ids import Audience, UnixSeconds
from cardcore.root_document import STEPS_MAX, next_root, roots_along
from scanner.signed_files import forget_file, keep_file

ROOTS_FILE: Final = "roots.cbor"
_LIMITS: Final = Limits(depth=1, entries=STEPS_MAX)
_log: Final = logging.getLogger(__name__)


class RootsFile:
    """The Roots of a door. What another process accepted counts from the next question on."""

    def __init__(self, folder: Path, *, pinned: RootKey, audience: Audience) -> None:
        self._path = folder / ROOTS_FILE
        self._pinned = pinned
        self._audience = audience
        self._seen: tuple[int, int] | None = None
        self._steps: tuple[bytes, ...] = ()
        self._roots: tuple[RootKey, ...] = (pinned,)

    @property
    def pinned(self) -> RootKey:
        """The root of the enrolment."""
        return self._pinned

    @property
    def current(self) -> RootKey:
        """The newest root: it alone may sign what is new."""
        return self.known()[-1]

    def known(self) -> tuple[RootKey, ...]:
        """All roots there were, the pinned one first: what they signed and was accepted stays in force."""
        try:
            stat = self._path.stat()
        except OSError:
            return self._roots
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            self._seen = seen
            self._load()
        return self._roots

    def follow(self, data: bytes, now: UnixSeconds) -> RootKey:
        """Take the root that ``data`` names as the next; durable when this returns.

        Raises:
            UntrustedError: not signed by the current root, or more roots than a door follows.
            ExpiredError: too old.
            ConfigError: it cannot be kept.
        """
        current = self.current
        root = next_root(data, root=current, audience=self._audience, now=now)
        if len(self._steps) >= STEPS_MAX or root.kid in {known.kid for known in self._roots}:
            msg = f"root {root.kid.hex()} was there before, or is one too many; enrol this device again"
            raise UntrustedError(msg)
        steps: tuple[CborValue, ...] = (*self._steps, data)
        keep_file(self._path, serialise(steps))
        return root

    def forget(self) -> None:
        """Begin with the pinned root again: the device was enrolled anew.

        Raises:
            ConfigError: the folder cannot be written.
        """
        forget_file(self._path)
        self._steps, self._roots, self._seen = (), (self._pinned,), None

    def _load(self) -> None:
        try:
            steps = _steps_in(self._path.read_bytes())
        except (OSError, CborError) as error:
            _log.warning("%s not used: %s", self._path, error)
            return
        self._roots = roots_along(steps, pinned=self._pinned, audience=self._audience)
        self._steps = steps[: len(self._roots) - 1]
        if self._steps != steps:
            _log.warning("%s followed up to root %s", self._path, self._roots[-1].kid.hex())


def _steps_in(data: bytes) -> tuple[bytes, ...]:
    value = parse(data, _LIMITS)
    steps = value if isinstance(value, tuple) else ()
    if not all(isinstance(step, bytes) for step in steps):
        msg = "no chain of roots"
        raise CborError(msg)
    return tuple(step for step in steps if isinstance(step, bytes))
