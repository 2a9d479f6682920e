"""Signed documents kept in files."""

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from cardcore.documents import Document, DocumentKind, RootKey, open_by_any, signer_of
from cardcore.errors import KeySetError
from cardcore.ids import Audience, Kid
from scanner.durable import replace_file
from scanner.errors import ConfigError, SealError
from scanner.sealing import SealedFile, Vault

Value = TypeVar("Value")
_log: Final = logging.getLogger(__name__)


def keep_file(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of ``path``; durable when this returns.

    Raises:
        ConfigError: the folder cannot be written.
    """
    try:
        replace_file(path, data)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(field=path.name, value=str(path), hint=f"cannot be written: {error}")


def forget_file(path: Path) -> None:
    """Remove ``path``, where it is there.

    Raises:
        ConfigError: the folder cannot be written.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            field=path.name, value=str(path), hint=f"cannot be removed: {error}"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Generic[Value]):
    """A document in force: its head, who signed it, and what it says."""

    document: Document
    signer: Kid
    value: Value


class SignedFile(Generic[Value]):
    """One document in force, in a file. What another process accepted counts from the next question on.

    ``read`` makes of an opened document what it says; with a ``vault`` the file is sealed under it. A file that cannot be trusted changes nothing.
    """

    def __init__(
        self,
        path: Path,
        *,
        kind: DocumentKind,
        audience: Audience,
        roots: Callable[[], Iterable[RootKey]],
        read: Callable[[Document], Value],
        vault: Vault | None = None,
    ) -> None:
        self._sealed = None if vault is None else SealedFile(path, vault)
        self._path = path
        self._name = str(path)
        self._kind = kind
        self._audience = audience
        self._roots = roots
        self._read = read
        self._seen: tuple[int, int] | None = None
        self._held: Held[Value] | None = None

    def current(self) -> Held[Value] | None:
        """The document in force; None where there never was one."""
        try:
            stat = os.stat(self._name)  # noqa: PTH116 -- asked at every card, and twice as quick
        except OSError:
            return self._held
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            self._seen = seen
            self._load()
        return self._held

    def replace(self, data: bytes) -> None:
        """Keep a document that passed every check; durable when this returns.

        Raises:
            ConfigError: the folder cannot be written.
        """
        if self._sealed is None:
            keep_file(self._path, data)
            return
        try:
            self._sealed.write(data)
        except OSError as error:
            raise _unwritable(self._path, error) from error

    def forget(self) -> None:
        """There is none in force any more.

        Raises:
            ConfigError: the folder cannot be written.
        """
        forget_file(self._path)
        self._held = self._seen = None

    def _load(self) -> None:
        try:
            if self._sealed is None:
                self._held = self._opened(self._path.read_bytes())
            else:
                self._held = self._sealed.read(self._opened)
        except (OSError, KeySetError, SealError) as error:
            _log.warning("%s in %s not used: %s", self._kind.value, self._path, error)

    def _opened(self, data: bytes) -> Held[Value]:
        document = open_by_any(data, roots=self._roots(), kind=self._kind, audience=self._audience)
        signer = signer_of(data) or Kid(b"")
        return Held(document=document, signer=signer, value=self._read(document))
