"""How a door is, for `gatepost status` and for support."""

from contextlib import closing

from scanner.adapters.clock_system import SystemClock
from scanner.adapters.keyring_file import DevicePapers, KeyringFile, read_papers
from scanner.adapters.ledger_sqlite import SqliteLog
from scanner.adapters.ledger_sqlite.log import Recovery
from scanner.adapters.ntp_adjtimex import ntp_state
from scanner.adapters.tally_file import read_tally
from scanner.bootstrap.door import LEDGER_FILE, TALLY_FILE, open_standings, program
from scanner.config import Settings
from scanner.door.clock_trust import judge_clock

Report = dict[str, object]


def door_status(settings: Settings) -> Report:
    """Device, door, ages, outbox and clock; ages in seconds.

    Raises:
        ConfigError: not enrolled.
        LedgerError: the ledger cannot be read.
    """
    papers = read_papers(settings.folder)
    found_by: Report = {"found_by": read_tally(settings.folder / TALLY_FILE)}
    return _identity(papers) | _lists(settings, papers) | _ledger(settings) | found_by


def _identity(papers: DevicePapers) -> Report:
    return {
        "device": papers.device_id,
        "door": papers.door,
        "audience": papers.audience,
        "central": papers.central_url,
        "program": program(),
    }


def _lists(settings: Settings, papers: DevicePapers) -> Report:
    now = SystemClock().now().seconds
    keys = KeyringFile(settings.folder, papers).current()
    with closing(open_standings(settings)) as standings:
        issued_at = standings.snapshot_issued_at
        return {
            "keyset_version": keys.version,
            "keys": len(keys.keys),
            "snapshot_version": standings.snapshot_version,
            "snapshot_cards": standings.snapshot_cards,
            "snapshot_age_s": None if issued_at is None else max(0, now - issued_at),
        }


def _recovered(last: Recovery | None) -> Report | None:
    return None if last is None else {"at": last.at, "why": last.why, "aside": last.aside}


def _ledger(settings: Settings) -> Report:
    path = settings.folder / LEDGER_FILE
    if not path.exists():
        return {"ledger": None, "outbox": 0}
    now = SystemClock().now()
    ntp = ntp_state()
    with closing(SqliteLog(path)) as log:
        epoch = log.epochs()[-1]
        return {
            "ledger": str(path),
            "rehearsal": log.is_rehearsal,
            "epoch": epoch.hex(),
            "entries": log.head(epoch),
            "outbox": log.backlog(),
            "clock": judge_clock(now, log.clock_memory, ntp).value,
            "ntp": ntp.value,
            "recovered": _recovered(log.last_recovery()),
        }
