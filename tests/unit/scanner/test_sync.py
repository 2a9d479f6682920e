"""Keeping in step with central: what is handed over, what is put in force, and when it is tried again."""

from typing import Final

import pytest

from cardcore.card import CARD_ID_BYTES
from cardcore.device_keys import DeviceKeys
from cardcore.documents import DocumentKind
from cardcore.enrolment import EnrolmentCode, fingerprint_of, serialise_code
from cardcore.errors import UntrustedError, WireError
from cardcore.ids import Audience, CardId, Seq, UnixSeconds
from cardcore.keyset import Alg, key_set_of
from cardcore.keyset_document import key_set_body
from cardcore.wire import serialise
from scanner.errors import LinkDownError
from scanner.ports import Fetched
from scanner.sync.pairing import pair
from scanner.sync.refresh import Refresher
from scanner.sync.worker import sync_once
from tests.fakes.card_material import NOW, a_key, the_keys
from tests.fakes.scanner_central import (
    HOUR,
    OTHER_SECRET,
    ROOT,
    FakeCentral,
    signed,
    signed_keys,
    signed_snapshot,
)
from tests.fakes.scanner_door import a_refusal
from tests.fakes.scanner_ledger import EPOCH, FakeLedger
from tests.fakes.scanner_parts import FakeKeyRing
from tests.fakes.scanner_standings import FakeStandings, a_standing
from tests.fakes.scanner_trust import a_gate

CARD: Final = CardId(bytes(range(CARD_ID_BYTES)))


def _log_of(entries: int) -> FakeLedger:
    ledger = FakeLedger()
    for _ in range(entries):
        ledger.commit(a_refusal())
    return ledger


class _Office:
    """A refresher and everything it works on."""

    def __init__(self, *, outbox: FakeLedger | None = None) -> None:
        self.central = FakeCentral()
        self.keyring = FakeKeyRing(key_set_of((), version=5))
        self.standings = FakeStandings()
        self.outbox = outbox
        self.refresher = Refresher(
            link=self.central,
            keyring=self.keyring,
            memory=self.standings,
            gate=a_gate(outbox=outbox),
        )

    def offer_keys(self, data: bytes, etag: str | None = '"k"') -> None:
        self.central.key_document = Fetched(data=data, etag=etag)

    def offer_snapshot(self, data: bytes, etag: str | None = '"s"') -> None:
        self.central.snapshot_document = Fetched(data=data, etag=etag)


class TestRefresh:
    def test_documents_that_pass_are_put_in_force_and_teach_the_clock(self) -> None:
        office = _Office(outbox=FakeLedger())
        office.offer_keys(signed_keys(the_keys(), version=6, issued_at=NOW - 5))
        office.offer_snapshot(
            signed_snapshot([(CARD, a_standing(as_of=NOW - 3))], version=2, issued_at=NOW - 3)
        )
        report = office.refresher.refresh()
        assert (report.keyset_version, report.snapshot_version, report.refused) == (6, 2, ())
        assert len(office.keyring.replaced) == 1
        assert office.standings.in_snapshot(CARD) == a_standing(as_of=NOW - 3)
        assert office.outbox is not None
        assert office.outbox.clock_floor == NOW - 3

    def test_it_tells_how_old_the_documents_in_force_are(self) -> None:
        office = _Office()
        assert office.refresher.ages(UnixSeconds(NOW)) == (None, None)
        office.keyring.ages = (UnixSeconds(NOW - 90), UnixSeconds(NOW + HOUR))
        office.offer_snapshot(signed_snapshot([], version=2, issued_at=NOW - 30))
        office.refresher.refresh()
        assert office.refresher.ages(UnixSeconds(NOW)) == (90, 30)
        assert office.refresher.ages(UnixSeconds(NOW - 3_600)) == (0, 0)  # the clock was set back

    def test_what_has_not_changed_is_not_sent_again(self) -> None:
        office = _Office()
        office.offer_keys(signed_keys(the_keys(), version=6))
        office.offer_snapshot(signed_snapshot([]))
        office.refresher.refresh()
        office.refresher.refresh()
        assert len(office.keyring.replaced) == 1

    def test_nothing_offered_changes_nothing(self) -> None:
        office = _Office()
        assert office.refresher.refresh().refused == ()
        assert (office.keyring.replaced, office.standings.version) == ([], 0)

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "no signed document"),
            (b"<html>", "no signed document"),
            (signed_keys(the_keys(), version=4), "older than version 5"),
            (signed_keys(the_keys(), version=6, issued_at=NOW - 2 * HOUR), "expired"),
            (
                signed(DocumentKind.KEY_SET, (), version=6, secret=OTHER_SECRET),
                "signature is wrong",
            ),
            (
                signed(DocumentKind.KEY_SET, (), version=6, audience=Audience("elsewhere")),
                "elsewhere",
            ),
            (signed(DocumentKind.SNAPSHOT, (), version=6), "not a keyset"),
            (signed(DocumentKind.KEY_SET, b"no list", version=6), "no list of keys"),
            (signed(DocumentKind.KEY_SET, ((1, 2),), version=6), "7 items"),
        ],
        ids=["empty", "html", "older", "expired", "forged", "venue", "kind", "body", "row"],
    )
    def test_a_key_set_that_fails_a_check_changes_nothing_and_the_snapshot_still_comes(
        self, data: bytes, why: str
    ) -> None:
        office = _Office(outbox=FakeLedger())
        office.offer_keys(data)
        office.offer_snapshot(signed_snapshot([], version=1))
        report = office.refresher.refresh()
        assert why in report.refused[0]
        assert report.refused[0].startswith("keyset: ")
        assert (office.keyring.replaced, report.keyset_version, report.snapshot_version) == (
            [],
            5,
            1,
        )

    def test_two_keys_of_one_id_are_no_key_set(self) -> None:
        office = _Office()
        row = key_set_body(key_set_of([a_key(Alg.EDDSA)]))
        assert isinstance(row, tuple)
        office.offer_keys(signed(DocumentKind.KEY_SET, row + row, version=6))
        assert "two keys have the id" in office.refresher.refresh().refused[0]
        assert office.keyring.replaced == []

    def test_a_snapshot_that_breaks_off_leaves_the_one_before_in_force(self) -> None:
        office = _Office()
        office.offer_snapshot(signed_snapshot([(CARD, a_standing())], version=1))
        office.refresher.refresh()
        office.offer_snapshot(signed(DocumentKind.SNAPSHOT, ((1, 2),), version=2), etag='"t"')
        assert "4 or 5 items" in office.refresher.refresh().refused[0]
        assert office.standings.version == 1
        assert office.standings.in_snapshot(CARD) is not None

    def test_a_refused_document_is_asked_for_again(self) -> None:
        office = _Office()
        office.offer_keys(b"broken", etag='"k"')
        office.refresher.refresh()
        assert office.refresher.refresh().refused != ()

    def test_central_away_is_a_link_error(self) -> None:
        office = _Office()
        office.central.down = True
        with pytest.raises(LinkDownError):
            office.refresher.refresh()

    def test_one_sync_refreshes_and_then_hands_over(self) -> None:
        office, ledger = _Office(), _log_of(2)
        office.offer_keys(b"broken")
        report = sync_once(office.central, ledger, office.refresher)
        assert (report.upload.uploaded, len(report.refused)) == (2, 1)
        assert office.central.asked == ["key set", "snapshot", "mark", "upload"]


KEYS: Final = DeviceKeys(signing=b"s" * 32, receiving=b"r" * 32)


class TestPairing:
    CODE: Final = serialise_code(
        EnrolmentCode(
            selector=bytes(5), secret=bytes(10), fingerprint=fingerprint_of(ROOT.public_key)
        )
    )

    def test_the_central_that_made_the_code_is_believed(self) -> None:
        central = FakeCentral()
        assert pair(central, self.CODE, "gatepost test", KEYS.public).device_id == "dev-1"

    def test_the_secret_of_the_code_is_sent_and_its_fingerprint_is_not(self) -> None:
        central = FakeCentral()
        pair(central, f"  {self.CODE.lower()} ", "gatepost test", KEYS.public)
        assert central.asked == ["enrol AAAAAAAA"]

    def test_central_is_told_the_public_keys_and_nothing_of_the_private_ones(self) -> None:
        central = FakeCentral()
        pair(central, self.CODE, "gatepost test", KEYS.public)
        sent = serialise(central.enrolled[0])
        assert KEYS.public.signing.hex().encode() in sent
        assert KEYS.public.receiving.hex().encode() in sent
        assert KEYS.signing.hex().encode() not in sent
        assert KEYS.receiving.hex().encode() not in sent

    def test_another_central_is_not_believed(self) -> None:
        central = FakeCentral()
        central.root_answered = bytes(32)
        with pytest.raises(UntrustedError, match="another central"):
            pair(central, self.CODE, "gatepost test", KEYS.public)

    @pytest.mark.parametrize("code", ["", "no code", "A-B-C", CODE[:-1], CODE + "A", "é" * 8])
    def test_what_is_no_code_is_never_sent(self, code: str) -> None:
        central = FakeCentral()
        with pytest.raises(WireError):
            pair(central, code, "gatepost test", KEYS.public)
        assert central.asked == []


def test_a_mark_is_a_number_of_this_log_and_the_hash_with_it() -> None:
    ledger = _log_of(1)
    assert ledger.hash_at(EPOCH, Seq(2)) is None
    assert UnixSeconds(NOW) == ledger.clock_floor
