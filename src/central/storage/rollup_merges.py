"""How a tally is merged into each of the tables of rollups."""

from typing import Final

from central.ports.rollups import CountKey, LatencyKey, MemberKey
from central.storage.copying import BIG, BYTES, TEXT
from central.storage.schema_rollups import COUNTS, LATENCIES, LOGS, VISITS
from central.storage.upserts import ADD, GREATEST, LEAST, Merge

_INT: Final = "int4"
MERGE_COUNTS: Final = Merge(
    table=COUNTS.name,
    columns={
        "audience": TEXT,
        "span": _INT,
        "start": BIG,
        "decision": TEXT,
        "reason": TEXT,
        "direction": TEXT,
        "mode": _INT,
        "entries": BIG,
    },
    keys=CountKey._fields,
    grows={"entries": ADD},
)
MERGE_LATENCIES: Final = Merge(
    table=LATENCIES.name,
    columns={
        "audience": TEXT,
        "kind": TEXT,
        "start": BIG,
        "bucket": _INT,
        "entries": BIG,
        "sum_us": BIG,
        "max_us": BIG,
    },
    keys=LatencyKey._fields,
    grows={"entries": ADD, "sum_us": ADD, "max_us": GREATEST},
)
MERGE_LOGS: Final = Merge(
    table=LOGS.name,
    columns={
        "device_id": TEXT,
        "start": BIG,
        "epoch": BYTES,
        "decision": TEXT,
        "reason": TEXT,
        "audience": TEXT,
        "entries": BIG,
        "first_seq": BIG,
        "last_seq": BIG,
        "last_us": BIG,
    },
    keys=("device_id", "start", "epoch", "decision", "reason"),
    grows={"entries": ADD, "first_seq": LEAST, "last_seq": GREATEST, "last_us": GREATEST},
)
MERGE_VISITS: Final = Merge(
    table=VISITS.name,
    columns={"audience": TEXT, "member_id": TEXT, "first_us": BIG, "last_us": BIG, "visits": BIG},
    keys=MemberKey._fields,
    grows={"first_us": LEAST, "last_us": GREATEST, "visits": ADD},
)
