"""``gatepost-central keys``."""

import click

from central.bootstrap import open_central
from central.cli.given import Given
from central.cli.output import audience_of, audience_option, common_options, emit, examples
from central.ports.records import IssuerKey


@click.group(epilog=examples("keys list --json"))
def command() -> None:
    """List issuer keys."""


@command.command("list", epilog=examples("keys list --audience pool"))
@audience_option
@common_options
@click.pass_obj
def list_keys(given: Given, audience: str | None, *, as_json: bool) -> None:
    """List the keys of a venue, and the root that signs documents. No secret is shown."""
    settings = given.settings(audience=audience)
    venue = audience_of(settings)
    with open_central(settings) as central:
        for key in [*central.keys.all(venue), *central.keys.all(None)]:
            text = (
                f"{key.kid.hex()}  {key.use.value:<15} alg {key.use.alg.value:<2} {key.state.value}"
            )
            emit(_fields(key), text, as_json=as_json)


def _fields(key: IssuerKey) -> dict[str, object]:
    return {
        "kid": key.kid.hex(),
        "use": key.use.value,
        "alg": key.use.alg.value,
        "audience": key.audience,
        "state": key.state.value,
        "not_before": key.not_before,
        "signs_until": key.signs_until,
        "expires_at": key.expires_at,
    }
