"""Where members, cards, keys and documents are kept, as the use cases see it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId, Kid, MemberId, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.snapshot_document import SnapshotRow
from central.ports.records import Card, IssuerKey, LinkedPhone, Member, PhoneLink, SignedDocument


class Members(Protocol):
    """The members of every audience."""

    def find(self, audience: Audience, member_id: MemberId) -> Member | None:
        """One member."""
        ...

    def of(self, audience: Audience) -> Sequence[Member]:
        """All members of an audience, by id."""
        ...

    def put(self, members: Iterable[Member]) -> None:
        """Add them, or replace what was known of them."""
        ...

    def erase(self, audience: Audience, member_id: MemberId, stand_in: MemberId) -> int:
        """Put ``stand_in`` in a member's place, and drop all else that tells who it was; how many cards there were."""
        ...


class Cards(Protocol):
    """The cards of every audience, and the links that bring them to phones."""

    def find(self, card_id: CardId) -> Card | None:
        """One card."""
        ...

    def of(self, audience: Audience) -> Sequence[Card]:
        """All cards of an audience, by id."""
        ...

    def ids(self, audience: Audience, states: Collection[CardState]) -> Sequence[CardId]:
        """The cards of an audience that are in one of these states, in any order."""
        ...

    def overdue(self, now: UnixSeconds, most: int) -> Sequence[CardId]:
        """Cards that live although they should have expired by ``now``."""
        ...

    def add(self, card: Card) -> None:
        """A new card."""
        ...

    def replace(self, card: Card) -> None:
        """What is now true of a card."""
        ...

    def standing(
        self, audience: Audience, card_id: CardId, as_of: UnixSeconds
    ) -> SnapshotRow | None:
        """One card with its member's status, if it is of this audience."""
        ...

    def standings(self, audience: Audience, as_of: UnixSeconds) -> Sequence[SnapshotRow]:
        """All cards of an audience with their members' status."""
        ...

    def standings_in_order(
        self, audiences: Sequence[Audience], as_of: UnixSeconds
    ) -> Iterator[SnapshotRow]:
        """The same for several audiences together, by card id, one by one as they are read."""
        ...

    def count(self, audiences: Sequence[Audience]) -> int:
        """How many cards these audiences have together."""
        ...

    def link(self, secret_hash: bytes) -> PhoneLink | None:
        """The link of this secret."""
        ...

    def put_link(self, link: PhoneLink) -> None:
        """Add a link, or replace it."""
        ...

    def forget_links(self, before: UnixSeconds) -> int:
        """Drop links that expired before this instant, used or not; how many."""
        ...

    def phone(self, token_hash: bytes) -> LinkedPhone | None:
        """The phone of this token, unless its card was reissued since."""
        ...

    def move_phones(self, card_id: CardId, before: int, after: int) -> int:
        """The phones of one generation of a card speak for a later one from now on; how many."""
        ...

    def add_phone(self, phone: LinkedPhone) -> None:
        """A phone that claimed a link."""
        ...


class Keys(Protocol):
    """Issuer keys."""

    def of(self, audience: Audience | None) -> Sequence[IssuerKey]:
        """The keys of an audience, the newest first; None for the document roots."""
        ...

    def has(self, kid: Kid) -> bool:
        """Whether a key has this id."""
        ...

    def find(self, kid: Kid) -> IssuerKey | None:
        """The key of this id."""
        ...

    def add(self, key: IssuerKey) -> None:
        """A new key."""
        ...

    def replace(self, key: IssuerKey) -> None:
        """What is now true of a key: its times and its state."""
        ...


class Documents(Protocol):
    """The signed document in force of each kind and audience, and the audience's revision."""

    def find(self, kind: DocumentKind, audience: Audience) -> SignedDocument | None:
        """The one in force."""
        ...

    def put(self, document: SignedDocument) -> None:
        """Replace the one in force."""
        ...

    def revision(self, audience: Audience) -> int:
        """How often anything that documents tell of has changed; 0 for an unknown audience."""
        ...

    def audiences(self) -> Sequence[Audience]:
        """All audiences there are."""
        ...

    def hold(self, audience: Audience) -> None:
        """Let no other transaction change what documents tell of this audience until this one ends."""
        ...

    def touch(self, audience: Audience) -> None:
        """Count a change; makes the audience known, and holds it."""
        ...
