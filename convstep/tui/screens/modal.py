"""What all screens that lie over the debugger have in common."""

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete
from textual.events import Click
from textual.screen import Screen
from textual.widgets import OptionList


class DismissedOnce(Screen[Any]):
    """A screen that a second click or key, on its way when the first has closed the screen, does not close again.

    Textual would then try to remove the screen below it, and fail. To be named last among a screen's bases.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close the screen with a result, unless that is done already."""
        return super().dismiss(result) if self.app.screen_stack[-1:] == [self] else AwaitComplete()


class SafeList(OptionList):
    """A list that passes over what comes when it has no room, or other options than were on the screen.

    Textual fails there. To be named last among a list's bases.
    """

    def action_page_up(self) -> None:
        """Move up a page."""
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]  # untyped in Textual

    def action_page_down(self) -> None:
        """Move down a page."""
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]  # untyped in Textual

    def on_click(self, event: Click) -> None:
        """Pass over a click on an option that is gone."""
        if event.style.meta.get("option", 0) >= self.option_count:
            event.prevent_default()
