"""A central of a venue with many cards, in a process of its own: a manifest and its chunks, over HTTP on loopback.

``python -m benchmarks.snapshot_central CARDS`` prints its port when it is ready. A generation is asked for by
``/generation/N``: from then on every card has that one, and so every chunk is another; ``/revoke`` changes one card.
"""

import random
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from cardcore import wire
from cardcore.documents import DocumentKind
from cardcore.ids import CardId
from cardcore.snapshot_chunk import SnapshotChunk, chunk_bytes, chunk_hash
from cardcore.snapshot_manifest import SnapshotManifest, bits_for, manifest_body
from tests.fakes.scanner_central import signed

KNOWN: Final = 8  # cards of each chunk whose ids a benchmark knows
_REVOKED: Final = 0x30


def known_card(chunk: int, number: int, bits: int) -> CardId:
    """One of the cards of a chunk."""
    return CardId((chunk << (16 - bits)).to_bytes(2, "big") + bytes((number,)) * 14)


class Snapshots:
    """What there is to fetch."""

    def __init__(self, cards: int) -> None:
        self._cards = cards
        self.bits = bits_for(cards)
        self._drawn = random.Random(1)  # noqa: S311 -- the same cards at every run
        self._chunks = [self._chunk(no) for no in range(1 << self.bits)]
        self.version = 0
        self.manifest = b""
        self.pieces: dict[bytes, bytes] = {}
        self.generation(1)

    def generation(self, number: int) -> None:
        """Every card has this one."""
        packed = number.to_bytes(2, "big")
        self._chunks = [replace(one, generations=packed * len(one)) for one in self._chunks]
        self._sign()

    def revoke(self) -> None:
        """One card is revoked."""
        first = self._chunks[0]
        self._chunks[0] = replace(first, standings=bytes((_REVOKED,)) + first.standings[1:])
        self._sign()

    def _sign(self) -> None:
        data = [chunk_bytes(chunk) for chunk in self._chunks]
        hashes = tuple(map(chunk_hash, data))
        self.pieces = dict(zip(hashes, data, strict=True))
        self.version += 1
        body = manifest_body(SnapshotManifest(cards=self._cards, bits=self.bits, hashes=hashes))
        self.manifest = signed(DocumentKind.SNAPSHOT_MANIFEST, body, version=self.version)

    def _chunk(self, no: int) -> SnapshotChunk:
        count = self._cards * (no + 1) // (1 << self.bits) - self._cards * no // (1 << self.bits)
        ids = {known_card(no, number, self.bits) for number in range(KNOWN)}
        prefix = no << (16 - self.bits)
        while len(ids) < count:
            first = prefix | self._drawn.getrandbits(16 - self.bits)
            ids.add(CardId(first.to_bytes(2, "big") + self._drawn.randbytes(14)))
        names = [f"Member {self._drawn.randrange(10**6)}".encode() for _ in range(count)]
        return SnapshotChunk(
            card_ids=b"".join(sorted(ids)),
            generations=bytes(2 * count),
            standings=b"\x10" * count,
            name_lengths=b"".join(len(name).to_bytes(2, "big") for name in names),
            names=b"".join(names),
        )


def _handler(snapshots: Snapshots) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # as uvicorn does

        def do_GET(self) -> None:
            path, _, last = self.path.removeprefix(wire.API_ROOT).rpartition("/")
            if path == "/devices/me/snapshot/chunks":
                self._send(wire.CHUNK_TYPE, snapshots.pieces[bytes.fromhex(last)])
            elif last == "manifest":
                self._send(wire.DOCUMENT_TYPE, snapshots.manifest)
            else:
                if path == "/generation":
                    snapshots.generation(int(last))
                else:
                    snapshots.revoke()
                self._send("text/plain", b"done")

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{snapshots.version}"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its signature
            """Quiet."""

    return Handler


def main() -> None:
    """Serve until killed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(Snapshots(int(sys.argv[1]))))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
