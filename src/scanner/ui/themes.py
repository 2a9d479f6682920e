"""The four themes. A verdict is told by its word, shape, border and sound; the colours only help.

White on the three verdict colours has a contrast of 7.4, 10 and 15 to 1, and the Linux console's sixteen colours show
all three as what they are; $warning and #ffaa00 come out red there, so no screen uses them.
"""

from typing import Final

from textual.theme import Theme

GREEN: Final = "#006400"
RED: Final = "#8b0000"
BLUE: Final = "#00008b"
GREY: Final = "#303030"
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"


def _verdicts(**changed: str) -> dict[str, str]:
    return {
        "admit-back": GREEN,
        "admit-ink": WHITE,
        "refuse-back": RED,
        "refuse-ink": WHITE,
        "review-back": BLUE,
        "review-ink": WHITE,
        "goodbye-back": GREY,
        "goodbye-ink": WHITE,
        **changed,
    }


def _theme(
    name: str, *, back: str, bar: str, ink: str, dim: str, line: str, dark: bool, **verdicts: str
) -> Theme:
    """``bar`` lies behind header and footer; ``dim`` is for what may be read at leisure."""
    variables = {
        "bar": bar,
        "ink": ink,
        "dim": dim,
        "line": line,
        "back": back,
        "bar-ink": ink,
        "alert-back": RED,
        "alert-ink": WHITE,
        "chosen-back": ink,
        "chosen-ink": back,
    }
    return Theme(
        name=name,
        primary=line,
        secondary=line,
        accent=line,
        warning=ink,
        error=RED,
        success=GREEN,
        foreground=ink,
        background=back,
        surface=back,
        panel=bar,
        dark=dark,
        variables={**variables, **_verdicts(), **verdicts},
    )


DARK: Final = _theme(
    "dark", back="#101418", bar="#1c242c", ink="#e8edf2", dim="#93a1ae", line="#4a5a68", dark=True
)
LIGHT: Final = _theme(
    "light", back="#f6f4ef", bar="#e3dfd6", ink="#16191c", dim="#565e66", line="#9a948a", dark=False
)
CONTRAST: Final = _theme(
    "contrast",
    back=BLACK,
    bar=BLACK,
    ink=WHITE,
    dim=WHITE,
    line=WHITE,
    dark=True,
    **{
        "admit-back": WHITE,
        "admit-ink": BLACK,
        "refuse-back": BLACK,
        "review-back": BLACK,
        "review-ink": "#ffff00",
        "goodbye-back": BLACK,
        "alert-back": WHITE,
        "alert-ink": BLACK,
    },
)
CONSOLE: Final = _theme(
    "console", back=BLACK, bar=BLUE, ink=WHITE, dim="#aaaaaa", line=WHITE, dark=True
)

ALL: Final = (DARK, LIGHT, CONTRAST, CONSOLE)
