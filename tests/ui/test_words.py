import re

import pytest

from cardcore.ids import UnixSeconds
from cardcore.reasons import Reason
from scanner.desk import OverrideReason, PinResult, Role, UndoResult
from scanner.door.decision import Admit, Refuse, Review
from scanner.door.verdict import verdict_of
from scanner.errors import ConfigError
from scanner.ui import keymap, letters, phrases
from scanner.ui.i18n import Words, language_of, languages
from scanner.ui.keymap import Action, Keymap, keymap_of
from scanner.ui.look import Charset, look_of
from scanner.ui.sounds import Bell, Sound
from tests.fakes.answers import NOW
from tools import make_sounds, translations

LANGUAGES = pytest.mark.parametrize("language", languages())


def test_there_are_english_and_german() -> None:
    assert set(languages()) >= {"de", "en"}


@pytest.mark.parametrize("path", translations.catalogues(), ids=lambda path: path.parents[1].name)
def test_every_text_is_translated_and_compiled(path: object) -> None:
    assert translations.complaints(path) == []  # type: ignore[arg-type]


def test_the_check_speaks_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert translations.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_the_sounds_are_the_ones_the_program_makes() -> None:
    assert make_sounds.main(["--check"]) == 0
    assert len({sound.path.read_bytes() for sound in Sound}) == len(Sound)


def test_the_bell_rings_for_all_but_an_admission() -> None:
    rung: list[int] = []
    for sound in Sound:
        Bell(lambda: rung.append(1)).play(sound)
    assert len(rung) == len(Sound) - 1


@LANGUAGES
def test_a_rule_has_five_words_at_most(language: str) -> None:
    words = Words(language)
    for reason in Reason:
        said = words.say(verdict_of(Refuse(reason=reason)).rule)
        assert len(re.split(r"[\s]+", said)) <= 5, said


@LANGUAGES
def test_every_big_word_can_be_drawn_at_80_columns(language: str) -> None:
    words = Words(language)
    said = [words.say(verdict_of(kind(reason=Reason.OK)).word) for kind in (Admit, Refuse, Review)]
    said += [words.say(text) for text in ("GOODBYE", "SEE STAFF", "READY", "NOTED", "MANUAL")]
    for word in said:
        drawing = letters.draw(word, 76, 12)
        assert drawing is not None, word
        assert drawing.height >= letters.ROWS
        assert drawing.width >= 38, f"{word} is small"


def test_every_glyph_has_five_rows_of_one_width() -> None:
    for glyph in (*letters._GLYPHS.values(), *letters._SHAPES.values()):
        rows = glyph.split("|")
        assert len(rows) == letters.ROWS
        assert len({len(row) for row in rows}) == 1


def test_what_cannot_be_drawn_is_none() -> None:
    assert letters.draw("漢字", 80, 24) is None
    assert letters.draw(" ", 80, 24) is None
    assert letters.draw("ADMIT", 10, 4) is None


@pytest.mark.parametrize(
    ("table", "known"),
    [
        (phrases.OVERRIDE_WORDS, OverrideReason),
        (phrases.PIN_WORDS, PinResult),
        (phrases.UNDO_WORDS, UndoResult),
        (phrases.ROLE_WORDS, Role),
        (keymap.LABELS, Action),
        (keymap.EXPLAINED, Action),
    ],
    ids=["override", "pin", "undo", "role", "labels", "help"],
)
def test_no_table_of_words_has_a_gap(table: dict[object, str], known: type) -> None:
    assert set(table) == set(known)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_AT@euro"}, "de"),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C", "LANGUAGE": "de"}, "en"),
        ({"LANG": "xx_XX.UTF-8", "LANGUAGE": "xx:de"}, "de"),
        ({"LANG": "../../etc"}, "en"),
    ],
)
def test_the_language_follows_the_environment(environment: dict[str, str], expected: str) -> None:
    assert language_of(environment) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "0 s"),
        (40, "40 s"),
        (61, "1 min"),
        (840, "14 min"),
        (5_400, "90 min"),
        (7_200, "2 h"),
        (200_000, "2 d"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(seconds: int, expected: str) -> None:
    assert Words().span(seconds) == expected


def test_a_time_of_another_day_names_the_day() -> None:
    assert Words("en").when(UnixSeconds(NOW - 86_400 * 3), NOW).startswith("30 Apr ")
    assert Words("de").when(UnixSeconds(NOW - 86_400 * 3), NOW).startswith("30. April ")


def test_a_clock_that_says_anything_is_told() -> None:
    assert Words().clock(UnixSeconds(1 << 62)) == "00:00"


@pytest.mark.parametrize(
    ("environment", "theme", "charset"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}, "dark", Charset.FULL),
        ({"TERM": "linux", "LANG": "C.utf8"}, "console", Charset.CONSOLE),
        ({"TERM": "xterm", "LANG": "de_DE@euro"}, "dark", Charset.ASCII),
        ({"TERM": "linux", "LC_ALL": "C", "LANG": "C.UTF-8"}, "console", Charset.ASCII),
        ({}, "dark", Charset.ASCII),
    ],
)
def test_the_look_follows_the_terminal(
    environment: dict[str, str], theme: str, charset: Charset
) -> None:
    look = look_of(environment)
    assert (look.theme, look.charset) == (theme, charset)
    assert look_of(environment, "light").theme == "light"


def test_a_theme_nobody_knows_is_refused() -> None:
    with pytest.raises(ConfigError):
        look_of({}, "pink")


def test_keys_are_function_keys_and_each_has_one_meaning() -> None:
    assert keymap_of({"search": "F11"}).cap(Action.SEARCH) == "F11"
    assert Keymap().action("q") is None
    for wrong in (
        {"search": "q"},
        {"search": "ctrl+q"},
        {"search": "f1"},
        {"quit": "f11"},
        {"accept": "f11"},
    ):
        with pytest.raises(ConfigError):
            keymap_of(wrong)


def test_a_reason_of_a_newer_program_is_shown_as_it_stands() -> None:
    assert phrases.reason_word("brand_new\x1b", Words()) == "brand_new\N{REPLACEMENT CHARACTER}"
