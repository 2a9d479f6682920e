"""An audit entry as JSON: what is there, and nothing that is not."""

import json
from dataclasses import replace

from cardcore.audit import AuditEntry, parse_entry, serialise_entry
from cardcore.entry_json import entry_as_json
from tests.fakes.scanner_door import a_refusal


def an_entry() -> AuditEntry:
    entry = replace(a_refusal().entry, extensions={7: [b"\x01\x02", "word"], 8: {9: b"\xff"}})
    return parse_entry(serialise_entry(entry))


def test_bytes_are_hex_at_any_depth() -> None:
    told = entry_as_json(an_entry())
    assert told["epoch"] == an_entry().epoch.hex()
    assert told["extensions"] == {"7": ["0102", "word"], "8": {"9": "ff"}}
    assert json.loads(json.dumps(told)) == told


def test_what_an_entry_lacks_is_left_out() -> None:
    told = entry_as_json(an_entry())
    assert "card_id" not in told
    assert "unknown" not in told
