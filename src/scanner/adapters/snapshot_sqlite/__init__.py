"""Standings kept for when central is away, in one SQLite file that may be lost without harm."""

from scanner.adapters.snapshot_sqlite.standings import SqliteStandings

__all__ = ["SqliteStandings"]
