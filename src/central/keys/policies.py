"""The policy of a venue: what it wants of its doors, signed for them, changed by operators."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cardcore.cbor import CborValue
from cardcore.documents import DocumentKind
from cardcore.ids import Audience, UnixSeconds
from cardcore.policy import DoorPolicy
from cardcore.policy_document import policy_body
from central.ports.records import SignedDocument
from central.ports.storage import Storage, Transaction
from central.ports.world import DocumentSigner

POLICY_LIFE_S: Final = 7 * 86_400  # as the key set's
SHIPPED: Final = DoorPolicy(version=1)


class PolicyService:
    """Keeps and hands out policies."""

    def __init__(self, *, storage: Storage, signer: DocumentSigner) -> None:
        self._storage = storage
        self._signer = signer

    def policy(self, audience: Audience) -> DoorPolicy:
        """The policy of an audience: its own, else the shipped one."""
        with self._storage.read() as tx:
            return tx.policies.find(audience) or SHIPPED

    def change(self, audience: Audience, how: Callable[[DoorPolicy], DoorPolicy]) -> DoorPolicy:
        """What ``how`` makes of the policy, with the next version, in force from now on."""
        with self._storage.write() as tx:
            tx.documents.touch(audience)
            before = tx.policies.find(audience) or SHIPPED
            policy = replace(how(before), version=before.version + 1)
            tx.policies.put(audience, policy)
        return policy

    def signed(self, audience: Audience) -> SignedDocument:
        """The policy of an audience, signed."""

        def body(tx: Transaction, _now: UnixSeconds) -> CborValue:
            return policy_body(tx.policies.find(audience) or SHIPPED)

        return self._signer.signed(DocumentKind.POLICY, audience, life_s=POLICY_LIFE_S, body=body)
