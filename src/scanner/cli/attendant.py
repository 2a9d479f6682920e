"""``gatepost attendant add|list|remove``."""

import sys
from pathlib import Path

import click

from cardcore.card import is_plain_text
from scanner.bootstrap.floor import check_pin, open_attendants
from scanner.cli import FAULT
from scanner.cli.common import print_json, settings_of, with_json, with_settings
from scanner.desk import Role

MAX_NAME_CHARS = 64  # a word of an audit entry


@click.group(name="attendant")
def command() -> None:
    """Who may be on duty at this door. The log has the name with all they do.

    \b
    Examples:
      gatepost attendant add "Kim R." --role supervisor
      gatepost attendant list
      gatepost attendant remove "Kim R."
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


@command.command(name="add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.STEWARD.value,
    show_default=True,
    help="A steward scans; a supervisor overrides, undoes and sees diagnostics.",
)
@click.option("--pin-stdin", is_flag=True, help="Read the PIN from standard input, one line.")
@with_settings
def add(name: str, role: str, config: Path | None, data: str | None, *, pin_stdin: bool) -> None:
    """Add an attendant, or give one another PIN and role. The PIN is asked for twice; 4 to 12 digits."""
    if not is_plain_text(name, MAX_NAME_CHARS):
        msg = f"a name has 1 to {MAX_NAME_CHARS} characters, and no controls"
        raise click.BadParameter(msg, param_hint="NAME")
    if pin_stdin:
        pin = sys.stdin.readline().strip()
    else:
        pin = click.prompt("PIN", hide_input=True, confirmation_prompt=True, err=True)
    check_pin(pin)
    with open_attendants(settings_of(config, data=data)) as (book, pins):
        book.add(name, Role(role), pins.digest(pin))
    click.echo(f"{name} may be on duty as {role}.")


@command.command(name="list")
@with_settings
@with_json
def list_attendants(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show who may be on duty."""
    with open_attendants(settings_of(config, data=data)) as (book, _pins):
        for holder in book.holders():
            who = holder.attendant
            if as_json:
                print_json({"name": who.name, "role": who.role.value})
            else:
                click.echo(f"{who.role.value:<11} {who.name}")


@command.command(name="remove")
@click.argument("name")
@with_settings
def remove(name: str, config: Path | None, data: str | None) -> None:
    """Remove an attendant; the log keeps what they did."""
    with open_attendants(settings_of(config, data=data)) as (book, _pins):
        gone = book.remove(name)
    if not gone:
        click.secho(f"gatepost: there is no attendant {name!r}", fg="red", err=True)
        sys.exit(FAULT)
    click.echo(f"{name} may not be on duty any more.")
