"""A data folder of a door that rehearses, and pictures of rotating cards for it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import segno

from cardcore.card import Mode
from cardcore.documents import Document, DocumentKind, sign_document
from cardcore.ids import Kid, UnixSeconds
from cardcore.keyset import Alg
from cardcore.keyset_document import key_set_body
from tests.fakes.card_material import (
    DAY,
    NOW,
    VENUE,
    fixed_bytes,
    public_key_of,
    some_claims,
    the_keys,
)
from tests.fakes.minting import mint
from tests.fakes.scanner_program import GATEPOST, gatepost

ROOT_KID = Kid(fixed_bytes("root kid", 4))
ROOT_KEY = fixed_bytes("root")


def rehearsal_folder(folder: Path) -> Path:
    """A door's papers and keys in ``folder``, as if it had been enrolled."""
    folder.mkdir(parents=True, exist_ok=True)
    document = Document(
        kind=DocumentKind.KEY_SET,
        audience=VENUE,
        version=1,
        issued_at=UnixSeconds(NOW - DAY),
        expires_at=UnixSeconds(NOW + DAY),
        body=key_set_body(the_keys()),
    )
    signed = sign_document(document, kid=ROOT_KID, private_key=ROOT_KEY)
    (folder / "keyset.cose").write_bytes(signed)
    papers = {
        "device_id": "rehearsal",
        "door": "Test door",
        "audience": VENUE,
        "central_url": "http://127.0.0.1:9",
        "token": "no-secret",
        "root_kid": ROOT_KID.hex(),
        "root_public_key": public_key_of(ROOT_KEY).hex(),
    }
    (folder / "device.json").write_text(json.dumps(papers))
    return folder


def rotating_pictures(folder: Path, count: int) -> list[Path]:
    """Pictures of ``count`` rotating cards, each of a card of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        claims = some_claims(
            mode=Mode.ROTATING,
            card_id=fixed_bytes(f"card {number}", 16),
            nonce=fixed_bytes(f"nonce {number}", 8),
        )
        path = folder / f"{number:04}.png"
        segno.make(mint(claims, Alg.HMAC_256_64), error="m", micro=False).save(str(path), scale=3)
        paths.append(path)
    return paths


@contextmanager
def scanning(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A long-lived ``gatepost scan`` that takes paths on its standard input."""
    command = [str(GATEPOST), "scan", "-", "--json", "--rehearsal"]
    command += ["--at", str(NOW), "--data", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_of(*command: str) -> list[dict[str, object]]:
    """What a command of ``gatepost`` prints as JSON; it must succeed."""
    done = gatepost(*command)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
