"""``gatepost backup``."""

from pathlib import Path

import click

from scanner.bootstrap.recovery import back_up_ledger
from scanner.cli.common import print_json, settings_of, shown_path, with_json, with_settings
from scanner.errors import ConfigError


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@with_settings
@with_json
def command(
    file: Path, config: Path | None, data: str | None, *, force: bool, as_json: bool
) -> None:
    """Copy the ledger to FILE, safely beside a running door, and check the copy's chain.

    Put back in the ledger's place, a copy begins a new epoch: see docs/howto/recovery.md.

    \b
    Examples:
      gatepost backup /media/stick/ledger-copy.sqlite3
      gatepost backup nightly.sqlite3 --force --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    if file.exists() and not force:
        hint = "is there already; another name, or --force"
        raise ConfigError(field="FILE", value=shown_path(file), hint=hint)
    made = back_up_ledger(settings_of(config, data=data), file)
    if as_json:
        print_json(
            {
                "file": shown_path(file),
                "bytes": made.size,
                "epochs": made.epochs,
                "entries": made.entries,
                "sound": True,
            }
        )
    else:
        click.echo(f"{made.entries} entries copied; the copy's chain is sound.")
