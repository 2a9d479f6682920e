"""Doors, central, cards and the network between them, in one process: all that a schedule in memory acts on."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

from cardcore.ids import Epoch
from scanner.adapters.ledger_sqlite.sealed import LedgerSeal
from scanner.door.clock_trust import Ntp
from scanner.door.decision import Admit
from tests.fakes.central_world import CountingBytes
from tests.fakes.protocol_central import DOORS, ProtocolCentral, a_venue, scratch
from tests.fakes.protocol_checks import check_door, check_doubles, held_of
from tests.fakes.protocol_door import LEDGER, Copy, Key, ProtocolDoor
from tests.fakes.protocol_link import LoopLink, Weather
from tests.fakes.vault import VAULT
from tools.phone import Phone

LIFE_S: Final = 100  # of a card that is shown
ROUNDS: Final = 60  # of every worker, at the end; a sync that needs more is stuck
ROUND_S: Final = 61  # a worker waits for no longer, nor does an open circuit
_LOCAL: Final = "SELECT e.epoch, a.data, a.hash FROM audit a JOIN epochs e ON e.no = a.epoch"


class World:
    """``counts`` says how much of everything happened."""

    def __init__(self) -> None:
        self._folder = scratch()
        folder = Path(self._folder.name)
        self.central = ProtocolCentral(folder)
        self.doors: list[ProtocolDoor] = []
        for number in range(DOORS):
            papers = a_venue().doors[number]
            ntp = Ntp.SYNCHRONISED if number else Ntp.UNSYNCHRONISED
            link = LoopLink(self.central, papers.token or "")
            self.doors.append(ProtocolDoor(folder / f"door{number}", papers, link, ntp=ntp))
        numbers = CountingBytes()
        self._phones = [Phone(card=card, randomness=numbers) for card in a_venue().cards]
        self.destroyed: list[set[Key]] = [set() for _ in self.doors]
        self.may_repeat: list[set[Key]] = [set() for _ in self.doors]
        self.counts: Counter[str] = Counter()
        for door in self.doors:
            door.sync()
            assert not door.worker.trouble, door.worker.trouble
        self.advance(60)  # a new ledger refuses what is older than it

    def close(self) -> None:
        for door in self.doors:
            door.stop()
        self.central.close()
        self._folder.cleanup()

    def token(self, card: int) -> str:
        """What a phone with the right time shows."""
        return self._phones[card].token(self.central.clock.seconds, life_s=LIFE_S)

    def advance(self, seconds: int) -> None:
        """Time goes by, for all."""
        self.central.clock.seconds += seconds
        for door in self.doors:
            door.clock.advance(seconds)

    def show(self, text: str, number: int, *, dies: bool = False) -> bool:
        """Whether the door admits."""
        answer = self.doors[number].show(text, dies=dies)
        admitted = isinstance(answer.decision, Admit)
        self.counts["admitted" if admitted else "turned away"] += 1
        return admitted

    def put_back_door(self, number: int, copy: Copy) -> None:
        """The door's ledger is an older one from here on; what nobody else holds is destroyed by who did it."""
        door = self.doors[number]
        had = door.keys_of_log()
        door.put_back(copy)
        in_copy = _keys_in(door.folder / LEDGER)
        held = held_of(self.central, door.link.device)
        self.destroyed[number] |= had.keys() - in_copy.keys() - held.places.keys()
        in_central = {(e.wall, e.mono): epoch for epoch, log in held.log.items() for e in log}
        self.may_repeat[number] |= {
            key
            for key, epoch in in_copy.items()
            if in_central.get(key, epoch) != epoch or had.get(key, epoch) != epoch
        }
        if (
            copy is Copy.FOLDER or door.stepped < 0
        ):  # a clock that is behind: docs/howto/recovery.md
            door.forgets |= {
                nonce for nonce, key in door.screen.admitted.items() if key not in in_copy
            }
        door.start()

    def put_back_central(self) -> None:
        """Central has lost what came since its last copy."""
        self.central.put_back()
        for number, door in enumerate(self.doors):
            held = held_of(self.central, door.link.device).places.keys()
            self.destroyed[number] |= {*door.screen.shown} - held - door.keys_of_log().keys()

    def settle(self) -> None:
        """The faults end, what is under way arrives, clocks are set right; all must be in step in some rounds."""
        self.central.is_down = False
        for door in self.doors:
            door.link.weather = Weather.FAIR
            while door.link.under_way:
                door.link.deliver(0)
            door.step_clock(-door.stepped)
        self._in_step()
        for door in self.doors:
            door.purge()  # as it does every hour; else the first card is turned away, and mends it
        self.advance(2 * LIFE_S)
        for number in range(DOORS):
            last = self.show(self.token(-1 - number), number)
            assert last, (
                f"a fresh card is turned away at the end: {self.doors[number].log.newest_entries(1)}"
            )
        self._in_step()

    def check(self) -> None:
        """Every promise."""
        held = {door.link.device: held_of(self.central, door.link.device) for door in self.doors}
        for number, door in enumerate(self.doors):
            one = held[door.link.device]
            self.counts["verdicts"] += check_door(
                one, door, self.destroyed[number], self.may_repeat[number]
            )
            self.counts["lost replies"] += door.link.lost_replies
        self.counts["doubles"] += check_doubles(self.central, held)

    def _in_step(self) -> None:
        for _ in range(ROUNDS):
            for door in self.doors:
                door.sync()
                door.listen()
            if all(_is_in_step(door) for door in self.doors):
                return
            self.advance(ROUND_S)
        stuck = [(door.worker.trouble, door.refused, door.log.backlog()) for door in self.doors]
        msg = f"stuck: {stuck}"
        raise AssertionError(msg)


def _is_in_step(door: ProtocolDoor) -> bool:
    return not door.worker.trouble and not door.refused and door.log.backlog() == 0


def _keys_in(ledger: Path) -> dict[Key, Epoch]:
    with closing(sqlite3.connect(ledger)) as database:
        seal = LedgerSeal(VAULT)
        entries = [
            (epoch, seal.parsed(data, digest)) for epoch, data, digest in database.execute(_LOCAL)
        ]
    return {(entry.wall, entry.mono): Epoch(epoch) for epoch, entry in entries}
