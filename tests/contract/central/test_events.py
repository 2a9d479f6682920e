"""What every storage promises of events: the outbox, its trail, what was processed, first answers, locks."""

import time
from contextlib import suppress
from dataclasses import replace

import pytest

from cardcore.audit import entry_hash, parse_entry
from cardcore.card import Mode
from cardcore.ids import CardId, Micros, Seq, UnixSeconds
from cardcore.lifecycle import CardState
from central.errors import ConflictError, Kind
from central.ports.events import CardEvent, EventKind, Outcome, Place, Processed, Reply
from central.ports.records import Card, Quarantine, StoredEntry
from central.ports.storage import Storage
from tests.fakes.central_material import ADA, EPOCH, MAIN, chain, some_device
from tests.fakes.central_world import NOON

NOW = Micros(NOON * 1_000_000)
CARD = Card(
    card_id=CardId(bytes(16)),
    audience=MAIN,
    member_id=ADA.member_id,
    mode=Mode.ROTATING,
    state=CardState.ISSUED,
    generation=0,
    issued_at=UnixSeconds(NOON),
    changed_at=UnixSeconds(NOON),
)
OTHER = replace(CARD, card_id=CardId(b"\x01" * 16))
RECORD = Processed(
    key=bytes(32),
    source="members",
    kind="joined",
    aggregate="M-1",
    occurred_at=NOW,
    processed_at=NOW,
    outcome=Outcome.APPLIED,
)
REPLY = Reply(
    caller="ada",
    key="k",
    request=bytes(32),
    status=200,
    media_type="application/json",
    body=b"{}",
    made_at=NOW,
)


@pytest.fixture
def peopled(storage: Storage) -> Storage:
    with storage.write() as tx:
        tx.documents.touch(MAIN)
        tx.members.put([ADA])
        tx.cards.add(CARD)
        tx.cards.add(OTHER)
        tx.devices.add(some_device())
    return storage


def event(sequence: int, card: Card = CARD, kind: EventKind = EventKind.ISSUED) -> CardEvent:
    return CardEvent(
        event_id=f"{card.card_id[0]:02x}{sequence:030x}",
        kind=kind,
        audience=card.audience,
        card_id=card.card_id,
        sequence=sequence,
        occurred_at=NOW,
        state=card.state,
        generation=card.generation,
        actor="ada",
        why="",
    )


def test_each_card_counts_its_own_events(peopled: Storage) -> None:
    with peopled.write() as tx:
        assert [tx.outbox.next_sequence(CARD.card_id) for _ in range(2)] == [1, 2]
        assert tx.outbox.next_sequence(OTHER.card_id) == 1
        tx.cards.replace(replace(CARD, generation=1))  # which does not start the count anew
        assert tx.outbox.next_sequence(CARD.card_id) == 3


def test_events_are_claimed_in_the_order_of_their_card(peopled: Storage) -> None:
    with peopled.write() as tx:
        for added in (event(1), event(2), event(1, OTHER)):
            tx.outbox.add(added)
        first = tx.outbox.claim(NOW)
        assert first is not None
        assert first.event == event(1)
        assert (first.tries, first.error) == (0, "")
        tx.outbox.failed(first.position, tries=1, error="away", due_at=Micros(NOW + 5))
        second = tx.outbox.claim(NOW)  # the other card's: this one's next waits behind its first
        assert second is not None
        assert second.event == event(1, OTHER)
        tx.outbox.done(second.position)
        assert tx.outbox.claim(NOW) is None
        assert not tx.outbox.has_due(NOW)
        again = tx.outbox.claim(Micros(NOW + 5))
        assert again is not None
        assert (again.event, again.tries, again.error) == (event(1), 1, "away")


def test_an_event_is_not_due_before_its_time(peopled: Storage) -> None:
    with peopled.write() as tx:
        tx.outbox.add(event(1))
        assert tx.outbox.claim(Micros(NOW - 1)) is None
        assert tx.outbox.has_due(NOW)


def test_a_dead_letter_is_listed_passed_over_and_revived(peopled: Storage) -> None:
    with peopled.write() as tx:
        tx.outbox.add(event(1))
        tx.outbox.add(event(2))
        first = tx.outbox.claim(NOW)
        assert first is not None
        tx.outbox.failed(first.position, tries=3, error="broken", due_at=None)
        second = tx.outbox.claim(NOW)
        assert second is not None
        assert second.event == event(2)
        assert [(item.event, item.error) for item in tx.outbox.dead()] == [(event(1), "broken")]
        assert not tx.outbox.revive("no such event", NOW)
        assert tx.outbox.revive(event(1).event_id, NOW)
        assert not tx.outbox.revive(event(1).event_id, NOW)
        assert tx.outbox.dead() == []
        again = tx.outbox.claim(NOW)
        assert again is not None
        assert (again.event, again.tries) == (event(1), 0)


def test_only_published_events_are_forgotten(peopled: Storage) -> None:
    with peopled.write() as tx:
        tx.outbox.add(event(1))
        tx.outbox.add(event(1, OTHER))
        claimed = tx.outbox.claim(NOW)
        assert claimed is not None
        tx.outbox.done(claimed.position)
        assert tx.outbox.forget(NOW) == 0
        assert tx.outbox.forget(Micros(NOW + 1)) == 1
        assert tx.outbox.has_due(NOW)


def test_a_trail_has_each_line_once(peopled: Storage) -> None:
    with peopled.write() as tx:
        for line in (event(2), event(1), event(1), event(1, OTHER)):
            tx.trail.put(line)
    with peopled.read() as tx:
        assert tx.trail.of(CARD.card_id) == [event(1), event(2)]
        assert tx.trail.of(CardId(b"\x02" * 16)) == []


def test_what_doors_said_of_a_card_is_found(peopled: Storage) -> None:
    device = some_device().device_id
    entries = chain(3, device)
    kept = [
        StoredEntry(
            seq=Seq(seq),
            hash=entry_hash(data),
            raw=data,
            entry=parse_entry(data),
            quarantine=Quarantine.FOREIGN_DEVICE if seq == 2 else None,
        )
        for seq, data in enumerate(entries, 1)
    ]
    with peopled.write() as tx:
        tx.audit.append(device, EPOCH, kept, NOW)
    with peopled.read() as tx:
        shown = tx.trail.validations(CARD.card_id, 10)
        assert [line.wall for line in shown] == [1_800_000_000_000_003, 1_800_000_000_000_001]
        assert (shown[0].door, shown[0].attendant, shown[0].arrived_at) == ("North", None, NOW)
        assert (shown[0].decision, shown[0].reason, shown[0].device_id) == ("admit", "ok", device)
        assert len(tx.trail.validations(CARD.card_id, 1)) == 1
        assert tx.trail.validations(OTHER.card_id, 10) == []


def test_a_record_outlives_its_day_and_not_its_time(storage: Storage) -> None:
    with storage.write() as tx:
        assert tx.processed.find(RECORD.key) is None
        tx.processed.add(RECORD)
        assert tx.processed.forget(NOW) == 0
        assert tx.processed.find(RECORD.key) == RECORD
        assert tx.processed.forget(Micros(NOW + 1)) == 1
        assert tx.processed.find(RECORD.key) is None


def test_an_aggregate_keeps_its_newest_place(storage: Storage) -> None:
    with storage.write() as tx:
        assert tx.processed.head("members", "M-1") is None
        tx.processed.put_head("members", "M-1", Place(sequence=None, occurred_at=NOW))
        newer = Place(sequence=7, occurred_at=Micros(NOW + 1))
        tx.processed.put_head("members", "M-1", newer)
    with storage.read() as tx:
        assert tx.processed.head("members", "M-1") == newer
        assert tx.processed.head("others", "M-1") is None


def test_a_first_answer_is_kept_for_its_caller(storage: Storage) -> None:
    with storage.write() as tx:
        tx.replies.add(REPLY)
        tx.replies.add(replace(REPLY, caller="bob", status=409))
    with storage.write() as tx:
        assert tx.replies.find("ada", "k") == REPLY
        assert tx.replies.find("ada", "l") is None
        assert tx.replies.forget(NOW) == 0
        assert tx.replies.forget(Micros(NOW + 1)) == 2


def test_a_card_is_overdue_from_its_end_on_until_it_is_dead(peopled: Storage) -> None:
    end = UnixSeconds(NOON + 10)
    with peopled.write() as tx:
        tx.cards.replace(replace(CARD, expires_at=end))
    with peopled.read() as tx:
        assert tx.cards.find(CARD.card_id) == replace(CARD, expires_at=end)
        assert tx.cards.overdue(UnixSeconds(NOON + 9), 10) == []
        assert tx.cards.overdue(end, 10) == [CARD.card_id]
        assert tx.cards.overdue(end, 0) == []
    with peopled.write() as tx:
        tx.cards.replace(replace(CARD, expires_at=end, state=CardState.REVOKED))
        assert tx.cards.overdue(end, 10) == []


def test_a_lock_is_taken_as_often_as_one_transaction_wants(storage: Storage) -> None:
    with storage.write() as tx:
        tx.lock("a")
        tx.lock("b")
        tx.lock("a")
        tx.documents.hold(MAIN)


def test_who_comes_second_is_told_so_at_once(storage: Storage) -> None:
    began = time.monotonic()
    with storage.write_alone("a"):
        for _ in range(2):
            with pytest.raises(ConflictError) as refused, storage.write_alone("a"):
                pass
            assert refused.value.kind is Kind.IN_PROGRESS
    assert time.monotonic() - began < 2  # a database that is busy is waited for 5 s
    with suppress(ZeroDivisionError), storage.write_alone("a") as tx:
        tx.documents.touch(MAIN)
        raise ZeroDivisionError
    with storage.write_alone("a") as tx:
        assert tx.documents.revision(MAIN) == 0
    with storage.write_alone("b") as tx:
        tx.documents.touch(MAIN)
