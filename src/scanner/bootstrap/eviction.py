"""A device that central has shut out: whether it is, and what is wiped then."""

from datetime import UTC, datetime

from scanner.adapters.admissions_sqlite import SqliteAdmissions
from scanner.adapters.device_keys_file import wipe_receiving_key
from scanner.adapters.keyring_file import DevicePapers
from scanner.adapters.revocation_file import RevocationFile
from scanner.adapters.roots_file import RootsFile
from scanner.adapters.snapshot_sqlite import SqliteStandings
from scanner.bootstrap.trust import Trust
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.errors import ConfigError
from scanner.sync.shut_out import RevocationBook


def revocation_of(settings: Settings, papers: DevicePapers) -> RevocationFile:
    """Whether the device of these papers is shut out."""
    roots = RootsFile(settings.folder, pinned=papers.root, audience=papers.audience)
    return RevocationFile(
        settings.folder,
        device_id=papers.device_id,
        audience=papers.audience,
        root=papers.root,
        newer=roots.known,
    )


def wipe(
    settings: Settings, trust: Trust, standings: SqliteStandings, admissions: SqliteAdmissions
) -> None:
    """Do away with what a thief could use. The key that requests are signed by stays: the log is handed over by it.

    Raises:
        LedgerError: something cannot be wiped.
        ConfigError: the same, of the lists or the device's keys.
    """
    trust.keys.wipe()
    wipe_receiving_key(settings.folder, open_vault(settings))
    standings.forget()
    admissions.forget()
    trust.lists.forget()


def shut_out_words(book: RevocationBook) -> str:
    """Why nobody is admitted here; nothing while the device is not shut out."""
    since = book.since()
    if since is None:
        return ""
    return f"this device was revoked {datetime.fromtimestamp(since, tz=UTC):%Y-%m-%d %H:%M}Z"


def refuse_shut_out(words: str) -> None:
    """Judge no card on a device that is shut out.

    Raises:
        ConfigError: it is.
    """
    if words:
        hint = "no card is judged here; enrol it again (gatepost enrol URL CODE) if that was wrong"
        raise ConfigError(field="device", value=words, hint=hint)
