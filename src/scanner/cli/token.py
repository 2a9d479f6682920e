"""``gatepost token verify|vectors``."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from cardcore.ids import Audience, UnixSeconds
from cardcore.verify import verify_token
from scanner.bootstrap.eyes import system_clock
from scanner.cli import FAULT
from scanner.cli.common import print_json, settings_of, with_json, with_settings
from scanner.cli.vectors import read_key_file, result_of, run_vectors, verification_keys


@click.group(name="token")
def command() -> None:
    """Judge tokens, the text in a card's code.

    \b
    Examples:
      gatepost token verify "MC1:..."
      gatepost token verify "MC1:..." --keyset keys.json --audience venue-12 --at 1790000000
      gatepost token vectors vectors.json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples


@command.command(name="verify")
@click.argument("text")
@click.option(
    "--keyset",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keys as a vector file has them; default: this door's own.",
)
@click.option("--audience", metavar="A", help="The venue; default: this door's own.")
@click.option("--at", type=int, metavar="SECONDS", help="Judge at this instant; default: now.")
@with_settings
@with_json
def verify(
    text: str,
    *,
    keyset: Path | None,
    audience: str | None,
    at: int | None,
    config: Path | None,
    data: str | None,
    as_json: bool,
) -> None:
    """Judge one token. Nothing is written, no nonce is burned."""
    now = UnixSeconds(system_clock().now().seconds if at is None else at)
    keys, audiences = verification_keys(
        settings_of(config, data=data), keyset, None if audience is None else Audience(audience)
    )
    result = result_of(verify_token(text, keys, audiences, now))
    if as_json or not sys.stdout.isatty():
        print_json(result)
        return
    click.echo(f"{result['result']}: {result.get('reason', '')}".rstrip(": "))
    claims = result.get("claims")
    if isinstance(claims, dict):
        for name, value in claims.items():
            click.echo(f"  {name:<11} {_readable(name, value)}")


@command.command(name="vectors")
@click.argument("file", type=click.Path(path_type=Path))
def vectors(file: Path) -> None:
    """Run a vector file; print each failure and, last, how many passed."""
    passed, failures = run_vectors(read_key_file(file))
    for failure in failures:
        click.echo(failure)
    click.echo(f"{passed} passed, {len(failures)} failed")
    if failures:
        sys.exit(FAULT)


def _readable(name: str, value: object) -> str:
    if name in {"issued_at", "expires_at"} and isinstance(value, int):
        return f"{value} ({datetime.fromtimestamp(value, tz=UTC):%Y-%m-%d %H:%M:%S}Z)"
    return str(value)
