"""The root of all commands; each group is a file, loaded when it is called for."""

from importlib import import_module
from pathlib import Path
from typing import Final, cast

import click

from cardcore.errors import CardcoreError
from central.cli.given import CONFIG_HELP, DATA_HELP, Given, exit_code_of, line_of
from central.cli.output import examples
from central.errors import CentralError

# group: its module, and what it does (shown without loading it)
GROUPS: Final = {
    "audit": ("central.cli.audit", "Look at what the doors handed in, walk it, print it."),
    "backup": ("central.cli.backup", "Copy the whole database into a folder."),
    "card": ("central.cli.cards", "Issue cards, make their QR codes, change their state."),
    "device": ("central.cli.devices", "Enrol devices at doors."),
    "events": ("central.cli.events", "Look at events that no subscriber could take, and retry."),
    "health": ("central.cli.health", "Is central well? Each check; the exit code says it."),
    "incidents": ("central.cli.incidents", "List what somebody should look at."),
    "keys": ("central.cli.keys", "List issuer keys, rotate them, revoke one."),
    "member": ("central.cli.members", "Import members, change their status."),
    "metrics": (
        "central.cli.metrics",
        "Record what is normal; make the rollups of the dashboard anew.",
    ),
    "migrate": ("central.cli.migrate", "Bring the database to the newest form."),
    "operator": ("central.cli.operators", "Say who may run central over HTTP."),
    "restore": ("central.cli.restore", "Put a backup back into an empty database."),
    "policy": ("central.cli.policy", "Show or change what a venue wants of its doors."),
    "serve": ("central.cli.serve", "Serve doors and phones over HTTP."),
    "worker": ("central.cli.worker", "Publish events, beside a server or many."),
}

EPILOG: Final = (
    examples(
        "member import members.csv",
        "card issue M-1001",
        "card qr CARD -o card.png",
        'device code "North door"',
        "serve --port 8080",
    )
    + """

Exit codes: 0 done, 1 a fault, 2 usage or configuration, 4 refused."""
)


class _Root(click.Group):
    """Loads a group when it is named, and turns faults into a line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return sorted(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in GROUPS:
            return None
        return cast("click.Command", import_module(GROUPS[cmd_name][0]).command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, GROUPS[name][1]) for name in sorted(GROUPS)])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # `… | head`: click ends quietly
            raise
        except (CentralError, CardcoreError, OSError) as error:
            click.echo(f"gatepost-central: {line_of(error)}", err=True)
            raise click.exceptions.Exit(exit_code_of(error)) from error


@click.group(
    cls=_Root,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--data", metavar="DIR", help=DATA_HELP)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=CONFIG_HELP,
)
@click.version_option(package_name="gatepost", prog_name="gatepost-central")
@click.pass_context
def main(ctx: click.Context, data: str | None, config: Path | None) -> None:
    """The service behind the doors: members, cards, keys, devices and their audit."""
    ctx.obj = Given(config=config, data=data)
