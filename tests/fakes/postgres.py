"""A private PostgreSQL 15 for the tests: made anew, on a unix socket in a directory of its own, gone with the tests."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

HOW_TO_GET_IT = "PostgreSQL 15 is missing; get it with: apt-get install postgresql"
DEBIAN = Path("/usr/lib/postgresql/15/bin")
PR_SET_PDEATHSIG = 1
START_S = 20.0
ROOM_BYTES = 1 << 30  # a cluster has 40 MB, and each database 8


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, or None."""
    found = shutil.which("initdb")
    for place in [DEBIAN, *([Path(found).resolve().parent] if found else [])]:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    return None


def main() -> int:
    """Say where PostgreSQL comes from, where it is missing."""
    if binaries() is None:
        print(HOW_TO_GET_IT, file=sys.stderr)  # noqa: T201 -- this is a command
        return 1
    return 0


class Postgres:
    """A running server; each database in it is empty at first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def new_database(self, template: str = "template1") -> str:
        """The URL of a new database."""
        self._count += 1
        name = f"central_{self._count}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def run(self, sql: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(sql.encode())

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self._folder), user="postgres", dbname=name, autocommit=True
        )


@contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """A server, stopped at the end of the block, or when this process dies; a durable one waits for its disk."""
    place = binaries()
    assert place is not None, HOW_TO_GET_IT
    # a socket's path has at most 107 bytes; pytest's own directories are longer than that
    own = Path(tempfile.mkdtemp(prefix="gp-pg-", dir=None if durable else roomy_memory()))
    run_as = unprivileged(own)
    cluster = own / "cluster"
    subprocess.run(
        [
            *(str(place / "initdb"), "-D", str(cluster), "--no-sync", "-A", "trust"),
            *("-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"),
        ],
        check=True,
        capture_output=True,
        preexec_fn=run_as,
        cwd=own,
    )
    options = {
        "listen_addresses": "",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "shared_buffers": "64MB",
        "max_connections": "60",
        "timezone": "UTC",
    }
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (own / "log").open("wb") as log:
        server = subprocess.Popen(
            [str(place / "postgres"), "-D", str(cluster), "-k", str(own), *flags],
            stdout=log,
            stderr=log,
            preexec_fn=partial(_die_with_us, run_as),  # noqa: PLW1509
            cwd=own,
        )
    try:
        postgres = Postgres(own)
        _wait_for(postgres, server, own / "log")
        yield postgres
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nobody wants what is in it
        server.wait(20)
        shutil.rmtree(own, ignore_errors=True)


def roomy_memory() -> str | None:
    """A file system in memory with room for the tests' databases, if there is one: nothing of them has to last."""
    place = Path("/dev/shm")  # noqa: S108 -- in it a directory of our own, which only we can write
    roomy = place.is_dir() and shutil.disk_usage(place).free > ROOM_BYTES
    return str(place) if roomy else None


def unprivileged(folder: Path) -> Callable[[], None]:
    """What a child has to do before it becomes PostgreSQL, which refuses to run as root."""
    if os.geteuid() != 0:
        return _nothing
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    folder.chmod(0o755)

    def become_nobody() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    return become_nobody


def _nothing() -> None:
    """A user who is not root may run PostgreSQL as it is."""


def _die_with_us(run_as: Callable[[], None]) -> None:
    run_as()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_for(postgres: Postgres, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            postgres.connect("postgres").close()
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < until, log.read_text("utf-8", "replace")
            time.sleep(0.02)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
