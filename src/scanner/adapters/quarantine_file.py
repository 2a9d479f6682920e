"""Entries of this door that central could not read and keeps apart, for ``gatepost status`` and the diagnostics page."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardcore import wire
from cardcore.errors import WireError
from cardcore.ids import Epoch, UnixSeconds
from scanner.durable import replace_file

QUARANTINE_FILE: Final = "quarantined.json"
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApart:
    """How many entries there are in all, and the last of them: its epoch (hex), its number, when central said so."""

    entries: int
    epoch: str
    seq: int
    at: int


class QuarantineFile:
    """Where it is noted. It may be lost without harm: central has the entries, and an incident for each."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / QUARANTINE_FILE

    def read(self) -> KeptApart | None:
        """What is known; None for nothing."""
        try:
            return wire.parse(self._path.read_bytes(), KeptApart)
        except (OSError, WireError):
            return None

    def note(self, epoch: Epoch, numbers: Sequence[int], now: UnixSeconds) -> None:
        """Central keeps these apart, too; at least one."""
        before = self.read()
        apart = KeptApart(
            entries=len(numbers) + (0 if before is None else before.entries),
            epoch=epoch.hex(),
            seq=numbers[-1],
            at=now,
        )
        _log.warning(
            "central cannot read %d entries of epoch %s and keeps them apart, the last is %d",
            len(numbers),
            epoch.hex(),
            numbers[-1],
        )
        try:
            replace_file(self._path, wire.serialise(apart))
        except OSError as error:
            _log.info("%s cannot be written: %s", self._path, error)
