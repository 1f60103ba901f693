"""Renders maps as numbers: each cell shows its value on a background of its colour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convstep.figures import cell, cell_places
from convstep.tui.lines.colours import Palette
from convstep.tui.lines.rgb import Packed, mix, text_colour
from convstep.tui.maps.model import Layout, MapModel, Span
from convstep.tui.maps.pixels import (
    BLANK,
    DOT,
    Cells,
    cached,
    in_view,
    padded_area,
    tap_offsets,
    value_colours,
)

BOX, DOUBLE_BOX = "┃━┏┓┗┛[][]", "║═╔╗╚╝⟦⟧⟦⟧"
"""Side, lid and corners of a box, and the corners of one that is a single line high."""
DIM = 0.55
"""The share of the panel's colour mixed into cells outside the window."""


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _grid(layout: Layout, fill: int) -> NDArray[np.uint32]:
    """Return an array `(blocks down, rows of a block, blocks across, columns of a block)`."""
    shape = (layout.rows.stop - layout.rows.first, layout.rows.pitch, layout.cols.stop - layout.cols.first)
    return np.full((*shape, layout.cols.pitch), fill, np.uint32)


def _repeat_blocks(layout: Layout, blocks: NDArray[Any]) -> NDArray[Any]:
    return blocks.repeat(layout.rows.pitch, axis=0).repeat(layout.cols.pitch, axis=1)


def _map_blocks(layout: Layout) -> tuple[slice, slice]:
    rows, cols = layout.rows, layout.cols
    return (
        slice(rows.inside.start - rows.first, rows.inside.stop - rows.first),
        slice(cols.inside.start - cols.first, cols.inside.stop - cols.first),
    )


def _texts(model: MapModel, layout: Layout) -> NDArray[np.uint32]:
    """Return the glyphs of all blocks in view."""
    width, height = layout.cols.pitch - layout.cols.gap, layout.rows.pitch - layout.rows.gap
    grid = _grid(layout, ord("╱"))
    middle = (height - model.lines) // 2
    if len(model.padding_holds) + 2 <= width or len(model.padding_holds) == 1:
        pad = _codes(f" {model.padding_holds} ".center(width, "╱")[:width])
        grid[:, (height - 1) // 2, :, :width] = pad
    rows, cols = _map_blocks(layout)
    grid[rows, :, cols] = BLANK
    decimals = cell_places(model.values, width, model.decimals)
    values = in_view(layout, model.values)
    texts = [cell(value, width, decimals) for value in values.flat]
    longest = max(map(len, texts), default=0)
    shaped = (
        _codes("".join(text.rjust(longest).center(width) for text in texts))
        .reshape(*values.shape[:2], model.lines, width)
        .transpose(0, 2, 1, 3)
    )
    grid[rows, middle : middle + model.lines, cols, :width] = shaped
    return _flattened(layout, grid)


def _flattened(layout: Layout, grid: NDArray[Any]) -> NDArray[Any]:
    rows, pitch_y, cols, pitch_x = grid.shape
    return grid.reshape(rows * pitch_y, cols * pitch_x)


def static_cells(model: MapModel, layout: Layout, palette: Palette) -> tuple[Cells, Cells, Cells]:
    """Return the panel three times: all cells bright, all dimmed, and all pending."""
    texts = _texts(model, layout)
    blocks = (layout.rows.stop - layout.rows.first, layout.cols.stop - layout.cols.first)
    rows, cols = _map_blocks(layout)
    bright, backgrounds = np.full(blocks, palette.text, np.uint32), np.full(blocks, palette.hatch[0], np.uint32)
    dim, dim_backgrounds = np.full(blocks, palette.hatch[0], np.uint32), np.full(blocks, palette.hatch[1], np.uint32)
    colours = palette.tinted(value_colours(model, layout, palette), model.colouring)
    backgrounds[rows, cols], bright[rows, cols] = colours, palette.legible(text_colour(colours), colours)
    faded = palette.tinted(mix(colours, palette.panel, DIM), model.colouring)
    dim_backgrounds[rows, cols], dim[rows, cols] = faded, palette.legible(mix(text_colour(faded), faded, 0.35), faded)
    _cross_out_unreached(model, layout, palette, texts, dim, dim_backgrounds)
    dots = _grid(layout, BLANK)
    width, height = layout.cols.pitch - layout.cols.gap, layout.rows.pitch - layout.rows.gap
    dots[:, (height - 1) // 2, :, 1 : width - 1 : 2] = DOT
    empty = tuple(np.full(blocks, colour, np.uint32) for colour in palette.pending)
    return (
        _composed(layout, palette, texts, bright, backgrounds),
        _composed(layout, palette, texts, dim, dim_backgrounds),
        _composed(layout, palette, _flattened(layout, dots), *empty),
    )


def _cross_out_unreached(
    model: MapModel, layout: Layout, palette: Palette, texts: NDArray[np.uint32], dim: Packed, dim_backgrounds: Packed
) -> None:
    """Draw ╲ in the blanks beside the numbers of cells that no window reaches."""
    unreached = np.zeros(dim.shape, bool)
    for row in model.unreached_rows:
        if layout.rows.first <= row < layout.rows.stop:
            unreached[row - layout.rows.first] = True
    for col in model.unreached_cols:
        if layout.cols.first <= col < layout.cols.stop:
            unreached[:, col - layout.cols.first] = True
    offsets = _repeat_blocks(layout, unreached)
    texts[offsets & np.isin(texts, (BLANK, ord("╱")))] = ord("╲")
    dim[unreached], dim_backgrounds[unreached] = palette.muted, palette.hatch[1]


def _composed(layout: Layout, palette: Palette, texts: NDArray[Any], foregrounds: Packed, backgrounds: Packed) -> Cells:
    cells = np.empty((layout.height, 3, layout.width), np.uint32)
    cells[:, 0], cells[:, 1], cells[:, 2] = BLANK, palette.panel, palette.panel
    _paste(layout, cells, 0, texts)
    _paste(layout, cells, 1, _repeat_blocks(layout, foregrounds))
    _paste(layout, cells, 2, _repeat_blocks(layout, backgrounds))
    for gap in _gaps(layout.rows):
        cells[gap, 0], cells[gap, 1:] = BLANK, palette.panel
    for gap in _gaps(layout.cols):
        cells[:, 0, gap], cells[:, 1:, gap] = BLANK, palette.panel
    return cells


def _paste(layout: Layout, cells: Cells, plane: int, offsets: NDArray[Any]) -> None:
    down, across = padded_area(layout)
    target = cells[down, plane, across]
    target[...] = offsets[: target.shape[0], : target.shape[1]]


def _gaps(span: Span) -> range:
    return range(span.origin + span.pitch - 1, span.end, span.pitch) if span.gap else range(0)


def paint_numbers(model: MapModel, layout: Layout, palette: Palette) -> Cells:
    """Return the characters of a map in numbers."""
    bright, dim, pending = cached(model, layout._replace(overview=None), palette, static_cells)
    cells: Cells = dim.copy()
    if model.known is not None:
        unknown = np.zeros((layout.rows.stop - layout.rows.first, layout.cols.stop - layout.cols.first), bool)
        unknown[_map_blocks(layout)] = ~in_view(layout, model.known)
        _copy_cells(layout, cells, pending, _repeat_blocks(layout, unknown))
    if model.window is not None:
        rows, cols = tap_offsets(layout.rows, model.window[0]), tap_offsets(layout.cols, model.window[1])
        if len(rows) and len(cols):
            place = (rows[:, None, None], np.arange(3)[:, None], cols)
            cells[place] = bright[place]
        if model.tap is not None:
            _highlight_tap(model, layout, palette, cells)
    if model.marked is not None:
        _mark(model, layout, palette, cells)
    if model.window is not None:
        draw_box(model, layout, palette, cells)
    return cells


def _highlight_tap(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Give the cell of the tap the accent as its background."""
    assert model.tap is not None
    down, across = (
        tap_offsets(span, range(at, at + 1))[: span.pitch - span.gap]
        for span, at in zip((layout.rows, layout.cols), model.tap, strict=True)
    )
    colour = palette.accent(model.accent)
    cells[down[:, None], 1, across], cells[down[:, None], 2, across] = text_colour(colour), colour


def _copy_cells(layout: Layout, cells: Cells, source: Cells, where: NDArray[Any]) -> None:
    down, across = padded_area(layout)
    height, width = layout.rows.end - layout.rows.origin, layout.cols.end - layout.cols.origin
    chosen = where[:height, None, :width]
    cells[down, :, across] = np.where(chosen, source[down, :, across], cells[down, :, across])


def _mark(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Draw a dot after every marked cell."""
    assert model.marked is not None
    for row, col in np.argwhere(in_view(layout, model.marked)):
        y = layout.rows.offset(layout.rows.inside.start + int(row))
        x = layout.cols.offset(layout.cols.inside.start + int(col) + 1) - 1
        cells[y, 0, x], cells[y, 1, x] = ord("•"), palette.mark


def draw_box(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Draw a box around the window, in the gaps between cells; at its sides only if rows have no gap."""
    assert model.window is not None
    _draw_box(layout, model.window, BOX, palette.accent(model.accent), cells)


def draw_other(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Draw a box of double lines around the other window."""
    assert model.other is not None
    _draw_box(layout, model.other, DOUBLE_BOX, int(palette.packed_ramps["red"][200]), cells)


def _draw_box(layout: Layout, window: tuple[range, range], glyphs_of: str, colour: int, cells: Cells) -> None:
    side, lid, corners_of = glyphs_of[0], glyphs_of[1], glyphs_of[2:6]
    unit = 1 if layout.numbers else 2
    rows, cols = layout.rows.offsets(window[0]), layout.cols.offsets(window[1])
    gap = layout.rows.gap if layout.numbers else 1
    rows = range(rows.start // unit, -(-rows.stop // unit))
    top, bottom = (rows.start - 1, rows.stop) if gap else (rows.start, rows.stop - 1)
    left, right = cols.start - 1, cols.stop
    glyphs = {(y, x): side for y in range(top + 1, bottom) for x in (left, right)}
    if gap:
        glyphs |= {(y, x): lid for y in (top, bottom) for x in range(left, right)}
    corners = ((top, left), (top, right), (bottom, left), (bottom, right))
    glyphs |= dict(zip(corners, glyphs_of[6:] if top == bottom else corners_of, strict=True))
    y0, y1 = layout.rows.origin // unit - gap, -(-layout.rows.end // unit) + gap
    for (y, x), glyph in glyphs.items():
        if max(y0, 1) <= y < min(y1, layout.height) and 1 <= x < min(layout.cols.end + 1, layout.width):
            cells[y, 0, x], cells[y, 1, x] = ord(glyph), colour
