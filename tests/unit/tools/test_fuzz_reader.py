import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.fakes.drawn_codes import drawn
from tools.fuzz_mutations import MUTATIONS, Mutation, pasted
from tools.fuzz_reader import BUDGET, OVERRUN, Case, Report, case_of, judge, main, run
from tools.fuzz_sources import OWN, Folder, Source

GENEROUS = BUDGET + 5  # no test fails because its machine is slow


def test_our_own_pictures_mutated_give_no_wrong_text() -> None:
    report = run(Folder(OWN), seed=8, numbers=range(60), budget=0.1)

    faults = [each for each in report.failures if not each.what.startswith("took")]
    assert faults == []
    assert report.cases == 60
    assert report.read > 5
    assert max(report.cpu_ms) < 1000 * (GENEROUS + OVERRUN)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (40, 33)])
def test_a_mutation_gives_a_picture_whatever_it_is_given(
    mutation: Mutation, shape: tuple[int, int]
) -> None:
    luma = np.random.default_rng(3).integers(0, 256, shape).astype(np.uint8)
    for seed in range(20):
        made = mutation(luma, np.random.default_rng(seed))
        assert made.dtype == np.uint8
        assert made.ndim == 2
        assert made.size > 0


def test_a_patch_is_pasted_inside() -> None:
    luma, other = np.zeros((30, 40), np.uint8), np.full((200, 20), 255, np.uint8)
    made = [pasted(luma, other, np.random.default_rng(seed)) for seed in range(20)]
    assert {each.shape for each in made} == {(30, 40)}
    assert any(each.any() for each in made)


def test_a_case_is_the_same_again() -> None:
    folder = Folder(OWN)
    one, again, next_one = (case_of(folder, 8, number) for number in (5, 5, 6))
    assert one is not None
    assert again is not None
    assert next_one is not None
    assert one.done == again.done
    assert np.array_equal(one.luma, again.luma)
    assert (one.file, one.done) != (next_one.file, next_one.done)


def source(*, texts: frozenset[str] = frozenset(), is_judged: bool = True) -> Source:
    return Source(
        luma=drawn("1"), payloads=frozenset((b"known",)), texts=texts, is_judged=is_judged
    )


def judged(of: Source, text: str, budget: float = GENEROUS) -> Report:
    report = Report(seed=1)
    case = Case(number=3, file="a.png", done=("noise",), luma=drawn(text), sources=(of,))
    judge(case, report, budget)
    return report


def test_another_text_is_a_failure() -> None:
    (failure,) = judged(source(), "other").failures
    assert "wrong text by 'plain'" in failure.what
    assert (failure.seed, failure.case, failure.file) == (1, 3, "a.png")


def test_a_text_that_it_holds_is_none() -> None:
    assert judged(source(), "known").failures == []
    assert judged(source(texts=frozenset(("told",))), "told").failures == []


def test_nothing_is_said_where_not_all_texts_are_known() -> None:
    report = judged(source(is_judged=False), "other")
    assert report.failures == []
    assert report.unjudged == 1


def test_a_case_that_takes_too_long_is_a_failure() -> None:
    (failure,) = judged(source(), "known", budget=-OVERRUN).failures
    assert failure.what.startswith("took")


def test_an_exception_is_a_failure() -> None:
    case = Case(
        number=0, file="a", done=(), luma=np.zeros((50, 50, 3), np.uint8), sources=(source(),)
    )
    report = Report(seed=1)
    judge(case, report)
    (failure,) = report.failures
    assert "Traceback" in failure.what


def test_the_report_names_seed_and_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), drawn("a card"))
    (tmp_path / "b.png").write_text("no picture")

    assert main([str(tmp_path), "--cases", "8", "--seed", "4", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["seed"] == 4
    assert said["failures"] == []
    assert said["cases"] < 8

    kept = tmp_path / "kept" / "one.png"
    kept.parent.mkdir()
    assert main([str(tmp_path), "--only", "0", "--seed", "5", "--keep", str(kept)]) == 0
    assert "seed 5:" in capsys.readouterr().out


def test_a_folder_without_pictures_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path)])
    assert stopped.value.code == 2
