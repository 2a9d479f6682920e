"""Settings of a door: defaults < TOML file < environment (GATEPOST_…) < flags. Only this module reads the environment."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import platformdirs

from scanner.errors import ConfigError
from scanner.passphrase import Passphrase

PREFIX: Final = "GATEPOST_"
DECODERS: Final = ("zxing", "grid", "pyzbar", "cv2")


Times = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Seconds = Annotated[float, msgspec.Meta(ge=0.1, le=86_400)]  # under 0.1 s a thread would spin

Pulse = Annotated[
    float, msgspec.Meta(ge=0.05, le=60)
]  # a relay needs 50 ms; a minute is a door left open
Wait = Annotated[float, msgspec.Meta(ge=0.05, le=5)]  # who stands at a door does not wait longer
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Megabytes = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set. Times in seconds."""

    data: str = field(default_factory=lambda: platformdirs.user_data_dir("gatepost"))
    source: str = "camera:0"
    kiosk: bool = False
    decoders: tuple[str, ...] = DECODERS[:2]
    live_status: bool = True
    ask_after_s: float = 60.0
    ask_within_s: Wait = 0.3
    circuit_failures: Times = 5
    circuit_open_s: Seconds = 60.0
    circuit_successes: Times = 3
    sync_every_s: Seconds = 60.0
    feed_every_s: Seconds = 4.0  # with an upload of under a second, a door knows of others within 5
    duty_idle_s: Seconds = 600.0
    strike: str = ""
    strike_s: Pulse = 1.0
    wedge: str = ""
    disk_least_mb: Megabytes = 100
    retention_days: Days = 30
    health_port: Port = 0  # on this machine alone; 0 for none
    search_names: bool = True
    trace_endpoint: str = ""  # of an OpenTelemetry collector; none, and nothing is traced
    trace_share: Share = 0.1
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_format: Literal["auto", "json", "text"] = "auto"
    sounds: bool = True
    language: str = "auto"
    theme: str = "auto"
    keys: dict[str, str] = field(default_factory=dict)
    # no setting: whom to ask where the device's secret is kept by a passphrase
    passphrase: Passphrase | None = field(
        default=None, repr=False, compare=False, metadata={"asked": True}
    )

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data).expanduser()


def known_settings() -> tuple[str, ...]:
    """The names of all settings."""
    return tuple(known.name for known in fields(Settings) if "asked" not in known.metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Settings, and where each value came from."""

    settings: Settings
    origins: Mapping[str, str]


def resolve(
    flags: Mapping[str, object],
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Resolved:
    """The settings in force; ``flags`` that are None were not given.

    Raises:
        ConfigError: which setting, its value and what is wrong with it.
    """
    environment = os.environ if environment is None else environment
    file = file or _named_file(environment)
    values: dict[str, object] = {}
    origins = dict.fromkeys(known_settings(), "default")
    layers = (
        (f"file {file}", _from_file(file)),
        ("environment", _from_environment(environment)),
        ("flag", {name: value for name, value in flags.items() if value is not None}),
    )
    for origin, layer in layers:
        for name, value in layer.items():
            if name not in origins:
                raise ConfigError(
                    field=name,
                    value=value,
                    hint=f"no such setting ({origin}); see: gatepost config show",
                )
            values[name] = value
            origins[name] = origin
    return Resolved(settings=_checked(values), origins=origins)


def terminal_environment() -> Mapping[str, str]:
    """What the environment says of the terminal and its language."""
    return dict(os.environ)


def notify_socket() -> str | None:
    """Where systemd wants to hear how the program is; None where it did not start us."""
    return os.environ.get("NOTIFY_SOCKET")


def credentials_folder() -> Path | None:
    """Where systemd put the credentials of this unit; None where it gave none."""
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    return None if named is None else Path(named)


def is_under_systemd() -> bool:
    """Whether systemd reads what this program writes, or started it on a console."""
    return "JOURNAL_STREAM" in os.environ or notify_socket() is not None


def guard_threads() -> None:
    """Keep matrix products on one core, before numpy is first imported: threads for small ones double the work."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def guard_opencv() -> None:
    """Keep OpenCV quiet, and from unpacking pictures no door needs; before it is first imported."""
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "16000000")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    # A stalled camera blocks a read for 10 s otherwise.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")


def _checked(values: Mapping[str, object]) -> Settings:
    for name in known_settings():
        if name in values:
            _check_one(name, values[name])
    settings = msgspec.convert(dict(values), Settings, strict=False)
    for name in settings.decoders or ("",):
        if name not in DECODERS:
            raise ConfigError(
                field="decoders", value=name, hint=f"known decoders: {', '.join(DECODERS)}"
            )
    _check_folder(settings)
    endpoint = settings.trace_endpoint
    if endpoint and not endpoint.startswith(("http://", "https://")):
        hint = "begins with http:// or https://"
        raise ConfigError(field="trace_endpoint", value=endpoint, hint=hint)
    return settings


def _check_folder(settings: Settings) -> None:
    try:
        usable = "\0" not in str(settings.folder)
    except RuntimeError:  # ~nobody: no such home
        usable = False
    if not usable:
        raise ConfigError(field="data", value=settings.data, hint="names no folder")


def _check_one(name: str, value: object) -> None:
    try:
        msgspec.convert({name: value}, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(field=name, value=value, hint=str(error)) from error


def _named_file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(f"{PREFIX}CONFIG")
    return None if named is None else Path(named)


def _from_file(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            field="config", value=str(file), hint=f"cannot be read: {error}"
        ) from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in known_settings():
        value = environment.get(f"{PREFIX}{name.upper()}")
        if value is not None:
            found[name] = value.split(",") if name == "decoders" else value
    return found
