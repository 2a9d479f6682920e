"""GET /cards/{card_id}/status and its like for members, GET /devices/me/snapshot, and POST /links/claim for phones."""

from cardcore import wire
from cardcore.card import CARD_ID_BYTES
from cardcore.ids import CardId, MemberId
from cardcore.phone import LinkClaim
from cardcore.snapshot_chunk import CHUNK_HASH_BYTES
from central.auth import TryLimiter
from central.cards.service import StandingService
from central.cards.snapshots import SnapshotService
from central.cards.tokens import TokenService
from central.errors import Kind, NotFoundError
from central.ports.call import Answer, Call, answer_of, document_answer
from central.ports.records import Device


class CardRoutes:
    """What doors and phones ask about cards."""

    def __init__(
        self,
        *,
        standings: StandingService,
        snapshots: SnapshotService,
        tokens: TokenService,
        tries: TryLimiter,
    ) -> None:
        self._standings = standings
        self._snapshots = snapshots
        self._tokens = tokens
        self._tries = tries

    def status(self, call: Call, device: Device) -> Answer:
        """How one card of the device's audience stands."""
        standing = self._standings.status(device.audience, card_id_in(call))
        beta = call.version == wire.BETA_VERSION
        return answer_of(_in_beta(standing) if beta else standing)

    def member_status(self, call: Call, device: Device) -> Answer:
        """How one member of the device's audience stands."""
        member_id = MemberId(call.path["member_id"])
        return answer_of(self._standings.member_status(device.audience, member_id))

    def snapshot(self, call: Call, device: Device) -> Answer:
        """The signed snapshot of the device's audience, in one piece."""
        return document_answer(self._standings.snapshot(device.audience), call)

    def manifest(self, call: Call, device: Device) -> Answer:
        """The signed manifest of the snapshot of the device's audience."""
        return document_answer(self._snapshots.manifest(device.audience), call)

    def chunk(self, call: Call, device: Device) -> Answer:
        """A chunk of that snapshot, by its hash."""
        digest = _hex_in(call.path["chunk"], CHUNK_HASH_BYTES)
        if digest is None:
            raise NotFoundError(Kind.NOT_FOUND)
        content = self._snapshots.chunk(device.audience, digest)
        return Answer(body=content, media_type=wire.CHUNK_TYPE)

    def claim_link(self, call: Call) -> Answer:
        """A phone gets its card key."""
        self._tries.count(call.address)
        claim = wire.parse(call.body, LinkClaim)
        return answer_of(self._tokens.claim_link(claim.link))


def card_id_in(call: Call) -> CardId:
    """The card id in a path; what is none is unknown."""
    card_id = _hex_in(call.path["card_id"], CARD_ID_BYTES)
    if card_id is None:
        raise NotFoundError(Kind.UNKNOWN_CARD)
    return CardId(card_id)


def _hex_in(text: str, size: int) -> bytes | None:
    """So many bytes in lower-case hex; None where it is anything else."""
    if len(text) != 2 * size or not set(text) <= set("0123456789abcdef"):
        return None
    return bytes.fromhex(text)


def _in_beta(answer: wire.CardStatusAnswer) -> wire.CardStatusBeta:
    """A card's status as version 2.0-beta tells it."""
    root = f"/api/v{wire.BETA_VERSION}"
    return wire.CardStatusBeta(
        card_id=answer.card_id,
        state=answer.state,
        generation=answer.generation,
        standing=wire.MemberStanding(
            status=answer.member_status, display_name=answer.display_name, as_of=answer.as_of
        ),
        links=wire.CardLinks(
            self=f"{root}/cards/{answer.card_id}/status", snapshot=f"{root}/devices/me/snapshot"
        ),
    )
