"""``gatepost audit list|verify|export``."""

from datetime import UTC, datetime
from pathlib import Path

import click

from cardcore.audit import AuditEntry
from cardcore.errors import BrokenAuditChainError
from scanner.bootstrap.door import open_log
from scanner.cli.answers import OUTCOME_COLOURS
from scanner.cli.common import print_json, settings_of, with_json, with_settings
from scanner.cli.entries import entry_as_json
from scanner.errors import LedgerError


@click.group(name="audit")
def command() -> None:
    """The local log of every verdict.

    \b
    Examples:
      gatepost audit list
      gatepost audit verify
      gatepost audit export > log.jsonl
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


@command.command(name="list")
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=20,
    show_default=True,
    help="How many, the newest first.",
)
@with_settings
@with_json
def list_entries(config: Path | None, data: str | None, limit: int, *, as_json: bool) -> None:
    """Show the newest entries."""
    with open_log(settings_of(config, data=data)) as log:
        for found in log.newest(limit):
            if as_json:
                print_json(entry_as_json(found.entry))
            else:
                click.echo(_line(found.entry))


@command.command(name="verify")
@with_settings
@with_json
def verify(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Walk the chain of every epoch; name the first entry that does not fit."""
    with open_log(settings_of(config, data=data)) as log:
        for epoch in log.epochs():
            try:
                head = log.verify(epoch)
            except BrokenAuditChainError as error:
                if as_json:
                    print_json(
                        {
                            "epoch": epoch.hex(),
                            "sound": False,
                            "at_seq": error.at_seq,
                            "why": error.why,
                        }
                    )
                msg = f"the log of epoch {epoch.hex()} was changed at entry {error.at_seq}: {error.why}"
                raise LedgerError(msg) from error
            if as_json:
                print_json(
                    {
                        "epoch": epoch.hex(),
                        "sound": True,
                        "entries": head.seq,
                        "head": head.hash.hex(),
                    }
                )
            else:
                click.echo(f"Epoch {epoch.hex()}: {head.seq} entries, the chain is sound.")


@command.command(name="export")
@with_settings
def export(config: Path | None, data: str | None) -> None:
    """Print every entry, oldest first, one JSON object a line."""
    with open_log(settings_of(config, data=data)) as log:
        for entry in log.all():
            print_json(entry_as_json(entry))


def _line(entry: AuditEntry) -> str:
    when = datetime.fromtimestamp(entry.wall / 1_000_000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
    word = click.style(entry.decision.value.ljust(7), fg=OUTCOME_COLOURS[entry.decision])
    card = entry.card_id.hex()[:8] if entry.card_id else "–"
    return f"{entry.seq:>6}  {when}Z  {word} {entry.reason:<20} card {card}  {entry.source}"
