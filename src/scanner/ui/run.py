"""Run the app on this terminal."""

import os
import sys
from typing import Final

from scanner.ui.app import DoorApp, Ended

_STDIN: Final = 0


def run_app(app: DoorApp) -> Ended | None:
    """Run ``app`` until it ends; None where it broke (``app.return_code`` is then not 0).

    Draws on the standard error stream the process began with, as Textual does, and leaves the mouse alone.
    """
    if sys.__stdin__ is None:  # closed before we began: a keyboard that never types
        found = os.open(os.devnull, os.O_RDONLY)
        if found != _STDIN:
            os.dup2(found, _STDIN)
        sys.__stdin__ = os.fdopen(_STDIN, encoding="utf-8")  # type: ignore[misc]
    return app.run(mouse=False)
