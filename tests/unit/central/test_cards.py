from dataclasses import replace

import pytest

from cardcore.card import GENERATION_MAX, Mode
from cardcore.ids import CardId, MemberId
from cardcore.lifecycle import CardState, CardStep
from cardcore.membership import MemberStatus
from central.errors import ConflictError, Kind, NotFoundError
from tests.fakes.central_material import ADA, MAIN, POOL, World, card_of_ada


def test_nobody_gets_a_card_who_is_no_member() -> None:
    central = World().central()
    with pytest.raises(NotFoundError) as refused:
        central.cards.issue(MAIN, MemberId("M-9"), Mode.PRINT)
    assert refused.value.kind is Kind.UNKNOWN_MEMBER
    assert central.cards.all(MAIN) == []


def test_a_step_needs_a_card() -> None:
    with pytest.raises(NotFoundError) as refused:
        World().central().cards.take(CardId(bytes(16)), CardStep.REVOKE)
    assert refused.value.kind is Kind.UNKNOWN_CARD


def test_a_new_card_is_active_unless_told_otherwise() -> None:
    central = World().central()
    card = card_of_ada(central)
    assert (card.state, card.generation, card.mode) == (CardState.ACTIVE, 0, Mode.ROTATING)
    waiting = central.cards.issue(MAIN, ADA.member_id, Mode.PRINT, active=False)
    assert waiting.state is CardState.ISSUED
    assert {found.card_id for found in central.cards.all(MAIN)} == {card.card_id, waiting.card_id}


def test_a_card_lives_as_the_card_core_says() -> None:
    central = World().central()
    card = card_of_ada(central)
    assert central.cards.take(card.card_id, CardStep.SUSPEND).state is CardState.SUSPENDED
    assert central.cards.take(card.card_id, CardStep.ACTIVATE).state is CardState.ACTIVE
    assert central.cards.take(card.card_id, CardStep.REVOKE).state is CardState.REVOKED
    with pytest.raises(ConflictError) as refused:
        central.cards.take(card.card_id, CardStep.ACTIVATE)
    assert refused.value.kind is Kind.ILLEGAL_STEP
    assert central.cards.all(MAIN)[0].state is CardState.REVOKED


def test_a_reissue_raises_the_generation_until_there_is_none_left() -> None:
    world = World()
    central = world.central()
    card = card_of_ada(central)
    assert central.cards.take(card.card_id, CardStep.REISSUE).generation == 1
    with world.fake.write() as tx:
        tx.cards.replace(replace(card, generation=GENERATION_MAX))
    with pytest.raises(ConflictError):
        central.cards.take(card.card_id, CardStep.REISSUE)


def test_a_card_stands_as_its_member_does() -> None:
    world = World()
    central = world.central()
    card = card_of_ada(central)
    central.members.set_status(MAIN, ADA.member_id, MemberStatus.SUSPENDED)
    world.clock.seconds += 7
    answer = central.standings.status(MAIN, card.card_id)
    assert answer.card_id == card.card_id.hex()
    assert answer.state is CardState.ACTIVE
    assert answer.member_status is MemberStatus.SUSPENDED
    assert (answer.display_name, answer.generation) == ("Ada L.", 0)
    assert answer.as_of == world.clock.seconds


def test_a_card_of_another_audience_is_unknown() -> None:
    central = World().central()
    card = card_of_ada(central)
    with pytest.raises(NotFoundError) as refused:
        central.standings.status(POOL, card.card_id)
    assert refused.value.kind is Kind.UNKNOWN_CARD
