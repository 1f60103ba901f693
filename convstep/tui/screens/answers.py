"""The screens that answer questions about the current neuron and the net, each opened over the debugger's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convstep.errors import VerbError

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from convstep.debugger.frame import Subject
    from convstep.tui.screens.debug import DebugScreen
    from convstep.tui.screens.field import Pixel


class Answers:
    """Opens the screens; what is chosen there is a line that the debugger's screen carries out.

    Args:
        screen: The debugger's screen.

    Attributes:
        pixel: The value that was marked last, for `map`; None for a place in padding.
    """

    def __init__(self, screen: DebugScreen) -> None:
        self._screen = screen
        self._opened: ModalScreen[str | None] | None = None
        self._network = screen.session.network
        self.pixel: Pixel | None = None

    def map(self) -> None:
        """Show what the current neuron sees and which neurons see it, or which see the marked value."""
        self._refuse_while_asked("shape")
        from convstep.tui.screens.field import FieldScreen

        options = self._screen.options
        pixel = self.pixel if options.marked is not None else None
        self._open(FieldScreen(self._screen.session, options.palette, pixel))

    def contributions(self) -> None:
        """Show what the current neuron's value is made of, and what it adds to."""
        self._refuse_while_asked("value")
        from convstep.tui.screens.contributions import ContributionsScreen

        self._open(ContributionsScreen(self._screen.session, self._screen.options))

    def shapes(self) -> None:
        """Show the sizes of all layers."""
        self._refuse_while_asked("shape")
        from convstep.tui.screens.shapes import ShapesScreen

        session = self._screen.session
        self._open(ShapesScreen(session.network, session.layer, self._screen.options))

    def paddings(self) -> None:
        """Show two paddings of the current layer at the same neuron."""
        self._refuse_while_asked("value", "window")
        from convstep.tui.screens.paddings import PaddingsScreen

        self._open(PaddingsScreen(self._screen.session, self._screen.options))

    def close_if_replaced(self) -> None:
        """Close the screen that is open if it is about another net than the session's, as after a background load."""
        if self._opened is not None and self._network is not self._screen.session.network:
            if self._opened.is_current:
                self._opened.dismiss(None)
            self._opened = None

    def _refuse_while_asked(self, *subjects: Subject) -> None:
        """Refuse to show what the learner is asked to predict."""
        question = self._screen.session.frame.question
        if question is not None and question.subject in subjects:
            raise VerbError("that would tell what is asked", hint="Answer it, or see it with predict skip")

    def _open(self, screen: ModalScreen[str | None]) -> None:
        self._screen.keep_marks()
        self._opened, self._network = screen, self._screen.session.network
        self._screen.open_over(screen)
