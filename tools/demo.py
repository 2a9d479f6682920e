"""A whole evening at one door, for real: central, cards, admits and refusals, an outage, and in step again.

Run it with `make demo`. It ends by itself within 90 seconds: exit code 0, or 1 if anything came out otherwise than
it must. Everything it made stays in demo-data/ until the next run.
"""

import secrets
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from cardcore.card import Claims, Mode
from cardcore.ids import Audience, CardId, Kid, Nonce, UnixSeconds
from cardcore.signing import mint_with_private_key
from tools.demo_stage import Central, Door, StageError, stage
from tools.phone import Phone

FOLDER: Final = Path("demo-data")
NEW_LEDGER: Final = (
    31  # seconds; a new ledger trusts no rotating code older than itself (30 s of skew)
)
FORGERY: Final = "refuse bad_signature | refuse malformed_encoding | refuse malformed_envelope"
COLOURS: Final = {"admit": "green", "refuse": "red", "review": "yellow"}
ASK_ALWAYS: Final = {"GATEPOST_ASK_AFTER_S": "0"}  # so that each card online shows a live answer


@dataclass(slots=True, kw_only=True)
class Story:
    """What was shown, what came out, and whether it had to."""

    central: Central
    door: Door
    counts: dict[str, int] = field(default_factory=dict)
    shown: int = 0
    wrong: int = 0

    def scene(self, title: str) -> None:
        """A heading."""
        click.echo()
        click.secho(title, bold=True)

    def show(self, who: str, text: str, expect: str, *, printed: bool = False) -> None:
        """Hold up a card; one line with what the door said. ``expect`` is decision and reason."""
        answer = self.door.show(text, printed=printed)
        decision, reason = str(answer["decision"]), str(answer["reason"])
        self.shown += 1
        self.counts[f"{decision} {reason}"] = self.counts.get(f"{decision} {reason}", 0) + 1
        took = answer.get("ms")
        millis = took["total"] if isinstance(took, dict) else "–"
        word = click.style(decision.upper().ljust(7), fg=COLOURS.get(decision), bold=True)
        line = f"  {word} {reason:<17} {who:<46} {millis:>6} ms"
        right = f"{decision} {reason}" in expect.split(" | ")
        self.wrong += not right
        click.echo(line if right else f"{line}  ← had to be {expect}")

    def check(self, words: str, *, right: bool) -> None:
        """A line on something that must hold."""
        self.wrong += not right
        mark = click.style("holds  ", fg="green") if right else click.style("BROKEN ", fg="red")
        click.echo(f"  {mark} {words}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who comes tonight."""

    ada: Phone
    grace: Phone
    linus: Phone
    mallory: Phone
    printed: str
    suspended: str
    foreign: str


def main() -> int:
    """Play the evening; the exit code."""
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    try:
        with stage(FOLDER.resolve()) as (central, door):
            story = Story(central=central, door=door)
            _play(story)
    except (StageError, OSError) as error:
        click.secho(f"The demo could not go on: {error}", fg="red", err=True)
        return 1
    _curtain(story, time.monotonic() - began)
    return 0 if story.wrong == 0 else 1


def _play(story: Story) -> None:
    door, central = story.door, story.central
    story.scene("Setting up")
    central.start()
    click.echo(f"  central serves on {central.url}")
    code = central.run("device", "code", "East door")
    enrolled = door.enrol(central.url, str(code["code"]))
    paired = time.monotonic()
    click.echo(f"  door {enrolled['door']!r} is paired as device {enrolled['device_id']}")
    cast = _cast(central)
    click.echo("  6 members, 4 phones with rotating cards, 2 printed cards")
    door.run("sync")
    door.open(ASK_ALWAYS)
    _printed_cards(story, cast)
    _wait(paired + NEW_LEDGER, "  a new ledger trusts no phone's code older than itself")
    screenshot = cast.ada.token(_now())
    _phones(story, cast, screenshot)
    _outage(story, cast, screenshot)
    _back_in_step(story)


def _printed_cards(story: Story, cast: Cast) -> None:
    story.scene("Printed cards, online")
    story.show("Hedy, printed card", cast.printed, "admit ok", printed=True)
    story.show("Hedy's card again, over the barrier", cast.printed, "refuse passback", printed=True)
    story.show("Eve, suspended", cast.suspended, "refuse member_suspended", printed=True)
    story.show("a card of another venue", cast.foreign, "refuse unknown_key", printed=True)
    poster = "https://example.com/tour"
    story.show("a poster's web address", poster, "refuse not_a_card", printed=True)


def _phones(story: Story, cast: Cast, screenshot: str) -> None:
    story.scene("Phones, online")
    story.show("Ada, rotating card", screenshot, "admit ok")
    story.show("Ada's screenshot on a friend's phone", screenshot, "refuse replayed")
    story.show("Grace, rotating card", cast.grace.token(_now()), "admit ok")
    old = cast.linus.token(_now() - 300)
    story.show("Linus, a code of five minutes ago", old, "refuse expired")
    story.show("Mallory, forged", _forged(cast.mallory.token(_now())), FORGERY)


def _outage(story: Story, cast: Cast, screenshot: str) -> None:
    story.scene("Central is stopped: the door goes on")
    story.central.stop()
    kept = "admit ok_cached | admit ok_snapshot"
    story.show("Linus, a fresh code", cast.linus.token(_now()), kept)
    story.show("Linus again, another code", cast.linus.token(_now()), "refuse passback")
    story.show("Mallory, this time honest", cast.mallory.token(_now()), kept)
    story.show("Ada's old screenshot", screenshot, "refuse replayed")
    story.show("Eve, suspended", cast.suspended, "refuse member_suspended", printed=True)
    waiting = story.door.run("status")["outbox"]
    story.check(f"{waiting} entries wait in the log for central", right=waiting == story.shown)


def _back_in_step(story: Story) -> None:
    story.scene("Central is back")
    story.central.start()
    synced = story.door.run("sync", "--once")
    words = f"central took {synced['uploaded']} entries, in step"
    story.check(words, right=synced["in_step"] is True)
    again = story.door.run("sync", "--once")
    nothing = (again["uploaded"], again["outbox"]) == (0, 0)
    story.check("a second sync has nothing to do", right=nothing)
    chain = story.door.run("audit", "verify")
    words = f"the log's chain is sound: {chain['entries']} entries, {story.shown} cards shown"
    whole = chain["sound"] is True and chain["entries"] == story.shown
    story.check(words, right=whole)
    story.check(f"central holds all {synced['mark']}", right=synced["mark"] == story.shown)


def _cast(central: Central) -> Cast:
    names = ("Ada L.", "Grace H.", "Linus T.", "Mallory", "Hedy L.", "Eve M. (suspended)")
    numbers = [f"M-{1001 + at}" for at in range(len(names))]
    central.members(dict(zip(numbers, names, strict=True)))
    with ThreadPoolExecutor(max_workers=2) as hands:
        ada, grace, linus, mallory = hands.map(central.phone, numbers[:4])
    return Cast(
        ada=ada,
        grace=grace,
        linus=linus,
        mallory=mallory,
        printed=central.printed(numbers[4]),
        suspended=central.printed(numbers[5]),
        foreign=_foreign_card(),
    )


def _foreign_card() -> str:
    """A genuine card, of a venue with a key this door has never seen."""
    claims = Claims(
        audience=Audience("elsewhere"),
        expires_at=UnixSeconds(_now() + 86_400),
        issued_at=UnixSeconds(_now()),
        nonce=Nonce(secrets.token_bytes(8)),
        mode=Mode.PRINT,
        card_id=CardId(secrets.token_bytes(16)),
        generation=0,
    )
    kid = Kid(secrets.token_bytes(4))
    return mint_with_private_key(claims, kid=kid, private_key=secrets.token_bytes(32))


def _forged(token: str) -> str:
    """The card with one character changed, as somebody without the key would have to guess it."""
    return f"{token[:-3]}{'1' if token[-3] == '0' else '0'}{token[-2:]}"


def _now() -> int:
    return int(time.time())


def _wait(until: float, why: str) -> None:
    left = max(0, round(until - time.monotonic()))
    click.echo(f"{why}: {left} s")
    time.sleep(max(0.0, until - time.monotonic()))


def _curtain(story: Story, took: float) -> None:
    story.scene("Tonight")
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
