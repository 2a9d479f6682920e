"""Central over HTTP, each question with an end to how long it may take in all."""

from scanner.adapters.central_httpx.link import HttpCentral
from scanner.adapters.central_httpx.tls import nobody_yet, pinned

__all__ = ["HttpCentral", "nobody_yet", "pinned"]
