"""A snapshot fetched in chunks: bad ones first. The one before stays in force until all of the next is good."""

from collections.abc import Callable
from typing import Final

import pytest

from cardcore.documents import DocumentKind, open_document
from cardcore.ids import Audience
from cardcore.snapshot_document import snapshot_body
from scanner.errors import LedgerError, LinkDownError, LinkRefusedError, OddAnswerError
from scanner.ports import Fetched
from scanner.sync.snapshot import BREATH_S
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_central import (
    HOUR,
    OTHER_SECRET,
    ROOT,
    signed,
    signed_snapshot,
)
from tests.fakes.scanner_standings import a_standing
from tests.fakes.scanner_trust import a_signer, signed_by
from tests.fakes.snapshot_office import LATE, NEW, OLD, Office, offer


@pytest.fixture
def office() -> Office:
    return Office()


def flip(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def other_root() -> bytes:
    return signed(DocumentKind.SNAPSHOT_MANIFEST, (), version=6, secret=OTHER_SECRET)


def too_large() -> bytes:
    msg = "central sent more than 1048576 bytes"
    raise OddAnswerError(msg)


MANIFESTS: Final[dict[str, tuple[Callable[[Office], None], str]]] = {
    "an older one": (lambda office: offer(office, version=4), "version 4 is older than version 5"),
    "of another venue": (lambda office: offer(office, audience=Audience("x")), "for 'x'"),
    "expired": (lambda office: offer(office, issued_at=NOW - 2 * HOUR), "expired at"),
    "of more cards than there are": (lambda office: offer(office, count=4), "have 3 cards"),
    "of fewer cards": (lambda office: offer(office, count=2), "have 3 cards"),
    "one bit off": (lambda office: spoil_manifest(office, flip), "signature"),
    "cut": (lambda office: spoil_manifest(office, lambda data: data[:-1]), "no signed document"),
    "of another root": (
        lambda office: spoil_manifest(office, lambda _: other_root()),
        "signature",
    ),
    "a snapshot in one piece": (
        lambda office: spoil_manifest(office, lambda _: signed_snapshot([], version=6)),
        "no manifest of a snapshot",
    ),
    "a key set": (
        lambda office: spoil_manifest(office, lambda _: signed(DocumentKind.KEY_SET, ())),
        "not a snapshot",
    ),
}
CHUNKS: Final[dict[str, tuple[Callable[[bytes], bytes], str]]] = {
    "one bit off": (flip, "not the one that its manifest names"),
    "cut": (lambda data: data[:-1], "not the one that its manifest names"),
    "nothing": (lambda _: b"", "not the one that its manifest names"),
    "too large": (lambda _: too_large(), "more than 1048576 bytes"),
}


def spoil_manifest(office: Office, change: Callable[[bytes], bytes]) -> None:
    offer(office)
    assert office.snapshots.manifest is not None
    office.snapshots.manifest = change(office.snapshots.manifest)


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_bad_manifest_is_refused_with_its_reason(office: Office, name: str) -> None:
    make, why = MANIFESTS[name]
    make(office)
    report = office.refresher.refresh()
    assert len(report.refused) == 1
    assert why in office.refused["snapshot"]
    assert office.in_force == (5, [OLD])
    offer(office, version=7)
    assert office.refresher.refresh().refused == ()
    assert (office.refused, office.in_force) == ({}, (7, [OLD, NEW, LATE]))


@pytest.mark.parametrize("name", CHUNKS)
def test_a_bad_chunk_is_refused_with_its_reason(office: Office, name: str) -> None:
    office.snapshots.spoil, why = CHUNKS[name]
    offer(office)
    office.refresher.refresh()
    assert why in office.refused["snapshot"]
    assert "chunk 1 of the snapshot" in office.refused["snapshot"]
    assert office.in_force == (5, [OLD])
    office.snapshots.spoil = bytes
    office.refresher.refresh()
    assert (office.refused, office.in_force) == ({}, (6, [OLD, NEW, LATE]))


def test_a_manifest_whose_chunk_central_does_not_have_is_refused(office: Office) -> None:
    offer(office)
    office.snapshots.gone = dict.fromkeys(office.snapshots.chunks, 404)
    office.refresher.refresh()
    assert office.refused == {
        "snapshot": "central does not have chunk 1 of the snapshot that it signed"
    }
    assert office.in_force == (5, [OLD])
    coming = office.standings.snapshot_coming
    assert coming is not None
    assert (coming.version, coming.chunks, coming.have) == (6, 4, 2)


def test_another_no_is_centrals_no(office: Office) -> None:
    offer(office)
    office.snapshots.gone = dict.fromkeys(office.snapshots.chunks, 403)
    with pytest.raises(LinkRefusedError):
        office.refresher.refresh()
    assert office.in_force == (5, [OLD])


def test_a_download_that_is_cut_goes_on_where_it_was(office: Office) -> None:
    offer(office)
    office.snapshots.cut_after = 1
    with pytest.raises(LinkDownError, match="the line was cut"):
        office.refresher.refresh()
    assert office.in_force == (5, [OLD])
    assert office.standings.snapshot_coming is not None
    first = list(office.snapshots.asked)
    office.refresher.refresh()
    assert len(first) == 1
    assert first[0] not in office.snapshots.asked[1:]
    assert office.in_force == (6, [OLD, NEW, LATE])


def test_what_came_counts_for_a_later_manifest_too(office: Office) -> None:
    offer(office)
    office.snapshots.cut_after = 1
    with pytest.raises(LinkDownError):
        office.refresher.refresh()
    office.snapshots.asked.clear()
    offer(office, version=7)
    office.refresher.refresh()
    assert len(office.snapshots.asked) == 1
    assert office.in_force == (7, [OLD, NEW, LATE])


def test_one_changed_card_costs_one_chunk_and_none_changed_costs_none(office: Office) -> None:
    offer(office)
    office.refresher.refresh()
    office.snapshots.asked.clear()
    cards = [(OLD, a_standing()), (NEW, a_standing(generation=2)), (LATE, a_standing())]
    office.snapshots.offer(cards, version=7)
    office.refresher.refresh()
    assert len(office.snapshots.asked) == 1
    assert office.standings.listed[NEW].generation == 2
    office.snapshots.offer(cards, version=8, issued_at=NOW + 60)
    office.refresher.refresh()
    assert len(office.snapshots.asked) == 1
    assert office.standings.issued_at == NOW + 60
    assert office.standings.listed[OLD].as_of == NOW + 60
    office.refresher.refresh()  # nothing new: the manifest itself is not sent again
    assert office.standings.version == 8


def test_chunks_that_are_used_no_more_are_dropped(office: Office) -> None:
    office.snapshots.offer([(LATE, a_standing())], version=6)
    office.refresher.refresh()
    assert office.standings.chunks.keys() == office.standings.placed


def test_between_chunks_the_sync_pauses_and_ends_with_the_program(office: Office) -> None:
    offer(office)
    office.refresher.refresh()
    assert office.pauses == [BREATH_S] * len(office.pauses)
    assert len(office.pauses) >= len(office.snapshots.asked) == 2
    office.ends = True
    office.snapshots.offer([(LATE, a_standing(generation=9))], version=7)
    with pytest.raises(LinkDownError, match="the program ends"):
        office.refresher.refresh()
    assert office.in_force == (6, [OLD, NEW, LATE])


def test_a_disk_that_is_full_leaves_the_one_before_in_force(office: Office) -> None:
    offer(office)
    office.standings.full = "database or disk is full"
    with pytest.raises(LedgerError):
        office.refresher.refresh()
    office.standings.full = ""
    assert office.in_force == (5, [OLD])


def test_a_central_without_manifests_is_asked_for_the_snapshot_in_one_piece(
    office: Office,
) -> None:
    office.snapshots.manifest = None
    data = signed_snapshot([(LATE, a_standing())], version=6)
    office.central.snapshot_document = Fetched(data=data, etag=None)
    office.refresher.refresh()
    assert office.in_force == (6, [LATE])
    offer(office)  # it was upgraded, and counts on
    office.refresher.refresh()
    assert office.in_force == (6, [OLD, NEW, LATE])


def test_a_door_takes_no_older_snapshot_in_the_other_form(office: Office) -> None:
    offer(office)
    office.refresher.refresh()
    office.snapshots.manifest = None
    data = signed(DocumentKind.SNAPSHOT, snapshot_body(()), version=5)
    office.central.snapshot_document = Fetched(data=data, etag=None)
    office.refresher.refresh()
    assert "version 5 is older than version 6" in office.refused["snapshot"]


def test_centrals_no_to_the_manifest_is_centrals_no(office: Office) -> None:
    office.snapshots.refusal = LinkRefusedError(403, "urn:x", "no")
    with pytest.raises(LinkRefusedError):
        office.refresher.refresh()


def test_under_a_new_root_versions_count_anew_and_no_chunk_is_fetched_twice(
    office: Office,
) -> None:
    offer(office)
    office.refresher.refresh()
    office.snapshots.asked.clear()
    following = a_signer("the next root")
    office.roots.chain.append(following.root)
    offer(office, version=7)  # by the root before
    office.refresher.refresh()
    assert "the pinned root is" in office.refused["snapshot"]
    assert office.snapshots.manifest is not None
    said = open_document(
        office.snapshots.manifest, root=ROOT, kind=DocumentKind.SNAPSHOT_MANIFEST, audience=VENUE
    )
    office.snapshots.manifest = signed_by(following, said.kind, said.body, version=1)
    office.snapshots.etag = '"of the next root"'
    assert office.refresher.refresh().refused == ()
    assert office.in_force == (1, [OLD, NEW, LATE])
    assert office.snapshots.asked == []
