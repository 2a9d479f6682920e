"""``gatepost health``."""

from pathlib import Path
from typing import Final

import click

from scanner.bootstrap.health import DoorHealth
from scanner.cli.common import print_json, printable, settings_of, with_json, with_settings
from telemetry.health import Check, Condition, HealthReport, Level

EXIT_CODES: Final = {Condition.UP: 0, Condition.DOWN: 1, Condition.DEGRADED: 3}
_COLOURS: Final = {Condition.UP: "green", Condition.DEGRADED: "yellow", Condition.DOWN: "red"}


@click.command(name="health")
@click.option(
    "--live", "level", flag_value=Level.LIVE, help="Whether it runs: process, memory, disk."
)
@click.option("--ready", "level", flag_value=Level.READY, help="Whether it can judge cards.")
@with_settings
@with_json
def command(level: Level | None, config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Look after the door that runs here: each check with what was found, and how long that took.

    A critical check that fails makes it DOWN. Else it is DEGRADED where fewer than nine in ten are well, and DOWN where
    fewer than half are. Exit codes: 0 UP, 3 DEGRADED, 1 DOWN.

    \b
    Examples:
      gatepost health
      gatepost health --ready
      gatepost health --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    settings = settings_of(config, data=data)
    report = DoorHealth(settings).examiner().report(level or Level.FULL)
    if as_json:
        print_json(report)
    else:
        _print(report)
    click.get_current_context().exit(EXIT_CODES[report.status])


def _print(report: HealthReport) -> None:
    for check in report.checks:
        click.secho(f"{_word(check):<8}", fg=_colour(check), nl=False)
        click.echo(f" {check.name:<13} {check.ms:>8.1f} ms  {printable(check.words)}")
    for name, figure in report.figures.items():
        shown = "none" if figure is None else printable(str(figure))
        click.echo(f"{'':<8} {name.replace('_', ' '):<22} {shown}")
    click.secho(report.line, fg=_COLOURS[report.status])


def _word(check: Check) -> str:
    if check.healthy:
        return "well"
    return "critical" if check.critical else "not well"


def _colour(check: Check) -> str:
    if check.healthy:
        return "green"
    return "red" if check.critical else "yellow"
