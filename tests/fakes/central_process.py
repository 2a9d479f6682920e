"""A real central: its commands called in this process, its server in another."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from click.testing import CliRunner, Result

from cardcore import wire
from central.cli import main
from tests.fakes.central_material import request_of

READY_S = 30
STOP_S = 10  # the promise is 2 s; a busy machine gets more
LOOPBACK = ["127.0.0.1"]


def call(data: Path, *arguments: str, code: int = 0) -> Result:
    """Run a command; it has to end with this exit code, and never with a traceback."""
    result = CliRunner().invoke(main, ["--data", str(data), *arguments])
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def rows(data: Path, *arguments: str) -> list[dict[str, object]]:
    """The objects that a command prints with ``--json``."""
    result = call(data, *arguments, "--json")
    return [json.loads(line) for line in result.stdout.splitlines()]


def row(data: Path, *arguments: str) -> dict[str, object]:
    [found] = rows(data, *arguments)
    return found


class Server:
    """A serving process."""

    def __init__(self, data: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "central", "--data", str(data), "serve", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--json", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=READY_S)
        self.url = str(json.loads(line)["listening"])

    def stop(self, number: int = signal.SIGTERM) -> str:
        """Stop it; what it wrote to stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=STOP_S)
        return errors


@contextmanager
def serving(data: Path, *arguments: str) -> Iterator[Server]:
    server = Server(data, *arguments)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


@contextmanager
def door(
    data: Path, url: str, name: str = "North"
) -> Iterator[tuple[wire.EnrolAnswer, httpx.Client]]:
    """An enrolled door, and the client it calls central with."""
    code = str(row(data, "device", "code", name)["code"])
    with httpx.Client(base_url=url + wire.API_ROOT, trust_env=False, timeout=20) as client:
        answer = client.post(
            "/devices/enrol",
            content=wire.serialise(request_of(code)),
            headers={"Content-Type": "application/json"},
        )
        enrolled = wire.parse(answer.content, wire.EnrolAnswer)
        client.headers["Authorization"] = f"Bearer {enrolled.token}"
        yield enrolled, client
