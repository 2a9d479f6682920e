"""The commands that read pictures: what they print, and how they end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardcore.keyset import Alg
from tests.fakes.card_material import KIDS, NOW, some_claims
from tests.fakes.scanner_cli import CARD, SCAN_KEYS, lines, words
from tests.fakes.scanner_door import a_card
from tests.fakes.scanner_folder import enrolled_folder, picture_of
from tests.fakes.scanner_program import gatepost, started

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


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
