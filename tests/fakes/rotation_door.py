"""A door of files that meets a repository step by step, for stories of what it then trusts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardcore.documents import DocumentKind, RootKey
from cardcore.errors import DocumentError
from cardcore.ids import Audience
from cardcore.keyset import key_set_of
from cardcore.keyset_document import key_set_body
from cardcore.policy import DoorPolicy
from cardcore.policy_document import policy_body
from cardcore.root_document import root_body
from scanner.adapters.policy_file import PolicyFile
from scanner.adapters.ratchet_file import RatchetFile
from scanner.adapters.roots_file import RootsFile
from scanner.sync.parts import Offers, PolicyPart, RootPart
from scanner.sync.trust import Gatekeeper
from tests.fakes.card_material import NOW, VENUE
from tests.fakes.scanner_clock import FakeClock
from tests.fakes.scanner_ledger import FakeLedger
from tests.fakes.scanner_trust import Repository, Signer, a_signer, signed_by

FIRST: Final = a_signer("first")
PATH: Final = "/devices/me/policy"
KIND: Final = DocumentKind.POLICY
DAY: Final = 86_400


class Door:
    """Roots, ratchets and one document in force, in files; made anew for each step, as a program is."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self.folder = folder
        self.repository = repository
        self.clock = FakeClock()
        self.ledger = FakeLedger()
        self.pinned: RootKey = FIRST.root

    def policy_file(self) -> PolicyFile:
        return PolicyFile(
            self.folder,
            audience=VENUE,
            roots=self.roots().known,
            enrolled_with=DoorPolicy(),
        )

    def roots(self) -> RootsFile:
        return RootsFile(self.folder, pinned=self.pinned, audience=VENUE)

    def refresh(self) -> str:
        """One refresh; why something was refused, or nothing."""
        gate = Gatekeeper(
            roots=self.roots(),
            ratchets=RatchetFile(self.folder),
            audience=VENUE,
            clock=self.clock,
            outbox=self.ledger,
        )
        offers = Offers(self.repository)
        why = ""
        for part in (
            RootPart(offers=offers, gate=gate),
            PolicyPart(offers=offers, gate=gate, store=self.policy_file()),
        ):
            try:
                part.take()
            except DocumentError as error:
                why = why or f"{type(error).__name__}: {error}"
        return why

    @property
    def believes(self) -> int:
        """The version of the policy in force: each step offers another, to tell them apart."""
        return self.policy_file().current().version

    @property
    def root(self) -> RootKey:
        return self.roots().current


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens, why it is refused (nothing: it is not), and which policy the door then goes by."""

    happens: Callable[[Door], None]
    refused: str = ""
    believes: int


def offers(
    said: int,
    *,
    version: int | None = None,
    by: Signer | None = None,
    issued_at: int = NOW,
    life_s: int = DAY,
    audience: Audience = VENUE,
    kind: DocumentKind = KIND,
    spoilt: Callable[[bytes], bytes] = lambda data: data,
) -> Callable[[Door], None]:
    """The repository offers policy ``said`` in a document of ``version``."""

    def happens(door: Door) -> None:
        body = policy_body(DoorPolicy(version=said))
        if kind is DocumentKind.KEY_SET:
            body = key_set_body(key_set_of(()))
        data = signed_by(
            by or door.repository.signer,
            kind,
            body,
            version=said if version is None else version,
            audience=audience,
            issued_at=issued_at,
            life_s=life_s,
        )
        door.repository.offer(PATH, spoilt(data))

    return happens


def rotates(*names: str) -> Callable[[Door], None]:
    def happens(door: Door) -> None:
        for name in names:
            door.repository.rotate(name)

    return happens


def both(*all_of: Callable[[Door], None]) -> Callable[[Door], None]:
    def happens(door: Door) -> None:
        for each in all_of:
            each(door)

    return happens


def clock_at(seconds: int) -> Callable[[Door], None]:
    return lambda door: door.clock.step(seconds - door.clock.now().seconds)


def thief_names(name: str) -> Callable[[Door], None]:
    """Somebody who is not the root names a root of their own."""

    def happens(door: Door) -> None:
        step = signed_by(a_signer("thief"), DocumentKind.ROOT, root_body(a_signer(name).root))
        door.repository.steps[FIRST.root.kid.hex()] = step

    return happens
