"""What pages show, before it is HTML or CSV: figures, tables, sections. Texts are plain; the templates escape them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

NOTHING: Final = "–"  # a figure that there is nothing to tell of
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A change that somebody may make: a form of its own, posted to ``action``."""

    action: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``value`` is what a chart draws and a CSV has, where that differs from the text."""

    text: str
    link: str = ""
    value: float | None = None
    tone: str = ""
    button: Button | None = None

    @property
    def plain(self) -> str:
        """The cell in a CSV."""
        if self.value is not None:
            return f"{self.value:g}" if self.value % 1 else str(int(self.value))
        return f"'{self.text}" if self.text.startswith(_FORMULA) else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns. ``chart`` names how it is drawn: ``bars`` or ``lines``, by its first column."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    csv: str = ""
    chart: str = ""
    empty: str = "Nothing here yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, a link to the rows behind it, and a word on what it means."""

    label: str
    text: str
    link: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page; ``more`` is where all figures are a table."""

    name: str
    title: str
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    note: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice at the top of a page: a link each, one of them chosen."""

    label: str
    choices: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page."""

    title: str
    sections: Sequence[Section]
    filters: Sequence[Filter] = ()
    more: str = ""
    live: bool = False
    here: str = ""
    notice: str = field(default="")


def csv_of(table: Table) -> str:
    """The table for a spreadsheet: RFC 4180, nothing in it that one would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([cell.plain for cell in row] for row in table.rows)
    return out.getvalue()
