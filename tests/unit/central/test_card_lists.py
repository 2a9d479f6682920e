"""The lists that central tells doors: whole, as deltas, and what is on them."""

from dataclasses import replace

import pytest

from cardcore.card import Mode
from cardcore.documents import Document, DocumentKind, open_document
from cardcore.ids import Audience, CardId
from cardcore.lifecycle import CardStep
from cardcore.list_document import DELTA_OF, delta_in, list_in
from cardcore.lists import CardList, hash_of
from cardcore.policy_document import policy_in
from central.bootstrap import Central, wire_central
from central.errors import NotFoundError
from central.keys import lists
from central.keys.lists import CHANGES_KEPT_S
from central.ports.chain import Chain
from central.ports.records import KeyUse
from tests.fakes.central_material import ADA, MAIN, POOL, World, card_of_ada

REVOKED, ACTIVE = DocumentKind.REVOKED, DocumentKind.ACTIVE


def opened(central: Central, kind: DocumentKind = REVOKED, since: int | None = None) -> Document:
    return open_document(
        central.signed.lists.offer(MAIN, kind, since).content,
        root=central.keys.root_key(),
        kind=kind,
        also=DELTA_OF[kind],
        audience=MAIN,
    )


def keep_active(central: Central) -> None:
    central.signed.policies.change(MAIN, lambda policy: replace(policy, active_list=True))


def whole(central: Central, kind: DocumentKind = REVOKED) -> CardList:
    return list_in(opened(central, kind))


def revoke(central: Central, *cards: CardId) -> None:
    for card in cards:
        central.cards.take(card, CardStep.REVOKE)


def issue(central: Central) -> CardId:
    return central.cards.issue(MAIN, ADA.member_id, Mode.ROTATING).card_id


def has(cards: CardList, card: CardId) -> bool:
    return cards.has(hash_of(cards.key, card))


def test_a_revoked_card_is_on_the_list_and_a_good_one_is_not(
    world: World, central: Central, card: CardId
) -> None:
    other = issue(central)
    revoke(central, card)
    listed = whole(central)
    assert (has(listed, card), has(listed, other), len(listed)) == (True, False, 1)
    document = opened(central)
    assert document.issued_at == world.clock.now()


def test_who_asks_from_a_version_gets_what_changed_since(central: Central, card: CardId) -> None:
    other = issue(central)
    before, version = whole(central), opened(central).version
    revoke(central, card)
    opened(central)
    revoke(central, other)
    delta = delta_in(opened(central, since=version))
    assert delta.base == version
    assert delta.applied_to(before) == whole(central)
    assert len(delta.added) == 2


def test_a_delta_after_one_revocation_is_under_500_bytes(central: Central, card: CardId) -> None:
    version = opened(central).version
    revoke(central, card)
    signed = central.signed.lists.offer(MAIN, REVOKED, version)
    assert signed.kind is DELTA_OF[REVOKED]
    assert len(signed.content) < 500


def test_what_came_and_went_is_in_no_delta(central: Central, card: CardId) -> None:
    keep_active(central)
    version, before = opened(central, ACTIVE).version, whole(central, ACTIVE)
    new = issue(central)
    opened(central, ACTIVE)
    revoke(central, new)
    delta = delta_in(opened(central, ACTIVE, version))
    assert (delta.added, delta.removed) == ((), ())
    assert delta.applied_to(before) == whole(central, ACTIVE)
    assert has(before, card)


def test_the_active_list_has_the_cards_that_live_and_no_others(
    central: Central, card: CardId
) -> None:
    keep_active(central)
    gone, waiting = issue(central), issue(central)
    revoke(central, gone)
    central.cards.take(waiting, CardStep.SUSPEND)
    listed = whole(central, ACTIVE)
    assert [has(listed, each) for each in (card, waiting, gone)] == [True, True, False]


def test_a_venue_without_an_active_list_has_none_to_tell(central: Central, card: CardId) -> None:
    del card
    with pytest.raises(NotFoundError):
        central.signed.lists.offer(MAIN, ACTIVE, None)


def test_a_list_is_told_again_as_it_is_for_half_a_minute(
    world: World, central: Central, card: CardId
) -> None:
    del card
    first = central.signed.lists.offer(MAIN, REVOKED, None)
    world.clock.seconds += 29
    assert central.signed.lists.offer(MAIN, REVOKED, None) == first
    world.clock.seconds += 1
    later = opened(central)
    assert (later.version, later.issued_at) == (first.version + 1, world.clock.now())


def test_a_list_that_was_only_signed_anew_leads_on_by_an_empty_delta(
    world: World, central: Central, card: CardId
) -> None:
    del card
    version, before = opened(central).version, whole(central)
    world.clock.seconds += 60
    delta = delta_in(opened(central, since=version))
    assert (delta.added, delta.removed) == ((), ())
    assert delta.applied_to(before) == before


@pytest.mark.parametrize("since", [None, 99])
def test_who_has_no_version_or_one_that_never_was_gets_the_whole_list(
    central: Central, card: CardId, since: int | None
) -> None:
    revoke(central, card)
    assert opened(central, since=since).kind is REVOKED


def test_who_was_away_for_too_long_gets_the_whole_list(
    world: World, central: Central, card: CardId
) -> None:
    version = opened(central).version
    revoke(central, card)
    newer = opened(central).version
    world.clock.seconds += CHANGES_KEPT_S + 1
    assert central.signed.lists.clean_up() == 1
    assert central.signed.lists.clean_up() == 0
    assert opened(central, since=version).kind is REVOKED
    assert opened(central, since=newer).kind is DELTA_OF[REVOKED]


def test_a_delta_that_has_grown_too_long_is_told_as_a_whole(
    central: Central, card: CardId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "DELTA_BYTES_MAX", 8)
    version = opened(central).version
    other = issue(central)
    revoke(central, card)
    assert opened(central, since=version).kind is DELTA_OF[REVOKED]
    revoke(central, other)
    assert opened(central, since=version).kind is REVOKED


def test_what_changes_elsewhere_changes_no_list_here(central: Central, card: CardId) -> None:
    signed = central.signed.lists.offer(POOL, REVOKED, None)
    revoke(central, card)
    assert central.signed.lists.offer(POOL, REVOKED, None) == signed


def test_a_policy_that_was_changed_is_the_next_version_and_signed_at_once(
    central: Central, card: CardId
) -> None:
    del card
    signed = central.signed.policies.signed(MAIN)
    keep_active(central)
    later = open_document(
        central.signed.policies.signed(MAIN).content,
        root=central.keys.root_key(),
        kind=DocumentKind.POLICY,
        audience=MAIN,
    )
    assert later.version > signed.version
    policy = policy_in(later)
    assert (policy.version, policy.active_list) == (2, True)
    assert central.signed.policies.policy(MAIN) == policy
    assert central.signed.policies.policy(POOL).version == 1


def test_a_second_caller_finds_the_list_that_the_first_has_made(
    world: World, central: Central, card: CardId
) -> None:
    del card
    first = central.signed.lists.offer(MAIN, REVOKED, None)
    writes = world.fake.writes
    assert central.signed.lists.offer(MAIN, REVOKED, first.version).version == first.version
    assert world.fake.writes == writes


def test_a_chains_cards_are_on_the_lists_of_every_venue_and_its_keys_rotate_alone(
    world: World,
) -> None:
    chain = Audience("chain")
    central = wire_central(
        world.fake, clock=world.clock, randomness=world.randomness, chain=Chain(audience=chain)
    )
    central.members.import_members(chain, [replace(ADA, audience=chain)])
    card = central.cards.issue(chain, ADA.member_id, Mode.PRINT).card_id
    card_of_ada(central)
    keep_active(central)
    assert has(whole(central, ACTIVE), card)
    revoke(central, card)
    assert has(whole(central), card)
    assert not has(whole(central, ACTIVE), card)
    rotated = central.signed.rotation.rotate(chain)
    assert {key.use for key in rotated} == {KeyUse.PRINT_SIGNATURE}
    assert len(rotated) == 2
