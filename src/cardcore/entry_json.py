"""An audit entry as JSON."""

from dataclasses import fields

from cardcore.audit import AuditEntry


def entry_as_json(entry: AuditEntry) -> dict[str, object]:
    """Every fact of the entry that is there; byte strings as lower-case hex."""
    facts = {known.name: getattr(entry, known.name) for known in fields(AuditEntry)}
    return {name: _plain(fact) for name, fact in facts.items() if fact is not None and fact != {}}


def _plain(fact: object) -> object:
    if isinstance(fact, bytes):
        return fact.hex()
    if isinstance(fact, dict):
        return {str(name): _plain(value) for name, value in fact.items()}
    if isinstance(fact, tuple | list):
        return [_plain(value) for value in fact]
    return fact
