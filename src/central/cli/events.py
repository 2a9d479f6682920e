"""``gatepost-central events``."""

import click
import msgspec

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import common_options, emit, examples
from central.events.routes import letter_of


@click.group(epilog=examples("events dead", "events retry EVENT", "events retry --all"))
def command() -> None:
    """Look at events that no subscriber could take, and retry them."""


@command.command("dead", epilog=examples("events dead --json"))
@common_options
@click.pass_obj
def list_dead(given: Given, *, as_json: bool) -> None:
    """List the dead letters, the oldest first."""
    with open_central(given.settings()) as central:
        for letter in map(letter_of, central.letters.all()):
            text = f"{letter.event_id}  {letter.event:<13} card {letter.card_id}  {letter.error}"
            emit(msgspec.to_builtins(letter), text, as_json=as_json)


@command.command("retry", epilog=examples("events retry EVENT", "events retry --all"))
@click.argument("event_id", metavar="EVENT", required=False)
@click.option("--all", "every", is_flag=True, help="Every dead letter.")
@common_options
@click.pass_obj
def retry(given: Given, event_id: str | None, *, every: bool, as_json: bool) -> None:
    """Send a dead letter on its way again, or all of them."""
    if (event_id is None) is not every:
        msg = "give one EVENT, or --all"
        raise click.UsageError(msg)
    with open_central(given.settings()) as central:
        every_one = [item.event.event_id for item in central.letters.all()]
        for chosen in every_one if event_id is None else [event_id]:
            central.letters.retry(chosen)
            emit({"event_id": chosen}, f"{chosen} is on its way again", as_json=as_json)
