"""``gatepost-central worker``."""

import json
import signal
from threading import Event
from typing import Final

import click

from central.bootstrap import open_central, working
from central.cli.given import Given
from central.cli.log import log_to_stderr
from central.cli.output import examples, place_options

WORKERS_MAX: Final = 64


@click.command(epilog=examples("worker", "worker --count 4 --tries 3"))
@click.option(
    "--count",
    type=click.IntRange(1, WORKERS_MAX),
    default=1,
    show_default=True,
    help="So many threads.",
)
@click.option(
    "--tries",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="After so many failures an event is a dead letter.",
)
@click.option("--database-url", metavar="URL", help="The database [default: as in the settings].")
@click.option("--json", "as_json", is_flag=True, help='Say {"workers": N} when they run.')
@place_options
@click.pass_obj
def command(
    given: Given, count: int, tries: int, database_url: str | None, *, as_json: bool
) -> None:
    """Publish events and do what is due by schedule, until SIGTERM or Ctrl-C. Any number of processes share the work."""
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    settings = given.settings(database_url=database_url)
    log_to_stderr(settings)
    with open_central(settings) as central, working(central, count=count, tries=tries):
        click.echo(json.dumps({"workers": count}) if as_json else f"{count} at work")
        told.wait()
