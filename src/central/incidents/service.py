"""The incidents, for people: listed, and marked as handled."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from cardcore.ids import Audience
from central.errors import Kind, NotFoundError
from central.ports.happenings import Incident
from central.ports.queries import LISTED
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock


class IncidentService:
    """Lists incidents and takes note that somebody has seen to them."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def listed(
        self, audiences: Collection[Audience], *, handled: bool | None = False, most: int = LISTED
    ) -> Sequence[Incident]:
        """The newest of these audiences; open ones, unless told otherwise (None: both)."""
        with self._storage.read() as tx:
            return tx.incidents.of(audiences, handled=handled, most=most)

    def handle(
        self, incident_id: str, *, by: str, audiences: Collection[Audience] | None = None
    ) -> Incident:
        """As :meth:`handle_in`, in a transaction of its own."""
        with self._storage.write() as tx:
            return self.handle_in(tx, incident_id, by=by, audiences=audiences)

    def handle_in(
        self,
        tx: Transaction,
        incident_id: str,
        *,
        by: str,
        audiences: Collection[Audience] | None = None,
    ) -> Incident:
        """Take note that ``by`` has seen to it. Done again it changes nothing: the first stands.

        ``audiences`` are those that the caller may look into; None for all.

        Raises:
            NotFoundError: no such incident in these audiences.
        """
        now = self._clock.now()
        incident = tx.incidents.find(incident_id)
        if incident is None or (audiences is not None and incident.audience not in audiences):
            raise NotFoundError(Kind.UNKNOWN_INCIDENT, incident_id)
        tx.incidents.handle(incident_id, at=now, by=by)
        if incident.handled_at is not None:
            return incident
        return replace(incident, handled_at=now, handled_by=by)
