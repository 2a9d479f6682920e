"""What sealing costs at the start of a door: papers and keyring from a credential, beside the same files in the open."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.figures import FIGURES, Figure
from cardcore import wire
from scanner.adapters.keyring_file import DEVICE_FILE, KEY_SET_FILE, DevicePapers
from scanner.bootstrap.vault import open_papers, open_vault
from scanner.config import Settings
from scanner.sealing import SealedFile
from tests.fakes.scanner_folder import enrolled_folder

START = Figure(name="start with a sealed keyring from a credential, extra", limit=50, unit="ms")
ROUNDS = 15
_SEALED = """
import sys
from scanner.adapters.keyring_file import KeyringFile
from scanner.bootstrap.vault import open_papers, open_vault
from scanner.config import Settings
settings = Settings(data=sys.argv[1])
papers = open_papers(settings)
assert KeyringFile(settings.folder, papers, open_vault(settings)).current().keys
"""
_OPEN = """
import sys
from pathlib import Path
from cardcore import wire
from cardcore.documents import DocumentKind, open_document
from cardcore.keyset_document import key_set_in
from scanner.adapters.keyring_file import DevicePapers
import scanner.bootstrap.vault
folder = Path(sys.argv[1])
papers = wire.parse((folder / "device.json").read_bytes(), DevicePapers)
data = (folder / "keyset.cose").read_bytes()
document = open_document(data, root=papers.root, kind=DocumentKind.KEY_SET, audience=papers.audience)
assert key_set_in(document).keys
"""


def started(program: str, folder: Path, credentials: Path) -> float:
    """Milliseconds of one process, with its imports."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        check=True,
        env=os.environ | {"CREDENTIALS_DIRECTORY": str(credentials)},
    )
    return 1e3 * (time.monotonic() - began)


def test_start(tmp_path: Path) -> None:
    credentials, plain = tmp_path / "credentials", tmp_path / "plain"
    for folder in (credentials, plain):
        folder.mkdir()
    (credentials / "gatepost.secret").write_bytes(os.urandom(32))
    folder = enrolled_folder(tmp_path / "door")
    settings = Settings(data=str(folder))
    papers, vault = open_papers(settings), open_vault(settings)
    (plain / DEVICE_FILE).write_bytes(wire.serialise(papers))
    (plain / KEY_SET_FILE).write_bytes(SealedFile(folder / KEY_SET_FILE, vault).read(bytes))
    assert isinstance(papers, DevicePapers)
    started(_SEALED, folder, credentials)  # the credential takes over
    assert not (folder / "device.secret").exists()
    pairs = [
        (started(_SEALED, folder, credentials), started(_OPEN, plain, credentials))
        for _ in range(ROUNDS)
    ]
    sealed, opened = (median(side) for side in zip(*pairs, strict=True))
    FIGURES[START] = {"ours": max(0.0, sealed - opened)}
