from random import Random

from scanner.ui.keyboard import SEQUENCE_MAX, SEQUENCES, KeyReader, Stroke


def read(*pieces: bytes, rest: bool = True) -> list[Stroke]:
    reader = KeyReader()
    found = [stroke for piece in pieces for stroke in reader.feed(piece)]
    return [*found, *reader.rest()] if rest else found


def test_text_and_enter_are_read() -> None:
    assert read(b"MC1:9\r") == [*(Stroke(c, c) for c in "MC1:9"), Stroke("enter")]


def test_every_known_sequence_is_its_key() -> None:
    for sequence, key in SEQUENCES.items():
        assert read(sequence.encode()) == [Stroke(key)], sequence


def test_a_sequence_may_come_in_pieces() -> None:
    assert read(b"\x1b", b"[1", b"5~") == [Stroke("f5")]


def test_escape_alone_is_escape_once_nothing_follows() -> None:
    assert read(b"\x1b", rest=False) == []
    assert read(b"\x1b") == [Stroke("escape")]


def test_umlauts_may_come_in_pieces_and_broken_bytes_stop_nothing() -> None:
    assert read("Ü".encode()[:1], "Ü".encode()[1:]) == [Stroke("Ü", "Ü")]
    assert read(b"\xff\xfeA")[-1] == Stroke("A", "A")


def test_every_byte_is_a_character_a_plain_key_or_nothing() -> None:
    plain = {"enter", "tab", "backspace", "escape"}
    for byte in range(256):
        strokes = read(bytes([byte]))
        assert all(s.character is not None or s.key in plain for s in strokes), byte


def test_what_a_terminal_could_be_made_to_report_is_dropped() -> None:
    for report in (
        b"\x1b[200~",  # a paste begins
        b"\x1b[48;12;40;0;0t",  # another size
        b"\x1b[<0;5;5M",  # the mouse
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[?2026;2$y",
        b"\x1b[97;5u",
        b"\x1b[1;5P",
        b"\x1b\x11",
        b"\x1bq",
    ):
        assert read(report) == [], report
        assert read(report + b"A") == [Stroke("A", "A")], report


def test_no_bytes_hold_back_the_next_card_for_long() -> None:
    random = Random(7)  # noqa: S311 -- no secret
    for _ in range(300):
        noise = bytes(random.choices(b"\x1b[O;?<0123456789PqM~\x9b\x90]", k=60))
        strokes = read(noise + b"0" * (SEQUENCE_MAX + 2) + b"~MC1:TEST")
        assert [s.character for s in strokes[-8:]] == list("MC1:TEST"), noise
