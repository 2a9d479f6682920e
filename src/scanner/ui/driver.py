"""The terminal: Textual's own driver for output, our own reader for input, and only characters the terminal has.

Mouse, pastes, focus and resize reports are never switched on, since none is ever read (scanner.ui.keyboard).
"""

import os
import selectors
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from textual import events
from textual.drivers.linux_driver import LinuxDriver

from scanner.ui.keyboard import ESCAPE_WAIT, KeyReader, Stroke
from scanner.ui.look import Charset
from scanner.ui.messages import InputEnded

_POLL: Final = 0.1  # seconds until the thread sees that it should end
_READ_BYTES: Final = 4_096
# Reports that would arrive as bytes nobody reads: the kitty keyboard, focus.
_UNWANTED: Final = ("\x1b[>", "\x1b[?1004h")

_LINES: Final = {
    **dict.fromkeys("─━═╌╍┄┅", "-"),
    **dict.fromkeys("│┃║╎╏┆┇", "|"),
    **dict.fromkeys("┌┐└┘┏┓┗┛╔╗╚╝├┤┬┴┼┣┫┳┻╋╠╣╦╩╬╭╮╯╰", "+"),
    "█": "#",
    "■": "#",
    "●": "*",
    "×": "x",
    "✘": "x",
    "·": "-",
    "–": "-",
    "—": "-",
    "…": ".",
    "▸": ">",
    "↑": "^",
    "↓": "v",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    **dict(zip("äöüÄÖÜßéèêàáâçñøåÅØÉ", "aouAOUseeeaaacnoaAOE", strict=True)),
}
_NARROWED: Final = {"–": "-", "—": "-", "…": ".", "▸": ">", "✔": "√"}
_CONSOLE: Final = str.maketrans(_NARROWED)


def translate(text: str, charset: Charset) -> str:
    """``text`` with each character the terminal lacks replaced by one of the same width."""
    if charset is Charset.FULL:
        return text
    if charset is Charset.CONSOLE:
        return text.translate(_CONSOLE)
    return "".join(c if c.isascii() else _LINES.get(c, "?") for c in text)


class DoorDriver(LinuxDriver):
    """Draws like Textual's driver; reads nothing but keys."""

    def write(self, data: str) -> None:
        """Send ``data`` to the terminal, in characters it has."""
        if not data.startswith(_UNWANTED):
            super().write(translate(data, getattr(self._app, "charset", Charset.FULL)))

    def _get_terminal_size(self) -> tuple[int, int]:
        """What the terminal itself says; COLUMNS and LINES in the environment may be an old terminal's."""
        with suppress(ValueError, OSError):
            size = os.get_terminal_size(-1 if self._file is None else self._file.fileno())
            if size.columns > 0 and size.lines > 0:
                return size.columns, size.lines
        return super()._get_terminal_size()

    def _enable_mouse_support(self) -> None:
        pass

    def _enable_bracketed_paste(self) -> None:
        pass

    def _query_in_band_window_resize(self) -> None:
        pass

    def _request_terminal_sync_mode_support(self) -> None:
        pass

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the terminal does; with standard input closed, the door goes on."""
        reader = KeyReader()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(ESCAPE_WAIT if reader.waits else _POLL):
                    self._send(reader.rest())
                    continue
                data = self._read()
                if not data:
                    self.process_message(InputEnded())
                    return
                self._send(reader.feed(data))

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:  # the terminal hung up
            return b""

    def _send(self, strokes: Iterable[Stroke]) -> None:
        for stroke in strokes:
            self.process_message(events.Key(stroke.key, stroke.character))
