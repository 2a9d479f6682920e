"""``gatepost enrol``."""

from pathlib import Path

import click

from cardcore.enrolment import parse_code
from cardcore.errors import WireError
from scanner.bootstrap.pairing import enrol_device
from scanner.cli.common import print_json, settings_of, with_json, with_settings


@click.command(name="enrol")
@click.argument("url")
@click.argument("code")
@with_settings
@with_json
def command(url: str, code: str, config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Pair this device with the central at URL, by the one-time CODE an operator gave you.

    \b
    Examples:
      gatepost enrol https://central.example CODE
      gatepost enrol http://127.0.0.1:8080 CODE --data /var/lib/gatepost
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    settings = settings_of(config, data=data)
    try:
        parse_code(code)
    except WireError as error:
        raise click.BadParameter(str(error), param_hint="CODE") from error
    enrolled = enrol_device(settings, url, code)
    if as_json:
        print_json(enrolled)
        return
    click.echo(f"This device is {enrolled.device_id}, at door {enrolled.door!r}.")
    click.echo(f"Keys: version {enrolled.keyset_version}. Cards known: {enrolled.cards}.")
    click.echo("Next: gatepost scan PICTURES, or gatepost run")
