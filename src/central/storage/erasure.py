"""Cut what central holds of a person off from what it holds of cards: the cards stay, and are nobody's."""

import json
from typing import Final

from sqlalchemy import Connection, select

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, MemberId
from cardcore.membership import MemberStatus
from central.storage.schema import CARDS, DOCUMENTS, MEMBERS, PHONE_LINKS, PHONES
from central.storage.schema_events import CARD_TRAIL, EVENT_HEADS, OUTBOX, PROCESSED_EVENTS
from central.storage.schema_lists import SNAPSHOT_CHUNKS
from central.storage.schema_rollups import VISITS

_WITH_NAMES: Final = (DocumentKind.SNAPSHOT.value, DocumentKind.SNAPSHOT_MANIFEST.value)
_FREE_TEXT: Final = (CARD_TRAIL, OUTBOX)  # what staff wrote may name somebody


def erase_member(
    connection: Connection, audience: Audience, member_id: MemberId, stand_in: MemberId
) -> int:
    """Put ``stand_in`` in the member's place, and drop all else that tells who it was; how many cards there were."""
    run = connection.execute
    run(
        MEMBERS.insert().values(
            audience=audience, member_id=stand_in, status=MemberStatus.CANCELLED.value
        )
    )
    theirs = (CARDS.c.audience == audience) & (CARDS.c.member_id == member_id)
    cards = list(run(select(CARDS.c.card_id).where(theirs)).scalars())
    run(CARDS.update().where(theirs).values(member_id=stand_in))
    for table in (PHONES, PHONE_LINKS):
        run(table.delete().where(table.c.card_id.in_(cards)))
    for table in _FREE_TEXT:
        run(table.update().where(table.c.card_id.in_(cards)).values(why=""))
    run(VISITS.delete().where(VISITS.c.audience == audience, VISITS.c.member_id == member_id))
    # The lists that were signed before have the name, those of a chain's other venues, too; versions stay, so that the
    # next ones are newer.
    run(DOCUMENTS.update().where(DOCUMENTS.c.kind.in_(_WITH_NAMES)).values(content=b""))
    run(SNAPSHOT_CHUNKS.delete())
    told = json.dumps([audience, member_id])  # as the membership system's events name a member
    run(EVENT_HEADS.delete().where(EVENT_HEADS.c.aggregate == told))
    run(PROCESSED_EVENTS.update().where(PROCESSED_EVENTS.c.aggregate == told).values(aggregate=""))
    run(MEMBERS.delete().where(MEMBERS.c.audience == audience, MEMBERS.c.member_id == member_id))
    return len(cards)
