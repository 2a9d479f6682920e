"""``gatepost scan``."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cardcore.audit import Outcome
from cardcore.card import INSTANT_LIMIT
from cardcore.ids import UnixSeconds
from cardcore.reasons import Reason
from scanner.bootstrap.door import open_scan
from scanner.cli import FAULT
from scanner.cli.answers import NO_CARD_COLOUR, OUTCOME_COLOURS, describe
from scanner.cli.common import (
    print_json,
    printable,
    settings_of,
    shown_path,
    with_json,
    with_settings,
)
from scanner.cli.pictures import STDIN, expand
from scanner.door.decision import outcome_of
from scanner.door.verdict import verdict_of
from scanner.lane import StillAnswers, StillLane
from scanner.pipeline import Answer


@click.command(name="scan")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--at",
    type=click.IntRange(0, INSTANT_LIMIT - 1),
    metavar="SECONDS",
    help="Judge at this instant (rehearsal only).",
)
@click.option("--rehearsal", is_flag=True, help="On a rehearsal ledger, made if there is none.")
@click.option("--kiosk", is_flag=True, default=None, help="By the venue's rules for a kiosk.")
@with_settings
@with_json
def command(
    paths: tuple[Path, ...],
    at: int | None,
    config: Path | None,
    data: str | None,
    *,
    rehearsal: bool,
    kiosk: bool | None,
    as_json: bool,
) -> None:
    """Judge the cards in pictures, or in all pictures of a folder, and write each verdict to the ledger.

    A card is one presentation each time it is seen; nothing is debounced. PATH may be - to read
    paths from standard input, a line each.

    \b
    Examples:
      gatepost scan card.png
      gatepost scan pictures/ --json
      find /spool -name '*.png' | gatepost scan - --json
      gatepost scan fixtures/qr --rehearsal --at 1790000000 --data /tmp/rehearsal
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    settings = settings_of(config, data=data, kiosk=kiosk)
    instant = None if at is None else UnixSeconds(at)
    written = True
    with open_scan(settings, rehearsal=rehearsal or None, at=instant) as lane:
        for path, found in _answers(lane, paths):
            if isinstance(found, str):
                _show_none(path, found, as_json=as_json)
                continue
            for answer, total in found:
                _show(path, answer, total, as_json=as_json)
                written = written and answer.decision.reason is not Reason.LEDGER_UNWRITABLE
    if not written:
        sys.exit(FAULT)


def _answers(lane: StillLane, paths: tuple[Path, ...]) -> Iterator[tuple[Path, StillAnswers]]:
    """Read ahead, unless paths come one by one: whoever writes one to standard input waits for its answer."""
    if STDIN in paths:
        return ((path, lane.answers(path)) for path in expand(paths))
    return lane.all_answers(expand(paths))


def _show_none(path: Path, why: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": shown_path(path), "decision": None, "reason": why})
    else:
        click.echo(
            f"{click.style('–'.ljust(7), fg=NO_CARD_COLOUR)} {why.replace('_', ' ')}  {_printable(path)}"
        )


def _show(path: Path, answer: Answer, total_us: int, *, as_json: bool) -> None:
    if answer.trouble:
        click.secho(f"gatepost: {answer.trouble}", fg="red", err=True)
    if as_json:
        print_json({"file": shown_path(path)} | describe(answer, total_us))
        return
    verdict = verdict_of(answer.decision)
    outcome: Outcome = outcome_of(answer.decision)
    word = click.style(verdict.word.ljust(7), fg=OUTCOME_COLOURS[outcome], bold=True)
    advice = f" – {verdict.advice}" if verdict.advice else ""
    name = f"  {printable(answer.display_name)}" if answer.display_name else ""
    click.echo(f"{word} {verdict.rule}{advice}{name}  {_printable(path)}")


def _printable(path: Path) -> str:
    return printable(shown_path(path))
