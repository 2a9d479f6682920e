"""GET /devices/me/audit/mark and POST /devices/me/audit/batches for doors, GET /audit for operators."""

from cardcore import wire
from central.audit.service import AuditService, parse_epoch
from central.ports.call import Answer, Call, answer_of
from central.ports.queries import LISTED, LISTED_MAX, card_id_in, natural
from central.ports.records import AuditLine, Caller, Device
from central.ports.views import AuditAnswer, AuditView


class AuditRoutes:
    """How doors hand in their logs, and how operators read them."""

    def __init__(self, *, audit: AuditService) -> None:
        self._audit = audit

    def mark(self, call: Call, device: Device) -> Answer:
        """Up to where an epoch of this device is held."""
        return answer_of(self._audit.mark(device, parse_epoch(call.query.get("epoch", ""))))

    def batches(self, call: Call, device: Device) -> Answer:
        """Take a batch."""
        return answer_of(self._audit.ingest(device, wire.parse(call.body, wire.AuditBatch)))

    def listed(self, call: Call, caller: Caller) -> Answer:
        """The entries of the operator's audiences that arrived last."""
        card_id = card_id_in(call.query)
        most = natural(call.query, "limit", LISTED, LISTED_MAX)
        lines = self._audit.listed(caller.audiences, card_id=card_id, most=most)
        return answer_of(AuditAnswer(entries=[_view(line) for line in lines]))


def _view(line: AuditLine) -> AuditView:
    return AuditView(
        device_id=line.device_id,
        epoch=line.epoch.hex(),
        seq=line.seq,
        arrived_us=line.arrived_at,
        wall_us=line.wall,
        door=line.door,
        decision=line.decision,
        reason=line.reason,
        card_id=None if line.card_id is None else line.card_id.hex(),
        quarantine=line.quarantine,
    )
