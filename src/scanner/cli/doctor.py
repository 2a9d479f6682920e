"""``gatepost doctor``."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from scanner.bootstrap.doctor import State, examine
from scanner.cli.common import print_json, printable, settings_of, with_json, with_settings

_FAULT: Final = 1
_COLOURS: Final = {State.GOOD: "green", State.POOR: "yellow", State.BAD: "red"}


@click.command(name="doctor")
@click.option("--source", metavar="SRC", help="What to look through: a camera, a video, a folder.")
@with_settings
@with_json
def command(source: str | None, config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Say whether this machine is fit to be a door, and what to change. Hold a card before the camera meanwhile.

    \b
    Examples:
      gatepost doctor
      gatepost doctor --source folder:pictures/ --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    checks = examine(settings_of(config, data=data, source=source))
    for check in checks:
        if as_json:
            print_json(asdict(check))
            continue
        click.secho(f"{check.state.value:<5}", fg=_COLOURS[check.state], nl=False)
        click.echo(f" {check.name:<9} {printable(check.found)}")
        if check.advice:
            click.echo(f"{'':<16}→ {printable(check.advice)}")
    if any(check.state is State.BAD for check in checks):
        click.get_current_context().exit(_FAULT)
