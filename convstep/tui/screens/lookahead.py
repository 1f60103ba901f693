"""Renders the frame that the last key would lead to again, before it is pressed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from convstep.debugger.verbs import find, perform
from convstep.debugger.verbs.screen import VERBS_OF_SCREENS
from convstep.tui.lines.canvas import FrameCanvas

if TYPE_CHECKING:
    from convstep.tui.screens.debug import DebugScreen

IDLE_SECONDS = 0.05
"""How long to wait for another key first; longer than the repeat interval of a key that is held down."""


class Lookahead:
    """Prepares the next frame of a screen.

    Args:
        screen: The screen.
    """

    def __init__(self, screen: DebugScreen) -> None:
        self._screen = screen
        self._timer: Timer | None = None

    def schedule(self, line: str) -> None:
        """Prepare the frame that a line would lead to, unless another key comes first.

        Args:
            line: The last line; nothing is prepared unless it moves the session's cursor.
        """
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        verb = find(line.partition(" ")[0], self._screen.verbs)
        if verb.group == "move" and verb.name not in VERBS_OF_SCREENS and not self._busy:
            self._timer = self._screen.set_timer(IDLE_SECONDS, partial(self._prepare, line))

    @property
    def _busy(self) -> bool:
        shown = self._screen.frame
        return self._screen.working or self._screen.playback.playing or shown is None or not shown.is_whole

    def _prepare(self, line: str) -> None:
        screen = self._screen
        frame = None if self._busy else screen.session.peek(partial(perform, screen.session, line))
        if frame is not None and frame is not screen.frame:
            for canvas in screen.query(FrameCanvas):
                if canvas.display:
                    canvas.prepare(frame)
