"""What a command loads when it runs: static contracts cannot see an import inside a function.

A door has little memory and a person waits for each of these commands, so none loads what it does not use.
"""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

LOADED = """
import contextlib, importlib, io, json, sys
module, function = sys.argv[1].split(":")
sys.argv = ["program", *sys.argv[2:]]
code = 0
with contextlib.redirect_stdout(io.StringIO()):
    try:
        getattr(importlib.import_module(module), function)()
    except SystemExit as end:
        code = end.code or 0
print(json.dumps({"code": code, "loaded": sorted({name.partition(".")[0] for name in sys.modules})}))
"""
ROOT = Path(__file__).resolve().parents[2]
# coverage would measure the programs too, and loads sqlite3 to do so
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
DOOR = "scanner.cli:main"
CENTRAL = "central.cli:main"
SCREEN = {"textual"}  # rich comes with httpx, whose own command uses it
PICTURES = {"cv2", "numpy", "zxingcpp", "pyzbar"}
# loaded by what stays, where it is on
WATCHING = {"opentelemetry", "prometheus_client", "structlog"}
SERVER = {"alembic", "fastapi", "jinja2", "smtplib", "sqlalchemy", "starlette", "uvicorn"}


def loaded_by(entry: str, *arguments: str) -> set[str]:
    """The top-level modules that a fresh program has loaded when the command ends."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED, entry, *arguments],
        cwd=ROOT,
        env=UNMEASURED,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(run.stdout)
    assert answer["code"] == 0, run.stderr
    return set(answer["loaded"])


def loaded_after(probe: str) -> set[str]:
    """The top-level modules that a fresh program names at the end of ``probe``."""
    run = subprocess.run(
        [sys.executable, "-c", probe], env=UNMEASURED, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in run.stdout.split()}


@pytest.mark.parametrize(
    ("entry", "arguments", "unused"),
    [
        (DOOR, "--help", {"httpx", "sqlite_utils", *SCREEN, *PICTURES, *SERVER}),
        (DOOR, "scan --help", {*SCREEN, *SERVER, *WATCHING}),
        (DOOR, "run --help", {*SCREEN, *SERVER, *WATCHING}),
        (DOOR, "decode --help", {*SCREEN, *SERVER}),
        (DOOR, "sync --help", {"cv2", *SCREEN, *SERVER}),
        (DOOR, "token vectors tests/vectors/mc1.json", {"cv2", *SCREEN, *SERVER}),
        (CENTRAL, "--help", {"segno", "httpx", *SCREEN, *PICTURES, *SERVER}),
        (
            CENTRAL,
            "serve --help",
            {"fastapi", "sqlalchemy", "httpx", *SCREEN, *PICTURES, *WATCHING},
        ),
    ],
)
def test_a_command_loads_only_what_it_uses(entry: str, arguments: str, unused: set[str]) -> None:
    assert loaded_by(entry, *arguments.split()) & unused == set()


@pytest.mark.parametrize("module", ["pipeline", "door.decision", "sync", "ports"])
def test_the_path_and_the_core_of_a_door_load_no_technology(module: str) -> None:
    probe = f"import sys, scanner.{module}; print(*sys.modules)"
    loaded = loaded_after(probe)
    assert loaded & {"httpx", "pybreaker", "sqlite3", "sqlite_utils", "cv2", *SCREEN} == set()


def test_the_card_core_loads_no_network_and_no_database() -> None:
    probe = "import sys, cardcore.verify, cardcore.audit, cardcore.documents; print(*sys.modules)"
    loaded = loaded_after(probe)
    assert loaded & {"sqlite3", "httpx", "ssl", "asyncio", "scanner", "central"} == set()


@pytest.mark.parametrize(("command", "entry"), [("gatepost", DOOR), ("gatepost-central", CENTRAL)])
def test_the_installed_commands_are_the_ones_tried_here(command: str, entry: str) -> None:
    (found,) = entry_points(group="console_scripts", name=command)
    assert found.value == entry
    assert find_spec(entry.partition(":")[0]) is not None
