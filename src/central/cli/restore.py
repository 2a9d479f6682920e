"""``gatepost-central restore``."""

from pathlib import Path

import click

from central.backups import restore
from central.cli.given import Given
from central.cli.output import common_options, emit, examples


@click.command(
    epilog=examples(
        "restore /srv/backups/2027-01-15",
        "restore nightly --database-url postgresql+psycopg://gatepost@db.example/gatepost",
    )
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--database-url", metavar="URL", help="The database [default: as in the settings].")
@common_options
@click.pass_obj
def command(given: Given, folder: Path, database_url: str | None, *, as_json: bool) -> None:
    """Put a backup back into an empty database, SQLite or PostgreSQL, whichever it came from.

    Stop the server and move the old database away first. Doors hand in again what the backup lacks, by themselves.
    """
    put_back = restore(given.settings(database_url=database_url), folder)
    rows = sum(put_back.rows.values())
    fields = {"made_at": put_back.made_at, "form": put_back.form, "rows": rows}
    emit(fields, f"{rows} rows put back", as_json=as_json)
