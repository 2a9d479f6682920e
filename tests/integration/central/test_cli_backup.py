"""Backups and the walk of the audit, as people run them beside a server."""

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cardcore import wire
from cardcore.audit import entry_hash
from tests.fakes.central_here import serving_here
from tests.fakes.central_material import EPOCH, batch, chain
from tests.fakes.central_process import LOOPBACK, call, door, row, rows

pytestmark = [pytest.mark.loopback, pytest.mark.allow_hosts(LOOPBACK)]
SENT = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Central's folder, with one log of four entries, handed in over HTTP; the server still runs at the backup."""
    path = tmp_path / "central"
    path.mkdir()
    (path / "members.csv").write_text("member_id,display_name,status\nM-1,Ada L.,active\n", "utf-8")
    call(path, "member", "import", str(path / "members.csv"))
    with serving_here(path) as server, door(path, server.url) as (enrolled, client):
        entries = chain(4, enrolled.device_id)
        body = gzip.compress(wire.serialise(batch(entries)))
        assert client.post("/devices/me/audit/batches", content=body, headers=SENT).is_success
        made = row(path, "backup", str(tmp_path / "backup"))
    assert (made["entries"], made["sound"]) == (4, True)
    assert (tmp_path / "backup" / "central.sqlite3").stat().st_size == made["bytes"]
    return path


def test_a_backup_beside_a_server_is_put_back_and_walked(data: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    put_back = row(new, "restore", str(tmp_path / "backup"))
    assert isinstance(put_back["rows"], int)
    assert put_back["rows"] > 4
    [walked] = rows(new, "audit", "verify")
    assert (walked["sound"], walked["entries"], walked["missing"]) == (True, 4, 0)
    assert walked == row(data, "audit", "verify")
    assert "the chain is sound" in call(new, "audit", "verify").stdout
    assert call(new, "audit", "export").stdout == call(data, "audit", "export").stdout
    assert "is not empty" in call(new, "restore", str(tmp_path / "backup"), code=2).stderr
    assert "is there already" in call(new, "backup", str(tmp_path / "backup"), code=2).stderr
    assert "is no backup" in call(tmp_path / "none", "restore", str(data), code=2).stderr


def test_an_export_can_be_walked_by_anybody(data: Path) -> None:
    lines = [json.loads(line) for line in call(data, "audit", "export").stdout.splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    previous = "00" * 32
    for line in lines:
        assert line["entry"]["previous"] == previous
        assert line["epoch"] == EPOCH.hex()
        previous = entry_hash(bytes.fromhex(line["raw"])).hex()
        assert line["hash"] == previous


def test_a_log_that_was_changed_is_named_and_its_backup_is_made_all_the_same(
    data: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(data / "central.sqlite3")) as db, db:
        db.execute("UPDATE audit_entries SET raw = zeroblob(9) WHERE seq = 3")
    result = call(data, "audit", "verify", "--json", code=1)
    assert json.loads(result.stdout)["at_seq"] == 3
    assert "BROKEN at entry 3" in call(data, "audit", "verify", code=1).stdout
    export = [json.loads(line) for line in call(data, "audit", "export").stdout.splitlines()]
    assert export[2]["entry"] is None
    backed_up = call(data, "backup", str(tmp_path / "broken"), "--json", code=1)
    assert json.loads(backed_up.stdout)["sound"] is False
    assert "is broken at entry 3" in backed_up.stderr
    assert row(tmp_path / "other", "restore", str(tmp_path / "broken"))
