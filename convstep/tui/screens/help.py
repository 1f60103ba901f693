"""All keys and verbs, made from the verb table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip

from convstep.debugger import Verb
from convstep.tui.lines.colours import Palette
from convstep.tui.lines.text import Part, blank, line, wrap
from convstep.tui.screens.keys import key_name
from convstep.tui.screens.modal import DismissedOnce

INDENT = "    "
KEY_WIDTH = 12
MOUSE = (
    "Click a cell of the output to go there, a pixel of the input to mark the neurons that see it, a layer to go to "
    "it; click or drag the timeline."
)


class Help(ModalScreen[None], DismissedOnce):
    """All keys and verbs.

    Args:
        verbs: The verb table.
        palette: The colours.
    """

    BINDINGS: ClassVar[list[Any]] = [("escape,question_mark,q,f1,enter,space", "dismiss", "Close")]

    def __init__(self, verbs: Mapping[str, Verb], palette: Palette) -> None:
        super().__init__()
        self._text = HelpText(verbs, palette)

    def compose(self) -> ComposeResult:
        """Lay out the text in a box."""
        self._text.border_title = "keys and verbs"
        self._text.border_subtitle = "esc closes"
        yield self._text


class HelpText(ScrollView, can_focus=True):
    """The text, to scroll through.

    Args:
        verbs: The verb table.
        palette: The colours.
    """

    def __init__(self, verbs: Mapping[str, Verb], palette: Palette) -> None:
        super().__init__(classes="box")
        self._verbs = verbs
        self._palette = palette
        self._strips: list[Strip] = []

    def on_resize(self, event: Resize) -> None:
        """Break the text into lines of another width."""
        del event
        width = self.scrollable_content_region.width
        self._strips = [line(parts, width, palette=self._palette) for parts in help_lines(self._verbs, width)]
        self.virtual_size = Size(width, len(self._strips))

    def render_line(self, y: int) -> Strip:
        """Return one line of those in view."""
        y += self.scroll_offset.y
        width = self.scrollable_content_region.width
        return self._strips[y] if y < len(self._strips) else blank(width, self._palette)


def help_lines(verbs: Mapping[str, Verb], width: int) -> list[list[Part]]:
    """Return every verb, how it is written, and its keys, in lines of at most `width` cells."""
    lines: list[list[Part]] = []
    for verb in verbs.values():
        lines.append([(f":{verb.usage}", "strong")])
        lines += _indented(verb.summary, width)
        lines += [[(f"{INDENT}{key_name(key.key):<{KEY_WIDTH}}", "window"), (key.line, "dim")] for key in verb.keys]
        lines.append([])
    return [*lines, [("Mouse", "strong")], *_indented(MOUSE, width)]


def _indented(text: str, width: int) -> list[list[Part]]:
    return [[(INDENT, "plain"), *parts] for parts in wrap([(text, "plain")], max(1, width - len(INDENT)))]
