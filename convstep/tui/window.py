"""The window panel: the numbers of the current window."""

from __future__ import annotations

import numpy as np
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from convstep.debugger import Frame
from convstep.tui.window_conv import span
from convstep.tui.window_faces import face, fault_lines
from convstep.tui.window_grid import strips
from convstep.tui.window_ink import ink_for
from convstep.tui.window_scene import Scene


def window_rows(frame: Frame, width: int, height: int, *, light: bool = False) -> list[Strip]:
    """Return the numbers of a frame's window, drawn.

    Args:
        frame: The frame.
        width: Cells of each strip.
        height: How many strips.
        light: Whether for a light theme.
    """
    ink = ink_for(light)
    if width <= 0 or height <= 0:
        return []
    if frame.step is None:
        return strips(fault_lines(frame, ink, width), width, height, ink.plain)
    with np.errstate(all="ignore"):
        lines = face(Scene(frame, frame.step, ink, width, height))
    return strips(lines, width, height, ink.plain)


def window_place(frame: Frame) -> str:
    """Return where the window lies, in a few words: rows 17–20, cols 36–39."""
    if frame.step is None:
        return ""
    rows, cols, channels = frame.step.operation.window(frame.step.index)
    if frame.stage.layer.kind in ("dense", "softmax"):
        return f"{len(channels):,} values"
    return ", ".join(
        f"{word}{'s' * (len(places) > 1)} {span(places)}" for word, places in (("row", rows), ("col", cols))
    )


class WindowPanel(Widget):
    """The numbers of the current window."""

    DEFAULT_CSS = """
    WindowPanel {
        width: 1fr;
        height: 1fr;
    }
    """

    frame: reactive[Frame | None] = reactive(None)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._drawn: tuple[Frame | None, Size, bool] | None = None
        self._strips: list[Strip] = []

    def render_line(self, y: int) -> Strip:
        light = not self.app.current_theme.dark
        wanted = (self.frame, self.size, light)
        if self._drawn is None or self._drawn[0] is not wanted[0] or self._drawn[1:] != wanted[1:]:
            width, height = self.size
            self._strips = [] if self.frame is None else window_rows(self.frame, width, height, light=light)
            self._drawn = wanted
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)
