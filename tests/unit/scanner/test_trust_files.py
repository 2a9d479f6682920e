"""Roots, ratchets, lists, policy and refusals in their files: what is kept, and what a damaged file does."""

from pathlib import Path
from typing import Final

import pytest

from cardcore.cbor import serialise
from cardcore.documents import DocumentKind
from cardcore.ids import CardId, Kid, UnixSeconds
from cardcore.list_document import DELTA_OF, delta_body, list_body
from cardcore.lists import LIST_KEY_BYTES, CardList, delta_between, list_of
from cardcore.policy import DoorPolicy
from cardcore.root_document import STEPS_MAX, root_body
from scanner.adapters.lists_file import ListFiles
from scanner.adapters.policy_file import PolicyFile
from scanner.adapters.ratchet_file import RATCHET_FILE, RatchetFile
from scanner.adapters.refusals_file import REFUSALS_FILE, RefusalsFile
from scanner.adapters.roots_file import ROOTS_FILE, RootsFile
from scanner.errors import ConfigError
from scanner.signed_files import forget_file
from tests.fakes.card_material import NOW, VENUE, fixed_bytes
from tests.fakes.scanner_trust import a_signer, signed_by

FIRST: Final = a_signer("first")
SECOND: Final = a_signer("second")
REVOKED: Final = DocumentKind.REVOKED
KEY: Final = fixed_bytes("a list", LIST_KEY_BYTES)
CARDS: Final = [CardId(fixed_bytes(f"card {number}", 16)) for number in range(9)]
FEW: Final = list_of(KEY, CARDS[:3])
MORE: Final = list_of(KEY, CARDS[:5])


def lists_in(folder: Path) -> ListFiles:
    return ListFiles(folder, audience=VENUE, roots=lambda: (FIRST.root, SECOND.root))


def whole(cards: CardList, version: int = 1, by: object = FIRST) -> bytes:
    assert by in (FIRST, SECOND)
    signer = FIRST if by is FIRST else SECOND
    return signed_by(signer, REVOKED, list_body(cards), version=version)


def delta(base: int, version: int, before: CardList = FEW, after: CardList = MORE) -> bytes:
    body = delta_body(delta_between(base, before, after))
    return signed_by(FIRST, DELTA_OF[REVOKED], body, version=version)


class TestLists:
    def test_a_door_without_lists_has_no_word_on_anybody(self, tmp_path: Path) -> None:
        said = lists_in(tmp_path).word_on(CARDS[0])
        assert (said.revoked, said.active, said.version) == (None, None, None)

    def test_a_list_and_a_delta_on_it_are_read_by_the_next_program(self, tmp_path: Path) -> None:
        lists_in(tmp_path).put_whole(REVOKED, whole(FEW, version=4))
        lists_in(tmp_path).put_delta(REVOKED, delta(4, version=7))
        lists = lists_in(tmp_path)
        held = lists.in_force(REVOKED)
        assert held is not None
        assert (held.version, held.whole_version, held.whole) == (7, 4, FEW)
        assert [card in held.cards for card in CARDS[:6]] == [True] * 5 + [False]
        said = lists.word_on(CARDS[4]).revoked
        assert said is not None
        assert (said.on_it, said.version, said.issued_at) == (True, 7, NOW)

    def test_what_another_process_accepted_counts_from_the_next_question_on(
        self, tmp_path: Path
    ) -> None:
        mine, theirs = lists_in(tmp_path), lists_in(tmp_path)
        theirs.put_whole(REVOKED, whole(FEW))
        assert mine.word_on(CARDS[3]).version == 1
        theirs.put_delta(REVOKED, delta(1, version=2))
        assert mine.word_on(CARDS[3]).version == 2

    def test_a_delta_on_another_list_is_passed_over(self, tmp_path: Path) -> None:
        lists = lists_in(tmp_path)
        lists.put_whole(REVOKED, whole(FEW, version=4))
        lists.put_delta(REVOKED, delta(3, version=7))
        assert lists.word_on(CARDS[0]).version == 4
        lists.put_delta(REVOKED, delta(4, version=7))
        lists.put_whole(REVOKED, whole(FEW, version=4, by=SECOND))
        assert lists.word_on(CARDS[0]).version == 4

    @pytest.mark.parametrize("data", [b"", b"\x00" * 50, whole(FEW)[:-1]])
    def test_a_file_that_cannot_be_trusted_changes_nothing(
        self, tmp_path: Path, data: bytes
    ) -> None:
        lists = lists_in(tmp_path)
        lists.put_whole(REVOKED, whole(FEW, version=4))
        assert lists.word_on(CARDS[0]).version == 4
        lists.put_whole(REVOKED, data)
        assert lists.word_on(CARDS[0]).version == 4
        assert lists_in(tmp_path).word_on(CARDS[0]).version is None

    def test_a_list_of_a_root_that_was_never_there_is_not_used(self, tmp_path: Path) -> None:
        lists = lists_in(tmp_path)
        lists.put_whole(REVOKED, signed_by(a_signer("thief"), REVOKED, list_body(FEW)))
        assert lists.in_force(REVOKED) is None

    def test_lists_are_forgotten_with_the_enrolment(self, tmp_path: Path) -> None:
        lists = lists_in(tmp_path)
        lists.put_whole(REVOKED, whole(FEW))
        lists.put_delta(REVOKED, delta(1, version=2))
        lists.forget()
        assert lists.in_force(REVOKED) is None
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_not_there_is_a_configuration_error(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="cannot be written"):
            lists_in(tmp_path / "nowhere").put_whole(REVOKED, whole(FEW))

    def test_what_cannot_be_removed_is_a_configuration_error(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        with pytest.raises(ConfigError, match="cannot be removed"):
            forget_file(tmp_path / "folder")


class TestRatchets:
    KIND: Final = DocumentKind.POLICY

    def test_a_ratchet_only_goes_up_and_each_root_has_its_own(self, tmp_path: Path) -> None:
        ratchets = RatchetFile(tmp_path)
        one, other = Kid(b"one1"), Kid(b"two2")
        ratchets.raise_to(one, self.KIND, 5)
        ratchets.raise_to(one, self.KIND, 4)
        ratchets.raise_to(one, REVOKED, 9)
        assert RatchetFile(tmp_path).highest(one, self.KIND) == 5
        assert RatchetFile(tmp_path).highest(one, REVOKED) == 9
        assert RatchetFile(tmp_path).highest(other, self.KIND) == 0

    @pytest.mark.parametrize("data", [b"", b"[]", b'{"00": {"policy": -1}}', b"\xff"])
    def test_a_damaged_file_counts_as_none_and_is_mended(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / RATCHET_FILE).write_bytes(data)
        ratchets = RatchetFile(tmp_path)
        assert ratchets.highest(Kid(b"one1"), self.KIND) == 0
        ratchets.raise_to(Kid(b"one1"), self.KIND, 3)
        assert ratchets.highest(Kid(b"one1"), self.KIND) == 3

    def test_they_are_forgotten_with_the_enrolment(self, tmp_path: Path) -> None:
        ratchets = RatchetFile(tmp_path)
        ratchets.raise_to(Kid(b"one1"), self.KIND, 3)
        ratchets.forget()
        assert ratchets.highest(Kid(b"one1"), self.KIND) == 0


class TestRoots:
    def roots(self, folder: Path) -> RootsFile:
        return RootsFile(folder, pinned=FIRST.root, audience=VENUE)

    @pytest.mark.parametrize("data", [b"", b"\xff", serialise((1, 2)), serialise(b"no list")])
    def test_a_damaged_chain_leaves_the_pinned_root(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / ROOTS_FILE).write_bytes(data)
        assert self.roots(tmp_path).known() == (FIRST.root,)

    def test_a_chain_that_does_not_follow_is_cut_where_it_breaks(self, tmp_path: Path) -> None:
        good = signed_by(FIRST, DocumentKind.ROOT, root_body(SECOND.root))
        (tmp_path / ROOTS_FILE).write_bytes(serialise((good, b"broken", good)))
        assert self.roots(tmp_path).known() == (FIRST.root, SECOND.root)

    def test_the_chain_is_forgotten_with_the_enrolment(self, tmp_path: Path) -> None:
        roots = self.roots(tmp_path)
        roots.follow(signed_by(FIRST, DocumentKind.ROOT, root_body(SECOND.root)), NOW)
        assert roots.current == SECOND.root
        roots.forget()
        assert roots.current == roots.pinned == FIRST.root

    def test_no_chain_is_followed_for_ever(self, tmp_path: Path) -> None:
        roots, before = self.roots(tmp_path), FIRST
        steps = []
        for number in range(STEPS_MAX):
            after = a_signer(f"root {number}")
            steps.append(signed_by(before, DocumentKind.ROOT, root_body(after.root)))
            before = after
        (tmp_path / ROOTS_FILE).write_bytes(serialise(tuple(steps)))
        assert roots.current == before.root
        more = signed_by(before, DocumentKind.ROOT, root_body(SECOND.root))
        with pytest.raises(Exception, match="one too many"):
            roots.follow(more, NOW)


def test_the_policy_of_the_enrolment_holds_until_one_is_signed(tmp_path: Path) -> None:
    first = DoorPolicy(version=0, fresh_s=77)
    policy = PolicyFile(tmp_path, audience=VENUE, roots=lambda: (FIRST.root,), enrolled_with=first)
    assert policy.current() == first


class TestRefusals:
    def test_a_refusal_is_kept_from_its_first_time_until_the_kind_is_accepted(
        self, tmp_path: Path
    ) -> None:
        refusals = RefusalsFile(tmp_path)
        refusals.note({"keyset": "cut"}, NOW)
        refusals.note({"keyset": "older", "policy": "cut"}, UnixSeconds(NOW + 60))
        found = RefusalsFile(tmp_path).read()
        assert (found["keyset"].why, found["keyset"].since) == ("older", NOW)
        assert found["policy"].since == NOW + 60
        refusals.note({}, UnixSeconds(NOW + 120))
        assert RefusalsFile(tmp_path).read() == {}

    def test_nothing_new_writes_nothing(self, tmp_path: Path) -> None:
        RefusalsFile(tmp_path).note({}, NOW)
        assert list(tmp_path.iterdir()) == []

    def test_a_damaged_file_and_a_full_disk_do_no_harm(self, tmp_path: Path) -> None:
        (tmp_path / REFUSALS_FILE).write_bytes(b"\xff")
        assert RefusalsFile(tmp_path).read() == {}
        RefusalsFile(tmp_path / "nowhere").note({"keyset": "cut"}, NOW)
