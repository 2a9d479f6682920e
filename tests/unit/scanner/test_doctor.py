"""Is this machine fit to be a door: what is found, and what is advised."""

import json
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from scanner.adapters.decoder_pyzbar import PyzbarDecoder
from scanner.adapters.tally_file import KEEP_EVERY, TallyFile, read_tally
from scanner.bootstrap.doctor import State, examine, judged
from scanner.bootstrap.eyesight import CodeLook, Eyesight, edge_of, look_through
from scanner.cli.doctor import command
from scanner.config import Settings
from scanner.door.frame import Luma
from tests.fakes.scanner_views import Ticking, code_of, view_of, with_lamp

TEXT: Final = "MC1:" + "GATEPOST " * 8
GOOD: Final = CodeLook(module=5.0, contrast=170, edge=1.5, washed=0.0)


def folder_of(tmp_path: Path, *pictures: Luma) -> str:
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
    return f"folder:{tmp_path}"


def seen(code: CodeLook | None = GOOD, *, fps: float | None = 30.0) -> Eyesight:
    return Eyesight(frames=9, width=640, height=360, fps=fps, edge=1.5, found_by={}, code=code)


class TestCamera:
    def test_a_good_code_needs_no_advice(self, tmp_path: Path) -> None:
        source = folder_of(tmp_path, view_of((code_of(TEXT), (100, 60))))
        found = look_through(Settings(source=source))
        assert found is not None
        assert found.code is not None
        assert found.code.module is not None
        assert abs(found.code.module - 5) < 0.5
        assert found.found_by == {"zxing": 1}
        assert judged(found, live=False).state is State.GOOD

    def test_a_lamp_in_the_code_is_seen(self, tmp_path: Path) -> None:
        lit = with_lamp(view_of((code_of(TEXT), (100, 60))), (230, 150), 34)
        found = look_through(Settings(source=folder_of(tmp_path, lit)))
        assert found is not None
        if found.code is not None:
            assert found.code.washed > 0.02

    def test_nothing_shown_is_bad(self, tmp_path: Path) -> None:
        assert look_through(Settings(source=f"folder:{tmp_path}")) is None

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (None, "hold a card"),
            (CodeLook(module=2.1, contrast=170, edge=1.5, washed=0), "come closer"),
            (CodeLook(module=5, contrast=170, edge=1.5, washed=0.3), "move the light"),
            (CodeLook(module=5, contrast=30, edge=1.5, washed=0), "more light on the code"),
            (CodeLook(module=5, contrast=170, edge=9.0, washed=0), "clean the lens"),
            (CodeLook(module=None, contrast=170, edge=1.5, washed=0.3), "move the light"),
        ],
    )
    def test_each_trouble_has_its_advice(self, code: CodeLook | None, words: str) -> None:
        check = judged(seen(code), live=True)
        assert check.state is State.POOR
        assert words in check.advice

    def test_too_few_frames_are_told_of_a_camera_only(self) -> None:
        assert "too few frames" in judged(seen(fps=4.0), live=True).advice
        assert judged(seen(fps=4.0), live=False).state is State.GOOD

    def test_an_edge_is_as_wide_as_its_blur(self) -> None:
        sharp = view_of((code_of(TEXT), (100, 60)))
        soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3), np.uint8)
        assert edge_of(sharp) < 2 < edge_of(soft)
        assert edge_of(np.zeros((1, 1), np.uint8)) == 1.0


class TestMachine:
    def test_every_check_has_a_word(self, tmp_path: Path) -> None:
        source = folder_of(tmp_path, view_of((code_of(TEXT), (100, 60))))
        checks = {
            check.name: check for check in examine(Settings(data=str(tmp_path), source=source))
        }
        assert list(checks) == [
            "versions",
            "sqlite",
            "zbar",
            "data",
            "secret",
            "clock",
            "link",
            "camera",
        ]
        assert checks["data"].state is State.GOOD
        assert checks["link"].found == "not enrolled"
        assert "numpy" in checks["versions"].found

    def test_a_folder_that_is_not_there_yet_is_said(self, tmp_path: Path) -> None:
        checks = examine(Settings(data=str(tmp_path / "none"), source="wedge"))
        assert [check.state for check in checks if check.name == "data"] == [State.POOR]
        assert [check.found for check in checks if check.name == "camera"] == [
            "none: a keyboard scanner is used"
        ]

    def test_without_zbar_only_a_door_that_wants_it_is_told(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(PyzbarDecoder, "available", property(lambda _self: False))
        settings = Settings(data=str(tmp_path), source="wedge")
        states = {}
        for decoders in (("zxing",), ("zxing", "pyzbar")):
            checks = examine(Settings(data=settings.data, source="wedge", decoders=decoders))
            states[decoders] = next(check.state for check in checks if check.name == "zbar")
        assert list(states.values()) == [State.GOOD, State.BAD]


class TestCommand:
    def test_json_is_a_line_a_check(self, tmp_path: Path) -> None:
        source = folder_of(tmp_path, view_of((code_of(TEXT), (100, 60))))
        args = ["--source", source, "--data", str(tmp_path), "--json"]
        run = CliRunner().invoke(command, args)
        assert run.exit_code == 0, run.output
        lines = [json.loads(line) for line in run.output.splitlines()]
        assert lines[-1]["figures"]["found_by"] == {"zxing": 1}

    def test_a_camera_that_is_not_there_is_a_fault(self, tmp_path: Path) -> None:
        args = ["--source", "camera:/dev/there-is-none", "--data", str(tmp_path)]
        run = CliRunner().invoke(command, args)
        assert run.exit_code == 1
        assert "bad   camera" in run.output

    def test_advice_stands_below(self, tmp_path: Path) -> None:
        args = ["--source", folder_of(tmp_path, view_of()), "--data", str(tmp_path)]
        assert "→ no code was read" in CliRunner().invoke(command, args).output


class TestTally:
    def test_counts_are_kept_and_added_to(self, tmp_path: Path) -> None:
        path, clock = tmp_path / "found_by.json", Ticking()
        tally = TallyFile(path, clock.mono)
        tally.keep({"zxing": 1})
        assert read_tally(path) == {"zxing": 1}
        tally.keep({"zxing": 2})
        assert read_tally(path) == {"zxing": 1}
        clock.ticks += KEEP_EVERY
        tally.keep({"zxing": 3})
        assert read_tally(path) == {"zxing": 3}
        tally.keep({"zxing": 3, "grid": 1})
        tally.close()
        again = TallyFile(path, clock.mono)
        again.keep({"grid": 2})
        assert read_tally(path) == {"zxing": 3, "grid": 3}

    def test_nothing_counted_writes_nothing(self, tmp_path: Path) -> None:
        TallyFile(tmp_path / "x.json", Ticking().mono).close()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", ["", "[]", '{"a": -1}', '{"a": "b"}', "\x00"])
    def test_any_other_content_counts_as_none(self, content: str, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        path.write_text(content)
        assert read_tally(path) == {}

    def test_a_disk_that_cannot_be_written_is_no_fault(self, tmp_path: Path) -> None:
        TallyFile(tmp_path / "none" / "x.json", Ticking().mono).keep({"zxing": 1})
