"""``gatepost status``."""

from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.bootstrap.report import CircuitReport, circuit_reports, door_status
from scanner.bootstrap.safekeeping import ADVICE, safekeeping
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
    settings = settings_of(config, data=data)
    status = door_status(settings)
    if as_json:
        print_json(status)
        return
    for in_words in ("circuits", "secret"):  # below
        del status[in_words]
    for name, value in status.items():
        shown = "none" if value is None else value
        click.echo(f"{name.replace('_', ' '):<22} {shown}")
    for circuit in circuit_reports(settings):
        click.echo(f"{'circuit ' + circuit.name:<22} {_words(circuit)}")
    kept = safekeeping(settings)
    click.echo(f"{'names index':<22} {kept.names_index}")
    click.echo(f"{'secret kept by':<22} {kept.keeper}")
    if kept.theft_gives_away:
        click.secho(kept.theft_gives_away, fg="red", bold=True)
        click.echo(f"→ {ADVICE}")


def _words(circuit: CircuitReport) -> str:
    words = f"{circuit.state}, failures in a row: {circuit.failures}"
    if circuit.opened_since is not None:
        words += (
            f", since {datetime.fromtimestamp(circuit.opened_since, tz=UTC):%Y-%m-%d %H:%M:%S}Z"
        )
    if circuit.next_try_s is not None:
        words += f", next try in {circuit.next_try_s} s"
    return words
