"""``gatepost sync``."""

import sys
from pathlib import Path

import click

from scanner.bootstrap.step import SyncRoom, open_sync
from scanner.cli.common import print_json, settings_of, with_json, with_settings
from scanner.sync.worker import SyncReport


@click.command(name="sync")
@click.option("--once", is_flag=True, help="One sync, then end (the default; for a timer).")
@with_settings
@with_json
def command(
    config: Path | None, data: str | None, *, once: bool, as_json: bool
) -> None:  # --once is also what happens without it
    """Hand over the log to central, and take keys and standings from it.

    Safe at any time, beside a running door too. Exit code 3 means central could not be
    reached: nothing is lost.

    \b
    Examples:
      gatepost sync --once
      gatepost sync --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    del once
    with open_sync(settings_of(config, data=data)) as room:
        report = _sync(room)
        backlog = room.log.backlog()
    answer = {
        "uploaded": report.upload.uploaded,
        "duplicate": report.upload.duplicate,
        "quarantined": report.upload.quarantined,
        "mark": report.upload.mark,
        "outbox": backlog,
        "in_step": backlog == 0 and not report.refused,
    }
    for refusal in report.refused:
        click.secho(f"gatepost: refused {refusal}", fg="red", err=True)
    if as_json:
        print_json(answer)
        return
    click.echo(f"Handed over {report.upload.uploaded}, central holds {report.upload.mark}.")
    if report.upload.quarantined:
        click.echo(f"Central could not read entries {report.upload.quarantined}; it kept them.")
    click.echo("In step." if answer["in_step"] else f"{backlog} still to hand over.")


def _sync(room: SyncRoom) -> SyncReport:
    """With a progress bar where a person watches and there is much to hand over."""
    backlog = room.log.backlog()
    if not sys.stderr.isatty() or backlog < 1_000:  # noqa: PLR2004 -- under a second of work
        return room.sync()
    with click.progressbar(length=backlog, label="Handing over", file=sys.stderr) as bar:
        return room.sync(bar.update)
