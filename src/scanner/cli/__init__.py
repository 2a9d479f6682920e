"""``gatepost``: the door's command line. Each command is in a file of its own, imported only when it is called."""

import importlib
import sys
from typing import Final

import click

from cardcore.errors import CardcoreError
from scanner.config import guard_threads
from scanner.errors import (
    ConfigError,
    DeviceRevokedError,
    LinkDownError,
    LinkRefusedError,
    ScannerError,
)

DONE, FAULT, USAGE, OFFLINE, REFUSED = range(5)
"""Exit codes: done; a fault; wrong usage or configuration; offline, nothing lost; refused by central."""

_COMMANDS: Final = {
    "attendant": ("scanner.cli.attendant", "Who may be on duty: add, list, remove."),
    "audit": ("scanner.cli.audit", "The local log: list it, verify its chain, export it."),
    "backup": ("scanner.cli.backup", "Copy the ledger beside a running door."),
    "clock": ("scanner.cli.clock", "Believe this machine's clock again."),
    "config": ("scanner.cli.config", "The settings in force, and where each came from."),
    "decode": ("scanner.cli.decode", "Read QR codes in pictures; any text, nothing is judged."),
    "doctor": ("scanner.cli.doctor", "Is this machine fit to be a door? What to change."),
    "enrol": ("scanner.cli.enrol", "Pair this device with central."),
    "health": ("scanner.cli.health", "Is the door well? Each check; the exit code says it."),
    "link": ("scanner.cli.link", "The link to central: close its circuits by hand."),
    "run": ("scanner.cli.run", "Read cards from a camera until stopped."),
    "scan": ("scanner.cli.scan", "Judge the cards in pictures, and write it down."),
    "secret": (
        "scanner.cli.secret",
        "Who keeps the secret that this device's files are sealed under.",
    ),
    "status": ("scanner.cli.status", "How this door is: device, lists, outbox, clock."),
    "sync": ("scanner.cli.sync", "Hand over the log; take keys and standings."),
    "token": ("scanner.cli.token", "Judge a token, or a file of test vectors."),
}


class _Commands(click.Group):
    """Imports a command's module when it is called: ``gatepost --help`` loads no camera code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        known = _COMMANDS.get(cmd_name)
        if known is None:
            return None
        guard_threads()
        command = importlib.import_module(known[0]).command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in sorted(_COMMANDS.items())])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 a fault, 2 wrong usage or configuration, 3 offline (nothing lost), 4 refused by central.",
)
@click.version_option(package_name="gatepost", prog_name="gatepost")
def gatepost() -> None:
    """Read member cards at a door, with or without a network.

    \b
    Examples:
      gatepost enrol http://127.0.0.1:8080 CODE
      gatepost scan pictures/
      gatepost run --source camera:0
      gatepost sync --once
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


def main() -> None:
    """Run, and turn faults into one clear line and an exit code."""
    try:
        gatepost(prog_name="gatepost")
    except ConfigError as error:
        _fail(f"{error.field}: {error.hint} (it is {error.value!r})", USAGE)
    except LinkDownError as error:
        _fail(f"{error}. Nothing is lost; try again when central can be reached", OFFLINE)
    except (LinkRefusedError, DeviceRevokedError) as error:
        _fail(str(error), REFUSED)
    except (ScannerError, CardcoreError) as error:
        _fail(str(error), FAULT)


def _fail(words: str, code: int) -> None:
    click.secho(f"gatepost: {words}", fg="red", err=True)
    sys.exit(code)
