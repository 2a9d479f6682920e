"""``gatepost-central member``."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from cardcore.ids import MemberId
from cardcore.lifecycle import CardStep
from central.bootstrap import open_central
from central.cli.given import FAULT, Given
from central.cli.output import audience_of, audience_option, common_options, emit, examples
from central.members.service import DEAD, STATUSES, BadRow, ImportReport, read_members
from central.ports.events import COMMAND_LINE
from central.ports.records import Member

IMPORT_EPILOG: Final = (
    examples("member import members.csv", "member import members.csv --audience pool --json")
    + """

The file is UTF-8 with the header member_id,display_name,status; a status is active, suspended, cancelled or expired.
Where any row is bad, each is reported, nothing is imported, and the exit code is 1."""
)


@click.group(
    epilog=examples(
        "member import members.csv", "member status M-1001 suspended", "member list --json"
    )
)
def command() -> None:
    """Import members, change their status."""


@command.command("import", epilog=IMPORT_EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@audience_option
@common_options
@click.pass_obj
def import_file(given: Given, file: Path, audience: str | None, *, as_json: bool) -> None:
    """Import members from a CSV file: all of them, or none. The same file again changes nothing."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central, file.open(encoding="utf-8-sig", newline="") as lines:
        rows = read_members(_watched(lines, file.stat().st_size), venue)
        report = central.members.import_members(venue, rows)
    if report.bad:
        _report_bad(report.bad, as_json=as_json)
        raise click.exceptions.Exit(FAULT)
    _report(report, as_json=as_json)


@command.command("status", epilog=examples("member status M-1001 suspended"))
@click.argument("member_id", metavar="ID")
@click.argument("status", type=click.Choice(sorted(STATUSES)))
@audience_option
@common_options
@click.pass_obj
def set_status(
    given: Given, member_id: str, status: str, audience: str | None, *, as_json: bool
) -> None:
    """Change a member's status."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        member = central.members.set_status(venue, MemberId(member_id), STATUSES[status])
    text = f"{member.member_id} is {member.status.value}"
    emit(_fields(member), text, as_json=as_json)


@command.command(
    "erase", epilog=examples("member erase M-1001", "member erase M-1001 --yes --json")
)
@click.argument("member_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@audience_option
@common_options
@click.pass_obj
def erase(given: Given, member_id: str, audience: str | None, *, yes: bool, as_json: bool) -> None:
    """Forget who a member is: their cards are revoked, and belong to nobody from then on.

    Name, number, phones and what staff wrote go. The audit stays whole: it names cards, and nothing here says any more
    whose they were. Doors learn it with their next snapshot. The membership system has to forget the member first, or
    its next event brings them back.
    """
    settings = given.settings(audience=audience)
    venue, member = audience_of(settings), MemberId(member_id)
    if not yes:
        click.confirm(f"Erase {member_id} of {venue}, for good?", abort=True, err=True)
    with open_central(settings) as central:
        theirs = [card for card in central.cards.all(venue) if card.member_id == member]
        alive = [card for card in theirs if card.state not in DEAD]
        for card in alive:
            central.cards.take(card.card_id, CardStep.REVOKE, by=COMMAND_LINE)
        erased = central.members.erase(venue, member)
    fields = {"stand_in": erased.stand_in, "cards": erased.cards, "revoked": len(alive)}
    text = f"Erased. {erased.cards} cards are {erased.stand_in}'s now, {len(alive)} of them just revoked."
    emit(fields, text, as_json=as_json)


@command.command("list", epilog=examples("member list --json"))
@audience_option
@common_options
@click.pass_obj
def list_members(given: Given, audience: str | None, *, as_json: bool) -> None:
    """List the members of a venue."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        for member in central.members.all(venue):
            text = f"{member.member_id:<20} {member.status.value:<10} {member.display_name or ''}"
            emit(_fields(member), text, as_json=as_json)


def _fields(member: Member) -> dict[str, object]:
    return {
        "member_id": member.member_id,
        "audience": member.audience,
        "display_name": member.display_name,
        "status": member.status.value,
    }


def _watched(lines: Iterable[str], size: int) -> Iterator[str]:
    """The same lines, with a bar on a terminal's stderr that says how much of the file is read."""
    bar = click.progressbar(
        length=size, label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()
    )
    with bar:
        for line in lines:
            yield line
            bar.update(len(line))


def _report_bad(bad: Iterable[BadRow], *, as_json: bool) -> None:
    for row in bad:
        if as_json:
            emit({"line": row.line, "field": row.field, "why": row.why}, "", as_json=True)
        else:
            click.echo(f"line {row.line}: {row.field} {row.why}", err=True)
    click.echo("Nothing was imported.", err=True)


def _report(report: ImportReport, *, as_json: bool) -> None:
    fields = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
    }
    total = sum(fields.values())
    text = f"{total} members: " + ", ".join(f"{count} {word}" for word, count in fields.items())
    emit({"imported": total, **fields}, text, as_json=as_json)
