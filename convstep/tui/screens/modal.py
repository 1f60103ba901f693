"""Base classes of the modal screens."""

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete
from textual.events import Click
from textual.screen import Screen
from textual.widgets import OptionList


class DismissedOnce(Screen[Any]):
    """A screen that ignores a second `dismiss`, as from a key or click queued before the first.

    Textual would try to remove the screen below it, and fail. Must be the last of a screen's bases.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close the screen with a result, unless it is closed already."""
        return super().dismiss(result) if self.app.screen_stack[-1:] == [self] else AwaitComplete()


class SafeList(OptionList):
    """An option list that ignores paging while it has no room, and clicks on options that are gone.

    Textual's list raises an exception then.
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
        """Ignore a click on an option that is gone."""
        if event.style.meta.get("option", 0) >= self.option_count:
            event.prevent_default()
