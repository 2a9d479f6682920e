"""A door's /metrics: each figure by its name."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cardcore.ids import Epoch, Micros, UnixSeconds
from scanner.adapters.ledger_sqlite import SqliteLedger
from scanner.adapters.link_file import LinkFile
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap.health import DoorHealth
from scanner.bootstrap.watch import DoorWatch, pages_of
from scanner.circuit import OPEN, CircuitFacts
from scanner.config import Settings
from tests.fakes.card_material import DAY, NOW
from tests.fakes.rehearsal_door import rehearsal_folder
from tests.fakes.scanner_clock import BOOT, FakeClock
from tests.fakes.scanner_door import a_card, a_pipeline, a_presentation
from tests.fakes.scanner_folder import vault_of

Samples = dict[str, dict[tuple[str, ...], float]]
STAGES: Final = ("decode", "verify", "replay", "status", "decide", "commit")


def scraped(watch: DoorWatch) -> Samples:
    page = pages_of(watch)["/metrics"]()
    assert page.status == 200
    found: Samples = {}
    for family in text_string_to_metric_families(page.body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(rehearsal_folder(tmp_path / "door")))


@pytest.fixture
def watch(settings: Settings) -> DoorWatch:
    return DoorWatch(DoorHealth(settings, is_running=True, clock=FakeClock()).examiner())


def test_scans_are_counted_by_decision_and_reason(watch: DoorWatch) -> None:
    pipeline, card = a_pipeline(), a_card()
    for text in (card, card, "no card"):
        watch.heard(pipeline.answer(a_presentation(text)))
    assert scraped(watch)["gatepost_scans_total"] == {
        ("admit", "ok_fallback"): 1,
        ("refuse", "replayed"): 1,
        ("refuse", "not_a_card"): 1,
    }


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_has_its_latency(watch: DoorWatch, stage: str) -> None:
    watch.heard(a_pipeline().answer(a_presentation(a_card())))
    found = scraped(watch)
    assert found["gatepost_stage_seconds_count"][stage,] == 1
    assert found["gatepost_stage_seconds_bucket"]["+Inf", stage] == 1


def test_how_the_door_is(settings: Settings, watch: DoorWatch) -> None:
    vault = vault_of(settings.folder)
    ledger = SqliteLedger.open(
        settings.folder / "ledger.sqlite3",
        vault,
        new_epoch=Epoch(b"epoch-01"),
        now=NOW,
        rehearsal=False,
    )
    with (
        closing(ledger),
        closing(SqliteStandings(settings.folder / "standings.sqlite3", vault)) as standings,
        closing(LinkFile(settings.folder, "sync", BOOT)) as notes,
    ):
        standings.replace_snapshot(1, UnixSeconds(NOW - 60), iter([]))
        notes.tell(CircuitFacts(state=OPEN, failures=5, next_try=Micros(1 << 60)))
        watch.figures.camera_fps = lambda: 24.5
        found = scraped(watch)
    assert found["gatepost_circuit_state"] == {("sync",): 1}
    assert found["gatepost_outbox_entries"] == {(): 0}
    assert found["gatepost_key_set_age_seconds"] == {(): DAY}
    assert found["gatepost_list_age_seconds"] == {(): 60}
    assert found["gatepost_clock_trust"][()] in {0.5, 1.0}
    assert found["gatepost_camera_fps"] == {(): 24.5}
    assert found["gatepost_here"] == {(): 0}
    assert found["gatepost_disk_free_bytes"][()] > 0
    assert found["gatepost_health"]["circuit",] == 0
    assert found["gatepost_health"]["database",] == 1
    assert found["gatepost_health_ratio"] == {(): 0.8}


def test_a_door_that_knows_nothing_has_no_figures_to_invent(
    settings: Settings, watch: DoorWatch
) -> None:
    for file in settings.folder.iterdir():
        file.unlink()
    found = scraped(watch)
    assert found.keys() == {
        "gatepost_health",
        "gatepost_health_ratio",
        "gatepost_disk_free_bytes",
    }


def test_a_reason_that_is_no_word_of_ours_makes_no_series(watch: DoorWatch) -> None:
    answer = a_pipeline().answer(a_presentation("no card"))
    for _ in range(3):
        watch.heard(replace(answer, stages={}))
    assert sum(scraped(watch)["gatepost_scans_total"].values()) == 3


def test_pages_are_the_levels_of_health_and_the_metrics(watch: DoorWatch) -> None:
    pages = pages_of(watch)
    assert set(pages) == {"/health/live", "/health/ready", "/health/full", "/metrics"}
    assert json.loads(pages["/health/live"]().body)["status"] == "UP"
