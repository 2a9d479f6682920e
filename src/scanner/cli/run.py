"""``gatepost run``."""

from pathlib import Path

import click

from scanner.bootstrap.door import open_lane
from scanner.bootstrap.step import sync_beside
from scanner.cli.answers import OUTCOME_COLOURS, describe
from scanner.cli.common import print_json, printable, settings_of, with_json, with_settings
from scanner.door.decision import outcome_of
from scanner.door.verdict import verdict_of
from scanner.pipeline import Answer


@click.command(name="run")
@click.option(
    "--source",
    metavar="SRC",
    help="camera:0, camera:/dev/v4l/by-id/NAME, video:FILE, folder:DIR or folder:DIR@FPS.",
)
@click.option("--kiosk", is_flag=True, default=None, help="By the venue's rules for a kiosk.")
@with_settings
@with_json
def command(
    source: str | None,
    config: Path | None,
    data: str | None,
    *,
    kiosk: bool | None,
    as_json: bool,
) -> None:
    """Read cards from a camera, decide, and print a line a card; keeps in step with central meanwhile.

    It ends when the source does, or on Ctrl-C. A card held in view is one presentation.

    \b
    Examples:
      gatepost run
      gatepost run --source folder:pictures@10 --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    settings = settings_of(config, data=data, source=source, kiosk=kiosk)
    with open_lane(settings) as lane, sync_beside(settings) as worker:
        for answer in lane.answers():
            _show(answer, as_json=as_json)
            worker.wake()


def _show(answer: Answer, *, as_json: bool) -> None:
    if answer.trouble:
        click.secho(f"gatepost: {answer.trouble}", fg="red", err=True)
    if as_json:
        print_json(describe(answer, sum(answer.stages.values())))
        return
    verdict = verdict_of(answer.decision)
    colour = OUTCOME_COLOURS[outcome_of(answer.decision)]
    word = click.style(verdict.word.ljust(7), fg=colour, bold=True)
    advice = f" – {verdict.advice}" if verdict.advice else ""
    click.echo(f"{word} {verdict.rule}{advice}  {printable(answer.display_name or '')}".rstrip())
