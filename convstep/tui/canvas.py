"""Widgets that draw finished lines: what has not changed is neither drawn nor sent again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from convstep.debugger import Frame
from convstep.tui.colours import DARK, Palette
from convstep.tui.lines import blank
from convstep.tui.map_model import Mask, Zoom


class Look(NamedTuple):
    """How a frame is to be looked at.

    Attributes:
        palette: The colours.
        channel: The channel of the input that was chosen, if any.
        zoom: How large maps are.
        marked: `(n_H, n_W)`, neurons to mark in the output; None for none.
    """

    palette: Palette = DARK
    channel: int | None = None
    zoom: Zoom = "auto"
    marked: Mask | None = None


class Canvas(Widget):
    """A widget without border or padding that shows a frame as finished lines.

    Equal lines stay the same objects, so that they are cropped and encoded once.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    virtual_size = Reactive(Size(0, 0), repaint=False)
    """As Textual has it, but for the second layout and repaint that it asks for after each layout."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # as Textual has it
        super().__init__(id=id)
        self.frame: Frame | None = None
        self.look = Look()
        self._lines: list[Strip] = []
        self._drawn: list[Strip] = []

    def draw(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return at most `height` lines, each `width` cells wide."""
        raise NotImplementedError

    def show(self, frame: Frame, look: Look | None = None) -> list[Region]:
        """Take another frame, or the same in another look; return what of the canvas that changes."""
        self.frame = frame
        self.look = look or self.look
        return self.changes()

    def changes(self) -> list[Region]:
        """Draw anew, and return where that differs; nothing before the first layout, or when a new one is due."""
        if not self._is_laid_out:
            return []
        lines, before = self._lines, self._drawn
        self._lines = self._draw()
        if self._lines == lines:
            return []
        self._drawn = self._finished(self._lines)
        pairs = enumerate(zip(before, self._drawn, strict=True))
        return regions((y, *self.span(old, new)) for y, (old, new) in pairs if old is not new and old != new)

    def paint(self) -> None:
        """Draw anew, and refresh what differs."""
        if changes := self.changes():
            self.refresh(*changes)

    def span(self, before: Strip, after: Strip) -> tuple[int, int]:
        """Return the first cell to send again of a line that has changed, and the one behind the last."""
        del before
        return 0, after.cell_length

    @property
    def _is_laid_out(self) -> bool:
        """Whether what is drawn has the widget's size."""
        width, height = self.size
        return len(self._drawn) == height and (not height or self._drawn[0].cell_length == width)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        return self.draw(self.frame, width, height) if self.frame is not None and width else []

    def _finished(self, lines: list[Strip]) -> list[Strip]:
        """Return as many lines as there are, as Textual's filters leave them."""
        width, height = self.size
        return filtered(self, [*lines, *[blank(width, self.look.palette)] * (height - len(lines))])

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines in `crop`, past Textual's style cache, which would make new ones of them."""
        if not self._is_laid_out:
            self._lines = self._draw()
            self._drawn = self._finished(self._lines)
        if crop.size == self.size:
            return self._drawn
        return [row.crop(*crop.column_span) for row in self._drawn[crop.y : crop.bottom]]


def filtered(widget: Widget, lines: list[Strip]) -> list[Strip]:
    """Return lines as Textual's filters leave them, such as the one for NO_COLOR."""
    for line_filter in widget.get_line_filters():
        if not isinstance(line_filter, ANSIToTruecolor):  # these lines have no ANSI colours
            background = widget.background_colors[1]
            lines = [row.apply_filter(line_filter, background) for row in lines]
    return lines


def regions(spans: Iterable[tuple[int, int, int]]) -> list[Region]:
    """Return what covers spans (line, first cell, one behind the last cell): one region for lines that touch."""
    found: list[Region] = []
    top = first = stop = 0
    bottom = -1
    for y, start, end in spans:
        if y == bottom:
            first, stop, bottom = min(first, start), max(stop, end), y + 1
            continue
        if bottom > 0:
            found.append(Region(first, top, stop - first, bottom - top))
        top, first, stop, bottom = y, start, end, y + 1
    return [*found, Region(first, top, stop - first, bottom - top)] if bottom > 0 else found
