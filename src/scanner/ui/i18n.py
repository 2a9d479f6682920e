"""The words of the screens: English in the code, every other language one file under locale/.

A text stands in the code as ``words.say("…")``, or as ``mark("…")`` where it is kept in a table and said later. The
phrases of verdicts come from :func:`scanner.door.verdict.verdict_of`; its English is what catalogues are keyed by.
Nothing here is global: an app is handed its words, so that two languages can be drawn in one process.
"""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

from cardcore.ids import UnixSeconds

DOMAIN: Final = "gatepost"
LOCALE: Final = Path(__file__).with_name("locale")
SOURCE_LANGUAGE: Final = "en"


def mark(text: str) -> str:
    """``text`` as it is; tells the extraction of catalogues that it is shown to people."""
    return text


MONTHS: Final = (
    mark("Jan"),
    mark("Feb"),
    mark("Mar"),
    mark("Apr"),
    mark("May"),
    mark("Jun"),
    mark("Jul"),
    mark("Aug"),
    mark("Sep"),
    mark("Oct"),
    mark("Nov"),
    mark("Dec"),
)


def languages() -> tuple[str, ...]:
    """Every language there is a catalogue for; a new file is a new language."""
    found = LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return tuple(sorted({SOURCE_LANGUAGE, *(path.parents[1].name for path in found)}))


def language_of(environment: Mapping[str, str]) -> str:
    """The first language the environment asks for that there is, by the rules of gettext; else English."""
    wish = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)),
        "",
    )
    wishes = environment.get("LANGUAGE") or wish
    known = languages()
    for one in wishes.split(":") if wish.partition(".")[0] not in {"", "C", "POSIX"} else ():
        code = one.partition(".")[0].partition("@")[0]
        for candidate in (code, code.partition("_")[0]):
            if candidate in known:
                return candidate
    return SOURCE_LANGUAGE


@dataclass(frozen=True, slots=True)
class Words:
    """One language, and the zone in which times are told (None: the machine's own)."""

    language: str = SOURCE_LANGUAGE
    zone: tzinfo | None = None
    _catalogue: gettext.NullTranslations = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        catalogue = gettext.translation(DOMAIN, LOCALE, [self.language], fallback=True)
        object.__setattr__(self, "_catalogue", catalogue)

    def say(self, text: str, **values: object) -> str:
        """``text`` in this language, with ``values`` put in."""
        said = self._catalogue.gettext(text) if text else ""
        return said.format(**values) if values else said

    def clock(self, at: UnixSeconds) -> str:
        """Hours and minutes."""
        return self._local(at).strftime("%H:%M")

    def clock_seconds(self, at: UnixSeconds) -> str:
        """Hours, minutes and seconds."""
        return self._local(at).strftime("%H:%M:%S")

    def when(self, at: UnixSeconds, now: UnixSeconds) -> str:
        """The time of day; with the day in front where that is not today."""
        then = self._local(at)
        if then.date() == self._local(now).date():
            return self.clock(at)
        month = self.say(MONTHS[then.month - 1])
        day = self.say("{day} {month}", day=then.day, month=month)
        return f"{day} {self.clock(at)}"

    def span(self, seconds: int) -> str:
        """A length of time in the largest unit that still says something."""
        for unit, text in (
            (86_400, mark("{n} d")),
            (3_600, mark("{n} h")),
            (60, mark("{n} min")),
        ):
            if seconds >= 2 * unit or (unit == 60 and seconds >= unit):  # noqa: PLR2004 -- "90 min" says more than "1 h"
                return self.say(text, n=seconds // unit)
        return self.say("{n} s", n=max(0, seconds))

    def _local(self, at: UnixSeconds) -> datetime:
        try:
            return datetime.fromtimestamp(at, UTC).astimezone(self.zone)
        except (OverflowError, ValueError, OSError):  # an untrusted clock may say anything
            return datetime.fromtimestamp(0, UTC)
