"""Renders maps as Textual strips; equal rows share one cached strip."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import DARK, Palette
from convstep.tui.lines.strips import style
from convstep.tui.maps.model import Layout, MapModel, layout
from convstep.tui.maps.numbers import draw_other, paint_numbers
from convstep.tui.maps.pixels import BLANK, Cells, draw_ruler, paint, paint_overview
from convstep.tui.maps.signal import SignalLayout, paint_signal, signal_layout

MapLayout = Layout | SignalLayout
"""The layout of a map in its panel: in rows and columns, or as a line."""
NONE = 0xFFFFFFFF
"""Stands for the foreground of blanks; larger than any colour."""


def layout_of(model: MapModel, width: int, height: int, zoom: Zoom = "whole") -> MapLayout:
    """Return the layout of a map: in rows and columns, or as a line."""
    return (signal_layout if model.line else layout)(model, width, height, zoom)


def cells_of(model: MapModel, layout: MapLayout, palette: Palette = DARK) -> Cells:
    """Return the characters of a map, its ruler and its overview."""
    if isinstance(layout, SignalLayout):
        return paint_signal(model, layout, palette)
    cells = (paint_numbers if layout.numbers else paint)(model, layout, palette)
    draw_ruler(model, layout, palette, cells)
    if model.other is not None:
        draw_other(model, layout, palette, cells)
    if layout.overview is not None:
        x, y, small = layout.overview
        down, across = slice(y, y + small.height), slice(x, x + small.width)
        cells[down, :, across] = paint_overview(model, layout, small, palette)
    return cells


def render_rows(model: MapModel, layout: MapLayout, palette: Palette = DARK) -> list[Strip]:
    """Return a map as strips."""
    return [row_strip(row.tobytes()) for row in cells_of(model, layout, palette)]


@lru_cache(320)
def row_strip(row: bytes) -> Strip:
    """Return one row of `Cells` as a strip, with a segment for each run of equal colours; blanks have no foreground."""
    glyphs, foregrounds, backgrounds = np.frombuffer(row, np.uint32).reshape(3, -1)
    text = glyphs.tobytes().decode("utf-32-le")
    colours = (backgrounds.astype(np.uint64) << 32) | np.where(glyphs == BLANK, NONE, foregrounds)
    starts = [0, *(np.flatnonzero(colours[1:] != colours[:-1]) + 1).tolist()]
    segments: list[Segment] = []
    first, *others = colours[starts].tolist()
    at, current = 0, first
    for start, key in zip(starts[1:], others, strict=True):
        if key >> 32 == current >> 32 and (key == current or NONE in (key & NONE, current & NONE)):
            current = min(key, current)  # the one that is not NONE
        else:
            segments.append(Segment(text[at:start], _style(current)))
            at, current = start, key
    segments.append(Segment(text[at:], _style(current)))
    return Strip(segments, len(text))


@lru_cache(8192)  # beside that of `style`, whose two arguments took a sixth of a row's time
def _style(key: int) -> Style:
    foreground = key & NONE
    return style(None if foreground == NONE else foreground, key >> 32)
