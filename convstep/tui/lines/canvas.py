"""Base widgets that render a list of strips and repaint only the regions that have changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from convstep.debugger import Frame
from convstep.tui.lines.colours import DARK, Palette
from convstep.tui.lines.strips import changed_columns
from convstep.tui.lines.text import blank

Mask = NDArray[np.bool_]
Zoom = Literal["whole", "pixel", "numbers"]
"""The whole map, as numbers if they fit; one half block for each cell; or always numbers."""


@dataclass(frozen=True, eq=False)
class ViewOptions:
    """How a frame is displayed.

    Attributes:
        palette: The colours.
        channel: The input channel that the user chose; None for none.
        zoom: The zoom of the maps.
        marked: `(n_H, n_W)`, neurons to mark in the output; None for none.
        marked_inputs: Places to mark in the input; None for none.
        picked: Row, column and channel in the filter of a weight to mark; None for none.
        show_intro: Whether the header explains what the layer does, in place of its facts.
    """

    palette: Palette = DARK
    channel: int | None = None
    zoom: Zoom = "whole"
    marked: Mask | None = None
    marked_inputs: Mask | None = None
    picked: tuple[int, int, int] | None = None
    show_intro: bool = True


class VerbRequested(Message):
    """Posted when a click stands for a verb.

    Attributes:
        line: The verb with its arguments.
        gesture: Identifies verbs that undo takes back together, such as those of one drag; None for a single verb.
    """

    def __init__(self, line: str, gesture: object = None) -> None:
        super().__init__()
        self.line = line
        self.gesture = gesture


class LinesEntered(Message):
    """Posted when the user enters or pastes lines; they are executed in order.

    Attributes:
        lines: Verbs with their arguments.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__()
        self.lines = tuple(lines)


class Canvas(Widget):
    """A widget that renders strips.

    Attributes:
        options: How they are displayed.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    options: reactive[ViewOptions] = reactive(ViewOptions(), repaint=False)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # as Textual has it
        super().__init__(id=id, classes=classes)
        self._lines: list[Strip] = []
        self._drawn_size: Size | None = None

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return at most `height` lines of `width` cells."""
        raise NotImplementedError

    def verb_at(self, x: int, y: int) -> str:
        """Return the verb that a click on a cell executes; "" for none."""
        del x, y
        return ""

    def watch_options(self) -> None:
        """Render again with the new options."""
        self.update_lines()

    def update_lines(self) -> None:
        """Render all lines, and refresh the regions in which they differ from what is on the screen."""
        size = self.size
        if self._drawn_size != size:
            self.refresh()
            return
        before, self._lines = self._lines, self._drawn_lines(size)
        if regions := list(self._regions(before, size.width)):
            self.refresh(*regions)

    def _regions(self, before: list[Strip], width: int) -> Iterator[Region]:
        """Yield the regions to refresh: one for each run of changed lines."""
        gutter = self.styles.gutter
        left, outer = gutter.left, width + gutter.width
        top, first, last = -1, width, 0
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            start, stop = (0, 0) if old is new else changed_columns(old, new)
            if stop > start:
                top = y if top < 0 else top
                first, last = min(first, start), max(last, stop)
            elif top >= 0:
                yield _region(top, y, first, last, width, left, outer)
                top, first, last = -1, width, 0
        if top >= 0:
            yield _region(top, len(before), first, last, width, left, outer)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render all lines first if the size has changed; checked here, as `size` is slow to read for every line."""
        size = self.size
        if self._drawn_size != size:
            self._lines, self._drawn_size = self._drawn_lines(size), size
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._lines[y] if y < len(self._lines) else blank(self.size.width, self.options.palette)

    def _drawn_lines(self, size: Size) -> list[Strip]:
        width, height = size
        lines = self.draw(width, height)[:height] if width > 0 else []
        return [*lines, *[blank(width, self.options.palette)] * (height - len(lines))]

    def on_click(self, event: Click) -> None:
        """Post the verb at the cell that was clicked."""
        event.stop()
        offset = event.get_content_offset(self)
        if offset is not None and (line := self.verb_at(*offset)):
            self.post_message(VerbRequested(line))


class FrameCanvas(Canvas):
    """A canvas that renders a frame.

    Attributes:
        frame: The frame; None before the first one.
    """

    frame: reactive[Frame | None] = reactive(None, repaint=False)
    _prepared: tuple[Frame, ViewOptions, Size, list[Strip]] | None = None

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return at most `height` lines of `width` cells."""
        raise NotImplementedError

    def watch_frame(self) -> None:
        """Render the new frame."""
        self.update_lines()

    def prepare(self, frame: Frame) -> None:
        """Render a frame that is likely to come next, and cache its lines."""
        if (size := self._drawn_size) is not None:
            self._prepared = (frame, self.options, size, self.draw_frame(frame, *size))

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the lines of the frame, from the cache if `prepare` has rendered them."""
        if self.frame is None:
            return []
        if self._prepared is not None:
            frame, options, size, lines = self._prepared
            if frame is self.frame and options is self.options and size == (width, height):
                return lines
        return self.draw_frame(self.frame, width, height)


def _region(top: int, bottom: int, first: int, last: int, width: int, left: int, outer: int) -> Region:
    """Return the changed columns of some lines; the lines in full if most of their cells have changed."""
    if 2 * (last - first) < width:
        return Region(first, top, last - first, bottom - top)
    return Region(-left, top, outer, bottom - top)
