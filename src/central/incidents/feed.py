"""The feed of admissions: what the doors of one audience tell each other through central.

A position only grows, and no later movement is seen before an earlier one. A door that begins anew, or whose position
central does not know (central was restored), gets what happened within the last FROM_THE_START_S. Movements are kept for
KEEP_US and then dropped by schedule: the audit has them for good.
"""

from typing import Final

from cardcore.ids import Micros
from cardcore.policy import DoorPolicy
from cardcore.wire import MAX_ADMISSIONS, AdmissionLine, AdmissionsAnswer
from central.ports.happenings import Movement
from central.ports.records import Device
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock

MICROS: Final = 1_000_000
INSIDE_FOR_S: Final = DoorPolicy().passback_s  # after that, who came in is held to have left unseen
FROM_THE_START_S: Final = INSIDE_FOR_S
# A door that hears nothing admits for 7 days, as long as its key set; it may lie in a drawer before it hands in what it
# wrote, and only a movement that is still here shows that two doors took one nonce.
KEEP_US: Final = 90 * 86_400 * MICROS
FORGET_AT_ONCE: Final = 5_000  # a few milliseconds in which SQLite lets no other writer in


class FeedService:
    """Reads the feed."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def admissions(self, device: Device, since: int, epoch: bytes | None) -> AdmissionsAnswer:
        """What other doors admitted behind ``since``, and how many are inside.

        Where the device names the ``epoch`` of its ledger, what it wrote in other epochs is told to it, too: a new
        ledger has forgotten it.
        """
        now = self._clock.micros()
        lately = Micros(now - INSIDE_FOR_S * MICROS)
        with self._storage.read() as tx:
            end = tx.feed.end(device.audience)
            start = self._start(tx, device, since, end)
            not_of = (device.device_id, epoch)
            found = tx.feed.after(device.audience, start, MAX_ADMISSIONS, not_of=not_of)
            inside = tx.feed.inside(device.audience, lately)
        full = len(found) == MAX_ADMISSIONS
        return AdmissionsAnswer(
            position=found[-1].position if full else end,
            more=full,
            inside=inside,
            as_of=now // MICROS,
            admissions=[_line(movement) for movement in found],
        )

    def clean_up(self) -> int:
        """Drop movements that are older than 90 days, some at a time; how many."""
        before = Micros(self._clock.micros() - KEEP_US)
        dropped = 0
        while True:
            with self._storage.write() as tx:
                found = tx.feed.forget(before, FORGET_AT_ONCE)
            dropped += found
            if found < FORGET_AT_ONCE:
                return dropped

    def _start(self, tx: Transaction, device: Device, since: int, end: int) -> int:
        if 0 < since <= end:
            return since
        oldest = Micros(self._clock.micros() - FROM_THE_START_S * MICROS)
        return tx.feed.before(device.audience, oldest)


def _line(movement: Movement) -> AdmissionLine:
    return AdmissionLine(
        card_id=None if movement.card_id is None else movement.card_id.hex(),
        nonce=None if movement.nonce is None else movement.nonce.hex(),
        direction=movement.direction,
        at_us=movement.moved_at,
        door=movement.door,
    )
