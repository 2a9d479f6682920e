"""A snapshot in chunks, as central makes it: what a change changes, how long chunks last, how versions count."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import httpx
import pytest

from cardcore import wire
from cardcore.card import Mode
from cardcore.documents import Document, DocumentKind, open_document
from cardcore.ids import Audience, CardId, UnixSeconds
from cardcore.lifecycle import CardState, CardStep
from cardcore.snapshot_chunk import chunk_hash
from cardcore.snapshot_document import SnapshotRow, rows_in
from cardcore.snapshot_manifest import SnapshotManifest, manifest_in
from central.bootstrap import Central, wire_central
from central.cards import snapshots
from central.cards.snapshots import KEPT_S
from central.errors import NotFoundError
from central.keys.documents import REUSE_S
from central.ports.chain import Chain
from central.ports.records import Member
from central.ports.storage import Transaction
from tests.fakes.central_http import API, client_of, problem_in
from tests.fakes.central_material import ADA, MAIN, POOL, World, card_of_ada, enrol

FEW: Final = 2  # cards a chunk, where the program has 1,024


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardcore.snapshot_manifest.CHUNK_CARDS", FEW)


def opened(central: Central, audience: Audience = MAIN) -> Document:
    return open_document(
        central.snapshots.manifest(audience).content,
        root=central.keys.root_key(),
        kind=DocumentKind.SNAPSHOT_MANIFEST,
        audience=audience,
    )


def manifest(central: Central, audience: Audience = MAIN) -> SnapshotManifest:
    return manifest_in(opened(central, audience))


def told(central: Central, audience: Audience = MAIN) -> list[SnapshotRow]:
    """What a door makes of it, that checks everything."""
    document = opened(central, audience)
    found = manifest_in(document)
    rows: list[SnapshotRow] = []
    for no, digest in enumerate(found.hashes):
        chunk = found.chunk(no, central.snapshots.chunk(audience, digest))
        rows += chunk.rows(document.issued_at)
    assert len(rows) == found.cards
    return rows


def whole(central: Central) -> list[SnapshotRow]:
    """The same by the form of earlier programs."""
    document = open_document(
        central.standings.snapshot(MAIN).content,
        root=central.keys.root_key(),
        kind=DocumentKind.SNAPSHOT,
        audience=MAIN,
    )
    return list(rows_in(document))


def issue(central: Central, count: int) -> list[CardId]:
    central.members.import_members(MAIN, [ADA])
    return [central.cards.issue(MAIN, ADA.member_id, Mode.ROTATING).card_id for _ in range(count)]


def test_a_venue_without_cards_has_one_empty_chunk(world: World) -> None:
    central = world.central()
    assert told(central) == []
    assert manifest(central).bits == 0


@pytest.mark.usefixtures("small_chunks")
def test_chunks_tell_what_the_snapshot_in_one_piece_tells(world: World) -> None:
    central = world.central()
    issue(central, 9)
    assert manifest(central).bits == 3
    assert told(central) == whole(central)
    assert len(told(central)) == 9


@pytest.mark.usefixtures("small_chunks")
def test_one_changed_card_changes_one_chunk(world: World) -> None:
    central = world.central()
    cards = issue(central, 9)
    before = manifest(central)
    central.cards.take(cards[7], CardStep.REVOKE)
    after = manifest(central)
    changed = [no for no, one in enumerate(before.hashes) if one != after.hashes[no]]
    assert len(changed) == 1
    [row] = [row for row in told(central) if row.card_id == cards[7]]
    assert row.standing.state is CardState.REVOKED


def test_while_nothing_changes_only_the_manifest_is_signed_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    central = world.central()
    card_of_ada(central)
    before = opened(central)
    assert opened(central) == before
    world.clock.seconds += REUSE_S
    monkeypatch.setattr(snapshots, "chunk_of", None)  # nothing is cut
    after = opened(central)
    assert (after.version, after.body) == (before.version + 1, before.body)
    assert after.issued_at == before.issued_at + REUSE_S


def test_both_forms_count_their_versions_together(world: World) -> None:
    central = world.central()
    versions = []
    for _ in range(2):
        versions.append(central.standings.snapshot(MAIN).version)
        versions.append(central.snapshots.manifest(MAIN).version)
        world.clock.seconds += REUSE_S
    assert versions == [1, 2, 3, 4]
    assert central.signed.policies.signed(MAIN).version == 1


def test_a_door_that_began_with_the_manifest_before_can_end_with_it(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    [digest] = manifest(central).hashes
    content = central.snapshots.chunk(MAIN, digest)
    assert chunk_hash(content) == digest
    central.cards.take(card.card_id, CardStep.SUSPEND)
    manifest(central)
    world.clock.seconds += KEPT_S
    assert central.snapshots.clean_up() == 0
    assert central.snapshots.chunk(MAIN, digest) == content
    world.clock.seconds += 1
    assert central.snapshots.clean_up() == 1
    with pytest.raises(NotFoundError, match="ask for the manifest again"):
        central.snapshots.chunk(MAIN, digest)
    assert len(told(central)) == 1


def test_what_is_again_as_it_was_is_kept_on(world: World) -> None:
    central = world.central()
    card = card_of_ada(central)
    [digest] = manifest(central).hashes
    for step in (CardStep.SUSPEND, CardStep.ACTIVATE):
        central.cards.take(card.card_id, step)
        manifest(central)
    assert manifest(central).hashes == (digest,)
    world.clock.seconds += KEPT_S + 1
    assert central.snapshots.clean_up() == 1
    assert chunk_hash(central.snapshots.chunk(MAIN, digest)) == digest


def test_no_venue_gets_the_chunks_of_another(world: World) -> None:
    central = world.central()
    card_of_ada(central)
    [digest] = manifest(central).hashes
    assert manifest(central, POOL).cards == 0
    with pytest.raises(NotFoundError):
        central.snapshots.chunk(POOL, digest)


def test_a_venue_of_a_chain_is_told_the_chains_cards_too(world: World) -> None:
    central = wire_central(
        world.fake, clock=world.clock, randomness=world.randomness, chain=Chain(audience=POOL)
    )
    member = Member(member_id=ADA.member_id, audience=POOL, display_name="Chain", status=ADA.status)
    central.members.import_members(POOL, [member])
    central.cards.issue(POOL, member.member_id, Mode.PRINT)
    card_of_ada(central)
    assert {row.standing.display_name for row in told(central)} == {"Chain", ADA.display_name}
    assert [row.standing.display_name for row in told(central, POOL)] == ["Chain"]


class TestOverHttp:
    async def test_a_door_gets_manifest_and_chunks(self, world: World) -> None:
        central = world.central()
        answer = enrol(central)
        card_of_ada(central)
        async with client_of(world) as client:
            client.headers["Authorization"] = f"Bearer {answer.token}"
            url = f"{API}/devices/me/snapshot/manifest"
            signed = await client.get(url)
            assert signed.headers["Content-Type"] == wire.DOCUMENT_TYPE
            assert signed.content == central.snapshots.manifest(MAIN).content
            again = await client.get(url, headers={"If-None-Match": signed.headers["ETag"]})
            assert again.status_code == 304
            [digest] = manifest(central).hashes
            chunk = await client.get(f"{API}/devices/me/snapshot/chunks/{digest.hex()}")
            assert chunk.headers["Content-Type"] == wire.CHUNK_TYPE
            assert "Content-Encoding" not in chunk.headers
            assert chunk_hash(chunk.content) == digest

    @pytest.mark.parametrize("name", ["0" * 64, "0" * 63, "F" * 64, "0" * 66, "g" * 64, "%00"])
    async def test_what_is_no_chunk_is_not_found(self, world: World, name: str) -> None:
        answer = enrol(world.central())
        async with client_of(world) as client:
            client.headers["Authorization"] = f"Bearer {answer.token}"
            found = await client.get(f"{API}/devices/me/snapshot/chunks/{name}")
        assert (found.status_code, problem_in(found)) == (404, "not_found")

    async def test_nobody_but_a_door_gets_either(self, world: World) -> None:
        async with client_of(world) as client:
            for path in ("manifest", f"chunks/{'0' * 64}"):
                refused = await client.get(f"{API}/devices/me/snapshot/{path}")
                assert isinstance(refused, httpx.Response)
                assert refused.status_code == 401


def test_what_changes_while_chunks_are_cut_is_in_them_all_the_same(world: World) -> None:
    central = world.central()
    cards = issue(central, 2)
    seen = central.snapshots._cut
    changes = [cards[1]]

    def cut_then_change(tx: Transaction, audience: Audience, now: UnixSeconds) -> object:
        found = seen(tx, audience, now)
        if changes:  # somebody else's transaction, between the reading one and the writing one
            world.fake._kept.revisions[MAIN] += 1
            card = world.fake._kept.cards[changes.pop()]
            world.fake._kept.cards[card.card_id] = replace(card, state=CardState.REVOKED)
        return found

    central.snapshots._cut = cut_then_change  # type: ignore[method-assign, assignment]
    assert [row.standing.state for row in told(central) if row.card_id == cards[1]] == [
        CardState.REVOKED
    ]


def test_while_one_has_chunks_cut_others_get_the_manifest_before(world: World) -> None:
    central = world.central()
    [card] = issue(central, 1)
    before = central.snapshots.manifest(MAIN)
    central.cards.take(card, CardStep.SUSPEND)
    with central.snapshots._cutting:
        assert central.snapshots.manifest(MAIN) == before
    after = central.snapshots.manifest(MAIN)
    assert after.version == before.version + 1
    assert central.snapshots.manifest(MAIN) == after


def test_where_there_is_none_before_it_waits_for_the_other(world: World) -> None:
    central = world.central()
    issue(central, 1)
    with ThreadPoolExecutor(1) as pool:
        with central.snapshots._cutting:
            waiting = pool.submit(central.snapshots.manifest, MAIN)
            with pytest.raises(TimeoutError):
                waiting.result(0.05)
        assert waiting.result(10).version == 1
