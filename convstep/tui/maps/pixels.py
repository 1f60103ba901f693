"""Renders maps in half blocks: ▀ shows two pixels, the upper as foreground, the lower as background."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import Pair
from convstep.engine.steps import Array
from convstep.tui.lines.colours import Palette
from convstep.tui.lines.limited_colours import LimitedColours
from convstep.tui.lines.rgb import Packed, mix, pack, unpack
from convstep.tui.maps.model import Layout, MapModel, Reduction, Span

Cells = NDArray[np.uint32]
"""`(height, 3, width)`: for every row its code points, foregrounds and backgrounds (0xRRGGBB)."""

HALF, BLANK, DOT, CROSS = (ord(glyph) for glyph in "▀ ·╳")
ELLIPSES = (ord("┄"), ord("┊"))
CACHE_SIZE = 12
COLOUR_STEP = 4
"""Outside the window, red, green and blue (0 to 255) are multiples of this."""
SIMILAR = 12
"""Outside the window, colours may be made equal that differ by so little in red, green and blue."""
MARK_CONTRAST = 2.0
"""The least contrast of a mark."""
SKIPPED_FADE = 0.8
"""The share of the panel's colour mixed into the cells that a dilated window skips."""
WINDOW_TINT = 0.4
"""The share of the accent in the overview's window, where that is larger than the part in view."""
EDGED_FROM = 4
"""From this cell size on, the fill of a tap leaves the cell's edge."""

LayoutT = TypeVar("LayoutT", bound=Hashable)
Result = TypeVar("Result")

_cache: OrderedDict[Hashable, Any] = OrderedDict()


def cached(
    model: MapModel, layout: LayoutT, palette: Palette, make: Callable[[MapModel, LayoutT, Palette], Result]
) -> Result:
    """Return `make(model, layout, palette)`, cached; it must not depend on the map's window and progress."""
    if model.key is None:
        return make(model, layout, palette)
    key = (
        make,
        model.key,
        model.colouring,
        model.low,
        model.high,
        model.padding,
        model.unreached_rows,
        model.unreached_cols,
        model.largest,
        model.decimals,
        layout,
        palette.name,
        is_cell(model),
    )
    if key in _cache:
        _cache.move_to_end(key)
    else:
        _cache[key] = make(model, layout, palette)
        if len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    made: Result = _cache[key]
    return made


def shrink(values: Array, per: Pair, known: NDArray[Any] | None, by: Reduction = "mean") -> Array:
    """Return one value for every block of cells: their mean in float64, their maximum, or the one furthest from 0.

    Args:
        values: `(H, W)` or `(H, W, 3)`.
        per: Height and width of a block; the last ones may be smaller.
        known: `(H, W)`, which cells to include; None for all.
        by: How to reduce a block.
    """
    if per == (1, 1):
        return values
    starts = [np.arange(0, size, step) for size, step in zip(values.shape, per, strict=False)]

    def blocks(reduce: np.ufunc, array: Array, dtype: Any = None) -> Array:
        return reduce.reduceat(reduce.reduceat(array, starts[0], axis=0, dtype=dtype), starts[1], axis=1)

    counted = np.ones(values.shape[:2], bool) if known is None else known.astype(bool)
    shaped = counted if values.ndim == 2 else counted[..., None]
    with np.errstate(all="ignore"):
        if by == "max":
            found = blocks(np.maximum, values if known is None else np.where(shaped, values, -np.inf))
            return found if known is None else np.where(blocks(np.logical_or, shaped), found, 0)
        if by == "furthest":
            counting = values if known is None else np.where(shaped, values, 0)
            low, high = blocks(np.minimum, counting), blocks(np.maximum, counting)
            return np.where(-low > high, low, high)
        total = blocks(np.add, values if known is None else np.where(shaped, values, 0), np.float64)
        return np.asarray(total / np.maximum(blocks(np.add, shaped, np.float64), 1))


def shrunk_known(known: NDArray[Any], per: tuple[int, int]) -> NDArray[Any]:
    """Return whether each block has a known cell."""
    if per == (1, 1):
        return known
    rows, cols = (np.arange(0, size, step) for size, step in zip(known.shape, per, strict=True))
    result: NDArray[Any] = np.logical_or.reduceat(np.logical_or.reduceat(known, rows, axis=0), cols, axis=1)
    return result


def in_view(layout: Layout, array: NDArray[Any]) -> NDArray[Any]:
    """Return the part of a map's array that is in view."""
    rows, cols = layout.rows.cells(), layout.cols.cells()
    return array[rows.start : rows.stop, cols.start : cols.stop]


def magnify(layout: Layout, blocks: NDArray[Any]) -> NDArray[Any]:
    """Return an array of blocks, each repeated to its size in pixels."""
    return blocks.repeat(layout.rows.pitch, axis=0).repeat(layout.cols.pitch, axis=1)


def map_area(layout: Layout) -> tuple[slice, slice]:
    """Return the offsets of the map in view, without its padding."""
    return _map_slice(layout.rows), _map_slice(layout.cols)


def _map_slice(span: Span) -> slice:
    blocks = span.inside
    start = span.origin + (blocks.start - span.first) * span.pitch
    return slice(start, start + len(blocks) * span.pitch)


def padded_area(layout: Layout) -> tuple[slice, slice]:
    """Return the offsets of the map in view, with its padding."""
    return slice(layout.rows.origin, layout.rows.end), slice(layout.cols.origin, layout.cols.end)


def value_colours(model: MapModel, layout: Layout, palette: Palette, rows: slice = slice(None)) -> Packed:
    """Return the colour of every block in view, or of those in some rows of blocks."""
    per = _per(layout)
    cut = slice(rows.start and rows.start * per[0], rows.stop and rows.stop * per[0])
    known = None if model.known is None else in_view(layout, model.known)[cut]
    whole = known is None or (model.key is not None and rows == slice(None))
    values = shrink(in_view(layout, model.values)[cut], per, None if whole else known, model.reduction(per))
    return pack(palette.colours(values, model.colouring, model.low, model.high))


def is_cell(model: MapModel) -> bool:
    """Return whether the window is a single cell."""
    return model.window is not None and len(model.window[0]) == len(model.window[1]) == 1


def dimmed(model: MapModel, layout: Layout, palette: Palette, colours: Packed, top: int) -> Packed:
    """Return the pixels of blocks of cells as they are outside the window, similar neighbours with one colour.

    Args:
        model: The map.
        layout: Its layout.
        palette: The colours.
        colours: One for every block.
        top: The offset of the first row of pixels.
    """
    mixed = mix(colours, palette.panel, palette.dimmed[is_cell(model)])
    if palette.limited or not mixed.size:
        return magnify(layout, mixed)
    if layout.rows.pitch > 1:
        return magnify(layout, merge_similar(mixed, mixed)[0])
    before, rows = top % 2, len(mixed)
    halves = np.pad(mixed, ((before, (before + rows) % 2), (0, 0)), "edge")
    merged = np.stack(merge_similar(halves[::2], halves[1::2]), axis=1).reshape(halves.shape)
    return magnify(layout, merged[before : before + rows])


def merge_similar(upper: Packed, lower: Packed) -> tuple[Packed, Packed]:
    """Return colours of characters rounded, and those of similar neighbours made equal: less is sent to the terminal.

    A character takes the colours before it if both are similar to its own, unless it is the first of three or more
    with the same colours; else its lower half takes the colour of the upper one if these are similar.

    Args:
        upper: The colours of upper halves, `(height, width)`.
        lower: Those of lower halves.
    """
    halves = [(np.rint(unpack(half) / COLOUR_STEP) * COLOUR_STEP).astype(np.int16) for half in (upper, lower)]
    exact = np.concatenate(halves, axis=-1).swapaxes(0, 1)
    merged = exact.copy()
    np.copyto(merged[..., 3:], merged[..., :3], where=_similar(merged[..., :3], merged[..., 3:]))
    same = (exact[1:] == exact[:-1]).all(axis=-1, keepdims=True)
    first = np.zeros((*exact.shape[:2], 1), bool)
    first[1:-2] = ~same[:-2] & same[1:-1] & same[2:]
    for x in range(1, len(merged)):
        np.copyto(merged[x], merged[x - 1], where=_similar(exact[x], merged[x - 1]) & ~first[x])
    result = np.minimum(merged, 255).astype(np.uint8).swapaxes(0, 1)
    return pack(result[..., :3]), pack(result[..., 3:])


def _similar(one: NDArray[np.int16], other: NDArray[np.int16]) -> Any:
    return (abs(one - other) <= SIMILAR).all(axis=-1, keepdims=True)


class StaticMap(NamedTuple):
    """The part of a rendered map that does not depend on window and progress.

    Attributes:
        lit: `(2 · height, width)`, pixels as they are inside the window.
        dim: Pixels as they are outside it.
        unreached: Which pixels no window reaches.
        picture: Which pixels are shown in the terminal's limited colours; None for truecolor.
        cells: The characters of `dim`.
    """

    lit: Packed
    dim: Packed
    unreached: NDArray[Any]
    picture: NDArray[Any] | None
    cells: Cells


def static_map(model: MapModel, layout: Layout, palette: Palette) -> StaticMap:
    """Return the map with its padding and unreached cells, but without window and progress."""
    size = (2 * layout.height, layout.width)
    y, x = np.ogrid[: size[0], : size[1]]
    lit = np.full(size, palette.panel, np.uint32)
    hatch = np.where((x + y) % 3 == 0, *(np.uint32(colour) for colour in palette.hatch))
    bright = np.where((x + y) % 3 == 0, np.uint32(palette.muted), np.uint32(palette.hatch[0]))
    dim = lit.copy()
    area, within = padded_area(layout), map_area(layout)
    lit[area], dim[area] = bright[area], hatch[area]
    colours = value_colours(model, layout, palette)
    lit[within] = magnify(layout, colours)
    dim[within] = dimmed(model, layout, palette, colours, within[0].start)
    unreached = np.zeros(size, bool)
    for row in block_slices(layout.rows, model.unreached_rows, model.padding[:2]):
        unreached[row, area[1]] = True
    for col in block_slices(layout.cols, model.unreached_cols, model.padding[2:]):
        unreached[area[0], col] = True
    dim[unreached] = mix(dim[unreached], palette.panel, 0.65)
    checkered = unreached & ((x + y) % 2 == 0)
    dim[checkered] = palette.hatch[1]
    picture = None
    if palette.limited:
        picture = np.zeros(size, bool)
        picture[within] = True
        picture &= ~checkered
    cells = characters(dim, palette.limited, picture)
    _cross_out(cells, unreached, palette)
    return StaticMap(lit, dim, unreached, picture, cells)


def block_slices(span: Span, cells: tuple[int, ...], padding: tuple[int, ...]) -> list[slice]:
    """Return the offsets of the blocks in view all of whose cells are in `cells`."""
    chosen, (before, after) = set(cells), padding
    blocks = sorted({cell // span.per for cell in cells} & set(range(span.first, span.stop)))
    shares = {
        block: range(max(block * span.per, -before), min((block + 1) * span.per, span.size + after)) for block in blocks
    }
    whole = [block for block in blocks if chosen.issuperset(shares[block])]
    return [slice(place, place + span.pitch) for place in (span.offset(block * span.per) for block in whole)]


def paint(model: MapModel, layout: Layout, palette: Palette) -> Cells:
    """Return the characters of a map in half blocks.

    Only the rows around the window, and those that are partly known, are rendered; the rest is cached.
    """
    static = cached(model, layout._replace(overview=None), palette, static_map)
    cells = static.cells.copy()
    pending = None if model.known is None else _pending(layout, model.known)
    partly_known = _partly_known(model, layout)
    redrawn = [*_window_rows(model, layout)]
    if pending is not None:
        upper, lower = pending[::2], pending[1::2]
        put_glyphs(cells, upper & lower, DOT, *palette.pending)
        redrawn += np.flatnonzero((upper != lower).any(axis=1)).tolist()
    if partly_known is not None:
        offsets = _offsets(layout.rows, partly_known)
        redrawn += range(offsets.start // 2, (offsets.stop + 1) // 2)
    if redrawn:
        rows = slice(min(redrawn), max(redrawn) + 1)
        cells[rows] = _redraw_rows(model, layout, palette, static, pending, partly_known, rows)
    if model.marked is not None:
        _mark(model, layout, palette, cells)
    return cells


def _redraw_rows(
    model: MapModel,
    layout: Layout,
    palette: Palette,
    static: StaticMap,
    pending: NDArray[Any] | None,
    partly_known: slice | None,
    rows: slice,
) -> Cells:
    """Return some rows of characters, rendered with window and progress."""
    band = slice(2 * rows.start, 2 * rows.stop)
    pixels, lit, covered = static.dim[band].copy(), static.lit[band], np.zeros(static.dim[band].shape, bool)
    skipped = covered
    picture = static.picture
    if partly_known is not None:
        colours = value_colours(model, layout, palette, partly_known)
        offsets = _offsets(layout.rows, partly_known)
        part = slice(offsets.start - band.start, offsets.stop - band.start), map_area(layout)[1]
        lit = lit.copy()
        lit[part] = magnify(layout, colours)
        pixels[part] = dimmed(model, layout, palette, colours, offsets.start)
    if pending is not None:
        pixels[pending[band]] = palette.pending[1]
    if model.window is not None:
        down, across = tap_offsets(layout.rows, model.window[0]) - band.start, tap_offsets(layout.cols, model.window[1])
        skipped = _skipped(model, layout)[band]
        pixels[skipped] = mix(pixels[skipped], palette.panel, SKIPPED_FADE)
        pixels[down[:, None], across] = lit[down[:, None], across]
        covered = outline(model, layout)[band]
        if model.tap is not None:
            covered = covered.copy()
            covered[_tap_area(layout.rows, model.tap[0], -band.start), _tap_area(layout.cols, model.tap[1])] = True
        pixels[covered] = palette.accent(model.accent)
    if picture is not None:
        picture = picture[band] & ~(covered if pending is None else covered | pending[band])
    cells = characters(pixels, palette.limited, picture)
    if pending is not None:
        pending_dots = pending[band] & ~covered
        put_glyphs(cells, pending_dots[::2] & pending_dots[1::2], DOT, *palette.pending)
    if model.unreached_rows or model.unreached_cols:
        _cross_out(cells, static.unreached[band] & ~covered, palette)
    if skipped.any():
        where = skipped[::2] & skipped[1::2]
        put_glyphs(cells, where, DOT, palette.muted, cells[:, 2][where])
    return cells


def _skipped(model: MapModel, layout: Layout) -> NDArray[Any]:
    """Return the pixels between the taps of a dilated window; none if several cells share a pixel."""
    assert model.window is not None
    skipped = np.zeros((2 * layout.height, layout.width), bool)
    axes = layout.rows, layout.cols
    if all(window.step == 1 for window in model.window) or max(span.per for span in axes) > 1:
        return skipped
    down, across = (
        np.clip(np.asarray(span.offsets(window)), span.origin, span.end - 1)
        for span, window in zip(axes, model.window, strict=True)
    )
    skipped[down[:, None], across] = True
    skipped[tap_offsets(layout.rows, model.window[0])[:, None], tap_offsets(layout.cols, model.window[1])] = False
    return skipped


def _tap_area(span: Span, cell: int, shift: int = 0) -> slice:
    """Return the offsets to fill for a tap: all of its cell, or all but its edge if the cell is large."""
    start, edge = span.offset(cell) + shift, int(span.pitch >= EDGED_FROM)
    return slice(max(0, start + edge), max(0, start + span.pitch - edge))


def characters(pixels: Packed, limited: LimitedColours | None = None, picture: NDArray[Any] | None = None) -> Cells:
    """Return pixels as characters, two to each.

    Args:
        pixels: Their colours, `(2 · height, width)`.
        limited: The terminal's colours; None for truecolor.
        picture: Which pixels to show in these.
    """
    solid = pixels if limited is None or picture is None else np.where(picture, limited.nearest(pixels), pixels)
    upper, lower = solid[::2], solid[1::2]
    cells = np.empty((len(upper), 3, pixels.shape[1]), np.uint32)
    cells[:, 0] = np.where(upper == lower, BLANK, HALF)
    cells[:, 1], cells[:, 2] = upper, lower
    if limited is not None and picture is not None:
        limited.shade(cells, pixels, picture)
    return cells


def put_glyphs(cells: Cells, where: NDArray[Any], glyph: int, foreground: int, background: Any) -> None:
    """Set glyph and colours of chosen characters."""
    cells[:, 0][where], cells[:, 1][where], cells[:, 2][where] = glyph, foreground, background


def _cross_out(cells: Cells, unreached: NDArray[Any], palette: Palette) -> None:
    """Draw ╳ in every character neither of whose pixels is reached by a window."""
    where = unreached[::2] & unreached[1::2]
    put_glyphs(cells, where, CROSS, palette.muted, palette.shown(mix(cells[:, 1][where], cells[:, 2][where], 0.5)))


def _pending(layout: Layout, known: NDArray[Any]) -> NDArray[Any]:
    """Return which pixels are not computed yet."""
    pending = np.zeros((2 * layout.height, layout.width), bool)
    pending[map_area(layout)] = magnify(layout, ~shrunk_known(in_view(layout, known), _per(layout)))
    return pending


def _partly_known(model: MapModel, layout: Layout) -> slice | None:
    """Return the rows of blocks that are partly known; they must be reduced from their known cells alone."""
    if model.known is None or model.key is None or _per(layout) == (1, 1):
        return None
    known = in_view(layout, model.known)
    part = np.flatnonzero((shrunk_known(known, _per(layout)) & shrunk_known(~known, _per(layout))).any(axis=1))
    return slice(int(part[0]), int(part[-1]) + 1) if len(part) else None


def _per(layout: Layout) -> Pair:
    return layout.rows.per, layout.cols.per


def _offsets(span: Span, blocks: slice) -> slice:
    """Return the offsets of some blocks, counted from the map's first in view."""
    start = _map_slice(span).start
    return slice(start + blocks.start * span.pitch, start + blocks.stop * span.pitch)


def tap_offsets(span: Span, window: range) -> NDArray[Any]:
    """Return the offsets of a window's taps that are in view."""
    blocks = np.array(sorted({cell // span.per for cell in window})) if span.per > 1 else np.asarray(window)
    starts = span.origin + (blocks - span.first) * span.pitch
    offsets = (starts[:, None] + np.arange(span.pitch)).ravel()
    return offsets[(offsets >= span.origin) & (offsets < span.end)]


def _window_rows(model: MapModel, layout: Layout) -> range:
    """Return the rows of characters that the window and its outline touch."""
    if model.window is None:
        return range(0)
    rows = layout.rows.offsets(model.window[0])
    return range(max(0, rows.start - 1) // 2, min((rows.stop + 2) // 2, layout.height))


def outline(model: MapModel, layout: Layout) -> NDArray[Any]:
    """Return a mask of the pixels of the window's outline."""
    assert model.window is not None
    rows, cols = layout.rows.offsets(model.window[0]), layout.cols.offsets(model.window[1])
    ring = np.zeros((2 * layout.height, layout.width), bool)
    ring[max(0, rows.start - 1) : rows.stop + 1, max(0, cols.start - 1) : cols.stop + 1] = True
    ring[max(0, rows.start) : rows.stop, max(0, cols.start) : cols.stop] = False
    return ring


def paint_overview(model: MapModel, layout: Layout, small: Layout, palette: Palette) -> Cells:
    """Return the characters of a map's overview, with the part in view outlined and the window filled.

    A window larger than that part is tinted, so that it hides neither.

    Args:
        model: The map.
        layout: The layout of the part in view.
        small: The layout of the overview.
        palette: The colours.
    """
    view = layout.rows.cells(), layout.cols.cells()
    if not (view[0] and view[1]):
        view = range(1), range(1)
    cells = paint(model._replace(window=view, tap=None, marked=None), small, palette)
    if model.window is None:
        return cells
    rows, cols = (
        range(max(span.offsets(window).start, span.origin), min(span.offsets(window).stop, span.end))
        for span, window in zip((small.rows, small.cols), model.window, strict=True)
    )
    accent = np.uint32(palette.accent(model.accent))
    larger = any(len(window) > len(part) for window, part in zip(model.window, view, strict=True))
    share = WINDOW_TINT if larger and not palette.limited else 1.0

    def filled(under: Packed) -> Packed:
        return mix(under, accent, share)

    for y in range(rows.start // 2, (rows.stop + 1) // 2):
        upper, lower = 2 * y in rows, 2 * y + 1 in rows
        row = cells[y, :, cols.start : cols.stop]
        foregrounds = np.where(row[0] == HALF, row[1], row[2])
        row[1], row[2] = filled(foregrounds) if upper else foregrounds, filled(row[2]) if lower else row[2]
        row[0] = np.where(row[1] == row[2], BLANK, HALF)
    return cells


def draw_ruler(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Draw the ruler: marks above and left of the window, and ellipses where the map continues out of view."""
    unit = 1 if layout.numbers else 2
    rows, cols = layout.rows, layout.cols
    above, left = rows.origin // unit - 1 - rows.gap, cols.origin - 1 - cols.gap
    last, right = (rows.end - 1) // unit, cols.end - 1
    signs: list[tuple[int, int, str, int]] = []
    if not cols.whole:
        signs += [(above, cols.origin, "┄", palette.muted)] if cols.first > cols.blocks.start else []
        signs += [(above, right, "┄", palette.muted)] if cols.stop < cols.blocks.stop else []
    if not rows.whole:
        signs += [(rows.origin // unit, left, "┊", palette.muted)] if rows.first > rows.blocks.start else []
        signs += [(last, left, "┊", palette.muted)] if rows.stop < rows.blocks.stop else []
    if model.window is not None:
        colour = palette.accent(model.accent)
        signs += [(above, _middle(cols, model.window[1]), "▾", colour)]
        signs += [(_middle(rows, model.window[0]) // unit, left, "▸", colour)]
    for y, x, glyph, colour in signs:
        if (cells[y, 0, x] == BLANK and cells[y, 2, x] == palette.panel) or cells[y, 0, x] in ELLIPSES:
            cells[y, 0, x], cells[y, 1, x] = ord(glyph), colour


def _middle(span: Span, window: range) -> int:
    offsets = span.offsets(window)
    return min(max((offsets.start + offsets.stop - 1) // 2, span.origin), span.end - 1)


def _surrounded(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells have four neighbours that are all marked."""
    around = np.pad(marked, 1)
    inner: NDArray[np.bool_] = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return inner


def _mark(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Draw a small block in every marked cell, or only in those at the border of the marked ones."""
    assert model.marked is not None
    some = shrunk_known(in_view(layout, model.marked), _per(layout))
    if model.bordered and 2 * np.count_nonzero(some) > some.size:
        some = some & ~_surrounded(some)
    pitch_y, pitch_x = layout.rows.pitch, layout.cols.pitch
    marks = np.zeros((2 * layout.height, layout.width), bool)
    marks[map_area(layout)][pitch_y // 2 :: pitch_y, pitch_x // 2 :: pitch_x] = some
    if model.window is not None:
        ring = outline(model, layout)
        marks &= ~(ring[::2] | ring[1::2]).repeat(2, axis=0)
    upper, lower = marks[::2], marks[1::2]
    glyphs = np.select([upper & lower, upper, lower], [ord(glyph) for glyph in "▌▘▖"], 0).astype(np.uint32)
    here = glyphs > 0
    drawn_half = np.where(cells[:, 0] == HALF, cells[:, 1], cells[:, 2])
    under = palette.shown(mix(drawn_half[here], cells[:, 2][here], 0.5))
    mark_colour = palette.legible(mix(under, palette.mark, palette.mark_strength), under, MARK_CONTRAST)
    cells[:, 0][here], cells[:, 1][here], cells[:, 2][here] = glyphs[here], mark_colour, under
