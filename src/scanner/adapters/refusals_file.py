"""Why central's documents were last refused, for ``gatepost status``: one line a kind, until one is accepted."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardcore import wire
from cardcore.errors import WireError
from cardcore.ids import UnixSeconds
from scanner.durable import replace_file

REFUSALS_FILE: Final = "refused.json"
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a document was refused, and since when all of its kind are (seconds since 1970)."""

    why: str
    since: UnixSeconds


class RefusalsFile:
    """The Refusals of a door. It may be lost without harm."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / REFUSALS_FILE

    def read(self) -> Mapping[str, Refusal]:
        """What is refused now, by kind."""
        try:
            return wire.parse(self._path.read_bytes(), dict[str, Refusal])
        except (OSError, WireError):
            return {}

    def note(self, refused: Mapping[str, str], now: UnixSeconds) -> None:
        """These kinds are refused now, and no others."""
        before = self.read()
        noted = {
            kind: Refusal(why=why, since=before[kind].since if kind in before else now)
            for kind, why in refused.items()
        }
        if noted == before:
            return
        try:
            replace_file(self._path, wire.serialise(noted))
        except OSError as error:
            _log.info("%s cannot be written: %s", self._path, error)
