"""``gatepost config show|validate``."""

from pathlib import Path

import click

from scanner.cli.common import print_json, resolved, with_json, with_settings
from scanner.config import known_settings


@click.group(name="config")
def command() -> None:
    """The settings of this door.

    \b
    Examples:
      gatepost config show
      gatepost config validate --config /etc/gatepost.toml
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


@command.command(name="show")
@with_settings
@with_json
def show(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show each setting, its value, and where the value came from."""
    found = resolved(config, data=data)
    for name in known_settings():
        value = getattr(found.settings, name)
        origin = found.origins[name]
        if as_json:
            print_json({"setting": name, "value": value, "origin": origin})
        else:
            click.echo(f"{name:<18} {value!s:<32} {origin}")


@command.command(name="validate")
@with_settings
def validate(config: Path | None, data: str | None) -> None:
    """Say whether the settings can be used."""
    resolved(config, data=data)
    click.echo("The settings can be used.")
