"""A member's phone, simulated: claims a link from central once, then makes rotating cards offline.

    python tools/phone.py claim http://127.0.0.1:8080 LINK -o phone.json
    python tools/phone.py token phone.json
    python tools/phone.py token phone.json --central http://127.0.0.1:8080
    python tools/phone.py key http://127.0.0.1:8080 phone.json
    python tools/phone.py online http://127.0.0.1:8080 phone.json

The phone knows its own card and nothing else. It asks nobody when it shows a rotating card; for an online one it asks
central. Its card key signs until an instant that it was told; from then on it asks for the next one when it can, and goes
on with the old one while it cannot: doors verify that for weeks.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

import httpx

from cardcore import wire
from cardcore.card import NONCE_BYTES_MIN, Claims, Mode
from cardcore.errors import CardcoreError
from cardcore.ids import Audience, CardId, Kid, Nonce, UnixSeconds
from cardcore.keyset import parse_alg
from cardcore.office import TokenAnswer
from cardcore.phone import PHONE_ROOT, LinkAnswer, LinkClaim
from cardcore.signing import mint_with_card_key

TOKEN_LIFE_S: Final = 30  # a screenshot passed on is old by the time it arrives
TIMEOUT_S: Final = 10.0
Gives = TypeVar("Gives")


class PhoneError(Exception):
    """Central refused the link, or cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone with a card on it."""

    card: LinkAnswer = field(repr=False)
    randomness: Callable[[int], bytes] = field(default=secrets.token_bytes, repr=False)

    def token(self, now: int, *, life_s: int = TOKEN_LIFE_S, issued_at: int | None = None) -> str:
        """The text of a fresh card, good for ``life_s`` seconds from ``issued_at``, else from ``now``."""
        if self.card.card_key is None:
            msg = "an online card has no key: ask central with the command online"
            raise PhoneError(msg)
        start = now if issued_at is None else issued_at
        claims = Claims(
            audience=Audience(self.card.audience),
            expires_at=UnixSeconds(start + life_s),
            issued_at=UnixSeconds(start),
            nonce=Nonce(self.randomness(NONCE_BYTES_MIN)),
            mode=Mode.ROTATING,
            card_id=CardId(bytes.fromhex(self.card.card_id)),
            generation=self.card.generation,
        )
        return mint_with_card_key(
            claims,
            kid=Kid(bytes.fromhex(self.card.kid)),
            alg=parse_alg(self.card.alg),
            card_key=bytes.fromhex(self.card.card_key),
        )


def claim(url: str, link: str) -> Phone:
    """A phone with the card of this link.

    Raises:
        PhoneError: central refused, or cannot be reached.
    """
    return Phone(card=_asked(url, "/links/claim", wire.serialise(LinkClaim(link=link)), LinkAnswer))


def _asked(
    url: str,
    path: str,
    body: bytes,
    gives: type[Gives],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Gives:
    try:
        response = httpx.post(
            f"{url.rstrip('/')}{PHONE_ROOT}{path}",
            content=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=TIMEOUT_S,
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        msg = f"central cannot be reached: {error}"
        raise PhoneError(msg) from error
    try:
        if response.status_code != httpx.codes.OK:
            problem = wire.parse(response.content, wire.Problem)
            raise PhoneError(problem.title)
        return wire.parse(response.content, gives)
    except CardcoreError as error:
        msg = f"central answered something else: {error}"
        raise PhoneError(msg) from error


def online(url: str, phone: Phone) -> TokenAnswer:
    """A token of mode 0 from central, good once within two minutes.

    Raises:
        PhoneError: central refused, or cannot be reached.
    """
    path = f"/cards/{phone.card.card_id}/token"
    headers = {"Authorization": f"Bearer {phone.card.phone_token}"}
    return _asked(url, path, b"{}", TokenAnswer, headers)


def with_next_key(url: str, phone: Phone) -> Phone:
    """The same phone with the card key that signs now; it may be the one it has.

    Raises:
        PhoneError: central refused, or cannot be reached.
    """
    path = f"/cards/{phone.card.card_id}/key"
    headers = {"Authorization": f"Bearer {phone.card.phone_token}"}
    card = _asked(url, path, b"{}", LinkAnswer, headers)
    return replace(phone, card=replace(card, phone_token=phone.card.phone_token))


def is_due(phone: Phone, now: int) -> bool:
    """Whether the card key signs no more, and the phone has to ask for the next."""
    return phone.card.card_key is not None and now >= phone.card.signs_until


def save(phone: Phone, path: Path) -> None:
    """Keep the card in a file that only its owner reads."""
    opener = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opener, "wb") as file:
        file.write(wire.serialise(phone.card))


def load(path: Path) -> Phone:
    """The phone whose card was kept in a file."""
    return Phone(card=wire.parse(path.read_bytes(), LinkAnswer))


def _ready(path: Path, url: str | None, now: int) -> Phone:
    """The phone in a file, with the next card key where that is due and central answers."""
    phone = load(path)
    if url is not None and is_due(phone, now):
        try:
            phone = with_next_key(url, phone)
            save(phone, path)
        except PhoneError as error:
            print(f"phone: goes on with the key it has: {error}", file=sys.stderr)
    return phone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    claiming = commands.add_parser("claim", help="claim a link and keep the card in a file")
    claiming.add_argument("url")
    claiming.add_argument("link")
    claiming.add_argument("-o", "--output", type=Path, required=True)
    showing = commands.add_parser("token", help="make a token")
    showing.add_argument("file", type=Path)
    showing.add_argument("--at", type=int, help="seconds since 1970, else now")
    showing.add_argument("--central", help="where the next card key is asked for when it is due")
    renewing = commands.add_parser("key", help="ask central for the next card key and keep it")
    renewing.add_argument("url")
    renewing.add_argument("file", type=Path)
    asking = commands.add_parser("online", help="ask central for a token")
    asking.add_argument("url")
    asking.add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    try:
        if given.command == "claim":
            save(claim(given.url, given.link), given.output)
        elif given.command == "online":
            print(online(given.url, load(given.file)).token)
        elif given.command == "key":
            save(with_next_key(given.url, load(given.file)), given.file)
        else:
            now = int(time.time()) if given.at is None else given.at
            print(_ready(given.file, given.central, now).token(now))
    except (PhoneError, CardcoreError, OSError) as error:
        print(f"phone: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
