"""What all screens that lie over the debugger have in common."""

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.widgets import OptionList


class DismissedOnce(Screen[Any]):
    """A screen that a second click or key, on its way when the first has closed the screen, does not close again.

    Textual would then try to remove the screen below it, and fail. To be named last among a screen's bases.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close the screen with a result, unless that is done already."""
        return super().dismiss(result) if self.app.screen_stack[-1:] == [self] else AwaitComplete()


def is_laid_out(options: OptionList) -> bool:
    """Return whether there is room for a list's options: without any, Textual fails to move by a page."""
    return bool(options.scrollable_content_region)
