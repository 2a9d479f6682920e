"""Each threshold by name: beyond it is wrong, well within it there is nothing to say, between them nothing changes."""

from dataclasses import replace

import pytest

from cardcore.audit import ClockTrust
from central.alerts.rules import (
    SEVERITIES,
    Finding,
    Known,
    Rule,
    findings_of,
    findings_of_central,
)
from central.figures.doors import DoorFigures
from central.figures.scans import Scans
from central.ports.outlook import Thresholds
from central.ports.watching import Severity
from tests.fakes.central_lookups import STATE
from tests.fakes.central_watched_doors import door, known

USUAL = Thresholds()
HOUR, MINUTE = 3_600, 60
WRONG, BETWEEN, WELL = True, False, None


def judged(rule: Rule, what: Known, at: Thresholds = USUAL) -> bool | None:
    """Wrong, between, or well."""
    found: dict[Rule, Finding] = {finding.rule: finding for finding in findings_of(what, at)}
    assert found.keys() <= {rule}
    return found[rule].wrong if rule in found else WELL


def scans(judged: int, refused: int, *, faults: int = 0, quarantined: int = 0) -> Scans:
    return Scans(judged=judged, refused=refused, faults=faults, quarantined=quarantined)


@pytest.mark.parametrize(
    ("refused", "verdict"), [(60, WRONG), (51, WRONG), (50, BETWEEN), (41, BETWEEN), (40, WELL)]
)
def test_success_rate_under_95_percent(refused: int, verdict: bool | None) -> None:  # noqa: FBT001
    assert judged(Rule.SUCCESS_RATE, known(scans=scans(1_000, refused))) is verdict


def test_success_rate_of_few_scans_says_nothing() -> None:
    assert judged(Rule.SUCCESS_RATE, known(scans=scans(19, 19))) is WELL
    assert judged(Rule.SUCCESS_RATE, known(scans=scans(20, 20))) is WRONG
    assert judged(Rule.SUCCESS_RATE, known()) is WELL


@pytest.mark.parametrize(
    ("faults", "quarantined", "verdict"),
    [(11, 0, WRONG), (0, 11, WRONG), (10, 0, BETWEEN), (9, 0, BETWEEN), (8, 0, WELL), (0, 0, WELL)],
)
def test_error_rate_over_1_percent(faults: int, quarantined: int, verdict: bool | None) -> None:  # noqa: FBT001
    what = scans(1_000 - quarantined, 0, faults=faults, quarantined=quarantined)
    assert judged(Rule.ERROR_RATE, known(scans=what)) is verdict


@pytest.mark.parametrize(("failed", "verdict"), [(11, WRONG), (10, BETWEEN), (8, WELL)])
def test_error_rate_of_central_itself(failed: int, verdict: bool | None) -> None:  # noqa: FBT001
    found = list(findings_of_central(STATE, (failed, 1_000), replace(USUAL, disk_percent=1.0)))
    assert [f.wrong for f in found if f.rule is Rule.ERROR_RATE] == (
        [] if verdict is WELL else [verdict]
    )


@pytest.mark.parametrize(
    ("outbox", "verdict"), [(1_001, WRONG), (1_000, BETWEEN), (801, BETWEEN), (800, WELL)]
)
def test_backlog_over_1000(outbox: int, verdict: bool | None) -> None:  # noqa: FBT001
    assert judged(Rule.BACKLOG, known(door(outbox=outbox))) is verdict
    assert judged(Rule.BACKLOG, known(waiting=outbox)) is verdict


@pytest.mark.parametrize(
    ("silent_s", "verdict"),
    [(601, WRONG), (600, BETWEEN), (481, BETWEEN), (480, WELL), (None, WELL)],
)
def test_door_silent_over_10_minutes(silent_s: int | None, verdict: bool | None) -> None:  # noqa: FBT001
    assert judged(Rule.DOOR_SILENT, known(door(silent_s=silent_s))) is verdict


@pytest.mark.parametrize(
    ("age_s", "verdict"),
    [(120 * HOUR, WRONG), (119 * HOUR, BETWEEN), (95 * HOUR, WELL), (None, WELL)],
)
def test_key_set_stale(age_s: int | None, verdict: bool | None) -> None:  # noqa: FBT001
    # five seconds have passed since the heartbeat that says so
    assert judged(Rule.KEYSET_STALE, known(door(keyset_age_s=age_s))) is verdict


@pytest.mark.parametrize(
    ("age_s", "verdict"),
    [(12 * HOUR, WRONG), (11 * HOUR, BETWEEN), (9 * HOUR, WELL), (None, WELL)],
)
def test_list_stale(age_s: int | None, verdict: bool | None) -> None:  # noqa: FBT001
    assert judged(Rule.LIST_STALE, known(door(snapshot_age_s=age_s))) is verdict


@pytest.mark.parametrize(
    ("circuit", "verdict"), [("open", WRONG), ("half_open", BETWEEN), ("closed", WELL), ("?", WELL)]
)
def test_circuit_open_over_10_minutes(circuit: str, verdict: bool | None) -> None:  # noqa: FBT001
    what = known(door(circuit=circuit))
    assert judged(Rule.CIRCUIT_OPEN, what) is verdict
    assert all(finding.hold_s == 10 * MINUTE for finding in findings_of(what, USUAL))


@pytest.mark.parametrize(
    ("clock", "off_s", "verdict"),
    [
        (ClockTrust.UNTRUSTED, 0, WRONG),
        (ClockTrust.HOLDOVER, 0, WELL),
        (ClockTrust.TRUSTED, 0, WELL),
        (ClockTrust.TRUSTED, 365 * 86_400, WRONG),
        (ClockTrust.TRUSTED, -121, WRONG),
        (ClockTrust.TRUSTED, 120, BETWEEN),
        (ClockTrust.TRUSTED, 96, WELL),
    ],
)
def test_clock_untrusted(clock: ClockTrust, off_s: int, verdict: bool | None) -> None:  # noqa: FBT001
    assert judged(Rule.CLOCK_UNTRUSTED, known(door(clock=clock, clock_off_s=off_s))) is verdict


@pytest.mark.parametrize(
    ("free", "verdict"), [(199, WRONG), (200, BETWEEN), (249, BETWEEN), (250, WELL), (0, WRONG)]
)
def test_disk_of_a_door_under_200_mb(free: int, verdict: bool | None) -> None:  # noqa: FBT001
    assert judged(Rule.DISK, known(door(free_bytes=free * 1_000_000))) is verdict
    assert judged(Rule.DISK, known(door(free_bytes=None))) is WELL


@pytest.mark.parametrize(
    ("free", "verdict"), [(99, WRONG), (100, BETWEEN), (109, BETWEEN), (110, WELL)]
)
def test_disk_of_central_under_10_percent(free: int, verdict: bool | None) -> None:  # noqa: FBT001
    state = replace(STATE, free_bytes=free, total_bytes=1_000)
    found = list(findings_of_central(state, (0, 0), USUAL))
    assert [finding.wrong for finding in found] == ([] if verdict is WELL else [verdict])
    assert list(findings_of_central(replace(state, free_bytes=None), (0, 0), USUAL)) == []


@pytest.mark.parametrize("kind", ["fork", "broken_chain", "mark_went_back"])
def test_chain_broken(kind: str) -> None:
    assert judged(Rule.CHAIN_BROKEN, known(incidents={kind: 1})) is WRONG
    assert judged(Rule.CHAIN_BROKEN, known(incidents={kind: 0, "override": 3})) is WELL


def test_forged_card() -> None:
    forged = replace(scans(10, 1), reasons={"bad_signature": 1})
    assert judged(Rule.FORGED_CARD, known(scans=forged)) is WRONG
    assert judged(Rule.FORGED_CARD, known(incidents={"never_issued": 1})) is WRONG
    several = replace(USUAL, forged_cards=2)
    assert judged(Rule.FORGED_CARD, known(scans=forged), several) is WELL


def test_every_rule_has_a_severity() -> None:
    assert SEVERITIES.keys() == set(Rule)
    assert SEVERITIES[Rule.BACKLOG] is Severity.CRITICAL
    assert SEVERITIES[Rule.SUCCESS_RATE] is Severity.WARNING


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({"backlog": 10}, door(outbox=11)),
        ({"silent_minutes": 1}, door(silent_s=61)),
        ({"keyset_hours": 1}, door(keyset_age_s=HOUR)),
        ({"list_hours": 1}, door(snapshot_age_s=HOUR)),
        ({"door_free_mb": 20_000}, door()),
    ],
)
def test_a_threshold_is_the_one_that_was_set(setting: dict[str, int], what: DoorFigures) -> None:
    assert list(findings_of(known(what), USUAL)) == []
    assert [finding.wrong for finding in findings_of(known(what), replace(USUAL, **setting))] == [
        True
    ]
