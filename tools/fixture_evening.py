"""The evening at the fixture door: every picture, in the order in which one ledger judges them.

1. From T0 on, two seconds apart, the snapshot at most 300 s old: every mode under every algorithm it may have, in every
   view; then what :mod:`tools.fixture_refusals` brings.
2. An hour later: the snapshot is stale but counts.
3. After four hours it counts no more; after twelve, who came in at the start may come in again.
"""

from collections.abc import Iterator
from typing import Final

from cardcore.card import Mode
from cardcore.reasons import Reason
from tools.camera_view import HD, Carrier, Held, View
from tools.fixture_keys import (
    MEMBER_SUSPENDED,
    PLAIN_CARDS,
    T0,
    TEST_ISSUER,
    TEST_ISSUER_RETIRING,
    TEST_LONG,
    TEST_SHORT,
    TEST_SHORT_RETIRING,
    FixtureCard,
    FixtureKey,
)
from tools.fixture_refusals import refuse_cards, refuse_keys, refuse_texts, refuse_tokens
from tools.fixture_shots import (
    ADMIT,
    ADMIT_UNSEEN,
    CARD_VIEWS,
    NOTHING,
    PAIR,
    PHONE_VIEWS,
    SMALL,
    VIEWS,
    Reel,
    Shot,
    refused,
)
from tools.fixture_tokens import DAY, NOW, PRINTED, Life, claims_of, mint

HOUR: Final = 3_600
_KINDS: Final = (
    (Mode.ONLINE, TEST_SHORT),
    (Mode.ONLINE, TEST_LONG),
    (Mode.ONLINE, TEST_ISSUER),
    (Mode.ROTATING, TEST_SHORT),
    (Mode.ROTATING, TEST_LONG),
    (Mode.PRINT, TEST_LONG),
    (Mode.PRINT, TEST_ISSUER),
)
Cards = Iterator[FixtureCard]


def evening() -> list[Shot]:
    """All pictures, in order."""
    reel, cards = Reel(), iter(PLAIN_CARDS)
    first_print = _token(next(cards), Mode.PRINT, TEST_LONG, reel.at, PRINTED)
    reel.card(
        first_print, "straight", ADMIT, "Early bird: a printed card, the first of the evening"
    )
    _empty(reel)
    _admit_all(reel, cards)
    _several(reel, cards)
    _half(reel, cards)
    reel.size = SMALL
    _retiring(reel, cards)
    _edges(reel, cards)
    refuse_texts(reel)
    refuse_tokens(reel, cards)
    refuse_keys(reel, cards)
    refuse_cards(reel, cards)
    _later(reel, cards, first_print)
    return reel.shots


def _token(card: FixtureCard, mode: Mode, key: FixtureKey, at: int, life: Life = NOW) -> str:
    return mint(claims_of(card, mode, at, life), key)


def _admit_all(reel: Reel, cards: Cards) -> None:
    for mode, key in _KINDS:
        for view in VIEWS:
            shows = f"Admit {mode.word} alg {key.alg.value} {view}: a good card"
            reel.size = SMALL if mode is not Mode.PRINT and key is TEST_LONG else HD
            if mode is Mode.PRINT:
                text = _token(next(cards), mode, key, reel.at, PRINTED)
                reel.card(text, view, ADMIT, shows)
            else:
                reel.phone(_token(next(cards), mode, key, reel.at), view, ADMIT, shows)


def _retiring(reel: Reel, cards: Cards) -> None:
    text = _token(next(cards), Mode.ROTATING, TEST_SHORT_RETIRING, reel.at)
    reel.phone(text, "straight", ADMIT, "Retiring key rotating: it signs no more, but verifies")
    text = _token(next(cards), Mode.PRINT, TEST_ISSUER_RETIRING, reel.at, PRINTED)
    reel.card(text, "perspective", ADMIT, "Retiring key print: made before its key retired")


def _edges(reel: Reel, cards: Cards) -> None:
    """Just inside the bounds; just outside is among the refusals."""
    late, early, longest = Life(age=59, life=30), Life(age=-30, life=30), Life(age=10, life=120)
    text = _token(next(cards), Mode.ROTATING, TEST_SHORT, reel.at, late)
    reel.phone(
        text, "blur", ADMIT, "Late within skew: ran out 29 s ago, and clocks may differ by 30"
    )
    text = _token(next(cards), Mode.ONLINE, TEST_SHORT, reel.at, early)
    reel.phone(text, "glare", ADMIT, "Early within skew: the phone's clock is 30 s fast")
    text = _token(next(cards), Mode.ONLINE, TEST_ISSUER, reel.at, longest)
    reel.phone(text, "straight", ADMIT, "Longest online life: 120 s")
    text = _token(next(cards), Mode.PRINT, TEST_LONG, reel.at, Life(age=300 * DAY, life=400 * DAY))
    reel.card(text, "glare", ADMIT, "Longest print life: 400 days")


def _several(reel: Reel, cards: Cards) -> None:
    here = [_token(next(cards), Mode.ROTATING, TEST_SHORT, reel.at) for _ in range(4)]
    online = _token(next(cards), Mode.ONLINE, TEST_SHORT, reel.at)
    old = _token(next(cards), Mode.ROTATING, TEST_SHORT, reel.at, Life(age=600, life=30))
    left, right = -5.6, 5.6
    reel.add(
        [Held(text=here[0], right=left), Held(text=here[1], right=right)],
        PAIR,
        [ADMIT, ADMIT],
        "Two phones: a couple, both good",
    )
    reel.add(
        [Held(text=here[2], right=left), Held(text=old, right=right)],
        PAIR,
        [ADMIT, refused(Reason.EXPIRED)],
        "Two phones one expired: good on the left, ten minutes old on the right",
    )
    poster = Held(text="https://venue.example/menu", carrier=Carrier.CARD, right=3.2, down=-1.0)
    reel.add(
        [poster, Held(text=here[3], right=-6.2)],
        PAIR,
        [ADMIT, refused(Reason.NOT_A_CARD)],
        "Phone beside a menu: a good card, and a web address behind it",
    )
    paper = _token(next(cards), Mode.PRINT, TEST_LONG, reel.at, PRINTED)
    reel.add(
        [Held(text=paper, carrier=Carrier.CARD, right=2.6), Held(text=online, right=-6.0)],
        View(distance=26, pitch=4),
        [ADMIT, ADMIT],
        "Phone beside a printed card: both good",
    )


def _half(reel: Reel, cards: Cards) -> None:
    text = _token(next(cards), Mode.ROTATING, TEST_SHORT, reel.at)
    view = PHONE_VIEWS["straight"]
    cut = Held(text=text, right=10.6)
    reel.add([cut], view, [NOTHING], "Half a code at the edge: the phone is not yet in the picture")
    low = Held(text=text, down=6.2)
    reel.add([low], view, [NOTHING], "Half a code at the bottom: held too low")
    reel.phone(text, "perspective", ADMIT, "Whole code after half: the same card, now in full")
    paper = _token(next(cards), Mode.PRINT, TEST_ISSUER, reel.at, PRINTED)
    covered = [Held(text=paper, carrier=Carrier.CARD), Held(text=None, right=3.8)]
    view = CARD_VIEWS["straight"]
    reel.add(covered, view, [NOTHING], "Half a code covered: a dark phone in front of a card")


def _empty(reel: Reel) -> None:
    reel.add([], View(), [NOTHING], "Empty room: nobody holds anything up")
    reel.add([], View(light=0.1, noise=4.0), [NOTHING], "Empty room at night")
    reel.phone(None, "glare", NOTHING, "Dark phone: its screen is off")
    reel.card(None, "perspective", NOTHING, "Card without a code")


def _later(reel: Reel, cards: Cards, first_print: str) -> None:
    reel.wait(T0 + HOUR - reel.at)
    reel.card(first_print, "noise", refused(Reason.PASSBACK), "Passback after an hour: on paper")
    for mode, key in ((Mode.ROTATING, TEST_SHORT), (Mode.ONLINE, TEST_LONG)):
        shows = f"Stale snapshot {mode.word}: an hour old, it still counts"
        reel.phone(_token(next(cards), mode, key, reel.at), "straight", ADMIT, shows)
    text = _token(next(cards), Mode.PRINT, TEST_LONG, reel.at, PRINTED)
    reel.card(text, "low-light", ADMIT, "Stale snapshot print: an hour old, it still counts")
    text = _token(MEMBER_SUSPENDED, Mode.ROTATING, TEST_SHORT, reel.at)
    no = refused(Reason.MEMBER_SUSPENDED)
    reel.phone(text, "straight", no, "Stale snapshot suspended member: still known as suspended")
    reel.wait(T0 + 5 * HOUR - reel.at)
    for mode, key in ((Mode.ROTATING, TEST_SHORT), (Mode.ONLINE, TEST_ISSUER)):
        shows = f"No status {mode.word}: a snapshot five hours old counts no more"
        reel.phone(_token(next(cards), mode, key, reel.at), "low-light", ADMIT_UNSEEN, shows)
    reel.card(
        first_print, "motion", refused(Reason.PASSBACK), "Passback after five hours: on paper"
    )
    reel.wait(T0 + 12 * HOUR + 60 - reel.at)
    held = Held(text=first_print, carrier=Carrier.CARD)
    shows = "Next morning: the printed card again, more than twelve hours after it came in"
    reel.add([held], CARD_VIEWS["straight"], [ADMIT_UNSEEN], shows)
