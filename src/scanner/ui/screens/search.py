"""Find a member by name or number; works offline by the list this door holds."""

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from cardcore.lifecycle import CardState
from cardcore.membership import MemberStatus
from scanner.desk import MemberHit
from scanner.ui.i18n import mark
from scanner.ui.keymap import Action
from scanner.ui.messages import MemberChosen
from scanner.ui.phrases import MEMBER_WORDS, STATE_WORDS, clean
from scanner.ui.screens.base import Offer
from scanner.ui.screens.entry import EntryScreen
from scanner.ui.stage import Stage
from scanner.ui.widgets.panels import Page

_SETTLE = 0.15  # seconds after the last character until the list is asked


class SearchScreen(EntryScreen):
    """Type, choose, and Enter offers to let the member in."""

    label: ClassVar[str] = mark("Name or number")
    offers: ClassVar[tuple[Offer, ...]] = (
        (Action.UP, ""),
        (Action.DOWN, ""),
        (Action.ACCEPT, mark("Let in")),
        (Action.BACK, ""),
    )

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._page = Page(stage)
        self._hits: tuple[MemberHit, ...] = ()
        self._settling: Timer | None = None

    def compose_body(self) -> Sequence[Widget]:
        """Field and list."""
        return (self.field, self._page)

    def begin(self) -> None:
        """Start with nothing typed."""
        self.field.clear()
        self._look()

    def changed(self) -> None:
        """Search soon, when the hand rests."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(_SETTLE, self._look)

    def act(self, action: Action) -> None:
        """Move in the list."""
        if action in {Action.UP, Action.DOWN}:
            if self._hits:
                self._page.move(-1 if action is Action.UP else 1)
        else:
            super().act(action)

    def entered(self, text: str) -> None:
        """Search at once, or take the chosen member."""
        if self._settling is not None or not text:
            self._look()
        elif self._hits and self._page.chosen is not None:
            self.post_message(MemberChosen(self._hits[self._page.chosen]))

    def _look(self) -> None:
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        text = self.field.text.strip()
        self._hits = self.stage.desk.search(text) if 0 < len(text) <= self.limit else ()
        if self._hits:
            self._page.show([self._line(hit) for hit in self._hits], 0)
        else:
            self._page.show(
                [self.say("Nobody found") if text else self.say("Type a name or a number")]
            )

    def _line(self, hit: MemberHit) -> Content:
        words, now = self.stage.words, hit.as_of if self.facts is None else self.facts.now
        good = hit.member is MemberStatus.ACTIVE and hit.state is CardState.ACTIVE
        standing = words.say(MEMBER_WORDS[hit.member])
        if hit.state is not CardState.ACTIVE:
            standing = f"{standing}, {words.say(STATE_WORDS[hit.state])}"
        parts = [standing]
        if hit.inside_since is not None:
            parts.append(words.say("in since {when}", when=words.when(hit.inside_since, now)))
        parts.append(words.say("list {when}", when=words.when(hit.as_of, now)))
        mark_of = "●" if good else "×"
        return Content.assemble(
            (f"{mark_of} {clean(hit.display_name)}", "bold"), f"  {' · '.join(parts)}"
        )
