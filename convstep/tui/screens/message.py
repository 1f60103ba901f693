"""What a verb had to say, where that is longer than its line."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.widgets import Static

from convstep.printable import printable
from convstep.tui.lines.canvas import VerbRequested
from convstep.tui.screens.bars import StatusMessage, fits


class LongMessage(VerticalScroll, can_focus=False):
    """What the last verb had to say, where that is longer than the line: over the panels, until the next key."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  # as Textual has it
        self._text = Static(classes="text")
        super().__init__(self._text, id=id)
        self.display = False

    def show(self, what: StatusMessage, width: int) -> None:
        """Show what was said, if it takes more than a line of `width` cells."""
        self.display = not fits(what, width)
        if self.display:
            self._text.update(Content(printable(what.text)))
            self.set_class(what.wrong, "-wrong")

    def on_click(self, event: Click) -> None:
        """Close it."""
        event.stop()
        self.post_message(VerbRequested("say"))
