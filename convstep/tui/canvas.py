"""Widgets that draw finished lines: what has not changed is neither drawn nor sent again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar, NamedTuple

from textual.events import Click
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from convstep.debugger import Frame
from convstep.tui.colours import DARK, Palette
from convstep.tui.lines import blank, role_style
from convstep.tui.map_model import Mask, Zoom
from convstep.tui.row import padded

MARGIN = 1
"""Columns that stay empty at either side of a canvas."""


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


class Do(Message):
    """Something is to be done.

    Attributes:
        line: A verb and its words.
    """

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


class Canvas(Widget):
    """A widget without border or padding that shows a frame as finished lines.

    Equal lines stay the same objects, so that they are cropped and encoded once.

    Attributes:
        frame: What it shows; None before there is anything.
        look: How.
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
        """Return at most `height` lines, each `width` cells wide, or MARGIN more."""
        raise NotImplementedError

    def lines(self, width: int, height: int) -> list[Strip]:
        """Return what is shown before there is a frame, and then what is drawn of that."""
        return self.draw(self.frame, width, height) if self.frame is not None else []

    def line_at(self, x: int, y: int) -> str:
        """Return the line that a click into a cell stands for; "" for none."""
        del x, y
        return ""

    def show(self, frame: Frame, look: Look) -> list[Region]:
        """Take another frame, or the same in another look; return what of the canvas that changes."""
        self.frame = frame
        self.look = look
        return self.changes()

    def changes(self) -> list[Region]:
        """Draw anew, and return where that differs; nothing before the first layout, or when a new one is due."""
        size = self.size
        if not self._is_drawn(size):
            return []
        pairs = list(enumerate(zip(self._lines, self._whole(size), strict=True)))
        changed = {y: new for y, (old, new) in pairs if old is not new and old != new}
        spans = []
        for (y, new), drawn in zip(changed.items(), self._finished(changed.values()), strict=True):
            spans.append((y, *self.span(self._drawn[y], drawn)))
            self._lines[y], self._drawn[y] = new, drawn
        return regions(spans)

    def paint(self) -> None:
        """Draw anew, and refresh what differs."""
        if changes := self.changes():
            self.refresh(*changes)

    def span(self, before: Strip, after: Strip) -> tuple[int, int]:
        """Return the first cell to send again of a line that has changed, and the one behind the last."""
        del before
        return 0, after.cell_length

    def _is_drawn(self, size: Size) -> bool:
        """Return whether what is drawn has a size."""
        width, height = size
        return len(self._drawn) == height and (not height or self._drawn[0].cell_length == width)

    def _whole(self, size: Size) -> list[Strip]:
        """Return as many lines as there are."""
        width, height = size.width - 2 * MARGIN, size.height
        lines = self.lines(width, height) if width > 0 else []
        return [*lines, *[blank(width, self.look.palette)] * (height - len(lines))]

    def _finished(self, lines: Collection[Strip]) -> list[Strip]:
        """Return lines with their margins, as Textual's filters leave them, such as the one for NO_COLOR."""
        margin, width = role_style("plain", self.look.palette), self.size.width
        filters = [each for each in self.get_line_filters() if not isinstance(each, ANSIToTruecolor)]  # no ANSI here
        made: dict[int, Strip] = {}
        for each in lines:
            if id(each) not in made:
                finished = padded(each, MARGIN, width - MARGIN - each.cell_length, margin)
                for line_filter in filters:
                    finished = finished.apply_filter(line_filter, self.background_colors[1])
                made[id(each)] = finished
        return [made[id(each)] for each in lines]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines in `crop`, past Textual's style cache, which would make new ones of them."""
        size = self.size
        if not self._is_drawn(size):
            self._lines = self._whole(size)
            self._drawn = self._finished(self._lines)
        if crop.size == size:
            return self._drawn
        return [row.crop(*crop.column_span) for row in self._drawn[crop.y : crop.bottom]]

    def on_click(self, event: Click) -> None:
        """Ask for what a click stands for."""
        event.stop()
        if line := self.line_at(event.x - MARGIN, event.y):
            self.post_message(Do(line))


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
