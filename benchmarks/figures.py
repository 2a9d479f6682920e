"""Figures that the project promises, and how they are stated."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``limit`` is a ratio to the yardstick measured in the same run, or an absolute figure in ``unit``."""

    name: str
    limit: float
    unit: str = "x"

    def line(self, sides: dict[str, float]) -> str:
        ours = sides["ours"]
        if self.unit != "x":
            met = "met" if ours <= self.limit else "MISSED"
            return f"{self.name:<58} {ours:8.1f} {self.unit:<3} at most {self.limit:g} {self.unit}: {met}"
        yardstick = sides.get("yardstick")
        if yardstick is None:
            return f"{self.name:<58} {ours * 1e3:8.3f} ms, yardstick not run"
        ratio = ours / yardstick
        met = "met" if ratio <= self.limit else "MISSED"
        return (
            f"{self.name:<58} {ours * 1e3:8.3f} ms against {yardstick * 1e3:8.3f} ms: "
            f"{ratio:.2f}x, at most {self.limit:g}x: {met}"
        )


FIGURES: dict[Figure, dict[str, float]] = {}
