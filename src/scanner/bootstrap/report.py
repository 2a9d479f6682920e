"""How a door is, for `gatepost status` and for support."""

from contextlib import closing
from dataclasses import asdict, dataclass

from cardcore.documents import DocumentKind
from cardcore.ids import Micros, UnixSeconds
from cardcore.list_document import LISTS
from scanner.adapters.clock_system import SystemClock
from scanner.adapters.keyring_file import DevicePapers
from scanner.adapters.ledger_sqlite import SqliteLog
from scanner.adapters.ledger_sqlite.log import Recovery
from scanner.adapters.link_file import ask_reset, read_circuits
from scanner.adapters.ntp_adjtimex import ntp_state
from scanner.adapters.quarantine_file import QuarantineFile
from scanner.adapters.tally_file import read_tally
from scanner.bootstrap.door import LEDGER_FILE, TALLY_FILE, open_standings, program
from scanner.bootstrap.eviction import revocation_of
from scanner.bootstrap.safekeeping import safekeeping
from scanner.bootstrap.trust import Trust, open_trust
from scanner.bootstrap.vault import open_papers, open_vault
from scanner.config import Settings
from scanner.door.clock_trust import judge_clock
from scanner.door.moment import MICROS, Moment
from scanner.errors import ConfigError

Report = dict[str, object]


def door_status(settings: Settings) -> Report:
    """Device, door, ages, outbox and clock; ages in seconds.

    Raises:
        ConfigError: not enrolled.
        LedgerError: the ledger cannot be read.
    """
    papers = open_papers(settings)
    found_by: Report = {"found_by": read_tally(settings.folder / TALLY_FILE)}
    circuits: Report = {"circuits": circuit_reports(settings)}
    shut_out: Report = {"shut_out_since": revocation_of(settings, papers).since()}
    known = _identity(papers) | shut_out | _lists(settings, papers) | _ledger(settings)
    secret: Report = {"secret": asdict(safekeeping(settings))}
    return known | circuits | found_by | secret


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitReport:
    """A circuit of the door that runs here; ``opened_since`` in seconds since 1970, the next try in how many seconds."""

    name: str
    state: str
    failures: int
    opened_since: int | None
    next_try_s: int | None


def circuit_reports(settings: Settings) -> list[CircuitReport]:
    """The circuits of the door that runs here; none where none runs."""
    now = SystemClock().now()
    return [
        CircuitReport(
            name=name,
            state=facts.state_at(now.mono),
            failures=facts.failures,
            opened_since=_wall_of(facts.opened_since, now),
            next_try_s=None if facts.next_try is None else _wait(facts.next_try, now),
        )
        for name, facts in read_circuits(settings.folder, now).items()
    ]


def reset_circuits(settings: Settings) -> int:
    """Ask the circuits of the door that runs here to close at their next call; how many there are.

    Raises:
        ConfigError: not enrolled, or the data folder cannot be written.
    """
    open_papers(settings)
    if not ask_reset(settings.folder):
        raise ConfigError(field="data", value=settings.data, hint="cannot be written")
    return len(read_circuits(settings.folder, SystemClock().now()))


def _wall_of(mono: Micros | None, now: Moment) -> int | None:
    """The wall clock's reading then, as this clock has it now."""
    return None if mono is None else (now.wall - (now.mono - mono)) // MICROS


def _wait(until: Micros, now: Moment) -> int:
    return max(0, -((now.mono - until) // MICROS))


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
    trust = open_trust(settings, papers)
    keys = trust.keys.current()
    with closing(open_standings(settings)) as standings:
        issued_at, coming = standings.snapshot_issued_at, standings.snapshot_coming
        return {
            "keyset_version": keys.version,
            "keys": len(keys.keys),
            "snapshot_version": standings.snapshot_version,
            "snapshot_cards": standings.snapshot_cards,
            "snapshot_coming": None if coming is None else asdict(coming),
            "snapshot_age_s": None if issued_at is None else max(0, now - issued_at),
            "policy_version": trust.policy.current().version,
            "root": trust.roots.current.kid.hex(),
            **{kind.value: _list(trust, kind, now) for kind in LISTS},
            "refused": {
                kind: {"why": refusal.why, "since": refusal.since}
                for kind, refusal in trust.refusals.read().items()
            },
        }


def _list(trust: Trust, kind: DocumentKind, now: UnixSeconds) -> Report | None:
    held = trust.lists.in_force(kind)
    if held is None:
        return None
    age_s = max(0, now - held.issued_at)
    return {"version": held.version, "cards": len(held.cards), "age_s": age_s}


def _recovered(last: Recovery | None) -> Report | None:
    return None if last is None else {"at": last.at, "why": last.why, "aside": last.aside}


def _ledger(settings: Settings) -> Report:
    path = settings.folder / LEDGER_FILE
    if not path.exists():
        return {"ledger": None, "outbox": 0}
    now = SystemClock().now()
    ntp = ntp_state()
    with closing(SqliteLog(path, open_vault(settings))) as log:
        epoch, apart = log.epochs()[-1], QuarantineFile(settings.folder).read()
        return {
            "ledger": str(path),
            "rehearsal": log.is_rehearsal,
            "epoch": epoch.hex(),
            "entries": log.head(epoch),
            "removed": log.removed_in_all(),
            "quarantined": None if apart is None else asdict(apart),
            "outbox": log.backlog(),
            "clock": judge_clock(now, log.clock_memory, ntp).value,
            "ntp": ntp.value,
            "recovered": _recovered(log.last_recovery()),
        }
