"""The command palette, built from the verb table.

Textual's own searches in workers, which fail if the palette is closed, or has no room, before they finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.fuzzy import Matcher
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from convstep.debugger import Verb
from convstep.debugger.run import Run
from convstep.debugger.verbs.screen import QUIT
from convstep.tui.screens.modal import DismissedOnce, SafeList

Entry = tuple[str, str]
"""A line and its summary; a line that ends in a space still needs arguments."""

LINE_WIDTH = 18
PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]*"
"""Matches text without control, invisible and bidirectional characters."""


def entries(verbs: Mapping[str, Verb], run: Run) -> Iterator[Entry]:
    """Yield an entry for every line that has a key, and for every verb that has none.

    Verbs that are not available now are left out.
    """
    for verb in verbs.values():
        if verb.name == QUIT or not verb.available(run):
            continue
        for key in verb.keys:
            yield key.line, verb.summary
        if not verb.keys:
            yield f"{verb.name} ", verb.summary


def found(entries: Iterable[Entry], query: str) -> list[Entry]:
    """Return the entries that match a query, best first; all if the query is empty."""
    if not query:
        return list(entries)
    matcher = Matcher(query)
    scores = {entry: max(matcher.match(entry[0]), matcher.match(entry[1]) / 2) for entry in entries}
    return sorted((entry for entry, score in scores.items() if score), key=lambda entry: -scores[entry])


class VerbPalette(ModalScreen[str | None], DismissedOnce):
    """A search line, and the entries that match it; the screen's result is the line chosen.

    Args:
        entries: All entries.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,ctrl+p", "dismiss(None)", "Close"),
        Binding("down", "move('cursor_down')", "Next", show=False),
        Binding("up", "move('cursor_up')", "Previous", show=False),
        Binding("pagedown", "move('page_down')", "Next page", show=False),
        Binding("pageup", "move('page_up')", "Previous page", show=False),
    ]

    def __init__(self, entries: Iterable[Entry]) -> None:
        super().__init__()
        self._entries = list(dict.fromkeys(entries))
        self._results = SafeList()
        self._results.can_focus = False

    def compose(self) -> ComposeResult:
        """Compose the search line above the list."""
        with Vertical(classes="box") as box:
            box.border_title = "commands"
            box.border_subtitle = "⏎ does it, esc closes"
            yield Input(placeholder="Search for commands…", compact=True, restrict=PRINTABLE)
            yield self._results

    def on_mount(self) -> None:
        """Show all entries."""
        self._show("")

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, query: str) -> None:
        lines = [
            Option(Content.assemble(f"{line:<{LINE_WIDTH}}  ", (summary, "$foreground 60%")), id=line)
            for line, summary in found(self._entries, query)
        ]
        self._results.clear_options()
        self._results.add_options(lines)
        self._results.highlighted = 0 if lines else None

    def action_move(self, action: str) -> None:
        """Move the highlight or scroll the list."""
        getattr(self._results, f"action_{action}")()

    @on(Input.Submitted)
    def _submit(self) -> None:
        if option := self._results.highlighted_option:
            self.dismiss(option.id)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def on_click(self, event: Click) -> None:
        """Close at a click outside the box."""
        if not self.query_one(".box").region.contains(event.screen_x, event.screen_y):
            self.dismiss(None)
