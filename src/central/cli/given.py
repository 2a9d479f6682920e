"""What every command is given by the root, and the exit code a fault leads to. Loads nothing heavy."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from central.config import Settings, load_settings
from central.errors import (
    CentralError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    UnprocessableError,
)

FAULT: Final = 1
USAGE: Final = 2
REFUSED: Final = 4

DATA_HELP: Final = "Where the database lies [default: this user's data directory]."
CONFIG_HELP: Final = "Settings in TOML; the environment and flags come before it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The global options."""

    config: Path | None
    data: str | None

    def amended(self, value: str | Path) -> Self:
        """The same, with an option that stood behind the command: a path is the configuration's."""
        if isinstance(value, Path):
            return replace(self, config=value)
        return replace(self, data=value)

    def settings(self, **flags: str | None) -> Settings:
        """The settings in force, with a command's own flags."""
        return load_settings(self.config, data=self.data, **flags)


def exit_code_of(error: Exception) -> int:
    """The exit code of a fault."""
    match error:
        case NotFoundError() | ConflictError() | NotAllowedError():
            return REFUSED
        case UnprocessableError():
            return USAGE
        case _:
            return FAULT


def line_of(error: Exception) -> str:
    """What a person is told of a fault."""
    if isinstance(error, CentralError) and error.detail:
        return f"{error.kind.value.replace('_', ' ')}: {error.detail}"
    return str(error)
