"""``gatepost-central backup``."""

from pathlib import Path

import click

from central.backups import BackedUp, back_up
from central.cli.given import FAULT, Given
from central.cli.output import common_options, emit, examples


@click.command(epilog=examples("backup /srv/backups/2027-01-15", "backup nightly --json"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@common_options
@click.pass_obj
def command(given: Given, folder: Path, *, as_json: bool) -> None:
    """Copy the whole database into a new folder DIR, safely beside a running server.

    The copy holds the keys that cards are signed with: keep it as you keep the database. Every log in it is walked; one
    whose chain is broken is named, and the exit code is 1.
    """
    made = back_up(given.settings(), folder)
    emit(_fields(folder, made), f"{made.entries} audit entries, {made.size} bytes", as_json=as_json)
    for log in made.broken:
        click.echo(
            f"gatepost-central: the log of {log.device_id}, epoch {log.epoch.hex()}, is broken "
            f"at entry {log.at}: {log.why}",
            err=True,
        )
    if made.broken:
        raise click.exceptions.Exit(FAULT)


def _fields(folder: Path, made: BackedUp) -> dict[str, object]:
    return {
        "folder": str(folder),
        "bytes": made.size,
        "sha256": made.manifest.sha256,
        "form": made.manifest.form,
        "entries": made.entries,
        "sound": not made.broken,
    }
