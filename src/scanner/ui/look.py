"""What the terminal can draw, told from the environment that the command hands over; a setting overrules it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner.errors import ConfigError


class Charset(StrEnum):
    """Which characters reach the glass."""

    FULL = "full"
    CONSOLE = "console"  # the Linux console's fonts: box lines and full blocks, no half blocks
    ASCII = "ascii"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The theme to draw in, and the characters to draw with."""

    theme: str = "dark"
    charset: Charset = Charset.FULL

    @property
    def can_preview(self) -> bool:
        """Whether the camera picture can be drawn: it needs half blocks."""
        return self.charset is Charset.FULL


THEMES = ("dark", "light", "contrast", "console")


def look_of(environment: Mapping[str, str], theme: str = "auto") -> Look:
    """The look for this terminal; ``theme`` is one of THEMES, or auto.

    Raises:
        ConfigError: no such theme.
    """
    console = environment.get("TERM", "") in {"linux", "vt100", "vt220", "dumb"}
    if theme not in {*THEMES, "auto"}:
        raise ConfigError(field="theme", value=theme, hint=f"auto, {', '.join(THEMES)}")
    if not _speaks_utf8(environment):
        charset = Charset.ASCII
    else:
        charset = Charset.CONSOLE if console else Charset.FULL
    if theme == "auto":
        theme = "console" if console else "dark"
    return Look(theme=theme, charset=charset)


def _speaks_utf8(environment: Mapping[str, str]) -> bool:
    named = next(
        (environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), ""
    )
    return named.lower().replace("-", "").partition("@")[0].endswith("utf8")
