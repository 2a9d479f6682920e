"""The committed vectors are what their maker makes: neither is changed without the other."""

from tools.make_vectors import FOLDER, made


def test_committed_vectors_are_as_their_maker_makes_them() -> None:
    committed = {name: (FOLDER / name).read_text("utf-8") for name in made()}
    assert committed == made()
