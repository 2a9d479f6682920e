"""The ledger in one SQLite file: burned nonces, who is inside, the audit log.

The log is the outbox: sync reads it by position and deletes nothing.
"""

from scanner.adapters.ledger_sqlite.connection import refuse_affected_sqlite
from scanner.adapters.ledger_sqlite.ledger import SqliteLedger
from scanner.adapters.ledger_sqlite.log import LogEntry, SqliteLog

__all__ = ["LogEntry", "SqliteLedger", "SqliteLog", "refuse_affected_sqlite"]
