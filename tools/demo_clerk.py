"""Runs commands of both programs, one after the other, in one process: starting Python for each would take most of the demo.

Each line on standard input is a JSON list, the program and its arguments; each line on standard output the answer, or
``{"error": …}``.
"""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field

from click import Command
from click.testing import CliRunner, Result


class ClerkError(Exception):
    """A command failed, or the clerk is gone."""


@dataclass(slots=True)
class Clerk:
    """The process that runs commands; for any thread."""

    _process: "subprocess.Popen[str] | None" = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def start(self) -> None:
        """Begin."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.demo_clerk"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def call(self, program: str, *arguments: str) -> dict[str, object]:
        """Run a command with ``--json``; its last answer.

        Raises:
            ClerkError: it failed.
        """
        with self._lock:
            process = self._process
            if process is None or process.stdin is None or process.stdout is None:
                msg = "the clerk has not begun"
                raise ClerkError(msg)
            try:
                process.stdin.write(json.dumps([program, *arguments, "--json"]) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except (OSError, ValueError) as error:
                raise ClerkError(str(error)) from error
        answer: dict[str, object] = json.loads(line or '{"error": "the clerk is gone"}')
        if "error" in answer:
            msg = f"{program} {' '.join(arguments)}: {answer['error']}"
            raise ClerkError(msg)
        return answer

    def stop(self) -> None:
        """End; gone when this returns."""
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def serve() -> None:
    """Take commands until standard input ends."""
    from central.cli import main as office
    from scanner.cli import gatepost

    programs: dict[str, Command] = {"gatepost": gatepost, "gatepost-central": office}
    for line in sys.stdin:
        program, *arguments = json.loads(line)
        print(_answer(CliRunner().invoke(programs[program], arguments)), flush=True)


def _answer(result: Result) -> str:
    if result.exit_code == 0 and result.stdout:
        return result.stdout.splitlines()[-1]
    words = result.stderr.strip() or str(result.exception)
    return json.dumps({"error": words or f"exit code {result.exit_code}"})


if __name__ == "__main__":
    serve()
