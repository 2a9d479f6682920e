"""Copies of the ledger."""

from pathlib import Path

from scanner.adapters.ledger_sqlite.backup import Backup, back_up
from scanner.bootstrap.door import LEDGER_FILE
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings


def back_up_ledger(settings: Settings, target: Path) -> Backup:
    """Copy the ledger of the data folder. Raises as :func:`scanner.adapters.ledger_sqlite.backup.back_up`."""
    return back_up(settings.folder / LEDGER_FILE, target, open_vault(settings))
