"""``gatepost link reset``."""

from pathlib import Path

import click

from scanner.bootstrap.report import reset_circuits
from scanner.cli.common import print_json, settings_of, with_json, with_settings


@click.group(name="link")
def command() -> None:
    """The link of this door to central.

    \b
    Examples:
      gatepost link reset
      gatepost link reset --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


@command.command(name="reset")
@with_settings
@with_json
def reset(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Close the circuits of the door that runs here, and ask central at once.

    For when central is known to be back before the door tries again by itself: a sync that waits after a fault is
    woken within a second. Nothing else changes: if central is away still, the circuits open again.
    """
    circuits = reset_circuits(settings_of(config, data=data))
    if as_json:
        print_json({"circuits": circuits})
    elif circuits:
        click.echo("The circuits close, and central is asked at once.")
    else:
        click.echo("No door runs here; the next one begins with its circuits closed.")
