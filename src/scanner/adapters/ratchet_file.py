"""The highest version of each kind of document that was in force under each root: what is older is a rollback.

Under a new root versions count from the start, so that a thief of the old one, who signed the highest version there is,
keeps nobody from hearing of the next. A damaged file is moved nowhere and counts as none: the documents themselves, in
their own files, still tell their versions.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from cardcore import wire
from cardcore.documents import DocumentKind
from cardcore.errors import WireError
from cardcore.ids import Kid
from scanner.signed_files import forget_file, keep_file

RATCHET_FILE: Final = "ratchets.json"
_log: Final = logging.getLogger(__name__)
_Versions = dict[str, dict[str, Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]]]


class RatchetFile:
    """The Ratchets of a door."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RATCHET_FILE

    def highest(self, signer: Kid, kind: DocumentKind) -> int:
        """The highest version of this kind that was in force under this root; 0 for none."""
        return self._read().get(signer.hex(), {}).get(kind.value, 0)

    def raise_to(self, signer: Kid, kind: DocumentKind, version: int) -> None:
        """This version is in force; a lower one than noted changes nothing.

        Raises:
            ConfigError: it cannot be kept.
        """
        noted = {root: dict(versions) for root, versions in self._read().items()}
        versions = noted.setdefault(signer.hex(), {})
        if version > versions.get(kind.value, 0):
            versions[kind.value] = version
            keep_file(self._path, wire.serialise(noted))

    def forget(self) -> None:
        """The device was enrolled anew: the operator vouches for what central has now.

        Raises:
            ConfigError: the folder cannot be written.
        """
        forget_file(self._path)

    def _read(self) -> Mapping[str, Mapping[str, int]]:
        try:
            return wire.parse(self._path.read_bytes(), _Versions)
        except FileNotFoundError:
            return {}
        except (OSError, WireError) as error:
            _log.warning("%s not used: %s", self._path, error)
            return {}
