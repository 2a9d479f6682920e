"""Doors of a central whose incidents are watched."""

from central.bootstrap import Central
from central.ports.happenings import Incident, IncidentKind
from tests.fakes.central_entries import FakeDoor
from tests.fakes.central_material import MAIN, device_of, enrol


def door(central: Central, name: str = "North") -> FakeDoor:
    """A new door of the main venue."""
    return FakeDoor(central, device_of(central, enrol(central, MAIN, name)))


def found(central: Central) -> list[Incident]:
    """Its incidents, handled or not."""
    return list(central.incidents.listed([MAIN], handled=None))


def kinds(central: Central) -> list[IncidentKind]:
    """What they are."""
    return [incident.kind for incident in found(central)]
