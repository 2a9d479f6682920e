"""A token as a QR code in a file."""

from io import StringIO
from pathlib import Path
from typing import Final

import segno

from cardcore.card import Mode
from central.cards.tokens import MintedToken
from central.errors import Kind, UnprocessableError

SCALE: Final = 8  # pixels a module: sharp at arm's length on any screen
BORDER: Final = 4  # modules of white around it (ISO/IEC 18004)
FORMATS: Final = frozenset((".png", ".svg"))


def error_level(mode: Mode) -> str:
    """``Q`` for paper, which gets scratched; ``M`` for screens, whose smaller codes read from further away."""
    return "Q" if mode is Mode.PRINT else "M"


def check_format(path: Path) -> None:
    """Refuse a file that is neither PNG nor SVG by its name.

    Raises:
        UnprocessableError: another ending.
    """
    if path.suffix.lower() not in FORMATS:
        raise UnprocessableError(Kind.MALFORMED, f"{path.name}: the file must be a .png or an .svg")


def terminal_qr(text: str) -> str:
    """``text`` as a code of half blocks, for a terminal with a camera before it."""
    drawn = StringIO()
    segno.make_qr(text, error="M", boost_error=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue()


def write_qr(token: MintedToken, path: Path) -> int:
    """Write the code; its QR version (1 to 40).

    Raises:
        UnprocessableError: a file that is neither PNG nor SVG by its name.
        OSError: the file cannot be written.
    """
    check_format(path)
    code = _drawn(token.text, token.claims.mode)
    code.save(str(path), kind=path.suffix[1:].lower(), scale=SCALE, border=BORDER)
    return int(code.version)


def version_of(text: str, mode: Mode = Mode.ROTATING) -> int:
    """The QR version (1 to 40) of the code that ``text`` is drawn as."""
    return int(_drawn(text, mode).version)


def _drawn(text: str, mode: Mode) -> segno.QRCode:
    return segno.make(text, error=error_level(mode), boost_error=False, micro=False)
