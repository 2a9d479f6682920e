"""What tests of the commands read of a run."""

import json
import subprocess
from typing import Final

from cardcore.ids import CardId
from tests.fakes.scanner_program import Ran

CARD: Final = CardId(bytes(range(16)))
# of a line of `scan --json`, in this order
SCAN_KEYS: Final = [
    "file",
    "decision",
    "reason",
    "card_id",
    "kid",
    "nonce",
    "status",
    "seq",
    "at",
    "ms",
]


def lines(run: Ran | subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def words(run: Ran | subprocess.CompletedProcess[bytes]) -> str:
    told = run.stderr.decode()
    assert "Traceback" not in told
    assert told.startswith(("gatepost: ", "Usage: ")), told
    return told
