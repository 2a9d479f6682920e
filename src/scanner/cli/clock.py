"""``gatepost clock reset``."""

from datetime import UTC, datetime
from pathlib import Path

import click

from cardcore.ids import UnixSeconds
from scanner.bootstrap.clock import clock_state, reset_clock
from scanner.bootstrap.eyes import system_clock
from scanner.cli.common import print_json, settings_of, with_json, with_settings


@click.group(name="clock")
def command() -> None:
    """The clock of this door, and whether it is believed.

    \b
    Examples:
      gatepost clock reset
      gatepost clock reset --yes --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


@command.command(name="reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings
@with_json
def reset(config: Path | None, data: str | None, *, yes: bool, as_json: bool) -> None:
    """Believe the machine's clock from now on, after you have compared it with another.

    A door whose clock reads earlier than what it has seen signed judges no card. If the clock is right and what was
    seen was wrong, this takes the present instant for the earliest possible one. It is written down, and central hears of it.
    """
    settings = settings_of(config, data=data)
    before = clock_state(settings, system_clock().now())
    click.echo(f"This machine's clock reads {_shown(before.now)}.", err=True)
    click.echo(f"By this door's log, {_shown(before.floor)} has passed already.", err=True)
    if not yes:
        click.confirm("Is the clock right?", abort=True, err=True)
    seq = reset_clock(settings)
    if as_json:
        print_json({"was": before.trust.value, "floor_was": before.floor, "seq": seq})
    else:
        click.echo(f"The clock is believed again; entry {seq} of the log says so.")


def _shown(at: UnixSeconds) -> str:
    return f"{datetime.fromtimestamp(at, tz=UTC):%Y-%m-%d %H:%M:%S}Z" if at else "nothing"
