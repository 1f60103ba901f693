"""The overlay for messages that are longer than a line."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.widgets import Static

from convstep.printable import printable
from convstep.tui.lines.canvas import VerbRequested
from convstep.tui.screens.bars import StatusMessage, fits


class LongMessage(VerticalScroll, can_focus=False):
    """An overlay with the last message if it is longer than a line; closed by the next key."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  # as Textual has it
        self._text = Static(classes="text")
        super().__init__(self._text, id=id)
        self.display = False

    def show(self, what: StatusMessage, width: int) -> None:
        """Show a message if it does not fit into a line of `width` cells; else hide the overlay."""
        self.display = not fits(what, width)
        if self.display:
            self._text.update(Content(printable(what.text)))
            self.set_class(what.wrong, "-wrong")

    def on_click(self, event: Click) -> None:
        """Close it."""
        event.stop()
        self.post_message(VerbRequested("say"))
