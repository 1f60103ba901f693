"""The command palette's entries, made from the verb table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.command import CommandInput, CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.events import Click
from textual.widgets import LoadingIndicator

from convstep.debugger import Session, Verb
from convstep.tui.modal import DismissedOnce, SafeList
from convstep.tui.verbs import QUIT

PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]*"
"""What the line takes: no character that acts on a terminal, hides, or changes the order of text."""


def entries(verbs: Mapping[str, Verb], session: Session) -> Iterator[tuple[str, str]]:
    """Yield (line, summary) for every line that a key stands for, and for every verb that has none.

    A line that ends in a space is still to be completed; what can't be done now is left out.
    """
    for verb in verbs.values():
        if verb.name == QUIT or not verb.available(session):
            continue
        for key in verb.keys:
            yield key.line, verb.summary
        if not verb.keys:
            yield f"{verb.name} ", verb.summary


class Verbs(Provider):
    """All verbs; one that needs words opens the command line."""

    async def discover(self) -> Hits:
        """Yield everything there is."""
        for line, summary in self._entries():
            yield DiscoveryHit(line, partial(self._do, line), help=summary)

    async def search(self, query: str) -> Hits:
        """Yield what matches `query`."""
        matcher = self.matcher(query)
        for line, summary in self._entries():
            score = max(matcher.match(line), matcher.match(summary) / 2)
            if score > 0:
                yield Hit(score, matcher.highlight(line), partial(self._do, line), help=summary)

    def _entries(self) -> Iterator[tuple[str, str]]:
        screen: Any = self.screen
        return entries(screen.verbs, screen.session) if hasattr(screen, "verbs") else iter(())

    async def _do(self, line: str) -> None:
        screen: Any = self.screen
        screen.action_do(f"prompt {line.strip()}" if line.endswith(" ") else line)


class Results(CommandList, SafeList):
    """The entries that were found."""


class VerbPalette(CommandPalette, DismissedOnce):
    """Textual's command palette, with a safe list, and a line that takes printable text alone."""

    def compose(self) -> ComposeResult:
        """Compose it as Textual does, by the same ids."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder="Search for commands…", select_on_focus=False, restrict=PRINTABLE)
            with Vertical(id="--results"):
                yield Results()
                yield LoadingIndicator()

    def on_click(self, event: Click) -> None:
        """Pass over a click outside the screen, on its way when the terminal became smaller: Textual would fail."""
        if not self.region.contains(event.screen_x, event.screen_y):
            event.prevent_default()
