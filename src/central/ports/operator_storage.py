"""Who runs central, as the use cases see it kept."""

from collections.abc import Sequence
from typing import Protocol

from central.ports.records import Operator


class Operators(Protocol):
    """Who runs central."""

    def by_token_hash(self, token_hash: bytes) -> Operator | None:
        """The operator of this token, revoked ones too."""
        ...

    def find(self, name: str) -> Operator | None:
        """The operator of this name."""
        ...

    def all(self) -> Sequence[Operator]:
        """Every operator, by name."""
        ...

    def put(self, operator: Operator) -> None:
        """Add one, or replace what was known of it."""
        ...
