"""The clock, randomness, and what one feature needs of another."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind
from cardcore.ids import Audience, Micros, UnixSeconds
from central.ports.call import Answer, Call
from central.ports.events import Arrival, Outcome
from central.ports.records import Device, IssuerKey, KeyUse, SignedDocument
from central.ports.storage import Transaction

Randomness: TypeAlias = Callable[[int], bytes]
"""That many unpredictable bytes."""

BodyMaker: TypeAlias = Callable[[Transaction, UnixSeconds], CborValue]
"""The body of a signed document, as of an instant."""


TimeTeller: TypeAlias = Callable[[Device, bytes], bytes]
"""Central's time for a device, signed over a nonce of its own."""


class Clock(Protocol):
    """The one clock of this process."""

    def now(self) -> UnixSeconds:
        """Whole seconds since 1970, UTC."""
        ...

    def micros(self) -> Micros:
        """Microseconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some instant, never set back."""
        ...


class KeyRing(Protocol):
    """The issuer keys, as the cards need them. All steps run inside the caller's writing transaction."""

    def prepare(self, tx: Transaction, audience: Audience) -> None:
        """Make every key that this audience has not got yet."""
        ...

    def signing_key(self, tx: Transaction, audience: Audience, use: KeyUse) -> IssuerKey:
        """The key that signs for this audience now."""
        ...

    def current_key(self, tx: Transaction, audience: Audience, use: KeyUse) -> IssuerKey | None:
        """The same where there is one already; this may be asked in a reading transaction."""
        ...

    def document_root(self, tx: Transaction) -> IssuerKey:
        """The key that signs central's documents."""
        ...


class Processor(Protocol):
    """Gives every event from outside one effect."""

    def process(self, arrival: Arrival, effect: Callable[[Transaction], None]) -> Outcome:
        """Give it its effect, unless it had it, or something newer had."""
        ...

    def process_in(
        self, tx: Transaction, arrival: Arrival, effect: Callable[[Transaction], None]
    ) -> Outcome:
        """The same, inside a writing transaction of somebody else's."""
        ...


class FirstAnswers(Protocol):
    """Gives the first answer again to whoever sends a call again under its Idempotency-Key."""

    def has_key(self, call: Call) -> bool:
        """Whether the caller wants that."""
        ...

    def once(
        self, call: Call, *, caller: str, operation: str, work: Callable[[Transaction], Answer]
    ) -> Answer:
        """The answer of ``work``, which runs inside a writing transaction."""
        ...


class DocumentSigner(Protocol):
    """Hands out signed documents, made anew when something changed."""

    def signed(
        self, kind: DocumentKind, audience: Audience, *, life_s: int, body: BodyMaker
    ) -> SignedDocument:
        """The document in force; ``life_s`` is how long a new one is valid, in seconds."""
        ...
