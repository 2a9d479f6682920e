"""Make the rollups anew out of the audit. Done again it gives the same."""

from collections.abc import Callable, Sequence
from typing import Final

from cardcore.ids import CardId
from central.figures.tally import tally_of
from central.ports.rollups import KeptEntry, Rollups
from central.ports.storage import Storage

AT_ONCE: Final = 5_000


def rebuild_in(rollups: Rollups, progress: Callable[[int], None]) -> int:
    """Count every entry anew inside the caller's transaction; how many.

    Whoever hands in a batch meanwhile waits, and is told to come again where that takes long: nothing is counted twice.
    ``progress`` is told how many have been counted, every AT_ONCE.
    """
    rollups.clear()
    counted, place = 0, None
    while True:
        entries = rollups.kept_after(place, AT_ONCE)
        if not entries:
            return counted
        rollups.add(tally_of(entries, rollups.holders(_cards_in(entries))))
        counted += len(entries)
        last = entries[-1]
        place = (last.device_id, last.epoch, last.stored.seq)
        progress(counted)


class RollupService:
    """Makes the rollups anew when somebody asks for it."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def rebuild(self, progress: Callable[[int], None]) -> int:
        """As :func:`rebuild_in`, in a transaction of its own."""
        with self._storage.write() as tx:
            return rebuild_in(tx.rollups, progress)


def _cards_in(entries: Sequence[KeptEntry]) -> set[CardId]:
    """The cards that these entries name."""
    named = (kept.stored.entry for kept in entries)
    return {
        CardId(entry.card_id) for entry in named if entry is not None and entry.card_id is not None
    }
