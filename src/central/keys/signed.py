"""What central signs for doors, wired."""

from dataclasses import dataclass

from central.keys.lists import ListService
from central.keys.policies import PolicyService
from central.keys.revocation import KeyRevocationService, Reissuer
from central.keys.roots import RootService
from central.keys.rotation import RotationService
from central.keys.service import KeyService, KeySetService
from central.ports.storage import Storage
from central.ports.world import Clock, DocumentSigner, Randomness


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The use cases around signed documents, but for the snapshot."""

    key_sets: KeySetService
    roots: RootService
    policies: PolicyService
    lists: ListService
    rotation: RotationService
    revocations: KeyRevocationService


def wire_signed(
    storage: Storage,
    keys: KeyService,
    signer: DocumentSigner,
    clock: Clock,
    randomness: Randomness,
    *,
    cards: Reissuer,
) -> Signed:
    """All of them over ``storage``."""
    return Signed(
        key_sets=KeySetService(keys=keys, signer=signer),
        roots=RootService(storage=storage, keys=keys),
        policies=PolicyService(storage=storage, signer=signer),
        lists=ListService(storage=storage, keys=keys, clock=clock, randomness=randomness),
        rotation=RotationService(storage=storage, keys=keys, clock=clock),
        revocations=KeyRevocationService(storage=storage, keys=keys, cards=cards, clock=clock),
    )
