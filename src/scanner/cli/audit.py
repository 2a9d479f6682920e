"""``gatepost audit list|verify|export``."""

from datetime import UTC, datetime
from pathlib import Path

import click

from cardcore.audit import AuditEntry
from cardcore.entry_json import entry_as_json
from scanner.bootstrap.door import open_log
from scanner.bootstrap.proof import EpochVerdict, verify_log
from scanner.cli.answers import OUTCOME_COLOURS
from scanner.cli.common import print_json, settings_of, with_json, with_settings
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
    """Walk the chain of every epoch, hold it against what central countersigned, and name the first break.

    An entry that was edited, one that is missing, a tail that was cut off, two histories, a signature that is wrong.
    """
    broken: EpochVerdict | None = None
    for verdict in verify_log(settings_of(config, data=data)):
        broken = broken or (verdict if verdict.broken is not None else None)
        if as_json:
            print_json(_verdict_fields(verdict))
        elif verdict.proven is not None:
            head, signed = verdict.proven.head.seq, verdict.proven.signed
            click.echo(
                f"Epoch {verdict.epoch.hex()}: {head} entries, the chain is sound; "
                f"central vouches for it up to {signed}."
            )
    if broken is not None and broken.broken is not None:
        error = broken.broken
        msg = (
            f"the log of epoch {broken.epoch.hex()} was changed at entry {error.at_seq} "
            f"({error.kind.value}): {error.why}"
        )
        raise LedgerError(msg) from error


def _verdict_fields(verdict: EpochVerdict) -> dict[str, object]:
    proven, broken = verdict.proven, verdict.broken
    if proven is not None:
        return {
            "epoch": verdict.epoch.hex(),
            "sound": True,
            "entries": proven.head.seq,
            "head": proven.head.hash.hex(),
            "signed": proven.signed,
        }
    return {
        "epoch": verdict.epoch.hex(),
        "sound": False,
        "at_seq": None if broken is None else broken.at_seq,
        "kind": None if broken is None else broken.kind.value,
        "why": None if broken is None else broken.why,
    }


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
