"""The story of the demo: a whole evening at one door, told to whoever shows it.

In lines, or on the screens of the door (tools/demo_screen.py): the same cards, in the same order, and the same must come out.
"""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import click

from cardcore.card import Claims, Mode
from cardcore.ids import Audience, CardId, Kid, Nonce, UnixSeconds
from cardcore.signing import mint_with_private_key
from tools.demo_stage import Central, Door
from tools.phone import Phone

# seconds; a new ledger trusts no rotating code older than itself (30 s of skew)
NEW_LEDGER: Final = 31
FORGERY: Final = "refuse bad_signature | refuse malformed_encoding | refuse malformed_envelope"
COLOURS: Final = {"admit": "green", "refuse": "red", "review": "yellow"}
ASK_ALWAYS: Final = {"GATEPOST_ASK_AFTER_S": "0"}  # so that each card online shows a live answer


@dataclass(slots=True, kw_only=True)
class Story:
    """What was shown, what came out, and whether it had to. This one is told in lines."""

    central: Central
    door: Door
    counts: dict[str, int] = field(default_factory=dict)
    shown: int = 0
    wrong: int = 0

    def scene(self, title: str) -> None:
        """A heading."""
        click.echo()
        click.secho(title, bold=True)

    def say(self, words: str) -> None:
        """A line that explains."""
        click.echo(f"  {words}")

    def wait(self, until: float, why: str) -> None:
        """Until then there is nothing to show."""
        left = max(0, round(until - time.monotonic()))
        self.say(f"{why}: {left} s")
        time.sleep(max(0.0, until - time.monotonic()))

    def expected_waiting(self) -> tuple[int, int]:
        """How many entries may wait for central after the outage, at least and at most: nothing was synced before."""
        return self.shown, self.shown

    def show(self, who: str, text: str, expect: str, *, printed: bool = False) -> None:
        """Hold up a card; one line with what the door said. ``expect`` is decision and reason."""
        answer = self.door.show(text, printed=printed)
        decision, reason = str(answer["decision"]), str(answer["reason"])
        self.shown += 1
        self.counts[f"{decision} {reason}"] = self.counts.get(f"{decision} {reason}", 0) + 1
        right = f"{decision} {reason}" in expect.split(" | ")
        self.wrong += not right
        took = answer.get("ms")
        millis = str(took["total"]) if isinstance(took, dict) else "–"
        self.tell(who, decision, reason, millis, "" if right else expect)

    def tell(self, who: str, decision: str, reason: str, millis: str, had_to_be: str) -> None:
        """What came out; ``had_to_be`` is empty where it is right."""
        word = click.style(decision.upper().ljust(7), fg=COLOURS.get(decision), bold=True)
        line = f"  {word} {reason:<17} {who:<46} {millis:>6} ms"
        click.echo(f"{line}  ← had to be {had_to_be}" if had_to_be else line)

    def check(self, words: str, *, right: bool) -> None:
        """A line on something that must hold."""
        self.wrong += not right
        self.tell_check(words, right=right)

    def tell_check(self, words: str, *, right: bool) -> None:
        """Whether it holds."""
        mark = click.style("holds  ", fg="green") if right else click.style("BROKEN ", fg="red")
        click.echo(f"  {mark} {words}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """The printed cards that are shown tonight."""

    hedy: str
    suspended: str
    foreign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """Who comes with a phone tonight."""

    ada: Phone
    grace: Phone
    linus: Phone
    mallory: Phone


NAMES: Final = ("Ada L.", "Grace H.", "Linus T.", "Mallory", "Hedy L.", "Eve M. (suspended)")
NUMBERS: Final = tuple(f"M-{1001 + at}" for at in range(len(NAMES)))


def pair(story: Story) -> float:
    """Central, and a paired door; when it was paired, on the monotonic clock."""
    door, central = story.door, story.central
    story.scene("Setting up")
    central.start()
    story.say(f"central serves on {central.url}")
    code = central.run("device", "code", "East door")
    enrolled = door.enrol(central.url, str(code["code"]))
    paired = time.monotonic()
    story.say(f"door {enrolled['door']!r} is paired as device {enrolled['device_id']}")
    return paired


def invite(central: Central) -> tuple[Printed, Callable[[], Phones]]:
    """The members with their printed cards; the phones of the others are made ready meanwhile."""
    central.members(dict(zip(NUMBERS, NAMES, strict=True)))
    hands = ThreadPoolExecutor(max_workers=2)
    coming = [hands.submit(central.phone, number) for number in NUMBERS[:4]]
    hands.shutdown(wait=False)
    printed = Printed(
        hedy=central.printed(NUMBERS[4]),
        suspended=central.printed(NUMBERS[5]),
        foreign=_foreign_card(),
    )

    def phones() -> Phones:
        ada, grace, linus, mallory = (phone.result() for phone in coming)
        return Phones(ada=ada, grace=grace, linus=linus, mallory=mallory)

    return printed, phones


def play(story: Story, printed: Printed, phones: Callable[[], Phones], paired: float) -> None:
    """The evening, from the first card on."""
    _printed_cards(story, printed)
    story.wait(paired + NEW_LEDGER, "a new ledger trusts no phone's code older than itself")
    cast = phones()
    screenshot = cast.ada.token(_now())
    _phones(story, cast, screenshot)
    _outage(story, cast, printed, screenshot)
    _back_in_step(story)


def _printed_cards(story: Story, cast: Printed) -> None:
    story.scene("Printed cards, online")
    story.show("Hedy, printed card", cast.hedy, "admit ok", printed=True)
    story.show("Hedy's card again, over the barrier", cast.hedy, "refuse passback", printed=True)
    story.show("Eve, suspended", cast.suspended, "refuse member_suspended", printed=True)
    story.show("a card of another venue", cast.foreign, "refuse unknown_key", printed=True)
    poster = "https://example.com/tour"
    story.show("a poster's web address", poster, "refuse not_a_card", printed=True)


def _phones(story: Story, cast: Phones, screenshot: str) -> None:
    story.scene("Phones, online")
    story.show("Ada, rotating card", screenshot, "admit ok")
    story.show("Ada's screenshot on a friend's phone", screenshot, "refuse replayed")
    story.show("Grace, rotating card", cast.grace.token(_now()), "admit ok")
    old = cast.linus.token(_now() - 300)
    story.show("Linus, a code of five minutes ago", old, "refuse expired")
    story.show("Mallory, forged", _forged(cast.mallory.token(_now())), FORGERY)


def _outage(story: Story, cast: Phones, printed: Printed, screenshot: str) -> None:
    story.scene("Central is stopped: the door goes on")
    story.central.stop()
    kept = "admit ok_cached | admit ok_snapshot"
    story.show("Linus, a fresh code", cast.linus.token(_now()), kept)
    story.show("Linus again, another code", cast.linus.token(_now()), "refuse passback")
    story.show("Mallory, this time honest", cast.mallory.token(_now()), kept)
    story.show("Ada's old screenshot", screenshot, "refuse replayed")
    story.show("Eve, suspended", printed.suspended, "refuse member_suspended", printed=True)
    waiting = int(str(story.door.run("status")["outbox"]))
    least, most = story.expected_waiting()
    story.check(f"{waiting} entries wait in the log for central", right=least <= waiting <= most)


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
