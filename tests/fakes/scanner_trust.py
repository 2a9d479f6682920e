"""What a door trusts, in memory; and a central that rotates its root, signs lists and can be made to lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cardcore.cbor import CborValue
from cardcore.documents import Document, DocumentKind, RootKey, sign_document
from cardcore.ids import Audience, Kid, UnixSeconds
from cardcore.root_document import next_root, root_body
from scanner.errors import LinkRefusedError
from scanner.ports import Clock, Fetched, Outbox
from scanner.sync.trust import Gatekeeper
from tests.fakes.card_material import NOW, VENUE, fixed_bytes, public_key_of
from tests.fakes.scanner_central import ROOT
from tests.fakes.scanner_clock import FakeClock

HOUR = 3_600


class FakeRoots:
    """Roots. ``chain`` is those there were, the pinned one first."""

    def __init__(self, pinned: RootKey = ROOT) -> None:
        self.chain = [pinned]

    @property
    def pinned(self) -> RootKey:
        return self.chain[0]

    @property
    def current(self) -> RootKey:
        return self.chain[-1]

    def known(self) -> tuple[RootKey, ...]:
        return tuple(self.chain)

    def follow(self, data: bytes, now: UnixSeconds) -> RootKey:
        self.chain.append(next_root(data, root=self.current, audience=VENUE, now=now))
        return self.current


class FakeRatchets:
    """Ratchets."""

    def __init__(self) -> None:
        self.versions: dict[tuple[Kid, DocumentKind], int] = {}

    def highest(self, signer: Kid, kind: DocumentKind) -> int:
        return self.versions.get((signer, kind), 0)

    def raise_to(self, signer: Kid, kind: DocumentKind, version: int) -> None:
        self.versions[signer, kind] = max(version, self.highest(signer, kind))


def a_gate(
    *,
    root: RootKey = ROOT,
    clock: Clock | None = None,
    outbox: Outbox | None = None,
    audience: Audience = VENUE,
) -> Gatekeeper:
    """A gatekeeper that trusts one root and remembers nothing yet."""
    return Gatekeeper(
        roots=FakeRoots(root),
        ratchets=FakeRatchets(),
        audience=audience,
        clock=clock or FakeClock(),
        outbox=outbox,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A root with its private half."""

    root: RootKey
    secret: bytes = field(repr=False)


def a_signer(name: str) -> Signer:
    secret = fixed_bytes(f"signer {name}")
    root = RootKey(kid=Kid(fixed_bytes(f"kid of {name}", 4)), public_key=public_key_of(secret))
    return Signer(root=root, secret=secret)


class Repository:
    """A DocumentLink: what central offers, by path. Knobs are its ``offered`` documents and ``asked``, what came."""

    def __init__(self, signer: Signer) -> None:
        self.signers = [signer]
        self.offered: dict[str, Fetched] = {}
        self.steps: dict[str, bytes] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.missing: set[str] = set()

    @property
    def signer(self) -> Signer:
        return self.signers[-1]

    def document(self, path: str, etag: str | None, asked: Mapping[str, str]) -> Fetched | None:
        self.asked.append((path, dict(asked)))
        if path in self.missing:
            raise LinkRefusedError(404, "urn:gatepost:problem:not_found", "no such path")
        if path == "/devices/me/root":
            step = self.steps.get(asked["after"])
            return None if step is None else Fetched(data=step, etag=None)
        found = self.offered.get(path)
        return None if found is None or (etag is not None and etag == found.etag) else found

    def rotate(self, name: str, *, issued_at: int = NOW) -> Signer:
        """The next root, named by the one before."""
        old, new = self.signer, a_signer(name)
        self.steps[old.root.kid.hex()] = signed_by(
            old, DocumentKind.ROOT, root_body(new.root), issued_at=issued_at
        )
        self.signers.append(new)
        return new

    def offer(self, path: str, data: bytes, etag: str | None = None) -> None:
        self.offered[path] = Fetched(data=data, etag=etag)


def signed_by(
    signer: Signer,
    kind: DocumentKind,
    body: CborValue,
    *,
    version: int = 1,
    audience: Audience = VENUE,
    issued_at: int = NOW,
    life_s: int = HOUR,
) -> bytes:
    """A document as this root signs it."""
    document = Document(
        kind=kind,
        audience=audience,
        version=version,
        issued_at=UnixSeconds(issued_at),
        expires_at=UnixSeconds(issued_at + life_s),
        body=body,
    )
    return sign_document(document, kid=signer.root.kid, private_key=signer.secret)
