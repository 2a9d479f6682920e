"""Operators, and events as tests make them."""

from collections.abc import Sequence

from cardcore.ids import Audience, Micros
from central.auth import secret_hash
from central.events.publisher import Publisher, Subscriber, TrailProjection
from central.ports.events import Arrival, CardEvent, Place
from central.ports.records import Operator, Role
from central.ports.storage import Storage, Transaction
from tests.fakes.central_material import MAIN, World
from tests.fakes.central_world import NOON, FakeClock

SECOND = 1_000_000


def operator(storage: Storage, name: str, *grants: tuple[Role, Audience]) -> dict[str, str]:
    """Make an operator known; the header that it calls with."""
    with storage.write() as tx:
        tx.operators.put(
            Operator(
                name=name,
                token_hash=secret_hash(f"token of {name}"),
                grants=frozenset(grants or ((Role.MANAGE, MAIN),)),
                added_at=FakeClock().now(),
            )
        )
    return {"Authorization": f"Bearer token of {name}", "Content-Type": "application/json"}


def arrival(
    at: int = NOON * SECOND,
    *,
    event_id: str | None = None,
    sequence: int | None = None,
    kind: str = "suspended",
    aggregate: str = "M-1",
    context: str = "",
) -> Arrival:
    return Arrival(
        source="members",
        event_id=event_id,
        kind=kind,
        aggregate=aggregate,
        place=Place(sequence=sequence, occurred_at=Micros(at)),
        version=1,
        context=context,
    )


class Refusing:
    """A subscriber that fails so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.received: list[CardEvent] = []

    def receive(self, _tx: Transaction, event: CardEvent) -> None:
        if self.times > 0:
            self.times -= 1
            msg = "the mail system is away"
            raise RuntimeError(msg)
        self.received.append(event)


def publisher_of(world: World, *more: Subscriber, tries: int = 3) -> Publisher:
    subscribers: Sequence[Subscriber] = [TrailProjection(), *more]
    storage = world.storage or world.fake
    return Publisher(storage=storage, clock=world.clock, subscribers=subscribers, tries=tries)
