"""A venue's policy as a signed document's body: a map of the keys below. A reader passes over keys it does not know.

1 version   2 fresh_s   3 last_known_s   4 passback_s   5 capacity, absent for none   6 when_full   7 when_holdover
8 door   9 kiosk   10 lists_last_s   11 active_list (0 or 1)

A handling is 0 admit, 1 review, 2 refuse; the rules of door and kiosk are arrays ``[fresh, stale, unknown, absent, lists]``.
"""

from collections.abc import Mapping
from typing import Final

from cardcore.cbor import CborValue
from cardcore.documents import Document
from cardcore.errors import UntrustedError
from cardcore.policy import COUNT_MAX, DoorPolicy, Handling, StatusRules

_VERSION, _FRESH, _LAST_KNOWN, _PASSBACK, _CAPACITY, _WHEN_FULL, _WHEN_HOLDOVER = range(1, 8)
_DOOR, _KIOSK, _LISTS_LAST, _ACTIVE_LIST = range(8, 12)
_HANDLINGS: Final = (Handling.ADMIT, Handling.REVIEW, Handling.REFUSE)
_RULES: Final = 5
_VERSION_MAX: Final = (1 << 63) - 1


def policy_body(policy: DoorPolicy) -> CborValue:
    """The body for ``policy``."""
    body: dict[int, CborValue] = {
        _VERSION: policy.version,
        _FRESH: policy.fresh_s,
        _LAST_KNOWN: policy.last_known_s,
        _PASSBACK: policy.passback_s,
        _WHEN_FULL: _HANDLINGS.index(policy.when_full),
        _WHEN_HOLDOVER: _HANDLINGS.index(policy.when_holdover),
        _DOOR: _rules_body(policy.door),
        _KIOSK: _rules_body(policy.kiosk),
        _LISTS_LAST: policy.lists_last_s,
        _ACTIVE_LIST: int(policy.active_list),
    }
    if policy.capacity is not None:
        body[_CAPACITY] = policy.capacity
    return body


def policy_in(document: Document) -> DoorPolicy:
    """The policy of an opened document.

    Raises:
        UntrustedError: a key missing, or a value out of its bounds.
    """
    body = document.body
    if not isinstance(body, Mapping):
        msg = "the body is no policy"
        raise UntrustedError(msg)
    capacity = body.get(_CAPACITY)
    return DoorPolicy(
        version=_count(body, _VERSION, _VERSION_MAX),
        fresh_s=_count(body, _FRESH),
        last_known_s=_count(body, _LAST_KNOWN),
        passback_s=_count(body, _PASSBACK),
        capacity=None if capacity is None else _count(body, _CAPACITY),
        when_full=_handling(body.get(_WHEN_FULL)),
        when_holdover=_handling(body.get(_WHEN_HOLDOVER)),
        door=_rules(body.get(_DOOR)),
        kiosk=_rules(body.get(_KIOSK)),
        lists_last_s=_count(body, _LISTS_LAST),
        active_list=bool(_count(body, _ACTIVE_LIST, 1)),
    )


def _rules_body(rules: StatusRules) -> CborValue:
    handlings = (rules.fresh, rules.stale, rules.unknown, rules.absent, rules.lists)
    return tuple(_HANDLINGS.index(each) for each in handlings)


def _rules(value: "CborValue | None") -> StatusRules:
    if not isinstance(value, tuple) or len(value) != _RULES:
        msg = f"rules are a list of {_RULES} items"
        raise UntrustedError(msg)
    fresh, stale, unknown, absent, lists = map(_handling, value)
    return StatusRules(fresh=fresh, stale=stale, unknown=unknown, absent=absent, lists=lists)


def _handling(value: "CborValue | None") -> Handling:
    if not isinstance(value, int) or not 0 <= value < len(_HANDLINGS):
        msg = f"{value!r} is no handling"
        raise UntrustedError(msg)
    return _HANDLINGS[value]


def _count(body: Mapping[int, CborValue], key: int, most: int = COUNT_MAX) -> int:
    value = body.get(key)
    if not isinstance(value, int) or not 0 <= value <= most:
        msg = f"policy key {key}: {value!r} is not a number from 0 to {most}"
        raise UntrustedError(msg)
    return value
