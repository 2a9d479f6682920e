"""Let a document in only after every check; keep one ratchet of versions for each root that signs.

1. Signed by the newest root, of the kind and venue asked for, not expired: :func:`cardcore.documents.accept_document`.
2. Not older than anything that was in force of its kind under that root. Under the root of the enrolment the version in
   the store counts as well, for a door that was there before ratchets were.
3. Kept only after that, and after its body was read. The ratchet moves first: if the power fails in between, an older
   document stays in force, and none older than the newer one comes in.
"""

from collections.abc import Callable
from typing import Final, Protocol

from cardcore.documents import Document, DocumentKind, RootKey, accept_document
from cardcore.ids import Audience, Kid, UnixSeconds
from scanner.ports import Clock, Outbox


class Roots(Protocol):
    """The roots this door trusts."""

    @property
    def pinned(self) -> RootKey:
        """The root of the enrolment."""
        ...

    @property
    def current(self) -> RootKey:
        """The newest root: it alone may sign what is new."""
        ...

    def follow(self, data: bytes, now: UnixSeconds) -> RootKey:
        """Take the root that ``data`` names as the next; durable when this returns."""
        ...


class Ratchets(Protocol):
    """The highest version of each kind that was in force under each root."""

    def highest(self, signer: Kid, kind: DocumentKind) -> int:
        """0 for none."""
        ...

    def raise_to(self, signer: Kid, kind: DocumentKind, version: int) -> None:
        """This version is in force; durable when this returns."""
        ...


class Gatekeeper:
    """Checks what central sent, and notes what was let in."""

    def __init__(
        self,
        *,
        roots: Roots,
        ratchets: Ratchets,
        audience: Audience,
        clock: Clock,
        outbox: Outbox | None,
    ) -> None:
        self._ratchets = ratchets
        self._clock = clock
        self._outbox = outbox
        self.roots: Final = roots
        self.audience: Final = audience

    @property
    def now(self) -> UnixSeconds:
        """By the door's clock."""
        return self._clock.now().seconds

    def check(
        self,
        data: bytes,
        kind: DocumentKind,
        in_store: int = 0,
        also: DocumentKind | None = None,
    ) -> Document:
        """The document in ``data``; ``in_store`` is the version of the one it would replace.

        Raises:
            UntrustedError: not signed by the newest root, or not what was asked for.
            RollbackError: older than one that was in force.
            ExpiredError: expired when it arrived.
        """
        root = self.roots.current
        highest = self._ratchets.highest(root.kid, kind)
        if root.kid == self.roots.pinned.kid:
            highest = max(highest, in_store)
        return accept_document(
            data,
            root=root,
            kind=kind,
            audience=self.audience,
            in_force=highest,
            now=self.now,
            also=also,
        )

    def let_in(self, document: Document, kind: DocumentKind, keep: Callable[[], object]) -> None:
        """Note that a checked document comes in force, ``keep`` it, and learn from it that its instant has passed."""
        self._ratchets.raise_to(self.roots.current.kid, kind, document.version)
        keep()
        if self._outbox is not None:
            self._outbox.raise_clock_floor(document.issued_at)
