"""``gatepost-central``: what an operator types. Exit codes: 0 done, 1 a fault, 2 usage or configuration, 4 refused."""

from central.cli.root import main

__all__ = ["main"]
