from pathlib import Path

import pytest

from central.config import load_settings
from central.errors import ConfigError


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "DATABASE_URL", "HOST", "PORT", "AUDIENCE", "CONFIG"):
        monkeypatch.delenv(f"GATEPOST_CENTRAL_{name}", raising=False)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("port = ", "config"),
        ("prot = 1", "prot"),
        ("port = true", "port"),
        ("port = 1.5", "port"),
        ("port = -1", "port"),
        ("port = 65536", "port"),
        ('port = "٣"', "port"),
        ("data = []", "data"),
        ('trace_endpoint = "localhost:4318"', "trace_endpoint"),
        ("trace_share = 1.1", "trace_share"),
        ("trace_share = -0.1", "trace_share"),
        ('trace_share = "some"', "trace_share"),
        ('log_level = "loud"', "log_level"),
        ('log_format = "xml"', "log_format"),
        ("device_calls_a_minute = 0", "device_calls_a_minute"),
        ("device_calls_a_minute = 100000001", "device_calls_a_minute"),
        ('device_calls_a_minute = "many"', "device_calls_a_minute"),
        ("[host]\nname = 1", "host"),
    ],
)
def test_a_setting_that_cannot_be_names_its_field(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_settings(tmp_path / "c.toml")
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["nowhere.toml", "."])
def test_a_file_that_cannot_be_read_is_a_fault_of_the_configuration(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ConfigError):
        load_settings(tmp_path / name)


def test_no_bytes_of_a_file_can_break_it(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError):
        load_settings(tmp_path / "c.toml")


def test_defaults_then_file_then_environment_then_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = load_settings()
    assert (default.host, default.port, default.audience) == ("127.0.0.1", 8080, "main")
    assert default.database_url == f"sqlite:///{default.data / 'central.sqlite3'}"
    file = tmp_path / "c.toml"
    file.write_text(f'port = 1\nhost = "::1"\naudience = "pool"\ndata = "{tmp_path}"\n')
    monkeypatch.setenv("GATEPOST_CENTRAL_CONFIG", str(file))
    monkeypatch.setenv("GATEPOST_CENTRAL_HOST", "localhost")
    monkeypatch.setenv("GATEPOST_CENTRAL_AUDIENCE", "sauna")
    settings = load_settings(audience="gym", port=None)
    assert (settings.port, settings.host, settings.audience) == (1, "localhost", "gym")
    assert settings.data == tmp_path
