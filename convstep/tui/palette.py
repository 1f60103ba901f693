"""The command palette's entries, made from the verb table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.events import Click
from textual.widgets import Input, OptionList

from convstep.debugger import Session, Verb
from convstep.tui.modal import DismissedOnce, is_laid_out
from convstep.tui.verbs import QUIT


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


class VerbPalette(CommandPalette, DismissedOnce):
    """Textual's command palette; pasted text that a terminal would act on is kept out of it."""

    def on_mount(self) -> None:
        """Take printable text alone."""
        for line in self.query(Input):
            line.restrict = r"[^\x00-\x1f\x7f-\x9f]*"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the list can be moved through."""
        return action != "command_list" or is_laid_out(self.query_one(OptionList))

    def on_click(self, event: Click) -> None:
        """Pass over a click outside the screen, on its way when the terminal became smaller: Textual would fail."""
        if not self.region.contains(event.screen_x, event.screen_y):
            event.prevent_default()
