"""Events processed once, answers given once, the outbox published: over every storage."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cardcore.audit import parse_entry, serialise_entry
from cardcore.ids import Micros
from cardcore.lifecycle import CardState, CardStep
from central.errors import (
    CentralError,
    ConflictError,
    Kind,
    NotFoundError,
    StorageDownError,
    UnprocessableError,
)
from central.events.processing import EventProcessor, key_of
from central.events.replies import ReplyService, request_hash
from central.ports.call import Answer, Call
from central.ports.events import By, EventKind, Outcome
from central.ports.storage import Storage, Transaction
from central.problems import TYPE_PREFIX
from tests.fakes.central_material import (
    MAIN,
    World,
    batch,
    card_of_ada,
    chain,
    device_of,
    enrol,
)
from tests.fakes.central_office import SECOND, Refusing, arrival, publisher_of
from tests.fakes.central_world import NOON, FakeClock

DAY = 86_400 * SECOND
NOW = NOON * SECOND


class Effects:
    """Counts what an event did, in the database: what is rolled back did not happen."""

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, tx: Transaction) -> None:
        tx.documents.touch(MAIN)
        if self.fails:
            msg = "in the middle"
            raise KeyError(msg)


@pytest.fixture
def world(storage: Storage) -> World:
    return World(storage=storage)


@pytest.fixture
def processor(world: World) -> EventProcessor:
    assert world.storage is not None
    return EventProcessor(storage=world.storage, clock=world.clock)


@pytest.fixture
def answers(world: World) -> ReplyService:
    assert world.storage is not None
    return ReplyService(storage=world.storage, clock=world.clock)


def effects_in(storage: Storage) -> int:
    with storage.read() as tx:
        return tx.documents.revision(MAIN)


def test_an_effect_that_fails_leaves_no_record(processor: EventProcessor, storage: Storage) -> None:
    effect = Effects()
    effect.fails = True
    with pytest.raises(KeyError):
        processor.process(arrival(), effect)
    assert effects_in(storage) == 0
    effect.fails = False
    assert processor.process(arrival(), effect) is Outcome.APPLIED
    assert effects_in(storage) == 1


@pytest.mark.parametrize("event_id", [None, "E-1"])
def test_the_same_event_has_one_effect(
    processor: EventProcessor, storage: Storage, event_id: str | None
) -> None:
    outcomes = [processor.process(arrival(event_id=event_id), Effects()) for _ in range(50)]
    assert outcomes == [Outcome.APPLIED] + [Outcome.DUPLICATE] * 49
    assert effects_in(storage) == 1


def test_two_genuine_events_within_one_second_both_count(
    processor: EventProcessor, storage: Storage
) -> None:
    for event in (arrival(NOW), arrival(NOW + 1), arrival(NOW + 1, kind="reinstated")):
        assert processor.process(event, Effects()) is Outcome.APPLIED
    assert effects_in(storage) == 3


def test_an_event_that_is_a_day_late_changes_nothing(
    processor: EventProcessor, storage: Storage
) -> None:
    processor.process(arrival(NOW), Effects())
    assert processor.process(arrival(NOW - DAY), Effects()) is Outcome.STALE
    assert processor.process(arrival(NOW - DAY), Effects()) is Outcome.DUPLICATE
    assert processor.process(arrival(NOW - DAY, aggregate="M-2"), Effects()) is Outcome.APPLIED
    assert effects_in(storage) == 2


def test_the_sequence_orders_before_the_time(processor: EventProcessor) -> None:
    assert processor.process(arrival(NOW, sequence=5), Effects()) is Outcome.APPLIED
    assert processor.process(arrival(NOW + 9, sequence=4), Effects()) is Outcome.STALE
    assert processor.process(arrival(NOW + 8, sequence=5), Effects()) is Outcome.STALE
    assert processor.process(arrival(NOW - 9, sequence=6), Effects()) is Outcome.APPLIED


def test_a_record_is_kept_for_thirty_days_and_the_order_for_good(
    processor: EventProcessor, world: World, storage: Storage
) -> None:
    processor.process(arrival(NOW), Effects())
    processor.process(arrival(NOW + 1), Effects())
    world.clock.seconds += 30 * 86_400
    assert processor.clean_up() == 0
    world.clock.seconds += 1
    assert processor.clean_up() == 2
    assert processor.process(arrival(NOW), Effects()) is Outcome.STALE
    assert effects_in(storage) == 2


def test_a_key_tells_apart_whatever_differs() -> None:
    one = arrival()
    others = [
        replace(one, source="elsewhere"),
        replace(one, kind="joined"),
        replace(one, aggregate="M-2"),
        replace(one, version=2),
        replace(one, context="x"),
        arrival(NOW + 1),
        arrival(event_id="E-1"),
        arrival(event_id="E-2"),
        replace(one, kind="suspendedM", aggregate="-1"),
    ]
    assert len({key_of(event) for event in [one, *others]}) == 10
    assert key_of(arrival(event_id="E-1")) == key_of(arrival(NOW + 1, event_id="E-1"))


def call(body: bytes = b"{}", key: str | None = "k", path: Mapping[str, str] | None = None) -> Call:
    headers = {} if key is None else {"idempotency-key": key}
    return Call(path=path or {}, query={}, headers=headers, address="", body=body)


def touch(tx: Transaction) -> Answer:
    tx.documents.touch(MAIN)
    return Answer(body=str(tx.documents.revision(MAIN)).encode())


def once(answers: ReplyService, asked: Call, caller: str = "ada") -> Answer:
    return answers.once(asked, caller=caller, operation="touch", work=touch)


@pytest.mark.parametrize("key", ["", "x" * 129, "tab\t", "ü", "\x7f"])
def test_a_key_that_is_none_is_refused(answers: ReplyService, key: str) -> None:
    with pytest.raises(UnprocessableError) as refused:
        once(answers, call(key=key))
    assert refused.value.kind is Kind.MALFORMED


def test_another_call_under_the_same_key_is_refused(
    answers: ReplyService, storage: Storage
) -> None:
    once(answers, call())
    for other in (call(b"{ }"), call(path={"card_id": "1"})):
        with pytest.raises(UnprocessableError) as refused:
            once(answers, other)
        assert refused.value.kind is Kind.KEY_REUSED
    assert effects_in(storage) == 1


def test_a_call_while_the_first_is_at_work_is_refused(answers: ReplyService) -> None:
    def work(tx: Transaction) -> Answer:
        with pytest.raises(ConflictError) as refused:
            once(answers, call())
        assert refused.value.kind is Kind.IN_PROGRESS
        return touch(tx)

    answers.once(call(), caller="ada", operation="touch", work=work)
    assert once(answers, call()).body == b"1"


def test_the_first_answer_is_given_again(answers: ReplyService, storage: Storage) -> None:
    first = once(answers, call())
    assert [once(answers, call()) for _ in range(3)] == [first] * 3
    assert once(answers, call(), caller="bob").body == b"2"
    assert once(answers, call(key="l")).body == b"3"
    assert once(answers, call(key=None)).body == b"4"
    assert effects_in(storage) == 4


def test_the_first_answer_survives_a_crash_after_the_effect(
    answers: ReplyService, world: World, storage: Storage
) -> None:
    first = once(answers, call())
    after_the_crash = ReplyService(storage=storage, clock=world.clock)
    assert once(after_the_crash, call()) == first
    assert effects_in(storage) == 1


def test_a_refusal_is_given_again_too(answers: ReplyService, storage: Storage) -> None:
    def refuse(tx: Transaction) -> Answer:
        tx.documents.touch(MAIN)
        raise NotFoundError(Kind.UNKNOWN_CARD)

    refused = answers.once(call(), caller="ada", operation="touch", work=refuse)
    assert (refused.status, TYPE_PREFIX.encode() in refused.body) == (404, True)
    assert once(answers, call()) == refused
    assert effects_in(storage) == 0


def test_a_fault_is_not_an_answer(answers: ReplyService) -> None:
    def fail(_tx: Transaction) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answers.once(call(), caller="ada", operation="touch", work=fail)
    assert once(answers, call()).body == b"1"


def test_an_absent_database_is_not_an_answer(answers: ReplyService) -> None:
    def fail(_tx: Transaction) -> Answer:
        raise StorageDownError

    with pytest.raises(StorageDownError):
        answers.once(call(), caller="ada", operation="touch", work=fail)
    assert once(answers, call()).body == b"1"


def test_answers_are_kept_for_thirty_days(answers: ReplyService, world: World) -> None:
    once(answers, call())
    world.clock.seconds += 30 * 86_400
    assert answers.clean_up() == 0
    world.clock.seconds += 1
    assert answers.clean_up() == 1


def test_what_is_asked_is_told_apart_byte_for_byte() -> None:
    calls = [call(), call(b""), call(path={"a": "b"}), call(path={"a": "c"})]
    assert len({request_hash(asked, "issue") for asked in calls} | {request_hash(call(), "x")}) == 5


def test_a_step_that_is_refused_is_no_event(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    central.cards.take(card.card_id, CardStep.REVOKE)
    publisher_of(world).publish_all()
    before = len(central.trail.of(card.card_id)[1])
    with pytest.raises(CentralError):
        central.cards.take(card.card_id, CardStep.ACTIVATE)
    assert publisher_of(world).publish_all() == 0
    assert len(central.trail.of(card.card_id)[1]) == before


def test_each_step_becomes_a_line_of_the_trail(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    for step in (CardStep.SUSPEND, CardStep.EXPIRE, CardStep.REISSUE, CardStep.REVOKE):
        world.clock.seconds += 1
        central.cards.take(card.card_id, step, by=By(actor="ada", why="because"))
    assert central.trail.of(card.card_id)[1] == []  # until somebody publishes
    assert publisher_of(world).publish_all() == 6
    found, lines = central.trail.of(card.card_id)
    assert found.state is CardState.REVOKED
    assert [line.event for line in lines] == [
        kind.value
        for kind in (
            EventKind.ISSUED,
            EventKind.ACTIVATED,
            EventKind.SUSPENDED,
            EventKind.EXPIRED,
            EventKind.REISSUED,
            EventKind.REVOKED,
        )
    ]
    assert [(line.who, line.why) for line in lines][1:3] == [
        ("command line", ""),
        ("ada", "because"),
    ]
    assert (lines[-2].generation, lines[-2].state, lines[-1].at_us) == (
        1,
        "active",
        NOW + 4 * SECOND,
    )


def test_a_scan_is_a_line_of_the_trail_once_it_was_handed_in(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    publisher_of(world).publish_all()
    device = device_of(central, enrol(central))
    [entry] = chain(1, device.device_id)
    shown = serialise_entry(
        replace(parse_entry(entry), card_id=card.card_id, attendant="Grace", wall=NOW + 5)
    )
    central.audit.ingest(device, batch([shown]))
    line = central.trail.of(card.card_id)[1][-1]
    assert (line.event, line.at_us, line.why) == ("CardValidated", NOW + 5, "admit: ok")
    assert line.who == f"door North ({device.device_id}), attendant Grace"


def test_a_subscriber_that_fails_gets_it_again_and_at_last_it_is_dead(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    mail = Refusing(3)
    publisher = publisher_of(world, mail, tries=3)
    assert publisher.publish_all() == 1
    for waits in (1, 2):
        assert not publisher.publish_next()  # the second event waits behind the first
        world.clock.seconds += waits
        assert publisher.publish_next()
    assert publisher.publish_all() == 1  # the first is dead: the second goes out
    [dead] = central.letters.all()
    assert (dead.event.kind, dead.tries) == (EventKind.ISSUED, 3)
    assert dead.error == "RuntimeError: the mail system is away"
    assert [line.event for line in central.trail.of(card.card_id)[1]] == ["CardActivated"]
    central.letters.retry(dead.event.event_id)
    assert publisher.publish_all() == 1
    assert [event.sequence for event in mail.received] == [2, 1]
    assert [line.event for line in central.trail.of(card.card_id)[1]] == [
        "CardIssued",
        "CardActivated",
    ]
    with pytest.raises(NotFoundError):
        central.letters.retry(dead.event.event_id)


def test_published_events_are_forgotten_after_thirty_days(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    publisher = publisher_of(world)
    publisher.publish_all()
    world.clock.seconds += 30 * 86_400 + 1
    assert publisher.clean_up() == 2
    assert len(central.trail.of(card.card_id)[1]) == 2
    assert central.cards.take(card.card_id, CardStep.SUSPEND).state is CardState.SUSPENDED
    publisher.publish_all()
    assert len(central.trail.of(card.card_id)[1]) == 3


def test_a_card_expires_when_its_time_has_come(world: World, storage: Storage) -> None:
    central = world.central()
    card = card_of_ada(central)
    with storage.write() as tx:
        tx.cards.replace(replace(card, expires_at=FakeClock(seconds=NOON + 5).now()))
    assert central.cards.expire_due() == 0
    world.clock.seconds += 5
    assert central.cards.expire_due() == 1
    assert central.cards.expire_due() == 0
    publisher_of(world).publish_all()
    found, lines = central.trail.of(card.card_id)
    assert found.state is CardState.EXPIRED
    assert (lines[-1].event, lines[-1].who) == ("CardExpired", "schedule")
    again = central.cards.take(card.card_id, CardStep.REISSUE)
    assert (again.state, again.expires_at) == (CardState.ACTIVE, None)
    assert Micros(lines[-1].at_us) == (NOON + 5) * SECOND
