"""All that central's storage in memory keeps."""

from dataclasses import dataclass, field

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, CardId, DeviceId, Kid, MemberId
from central.ports.records import (
    Card,
    Device,
    Evidence,
    IssuerKey,
    LinkedPhone,
    Member,
    OpenCode,
    PhoneLink,
    SignedDocument,
)
from central.ports.rollups import Tally
from tests.fakes.central_audit_log import Entries, Gaps, LogKey
from tests.fakes.central_events import (
    KeptEvents,
)
from tests.fakes.central_happenings import (
    Happened,
)
from tests.fakes.central_key_trail import KeptKeyTrail
from tests.fakes.central_lists import KeptLists
from tests.fakes.central_proofs import Checkpoints
from tests.fakes.central_snapshots import KeptChunks
from tests.fakes.central_watching import Watched


@dataclass(slots=True)
class Kept:
    members: dict[tuple[Audience, MemberId], Member] = field(default_factory=dict)
    cards: dict[CardId, Card] = field(default_factory=dict)
    links: dict[bytes, PhoneLink] = field(default_factory=dict)
    phones: dict[bytes, LinkedPhone] = field(default_factory=dict)
    keys: dict[Kid, IssuerKey] = field(default_factory=dict)
    documents: dict[tuple[DocumentKind, Audience], SignedDocument] = field(default_factory=dict)
    revisions: dict[Audience, int] = field(default_factory=dict)
    devices: dict[DeviceId, Device] = field(default_factory=dict)
    codes: dict[str, OpenCode] = field(default_factory=dict)
    entries: Entries = field(default_factory=dict)
    evidence: dict[LogKey, dict[bytes, Evidence]] = field(default_factory=dict)
    gaps: Gaps = field(default_factory=dict)
    checkpoints: Checkpoints = field(default_factory=dict)
    happened: Happened = field(default_factory=Happened)
    tally: Tally = field(default_factory=Tally)
    watched: Watched = field(default_factory=Watched)
    events: KeptEvents = field(default_factory=KeptEvents)
    chunks: KeptChunks = field(default_factory=dict)
    lists: KeptLists = field(default_factory=KeptLists)
    key_trail: KeptKeyTrail = field(default_factory=KeptKeyTrail)
