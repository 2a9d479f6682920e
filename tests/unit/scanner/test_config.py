"""Settings: where each comes from, and what cannot be one."""

from pathlib import Path

import pytest

from scanner.config import Settings, guard_opencv, resolve
from scanner.errors import ConfigError


def _file(folder: Path, text: str) -> Path:
    path = folder / "gatepost.toml"
    path.write_text(text)
    return path


def test_without_anything_the_defaults_hold() -> None:
    found = resolve({}, None, {})
    assert found.settings == Settings()
    assert set(found.origins.values()) == {"default"}


def test_flags_win_over_the_environment_over_the_file_over_defaults(tmp_path: Path) -> None:
    file = _file(tmp_path, 'source = "camera:1"\nkiosk = true\ncircuit_failures = 9\n')
    environment = {"GATEPOST_SOURCE": "camera:2", "GATEPOST_CIRCUIT_FAILURES": "8"}
    found = resolve({"source": "camera:3", "kiosk": None}, file, environment)
    assert (found.settings.source, found.settings.kiosk, found.settings.circuit_failures) == (
        "camera:3",
        True,
        8,
    )
    assert found.origins["source"] == "flag"
    assert found.origins["circuit_failures"] == "environment"
    assert found.origins["kiosk"] == f"file {file}"
    assert found.origins["data"] == "default"


def test_the_environment_may_name_the_file_and_a_flag_names_another(tmp_path: Path) -> None:
    file = _file(tmp_path, 'source = "camera:1"')
    environment = {"GATEPOST_CONFIG": str(file)}
    assert resolve({}, None, environment).settings.source == "camera:1"
    (tmp_path / "other").mkdir()
    other = _file(tmp_path / "other", 'source = "camera:7"')
    assert resolve({}, other, environment).settings.source == "camera:7"


def test_a_list_in_the_environment_has_commas() -> None:
    assert resolve({}, None, {"GATEPOST_DECODERS": "pyzbar,zxing"}).settings.decoders == (
        "pyzbar",
        "zxing",
    )


def test_the_process_environment_is_read_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GATEPOST_SOURCE", "camera:5")
    assert resolve({}).settings.source == "camera:5"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kiosk", "perhaps"),
        ("circuit_failures", "many"),
        ("circuit_failures", 0),
        ("circuit_open_s", 0),
        ("circuit_open_s", 1e300),
        ("sync_every_s", -1),
        ("sync_every_s", float("inf")),
        ("sync_every_s", float("nan")),
        ("sync_every_s", "NaN"),
        ("health_port", -1),
        ("health_port", 65_536),
        ("trace_endpoint", "localhost:4318"),
        ("trace_endpoint", "ftp://collector"),
        ("trace_share", 1.1),
        ("trace_share", "some"),
        ("log_level", "loud"),
        ("log_format", "xml"),
        ("decoders", []),
        ("decoders", ["zxing", "other"]),
        ("decoders", 7),
        ("data", 7),
        ("data", "~nobody-of-this-name/x"),
        ("data", "a\0b"),
        ("colour", "red"),
    ],
)
def test_what_cannot_be_a_setting_is_named_with_its_value(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve({name: value}, None, {})
    assert caught.value.field == name
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"source = ", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "gatepost.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be read"):
        resolve({}, path, {})


def test_a_setting_of_the_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such setting"):
        resolve({}, _file(tmp_path, "colour = 1"), {})


def test_the_data_folder_may_begin_at_home() -> None:
    assert resolve({"data": "~/x"}, None, {}).settings.folder == Path.home() / "x"


def test_opencv_is_kept_from_large_pictures_and_what_is_set_already_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "DEBUG")
    monkeypatch.delenv("OPENCV_IO_MAX_IMAGE_PIXELS", raising=False)
    guard_opencv()
    import os

    assert os.environ["OPENCV_LOG_LEVEL"] == "DEBUG"
    assert os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] == "16000000"
