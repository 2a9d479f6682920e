"""Central's world in memory: a clock that stands still until told, and bytes that count."""

from dataclasses import dataclass

from cardcore.ids import Micros, UnixSeconds

NOON = 1_800_000_000


@dataclass(slots=True, kw_only=True)
class FakeClock:
    seconds: int = NOON

    def now(self) -> UnixSeconds:
        return UnixSeconds(self.seconds)

    def micros(self) -> Micros:
        return Micros(self.seconds * 1_000_000)

    def monotonic(self) -> float:
        return float(self.seconds)


class CountingBytes:
    """Different bytes at every call, the same in every run; some calls can be told what to give."""

    def __init__(self, *given: bytes) -> None:
        self._given = list(given)
        self._count = 0

    def __call__(self, size: int, /) -> bytes:
        for number, given in enumerate(self._given):
            if len(given) == size:
                return self._given.pop(number)
        self._count += 1
        return self._count.to_bytes(size, "big")
