"""``gatepost-central metrics``."""

import click
import msgspec

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import audience_of, audience_option, common_options, emit, examples


@click.group(epilog=examples("metrics baseline", "metrics rebuild"))
def command() -> None:
    """Record what is normal; make the rollups of the dashboard anew."""


@command.command("baseline", epilog=examples("metrics baseline", "metrics baseline --json"))
@audience_option
@common_options
@click.pass_obj
def baseline(given: Given, audience: str | None, *, as_json: bool) -> None:
    """Record what was normal in the last 28 whole days: the middle of each figure, and between what nine of ten were."""
    settings = given.settings(audience=audience)
    with open_central(settings) as central:
        found = central.tower.baselines.record([audience_of(settings)])
    for each in found:
        text = (
            f"{each.name}: {each.value:,.1f}, nine of ten from {each.low:,.1f} to {each.high:,.1f}"
        )
        emit(msgspec.to_builtins(each), text, as_json=as_json)
    if not found:
        click.echo("no door handed in anything in the last 28 days: nothing is recorded", err=True)


@command.command("rebuild", epilog=examples("metrics rebuild", "metrics rebuild --json"))
@common_options
@click.pass_obj
def rebuild(given: Given, *, as_json: bool) -> None:
    """Count every entry of the audit into the rollups anew. Done again it gives the same; doors may go on handing in."""
    with open_central(given.settings()) as central:
        counted = central.tower.rollups.rebuild(_tell)
    emit({"counted": counted}, f"{counted} entries counted", as_json=as_json)


def _tell(counted: int) -> None:
    click.echo(f"{counted} entries …", err=True)
