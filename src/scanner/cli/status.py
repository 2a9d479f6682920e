"""``gatepost status``."""

from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.bootstrap.report import CircuitReport, circuit_reports, door_status
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
    del status["circuits"]  # in words, below
    for name, value in status.items():
        shown = "none" if value is None else value
        click.echo(f"{name.replace('_', ' '):<22} {shown}")
    for circuit in circuit_reports(settings):
        click.echo(f"{'circuit ' + circuit.name:<22} {_words(circuit)}")


def _words(circuit: CircuitReport) -> str:
    words = f"{circuit.state}, failures in a row: {circuit.failures}"
    if circuit.opened_since is not None:
        words += (
            f", since {datetime.fromtimestamp(circuit.opened_since, tz=UTC):%Y-%m-%d %H:%M:%S}Z"
        )
    if circuit.next_try_s is not None:
        words += f", next try in {circuit.next_try_s} s"
    return words
