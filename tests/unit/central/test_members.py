from collections.abc import Iterator

import pytest

from cardcore.card import Mode
from cardcore.ids import MemberId
from cardcore.lifecycle import CardStep
from cardcore.membership import MemberStatus
from central.errors import ConflictError, NotFoundError
from central.members.service import BadRow, read_members
from tests.fakes.central_material import ADA, BOB, MAIN, POOL, World

HEADER = "member_id,display_name,status\n"


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, "header"),
        ("id,name\n", 1, "header"),
        (HEADER + "M-1,Ada\n", 2, "row"),
        (HEADER + "M-1,Ada,active,more\n", 2, "row"),
        (HEADER + ",Ada,active\n", 2, "member_id"),
        (HEADER + "M" * 65 + ",Ada,active\n", 2, "member_id"),
        (HEADER + "M-1,A\x1bda,active\n", 2, "display_name"),
        (HEADER + "M-1," + "A" * 65 + ",active\n", 2, "display_name"),
        (HEADER + "M-1,Ada,gone\n", 2, "status"),
        (HEADER + "M-1,Ada,active\n\nM-1,Eve,active\n", 4, "member_id"),
        (HEADER + 'M-1,"Ada,active\n', 3, "row"),
        (HEADER + 'M-1,"Ada"x,active\n', 3, "row"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_field(text: str, line: int, field: str) -> None:
    rows = list(read_members(text.splitlines(keepends=True), MAIN))
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert [(row.line, row.field) for row in bad] == [(line, field)]


def test_bytes_that_are_no_text_are_a_bad_row() -> None:
    def lines() -> Iterator[str]:
        yield HEADER
        yield b"\xff".decode("utf-8")

    [bad] = read_members(lines(), MAIN)
    assert isinstance(bad, BadRow)
    assert bad.field == "row"


def test_rows_become_members() -> None:
    text = HEADER + " M-1 , Ada L. ,active\nM-2,,suspended\n"
    assert list(read_members(text.splitlines(keepends=True), MAIN)) == [ADA, BOB]


def test_one_bad_row_and_nothing_is_imported() -> None:
    world = World()
    central = world.central()
    bad = BadRow(line=3, field="status", why="is none")
    report = central.members.import_members(MAIN, [ADA, bad])
    assert report.bad == [bad]
    assert central.members.all(MAIN) == []
    assert world.fake.writes == 0


def test_importing_the_same_file_again_changes_nothing() -> None:
    central = World().central()
    first = central.members.import_members(MAIN, [ADA, BOB])
    assert (first.added, first.updated, first.unchanged) == (2, 0, 0)
    again = central.members.import_members(MAIN, [ADA, BOB])
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)


def test_an_import_updates_whom_it_knows() -> None:
    central = World().central()
    central.members.import_members(MAIN, [BOB])
    central.members.set_status(MAIN, BOB.member_id, MemberStatus.ACTIVE)
    report = central.members.import_members(MAIN, [ADA, BOB])
    assert (report.added, report.updated, report.unchanged) == (1, 1, 0)
    assert central.members.all(MAIN) == [ADA, BOB]


def test_a_status_is_changed_in_its_audience_alone() -> None:
    central = World().central()
    central.members.import_members(MAIN, [ADA])
    changed = central.members.set_status(MAIN, ADA.member_id, MemberStatus.CANCELLED)
    assert changed.status is MemberStatus.CANCELLED
    assert central.members.all(MAIN) == [changed]
    with pytest.raises(NotFoundError):
        central.members.set_status(POOL, ADA.member_id, MemberStatus.ACTIVE)


def test_only_a_change_counts_as_one() -> None:
    world = World()
    central = world.central()
    central.members.import_members(MAIN, [ADA])
    central.members.set_status(MAIN, ADA.member_id, ADA.status)
    central.members.import_members(MAIN, [ADA])
    with world.fake.read() as tx:
        assert tx.documents.revision(MAIN) == 1


def test_nobody_is_found_where_nobody_is() -> None:
    with pytest.raises(NotFoundError) as refused:
        World().central().members.set_status(MAIN, MemberId("M-9"), MemberStatus.ACTIVE)
    assert refused.value.kind == "unknown_member"


def test_a_member_with_a_good_card_is_not_erased() -> None:
    central = World().central()
    central.members.import_members(MAIN, [ADA])
    card = central.cards.issue(MAIN, ADA.member_id, Mode.PRINT)
    with pytest.raises(ConflictError, match="good still"):
        central.members.erase(MAIN, ADA.member_id)
    central.cards.take(card.card_id, CardStep.REVOKE)
    erased = central.members.erase(MAIN, ADA.member_id)
    assert erased.cards == 1
    assert erased.stand_in.startswith("erased-")
    with pytest.raises(NotFoundError):
        central.members.erase(MAIN, ADA.member_id)
