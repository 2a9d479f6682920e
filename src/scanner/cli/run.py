"""``gatepost run``."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.bootstrap.door import open_lane
from scanner.bootstrap.floor import make_sounder, make_watchdog, open_floor
from scanner.bootstrap.step import sync_beside
from scanner.bootstrap.vault import open_papers
from scanner.bootstrap.watch import DoorWatch, watch_beside
from scanner.cli import FAULT
from scanner.cli.answers import OUTCOME_COLOURS, describe
from scanner.cli.common import print_json, printable, settings_of, with_json, with_settings
from scanner.cli.terminal import drawing, ignore_keys, is_terminal, log_to
from scanner.config import Settings, terminal_environment
from scanner.desk import DoorFacts
from scanner.door.decision import outcome_of
from scanner.door.verdict import verdict_of
from scanner.floor.desk import Floor
from scanner.pipeline import Answer

if TYPE_CHECKING:
    from scanner.ui.app import DoorApp


@click.command(name="run")
@click.option(
    "--source",
    metavar="SRC",
    help="camera:0, camera:/dev/v4l/by-id/NAME, video:FILE, folder:DIR[@FPS], watch:DIR[@FPS] or wedge.",
)
@click.option("--kiosk", is_flag=True, default=None, help="A door with nobody beside it.")
@click.option("--plain", is_flag=True, help="A line a card instead of the full screen.")
@with_settings
@with_json
def command(
    source: str | None,
    config: Path | None,
    data: str | None,
    *,
    kiosk: bool | None,
    plain: bool,
    as_json: bool,
) -> None:
    """Read cards from a camera, decide, and show it; keeps in step with central meanwhile.

    On a terminal this is the full-screen app. With --plain or --json, or where there is no terminal, it prints a
    line a card, and ends when the source does or on Ctrl-C. A card held in view is one presentation. A kiosk heeds
    no key; TERM or HUP ends it.

    \b
    Examples:
      gatepost run
      gatepost run --kiosk --source camera:/dev/v4l/by-id/usb-Camera-index0
      gatepost run --source folder:pictures@10 --json
    """  # noqa: D301 -- \b keeps click from rewrapping the examples
    settings = settings_of(config, data=data, source=source, kiosk=kiosk)
    open_papers(settings)  # asks for a passphrase, where it must, before anything is drawn
    if plain or as_json or not is_terminal():
        log_to(sys.stderr, settings)
        _print(settings, as_json=as_json)
    elif not _show_app(settings):
        sys.exit(FAULT)


def _print(settings: Settings, *, as_json: bool) -> None:
    with (
        watch_beside(settings) as watch,
        open_lane(settings, watch.tracing) as lane,
        sync_beside(settings, lane.pace, tracing=watch.tracing) as worker,
    ):
        for answer in lane.answers():
            _show(answer, as_json=as_json)
            watch.heard(answer)
            worker.wake()


def _show_app(settings: Settings) -> bool:
    """Run the app until it is told to end; whether it ended well."""
    if settings.kiosk:
        ignore_keys()
    with drawing(settings), watch_beside(settings) as watch:
        floor = open_floor(settings, watch.heard, watch.tracing)
        watch.figures.camera_fps = lambda: floor.facts().camera_fps
        try:
            from scanner.ui.run import run_app

            app = _app(settings, floor, watch)
            run_app(app)
            return not app.return_code
        finally:
            floor.stop()


def _app(settings: Settings, floor: Floor, watch: DoorWatch) -> "DoorApp":
    from scanner.ui.app import DoorApp
    from scanner.ui.i18n import Words, language_of
    from scanner.ui.keymap import keymap_of
    from scanner.ui.look import look_of

    environment = terminal_environment()
    wished = settings.language
    return DoorApp(
        floor,
        kiosk=settings.kiosk,
        words=Words(language_of(environment) if wished == "auto" else wished),
        keymap=keymap_of(settings.keys),
        look=look_of(environment, settings.theme),
        sounder=make_sounder(settings),
        heartbeat=_heartbeat(floor.facts, lambda: watch.line),
    )


def _heartbeat(
    facts: Callable[[], DoorFacts], health: Callable[[], str]
) -> Callable[[], None] | None:
    watchdog = make_watchdog()
    if watchdog is None:
        return None
    return lambda: watchdog.beat(status_line(facts(), health()))


def status_line(facts: DoorFacts, health: str = "") -> str:
    """How the door is, in the one line that ``systemctl status`` shows; ``health`` is that of the last look."""
    link = "online" if facts.link.online else "offline"
    faults = ", ".join(fault.kind.value for fault in facts.faults) or "none"
    line = f"{link}, {facts.link.outbox} to hand over, faults: {faults}"
    return f"{health}; {line}" if health else line


def _show(answer: Answer, *, as_json: bool) -> None:
    if answer.trouble:
        click.secho(f"gatepost: {answer.trouble}", fg="red", err=True)
    if as_json:
        print_json(describe(answer, sum(answer.stages.values())))
        return
    verdict = verdict_of(answer.decision)
    colour = OUTCOME_COLOURS[outcome_of(answer.decision)]
    word = click.style(verdict.word.ljust(7), fg=colour, bold=True)
    advice = f" – {verdict.advice}" if verdict.advice else ""
    click.echo(f"{word} {verdict.rule}{advice}  {printable(answer.display_name or '')}".rstrip())
