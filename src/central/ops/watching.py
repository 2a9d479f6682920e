"""The lines of the route table for whoever watches central."""

from central.ops.endpoints import Endpoint, ForOperators
from central.ops.health import HealthRoutes
from central.ops.metrics import MetricsRoutes
from central.ports.records import Role
from telemetry.health import HealthReport


def health_endpoints(routes: HealthRoutes) -> list[Endpoint]:
    """Health at each level."""
    return [
        Endpoint(
            method="GET",
            path="/health/live",
            summary="The process runs.",
            gives=HealthReport,
            unwell=True,
            handler=routes.live,
        ),
        Endpoint(
            method="GET",
            path="/health/ready",
            summary="Central can work: database, outbox, keys, a card made and verified.",
            gives=HealthReport,
            unwell=True,
            handler=routes.ready,
        ),
        Endpoint(
            method="GET",
            path="/health/full",
            summary="All checks, with figures of the operator's audiences.",
            gives=HealthReport,
            unwell=True,
            handler=ForOperators(role=Role.READ, handler=routes.full),
        ),
    ]


def metrics_endpoint(routes: MetricsRoutes) -> Endpoint:
    """Figures; for a program that knows them, so in no description."""
    return Endpoint(
        method="GET",
        path="/metrics",
        summary="Figures of the operator's audiences, for Prometheus.",
        gives=None,
        fresh=True,
        handler=ForOperators(role=Role.READ, handler=routes.metrics),
    )
