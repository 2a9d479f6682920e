"""GET /devices/me/audit/mark and POST /devices/me/audit/batches."""

from cardcore import wire
from central.audit.service import AuditService, parse_epoch
from central.ports.call import Answer, Call, answer_of
from central.ports.records import Device


class AuditRoutes:
    """How doors hand in their logs."""

    def __init__(self, *, audit: AuditService) -> None:
        self._audit = audit

    def mark(self, call: Call, device: Device) -> Answer:
        """Up to where an epoch of this device is held."""
        return answer_of(self._audit.mark(device, parse_epoch(call.query.get("epoch", ""))))

    def batches(self, call: Call, device: Device) -> Answer:
        """Take a batch."""
        return answer_of(self._audit.ingest(device, wire.parse(call.body, wire.AuditBatch)))
