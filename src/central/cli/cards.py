"""``gatepost-central card``."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import msgspec

from cardcore.card import Mode
from cardcore.ids import CardId, MemberId, UnixSeconds
from cardcore.lifecycle import CardStep
from central.bootstrap import open_central
from central.cards.tokens import PRINT_DAYS, PRINT_DAYS_MAX, MintedToken
from central.cli.given import Given
from central.cli.output import (
    audience_of,
    audience_option,
    card_argument,
    common_options,
    emit,
    examples,
    why_option,
)
from central.ports.events import COMMAND_LINE
from central.ports.records import Card, KeyUse

EXPIRES_MAX: Final = (1 << 53) - 1  # what every JSON reader holds exactly
MODES: Final = {mode.word: mode for mode in Mode}
PRINT_USES: Final = {"-8": KeyUse.PRINT_SIGNATURE, "5": KeyUse.PRINT_MAC}
STEPS: Final = {
    CardStep.ACTIVATE: "Make a card good for entry.",
    CardStep.SUSPEND: "Refuse a card until it is activated again.",
    CardStep.REVOKE: "Refuse a card for good.",
    CardStep.REISSUE: "Raise a card's generation, so that every older token of it dies.",
    CardStep.EXPIRE: "End a card, until it is reissued.",
}


@click.group(
    epilog=examples(
        "card issue M-1001",
        "card issue M-1001 --mode print --json",
        "card qr CARD -o card.svg",
        "card link CARD",
        'card suspend CARD --why "lost, maybe"',
        "card show CARD",
    )
)
def command() -> None:
    """Issue cards, make their QR codes, change their state."""


@command.command("issue", epilog=examples("card issue M-1001 --mode print"))
@click.argument("member_id", metavar="MEMBER")
@click.option("--mode", type=click.Choice(sorted(MODES)), default="rotating", show_default=True)
@click.option("--inactive", is_flag=True, help="Do not activate it yet.")
@click.option(
    "--expires-at",
    type=click.IntRange(0, EXPIRES_MAX),
    metavar="SECONDS",
    help="When it ends, in seconds since 1970 [default: never].",
)
@why_option
@audience_option
@common_options
@click.pass_obj
def issue(
    given: Given,
    *,
    member_id: str,
    mode: str,
    expires_at: int | None,
    why: str,
    audience: str | None,
    inactive: bool,
    as_json: bool,
) -> None:
    """Issue a card for a member."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        card = central.cards.issue(
            venue,
            MemberId(member_id),
            MODES[mode],
            active=not inactive,
            expires_at=None if expires_at is None else UnixSeconds(expires_at),
            by=replace(COMMAND_LINE, why=why),
        )
    emit(_fields(card), f"card {card.card_id.hex()} ({card.state.value})", as_json=as_json)


@command.command("qr", epilog=examples("card qr CARD -o card.png --valid-days 90"))
@card_argument
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A .png or an .svg file.",
)
@click.option(
    "--valid-days",
    type=click.IntRange(1, PRINT_DAYS_MAX),
    default=PRINT_DAYS,
    show_default=True,
    help="How long a printed card is good.",
)
@click.option(
    "--alg",
    type=click.Choice(sorted(PRINT_USES)),
    default="-8",
    show_default=True,
    help="Of a printed card: -8 is Ed25519, 5 is HMAC 256/256 (a smaller code).",
)
@common_options
@click.pass_obj
def make_qr(
    given: Given, card_id: CardId, file: Path, valid_days: int, alg: str, *, as_json: bool
) -> None:
    """Make a card's QR code: for months where it is printed, else one that lives for 2 minutes."""
    from central.cards.qr import check_format, write_qr

    check_format(file)
    with open_central(given.settings()) as central:
        token = central.tokens.mint(card_id, print_use=PRINT_USES[alg], print_days=valid_days)
    version = write_qr(token, file)
    if token.claims.mode is not Mode.PRINT:
        life = token.claims.expires_at - token.claims.issued_at
        click.echo(f"This code is good once, for {life} seconds from now.", err=True)
    text = (
        f"{file}: QR version {version}, good until {token.claims.expires_at} (seconds since 1970)"
    )
    emit(_token_fields(token, file, version), text, as_json=as_json)


@command.command("link", epilog=examples("card link CARD --json"))
@card_argument
@common_options
@click.pass_obj
def open_link(given: Given, card_id: CardId, *, as_json: bool) -> None:
    """Make a single-use link that brings a rotating or online card onto its member's phone, within 10 minutes."""
    with open_central(given.settings()) as central:
        link = central.tokens.open_link(card_id)
    fields = {"link": link.secret, "card_id": card_id.hex(), "expires_at": link.expires_at}
    emit(fields, link.secret, as_json=as_json)


@command.command("list", epilog=examples("card list --json"))
@audience_option
@common_options
@click.pass_obj
def list_cards(given: Given, audience: str | None, *, as_json: bool) -> None:
    """List the cards of a venue."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        for card in central.cards.all(venue):
            text = (
                f"{card.card_id.hex()}  {card.mode.word:<8} {card.state.value:<9} "
                f"generation {card.generation:<3} {card.member_id}"
            )
            emit(_fields(card), text, as_json=as_json)


@command.command("show", epilog=examples("card show CARD --json"))
@card_argument
@common_options
@click.pass_obj
def show(given: Given, card_id: CardId, *, as_json: bool) -> None:
    """Show what happened to a card: who, when, why; the oldest line first."""
    with open_central(given.settings()) as central:
        card, lines = central.trail.of(card_id)
    if not as_json:
        click.echo(f"card {card.card_id.hex()} is {card.state.value}, generation {card.generation}")
    for line in lines:
        text = f"{line.at_us}  {line.event:<13} {line.who}  {line.why}".rstrip()
        emit(msgspec.to_builtins(line), text, as_json=as_json)


def _step_command(step: CardStep, summary: str) -> click.Command:
    @card_argument
    @why_option
    @common_options
    @click.pass_obj
    def take(given: Given, card_id: CardId, why: str, *, as_json: bool) -> None:
        with open_central(given.settings()) as central:
            card = central.cards.take(card_id, step, by=replace(COMMAND_LINE, why=why))
        text = f"card {card.card_id.hex()} is {card.state.value}, generation {card.generation}"
        emit(_fields(card), text, as_json=as_json)

    example = examples(f"card {step.value} CARD")
    return command.command(step.value, help=summary, epilog=example)(take)


def _fields(card: Card) -> dict[str, object]:
    return {
        "card_id": card.card_id.hex(),
        "member_id": card.member_id,
        "audience": card.audience,
        "mode": card.mode.word,
        "state": card.state.value,
        "generation": card.generation,
        "expires_at": card.expires_at,
    }


def _token_fields(token: MintedToken, file: Path, version: int) -> dict[str, object]:
    return {
        "file": str(file),
        "card_id": token.claims.card_id.hex(),
        "mode": token.claims.mode.word,
        "alg": token.alg.value,
        "kid": token.kid.hex(),
        "issued_at": token.claims.issued_at,
        "expires_at": token.claims.expires_at,
        "qr_version": version,
    }


for _step, _summary in STEPS.items():
    _step_command(_step, _summary)
