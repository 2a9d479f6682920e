"""``gatepost-central device``."""

import sys

import click

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import audience_of, audience_option, common_options, emit, examples
from central.devices.service import parse_door
from central.ports.records import Device


@click.group(
    epilog=examples('device code "North door"', "device list --json", "device revoke DEVICE")
)
def command() -> None:
    """Enrol devices at doors, and shut them out."""


@command.command("code", epilog=examples('device code "North door" --json'))
@click.argument("door", metavar="DOOR")
@click.option(
    "--qr/--no-qr", "draw", default=None, help="Draw it as a QR code, too [default: on a terminal]."
)
@audience_option
@common_options
@click.pass_obj
def make_code(
    given: Given, door: str, audience: str | None, *, draw: bool | None, as_json: bool
) -> None:
    """Make a code that enrols one device at a door, once, within 10 minutes."""
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
    if sys.stdout.isatty() if draw is None else draw:
        from central.cards.qr import terminal_qr  # the other commands of this group draw nothing

        click.echo(terminal_qr(code.text), err=as_json)


@command.command("list", epilog=examples("device list"))
@common_options
@click.pass_obj
def list_devices(given: Given, *, as_json: bool) -> None:
    """List the enrolled devices."""
    with open_central(given.settings()) as central:
        for device in central.devices.all():
            emit(_fields(device), _text(device), as_json=as_json)


@command.command("revoke", epilog=examples("device revoke d-0123456789abcdef"))
@click.argument("device_id", metavar="DEVICE")
@common_options
@click.pass_obj
def revoke(given: Given, device_id: str, *, as_json: bool) -> None:
    """Shut a device out for good, as `device list` names it: stolen, lost, or out of use.

    It closes its door with the next word from central, within a minute, and wipes keys and lists; its log is still
    taken, and kept apart.
    """
    with open_central(given.settings()) as central:
        device = central.devices.revoke(device_id)
    text = f"{_text(device)}. To use this device again, enrol it anew: device code {device.door!r}"
    emit(_fields(device), text, as_json=as_json)


def _fields(device: Device) -> dict[str, object]:
    return {
        "device_id": device.device_id,
        "door": device.door,
        "audience": device.audience,
        "program": device.program,
        "enrolled_at": device.enrolled_at,
        "has_keys": device.keys is not None,
        "revoked_at": device.revoked_at,
    }


def _text(device: Device) -> str:
    text = f"{device.device_id}  {device.door}  ({device.audience})"
    if device.revoked_at is not None:
        return f"{text}  revoked"
    return text if device.keys is not None else f"{text}  with a token; its keys come with a sync"
