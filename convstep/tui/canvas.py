"""Widgets that draw finished lines: what has not changed is neither drawn nor sent again."""

from __future__ import annotations

from typing import ClassVar

from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from convstep.debugger import Frame
from convstep.tui.colours import DARK, Palette
from convstep.tui.lines import blank


class Canvas(Widget):
    """A widget without border or padding that hands on its lines as they are.

    Equal lines stay the same objects, so that they are cropped and encoded once.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines in `crop`, past Textual's style cache, which would make new ones of them."""
        strips = [self.render_line(y) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            if not isinstance(line_filter, ANSIToTruecolor):  # these lines have no ANSI colours
                background = self.background_colors[1]
                strips = [row.apply_filter(line_filter, background) for row in strips]
        if crop.column_span != (0, self.size.width):
            strips = [row.crop(*crop.column_span) for row in strips]
        return strips


class FrameCanvas(Canvas):
    """A canvas that shows a frame."""

    frame: reactive[Frame | None] = reactive(None, repaint=False)
    palette: reactive[Palette] = reactive(DARK, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # as Textual has it
        super().__init__(id=id)
        self._lines: list[Strip] = []

    def draw(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return at most `height` lines, each `width` cells wide."""
        raise NotImplementedError

    def watch_frame(self) -> None:
        """Show another frame."""
        self.paint()

    def watch_palette(self) -> None:
        """Show the frame in other colours."""
        self.paint()

    def on_resize(self) -> None:
        """Fit what is shown into its new room."""
        self._lines = []
        self.paint()

    def paint(self) -> None:
        """Draw anew, and refresh the lines that differ."""
        width, height = self.size
        if self.frame is None or not width or not height:
            return
        before, lines = self._lines, self.draw(self.frame, width, height)
        lines += [blank(width, self.palette)] * (height - len(lines))
        self._lines = lines
        if len(before) != len(lines):
            self.refresh()
        else:
            changed = [y for y in range(height) if before[y] is not lines[y] and before[y] != lines[y]]
            if changed:
                self.refresh(*(Region(0, y, width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._lines[y] if y < len(self._lines) else blank(self.size.width, self.palette)
