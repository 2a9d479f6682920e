"""The door's commands as programs and people call them: what they print, and how they end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cardcore.documents import DocumentKind
from cardcore.enrolment import EnrolmentCode, fingerprint_of, serialise_code
from cardcore.ids import CardId, Epoch
from cardcore.keyset import Alg
from cardcore.keyset_document import key_set_body
from cardcore.lifecycle import CardState
from scanner.adapters.ledger_sqlite import SqliteLedger
from scanner.ports import Fetched
from tests.fakes.card_material import KIDS, NOW, VENUE, a_key, some_claims, the_keys
from tests.fakes.scanner_central import ROOT, FakeCentral, signed, signed_keys, signed_snapshot
from tests.fakes.scanner_door import a_card, a_refusal
from tests.fakes.scanner_folder import enrolled_folder, picture_of, printed_card, real_now
from tests.fakes.scanner_http import LoopbackCentral, Told, a_problem, answering, as_http
from tests.fakes.scanner_program import Ran, gatepost, started
from tests.fakes.scanner_standings import a_standing

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
CARD: Final = CardId(bytes(range(16)))
SCAN_KEYS: Final = [
    "file",
    "decision",
    "reason",
    "card_id",
    "kid",
    "nonce",
    "status",
    "seq",
    "at",
    "ms",
]


def lines(run: Ran | subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def words(run: Ran | subprocess.CompletedProcess[bytes]) -> str:
    told = run.stderr.decode()
    assert "Traceback" not in told
    assert told.startswith(("gatepost: ", "Usage: ")), told
    return told


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return enrolled_folder(
        tmp_path / "door", cards=[(CARD, a_standing(name="Ada", as_of=real_now()))]
    )


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return picture_of(printed_card(), tmp_path / "card.png")


class TestScan:
    def test_a_card_is_a_line_with_every_field_and_the_log_has_it(
        self, door: Path, card: Path
    ) -> None:
        run = gatepost("scan", card, "--json", "--data", door)
        assert run.returncode == 0, run.stderr
        (line,) = lines(run)
        assert list(line) == SCAN_KEYS
        assert line["file"] == str(card)
        assert (line["decision"], line["reason"], line["seq"]) == ("admit", "ok_snapshot", 1)
        assert (line["card_id"], line["kid"]) == (CARD.hex(), KIDS[Alg.HMAC_256_256].hex())
        assert line["nonce"] == bytes(range(8)).hex()
        status = line["status"]
        assert isinstance(status, dict)
        assert (status["value"], status["origin"]) == ("active", "snapshot")
        took = line["ms"]
        assert isinstance(took, dict)
        assert list(took) == ["decode", "verify", "status", "commit", "total"]
        entry = lines(gatepost("audit", "list", "--json", "--data", door))[0]
        assert (entry["seq"], entry["decision"], entry["reason"]) == (1, "admit", "ok_snapshot")
        assert "Ada" not in run.stdout.decode()

    def test_shown_again_it_is_refused_and_people_read_a_plain_phrase(
        self, door: Path, card: Path
    ) -> None:
        run = gatepost("scan", card, card, "--data", door)
        assert run.returncode == 0
        first, second = run.stdout.decode().splitlines()
        assert first.startswith("ADMIT   Welcome  Ada  ")
        assert second.startswith("REFUSE  Already in – Check out first  Ada  ")

    def test_what_gives_no_card_is_a_line_with_why_and_never_a_traceback(
        self, door: Path, card: Path, tmp_path: Path
    ) -> None:
        text = tmp_path / "text.png"
        text.write_text("no picture")
        empty = tmp_path / "empty.png"
        empty.write_bytes(b"")
        large = tmp_path / "large.pgm"
        large.write_bytes(b"P5\n5000 5000\n255\n" + bytes(25_000_000))
        blank = picture_of("x", tmp_path / "blank.png")
        blank.write_bytes(_white_png())
        strange = os.fsencode(tmp_path) + b"/\xff\xfe.png"
        run = gatepost(
            "scan", text, empty, large, blank, tmp_path / "none.png", "a" * 300, strange, tmp_path / "x\x1b[2Jy",
            card, "--json", "--data", door,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        assert run.stderr == b""
        assert [line["reason"] for line in lines(run)] == [
            "unreadable_file", "unreadable_file", "picture_too_large", "no_code", "unreadable_file", "unreadable_file",
            "unreadable_file", "unreadable_file", "ok_snapshot",
        ]  # fmt: skip
        assert all(list(line) == ["file", "decision", "reason"] for line in lines(run)[:-1])
        people = gatepost("scan", strange, tmp_path / "x\x1b[2Jy", "--data", door)
        assert people.returncode == 0
        assert b"\x1b" not in people.stdout

    def test_a_folder_is_its_pictures_and_a_dash_is_paths_on_stdin(
        self, door: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "pictures"
        folder.mkdir()
        for number in range(3):
            picture_of(f"code {number}", folder / f"{number}.png")
        (folder / "notes.txt").write_text("x")
        run = gatepost("scan", folder, "--json", "--data", door)
        assert [line["reason"] for line in lines(run)] == ["not_a_card"] * 3
        given = os.fsencode(folder / "1.png") + b"\n\xff.png\n\n"
        run = gatepost("scan", "-", "--json", "--data", door, stdin=given)
        assert run.returncode == 0
        assert [line["reason"] for line in lines(run)] == ["not_a_card"] + ["unreadable_file"] * 2

    def test_any_bytes_in_a_code_are_refused(self, door: Path, tmp_path: Path) -> None:
        for number, payload in enumerate(
            [b"\x00\x1b[2J\xff", b"MC1:", b"MC1:\n", b"MC1:BB8", b"x" * 900]
        ):
            picture_of(payload, tmp_path / f"{number}.png")
        run = gatepost("scan", tmp_path, "--json", "--data", door)
        assert run.returncode == 0
        reasons = [line["reason"] for line in lines(run)]
        assert reasons == [
            "not_a_card",
            "malformed_envelope",
            "malformed_encoding",
            "malformed_envelope",
            "token_too_long",
        ]
        assert {line["decision"] for line in lines(run)} == {"refuse"}

    def test_a_device_that_is_not_enrolled_says_so_and_ends_with_2(self, tmp_path: Path) -> None:
        run = gatepost("scan", "x.png", "--json", "--data", tmp_path)
        assert (run.returncode, run.stdout) == (2, b"")
        assert "gatepost enrol URL CODE" in words(run)

    def test_a_ledger_that_cannot_be_opened_says_why_and_ends_with_1(
        self, door: Path, card: Path
    ) -> None:
        (door / "ledger.sqlite3").mkdir()
        run = gatepost("scan", card, "--json", "--data", door)
        assert (run.returncode, run.stdout) == (1, b"")
        assert "cannot open" in words(run)

    def test_a_disk_that_fills_up_refuses_says_why_ends_with_1_and_loses_nothing(
        self, door: Path, card: Path
    ) -> None:
        gatepost("scan", card, "--data", door)
        script = (
            "import resource\n"
            "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (40 * 1024, hard))\n"
            "from scanner.cli import main\n"
            "try:\n"
            "    main()\n"
            "finally:\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))\n"
        )
        pictures = [str(card)] * 60  # until an entry needs a page behind the limit
        run = subprocess.run(
            [sys.executable, "-c", script, "scan", *pictures, "--json", "--data", str(door)],
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert run.returncode == 1
        told = run.stderr.decode()
        assert "ballast" in told
        assert "gatepost: cannot write the ledger" in told
        written = [line for line in lines(run) if line["seq"] is not None]
        refused = [line for line in lines(run) if line["seq"] is None]
        assert {line["reason"] for line in written} == {"passback"}
        assert {(line["decision"], line["reason"]) for line in refused} == {
            ("refuse", "ledger_unwritable")
        }
        assert len(lines(run)) == 60
        (verified,) = lines(gatepost("audit", "verify", "--json", "--data", door))
        assert (verified["sound"], verified["entries"]) == (True, 1 + len(written))

    def test_another_instant_is_judged_on_a_rehearsal_ledger_only(self, tmp_path: Path) -> None:
        door = enrolled_folder(tmp_path / "door")
        picture = picture_of(a_card(some_claims()), tmp_path / "x.png")
        run = gatepost("scan", picture, "--rehearsal", "--at", str(NOW), "--json", "--data", door)
        (line,) = lines(run)
        assert (line["decision"], line["reason"], line["at"]) == ("admit", "ok_fallback", NOW)
        assert gatepost("scan", picture, "--at", str(NOW), "--data", door).returncode == 0
        (tmp_path / "real").mkdir()
        real = enrolled_folder(tmp_path / "real")
        refused = gatepost("scan", picture, "--at", str(NOW), "--data", real)
        assert refused.returncode == 2
        assert "--rehearsal" in words(refused)
        refused = gatepost("scan", picture, "--rehearsal", "--data", real)
        assert refused.returncode == 2
        for instant in ("-1", "99999999999999999999", "soon"):
            assert gatepost("scan", picture, "--at", instant, "--data", door).returncode == 2

    def test_a_reader_that_goes_away_is_no_fault_worth_words(self, door: Path, card: Path) -> None:
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as gone:
            run = started("scan", *[card] * 3, "--json", "--data", door, stdout=gone.fileno())
        assert run.stderr == b""
        assert run.returncode == 1


def _white_png() -> bytes:
    import cv2
    import numpy as np

    return cv2.imencode(".png", np.full((60, 60), 255, np.uint8))[1].tobytes()


class TestDecode:
    def test_any_text_is_read_and_nothing_is_kept(self, tmp_path: Path) -> None:
        picture_of("https://example.org/ü", tmp_path / "a.png")
        (tmp_path / "b.png").write_bytes(_white_png())
        (tmp_path / "c.png").write_text("no picture")
        run = gatepost("decode", tmp_path, "--json", "--data", tmp_path / "nowhere")
        assert run.returncode == 0
        read, blank, broken = lines(run)
        assert (read["file"], read["texts"], read["stage"]) == (
            str(tmp_path / "a.png"), ["https://example.org/ü"], "zxing",
        )  # fmt: skip
        assert list(read) == ["file", "texts", "stage", "ms"]
        assert (blank["texts"], blank["stage"]) == ([], None)
        assert (broken["texts"], broken["reason"]) == ([], "unreadable_file")
        assert not (tmp_path / "nowhere").exists()

    def test_what_a_code_says_cannot_move_the_cursor(self, tmp_path: Path) -> None:
        path = picture_of("\x1b[2Jevil\u202etxt", tmp_path / "a.png")
        (tmp_path / "c.png").write_text("no picture")
        run = gatepost("decode", path, tmp_path / "c.png")
        assert run.stdout.decode().splitlines() == [
            f"{path}: �[2Jevil�txt", f"{tmp_path / 'c.png'}: (unreadable_file)",
        ]  # fmt: skip

    def test_bytes_that_are_no_text_are_some_text(self, tmp_path: Path) -> None:
        run = gatepost("decode", picture_of(b"\xff\xfe\xfd", tmp_path / "a.png"), "--json")
        assert lines(run)[0]["texts"] == ["ÿþý"]


class TestToken:
    def test_a_good_token_is_verified_by_the_doors_own_keys(self, door: Path) -> None:
        (line,) = lines(gatepost("token", "verify", printed_card(), "--data", door))
        assert line["result"] == "verified"
        claims = line["claims"]
        assert isinstance(claims, dict)
        assert list(claims) == [
            "audience", "expires_at", "issued_at", "nonce", "mode", "card_id", "generation", "member",
        ]  # fmt: skip
        assert (claims["mode"], claims["card_id"], claims["member"]) == ("print", CARD.hex(), None)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "not_a_card"),
            ("MC1:\n", "malformed_encoding"),
            (b"\xff\xfe", "not_a_card"),
            ("x" * 600, "token_too_long"),
        ],
    )
    def test_any_text_is_rejected_with_its_reason(
        self, door: Path, text: str | bytes, reason: str
    ) -> None:
        run = gatepost("token", "verify", text, "--data", door)
        assert (run.returncode, lines(run)) == (0, [{"result": "rejected", "reason": reason}])

    def test_on_a_terminal_people_read_the_claims_and_the_times(self, door: Path) -> None:
        shown = gatepost("token", "verify", printed_card(), "--data", door, terminal=True)
        told = shown.stdout.decode().splitlines()
        assert told[0] == "verified"
        assert any(line.startswith("  expires_at") and line.endswith("Z)") for line in told)
        refused = gatepost("token", "verify", "x", "--data", door, terminal=True)
        assert refused.stdout == b"rejected: not_a_card\n"

    def test_keys_may_come_from_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        path.write_text(json.dumps({"keyset": [_vector_key()]}))
        run = gatepost(
            "token", "verify", a_card(), "--keyset", path, "--audience", VENUE, "--at", str(NOW)
        )
        assert lines(run)[0]["result"] == "verified"
        run = gatepost("token", "verify", a_card(), "--keyset", path)
        assert run.returncode == 2
        assert "--audience" in words(run)

    def test_vectors_are_counted_and_failures_end_with_1(self, tmp_path: Path) -> None:
        path = tmp_path / "vectors.json"
        vector = {
            "id": "v", "token": "x", "now": NOW, "audience": VENUE, "expected": {"result": "rejected", "reason": "not_a_card"},
        }  # fmt: skip
        wrong = vector | {"id": "w", "expected": {"result": "rejected", "reason": "expired"}}
        strange = {
            "root": "00" * 32, "audience": VENUE, "mode": 9, "card_id": "00" * 16, "generation": 1 << 70, "venue_key": "", "card_key": "",
        }  # fmt: skip
        path.write_text(json.dumps({"keyset": [_vector_key()], "vectors": [vector]}))
        run = gatepost("token", "vectors", path)
        assert (run.returncode, run.stdout) == (0, b"1 passed, 0 failed\n")
        path.write_text(
            json.dumps(
                {
                    "keyset": [],
                    "vectors": [vector, wrong],
                    "derivation": [strange, strange | {"mode": 1, "generation": 1}],
                }
            )
        )
        run = gatepost("token", "vectors", path)
        assert run.returncode == 1
        told = run.stdout.decode().splitlines()
        assert told[-1] == "1 passed, 3 failed"
        assert len(told) == 4

    @pytest.mark.parametrize("content", [b"", b"{}", b'{"keyset": [{"kid": "zz"}]}', None])
    def test_a_file_of_another_shape_is_wrong_usage(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "vectors.json"
        if content is not None:
            path.write_bytes(content)
        run = gatepost("token", "vectors", path)
        assert run.returncode == 2
        assert "FILE" in words(run)

    def test_keys_that_make_no_key_set_are_wrong_usage(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        path.write_text(json.dumps({"keyset": [_vector_key(), _vector_key()]}))
        run = gatepost("token", "verify", "x", "--keyset", path, "--audience", VENUE)
        assert run.returncode == 2
        assert "two keys" in words(run)


def _vector_key() -> dict[str, object]:
    key = a_key(Alg.HMAC_256_256)
    return {
        "kid": key.kid.hex(), "alg": 5, "key": key.secret.hex(), "nbf": key.not_before, "exp": key.expires_at, "state": "active",
    }  # fmt: skip


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
        with closing(
            SqliteLedger.open(scanned / "ledger.sqlite3", new_epoch=Epoch(bytes(8)), now=real_now())
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
            assert "not an entry" in words(broken)

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
        with closing(SqliteLedger.open(path, new_epoch=Epoch(bytes(8)), now=real_now())) as ledger:
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
