"""The settings of the dashboard and of alerts, read from words."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cardcore.card import Mode, is_plain_text
from central.errors import ConfigError
from central.ports.outlook import UTC_ZONE, Hook, Mail, MailSecurity, Outlook, Thresholds

_USUAL: Final = Thresholds()
# setting: the field of Thresholds
PERCENTAGES: Final = {
    "alert_success_percent": "success_percent",
    "alert_error_percent": "error_percent",
    "alert_disk_percent": "disk_percent",
}
NUMBERS: Final = {
    "alert_backlog": "backlog",
    "alert_silent_minutes": "silent_minutes",
    "alert_keyset_hours": "keyset_hours",
    "alert_list_hours": "list_hours",
    "alert_circuit_minutes": "circuit_minutes",
    "alert_door_free_mb": "door_free_mb",
    "alert_forged_cards": "forged_cards",
    "alert_scans_min": "scans_min",
}
PRICES: Final = {f"price_{mode.word}": mode for mode in Mode}
NAMES: Final = (
    "timezone",
    "currency",
    *PRICES,
    *PERCENTAGES,
    *NUMBERS,
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_from",
    "smtp_to",
    "smtp_user",
    "smtp_password_file",
    "smtp_ca_file",
    "webhook_url",
    "webhook_secret_file",
    "webhook_ca_file",
)
NUMBER_MAX: Final = 1_000_000_000
PERCENT_MAX: Final = 100.0
PORT_MAX: Final = 65_535
SECRET_CHARS_MIN: Final = 16
_CURRENCY_CHARS_MAX: Final = 8
_PRICE_MAX: Final = 1e9


def read_outlook(words: Mapping[str, str]) -> Outlook:
    """The settings in these words; others are passed over.

    Raises:
        ConfigError: a value that cannot be.
    """
    return Outlook(
        zone=_zone(words.get("timezone", UTC_ZONE)),
        currency=_plain("currency", words.get("currency", "EUR"), _CURRENCY_CHARS_MAX),
        prices={mode: _price(name, words[name]) for name, mode in PRICES.items() if name in words},
        thresholds=_thresholds(words),
        mail=_mail(words),
        hook=_hook(words),
    )


def _thresholds(words: Mapping[str, str]) -> Thresholds:
    percentages = {
        field: _decimal(name, words[name], PERCENT_MAX)
        for name, field in PERCENTAGES.items()
        if name in words
    }
    numbers = {
        field: _number(name, words[name], 1, NUMBER_MAX)
        for name, field in NUMBERS.items()
        if name in words
    }
    return Thresholds(
        success_percent=percentages.get("success_percent", _USUAL.success_percent),
        error_percent=percentages.get("error_percent", _USUAL.error_percent),
        disk_percent=percentages.get("disk_percent", _USUAL.disk_percent),
        backlog=numbers.get("backlog", _USUAL.backlog),
        silent_minutes=numbers.get("silent_minutes", _USUAL.silent_minutes),
        keyset_hours=numbers.get("keyset_hours", _USUAL.keyset_hours),
        list_hours=numbers.get("list_hours", _USUAL.list_hours),
        circuit_minutes=numbers.get("circuit_minutes", _USUAL.circuit_minutes),
        door_free_mb=numbers.get("door_free_mb", _USUAL.door_free_mb),
        forged_cards=numbers.get("forged_cards", _USUAL.forged_cards),
        scans_min=numbers.get("scans_min", _USUAL.scans_min),
    )


def _mail(words: Mapping[str, str]) -> Mail | None:
    host = words.get("smtp_host")
    if host is None:
        return None
    word = words.get("smtp_security", MailSecurity.STARTTLS.value)
    if word not in list(MailSecurity):
        hint = f"must be one of {', '.join(MailSecurity)}"
        raise ConfigError(field="smtp_security", value=word, hint=hint)
    password_file = words.get("smtp_password_file")
    return Mail(
        host=host,
        port=_number("smtp_port", words.get("smtp_port", "587"), 1, PORT_MAX),
        sender=_address("smtp_from", words.get("smtp_from", "")),
        to=tuple(_address("smtp_to", each.strip()) for each in words.get("smtp_to", "").split(",")),
        security=MailSecurity(word),
        user=words.get("smtp_user"),
        password=None if password_file is None else _secret("smtp_password_file", password_file, 1),
        ca_file=words.get("smtp_ca_file"),
    )


def _hook(words: Mapping[str, str]) -> Hook | None:
    text = words.get("webhook_url")
    if text is None:
        return None
    try:
        url = urlsplit(text)
        is_fit = url.scheme == "https" and bool(url.hostname) and url.username is None
        _ = url.port  # a port that is none raises
    except ValueError:
        is_fit = False
    if not is_fit or not text.isascii() or not text.isprintable() or " " in text:
        hint = "must be one https address, without a user"
        raise ConfigError(field="webhook_url", value=text, hint=hint)
    secret_file = words.get("webhook_secret_file")
    if secret_file is None:
        hint = "a webhook is signed: name the file that has its secret"
        raise ConfigError(field="webhook_secret_file", value="", hint=hint)
    secret = _secret("webhook_secret_file", secret_file, SECRET_CHARS_MIN)
    return Hook(url=text, secret=secret, ca_file=words.get("webhook_ca_file"))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = "is no time zone, such as Europe/Berlin"
        raise ConfigError(field="timezone", value=name, hint=hint) from error


def _secret(field: str, path: str, chars_min: int) -> str:
    try:
        secret = Path(path).expanduser().read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(field=field, value=path, hint=f"cannot be read: {error}") from error
    if len(secret) < chars_min:
        hint = f"has to hold at least {chars_min} characters"
        raise ConfigError(field=field, value=path, hint=hint)
    return secret


def _address(field: str, text: str) -> str:
    name, at, domain = text.partition("@")
    if not (name and at and domain) or not text.isprintable() or set(text) & set(" ,<>"):
        raise ConfigError(field=field, value=text, hint="must be a mail address")
    return text


def _plain(field: str, text: str, chars_max: int) -> str:
    if not is_plain_text(text, chars_max):
        hint = f"must be 1 to {chars_max} printable characters"
        raise ConfigError(field=field, value=text, hint=hint)
    return text


def _price(field: str, word: str) -> float:
    return _decimal(field, word, _PRICE_MAX)


def _decimal(field: str, word: str, most: float) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        raise ConfigError(field=field, value=word, hint=f"must be a number from 0 to {most:g}")
    return number


def _number(field: str, word: str, least: int, most: int) -> int:
    plain = word.isascii() and word.isdigit()
    if not plain or not least <= int(word[:12]) <= most:
        raise ConfigError(field=field, value=word, hint=f"must be a number from {least} to {most}")
    return int(word)
