"""Backups: every table as of one moment, in a SQLite file, whichever database it came from; and back into an empty one.

The copy is made of rows and not of pages, so what was backed up from PostgreSQL can be put back into a SQLite file, and
the other way round. A copy of an older form is brought to the newest first, on a copy of its own.
"""

import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from central.storage.transaction import migrate_storage, open_storage


def url_of(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def write_backup(source_url: str, target: Path) -> Mapping[str, int]:
    """Copy every table into a new file at ``target``; how many rows each has.

    Raises:
        ConfigError: a database that this program may not use.
        StorageDownError: it cannot be read, or the file cannot be written.
    """
    with (
        closing(open_storage(source_url)) as source,
        closing(open_storage(url_of(target))) as copy,
        source.read() as there,
        copy.write() as here,
    ):
        return here.copy_from(there)


def read_backup(source: Path, target_url: str) -> Mapping[str, int]:
    """Put the copy at ``source`` into an empty database; how many rows each table has.

    Raises:
        ConfigError: the database is not empty, or the copy is of a newer program.
        StorageDownError: the copy cannot be read, or the database cannot be written.
    """
    with TemporaryDirectory(prefix="gatepost-central-") as folder:  # for this user alone
        own = Path(folder) / source.name
        shutil.copyfile(source, own)
        migrate_storage(target_url)
        with (
            closing(open_storage(url_of(own))) as copy,
            closing(open_storage(target_url)) as target,
            copy.read() as there,
            target.write() as here,
        ):
            return here.copy_from(there)
