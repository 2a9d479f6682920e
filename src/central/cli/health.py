"""``gatepost-central health``."""

from typing import Final

import click
import msgspec

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import common_options, emit, examples
from telemetry.health import Condition, HealthReport, Level, report_of

EXIT_CODES: Final = {Condition.UP: 0, Condition.DOWN: 1, Condition.DEGRADED: 3}


@click.command(epilog=examples("health", "health --ready --json"))
@click.option("--live", "level", flag_value=Level.LIVE, help="Process, memory and disk alone.")
@click.option("--ready", "level", flag_value=Level.READY, help="Whether central can work.")
@common_options
@click.pass_obj
def command(given: Given, level: Level | None, *, as_json: bool) -> None:
    """Look after central here, without its server: each check with what was found, and how long that took.

    A critical check that fails makes it DOWN. Else it is DEGRADED where fewer than nine in ten are well, and DOWN where
    fewer than half are. Exit codes: 0 UP, 3 DEGRADED, 1 DOWN.
    """
    with open_central(given.settings()) as central:
        report = central.health.examiner().report(level or Level.FULL)
        if level is None:
            report = report_of(report.checks, central.health.figures(None))
    emit(msgspec.to_builtins(report), _told(report), as_json=as_json)
    click.get_current_context().exit(EXIT_CODES[report.status])


def _told(report: HealthReport) -> str:
    lines = [
        f"{'well' if check.healthy else 'critical' if check.critical else 'not well':<8}"
        f" {check.name:<13} {check.ms:>8.1f} ms  {check.words}"
        for check in report.checks
    ]
    lines += [f"{'':<8} {name.replace('_', ' '):<22} {it}" for name, it in report.figures.items()]
    return "\n".join([*lines, report.line])
