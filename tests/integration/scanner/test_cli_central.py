"""The commands that talk with central, and the program as a shell starts it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cardcore.documents import DocumentKind
from cardcore.enrolment import EnrolmentCode, fingerprint_of, serialise_code
from cardcore.ids import Epoch
from cardcore.keyset_document import key_set_body
from cardcore.lifecycle import CardState
from scanner.adapters.ledger_sqlite import SqliteLedger
from scanner.ports import Fetched
from tests.fakes.card_material import VENUE, the_keys
from tests.fakes.scanner_central import ROOT, FakeCentral, signed, signed_keys, signed_snapshot
from tests.fakes.scanner_cli import CARD, lines, words
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_folder import enrolled_folder, picture_of, real_now, vault_of
from tests.fakes.scanner_http import LoopbackCentral, Told, a_problem, answering, as_http
from tests.fakes.scanner_program import gatepost, started
from tests.fakes.scanner_standings import a_standing

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


class TestWithCentral:
    @pytest.fixture
    def central(self) -> FakeCentral:
        made = FakeCentral()
        now = real_now()
        made.cards[CARD] = a_standing(state=CardState.REVOKED, as_of=now)
        made.key_document = Fetched(
            data=signed_keys(the_keys(), version=7, issued_at=now), etag='"7"'
        )
        made.snapshot_document = Fetched(
            data=signed_snapshot([(CARD, a_standing(as_of=now))], version=8, issued_at=now),
            etag='"8"',
        )
        return made

    @pytest.fixture
    def server(self, central: FakeCentral) -> Iterator[LoopbackCentral]:
        with LoopbackCentral(as_http(central)) as server:
            yield server

    CODE: Final = serialise_code(
        EnrolmentCode(
            selector=bytes(5), secret=bytes(10), fingerprint=fingerprint_of(ROOT.public_key)
        )
    )

    def test_a_device_is_enrolled_and_knows_its_keys_and_cards(
        self, server: LoopbackCentral, tmp_path: Path
    ) -> None:
        run = gatepost("enrol", server.url, self.CODE, "--json", "--data", tmp_path / "door")
        assert run.returncode == 0, run.stderr
        assert lines(run) == [
            {
                "device_id": "dev-1",
                "door": "Front door",
                "audience": VENUE,
                "keyset_version": 7,
                "cards": 1,
            }
        ]
        again = gatepost("enrol", server.url, self.CODE, "--data", tmp_path / "door")
        assert b"This device is dev-1, at door 'Front door'." in again.stdout
        assert b"a-token" not in run.stdout + run.stderr + again.stdout

    def test_a_device_enrolled_anew_believes_the_new_centrals_lower_versions(
        self, server: LoopbackCentral, central: FakeCentral, tmp_path: Path
    ) -> None:
        gatepost("enrol", server.url, self.CODE, "--data", tmp_path)
        central.snapshot_document = Fetched(
            data=signed_snapshot([], version=1, issued_at=real_now()), etag='"n"'
        )
        run = gatepost("enrol", server.url, self.CODE, "--json", "--data", tmp_path)
        assert run.returncode == 0
        (status,) = lines(gatepost("status", "--json", "--data", tmp_path))
        assert (status["snapshot_version"], status["snapshot_cards"]) == (1, 0)

    def test_another_central_than_the_codes_is_not_believed(
        self, server: LoopbackCentral, central: FakeCentral, tmp_path: Path
    ) -> None:
        central.root_answered = bytes(32)
        run = gatepost("enrol", server.url, self.CODE, "--data", tmp_path)
        assert run.returncode == 1
        assert "another central" in words(run)
        assert not (tmp_path / "device.json").exists()

    @pytest.mark.parametrize(
        ("url", "code"), [("nonsense", CODE), ("http://127.0.0.1:9", "no code")]
    )
    def test_what_is_mistyped_at_enrolment_ends_with_2(
        self, url: str, code: str, tmp_path: Path
    ) -> None:
        run = gatepost("enrol", url, code, "--data", tmp_path)
        assert run.returncode == 2
        words(run)

    def test_the_log_is_handed_over_and_the_door_in_step(
        self,
        server: LoopbackCentral,
        central: FakeCentral,
        tmp_path: Path,
        card: Path,
    ) -> None:
        patient = {"GATEPOST_ASK_WITHIN_S": "5"}  # a busy machine is no slow central
        door = enrolled_folder(tmp_path / "door", url=server.url)
        (line,) = lines(gatepost("scan", card, "--json", "--data", door, environment=patient))
        assert (line["decision"], line["reason"]) == ("refuse", "card_revoked")
        run = gatepost("sync", "--once", "--json", "--data", door)
        assert run.returncode == 0, run.stderr
        assert lines(run) == [
            {
                "uploaded": 1,
                "duplicate": 0,
                "quarantined": [],
                "mark": 1,
                "outbox": 0,
                "in_step": True,
            }
        ]
        assert [head.seq for head in central.heads.values()] == [1]
        assert (
            gatepost("sync", "--data", door).stdout
            == b"Handed over 0, central holds 1.\nIn step.\n"
        )

    def test_a_long_log_is_handed_over_before_the_eyes_of_whoever_watches(
        self, server: LoopbackCentral, tmp_path: Path
    ) -> None:
        door = enrolled_folder(tmp_path / "door", url=server.url)
        path = door / "ledger.sqlite3"
        with closing(
            SqliteLedger.open(path, vault_of(door), new_epoch=Epoch(bytes(8)), now=real_now())
        ) as ledger:
            ledger.database.conn.execute("PRAGMA synchronous = OFF")
            for _ in range(1_000):
                ledger.commit(a_refusal())
        run = gatepost("sync", "--data", door, terminal=True)
        assert run.returncode == 0
        assert "Handing over" in run.stderr.decode()
        assert "Handed over 1000, central holds 1000." in run.stdout.decode()

    def test_a_document_that_is_refused_is_told_and_the_door_is_not_in_step(
        self, server: LoopbackCentral, central: FakeCentral, tmp_path: Path
    ) -> None:
        old = signed(
            DocumentKind.KEY_SET, key_set_body(the_keys()), version=2, issued_at=real_now()
        )
        central.key_document = Fetched(data=old, etag='"2"')
        door = enrolled_folder(tmp_path / "door", url=server.url)
        run = gatepost("sync", "--json", "--data", door)
        assert run.returncode == 0
        assert lines(run)[0]["in_step"] is False
        assert b"older than version 3" in run.stderr

    def test_offline_nothing_is_lost_and_it_ends_with_3(self, door: Path, card: Path) -> None:
        gatepost("scan", card, "--data", door)
        run = gatepost("sync", "--once", "--json", "--data", door)
        assert (run.returncode, run.stdout) == (3, b"")
        assert "Nothing is lost" in words(run)
        (status,) = lines(gatepost("status", "--json", "--data", door))
        assert status["outbox"] == 1

    def test_refused_by_central_it_ends_with_4(self, tmp_path: Path) -> None:
        with answering(a_problem(403, "urn:gatepost:problem:device_revoked")) as server:
            door = enrolled_folder(tmp_path / "door", url=server.url)
            run = gatepost("sync", "--data", door)
        assert run.returncode == 4
        assert "device_revoked" in words(run)

    def test_a_captive_portal_is_offline(self, tmp_path: Path, card: Path) -> None:
        with answering(Told(status=403, kind="text/html", body=b"<html>")) as server:
            door = enrolled_folder(tmp_path / "door", url=server.url)
            assert gatepost("sync", "--data", door).returncode == 3
            (line,) = lines(gatepost("scan", card, "--json", "--data", door))
        assert (line["decision"], line["reason"]) == ("admit", "ok_fallback")

    def test_a_rehearsal_is_never_handed_over(
        self, server: LoopbackCentral, tmp_path: Path, card: Path
    ) -> None:
        door = enrolled_folder(tmp_path / "door", url=server.url)
        gatepost("scan", card, "--rehearsal", "--data", door)
        run = gatepost("sync", "--data", door)
        assert run.returncode == 2
        assert "never uploaded" in words(run)
        assert server.asked == []

    def test_a_running_door_hands_over_beside_its_work(
        self, server: LoopbackCentral, central: FakeCentral, tmp_path: Path
    ) -> None:
        frames = tmp_path / "frames"
        frames.mkdir()
        for number in range(20):
            picture_of(f"code {number}", frames / f"{number:02}.png")
        door = enrolled_folder(tmp_path / "door", url=server.url)
        run = gatepost("run", "--source", f"folder:{frames}@20", "--json", "--data", door)
        assert run.returncode == 0, run.stderr
        assert len(lines(run)) == 20
        (head,) = central.heads.values()
        assert head.seq > 0


class TestAsAShellStartsIt:
    """The exit codes once more, of a process."""

    def test_each_way_to_end_has_its_code(self, door: Path, card: Path, tmp_path: Path) -> None:
        done = started("scan", card, b"\xff.png", "--json", "--data", door)
        assert (done.returncode, done.stderr) == (0, b"")
        assert [line["reason"] for line in lines(done)] == ["ok_snapshot", "unreadable_file"]
        usage = started("scan", card, "--data", tmp_path)
        offline = started("sync", "--data", door)
        with answering(a_problem(401)) as server:
            refused = started("sync", "--data", enrolled_folder(tmp_path / "r", url=server.url))
        fault = started("audit", "verify", "--data", tmp_path)
        for run, code in ((fault, 1), (usage, 2), (offline, 3), (refused, 4)):
            assert run.returncode == code
            assert run.stdout == b""
            words(run)

    def test_paths_come_on_stdin_in_any_bytes(self, door: Path) -> None:
        run = started("scan", "-", "--json", "--data", door, stdin=b"\xff\xfe.png\n")
        assert run.returncode == 0
        assert [line["reason"] for line in lines(run)] == ["unreadable_file"]
