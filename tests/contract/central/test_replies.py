"""Answers given once under an Idempotency-Key: over every storage."""

from collections.abc import Mapping

import pytest

from central.errors import (
    ConflictError,
    Kind,
    NotFoundError,
    StorageDownError,
    UnprocessableError,
)
from central.events.replies import ReplyService, request_hash
from central.ports.call import Answer, Call
from central.ports.storage import Storage, Transaction
from central.problems import TYPE_PREFIX
from tests.fakes.central_material import (
    MAIN,
    World,
)
from tests.fakes.central_office import SECOND
from tests.fakes.central_world import NOON

DAY = 86_400 * SECOND
NOW = NOON * SECOND


@pytest.fixture
def world(storage: Storage) -> World:
    return World(storage=storage)


@pytest.fixture
def answers(world: World) -> ReplyService:
    assert world.storage is not None
    return ReplyService(storage=world.storage, clock=world.clock)


def effects_in(storage: Storage) -> int:
    with storage.read() as tx:
        return tx.documents.revision(MAIN)


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
