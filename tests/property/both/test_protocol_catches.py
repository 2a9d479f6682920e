"""The schedules in memory do find faults: each program here lacks one thing, and a schedule that needs it fails.

The seeds are the first ones that do; where the acts of schedules change, others will.
"""

from collections.abc import Callable
from typing import Final

import pytest

from scanner.adapters.ledger_sqlite.ledger import SqliteLedger
from scanner.errors import ForeignLogError
from tests.fakes.protocol_schedule import play


def _forget_nonces(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqliteLedger, "_claim", lambda *_: None)


def _strand_holders(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqliteLedger, "unshown", lambda *_: ())


def _tell_of_no_double(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("central.incidents.watch.doubles_in", lambda *_: [])


def _never_part(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        msg = "another log"
        raise ForeignLogError(msg)

    patch.setattr("scanner.sync.upload.part_ways", refuse)


def _put_back_without_a_new_beginning(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("scanner.adapters.ledger_sqlite.opening._TO_NEXT", _NOT_ANEW)


_NOT_ANEW: Final = "UPDATE state SET epoch = (SELECT max(no) FROM epochs), seq = 0, head = ?, is_copy = 0 WHERE ? > 0"


@pytest.mark.parametrize(
    ("lack", "seed", "found"),
    [
        (_forget_nonces, 47, "admitted twice"),
        (_strand_holders, 0, "stranded"),
        (_tell_of_no_double, 0, "doubled, and not told"),
        (_never_part, 11, "stuck"),
        (_put_back_without_a_new_beginning, 27, "admitted twice"),
    ],
)
def test_a_schedule_finds_what_a_program_lacks(
    lack: Callable[[pytest.MonkeyPatch], None],
    seed: int,
    found: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lack(monkeypatch)
    with pytest.raises(AssertionError, match=found):
        play(seed)
