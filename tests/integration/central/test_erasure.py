"""An erased member leaves no trace in a database, whichever it is: looked for in every column of every table."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from cardcore.audit import Outcome
from cardcore.card import Mode
from cardcore.ids import Audience, MemberId
from cardcore.lifecycle import CardStep
from cardcore.membership import MemberStatus
from central.bootstrap import Central, wire_central
from central.ports.chain import Chain
from central.ports.events import COMMAND_LINE
from central.ports.records import KeyUse, Member
from central.storage.schema import METADATA
from central.storage.transaction import SqlStorage, open_storage
from tests.fakes.central_databases import emptied
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import BOB, MAIN, World, device_of, enrol
from tests.fakes.central_office import arrival

CHAIN: Final = Audience("chain")
GRACE: Final = Member(
    member_id=MemberId("M-4711"),
    audience=MAIN,
    display_name="Grace Hopper",
    status=MemberStatus.ACTIVE,
)
TRACES: Final = ("M-4711", "Grace Hopper", "lost her phone")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStorage]:
    if request.param == "postgresql":
        yield emptied(request.getfixturevalue("postgres_storage"))
        return
    opened = open_storage(f"sqlite:///{tmp_path / 'central.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def central(storage: SqlStorage) -> Central:
    """A venue and a chain, and Grace is known to both, in every way there is."""
    world = World()
    made = wire_central(
        storage, clock=world.clock, randomness=world.randomness, chain=Chain(audience=CHAIN)
    )
    made.members.import_members(MAIN, [GRACE, BOB])
    made.members.import_members(CHAIN, [replace(GRACE, audience=CHAIN)])
    phone = made.cards.issue(MAIN, GRACE.member_id, Mode.ROTATING).card_id
    for audience in (MAIN, CHAIN):
        printed = made.cards.issue(audience, GRACE.member_id, Mode.PRINT)
        made.tokens.mint(printed.card_id, print_use=KeyUse.PRINT_SIGNATURE)
    made.cards.issue(MAIN, BOB.member_id, Mode.ROTATING)
    made.tokens.claim_link(made.tokens.open_link(phone).secret)
    made.tokens.open_link(phone)
    by = replace(COMMAND_LINE, why="lost her phone")
    made.cards.take(phone, CardStep.SUSPEND, by=by)
    for audience in (MAIN, CHAIN):
        told = arrival(aggregate=f'["{audience}", "M-4711"]')
        made.processor.process(told, lambda tx: tx.documents.touch(MAIN))
    log = FakeDoor(made, device_of(made, enrol(made)))
    log.log(nonce=b"nonce-01", card_id=phone, decision=Outcome.ADMIT, reason="ok")
    log.hand_in()
    for audience in (MAIN, CHAIN):
        made.standings.snapshot(audience)
        made.snapshots.manifest(audience)
    return made


def traces_in(storage: SqlStorage) -> dict[str, set[str]]:
    """What is found in a row, as text or inside bytes, by table."""
    found: dict[str, set[str]] = {}
    with storage._engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)):
                told = " ".join(
                    bytes(value).decode("latin-1")
                    if isinstance(value, bytes | memoryview)
                    else str(value)
                    for value in row
                )
                for trace in TRACES:
                    if trace in told:
                        found.setdefault(table.name, set()).add(trace)
    return found


def erase(central: Central, audience: Audience) -> None:
    for card in central.cards.all(audience):
        if card.member_id == GRACE.member_id:
            central.cards.take(card.card_id, CardStep.REVOKE)
    central.members.erase(audience, GRACE.member_id)


def test_nothing_of_an_erased_member_is_left_in_any_table(
    central: Central, storage: SqlStorage
) -> None:
    assert traces_in(storage).keys() == {
        "members",
        "cards",
        "documents",
        "snapshot_chunks",
        "rollup_members",
        "outbox",
        "event_heads",
        "processed_events",
    }
    erase(central, CHAIN)
    assert "Grace Hopper" in traces_in(storage)["members"]  # the venue's own member is another
    assert "snapshot_chunks" not in traces_in(storage)
    erase(central, MAIN)
    assert traces_in(storage) == {}
    for audience in (MAIN, CHAIN):
        central.standings.snapshot(audience)
        central.snapshots.manifest(audience)
    assert traces_in(storage) == {}
    names = {member.display_name for member in central.members.all(MAIN)}
    assert names == {BOB.display_name, None}
