"""``gatepost-central device``."""

import click

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import audience_of, audience_option, common_options, emit, examples
from central.devices.service import parse_door


@click.group(epilog=examples('device code "North door"', "device list --json"))
def command() -> None:
    """Enrol devices at doors."""


@command.command("code", epilog=examples('device code "North door" --json'))
@click.argument("door", metavar="DOOR")
@audience_option
@common_options
@click.pass_obj
def make_code(given: Given, door: str, audience: str | None, *, as_json: bool) -> None:
    """Make a code that enrols one device at a door, within 10 minutes."""
    settings = given.settings(audience=audience)
    venue, name = audience_of(settings), parse_door(door)
    with open_central(settings) as central:
        code = central.devices.make_code(venue, name)
    fields = {
        "code": code.text,
        "door": code.door,
        "audience": code.audience,
        "expires_at": code.expires_at,
    }
    emit(fields, code.text, as_json=as_json)


@command.command("list", epilog=examples("device list"))
@common_options
@click.pass_obj
def list_devices(given: Given, *, as_json: bool) -> None:
    """List the enrolled devices."""
    with open_central(given.settings()) as central:
        for device in central.devices.all():
            fields = {
                "device_id": device.device_id,
                "door": device.door,
                "audience": device.audience,
                "program": device.program,
                "enrolled_at": device.enrolled_at,
            }
            text = f"{device.device_id}  {device.door}  ({device.audience})"
            emit(fields, text, as_json=as_json)
