"""The commands over a log, and over settings: what they print, and how they end."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cardcore.ids import Epoch
from scanner.adapters.ledger_sqlite import SqliteLedger
from tests.fakes.card_material import VENUE, the_keys
from tests.fakes.scanner_cli import CARD, SCAN_KEYS, lines, words
from tests.fakes.scanner_folder import picture_of, printed_card, real_now, vault_of
from tests.fakes.scanner_program import gatepost, started

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


class TestLog:
    @pytest.fixture
    def scanned(self, door: Path, card: Path) -> Path:
        gatepost("scan", card, card, card, "--data", door)
        return door

    def test_it_is_listed_verified_and_exported(self, scanned: Path) -> None:
        listed = lines(gatepost("audit", "list", "--limit", "2", "--json", "--data", scanned))
        assert [entry["seq"] for entry in listed] == [3, 2]
        exported = lines(gatepost("audit", "export", "--data", scanned))
        assert [entry["seq"] for entry in exported] == [1, 2, 3]
        assert exported[0]["card_id"] == CARD.hex()
        assert not {"token", "display_name", "name"} & set(exported[0])
        people = gatepost("audit", "list", "--data", scanned).stdout.decode().splitlines()
        assert "refuse  passback" in people[0]
        assert "admit   ok_snapshot" in people[-1]
        assert (
            "3 entries, the chain is sound"
            in gatepost("audit", "verify", "--data", scanned).stdout.decode()
        )

    def test_a_changed_log_ends_with_1_and_names_the_entry(self, scanned: Path) -> None:
        path, vault = scanned / "ledger.sqlite3", vault_of(scanned)
        with closing(
            SqliteLedger.open(path, vault, new_epoch=Epoch(bytes(8)), now=real_now())
        ) as ledger:
            ledger.database.conn.execute("UPDATE audit SET data = x'00' WHERE seq = 2")
        run = gatepost("audit", "verify", "--json", "--data", scanned)
        assert run.returncode == 1
        assert (lines(run)[0]["sound"], lines(run)[0]["at_seq"]) == (False, 2)
        assert "changed at entry 2" in words(run)
        assert gatepost("audit", "verify", "--data", scanned).returncode == 1
        for command in ("list", "export"):
            broken = gatepost("audit", command, "--data", scanned)
            assert broken.returncode == 1
            assert "or damaged" in words(broken)

    @pytest.mark.parametrize("command", ["list", "verify", "export"])
    def test_without_a_log_there_is_nothing_to_show(self, command: str, tmp_path: Path) -> None:
        run = gatepost("audit", command, "--data", tmp_path)
        assert run.returncode == 1
        assert "no ledger" in words(run)

    def test_no_number_of_entries_is_a_crash(self, scanned: Path) -> None:
        for limit in ("0", "-1", "99999999999999999999", "x"):
            assert gatepost("audit", "list", "--limit", limit, "--data", scanned).returncode == 2

    def test_a_reader_that_had_enough_is_no_fault_worth_words(self, scanned: Path) -> None:
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as gone:
            run = started("audit", "export", "--data", scanned, stdout=gone.fileno())
        assert run.stderr == b""


class TestConfigAndStatus:
    def test_each_setting_says_where_it_came_from(self, tmp_path: Path) -> None:
        file = tmp_path / "gatepost.toml"
        file.write_text("kiosk = true\n")
        run = gatepost(
            "config",
            "show",
            "--json",
            "--config",
            file,
            "--data",
            "x",
            environment={"GATEPOST_SOURCE": "camera:3"},
        )
        found = {str(line["setting"]): (line["value"], line["origin"]) for line in lines(run)}
        assert found["kiosk"] == (True, f"file {file}")
        assert found["source"] == ("camera:3", "environment")
        assert found["data"] == ("x", "flag")
        assert found["circuit_failures"] == (5, "default")
        people = gatepost("config", "show", "--data", "x").stdout.decode()
        assert "circuit_failures" in people

    def test_settings_that_cannot_be_used_end_with_2(self, tmp_path: Path) -> None:
        assert gatepost("config", "validate").stdout == b"The settings can be used.\n"
        file = tmp_path / "gatepost.toml"
        for content in ("kiosk = 7", "colour = 1", "decoders = []", "sync_every_s = nan", "= "):
            file.write_text(content)
            run = gatepost("config", "validate", "--config", file)
            assert run.returncode == 2
            words(run)
        assert gatepost("config", "validate", "--config", tmp_path / "none").returncode == 2

    def test_a_door_says_how_it_is(self, door: Path, card: Path) -> None:
        (before,) = lines(gatepost("status", "--json", "--data", door))
        assert (before["ledger"], before["outbox"]) == (None, 0)
        gatepost("scan", card, "--data", door)
        (status,) = lines(gatepost("status", "--json", "--data", door))
        assert (status["device"], status["door"], status["audience"]) == (
            "dev-1",
            "Front door",
            VENUE,
        )
        assert (status["keyset_version"], status["keys"]) == (3, len(the_keys().keys))
        assert (status["snapshot_version"], status["snapshot_cards"]) == (4, 1)
        assert status["found_by"] == {"zxing": 1}
        assert (
            status["entries"],
            status["outbox"],
            status["clock"] in {"trusted", "holdover"},
        ) == (1, 1, True)
        people = gatepost("status", "--data", door).stdout.decode()
        assert "Front door" in people
        assert "a-token" not in people + json.dumps(status)

    def test_nobody_enrolled_has_no_status(self, tmp_path: Path) -> None:
        assert gatepost("status", "--data", tmp_path).returncode == 2

    def test_no_command_and_wrong_ones_are_explained(self) -> None:
        assert gatepost("--help").returncode == 0
        assert gatepost("fly").returncode == 2
        assert gatepost("scan").returncode == 2
        assert b"gatepost" in gatepost("--version").stdout
        module = subprocess.run(
            [sys.executable, "-m", "scanner", "--version"],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert module.stdout == gatepost("--version").stdout


class TestRun:
    def test_a_source_is_read_to_its_end_one_line_a_card(self, door: Path, tmp_path: Path) -> None:
        frames = tmp_path / "frames"
        frames.mkdir()
        text = printed_card()
        for number in range(4):
            picture_of(text, frames / f"{number}.png")
        run = gatepost("run", "--source", f"folder:{frames}@200", "--json", "--data", door)
        assert run.returncode == 0, run.stderr
        (line,) = lines(run)
        assert (line["decision"], line["reason"]) == ("admit", "ok_snapshot")
        assert list(line) == SCAN_KEYS[1:]
        people = gatepost("run", "--source", f"folder:{frames}", "--kiosk", "--data", door)
        assert people.stdout.decode() == "REFUSE  Already in – Check out first  Ada\n"

    @pytest.mark.parametrize(
        ("source", "code"), [("folder:/nowhere", 1), ("screen:1", 2), ("camera:97", 1)]
    )
    def test_a_source_that_gives_nothing_says_so(self, door: Path, source: str, code: int) -> None:
        run = gatepost("run", "--source", source, "--data", door)
        assert run.returncode == code
        words(run)
