"""What central itself answered, counted in memory and handed to the rollups now and then."""

from collections import Counter
from threading import Lock
from typing import Final

from central.ports.rollups import (
    DAY,
    HOUR,
    NO_MODE,
    TOKEN,
    CountKey,
    Latency,
    LatencyKey,
    Tally,
    latency_bucket,
)
from central.ports.storage import Storage
from central.ports.watching import EVERYWHERE
from central.ports.world import Clock

ANSWERED: Final = "answered"  # the decision under which answers are counted
FINE: Final = "fine"
FAILED: Final = "failed"


class Meter:
    """Counts the answers of this process, and times the online tokens among them."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._lock = Lock()
        self._answers: Counter[tuple[int, str]] = Counter()
        self._tokens: dict[LatencyKey, Latency] = {}

    def count(self, *, failed: bool, token_us: int | None) -> None:
        """One answer; ``token_us`` is what an online token took."""
        now = self._clock.now()
        hour = now - now % HOUR
        with self._lock:
            self._answers[hour, FAILED if failed else FINE] += 1
            if token_us is not None:
                key = LatencyKey(EVERYWHERE, TOKEN, hour, latency_bucket(token_us))
                was = self._tokens.get(key, Latency(0, 0, 0))
                self._tokens[key] = Latency(
                    was.entries + 1, was.sum_us + token_us, max(was.max_us, token_us)
                )

    def keep(self) -> None:
        """Add what was counted since the last time to the rollups; nothing is lost where that fails."""
        with self._lock:
            answers, tokens = self._answers, self._tokens
            self._answers, self._tokens = Counter(), {}
        if not answers:
            return
        try:
            with self._storage.write() as tx:
                tx.rollups.add(_tally(answers, tokens))
        except Exception:
            self._put_back(answers, tokens)
            raise

    def _put_back(
        self, answers: Counter[tuple[int, str]], tokens: dict[LatencyKey, Latency]
    ) -> None:
        with self._lock:
            self._answers += answers
            for key, latency in tokens.items():
                was = self._tokens.get(key, Latency(0, 0, 0))
                self._tokens[key] = Latency(
                    was.entries + latency.entries,
                    was.sum_us + latency.sum_us,
                    max(was.max_us, latency.max_us),
                )


def _tally(answers: Counter[tuple[int, str]], tokens: dict[LatencyKey, Latency]) -> Tally:
    tally = Tally(latencies=tokens)
    for (hour, how), count in answers.items():
        for span, start in ((HOUR, hour), (DAY, hour - hour % DAY)):
            key = CountKey(EVERYWHERE, span, start, ANSWERED, how, "", NO_MODE)
            tally.counts[key] = tally.counts.get(key, 0) + count
    return tally
