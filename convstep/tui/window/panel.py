"""The window panel: the numbers of the current window."""

from __future__ import annotations

import numpy as np
from textual.strip import Strip

from convstep.debugger import Frame
from convstep.report.explain import scene_of, window_title
from convstep.tui.lines.canvas import Canvas
from convstep.tui.lines.colours import DARK, Palette
from convstep.tui.lines.headings import heading
from convstep.tui.window.faces import face, fault_lines
from convstep.tui.window.grid import strips
from convstep.tui.window.ink import ink_for
from convstep.tui.window.view import WindowView

LEAST_WIDTH, LEAST_HEIGHT = 20, 6
"""Below these there is no room for a window's numbers: a panel has them only between two layouts."""


def window_rows(frame: Frame, width: int, height: int, *, palette: Palette = DARK) -> list[Strip]:
    """Return the numbers of a frame's window, drawn.

    Args:
        frame: The frame.
        width: Cells of each strip.
        height: How many strips.
        palette: The colours.
    """
    ink = ink_for(palette)
    if width <= 0 or height <= 0:
        return []
    if frame.step is None:
        return strips(fault_lines(frame, ink, width), width, height, ink.plain)
    with np.errstate(all="ignore"):
        lines = face(WindowView(scene_of(frame), ink, width, height))
    return strips(lines, width, height, ink.plain)


class WindowPanel(Canvas):
    """The numbers of the current window."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return them, below their title."""
        if self.frame is None:
            return []
        palette = self.options.palette
        title = heading(("window", (window_title(self.frame),)), width, palette)
        if width < LEAST_WIDTH or height < LEAST_HEIGHT:
            return [title]
        return [title, *window_rows(self.frame, width, height - 1, palette=palette)]
