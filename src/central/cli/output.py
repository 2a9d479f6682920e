"""Options and output that the commands share."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, ParamSpec

import click

from cardcore.card import AUDIENCE_CHARS_MAX, CARD_ID_BYTES, is_plain_text
from cardcore.ids import Audience, CardId
from central.cli.given import CONFIG_HELP, DATA_HELP, Given
from central.config import Settings
from central.errors import ConfigError

WHY_CHARS_MAX: Final = 256

P = ParamSpec("P")


def _note(ctx: click.Context, _parameter: click.Parameter, value: str | Path | None) -> None:
    """A global option that stands behind the command counts as if it stood before it."""
    if value is not None and isinstance(ctx.obj, Given):
        ctx.obj = ctx.obj.amended(value)


def place_options(function: Callable[P, None]) -> Callable[P, None]:
    """``--data`` and ``--config``, which every command takes."""
    data = click.option("--data", metavar="DIR", help=DATA_HELP, expose_value=False, callback=_note)
    config = click.option(
        "--config",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help=CONFIG_HELP,
        expose_value=False,
        callback=_note,
    )
    return data(config(function))


def common_options(function: Callable[P, None]) -> Callable[P, None]:
    """What every command takes that prints a result."""
    as_json = click.option(
        "--json", "as_json", is_flag=True, help="One JSON object a line on stdout."
    )
    return as_json(place_options(function))


audience_option: Final = click.option(
    "--audience", metavar="A", help="The venue [default: main, or the setting 'audience']."
)


def _card_id(_ctx: click.Context, _parameter: click.Parameter, value: str) -> CardId:
    """The card id in ``value``, 32 hex digits in any case."""
    try:
        card_id = bytes.fromhex(value)
    except ValueError:
        card_id = b""
    if len(card_id) != CARD_ID_BYTES:
        msg = f"a card id has {2 * CARD_ID_BYTES} hex digits"
        raise click.BadParameter(msg)
    return CardId(card_id)


card_argument: Final = click.argument("card_id", metavar="CARD", callback=_card_id)


def _why(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and not is_plain_text(value, WHY_CHARS_MAX):
        msg = f"a reason has at most {WHY_CHARS_MAX} printable characters"
        raise click.BadParameter(msg)
    return value


why_option: Final = click.option(
    "--why", metavar="TEXT", default="", callback=_why, help="A reason, for the card's trail."
)


def audience_of(settings: Settings) -> Audience:
    """The audience in force.

    Raises:
        ConfigError: a name that no card could carry.
    """
    return _audience(settings.audience)


def audiences_of(settings: Settings, named: Iterable[str]) -> list[Audience]:
    """The audiences that are named, else the one in force.

    Raises:
        ConfigError: a name that no card could carry.
    """
    return [_audience(name) for name in named] or [audience_of(settings)]


def _audience(name: str) -> Audience:
    if not is_plain_text(name, AUDIENCE_CHARS_MAX):
        hint = f"must be 1 to {AUDIENCE_CHARS_MAX} printable characters"
        raise ConfigError(field="audience", value=name, hint=hint)
    return Audience(name)


def emit(fields: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """One result: an object for programs, or a line for people."""
    click.echo(json.dumps(fields, ensure_ascii=False) if as_json else text)


def examples(*lines: str) -> str:
    """The end of a command's help; the backspace keeps click from filling the lines."""
    return "\b\nExamples:\n" + "\n".join(f"  gatepost-central {line}" for line in lines)
