"""Members: imported as a whole or not at all, and their status."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cardcore.card import is_plain_text
from cardcore.ids import Audience, MemberId
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from cardcore.snapshot_document import DISPLAY_NAME_CHARS_MAX
from central.errors import ConflictError, Kind, NotFoundError
from central.ports.records import Member
from central.ports.storage import Storage, Transaction
from central.ports.world import Randomness

DEAD: Final = frozenset((CardState.REVOKED, CardState.EXPIRED))
STAND_IN_BYTES: Final = 8
HEADER: Final = ("member_id", "display_name", "status")
MEMBER_ID_CHARS_MAX: Final = 64
STATUSES: Final = {status.value: status for status in MemberStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be imported: its line in the file, the field, and why."""

    line: int
    field: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did; ``bad`` is empty or nothing was imported."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: Sequence[BadRow] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """A member's new status; ``display_name`` is None where nothing is said of it."""

    audience: Audience
    member_id: MemberId
    status: MemberStatus
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Whose the cards of an erased member are now, and how many they are."""

    stand_in: MemberId
    cards: int


class MemberService:
    """Takes members in and changes their status."""

    def __init__(self, *, storage: Storage, randomness: Randomness) -> None:
        self._storage = storage
        self._randomness = randomness

    def import_members(self, audience: Audience, rows: Iterable[Member | BadRow]) -> ImportReport:
        """Import all of ``rows``, or none of them where one is bad. The same file again changes nothing."""
        read = list(rows)
        bad = [row for row in read if isinstance(row, BadRow)]
        if bad:
            return ImportReport(bad=bad)
        members = [row for row in read if isinstance(row, Member)]
        with self._storage.write() as tx:
            tx.documents.hold(audience)
            before = {member.member_id: member for member in tx.members.of(audience)}
            changed = [member for member in members if before.get(member.member_id) != member]
            if changed:
                tx.documents.touch(audience)
                tx.members.put(changed)
        added = sum(member.member_id not in before for member in changed)
        return ImportReport(
            added=added,
            updated=len(changed) - added,
            unchanged=len(members) - len(changed),
        )

    def set_status(self, audience: Audience, member_id: MemberId, status: MemberStatus) -> Member:
        """Change a member's status.

        Raises:
            NotFoundError: no such member.
        """
        with self._storage.write() as tx:
            tx.documents.hold(audience)
            member = tx.members.find(audience, member_id)
            if member is None:
                raise NotFoundError(Kind.UNKNOWN_MEMBER, f"{member_id} in {audience}")
            changed = replace(member, status=status)
            if changed != member:
                tx.documents.touch(audience)
                tx.members.put([changed])
        return changed

    def erase(self, audience: Audience, member_id: MemberId) -> Erased:
        """Forget who a member is: their cards are those of a stand-in from now on, who is nobody.

        Raises:
            NotFoundError: no such member.
            ConflictError: a card of theirs is good still; revoke it first.
        """
        with self._storage.write() as tx:
            tx.documents.touch(audience)
            if tx.members.find(audience, member_id) is None:
                raise NotFoundError(Kind.UNKNOWN_MEMBER, f"{member_id} in {audience}")
            cards = [card for card in tx.cards.of(audience) if card.member_id == member_id]
            if any(card.state not in DEAD for card in cards):
                raise ConflictError(Kind.ILLEGAL_STEP, f"{member_id} has a card that is good still")
            stand_in = MemberId(f"erased-{self._randomness(STAND_IN_BYTES).hex()}")
            return Erased(stand_in=stand_in, cards=tx.members.erase(audience, member_id, stand_in))

    def apply(self, tx: Transaction, change: MemberChange) -> None:
        """What the membership system says of a member, who is added where nobody knew them."""
        tx.documents.hold(change.audience)
        before = tx.members.find(change.audience, change.member_id)
        name = change.display_name
        if name is None and before is not None:
            name = before.display_name
        member = Member(
            member_id=change.member_id,
            audience=change.audience,
            display_name=name,
            status=change.status,
        )
        if member != before:
            tx.documents.touch(change.audience)
            tx.members.put([member])

    def all(self, audience: Audience) -> Sequence[Member]:
        """Every member of an audience."""
        with self._storage.read() as tx:
            return tx.members.of(audience)


def read_members(lines: Iterable[str], audience: Audience) -> Iterator[Member | BadRow]:
    """The rows of a CSV file with the header ``member_id,display_name,status``. Never raises on what it reads."""
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, None)
        if header is None or tuple(name.strip() for name in header) != HEADER:
            yield BadRow(line=1, field="header", why=f"must be {','.join(HEADER)}")
            return
        seen: set[str] = set()
        for row in reader:
            if row:
                yield _read_row(row, reader.line_num, audience, seen)
    except (csv.Error, UnicodeDecodeError) as error:
        yield BadRow(line=reader.line_num + 1, field="row", why=f"is not CSV in UTF-8: {error}")


def _read_row(row: list[str], line: int, audience: Audience, seen: set[str]) -> Member | BadRow:
    if len(row) != len(HEADER):
        return BadRow(line=line, field="row", why=f"has {len(row)} fields, not {len(HEADER)}")
    member_id, name, status = (value.strip() for value in row)
    fault = _fault_in(member_id, name, status)
    if fault is not None:
        return BadRow(line=line, field=fault[0], why=fault[1])
    if member_id in seen:
        return BadRow(line=line, field="member_id", why="stands in the file twice")
    seen.add(member_id)
    return Member(
        member_id=MemberId(member_id),
        audience=audience,
        display_name=name or None,
        status=STATUSES[status],
    )


def _fault_in(member_id: str, name: str, status: str) -> tuple[str, str] | None:
    if not is_plain_text(member_id, MEMBER_ID_CHARS_MAX):
        return "member_id", f"must be 1 to {MEMBER_ID_CHARS_MAX} printable characters"
    if name and not is_plain_text(name, DISPLAY_NAME_CHARS_MAX):
        return "display_name", f"must be at most {DISPLAY_NAME_CHARS_MAX} printable characters"
    if status not in STATUSES:
        return "status", f"must be one of {', '.join(STATUSES)}"
    return None
