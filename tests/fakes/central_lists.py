"""The lists and policies of central's storage in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cardcore.documents import DocumentKind
from cardcore.ids import Audience, UnixSeconds
from cardcore.policy import DoorPolicy
from central.ports.lists import KeptList, ListChange

Place = tuple[DocumentKind, Audience]


@dataclass(slots=True)
class KeptLists:
    lists: dict[Place, KeptList] = field(default_factory=dict)
    changes: dict[Place, list[tuple[UnixSeconds, ListChange]]] = field(default_factory=dict)
    policies: dict[Audience, DoorPolicy] = field(default_factory=dict)


class FakeLists:
    def __init__(self, kept: KeptLists) -> None:
        self._kept = kept

    def find(self, kind: DocumentKind, audience: Audience) -> KeptList | None:
        return self._kept.lists.get((kind, audience))

    def put(self, kept: KeptList) -> None:
        self._kept.lists[kept.kind, kept.audience] = kept

    def touch(self, kept: KeptList) -> None:
        self.put(kept)

    def add_change(self, kept: KeptList, change: ListChange) -> None:
        changes = self._kept.changes.setdefault((kept.kind, kept.audience), [])
        changes.append((kept.issued_at, change))

    def changes(self, kind: DocumentKind, audience: Audience, since: int) -> Sequence[ListChange]:
        changes = [change for _, change in self._kept.changes.get((kind, audience), [])]
        first = max((each.version for each in changes if each.version <= since), default=None)
        return [] if first is None else [each for each in changes if each.version >= first]

    def forget_changes(self, before: UnixSeconds) -> int:
        gone = 0
        for place, changes in self._kept.changes.items():
            kept = [each for each in changes[:-1] if each[0] >= before] + changes[-1:]
            gone += len(changes) - len(kept)
            self._kept.changes[place] = kept
        return gone


class FakePolicies:
    def __init__(self, kept: KeptLists) -> None:
        self._kept = kept

    def find(self, audience: Audience) -> DoorPolicy | None:
        return self._kept.policies.get(audience)

    def put(self, audience: Audience, policy: DoorPolicy) -> None:
        self._kept.policies[audience] = policy
