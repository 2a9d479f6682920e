"""A central with its members and their phones, made once; every day begins with a copy of it."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cardcore.card import Mode
from cardcore.ids import Audience, DoorId, MemberId
from cardcore.membership import MemberStatus
from central.bootstrap import Central, open_central
from central.config import load_settings
from central.ports.records import Member
from tests.fakes.protocol_central import scratch
from tools.phone import Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Central's data folder, and a phone with a rotating card for each member."""

    folder: "tempfile.TemporaryDirectory[str]"
    phones: tuple[Phone, ...]

    @property
    def data(self) -> Path:
        return Path(self.folder.name)


@cache
def prepared(members: int) -> Prepared:
    """So many members, each with a card on a phone."""
    folder = scratch()
    settings = load_settings(data=folder.name)
    audience = Audience(settings.audience)
    people = [
        Member(
            member_id=MemberId(f"M-{number}"),
            audience=audience,
            display_name=f"Member {number}",
            status=MemberStatus.ACTIVE,
        )
        for number in range(members)
    ]
    with open_central(settings) as central:
        central.members.import_members(audience, people)
        phones = tuple(_phone_of(central, member) for member in people)
    return Prepared(folder=folder, phones=phones)


def codes_for(data: Path, doors: list[str], each: int) -> dict[str, list[str]]:
    """So many codes for each door, made while nobody else is at the database."""
    settings = load_settings(data=str(data))
    with open_central(settings) as central:
        return {
            door: [
                central.devices.make_code(Audience(settings.audience), DoorId(door)).text
                for _ in range(each)
            ]
            for door in doors
        }


def _phone_of(central: Central, member: Member) -> Phone:
    card = central.cards.issue(member.audience, member.member_id, Mode.ROTATING)
    link = central.tokens.open_link(card.card_id)
    return Phone(card=central.tokens.claim_link(link.secret))
