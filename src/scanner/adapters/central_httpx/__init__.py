"""Central over HTTP, each question with an end to how long it may take in all."""

from scanner.adapters.central_httpx.link import HttpCentral

__all__ = ["HttpCentral"]
