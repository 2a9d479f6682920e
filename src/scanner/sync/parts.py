"""What a refresh takes from central beside keys and cards: newer roots, the policy, the lists.

A central that has none of one kind yet answers 404, and the door goes on without.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cardcore.documents import DocumentKind
from cardcore.errors import UntrustedError
from cardcore.ids import Kid
from cardcore.list_document import DELTA_OF, delta_in, list_in
from cardcore.lists import CardList
from cardcore.policy import DoorPolicy
from cardcore.policy_document import policy_in
from cardcore.root_document import STEPS_MAX
from scanner.errors import LinkRefusedError
from scanner.ports import Fetched
from scanner.sync.trust import Gatekeeper

_NOT_FOUND: Final = 404
_log: Final = logging.getLogger(__name__)


class DocumentLink(Protocol):
    """Central over the network. All faults are LinkError."""

    def document(self, path: str, etag: str | None, asked: Mapping[str, str]) -> Fetched | None:
        """A signed document; None where central has none other than the caller's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One kind of document in a refresh: ``take`` fetches it and puts in force what passes.

    ``take`` raises DocumentError or KeySetError for what is refused, LinkError where central was lost.
    """

    kind: DocumentKind
    take: Callable[[], None]


class Offers:
    """Asks central for documents; remembers their tags, and that an older central has none."""

    def __init__(self, link: DocumentLink) -> None:
        self._link = link
        self._etags: dict[str, str | None] = {}

    def ask(self, path: str, asked: Mapping[str, str] | None = None) -> Fetched | None:
        """The document there; None where there is nothing new."""
        try:
            return self._link.document(path, self._etags.get(path), asked or {})
        except LinkRefusedError as error:
            if error.status != _NOT_FOUND:
                raise
            _log.info("central has no %s: %s", path, error)
            return None

    def taken(self, path: str, fetched: Fetched) -> None:
        """What was fetched is in force; from now on it need not be sent again."""
        self._etags[path] = fetched.etag

    def ask_anew(self, path: str) -> None:
        """Whatever is in force here, it shall be sent again."""
        self._etags.pop(path, None)


class RootPart:
    """Follows central's root from the one in force to the newest."""

    def __init__(self, *, offers: Offers, gate: Gatekeeper) -> None:
        self._offers = offers
        self._gate = gate

    def take(self) -> None:
        """Walk on, step by step; each is durable before the next."""
        for _ in range(STEPS_MAX):
            after = self._gate.roots.current.kid
            fetched = self._offers.ask("/devices/me/root", {"after": after.hex()})
            if fetched is None:
                return
            root = self._gate.roots.follow(fetched.data, self._gate.now)
            _log.warning("the root is now %s; it was %s", root.kid.hex(), after.hex())


class PolicyStore(Protocol):
    """Where the policy in force is kept."""

    def current(self) -> DoorPolicy:
        """The policy in force."""
        ...

    def replace(self, data: bytes) -> None:
        """Keep one that passed every check; durable when this returns."""
        ...


class PolicyPart:
    """Takes the policy."""

    _PATH: Final = "/devices/me/policy"

    def __init__(self, *, offers: Offers, gate: Gatekeeper, store: PolicyStore) -> None:
        self._offers = offers
        self._gate = gate
        self._store = store

    def take(self) -> None:
        """Fetch it, and put it in force if it passes."""
        fetched = self._offers.ask(self._PATH)
        if fetched is None:
            return
        kind = DocumentKind.POLICY
        document = self._gate.check(fetched.data, kind)
        policy_in(document)  # a signed policy that cannot be read is refused like any other
        self._gate.let_in(document, kind, lambda: self._store.replace(fetched.data))
        self._offers.taken(self._PATH, fetched)


class ListHeld(Protocol):
    """A list in force."""

    @property
    def version(self) -> int:
        """The newest version, the delta counted in."""
        ...

    @property
    def whole_version(self) -> int:
        """The version of the whole list that a delta has to start from."""
        ...

    @property
    def whole(self) -> CardList:
        """That list."""
        ...

    @property
    def signer(self) -> Kid:
        """The root that signed it."""
        ...


class ListStore(Protocol):
    """Where the lists in force are kept."""

    def in_force(self, kind: DocumentKind) -> ListHeld | None:
        """One list; None where there never was one."""
        ...

    def put_whole(self, kind: DocumentKind, data: bytes) -> None:
        """Keep a list that passed every check; durable when this returns."""
        ...

    def put_delta(self, kind: DocumentKind, data: bytes) -> None:
        """Keep a delta that passed every check; durable when this returns."""
        ...


class ListPart:
    """Takes one list: a delta on the whole one that is there, or else the whole one."""

    def __init__(
        self,
        kind: DocumentKind,
        *,
        offers: Offers,
        gate: Gatekeeper,
        store: ListStore,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._kind = kind
        self._path = f"/devices/me/lists/{kind.value}"
        self._offers = offers
        self._gate = gate
        self._store = store
        self._wanted = wanted

    def take(self) -> None:
        """Fetch what is newer, and put it in force if it passes; nothing where the venue does not use this list."""
        if not self._wanted():
            return
        held = self._store.in_force(self._kind)
        if held is None or held.signer != self._gate.roots.current.kid:
            self._fetch(None)
            return
        try:
            self._fetch(held)
        except UntrustedError as error:
            _log.warning(
                "a delta of %s was refused, the whole list is asked for: %s", self._kind, error
            )
            self._fetch(None)

    def _fetch(self, held: ListHeld | None) -> None:
        if held is None:
            self._offers.ask_anew(self._path)
        asked = {} if held is None else {"since": str(held.whole_version)}
        fetched = self._offers.ask(self._path, asked)
        if fetched is None:
            return
        in_force = 0 if held is None else held.version
        also = None if held is None else DELTA_OF[self._kind]
        document = self._gate.check(fetched.data, self._kind, in_force, also)
        if document.kind is self._kind or held is None:
            list_in(document)
            self._gate.let_in(
                document, self._kind, lambda: self._store.put_whole(self._kind, fetched.data)
            )
        else:
            delta_in(document).applied_to(held.whole)  # nothing is kept that leads elsewhere
            self._gate.let_in(
                document, self._kind, lambda: self._store.put_delta(self._kind, fetched.data)
            )
        self._offers.taken(self._path, fetched)
