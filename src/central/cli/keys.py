"""``gatepost-central keys``."""

import sys
from datetime import UTC, datetime
from typing import Final

import click

from cardcore.card import Mode
from cardcore.ids import Kid
from cardcore.token import KID_BYTES
from central.bootstrap import Central, open_central
from central.cli.given import Given
from central.cli.output import (
    audience_of,
    audience_option,
    common_options,
    emit,
    examples,
    why_option,
)
from central.keys.revocation import MICROS, Exposure, Reissued
from central.keys.service import AUDIENCE_USES
from central.ports.events import COMMAND_LINE
from central.ports.key_trail import KeyRevocation
from central.ports.records import IssuerKey

_USES: Final = {use.value: use for use in AUDIENCE_USES}


def _kid(_ctx: click.Context, _parameter: click.Parameter, value: str) -> Kid:
    try:
        kid = bytes.fromhex(value)
    except ValueError:
        kid = b""
    if len(kid) != KID_BYTES:
        msg = f"a key id has {2 * KID_BYTES} hex digits"
        raise click.BadParameter(msg)
    return Kid(kid)


_kid_argument: Final = click.argument("kid", metavar="KID", callback=_kid)


@click.group(
    epilog=examples(
        "keys list --json", "keys rotate", "keys revoke 0a1b2c3d", "keys exposure 0a1b2c3d"
    )
)
def command() -> None:
    """List issuer keys, rotate them, revoke one that somebody else may have."""


@command.command("list", epilog=examples("keys list --audience pool"))
@audience_option
@common_options
@click.pass_obj
def list_keys(given: Given, audience: str | None, *, as_json: bool) -> None:
    """List the keys of a venue, and the root that signs documents. No secret is shown."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        _emit_keys([*central.keys.all(venue), *central.keys.all(None)], as_json=as_json)


@command.command(
    "rotate", epilog=examples("keys rotate", "keys rotate --use screen", "keys rotate --root")
)
@click.option(
    "--use", "uses", multiple=True, type=click.Choice(sorted(_USES)), help="Of this use alone."
)
@click.option("--root", is_flag=True, help="The root that signs documents, for every venue.")
@audience_option
@common_options
@click.pass_obj
def rotate(
    given: Given, uses: tuple[str, ...], audience: str | None, *, root: bool, as_json: bool
) -> None:
    """Make the next keys. They sign once doors know them; the ones before verify what they signed until it expires.

    The schedule does so by itself while `serve` or `worker` runs. Doors follow a new root by themselves.
    """
    if root and uses:
        msg = "--root and --use exclude each other"
        raise click.UsageError(msg)
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        if root:
            central.signed.rotation.rotate_root()
            _emit_keys(central.keys.all(None), as_json=as_json)
            return
        wanted = [_USES[use] for use in uses] or list(AUDIENCE_USES)
        _emit_keys(central.signed.rotation.rotate(venue, wanted), as_json=as_json)


@command.command(
    "revoke", epilog=examples('keys revoke 0a1b2c3d --why "the scanner of door 2 was stolen"')
)
@_kid_argument
@why_option
@common_options
@click.pass_obj
def revoke(given: Given, kid: Kid, why: str, *, as_json: bool) -> None:
    """Let doors refuse a key that somebody else may have, from their next refresh on, and make anew what it signed.

    Prints every card that was reissued, and what to tell its member. Interrupted, give the command again: it goes on.
    """
    with open_central(given.settings()) as central:
        revocation = central.signed.revocations.revoke(kid, why=why)
        click.echo(
            f"Key {kid.hex()} is revoked since {_time(revocation.revoked_at)}; doors refuse it with "
            f"key set {_key_sets(revocation)} or later. `keys exposure {kid.hex()}` shows which have it.",
            err=True,
        )
        for card in _reissued(central, kid):
            told = _told(card)
            fields = {
                "card_id": card.card_id.hex(),
                "member_id": card.member_id,
                "mode": card.mode.word,
                "tell": told,
            }
            emit(fields, f"{card.member_id}  {card.card_id.hex()}  {told}", as_json=as_json)


@command.command("exposure", epilog=examples("keys exposure 0a1b2c3d --json"))
@_kid_argument
@common_options
@click.pass_obj
def exposure(given: Given, kid: Kid, *, as_json: bool) -> None:
    """Show how long each door went on accepting a key after it was revoked."""
    with open_central(given.settings()) as central:
        revocation, doors = central.signed.revocations.exposure(kid)
        for door in doors:
            emit(
                _exposure_fields(door, revocation.revoked_at),
                _exposure_text(door, revocation.revoked_at),
                as_json=as_json,
            )


def _key_sets(revocation: KeyRevocation) -> str:
    """From which on doors refuse the key; at a chain's venues each counts for itself."""
    if len(revocation.venues) == 1:
        return ", ".join(map(str, revocation.venues.values()))
    each = (f"{version} ({audience})" for audience, version in sorted(revocation.venues.items()))
    return ", ".join(each)


def _reissued(central: Central, kid: Kid) -> list[Reissued]:
    """The cards made anew, with a line of progress where a person watches."""
    count = 0

    def progress(more: int) -> None:
        nonlocal count
        count += more
        if sys.stderr.isatty():
            click.echo(f"\rReissued {count} cards", nl=False, err=True)

    cards = central.signed.revocations.reissue(kid, by=COMMAND_LINE, progress=progress)
    if count and sys.stderr.isatty():
        click.echo(err=True)
    return cards


def _told(card: Reissued) -> str:
    if card.mode is Mode.PRINT:
        return f"print the card again: gatepost-central card qr {card.card_id.hex()} -o card.png"
    if card.on_phone:
        return "open the app once while online: it gets its new key by itself"
    return f"bring the card onto the phone again: gatepost-central card link {card.card_id.hex()}"


def _exposure_fields(door: Exposure, revoked_at: int) -> dict[str, object]:
    learned = door.learned_at
    return {
        "device_id": door.device_id,
        "door": door.door,
        "audience": door.audience,
        "revoked_at": revoked_at,
        "learned_us": learned,
        "accepted_for_s": None if learned is None else _seconds(door, revoked_at),
        "admitted": door.admitted,
        "last_admitted_us": door.last_at,
    }


def _exposure_text(door: Exposure, revoked_at: int) -> str:
    if door.learned_at is None:
        until = "has not told yet that it refuses the key"
    else:
        until = f"refuses it since {_seconds(door, revoked_at)} s after it was revoked"
    last = "" if door.last_at is None else f", the last at {_time(door.last_at // MICROS)}"
    return f"{door.door}  {door.device_id}  {until}; admitted {door.admitted} under it since{last}"


def _seconds(door: Exposure, revoked_at: int) -> int:
    return max(0, (door.learned_at or 0) // MICROS - revoked_at)


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%d %H:%M:%S}Z"


def _emit_keys(keys: list[IssuerKey], *, as_json: bool) -> None:
    for key in keys:
        text = (
            f"{key.kid.hex()}  {key.use.value:<15} alg {key.use.alg.value:<2} {key.state.value:<8} "
            f"signs {_time(key.not_before)} to {_time(key.signs_until)}"
        )
        emit(_fields(key), text, as_json=as_json)


def _fields(key: IssuerKey) -> dict[str, object]:
    return {
        "kid": key.kid.hex(),
        "use": key.use.value,
        "alg": key.use.alg.value,
        "audience": key.audience,
        "state": key.state.value,
        "not_before": key.not_before,
        "signs_until": key.signs_until,
        "expires_at": key.expires_at,
    }
