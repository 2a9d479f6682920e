"""The program `gatepost`: in this process, as its entry point runs it, or started as a shell would."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.cli import main

GATEPOST: Final = Path(sys.executable).with_name("gatepost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How it ended and what it printed."""

    returncode: int
    stdout: bytes
    stderr: bytes


def started(
    *arguments: str | Path | bytes, stdin: bytes = b"", stdout: int = subprocess.PIPE
) -> Ran:
    """A process of its own."""
    run = subprocess.run(
        [GATEPOST, *arguments],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
        env=_environment({}),
    )
    return Ran(returncode=run.returncode, stdout=run.stdout or b"", stderr=run.stderr)


class _Stream(io.TextIOWrapper):
    """A stream that remembers what was printed, and may pass for a terminal."""

    def __init__(self, content: bytes, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def gatepost(
    *arguments: str | Path | bytes,
    stdin: bytes = b"",
    environment: dict[str, str] | None = None,
    terminal: bool = False,
) -> Ran:
    """The same entry point, arguments, streams and exit code, without a process of its own."""
    out, err = _Stream(b"", terminal=terminal), _Stream(b"", terminal=terminal)
    before = sys.argv, sys.stdin, dict(os.environ)
    sys.argv = ["gatepost", *(os.fsdecode(argument) for argument in arguments)]
    sys.stdin = _Stream(stdin)
    os.environ.clear()
    os.environ.update(_environment(environment or {}))
    code = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    finally:
        sys.argv, sys.stdin = before[0], before[1]
        os.environ.clear()
        os.environ.update(before[2])
    return Ran(returncode=code, stdout=_printed(out), stderr=_printed(err))


def _environment(more: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")}
    return clean | more


def _printed(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    kept = stream.buffer
    assert isinstance(kept, io.BytesIO)
    return kept.getvalue()
