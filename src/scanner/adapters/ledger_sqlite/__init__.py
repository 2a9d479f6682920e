"""The ledger in one SQLite file: burned nonces, admissions and who is inside, attendants, the audit log.

The log is the outbox: sync reads it by position and deletes nothing.
"""

from scanner.adapters.ledger_sqlite.attendants import SqliteAttendants
from scanner.adapters.ledger_sqlite.ledger import SqliteLedger
from scanner.adapters.ledger_sqlite.log import LogEntry, SqliteLog
from scanner.sqlite import refuse_affected_sqlite

__all__ = ["LogEntry", "SqliteAttendants", "SqliteLedger", "SqliteLog", "refuse_affected_sqlite"]
