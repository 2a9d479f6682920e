"""Backups of central's database as folders: the copy, and a manifest that says what it must be.

A folder appears under its name when it is whole: it is made beside, checked, and renamed.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from central.audit.review import AuditReview, Walked
from central.config import DATABASE_FILE, Settings
from central.errors import ConfigError, StorageDownError
from central.ops.system_clock import SystemClock

MANIFEST: Final = "backup.json"
FORMAT: Final = "gatepost-central backup"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup is: when it was made, the copy's SHA-256, and how many rows each table has."""

    format: str
    form: str
    made_at: int
    sha256: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A backup that was made; ``broken`` are the logs in it whose chain is not whole."""

    manifest: Manifest
    size: int
    entries: int
    broken: tuple[Walked, ...]


@contextmanager
def open_review(settings: Settings) -> Iterator[AuditReview]:
    """What walks the logs of the database of ``settings``.

    Raises:
        ConfigError: a database that this program may not use.
        StorageDownError: one that it cannot use.
    """
    from central.storage.transaction import open_storage

    storage = open_storage(settings.database_url)
    try:
        yield AuditReview(storage=storage)
    finally:
        storage.close()


def back_up(settings: Settings, folder: Path) -> BackedUp:
    """Copy the database, beside servers that run, into a new ``folder``, and walk every log of the copy.

    Raises:
        ConfigError: ``folder`` is there already, or a database that this program may not use.
        StorageDownError: it cannot be read, or the copy cannot be written.
        OSError: the folder cannot be made.
    """
    # SQLAlchemy takes half a second to import: `--help` does not pay.
    from central.storage.backup import url_of, write_backup
    from central.storage.migrate import HEAD
    from central.storage.transaction import open_storage

    if folder.exists():
        hint = "is there already; name a folder that is not"
        raise ConfigError(field="DIR", value=str(folder), hint=hint)
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    part.mkdir(mode=0o700, parents=True)
    try:
        copy = part / DATABASE_FILE
        rows = write_backup(settings.database_url, copy)
        storage = open_storage(url_of(copy))
        try:
            walked = list(AuditReview(storage=storage).walk())
        finally:
            storage.close()
        _settle(copy)
        manifest = Manifest(
            format=FORMAT,
            form=HEAD,
            made_at=SystemClock().now(),
            sha256=_digest(copy),
            rows=dict(rows),
        )
        _write(part / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        size = copy.stat().st_size
        part.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return BackedUp(
        manifest=manifest,
        size=size,
        entries=sum(log.entries for log in walked),
        broken=tuple(log for log in walked if not log.is_sound),
    )


def restore(settings: Settings, folder: Path) -> Manifest:
    """Put a backup into the database of ``settings``, which has to be empty; what was put back.

    Raises:
        ConfigError: no backup, a damaged one or one of a newer program; or the database is not empty.
        StorageDownError: the database cannot be written.
        OSError: the backup cannot be read.
    """
    from central.storage.backup import read_backup

    manifest = _manifest_in(folder)
    copy = folder / DATABASE_FILE
    if not copy.is_file() or _digest(copy) != manifest.sha256:
        hint = f"is damaged: {DATABASE_FILE} is not the file that was backed up"
        raise ConfigError(field="DIR", value=str(folder), hint=hint)
    read_backup(copy, settings.database_url)
    return manifest


def _manifest_in(folder: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = f"is no backup: there is no {MANIFEST}"
        raise ConfigError(field="DIR", value=str(folder), hint=hint) from error
    except msgspec.DecodeError as error:
        hint = f"is damaged: {MANIFEST}: {error}"
        raise ConfigError(field="DIR", value=str(folder), hint=hint) from error
    if manifest.format != FORMAT:
        raise ConfigError(field="DIR", value=str(folder), hint="is a backup of something else")
    return manifest


def _settle(copy: Path) -> None:
    """One file on the disk, with nothing beside it: closing the last connection has taken the log in."""
    if any(copy.with_name(copy.name + ending).exists() for ending in ("-wal", "-shm")):
        msg = f"the copy {copy} was not closed"
        raise StorageDownError(msg)
    _sync(copy)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            digest.update(part)
    return digest.hexdigest()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data + b"\n")
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
