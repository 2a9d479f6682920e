"""A whole evening at one door, for real: central, cards, admits and refusals, an outage, and in step again.

Run it with `make demo`. On a terminal it is the door's own app, which plays itself (`q` quits); else it prints a line a
card. It ends by itself within 90 seconds: exit code 0, or 1 if anything came out otherwise than it must. Everything it made
stays in demo-data/ until the next run.
"""

import shutil
import sys
import time
from pathlib import Path
from typing import Final

import click

from tools.demo_stage import StageError, stage
from tools.demo_story import ASK_ALWAYS, COLOURS, Story, invite, pair, play

FOLDER: Final = Path("demo-data")


def main() -> int:
    """Play the evening; the exit code."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    if sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty():
        from tools.demo_screen import play_on_screen  # loads Textual

        return play_on_screen(FOLDER, curtain)
    return _play_in_lines()


def _play_in_lines() -> int:
    began = time.monotonic()
    try:
        with stage(FOLDER.resolve()) as (central, door):
            story = Story(central=central, door=door)
            paired = pair(story)
            printed, phones = invite(central)
            phones()
            story.say("6 members, 4 phones with rotating cards, 2 printed cards")
            door.run("sync")
            door.open(ASK_ALWAYS)
            play(story, printed, phones, paired)
    except (StageError, OSError) as error:
        click.secho(f"The demo could not go on: {error}", fg="red", err=True)
        return 1
    curtain(story, time.monotonic() - began)
    return 0 if story.wrong == 0 else 1


def curtain(story: Story, took: float) -> None:
    """What came out tonight."""
    click.echo()
    click.secho("Tonight", bold=True)
    for outcome, count in sorted(story.counts.items()):
        decision, _, reason = outcome.partition(" ")
        word = click.style(decision.ljust(7), fg=COLOURS.get(decision))
        click.echo(f"  {word} {reason:<18} {count:>3}")
    click.echo(f"  {story.shown} cards in {took:.0f} s; the data is in {FOLDER}/")
    click.echo()
    click.echo("What next:")
    click.echo(f"  .venv/bin/gatepost audit list --data {FOLDER}/door")
    click.echo(f"  .venv/bin/gatepost status --data {FOLDER}/door")
    click.echo(f"  .venv/bin/gatepost decode {FOLDER}/pictures")
    if story.wrong:
        click.secho(f"{story.wrong} came out otherwise than they must.", fg="red", err=True)
    else:
        click.secho("Everything came out as it must.", fg="green")


if __name__ == "__main__":
    sys.exit(main())
