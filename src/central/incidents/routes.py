"""GET /devices/me/admissions for doors; GET /incidents and POST /incidents/{id}/handled for operators."""

from typing import Final

from cardcore.audit import EPOCH_BYTES
from central.incidents.feed import FeedService
from central.incidents.service import IncidentService
from central.ports.call import Answer, Call, answer_of
from central.ports.happenings import Incident
from central.ports.queries import LISTED, LISTED_MAX, hex_bytes, natural, one_of
from central.ports.records import Caller, Device
from central.ports.storage import Transaction
from central.ports.views import IncidentsAnswer, IncidentView
from central.ports.world import FirstAnswers

STATES: Final = {"open": False, "handled": True, "all": None}


class IncidentRoutes:
    """What doors are told of each other, and people of what went wrong."""

    def __init__(
        self, *, incidents: IncidentService, feed: FeedService, answers: FirstAnswers
    ) -> None:
        self._incidents = incidents
        self._feed = feed
        self._answers = answers

    def admissions(self, call: Call, device: Device) -> Answer:
        """What other doors of the audience admitted."""
        since = natural(call.query, "since", 0)
        epoch = hex_bytes(call.query, "epoch", EPOCH_BYTES, EPOCH_BYTES)
        return answer_of(self._feed.admissions(device, since, epoch))

    def listed(self, call: Call, caller: Caller) -> Answer:
        """The incidents of the operator's audiences."""
        handled = STATES[one_of(call.query, "state", list(STATES))]
        most = natural(call.query, "limit", LISTED, LISTED_MAX)
        found = self._incidents.listed(caller.audiences, handled=handled, most=most)
        return answer_of(IncidentsAnswer(incidents=[view_of(incident) for incident in found]))

    def handle(self, call: Call, caller: Caller) -> Answer:
        """Somebody has seen to it."""
        incident_id = call.path["incident_id"]

        def work(tx: Transaction) -> Answer:
            incident = self._incidents.handle_in(
                tx, incident_id, by=caller.name, audiences=caller.audiences
            )
            return answer_of(view_of(incident))

        return self._answers.once(call, caller=caller.name, operation="handled", work=work)


def view_of(incident: Incident) -> IncidentView:
    """An incident as operators are shown it."""
    return IncidentView(
        id=incident.incident_id,
        kind=incident.kind.value,
        audience=incident.audience,
        found_us=incident.found_at,
        happened_us=incident.happened_at,
        device_id=incident.device_id,
        door=incident.door,
        epoch=None if incident.epoch is None else incident.epoch.hex(),
        seq=incident.seq,
        card_id=None if incident.card_id is None else incident.card_id.hex(),
        facts=dict(incident.facts),
        handled_at=incident.handled_at,
        handled_by=incident.handled_by,
    )
