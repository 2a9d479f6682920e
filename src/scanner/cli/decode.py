"""``gatepost decode``."""

from pathlib import Path

import click

from scanner.bootstrap.decoding import open_decoding
from scanner.cli.common import (
    print_json,
    printable,
    settings_of,
    shown_path,
    with_json,
    with_settings,
)
from scanner.cli.pictures import expand


@click.command(name="decode")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_settings
@with_json
def command(
    paths: tuple[Path, ...], config: Path | None, data: str | None, *, as_json: bool
) -> None:
    """Read the QR codes in pictures, or in all pictures of a folder. Any text; nothing is judged or kept.

    \b
    Examples:
      gatepost decode card.png
      gatepost decode pictures/ --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    decoding = open_decoding(settings_of(config, data=data))
    for path in expand(paths):
        answer = {"file": shown_path(path)} | decoding.decode(path)
        if as_json:
            print_json(answer)
            continue
        shown = answer["texts"] or [f"({answer.get('reason', 'no code')})"]
        for text in shown if isinstance(shown, list) else ():
            click.echo(f"{printable(shown_path(path))}: {printable(str(text))}")
