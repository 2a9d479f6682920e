"""What every command has: --config, --data, --json; and one way to print an answer."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec
from unicodedata import category

import click
import msgspec

from scanner.config import Resolved, Settings, resolve
from scanner.errors import ConfigError
from scanner.passphrase import Passphrase

P = ParamSpec("P")


def with_settings(function: Callable[P, None]) -> Callable[P, None]:
    """Add --config and --data."""
    data = click.option(
        "--data", metavar="DIR", help="Where this door keeps its ledger, keys and lists."
    )
    config = click.option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="A TOML file of settings.",
    )
    return config(data(function))


def with_json(function: Callable[P, None]) -> Callable[P, None]:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(function)


def settings_of(config: Path | None, **flags: object) -> Settings:
    """The settings in force, and somebody to ask for the passphrase, should it be needed."""
    return replace(resolved(config, **flags).settings, passphrase=Passphrase(ask_passphrase))


def ask_passphrase(words: str = "Passphrase of this door") -> str:
    """What the operator types, which nobody sees.

    Raises:
        ConfigError: there is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        hint = (
            "is asked for on a terminal, and there is none; a credential of systemd's needs nobody"
        )
        raise ConfigError(field="passphrase", value=None, hint=hint)
    said: str = click.prompt(words, hide_input=True, err=True)
    return said


def resolved(config: Path | None, **flags: object) -> Resolved:
    """The settings in force, and where each came from."""
    return resolve(flags, config)


def shown_path(path: Path) -> str:
    """The file's name as answers have it: one that is no UTF-8 must not stop the line."""
    return os.fsencode(path).decode("utf-8", "replace")


def printable(text: str) -> str:
    """``text`` for a terminal: what came from outside must not move its cursor or turn its letters around."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(c).startswith("C") else c for c in text)


def print_json(answer: object) -> None:
    """One line of JSON on standard output, at once: a reader may be waiting for it."""
    click.echo(msgspec.json.encode(answer).decode("utf-8"))
    sys.stdout.flush()
