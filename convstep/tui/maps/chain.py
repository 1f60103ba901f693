"""Small maps of the layers that a neuron sees, and of those that see it: marked places are lit, and outlined."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from textual.strip import Strip

from convstep.answers.seen import Marked
from convstep.engine.steps import Array
from convstep.tui.lines.canvas import Mask
from convstep.tui.lines.colours import Accent, Palette
from convstep.tui.lines.rgb import mix
from convstep.tui.lines.scale import Scale
from convstep.tui.maps.model import Layout, MapModel, pixel_layout
from convstep.tui.maps.of_frame import SHORT
from convstep.tui.maps.pixels import (
    DOT,
    Cells,
    characters,
    in_view,
    magnify,
    map_area,
    outline,
    padded_area,
    put_glyphs,
    shrunk_known,
    static_map,
)
from convstep.tui.maps.strips import row_strip

MARGIN = 1
"""Columns at the right of a map, left free for an outline at its edge."""
LEAST = 4
"""The least width and height of a small map, in characters."""
DARKENED = 0.6
"""How much places that are not marked are darkened."""
EMPTY_LIT = 0.35
"""The share of the accent mixed into marked places whose values are not computed yet."""


class SmallMap(NamedTuple):
    """A layer's map with a set of places.

    Attributes:
        values: `(H, W)`, or `(H, W, 3)` of a picture; None if they are not computed yet.
        scale: How they become colours.
        where: `(H, W)`, the set.
        accent: The outline's colour.
    """

    values: Array | None
    scale: Scale
    where: Mask
    accent: Accent


def small_map(marked: Marked, values: Array | None, channel: int | None, scale: Scale, accent: Accent) -> SmallMap:
    """Return the map of a layer as it is displayed: a length from left to right, a short vector downwards.

    Args:
        marked: The layer and the set of places.
        values: One example of its output, `(height, width, channels)`; None if it is not computed yet.
        channel: Which channel to show; None for all three of a picture.
        scale: How values become colours.
        accent: The outline's colour.
    """
    flat, length = len(marked.shape) == 1, len(marked.shape) == 2
    transposed = length or (flat and marked.shape[0] <= SHORT)
    where = marked.where.T if transposed else marked.where
    if values is None:
        return SmallMap(None, scale, where, accent)
    shown = values[0] if flat else values if channel is None else values[:, :, channel]
    return SmallMap(shown.T if transposed else shown, scale, where, accent)


def draw_small_map(small: SmallMap, width: int, height: int, palette: Palette) -> list[Strip]:
    """Return a small map, whole, as `height` lines of `width` cells; [] if there is no room."""
    if width < LEAST + MARGIN or height < LEAST:
        return []
    values = np.zeros(small.where.shape) if small.values is None else small.values
    model = MapModel(values, *small.scale, window=_box(small.where), accent=small.accent)
    layout = pixel_layout(model, width - MARGIN, height)
    rows = layout.rows
    if rows.end == 2 * height:  # half a line up, so that an outline fits below
        rows = rows._replace(origin=rows.origin - 1)
    layout = layout._replace(width=width, rows=rows)
    return [row_strip(row.tobytes()) for row in _paint(small, model, layout, palette)]


def _paint(small: SmallMap, model: MapModel, layout: Layout, palette: Palette) -> Cells:
    """Return the characters of a small map."""
    size = (2 * layout.height, layout.width)
    inside, within = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    per = layout.rows.per, layout.cols.per
    inside[map_area(layout)] = magnify(layout, shrunk_known(in_view(layout, small.where), per))
    within[padded_area(layout)] = True
    ring = np.zeros(size, np.bool_) if model.window is None else outline(model, layout)
    accent = np.uint32(palette.accent(small.accent))
    if small.values is None:
        pixels = np.full(size, palette.panel, np.uint32)
        pixels[within] = palette.pending[1]
        pixels[inside] = mix(pixels[inside], int(accent), EMPTY_LIT)
        pixels[ring] = accent
        cells = characters(pixels)
        dots = within & ~inside & ~ring
        put_glyphs(cells, dots[::2] & dots[1::2], DOT, *palette.pending)
        return cells
    static = static_map(model, layout, palette)
    pixels = static.lit.copy()
    dark = within & ~inside
    pixels[dark] = mix(pixels[dark], palette.pending[1], DARKENED)
    pixels[ring] = accent
    picture = None if static.picture is None else static.picture & ~ring
    return characters(pixels, palette.limited, picture)


def _box(where: Mask) -> tuple[range, range] | None:
    """Return the smallest rows and columns that contain a set of places; None for an empty set."""
    rows, cols = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    if not len(rows):
        return None
    return range(int(rows[0]), int(rows[-1]) + 1), range(int(cols[0]), int(cols[-1]) + 1)
