"""What takes more than one screen: an override (why, then whose PIN), an undo, coming on duty.

The rules: nobody is let in by hand without a PIN given for this one person; what was meant is forgotten on the way back.
A PIN given for an act vouches for that act alone: only the duty key brings somebody on duty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cardcore.ids import CardId
from scanner.desk import MemberHit, OverrideReason, Role, UndoResult
from scanner.pipeline import Answer
from scanner.ui.keymap import Action
from scanner.ui.phrases import UNDO_WORDS, clean
from scanner.ui.stage import Stage


class Place(Protocol):
    """Where steps lead: the app, as the steps see it."""

    def ask_reason(self, whom: str) -> None:
        """Show the list of reasons."""
        ...

    def ask_pin(self, purpose: str, then: Callable[[], None], *, for_duty: bool = False) -> None:
        """Ask for a PIN: for what was wanted alone, or to come on duty."""
        ...

    def show_answer(self, answer: Answer) -> None:
        """Show a verdict over all else."""
        ...

    def go_home(self, notice: str = "") -> None:
        """Back to reading cards, with a line to read."""
        ...

    def open_diagnostics(self) -> None:
        """Show what a support call asks for."""
        ...

    def open_page(self, action: Action) -> None:
        """Open the screen that ``action`` names."""
        ...

    def go_back(self) -> None:
        """One step back."""
        ...

    def call_back_last(self) -> None:
        """Show the last verdict again."""
        ...

    def toggle_picture(self) -> None:
        """Hide or show the camera picture."""
        ...

    @property
    def last(self) -> Answer | None:
        """The last verdict."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Who is to be let in by hand."""

    name: str = ""
    note: str = ""
    card_id: CardId | None = None


class Steps:
    """The steps under way."""

    def __init__(self, stage: Stage, place: Place) -> None:
        self._stage = stage
        self._place = place
        self._whom = Whom()

    def forget(self) -> None:
        """Nobody is to be let in."""
        self._whom = Whom()

    def take(self, action: Action) -> None:
        """Do what a key stands for."""
        steps = {
            Action.ACCEPT: self._place.go_home,
            Action.BACK: self._place.go_back,
            Action.LAST: self._place.call_back_last,
            Action.OVERRIDE: self.let_in_last,
            Action.UNDO: self.undo,
            Action.DUTY: self.duty,
            Action.CAMERA: self._place.toggle_picture,
            Action.DIAGNOSTICS: self.diagnostics,
        }
        step = steps.get(action)
        if step is None:
            self._place.open_page(action)
        else:
            step()

    def let_in_last(self) -> None:
        """Override the last verdict."""
        answer = self._place.last
        if answer is None:
            self._place.go_home(self._stage.words.say("There is no verdict to override"))
            return
        claims = answer.verification.claims
        self._begin(
            Whom(
                name=clean(answer.display_name or ""),
                card_id=None if claims is None else claims.card_id,
            )
        )

    def let_in_noted(self, note: str) -> None:
        """Let in whoever staff described."""
        self._begin(Whom(name=note, note=note))

    def let_in_member(self, hit: MemberHit) -> None:
        """Let in a member that was searched for."""
        self._begin(Whom(name=clean(hit.display_name), card_id=hit.card_id))

    def for_reason(self, reason: OverrideReason) -> None:
        """The reason was chosen: ask who takes it on them."""
        say = self._stage.words.say
        purpose = say("Let in {whom}", whom=self._whom.name or say("this person"))
        self._place.ask_pin(purpose, lambda: self._override(reason))

    def undo(self) -> None:
        """Take back the last admission; ask for a PIN where whoever is on duty may not."""
        result = self._stage.desk.undo()
        if result is UndoResult.NOT_ALLOWED:
            purpose = self._stage.words.say("Take back the last admission")
            self._place.ask_pin(purpose, self._undo_allowed)
        else:
            self._tell(result)

    def duty(self) -> None:
        """Come on duty, or go off."""
        say = self._stage.words.say
        if self._stage.desk.facts().attendant is not None:
            self._stage.desk.go_off_duty()
            self._place.go_home(say("Nobody is on duty now"))
        else:
            self._place.ask_pin(say("Come on duty"), self._came, for_duty=True)

    def diagnostics(self) -> None:
        """Show what a support call asks for, to a supervisor."""
        if self._supervised():
            self._place.open_diagnostics()
        else:
            self._place.ask_pin(self._stage.words.say("Diagnostics"), self._open_diagnostics)

    def _begin(self, whom: Whom) -> None:
        self._whom = whom
        self._place.ask_reason(whom.name)

    def _override(self, reason: OverrideReason) -> None:
        whom = self._whom
        self.forget()
        answer = self._stage.desk.override(reason, whom.note, whom.card_id)
        if answer is None:
            self._place.go_home(self._stage.words.say("This PIN may not let people in"))
        else:
            self._place.show_answer(answer)

    def _undo_allowed(self) -> None:
        self._tell(self._stage.desk.undo())

    def _open_diagnostics(self) -> None:
        if self._supervised():
            self._place.open_diagnostics()
        else:
            self._place.go_home(self._stage.words.say("Only a supervisor may see this"))

    def _supervised(self) -> bool:
        attendant = self._stage.desk.spend_vouch() or self._stage.desk.facts().attendant
        return attendant is not None and attendant.role is Role.SUPERVISOR

    def _came(self) -> None:
        attendant = self._stage.desk.facts().attendant
        name = "" if attendant is None else clean(attendant.name)
        self._place.go_home(self._stage.words.say("On duty: {name}", name=name))

    def _tell(self, result: UndoResult) -> None:
        self._place.go_home(self._stage.words.say(UNDO_WORDS[result]))
