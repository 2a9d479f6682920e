"""The lines of the route table that are for members' phones."""

from cardcore.office import CardAnswer, TokenAnswer, TokenRequest
from cardcore.phone import PHONE_ROOT, LinkAnswer, LinkClaim
from central.cards.phone_routes import PhoneRoutes
from central.cards.routes import CardRoutes
from central.errors import Kind
from central.ops.endpoints import Endpoint, ForPhones


def phone_endpoints(cards: CardRoutes, phones: PhoneRoutes) -> list[Endpoint]:
    """What a member's phone asks."""
    return [
        Endpoint(
            method="POST",
            path=f"{PHONE_ROOT}/links/claim",
            summary="Give a member's phone its card, once.",
            takes=LinkClaim,
            gives=LinkAnswer,
            handler=cards.claim_link,
            problems=(Kind.LINK_REFUSED, Kind.TOO_MANY_TRIES),
        ),
        Endpoint(
            method="GET",
            path=f"{PHONE_ROOT}/cards/{{card_id}}",
            summary="The phone's own card.",
            gives=CardAnswer,
            handler=ForPhones(handler=phones.show),
            problems=(Kind.UNKNOWN_CARD,),
        ),
        Endpoint(
            method="POST",
            path=f"{PHONE_ROOT}/cards/{{card_id}}/token",
            summary="A token of the phone's own card that is good once, within two minutes (mode 0).",
            takes=TokenRequest,
            gives=TokenAnswer,
            handler=ForPhones(handler=phones.token),
            problems=(Kind.UNKNOWN_CARD, Kind.ILLEGAL_STEP),
        ),
        Endpoint(
            method="POST",
            path=f"{PHONE_ROOT}/cards/{{card_id}}/key",
            summary="What the phone needs to show its own card from now on.",
            takes=TokenRequest,
            gives=LinkAnswer,
            handler=ForPhones(handler=phones.key),
            problems=(Kind.UNKNOWN_CARD, Kind.ILLEGAL_STEP),
        ),
    ]
