"""``gatepost-central operator``."""

import click

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import audiences_of, common_options, emit, examples
from central.ports.records import Operator, Role


@click.group(
    epilog=examples(
        "operator add kim", "operator add desk --role read", "operator list", "operator revoke kim"
    )
)
def command() -> None:
    """Say who may run central over HTTP."""


@command.command(
    "add",
    epilog=examples(
        "operator add kim",
        "operator add owner --role read --audience pool --audience sauna",
        "operator add memberships --role events --json",
    ),
)
@click.argument("name", metavar="NAME")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="read: look. manage: change, too. events: hand in membership events, nothing else. [default: manage]",
)
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    metavar="A",
    help="A venue it may do this in; may be given again [default: main, or the setting 'audience'].",
)
@common_options
@click.pass_obj
def add(
    given: Given, name: str, roles: tuple[str, ...], audiences: tuple[str, ...], *, as_json: bool
) -> None:
    """Add an operator and print its token, once. The token goes into "Authorization: Bearer TOKEN"."""
    settings = given.settings()
    venues = audiences_of(settings, audiences)
    with open_central(settings) as central:
        made = central.operators.add(
            name, roles=[Role(role) for role in roles or (Role.MANAGE,)], audiences=venues
        )
    emit(_fields(made.operator) | {"token": made.token}, made.token, as_json=as_json)


@command.command("list", epilog=examples("operator list --json"))
@common_options
@click.pass_obj
def list_operators(given: Given, *, as_json: bool) -> None:
    """List the operators, revoked ones too; no token is shown."""
    with open_central(given.settings()) as central:
        for operator in central.operators.all():
            emit(_fields(operator), _line(operator), as_json=as_json)


@command.command("revoke", epilog=examples("operator revoke kim"))
@click.argument("name", metavar="NAME")
@common_options
@click.pass_obj
def revoke(given: Given, name: str, *, as_json: bool) -> None:
    """Let an operator's token do nothing any more, at once."""
    with open_central(given.settings()) as central:
        operator = central.operators.revoke(name)
    emit(_fields(operator), _line(operator), as_json=as_json)


def _fields(operator: Operator) -> dict[str, object]:
    return {
        "name": operator.name,
        "roles": sorted({role.value for role, _ in operator.grants}),
        "audiences": sorted({audience for _, audience in operator.grants}),
        "added_at": operator.added_at,
        "revoked_at": operator.revoked_at,
    }


def _line(operator: Operator) -> str:
    grants = ", ".join(f"{role.value} in {audience}" for role, audience in sorted(operator.grants))
    state = "revoked" if operator.revoked_at is not None else grants
    return f"{operator.name:<20} {state}"
