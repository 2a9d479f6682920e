"""The files that pages load, each under a name that changes with its content, so that a browser may keep it."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

ROOT: Final = "/dashboard/static"
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_FILES: Final = {
    "app.css": "app.css",
    "app.js": "app.js",
    "theme.js": "theme.js",
    "htmx.js": "vendored/htmx-2.0.11.min.js",
    "uplot.js": "vendored/uplot-1.6.32.iife.min.js",
    "uplot.css": "vendored/uplot-1.6.32.min.css",
}
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file. ``name`` is the last part of its address, ``packed`` the content as gzip."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    packed: bytes = field(repr=False)


@cache
def assets() -> Mapping[str, Asset]:
    """Every file, by what templates call it."""
    found = {}
    for name, path in _FILES.items():
        content = (files("central.ops.dashboard") / "static" / path).read_bytes()
        stem, _, ending = name.rpartition(".")
        digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
        found[name] = Asset(
            name=f"{stem}-{digest}.{ending}",
            media_type=_TYPES[f".{ending}"],
            content=content,
            packed=gzip.compress(content, mtime=0),
        )
    return found


@cache
def served() -> Mapping[str, Asset]:
    """Every file, by the last part of its address."""
    return {asset.name: asset for asset in assets().values()}


def address_of(name: str) -> str:
    """Where a page finds the file that templates call this."""
    return f"{ROOT}/{assets()[name].name}"
