"""``gatepost status``."""

from pathlib import Path

import click

from scanner.bootstrap.report import door_status
from scanner.cli.common import print_json, settings_of, with_json, with_settings


@click.command(name="status")
@with_settings
@with_json
def command(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show how this door is: who it is, how old its lists are, what is still to hand over.

    \b
    Examples:
      gatepost status
      gatepost status --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    status = door_status(settings_of(config, data=data))
    if as_json:
        print_json(status)
        return
    for name, value in status.items():
        shown = "none" if value is None else value
        click.echo(f"{name.replace('_', ' '):<22} {shown}")
