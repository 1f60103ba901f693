"""The window panel: the numbers of the current window."""

from __future__ import annotations

import numpy as np
from textual.strip import Strip

from convstep.debugger import Frame
from convstep.report.explain import scene_of
from convstep.tui.lines.canvas import FrameCanvas
from convstep.tui.lines.colours import DARK, Palette
from convstep.tui.window.faces import face
from convstep.tui.window.grid import Line, strips
from convstep.tui.window.question import question_lines
from convstep.tui.window.styles import styles_for
from convstep.tui.window.view import WindowView

LEAST_WIDTH, LEAST_HEIGHT = 16, 4
"""Below these only the title is shown; a panel is so small only while the screen is laid out."""


def window_rows(
    frame: Frame,
    width: int,
    height: int,
    *,
    palette: Palette = DARK,
    channel: int | None = None,
    picked: tuple[int, int, int] | None = None,
) -> list[Strip]:
    """Return the window panel's strips for a frame, including its title.

    Args:
        frame: The frame.
        width: The width of each strip.
        height: The number of strips.
        palette: The palette.
        channel: The input channel that the user chose, if any.
        picked: Row, column and channel in the filter of the weight that the user picked, if any.
    """
    if width <= 0 or height <= 0:
        return []
    styles = styles_for(palette)
    if frame.step is None:
        from convstep.tui.window.fault import fault_lines

        return strips(fault_lines(frame, styles, width, height), width, height, styles.plain)
    view = view_of(frame, width, height, palette, channel, picked)
    return strips(window_lines(frame, view), width, height, styles.plain)


def view_of(
    frame: Frame,
    width: int,
    height: int,
    palette: Palette,
    channel: int | None = None,
    picked: tuple[int, int, int] | None = None,
) -> WindowView:
    """Return what the window panel renders of a frame that has a step; see `window_rows`."""
    return WindowView(scene_of(frame), styles_for(palette), width, height - 1, channel, picked)


def window_lines(frame: Frame, view: WindowView) -> list[Line]:
    """Return the window panel's lines, including its title."""
    with np.errstate(all="ignore"):
        if view.width < LEAST_WIDTH or view.height < LEAST_HEIGHT:
            return [view.title()]
        return question_lines(view) if frame.hides_value else face(view)


class WindowPanel(FrameCanvas):
    """The numbers of the current window."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the panel's title and numbers."""
        options = self.options
        return window_rows(
            frame, width, height, palette=options.palette, channel=options.channel, picked=options.picked
        )
