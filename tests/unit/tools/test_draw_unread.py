from pathlib import Path

import pytest

from tools.draw_unread import FOLDER, SPOILS, is_read, main, spoiled


@pytest.mark.parametrize("name", SPOILS)
def test_the_pictures_show_what_is_read_and_what_is_not(name: str) -> None:
    mild, strong = spoiled(name)
    assert is_read(mild)
    assert not is_read(strong)
    assert (FOLDER / f"{name}.jpg").is_file()


def test_they_are_drawn_anew_where_asked(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path)]) == 0
    assert {path.stem for path in tmp_path.iterdir()} == set(SPOILS)
