"""Small pictures, two pixels a character, of windows that are too large for numbers."""

from __future__ import annotations

import numpy as np

from convstep.engine.steps import Array
from convstep.tui.lines.rgb import Packed, mix, pack
from convstep.tui.lines.scale import Scale
from convstep.tui.lines.strips import style
from convstep.tui.window.grid import Line, Place
from convstep.tui.window.styles import WindowStyles

HALF = "▀"


def shrunk(values: Array, rows: int, cols: int) -> Array:
    """Return values reduced to `(rows, cols)`: each is the one furthest from 0 of its block."""
    tops, lefts = _starts(values.shape[0], rows), _starts(values.shape[1], cols)
    with np.errstate(all="ignore"):
        high, low = (
            bound.reduceat(bound.reduceat(values, tops, axis=0), lefts, axis=1) for bound in (np.maximum, np.minimum)
        )
        return np.where(high >= -low, high, low)


def _starts(size: int, parts: int) -> Array:
    return np.arange(parts) * size // parts


def place_in(place: Place, shape: Place, size: Place) -> Place:
    """Return the index of a value of an array of `shape` after it was reduced to `size`."""
    row, col = (
        int(np.searchsorted(_starts(full, parts), at, side="right")) - 1
        for at, full, parts in zip(place, shape, size, strict=True)
    )
    return row, col


def picture(
    values: Array,
    scale: Scale,
    styles: WindowStyles,
    size: tuple[int, int],
    *,
    padded: Array | None = None,
    pending: Array | None = None,
    here: Place | None = None,
) -> list[Line]:
    """Return values as a picture in half blocks.

    Args:
        values: `(rows, columns)`.
        scale: Their colour scale.
        styles: The panel's styles.
        size: The most cells and lines; larger arrays are reduced.
        padded: Which values are padding; None for none.
        pending: Which values are not computed yet; None for none.
        here: The value to mark, if any.
    """
    rows, cols = min(values.shape[0], 2 * size[1]), min(values.shape[1], size[0])
    palette = styles.palette
    colours = pack(palette.colours(shrunk(values, rows, cols), scale.colouring, scale.low, scale.high))
    colours = palette.tinted(colours, scale.colouring)
    for mask, background in ((padded, mix(palette.hatch[0], palette.hatch[1], 0.5)), (pending, palette.pending[1])):
        if mask is not None:
            colours = np.where(shrunk((~mask).astype(np.int8), rows, cols) > 0, colours, np.uint32(background))
    if here:
        colours[place_in(here, (values.shape[0], values.shape[1]), (rows, cols))] = palette.amber
    return _lines(colours, palette.panel)


def _lines(colours: Packed, panel: int) -> list[Line]:
    if len(colours) % 2:
        colours = np.concatenate([colours, np.full((1, colours.shape[1]), panel, np.uint32)])
    return [
        [(HALF, style(upper, lower)) for upper, lower in zip(*pair, strict=True)]
        for pair in zip(colours[::2].tolist(), colours[1::2].tolist(), strict=True)
    ]
