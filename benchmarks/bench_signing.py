"""What it costs a door to sign a request and central to check it, together."""

import itertools
from collections.abc import Callable

from benchmarks.conftest import Bench
from benchmarks.figures import Figure
from cardcore.device_keys import DeviceKeys
from cardcore.ids import UnixSeconds
from cardcore.request_signature import SignableRequest, check_request, sign_request
from central.signatures import ReplayMemory

NOW = UnixSeconds(1_800_000_000)
KEYS = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)
ASKED = SignableRequest(
    method="GET", target="/api/v1.0/cards/00112233445566778899aabbccddeeff/status", body=b""
)
BATCH = SignableRequest(
    method="POST", target="/api/v1.0/devices/me/audit/batches", body=bytes(60_000)
)
ROUND = {
    name: Figure(name=f"{name}, signed and checked", limit=2.0, unit="ms")
    for name in ("a question", "a batch of 60 kB")
}


def work(request: SignableRequest) -> Callable[[], None]:
    """One round: what the door does, and what central does."""
    public = KEYS.public.signing
    memory, count = ReplayMemory(started_at=NOW), itertools.count(1)

    def once() -> None:
        headers = sign_request(
            request,
            key_id="d-1",
            private_key=KEYS.signing,
            created=NOW,
            nonce=next(count).to_bytes(16, "big"),
        )
        named = {name.lower(): value for name, value in headers.items()}
        found = check_request(request, named, lambda _: public)
        assert memory.is_new(found.nonce, found.created, NOW)

    return once


def test_a_question(bench: Bench) -> None:
    bench.alone(ROUND["a question"], work(ASKED), rounds=500, per=1e3)


def test_a_batch(bench: Bench) -> None:
    bench.alone(ROUND["a batch of 60 kB"], work(BATCH), rounds=300, per=1e3)
