"""What can be done at a door, and by which key: function keys, Enter, Esc and the arrows, never a letter.

A keyboard scanner types letters and control bytes; a key it can send in the middle of a code must do nothing. So the
configuration may move an action to another function key, and to nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from scanner.errors import ConfigError
from scanner.ui.i18n import mark


class Action(StrEnum):
    """Everything a key can do."""

    HELP = "help"
    MANUAL = "manual"
    SEARCH = "search"
    RECENT = "recent"
    OVERRIDE = "override"
    LAST = "last"
    UNDO = "undo"
    CAMERA = "camera"
    COUNTER = "counter"
    DUTY = "duty"
    DIAGNOSTICS = "diagnostics"
    ACCEPT = "accept"
    BACK = "back"
    UP = "up"
    DOWN = "down"


LABELS: Final = {
    Action.HELP: mark("Help"),
    Action.MANUAL: mark("Manual"),
    Action.SEARCH: mark("Search"),
    Action.RECENT: mark("Recent"),
    Action.OVERRIDE: mark("Override"),
    Action.LAST: mark("Last"),
    Action.UNDO: mark("Undo"),
    Action.CAMERA: mark("Camera"),
    Action.COUNTER: mark("Counter"),
    Action.DUTY: mark("Duty"),
    Action.DIAGNOSTICS: mark("Diagnostics"),
    Action.ACCEPT: mark("OK"),
    Action.BACK: mark("Back"),
    Action.UP: mark("Up"),
    Action.DOWN: mark("Down"),
}
EXPLAINED: Final = {
    Action.HELP: mark("this page"),
    Action.MANUAL: mark("let somebody in without a card, with a reason and a PIN"),
    Action.SEARCH: mark("find a member by name or number, offline too"),
    Action.RECENT: mark("the last entries of this door's log"),
    Action.OVERRIDE: mark("let the last person in after all, with a reason and a PIN"),
    Action.LAST: mark("call back the last verdict"),
    Action.UNDO: mark("take back the last admission, within 15 seconds"),
    Action.CAMERA: mark("hide or show the camera picture; reading goes on"),
    Action.COUNTER: mark("how many are inside; count people in, or out"),
    Action.DUTY: mark("come on duty with a PIN, or go off duty"),
    Action.DIAGNOSTICS: mark("what a support call asks for (supervisor)"),
    Action.ACCEPT: mark("go on to the next card; choose; confirm"),
    Action.BACK: mark("back to reading cards"),
    Action.UP: mark("move up in a list"),
    Action.DOWN: mark("move down in a list"),
}
DEFAULT_KEYS: Final = {
    Action.HELP: "f1",
    Action.MANUAL: "f2",
    Action.SEARCH: "f3",
    Action.RECENT: "f4",
    Action.OVERRIDE: "f5",
    Action.LAST: "f6",
    Action.UNDO: "f7",
    Action.CAMERA: "f8",
    Action.COUNTER: "f9",
    Action.DUTY: "f10",
    Action.DIAGNOSTICS: "f12",
}
FIXED_KEYS: Final = {
    Action.ACCEPT: "enter",
    Action.BACK: "escape",
    Action.UP: "up",
    Action.DOWN: "down",
}
FUNCTION_KEYS: Final = tuple(f"f{number}" for number in range(1, 13))
_CAPS: Final = {"enter": "Enter", "escape": "Esc", "up": "↑", "down": "↓"}


def _defaults() -> dict[Action, str]:
    return {**DEFAULT_KEYS, **FIXED_KEYS}


@dataclass(frozen=True, slots=True)
class Keymap:
    """Which key does what."""

    keys: Mapping[Action, str] = field(default_factory=_defaults)

    def action(self, key: str) -> Action | None:
        """What ``key`` does; None for every key that does nothing."""
        return next((action for action, bound in self.keys.items() if bound == key), None)

    def cap(self, action: Action) -> str:
        """The key of ``action`` as the footer writes it."""
        key = self.keys[action]
        return _CAPS.get(key, key.upper())


def keymap_of(wanted: Mapping[str, str]) -> Keymap:
    """The default keys, with the actions named in ``wanted`` on other function keys.

    Raises:
        ConfigError: no such action, a key that is no function key, or one key for two actions.
    """
    keys = _defaults()
    movable = {action.value: action for action in DEFAULT_KEYS}
    for name, key in wanted.items():
        if name not in movable:
            raise ConfigError(field="keys", value=name, hint=f"known: {', '.join(movable)}")
        if key.lower() not in FUNCTION_KEYS:
            raise ConfigError(field=f"keys.{name}", value=key, hint="one of f1 to f12")
        keys[movable[name]] = key.lower()
    for action, key in keys.items():
        clash = next((other for other in keys if other is not action and keys[other] == key), None)
        if clash is not None:
            raise ConfigError(field=f"keys.{action}", value=key, hint=f"also the key of {clash}")
    return Keymap(keys)
