"""``gatepost-central incidents``."""

from datetime import UTC, datetime
from typing import Final

import click
import msgspec

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import audience_of, audience_option, common_options, emit, examples
from central.incidents.routes import view_of
from central.ports.happenings import Incident
from central.ports.queries import LISTED

BY: Final = "command line"  # who handled it, where nobody is named
_MICROS: Final = 1_000_000


@click.command(
    epilog=examples(
        "incidents",
        "incidents --json --all",
        "incidents --handled 0123456789abcdef01234567 --by Kim",
    )
)
@click.option("--handled", "incident_id", metavar="ID", help="Somebody has seen to this one.")
@click.option("--by", metavar="NAME", default=BY, show_default=True, help="Who has seen to it.")
@click.option("--all", "every", is_flag=True, help="Handled ones, too.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=LISTED,
    show_default=True,
    help="At most so many, the newest.",
)
@audience_option
@common_options
@click.pass_obj
def command(
    given: Given,
    incident_id: str | None,
    by: str,
    limit: int,
    audience: str | None,
    *,
    every: bool,
    as_json: bool,
) -> None:
    """List what somebody should look at, the newest first; or take note that somebody has."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        if incident_id is not None:
            _emit(central.incidents.handle(incident_id, by=by), as_json=as_json)
            return
        handled = None if every else False
        for incident in central.incidents.listed([venue], handled=handled, most=limit):
            _emit(incident, as_json=as_json)


def _emit(incident: Incident, *, as_json: bool) -> None:
    fields = msgspec.to_builtins(view_of(incident))
    emit(fields, _line(incident), as_json=as_json)


def _line(incident: Incident) -> str:
    at = incident.happened_at or incident.found_at
    when = datetime.fromtimestamp(at // _MICROS, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    facts = ", ".join(
        f"{name} {value}" for name, value in incident.facts.items() if value is not None
    )
    handled = f"  (handled by {incident.handled_by})" if incident.handled_by else ""
    kind = incident.kind.value.replace("_", " ")
    return f"{incident.incident_id}  {when}  {incident.door}: {kind} – {facts}{handled}"
