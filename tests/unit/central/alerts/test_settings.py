"""The settings of the dashboard and of alerts: read, and refused with what to do."""

from dataclasses import fields
from pathlib import Path

import pytest

from cardcore.card import Mode
from central.alerts.rules import Rule
from central.alerts.settings import NAMES, NUMBERS, PERCENTAGES, read_outlook
from central.config import load_settings
from central.errors import ConfigError
from central.ports.outlook import Hook, MailSecurity, Outlook, Thresholds

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "alerts.md"
MAIL = {"smtp_host": "mail.test", "smtp_from": "gatepost@club.test", "smtp_to": "kim@club.test"}


def test_without_any_the_usual_ones_count() -> None:
    assert read_outlook({}) == Outlook()


def test_each_threshold_has_a_setting() -> None:
    assert {*PERCENTAGES.values(), *NUMBERS.values()} == {
        field.name for field in fields(Thresholds)
    }
    for name, field in {**PERCENTAGES, **NUMBERS}.items():
        assert getattr(read_outlook({name: "7"}).thresholds, field) == 7


def test_everything_is_in_its_page() -> None:
    page = PAGE.read_text("utf-8")
    for rule in Rule:
        assert f"| `{rule.value}` |" in page
    for name in NAMES:
        assert f"`{name}`" in page, name


def test_mail_and_webhook_are_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef\n", "utf-8")
    words = MAIL | {
        "smtp_to": "kim@club.test, ada@club.test",
        "smtp_port": "25",
        "smtp_security": "plain",
        "smtp_user": "gatepost",
        "smtp_password_file": str(secret),
        "webhook_url": "https://hooks.test/alerts",
        "webhook_secret_file": str(secret),
        "price_print": "12.50",
        "currency": "CHF",
        "timezone": "Europe/Berlin",
    }
    outlook = read_outlook(words)
    assert outlook.mail is not None
    assert outlook.mail.to == ("kim@club.test", "ada@club.test")
    assert (outlook.mail.port, outlook.mail.security) == (25, MailSecurity.PLAIN)
    assert outlook.mail.password == "0123456789abcdef"  # noqa: S105
    assert outlook.hook == Hook(url="https://hooks.test/alerts", secret="0123456789abcdef")
    assert "0123456789" not in repr(outlook)
    assert outlook.prices == {Mode.PRINT: 12.5}
    assert (outlook.currency, outlook.zone.key) == ("CHF", "Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"timezone": "Moon/Tycho"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"currency": ""}, "currency"),
        ({"currency": "a\nb"}, "currency"),
        ({"price_print": "-1"}, "price_print"),
        ({"price_print": "nan"}, "price_print"),
        ({"price_print": "free"}, "price_print"),
        ({"alert_success_percent": "101"}, "alert_success_percent"),
        ({"alert_backlog": "0"}, "alert_backlog"),
        ({"alert_backlog": "1e3"}, "alert_backlog"),
        ({"alert_backlog": "9" * 30}, "alert_backlog"),
        (MAIL | {"smtp_security": "ssl"}, "smtp_security"),
        (MAIL | {"smtp_port": "70000"}, "smtp_port"),
        (MAIL | {"smtp_to": "kim"}, "smtp_to"),
        (MAIL | {"smtp_to": "kim@club.test\nBcc: eve@evil.test"}, "smtp_to"),
        (MAIL | {"smtp_from": ""}, "smtp_from"),
        (MAIL | {"smtp_password_file": "/nowhere"}, "smtp_password_file"),
        ({"webhook_url": "http://hooks.test/"}, "webhook_url"),
        ({"webhook_url": "https://user:pw@hooks.test/"}, "webhook_url"),
        ({"webhook_url": "https://hooks.test:port/"}, "webhook_url"),
        ({"webhook_url": "https://"}, "webhook_url"),
        ({"webhook_url": "https://hooks.test/a b"}, "webhook_url"),
        ({"webhook_url": "https://hooks.test/"}, "webhook_secret_file"),
    ],
)
def test_what_cannot_be_is_refused(words: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_outlook(words)
    assert caught.value.field == field
    assert caught.value.hint


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("short", "utf-8")
    words = {"webhook_url": "https://hooks.test/", "webhook_secret_file": str(secret)}
    with pytest.raises(ConfigError, match="at least 16 characters"):
        read_outlook(words)


def test_they_come_from_the_file_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "central.toml"
    file.write_text("alert_backlog = 50\nprice_print = 2.5\n", "utf-8")
    monkeypatch.setenv("GATEPOST_CENTRAL_ALERT_SILENT_MINUTES", "3")
    outlook = load_settings(file).outlook
    assert (outlook.thresholds.backlog, outlook.thresholds.silent_minutes) == (50, 3)
    assert outlook.prices == {Mode.PRINT: 2.5}
