"""Keys follow each other by schedule, or because somebody says so. What has to happen is :mod:`cardcore.rotation`'s to say."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from cardcore.ids import Audience, UnixSeconds
from cardcore.keyset import KeyState
from cardcore.rotation import BACKDATED_S, Plan, plan_rotation
from central.keys.service import AUDIENCE_USES, KeyService, life_of
from central.ports.records import IssuerKey, KeyUse
from central.ports.storage import Storage, Transaction
from central.ports.world import Clock


class RotationService:
    """Rotates the keys of every audience, and the root."""

    def __init__(self, *, storage: Storage, keys: KeyService, clock: Clock) -> None:
        self._storage = storage
        self._keys = keys
        self._clock = clock

    def rotate_due(self) -> int:
        """Do what the schedule asks for now, in every audience; in how many there was something to do."""
        with self._storage.read() as tx:
            due = [venue for venue in tx.documents.audiences() if self._plans(tx, venue, ())]
            root = self._keys.current_key(tx, None, KeyUse.DOCUMENT_ROOT)
        for audience in due:
            self._carry_out(audience, ())
        if root is None and due:
            self._keys.root_key()
        return len(due)

    def rotate(self, audience: Audience, uses: Sequence[KeyUse] = AUDIENCE_USES) -> list[IssuerKey]:
        """Another key for each of these uses, which signs once doors know it; all keys of the audience, the newest first.

        A key that waits to sign already is not followed by yet another.
        """
        self._carry_out(audience, uses)
        return self._keys.all(audience)

    def rotate_root(self) -> IssuerKey:
        """Another root, from now on; the old one signs nothing any more but the step to it."""
        with self._storage.write() as tx:
            tx.lock("document root")
            now = self._clock.now()
            old = self._keys.document_root(tx)
            tx.keys.replace(replace(old, state=KeyState.RETIRING, signs_until=now))
            return self._keys.add_root(tx, UnixSeconds(max(now - BACKDATED_S, old.not_before + 1)))

    def _plans(
        self, tx: Transaction, audience: Audience, wanted: Sequence[KeyUse]
    ) -> dict[KeyUse, Plan]:
        keys = tx.keys.of(audience)
        now = self._clock.now()
        plans = {
            use: plan_rotation(
                [life_of(key) for key in keys if key.use is use],
                self._keys.rotation_of(use),
                now,
                wanted=use in wanted,
            )
            for use in self._keys.chain.uses(audience)
        }
        return {use: plan for use, plan in plans.items() if not plan.is_empty}

    def _carry_out(self, audience: Audience, wanted: Sequence[KeyUse]) -> None:
        with self._storage.write() as tx:
            tx.documents.touch(audience)
            for use, plan in self._plans(tx, audience, wanted).items():
                _change(tx, audience, plan)
                if plan.make is not None:
                    self._keys.add(tx, audience, use, plan.make)


def _change(tx: Transaction, audience: Audience, plan: Plan) -> None:
    until = dict(plan.sign_until)
    steps: tuple[Callable[[IssuerKey], IssuerKey], ...] = (
        lambda key: replace(key, signs_until=until.get(key.kid, key.signs_until)),
        lambda key: replace(key, state=KeyState.RETIRING) if key.kid in plan.retire else key,
    )
    for key in tx.keys.of(audience):
        changed = key
        for step in steps:
            changed = step(changed)
        if changed != key:
            tx.keys.replace(changed)
