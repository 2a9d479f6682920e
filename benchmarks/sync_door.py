"""A door as a process: it decides all the while, first alone, then while its backlog is handed over.

``python -m benchmarks.sync_door SETTINGS TOKENS`` prints one JSON object. SETTINGS are the door's, as JSON; TOKENS a file with a
fresh token a line.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.bench_scan import high_water
from scanner.bootstrap.door import Door, open_door, open_log
from scanner.bootstrap.step import sync_beside
from scanner.config import Settings
from scanner.door.frame import Presentation

ALONE: Final = 300  # verdicts before the backlog goes
PAUSE: Final = 0.02  # seconds between two people: fifty a second, more than any door has
MOST_S: Final = 300.0


def decide(door: Door, tokens: Iterator[str]) -> float:
    """Seconds from a code in view to its verdict, on the disk."""
    shown = Presentation(text=next(tokens), at=door.clock.now(), source="camera:0")
    began = time.perf_counter()
    answer = door.pipeline.answer(shown)
    took = time.perf_counter() - began
    assert answer.seq is not None
    time.sleep(PAUSE)
    return took


def main(settings_json: str, tokens_file: str) -> None:
    settings = msgspec.json.decode(settings_json, type=Settings)
    tokens = iter(Path(tokens_file).read_text().split())
    with open_door(settings, is_running=True) as door, open_log(settings) as log:
        for _ in range(20):
            decide(door, tokens)
        alone = [decide(door, tokens) for _ in range(ALONE)]
        backlog, began, spent = log.backlog(), time.perf_counter(), time.process_time()
        meanwhile: list[float] = []
        with sync_beside(settings) as worker:
            while log.backlog() > ALONE and time.perf_counter() - began < MOST_S:
                meanwhile.append(decide(door, tokens))
            took = time.perf_counter() - began
            trouble = worker.trouble
        left = log.backlog()
    print(
        json.dumps(
            {
                "entries": backlog - left,
                "took": took,
                "alone": statistics.median(alone),
                "meanwhile": statistics.median(meanwhile),
                "verdicts": len(meanwhile),
                "processor": time.process_time() - spent,
                "megabytes": high_water(os.getpid()),
                "trouble": trouble,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
