"""``gatepost-central metrics``."""

import click

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import common_options, emit, examples


@click.group(epilog=examples("metrics rebuild"))
def command() -> None:
    """Make the rollups of the dashboard anew."""


@command.command("rebuild", epilog=examples("metrics rebuild", "metrics rebuild --json"))
@common_options
@click.pass_obj
def rebuild(given: Given, *, as_json: bool) -> None:
    """Count every entry of the audit into the rollups anew. Done again it gives the same; doors may go on handing in."""
    with open_central(given.settings()) as central:
        counted = central.rollups.rebuild(_tell)
    emit({"counted": counted}, f"{counted} entries counted", as_json=as_json)


def _tell(counted: int) -> None:
    click.echo(f"{counted} entries …", err=True)
