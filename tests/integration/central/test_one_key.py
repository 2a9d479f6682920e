"""One Idempotency-Key at two processes on one SQLite file."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from central.errors import ConflictError, Kind
from central.events.replies import ReplyService
from central.ports.call import Answer, Call
from central.ports.storage import Transaction
from central.storage.transaction import SqlStorage, open_storage
from tests.fakes.central_material import MAIN
from tests.fakes.central_world import FakeClock

CALL = Call(path={}, query={}, headers={"idempotency-key": "k"}, address="", body=b"{}")


def touch(tx: Transaction) -> Answer:
    tx.documents.touch(MAIN)
    return Answer(body=b"done")


def ask(storage: SqlStorage, work: object = touch) -> bytes:
    answers = ReplyService(storage=storage, clock=FakeClock())
    return answers.once(CALL, caller="a", operation="x", work=work).body  # type: ignore[arg-type]


def slow(tx: Transaction) -> Answer:
    """The other process: has its effect, says so, and commits once it is told to."""
    answer = touch(tx)
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    sys.stdin.readline()
    return answer


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'central.sqlite3'}"


@pytest.fixture
def storage(url: str) -> Iterator[SqlStorage]:
    with closing(open_storage(url)) as opened:
        yield opened


@pytest.fixture
def other(storage: SqlStorage, url: str) -> Iterator[subprocess.Popen[str]]:
    del storage  # it has made the tables by now
    command = [sys.executable, "-m", "tests.integration.central.test_one_key", url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        yield process
        process.kill()


def in_progress(storage: SqlStorage) -> None:
    began = time.monotonic()
    with pytest.raises(ConflictError) as refused:
        ask(storage)
    assert refused.value.kind is Kind.IN_PROGRESS
    assert time.monotonic() - began < 2  # it waits neither for the effect nor for the database


def test_a_call_that_another_process_is_at_is_refused_at_once_then_answered(
    storage: SqlStorage, other: subprocess.Popen[str]
) -> None:
    in_progress(storage)
    other.communicate("go on\n", timeout=20)
    assert ask(storage) == b"done"
    with storage.read() as tx:
        assert tx.documents.revision(MAIN) == 1


def test_a_process_that_dies_at_work_leaves_neither_effect_nor_lock(
    storage: SqlStorage, other: subprocess.Popen[str]
) -> None:
    in_progress(storage)
    other.kill()
    other.wait(20)
    assert ask(storage) == b"done"
    with storage.read() as tx:
        assert tx.documents.revision(MAIN) == 1


if __name__ == "__main__":
    with closing(open_storage(sys.argv[1])) as opened:
        ask(opened, slow)
