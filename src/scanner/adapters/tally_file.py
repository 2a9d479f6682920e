"""What found each code, kept in a small file, so that ``gatepost status`` can tell it of a door that runs.

It may be lost without harm. Two programs that count at once overwrite each other's last few.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cardcore.ids import Micros

KEEP_EVERY: Final = Micros(10_000_000)  # µs; flash wears
_MOST: Final = 64  # stages, and characters of one: the file may be anything


class TallyFile:
    """Counts since the file was made."""

    def __init__(self, path: Path, mono: Callable[[], Micros]) -> None:
        self._path = path
        self._mono = mono
        self._before = read_tally(path)
        self._now: Mapping[str, int] = {}
        self._kept_at: Micros | None = None

    def keep(self, found_by: Mapping[str, int]) -> None:
        """The counts of this run; written at once, but not more often than every KEEP_EVERY."""
        self._now = found_by
        now = self._mono()
        if self._kept_at is None or now - self._kept_at >= KEEP_EVERY:
            self._kept_at = now
            self._write()

    def close(self) -> None:
        """Write what was not written yet."""
        if self._now:
            self._write()

    def _write(self) -> None:
        total = Counter(self._before)
        total.update(self._now)
        beside = self._path.with_suffix(".new")
        try:
            beside.write_text(json.dumps(dict(total)), encoding="utf-8")
            beside.replace(self._path)
        except OSError:
            return  # a full disk is told elsewhere; a count is not worth a fault


def read_tally(path: Path) -> dict[str, int]:
    """The counts in the file; none where there is no file, or another content."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    counts = {
        str(stage)[:_MOST]: count
        for stage, count in found.items()
        if isinstance(count, int) and count >= 0
    }
    return dict(list(counts.items())[:_MOST])
