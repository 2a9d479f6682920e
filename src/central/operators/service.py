"""Operators: a name, a token that is shown once, and what it may do where.

A name stays taken by whoever has it, so that "who did it" has one answer; a revoked one may be added again, with a new
token. Adding and revoking is done on the command line alone: no token of HTTP makes another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cardcore.card import is_plain_text
from cardcore.ids import Audience
from central.auth import secret_hash
from central.errors import ConflictError, Kind, NotFoundError, UnprocessableError
from central.ports.records import Operator, Role
from central.ports.storage import Storage
from central.ports.world import Clock, Randomness

NAME_CHARS_MAX: Final = 64
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """An operator with its token, as it is shown once."""

    operator: Operator
    token: str = field(repr=False)


class OperatorService:
    """Adds, lists and revokes operators."""

    def __init__(self, *, storage: Storage, clock: Clock, randomness: Randomness) -> None:
        self._storage = storage
        self._clock = clock
        self._randomness = randomness

    def add(
        self, name: str, *, roles: Iterable[Role], audiences: Iterable[Audience]
    ) -> NewOperator:
        """A new operator with these roles in each of these audiences.

        Raises:
            UnprocessableError: a name that cannot be shown, or no role or audience.
            ConflictError: the name is taken.
        """
        check_name(name)
        where = tuple(audiences)
        grants = frozenset((role, audience) for role in roles for audience in where)
        if not grants:
            raise UnprocessableError(Kind.MALFORMED, "an operator has a role in some audience")
        token = self._randomness(TOKEN_BYTES).hex()
        operator = Operator(
            name=name, token_hash=secret_hash(token), grants=grants, added_at=self._clock.now()
        )
        with self._storage.write() as tx:
            before = tx.operators.find(name)
            if before is not None and before.revoked_at is None:
                raise ConflictError(Kind.OPERATOR_EXISTS, name)
            tx.operators.put(operator)
        return NewOperator(operator=operator, token=token)

    def revoke(self, name: str) -> Operator:
        """Let this operator's token do nothing any more. Done again it changes nothing.

        Raises:
            NotFoundError: no such operator.
        """
        with self._storage.write() as tx:
            operator = tx.operators.find(name)
            if operator is None:
                raise NotFoundError(Kind.UNKNOWN_OPERATOR, name)
            if operator.revoked_at is None:
                operator = replace(operator, revoked_at=self._clock.now())
                tx.operators.put(operator)
        return operator

    def all(self) -> Sequence[Operator]:
        """Every operator, by name; revoked ones too."""
        with self._storage.read() as tx:
            return tx.operators.all()


def check_name(name: str) -> None:
    """Refuse a name that cannot be shown in a line.

    Raises:
        UnprocessableError: not 1 to 64 printable characters.
    """
    if not is_plain_text(name, NAME_CHARS_MAX):
        detail = f"an operator's name has 1 to {NAME_CHARS_MAX} printable characters"
        raise UnprocessableError(Kind.MALFORMED, detail)
