"""Characters into Textual's strips. Equal rows give the same strip, however they came about."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from convstep.tui.colours import DARK, Packed, Palette
from convstep.tui.map_model import Layout, MapModel
from convstep.tui.map_numbers import paint_numbers
from convstep.tui.map_paint import BLANK, Cells, paint
from convstep.tui.row import LazyStrip, style


def cells_of(model: MapModel, layout: Layout, palette: Palette = DARK) -> Cells:
    """Return the characters of a map."""
    return (paint_numbers if layout.numbers else paint)(model, layout, palette)


def render_rows(model: MapModel, layout: Layout, palette: Palette = DARK) -> list[Strip]:
    """Return a map as rows of the screen."""
    return [strip(row.tobytes()) for row in cells_of(model, layout, palette)]


class MapStrip(LazyStrip):
    """A row of `Cells`: a picture has thousands of colours, and a terminal gets them straight from the cells.

    Args:
        row: One row of `Cells`, as bytes.
    """

    __slots__ = ()

    def __init__(self, row: bytes) -> None:
        super().__init__(row, len(row) // 12)

    @property
    def planes(self) -> Packed:
        """Its code points, its colours and its grounds."""
        return np.frombuffer(self.content, np.uint32).reshape(3, -1)

    def segments(self) -> list[Segment]:
        """Return stretches of one colour as segments."""
        glyphs, inks, grounds = self.planes
        text = _text(glyphs)
        styles = (grounds.astype(np.uint64) << 32) | np.where(glyphs == BLANK, 0, inks)
        starts, stops = _runs(styles[1:] != styles[:-1])
        return [
            Segment(text[start:stop], style(key & 0xFFFFFF, key >> 32))
            for start, stop, key in zip(starts, stops, styles[starts].tolist(), strict=True)
        ]

    def padded(self, left: int, right: int, margin: Style) -> Strip:
        """Return it with empty cells of a style beside it."""
        ground = margin.bgcolor and margin.bgcolor.triplet
        assert ground is not None
        wider = np.empty((3, left + self.cell_length + right), np.uint32)
        wider.T[:] = BLANK, 0, ground.red << 16 | ground.green << 8 | ground.blue
        wider[:, left : left + self.cell_length] = self.planes
        return strip(wider.tobytes())

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return the part from cell `start` up to cell `end`."""
        part = self.planes[:, max(0, start) : end]
        return strip(part.tobytes()) if part.shape[1] < self.cell_length else self

    def sequence(self) -> str:
        """Return its characters, with codes where colour or ground change."""
        planes = self.planes
        _, inks, grounds = planes.tolist()
        parts: list[str] = []
        ink = ground = -1
        for glyph, fore, back in zip(_text(planes[0]), inks, grounds, strict=True):
            if back != ground:
                if fore != ink and glyph != " ":
                    parts.append(f"\x1b[38;2;{_numbers(fore)};48;2;{_numbers(back)}m")
                    ink = fore
                else:  # a blank does not show its ink
                    parts.append(f"\x1b[48;2;{_numbers(back)}m")
                ground = back
            elif fore != ink and glyph != " ":
                parts.append(f"\x1b[38;2;{_numbers(fore)}m")
                ink = fore
            parts.append(glyph)
        return "".join(parts) + "\x1b[0m"


def _text(glyphs: Packed) -> str:
    return glyphs.tobytes().decode("utf-32-le")


def _runs(changes: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    edges = (np.flatnonzero(changes) + 1).tolist()
    return [0, *edges], [*edges, len(changes) + 1]


@lru_cache(1 << 15)
def _numbers(colour: int) -> str:
    return f"{colour >> 16};{colour >> 8 & 255};{colour & 255}"


@lru_cache(2048)
def strip(row: bytes) -> Strip:
    """Return one row of `Cells` as a strip."""
    return MapStrip(row)


def changed(before: Strip, after: Strip) -> tuple[int, int]:
    """Return the first cell in which two different rows of one length differ, and the one behind the last."""
    if not (isinstance(before, MapStrip) and isinstance(after, MapStrip)):
        return 0, after.cell_length
    differ = [old != new for old, new in zip(before.planes, after.planes, strict=True)]
    cols = np.flatnonzero(differ[0] | differ[1] | differ[2])
    return int(cols[0]), int(cols[-1]) + 1
