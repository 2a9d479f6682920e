from pathlib import Path

from tools.draw_reading import FOLDER, drawings, faults, followed, main


def test_the_pictures_are_as_made(tmp_path: Path) -> None:
    made = drawings(followed())
    assert faults(made, FOLDER) == []
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 400_000
    assert len(faults(made, tmp_path)) == len(made)


def test_they_are_drawn_anew_where_asked(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path), "--check"]) == 1
    assert main(["--folder", str(tmp_path)]) == 0
    other = tmp_path / "1-seen.jpg"
    other.write_bytes((tmp_path / "7-rendered.jpg").read_bytes())
    assert main(["--folder", str(tmp_path), "--check"]) == 1
