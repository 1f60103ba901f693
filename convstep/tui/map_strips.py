"""Characters into Textual's strips. Equal rows give the same strip, however they came about."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from convstep.tui.colours import DARK, Palette
from convstep.tui.map_model import Layout, MapModel
from convstep.tui.map_numbers import paint_numbers
from convstep.tui.map_paint import Cells, paint


def cells_of(model: MapModel, layout: Layout, palette: Palette = DARK) -> Cells:
    """Return the characters of a map."""
    return (paint_numbers if layout.numbers else paint)(model, layout, palette)


def render_rows(model: MapModel, layout: Layout, palette: Palette = DARK) -> list[Strip]:
    """Return a map as rows of the screen."""
    return [strip(row.tobytes()) for row in cells_of(model, layout, palette)]


@lru_cache(2048)
def strip(row: bytes) -> Strip:
    """Return one row of `Cells` as a strip."""
    glyphs, inks, grounds = np.frombuffer(row, np.uint32).reshape(3, -1)
    text = glyphs.tobytes().decode("utf-32-le")
    styles = (grounds.astype(np.uint64) << 32) | np.where(glyphs == ord(" "), 0, inks)
    edges = np.flatnonzero(styles[1:] != styles[:-1]) + 1
    starts = [0, *edges.tolist()]
    stops = [*edges.tolist(), len(text)]
    return Strip(
        [
            Segment(text[start:stop], style(key))
            for start, stop, key in zip(starts, stops, styles[starts].tolist(), strict=True)
        ],
        len(text),
    )


@lru_cache(1 << 15)
def style(colours: int) -> Style:
    """Return the style of a ground (upper half of the number) and a colour on it."""
    return Style.from_color(colour(colours & 0xFFFFFF), colour(colours >> 32))


@lru_cache(1 << 15)
def colour(packed: int) -> Color:
    """Return 0xRRGGBB as a colour."""
    return Color(
        f"#{packed:06x}", ColorType.TRUECOLOR, None, ColorTriplet(packed >> 16, packed >> 8 & 255, packed & 255)
    )
