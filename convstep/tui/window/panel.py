"""The window panel: the numbers of the current window."""

from __future__ import annotations

import numpy as np
from textual.strip import Strip

from convstep.debugger import Frame
from convstep.report.explain import scene_of
from convstep.tui.lines.canvas import FrameCanvas
from convstep.tui.lines.colours import DARK, Palette
from convstep.tui.window.faces import face
from convstep.tui.window.grid import strips
from convstep.tui.window.styles import styles_for
from convstep.tui.window.view import WindowView

LEAST_WIDTH, LEAST_HEIGHT = 16, 4
"""Below these there is no room for a window's numbers: a panel has them only between two layouts."""


def window_rows(
    frame: Frame, width: int, height: int, *, palette: Palette = DARK, channel: int | None = None
) -> list[Strip]:
    """Return what the window panel shows of a frame, its title included.

    Args:
        frame: The frame.
        width: Cells of each strip.
        height: How many strips.
        palette: The colours.
        channel: The channel of the input that was chosen, if any.
    """
    styles = styles_for(palette)
    if width <= 0 or height <= 0:
        return []
    if frame.step is None:
        from convstep.tui.window.fault import fault_lines

        return strips(fault_lines(frame, styles, width, height), width, height, styles.plain)
    with np.errstate(all="ignore"):
        view = WindowView(scene_of(frame), styles, width, height - 1, channel)
        lines = [view.title()] if width < LEAST_WIDTH or height <= LEAST_HEIGHT else face(view)
    return strips(lines, width, height, styles.plain)


class WindowPanel(FrameCanvas):
    """The numbers of the current window."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return them, below their title."""
        return window_rows(frame, width, height, palette=self.options.palette, channel=self.options.channel)
