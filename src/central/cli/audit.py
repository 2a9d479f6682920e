"""``gatepost-central audit``."""

import json
from typing import Final

import click

from cardcore.audit import parse_entry
from cardcore.entry_json import entry_as_json
from cardcore.errors import WireError
from central.audit.review import Walked
from central.backups import open_review
from central.bootstrap import open_central
from central.cli.given import FAULT, Given
from central.cli.output import common_options, emit, examples, place_options
from central.ports.records import AuditLine, KeptRow, Log

LINES: Final = 100


@click.group(
    epilog=examples("audit list --json --limit 20", "audit verify", "audit export > audit.jsonl")
)
def command() -> None:
    """Look at what the doors handed in, and prove it."""


@command.command("list", epilog=examples("audit list --json"))
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=LINES,
    show_default=True,
    help="At most so many, the newest.",
)
@common_options
@click.pass_obj
def list_entries(given: Given, limit: int, *, as_json: bool) -> None:
    """List the entries that arrived last, in the order of their arrival."""
    with open_central(given.settings()) as central:
        for line in central.audit.lines(limit):
            emit(_fields(line), _text(line), as_json=as_json)


@command.command("verify", epilog=examples("audit verify --json"))
@common_options
@click.pass_obj
def verify(given: Given, *, as_json: bool) -> None:
    """Walk every log: its chain, and what its device and central signed of it; exit code 1 where one is broken.

    Names the first break: an entry that was edited, one that is missing, a tail that was cut off, two histories, a wrong
    signature.
    """
    broken = 0
    with open_review(given.settings()) as review:
        for log in review.walk():
            emit(_walked_fields(log), _walked_text(log), as_json=as_json)
            broken += not log.is_sound
    if broken:
        raise click.exceptions.Exit(FAULT)


@command.command("export", epilog=examples("audit export > audit.jsonl"))
@place_options
@click.pass_obj
def export(given: Given) -> None:
    """Print every entry of every log, in order, one JSON object a line; ``raw`` is what the chain is made of."""
    with open_review(given.settings()) as review:
        for log, row in review.entries():
            click.echo(json.dumps(_exported(log, row), ensure_ascii=False))


def _walked_fields(log: Walked) -> dict[str, object]:
    return {
        "device_id": log.device_id,
        "epoch": log.epoch.hex(),
        "sound": log.is_sound,
        "entries": log.entries,
        "missing": log.missing,
        "head": log.head.hash.hex(),
        "at_seq": None if log.is_sound else log.at,
        "why": log.why,
        "kind": None if log.kind is None else log.kind.value,
        "signed": log.signed,
        "forked_at": log.forked_at,
    }


def _walked_text(log: Walked) -> str:
    where = f"{log.device_id} {log.epoch.hex()}: {log.entries} entries"
    if not log.is_sound:
        kind = "" if log.kind is None else f", {log.kind.value}"
        return f"{where}, BROKEN at entry {log.at}{kind}: {log.why}"
    missing = f", {log.missing} known to be lost" if log.missing else ""
    other = ""
    if log.forked_at is not None:
        other = f"; its device once handed in another entry {log.forked_at} (see incidents)"
    return f"{where}{missing}, the chain is sound, signed up to {log.signed}{other}"


def _exported(log: Log, row: KeptRow) -> dict[str, object]:
    return {
        "device_id": log.device_id,
        "epoch": log.epoch.hex(),
        "seq": row.seq,
        "arrived_us": row.arrived_at,
        "quarantine": row.quarantine,
        "hash": row.hash.hex(),
        "raw": row.raw.hex(),
        "entry": _entry(row.raw),
    }


def _entry(raw: bytes) -> dict[str, object] | None:
    """What the entry says; None where nobody can read it."""
    try:
        return entry_as_json(parse_entry(raw))
    except WireError:
        return None


def _fields(line: AuditLine) -> dict[str, object]:
    return {
        "device_id": line.device_id,
        "epoch": line.epoch.hex(),
        "seq": line.seq,
        "arrived_us": line.arrived_at,
        "wall_us": line.wall,
        "door": line.door,
        "decision": line.decision,
        "reason": line.reason,
        "card_id": None if line.card_id is None else line.card_id.hex(),
        "quarantine": line.quarantine,
    }


def _text(line: AuditLine) -> str:
    where = f"{line.device_id} {line.epoch.hex()} {line.seq:>6}"
    if line.quarantine is not None:
        return f"{where}  in quarantine: {line.quarantine}"
    card = "-" if line.card_id is None else line.card_id.hex()
    return f"{where}  {line.door}  {line.decision} {line.reason}  {card}"
