"""``gatepost-central migrate``."""

import click

from central.bootstrap import migrate
from central.cli.given import Given
from central.cli.output import common_options, emit, examples


@click.command(
    epilog=examples(
        "migrate", "migrate --database-url postgresql+psycopg://gatepost@db.example/gatepost"
    )
)
@click.option("--database-url", metavar="URL", help="The database [default: as in the settings].")
@common_options
@click.pass_obj
def command(given: Given, database_url: str | None, *, as_json: bool) -> None:
    """Bring the database to the newest form, keeping what is in it. Refuses one of a newer program."""
    form = migrate(given.settings(database_url=database_url))
    emit({"form": form}, f"the database is of form {form}", as_json=as_json)
