"""GET /events/dead and POST /events/{event_id}/retry."""

from cardcore import wire
from cardcore.office import DeadLetter, DeadLetters, RetryAnswer, RetryRequest
from central.errors import Kind, NotFoundError
from central.events.publisher import DeadLetterService
from central.events.replies import ReplyService
from central.ports.call import Answer, Call, answer_of
from central.ports.events import OutboxItem
from central.ports.records import Caller
from central.ports.storage import Transaction


class EventRoutes:
    """What operators do about events that no subscriber could take."""

    def __init__(self, *, letters: DeadLetterService, answers: ReplyService) -> None:
        self._letters = letters
        self._answers = answers

    def dead(self, _call: Call, caller: Caller) -> Answer:
        """The dead letters of the caller's audiences."""
        letters = [item for item in self._letters.all() if item.event.audience in caller.audiences]
        return answer_of(DeadLetters(dead=[letter_of(item) for item in letters]))

    def retry(self, call: Call, caller: Caller) -> Answer:
        """Send one on its way again."""
        wire.parse(call.body, RetryRequest)
        event_id = call.path["event_id"]

        def work(tx: Transaction) -> Answer:
            known = (item.event for item in tx.outbox.dead() if item.event.event_id == event_id)
            if not any(event.audience in caller.audiences for event in known):
                raise NotFoundError(Kind.UNKNOWN_EVENT)
            self._letters.retry_in(tx, event_id)
            return answer_of(RetryAnswer(event_id=event_id))

        return self._answers.once(call, caller=caller.name, operation="retry", work=work)


def letter_of(item: OutboxItem) -> DeadLetter:
    """A dead letter as it is told."""
    return DeadLetter(
        event_id=item.event.event_id,
        event=item.event.kind.value,
        card_id=item.event.card_id.hex(),
        at_us=item.event.occurred_at,
        tries=item.tries,
        error=item.error,
    )
