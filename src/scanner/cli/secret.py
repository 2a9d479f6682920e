"""``gatepost secret show|move``."""

from dataclasses import asdict
from pathlib import Path

import click

from scanner.adapters.device_secret import Keeper
from scanner.bootstrap.safekeeping import ADVICE, move_secret, safekeeping
from scanner.cli.common import ask_passphrase, print_json, settings_of, with_json, with_settings
from scanner.errors import ConfigError
from scanner.passphrase import Passphrase

_KEEPERS = tuple(keeper.value for keeper in Keeper)


@click.group(name="secret")
def command() -> None:
    """Who keeps the secret that this device's files are sealed under: a credential, a passphrase, or a file.

    \b
    Examples:
      gatepost secret show
      gatepost secret move --to passphrase
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


@command.command(name="show")
@with_settings
@with_json
def show(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Say who keeps the secret, and what theft of the disk would give away."""
    kept = safekeeping(settings_of(config, data=data))
    if as_json:
        print_json(asdict(kept))
        return
    click.echo(f"kept by      {kept.keeper or 'nobody: there is no secret yet'}")
    click.echo(f"names index  {kept.names_index}")
    if kept.theft_gives_away:
        click.secho(kept.theft_gives_away, fg="red", bold=True)
        click.echo(f"→ {ADVICE}")


@command.command(name="move")
@click.option(
    "--to", "keeper", type=click.Choice(_KEEPERS), required=True, help="Who is to keep it."
)
@with_settings
@with_json
def move(keeper: str, config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Give the secret to another keeper; what is sealed stays sealed, and running programs go on.

    A credential is read from $CREDENTIALS_DIRECTORY/gatepost.secret, where systemd puts it. A new passphrase is asked
    for twice. The secret lay on this disk while a file kept it: where the disk may have been copied then, enrol the
    device in an empty folder instead, and revoke it.

    \b
    Examples:
      gatepost secret move --to passphrase
      gatepost secret move --to file --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    new = Passphrase(_ask_twice) if keeper == Keeper.PASSPHRASE else None
    before = move_secret(settings_of(config, data=data), Keeper(keeper), new)
    if as_json:
        print_json({"keeper": keeper, "before": before.value})
    else:
        click.echo(f"The secret is kept by: {keeper} (before: {before.value}).")


def _ask_twice() -> str:
    said = ask_passphrase("New passphrase of this door")
    if ask_passphrase("The same again") != said:
        raise ConfigError(field="passphrase", value="…", hint="was not the same twice")
    return said
