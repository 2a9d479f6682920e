"""Settings: defaults, then a TOML file, then the environment (``GATEPOST_CENTRAL_…``), then flags."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import platformdirs

from cardcore.card import AUDIENCE_CHARS_MAX, is_plain_text
from cardcore.errors import ScheduleError
from cardcore.ids import Audience
from cardcore.schedule import Schedule, parse_schedule
from central.alerts import settings
from central.errors import ConfigError
from central.ports.outlook import Outlook
from central.ports.tls import Tls

PREFIX: Final = "GATEPOST_CENTRAL_"
DATABASE_FILE: Final = "central.sqlite3"
PORT_MAX: Final = 65_535
CALLS_MAX: Final = 100_000_000  # more than any machine answers in a minute: no limit
NAMES: Final = (
    "data",
    "database_url",
    "host",
    "port",
    "audience",
    "chain_audience",
    "tls_cert",
    "tls_key",
    "device_calls_a_minute",
    "key_schedule",
    "trace_endpoint",
    "trace_share",
    "log_level",
    "log_format",
    *settings.NAMES,
)
LOG_LEVELS: Final = ("warning", "debug", "info", "error")
LOG_FORMATS: Final = ("auto", "json", "text")

MONTHLY: Final = parse_schedule("0 0 1 * *")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the program was told."""

    data: Path
    database_url: str
    host: str
    port: int
    audience: str
    chain_audience: Audience | None = None
    tls: Tls | None = None
    device_calls_a_minute: int = (
        3_000  # a door in a rush makes 300; a backlog comes 1,000 entries a call
    )
    outlook: Outlook = field(default_factory=Outlook)
    key_schedule: Schedule = MONTHLY
    trace_endpoint: str = ""
    trace_share: float = 0.1
    log_level: str = LOG_LEVELS[0]
    log_format: str = LOG_FORMATS[0]


def is_under_systemd() -> bool:
    """Whether systemd reads what this program writes."""
    return "JOURNAL_STREAM" in os.environ


def load_settings(config: Path | None = None, **flags: str | None) -> Settings:
    """The settings in force; ``flags`` are those of the command line, None where not given.

    Raises:
        ConfigError: a file that cannot be read, an unknown name, or a value that cannot be.
    """
    environment = {
        name: os.environ[PREFIX + name.upper()]
        for name in NAMES
        if PREFIX + name.upper() in os.environ
    }
    path = config or _path_in_environment()
    given = {name: value for name, value in flags.items() if value is not None}
    file = {} if path is None else _read_file(path)
    return _settings(file | environment | given)


def _path_in_environment() -> Path | None:
    path = os.environ.get(PREFIX + "CONFIG")
    return None if path is None else Path(path)


def _read_file(path: Path) -> dict[str, str]:
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            field="config", value=str(path), hint=f"cannot be read: {error}"
        ) from error
    for name, value in read.items():
        if name not in NAMES:
            raise ConfigError(
                field=name, value="…", hint=f"is no setting; known: {', '.join(NAMES)}"
            )
        if type(value) not in {str, int, float}:
            raise ConfigError(field=name, value=str(value), hint="must be text or a number")
    return {name: str(value) for name, value in read.items()}


def _settings(words: Mapping[str, str]) -> Settings:
    default = platformdirs.user_data_dir("gatepost-central", appauthor=False)
    data = Path(words.get("data", default)).expanduser().absolute()
    return Settings(
        data=data,
        database_url=words.get("database_url", f"sqlite:///{data / DATABASE_FILE}"),
        host=words.get("host", "127.0.0.1"),
        port=_port(words.get("port", "8080")),
        audience=words.get("audience", "main"),
        chain_audience=_chain(words.get("chain_audience", "")),
        tls=_tls(words.get("tls_cert"), words.get("tls_key")),
        device_calls_a_minute=_calls(words.get("device_calls_a_minute", "3000")),
        key_schedule=_schedule(words.get("key_schedule", MONTHLY.text)),
        trace_endpoint=_endpoint(words.get("trace_endpoint", "")),
        trace_share=_share(words.get("trace_share", "0.1")),
        log_level=_one_of("log_level", words, LOG_LEVELS),
        log_format=_one_of("log_format", words, LOG_FORMATS),
        outlook=settings.read_outlook(words),
    )


def _chain(name: str) -> Audience | None:
    if not name:
        return None
    if not is_plain_text(name, AUDIENCE_CHARS_MAX):
        hint = f"must be 1 to {AUDIENCE_CHARS_MAX} printable characters"
        raise ConfigError(field="chain_audience", value=name, hint=hint)
    return Audience(name)


def _tls(cert: str | None, key: str | None) -> Tls | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        missing = "tls_cert" if cert is None else "tls_key"
        raise ConfigError(field=missing, value="", hint="a certificate and its key go together")
    return Tls(cert=Path(cert).expanduser().absolute(), key=Path(key).expanduser().absolute())


def _endpoint(word: str) -> str:
    if word and not word.startswith(("http://", "https://")):
        hint = "must begin with http:// or https://"
        raise ConfigError(field="trace_endpoint", value=word, hint=hint)
    return word


def _share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigError(field="trace_share", value=word, hint="must be a number from 0 to 1")
    return share


def _one_of(field: str, words: Mapping[str, str], known: tuple[str, ...]) -> str:
    word = words.get(field, known[0])
    if word not in known:
        raise ConfigError(field=field, value=word, hint=f"must be one of {', '.join(known)}")
    return word


def _schedule(word: str) -> Schedule:
    try:
        return parse_schedule(word)
    except ScheduleError as error:
        raise ConfigError(field="key_schedule", value=word, hint=str(error)) from error


def _calls(word: str) -> int:
    if not (word.isascii() and word.isdigit() and 1 <= int(word[:12]) <= CALLS_MAX):
        hint = f"must be a number from 1 to {CALLS_MAX}"
        raise ConfigError(field="device_calls_a_minute", value=word, hint=hint)
    return int(word)


def _port(word: str) -> int:
    if not (word.isascii() and word.isdigit() and int(word) <= PORT_MAX):
        raise ConfigError(field="port", value=word, hint=f"must be a number from 0 to {PORT_MAX}")
    return int(word)
