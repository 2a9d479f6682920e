"""The audit over HTTP: mark, batches and receipts for doors, GET /audit for operators."""

from cardcore import wire
from cardcore.ids import Seq
from central.audit.receipts import ReceiptService
from central.audit.service import SEQ_MAX, AuditService, parse_epoch
from central.errors import Kind, UnprocessableError
from central.ports.call import Answer, Call, answer_of
from central.ports.queries import LISTED, LISTED_MAX, card_id_in, natural
from central.ports.records import AuditLine, Caller, Device
from central.ports.views import AuditAnswer, AuditView


class AuditRoutes:
    """How doors hand in their logs, and how operators read them."""

    def __init__(self, *, audit: AuditService, receipts: ReceiptService) -> None:
        self._audit = audit
        self._receipts = receipts

    def mark(self, call: Call, device: Device) -> Answer:
        """Up to where an epoch of this device is held."""
        return answer_of(self._audit.mark(device, parse_epoch(call.query.get("epoch", ""))))

    def batches(self, call: Call, device: Device) -> Answer:
        """Take a batch."""
        return answer_of(self._audit.ingest(device, wire.parse(call.body, wire.AuditBatch)))

    def receipt(self, call: Call, device: Device) -> Answer:
        """Central's word that it holds an entry and all before it."""
        epoch = parse_epoch(call.query.get("epoch", ""))
        seq = natural(call.query, "seq", 0, SEQ_MAX)
        if seq == 0:
            raise UnprocessableError(Kind.MALFORMED, "the number of an entry is needed")
        document = self._receipts.give(device, epoch, Seq(seq))
        return Answer(body=document, media_type=wire.DOCUMENT_TYPE)

    def resume(self, call: Call, device: Device) -> Answer:
        """Go on behind what the device has a receipt for."""
        request = wire.parse(call.body, wire.ResumeRequest)
        return answer_of(self._receipts.resume(device, wire.bytes_of(request.receipt)))

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
