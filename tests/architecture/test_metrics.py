"""What watches door and central names only metrics that there are, and the page names every one."""

import json
import re
from pathlib import Path

import pytest

from central.ops import meter, metrics
from scanner.bootstrap import figures
from telemetry import span_figures
from telemetry.counters import Metric, MetricKind

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/watching.md").read_text("utf-8")
ALERTS = (ROOT / "packaging/prometheus/gatepost-alerts.yml").read_text("utf-8")
DASHBOARD = (ROOT / "packaging/grafana/gatepost.json").read_text("utf-8")
METRICS: dict[str, Metric] = {
    value.name: value
    for module in (meter, metrics, figures, span_figures)
    for value in vars(module).values()
    if isinstance(value, Metric)
}
NAME = re.compile(r"\bgatepost_\w+")
LABEL = re.compile(r"(\bgatepost_\w+)\{([^}]*)\}")
THRESHOLDS = {
    "GatepostSuccessRateLow": ("< 0.95", "warning"),
    "GatepostBacklog": ("> 1000", "critical"),
    "GatepostErrorRateHigh": ("> 0.01", "warning"),
    "GatepostDoorSilent": ("gatepost_door_silent_seconds", "warning"),
    "GatepostKeySetStale": ("gatepost_key_set_age_seconds", "warning"),
    "GatepostListStale": ("gatepost_list_age_seconds", "warning"),
    "GatepostCircuitOpen": ("== 1", "warning"),
    "GatepostClockUntrusted": ("== 0", "critical"),
    "GatepostDiskFull": ("< 200000000", "critical"),
    "GatepostChainBroken": ("broken_chain", "critical"),
    "GatepostForgedCard": ("bad_signature", "critical"),
}


def alerts() -> dict[str, str]:
    parts = re.split(r"^ +- alert: ", ALERTS, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: part for part in parts}


def expressions() -> list[str]:
    panels = json.loads(DASHBOARD)["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    return shown + re.findall(r"^ +expr: (.*)$", ALERTS, flags=re.MULTILINE)


def metric_of(name: str) -> Metric | None:
    found = METRICS.get(name)
    if found is None:
        found = METRICS.get(re.sub(r"_(bucket|count|sum)$", "", name))
        if found is not None and found.kind is not MetricKind.HISTOGRAM:
            return None
    return found


def test_there_are_expressions() -> None:
    assert len(expressions()) > 30


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_names_metrics_and_labels_that_there_are(expression: str) -> None:
    for name in NAME.findall(expression):
        assert metric_of(name) is not None, name
    for name, matched in LABEL.findall(expression):
        metric = metric_of(name)
        assert metric is not None
        assert set(re.findall(r"(\w+)=", matched)) <= set(metric.labels)


@pytest.mark.parametrize("alert", sorted(THRESHOLDS))
def test_an_alert_has_its_threshold(alert: str) -> None:
    threshold, severity = THRESHOLDS[alert]
    assert threshold in alerts()[alert]
    assert f"severity: {severity}" in alerts()[alert]


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_is_in_its_page(name: str) -> None:
    assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_is_on_the_dashboard(name: str) -> None:
    assert any(metric_of(found) is METRICS[name] for found in NAME.findall(DASHBOARD))


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_names_are_as_prometheus_wants_them(metric: Metric) -> None:
    assert re.fullmatch(r"gatepost_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") is (metric.kind is MetricKind.COUNTER)
    assert metric.words.endswith(".")
