"""Where card lists and policies are kept, as the use cases see it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, UnixSeconds
from cardcore.lists import CardList
from cardcore.policy import DoorPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """A list as it was told last; ``revision`` is that of the audience when its cards were looked at."""

    kind: DocumentKind
    audience: Audience
    version: int
    issued_at: UnixSeconds
    revision: int
    cards: CardList


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """What became different with one version; ``digest`` is that of the list from then on."""

    version: int
    digest: bytes
    added: Sequence[bytes] = field(default=())
    removed: Sequence[bytes] = field(default=())


class Lists(Protocol):
    """The lists of every audience, and how they changed."""

    def find(self, kind: DocumentKind, audience: Audience) -> KeptList | None:
        """One list as it was told last."""
        ...

    def put(self, kept: KeptList) -> None:
        """Add it, or replace it."""
        ...

    def touch(self, kept: KeptList) -> None:
        """Its version and instant are others; its cards are the same, and are not written again."""
        ...

    def add_change(self, kept: KeptList, change: ListChange) -> None:
        """The change that led to ``kept``."""
        ...

    def changes(self, kind: DocumentKind, audience: Audience, since: int) -> Sequence[ListChange]:
        """First the change that made the list what it was at version ``since``, then the later ones, in order.

        Empty where the first is not kept any more.
        """
        ...

    def forget_changes(self, before: UnixSeconds) -> int:
        """Forget all changes before that instant, but for the newest of each list; how many."""
        ...


class Policies(Protocol):
    """The policies of the audiences that have one of their own."""

    def find(self, audience: Audience) -> DoorPolicy | None:
        """One of them."""
        ...

    def put(self, audience: Audience, policy: DoorPolicy) -> None:
        """Add it, or replace it."""
        ...
