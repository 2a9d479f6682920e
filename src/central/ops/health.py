"""GET /health/live and /health/ready: whether the process runs, and whether it can work."""

from dataclasses import dataclass

from central.ports.call import Answer, Call, answer_of
from central.ports.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthAnswer:
    """One word: ``live`` or ``ready``."""

    status: str


class HealthRoutes:
    """Health, for whoever restarts or routes."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def live(self, _call: Call) -> Answer:
        """The process runs."""
        return answer_of(HealthAnswer(status="live"))

    def ready(self, _call: Call) -> Answer:
        """The database can be used; a fault becomes a 503."""
        self._storage.check()
        return answer_of(HealthAnswer(status="ready"))
