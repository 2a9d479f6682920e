"""Readings of the grid as the door has them, and the other way round."""

from scanner.door.frame import Corners, Reading
from scanner.reading.outcome import Reading as GridReading


def as_door_reading(reading: GridReading) -> Reading:
    """The grid's as the door's; its place only where it has four corners."""
    corners: Corners | None = None
    match reading.corners:
        case (a, b, c, d):
            corners = (a, b, c, d)
        case _:
            pass
    return Reading(payload=reading.payload, stage=reading.stage, corners=corners)


def as_grid_readings(readings: tuple[Reading, ...]) -> tuple[GridReading, ...]:
    """The door's as the grid's, those whose place is known."""
    return tuple(
        GridReading(payload=each.payload, corners=each.corners, stage=each.stage)
        for each in readings
        if each.corners is not None
    )
