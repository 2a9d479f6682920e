"""The fixture door: what ``gatepost scan --rehearsal --at`` runs, enrolled by the documents in fixtures/qr.

The ledger is a rehearsal one in a folder that is gone afterwards; central is not asked. Each picture is judged at its own
instant, in the order given.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from cardcore.documents import DocumentKind, accept_document
from cardcore.errors import CardcoreError
from cardcore.ids import UnixSeconds
from cardcore.snapshot_document import rows_in
from scanner.bootstrap.door import open_scan, open_standings
from scanner.bootstrap.vault import open_papers
from scanner.config import Settings
from scanner.door.decision import outcome_of
from scanner.errors import ScannerError
from tools.fixture_files import FixtureError, Outcomes, Picture
from tools.fixture_shots import NO_CODE

_DEVICE, _KEY_SET, _SNAPSHOT = "device.json", "keyset.cose", "snapshot.cose"


def judge(folder: Path, pictures: Sequence[Picture]) -> Iterator[tuple[Picture, list[Outcomes]]]:
    """Each picture with what came out for every code in it; ``folder`` has pictures and documents.

    Raises:
        FixtureError: the documents make no door.
    """
    if not pictures:
        return
    with tempfile.TemporaryDirectory(prefix="gatepost-fixtures-") as data:
        settings = Settings(data=data, live_status=False)
        _enrol(settings, folder, UnixSeconds(pictures[0].at))
        for picture in pictures:
            yield picture, _judged(settings, folder / picture.file, UnixSeconds(picture.at))


def _enrol(settings: Settings, folder: Path, at: UnixSeconds) -> None:
    try:
        for paper in (_DEVICE, _KEY_SET):
            shutil.copyfile(folder / paper, settings.folder / paper)
        _take_snapshot(settings, (folder / _SNAPSHOT).read_bytes(), at)
    except (OSError, ScannerError, CardcoreError) as error:
        msg = f"the documents make no door: {error}"
        raise FixtureError(msg) from error


def _take_snapshot(settings: Settings, data: bytes, at: UnixSeconds) -> None:
    """Put the snapshot in force as a sync would."""
    papers = open_papers(settings)
    document = accept_document(
        data,
        root=papers.root,
        kind=DocumentKind.SNAPSHOT,
        audience=papers.audience,
        in_force=0,
        now=at,
    )
    with closing(open_standings(settings)) as standings:
        standings.replace_snapshot(document.version, document.issued_at, rows_in(document))


def _judged(settings: Settings, path: Path, at: UnixSeconds) -> list[Outcomes]:
    with open_scan(settings, rehearsal=True, at=at) as lane:
        found = lane.answers(path)
        if isinstance(found, str):
            return [Outcomes(decision=None, reason=str(found))]
        decisions = [answer.decision for answer, _ in found]
    return [
        Outcomes(decision=outcome_of(decision), reason=decision.reason.value)
        for decision in decisions
    ] or [Outcomes(decision=None, reason=NO_CODE)]
