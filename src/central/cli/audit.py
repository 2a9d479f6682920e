"""``gatepost-central audit``."""

from typing import Final

import click

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import common_options, emit, examples
from central.ports.records import AuditLine

LINES: Final = 100


@click.group(epilog=examples("audit list --json --limit 20"))
def command() -> None:
    """Look at what the doors handed in."""


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
