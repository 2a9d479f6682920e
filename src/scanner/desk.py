"""What the screens ask of a wired door: the one seam between the user interface and everything else.

The screens hold a :class:`Desk` and nothing behind it. News comes as events, pushed from the door's own threads through
the function given to ``start``; everything else is pulled. No method waits for a network. Nothing here is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from cardcore.audit import ClockTrust, Direction
from cardcore.ids import CardId, Seq, UnixSeconds
from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from scanner.door.frame import Corners, Luma
from scanner.pipeline import Answer


class Role(StrEnum):
    """What an attendant may do: a steward scans; a supervisor overrides, undoes and sees diagnostics."""

    STEWARD = "steward"
    SUPERVISOR = "supervisor"


class OverrideReason(StrEnum):
    """Why staff let somebody in whom the door did not; recorded with the attendant."""

    CODE_UNREADABLE = "code_unreadable"
    PHONE_EMPTY = "phone_empty"
    MEMBERSHIP_SHOWN_OTHERWISE = "membership_shown_otherwise"
    GUEST_OF_MEMBER = "guest_of_member"
    EMERGENCY = "emergency"
    OTHER = "other"


class FaultKind(StrEnum):
    """What can be wrong with a door itself; each has its screen on a kiosk and clears by itself."""

    CAMERA_LOST = "camera_lost"
    LEDGER_UNWRITABLE = "ledger_unwritable"
    DISK_FULL = "disk_full"
    CLOCK_UNTRUSTED = "clock_untrusted"
    DEVICE_REVOKED = "device_revoked"
    NO_KEYS = "no_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong with this door, since when (seconds since 1970), and the words behind it."""

    kind: FaultKind
    since: UnixSeconds
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendant:
    """Who is on duty."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A card was decided on, and the entry is durable: show it."""

    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultsChanged:
    """What is wrong with the door now; empty when all is well again."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEnded:
    """A video or folder has no more frames."""


DeskEvent: TypeAlias = Answered | FaultsChanged | SourceEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The newest frame for the preview, and the codes read in it."""

    luma: Luma
    codes: tuple[Corners, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Who is inside by this door's own count, exact offline; and the venue's with its age, where central's feed tells.

    Never negative. ``capacity`` is None where the venue has no limit.
    """

    here: int
    venue: int | None = None
    venue_age_s: int | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """How things stand with central. ``since`` is when that began; ``next_try_s`` when it is tried again.

    ``list_at`` is when the lists in force were made by central; None where there are none.
    """

    online: bool
    circuit: str
    since: UnixSeconds | None
    next_try_s: int | None
    list_at: UnixSeconds | None
    outbox: int
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A picture that could not be looked at: its file's name, and the word for why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFacts:
    """All that the frame of the screen shows; cheap enough to pull once a second."""

    door: str
    direction: Direction
    link: LinkState
    occupancy: Occupancy
    clock: ClockTrust
    now: UnixSeconds
    camera_fps: float | None
    faults: tuple[Fault, ...]
    attendant: Attendant | None
    kiosk: bool
    passed_over: PassedOver | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberHit:
    """A member found by name or number, with the card they hold."""

    card_id: CardId
    display_name: str
    state: CardState
    member: MemberStatus
    as_of: UnixSeconds
    inside_since: UnixSeconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentLine:
    """One line of the log as staff see it; ``name`` where this device knows one."""

    seq: Seq
    at: UnixSeconds
    decision: str
    reason: str
    name: str | None
    attendant: str | None


class PinResult(StrEnum):
    """What became of a PIN."""

    GOOD = "good"
    WRONG = "wrong"
    LOCKED = "locked"
    NONE_SET = "none_set"


class UndoResult(StrEnum):
    """What became of an undo."""

    DONE = "done"
    NOTHING = "nothing"
    TOO_LATE = "too_late"
    NOT_ALLOWED = "not_allowed"


class Desk(Protocol):
    """The door as its screens see it."""

    def start(self, tell: Callable[[DeskEvent], None]) -> None:
        """Begin to read and to keep in step; ``tell`` is called from other threads."""
        ...

    def stop(self) -> None:
        """End all threads; the ledger is closed when this returns."""
        ...

    def facts(self) -> DoorFacts:
        """How the door is now."""
        ...

    def view(self) -> View | None:
        """The newest frame; None where there is no camera or no frame yet."""
        ...

    def present(self, text: str, source: str) -> None:
        """A keyboard scanner read ``text``; the answer comes as an event."""
        ...

    def face(self, direction: Direction) -> None:
        """From now on this door counts people in, or out."""
        ...

    def search(self, text: str) -> tuple[MemberHit, ...]:
        """Members by name or number, offline too; at most 50, best first."""
        ...

    def override(self, reason: OverrideReason, note: str, card_id: CardId | None) -> Answer | None:
        """Let somebody in by who vouches for it, else by who is on duty; None where they may not."""
        ...

    def undo(self) -> UndoResult:
        """Take back the last admission here, within 15 s: clears passback and count, never frees a nonce.

        By who vouches for it, else by who is on duty.
        """
        ...

    def recent(self, limit: int) -> tuple[RecentLine, ...]:
        """The newest lines of the log, newest first."""
        ...

    def come_on_duty(self, pin: str) -> PinResult:
        """The attendant whose PIN this is comes on duty."""
        ...

    def vouch(self, pin: str) -> PinResult:
        """The attendant whose PIN this is vouches for the next act alone; who is on duty stays on duty."""
        ...

    def spend_vouch(self) -> Attendant | None:
        """Who vouches for this act; from now on nobody does."""
        ...

    def go_off_duty(self) -> None:
        """Nobody is on duty. A second time, nothing."""
        ...

    def shown(self, seq: Seq) -> None:
        """The verdict of this entry is on the screen."""
        ...

    def diagnostics(self) -> dict[str, object]:
        """Everything a support call asks for; no secret, no name."""
        ...
