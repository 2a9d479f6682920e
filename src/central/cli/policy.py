"""``gatepost-central policy``."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import click
import msgspec

from cardcore.policy import COUNT_MAX, DoorPolicy, Handling
from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import audience_of, audience_option, common_options, emit, examples

_HANDLINGS: Final = click.Choice([each.value for each in Handling])
_SECONDS: Final = click.IntRange(0, COUNT_MAX)


@click.group(epilog=examples("policy show", "policy set --active-list --kiosk-old-lists refuse"))
def command() -> None:
    """Show or change what a venue wants of its doors; they learn of it within a minute."""


@command.command("show", epilog=examples("policy show --audience pool --json"))
@audience_option
@common_options
@click.pass_obj
def show(given: Given, audience: str | None, *, as_json: bool) -> None:
    """Show the policy in force."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        _emit(central.signed.policies.policy(venue), as_json=as_json)


@command.command(
    "set",
    epilog=examples(
        "policy set --lists-last 7200 --kiosk-old-lists refuse",
        "policy set --capacity 250",
        "policy set --no-capacity",
    ),
)
@click.option(
    "--active-list/--no-active-list",
    default=None,
    help="Refuse a card that is not on the list of active cards.",
)
@click.option(
    "--lists-last", type=_SECONDS, metavar="S", help="How old the card lists may be, in seconds."
)
@click.option("--door-old-lists", type=_HANDLINGS, help="What doors do while they are older.")
@click.option("--kiosk-old-lists", type=_HANDLINGS, help="What kiosks do while they are older.")
@click.option("--capacity", type=_SECONDS, metavar="N", help="How many may be inside.")
@click.option("--no-capacity", is_flag=True, help="As many as come.")
@audience_option
@common_options
@click.pass_obj
def change(
    given: Given,
    audience: str | None,
    *,
    active_list: bool | None,
    lists_last: int | None,
    door_old_lists: str | None,
    kiosk_old_lists: str | None,
    capacity: int | None,
    no_capacity: bool,
    as_json: bool,
) -> None:
    """Change what is named, and nothing else."""
    if no_capacity and capacity is not None:
        msg = "--capacity and --no-capacity exclude each other"
        raise click.UsageError(msg)
    plain = {"active_list": active_list, "lists_last_s": lists_last, "capacity": capacity}
    wanted: dict[str, int | None] = {
        name: value for name, value in plain.items() if value is not None
    }
    if no_capacity:
        wanted["capacity"] = None
    rules = {"door": door_old_lists, "kiosk": kiosk_old_lists}
    lists = {mode: Handling(word) for mode, word in rules.items() if word is not None}
    if not wanted and not lists:
        msg = "nothing to change; see --help"
        raise click.UsageError(msg)
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        _emit(central.signed.policies.change(venue, _changed(wanted, lists)), as_json=as_json)


def _changed(
    wanted: dict[str, int | None], lists: dict[str, Handling]
) -> Callable[[DoorPolicy], DoorPolicy]:
    def how(policy: DoorPolicy) -> DoorPolicy:
        door, kiosk = (
            replace(rules, lists=lists.get(mode, rules.lists))
            for mode, rules in (("door", policy.door), ("kiosk", policy.kiosk))
        )
        changed = msgspec.to_builtins(replace(policy, door=door, kiosk=kiosk)) | wanted
        return msgspec.convert(changed, DoorPolicy)

    return how


def _emit(policy: DoorPolicy, *, as_json: bool) -> None:
    fields = msgspec.to_builtins(policy)
    lines = [f"{name.replace('_', ' '):<16} {_plain(value)}" for name, value in fields.items()]
    emit(fields, "\n".join(lines), as_json=as_json)


def _plain(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {word}" for name, word in value.items())
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
