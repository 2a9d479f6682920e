"""What a TLS server is told. Loads nothing heavy: the settings need it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The files that a TLS server needs: its certificate chain and its private key, in PEM."""

    cert: Path
    key: Path
