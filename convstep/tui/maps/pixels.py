"""Maps as characters: two pixels in each, ▀ with a colour above and one below. Arrays in, arrays out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import Pair
from convstep.engine.steps import Array
from convstep.tui.lines.colours import Palette
from convstep.tui.lines.few import Few
from convstep.tui.lines.rgb import Packed, mix, pack, unpack
from convstep.tui.maps.model import Layout, MapModel, Span

Cells = NDArray[np.uint32]
"""`(height, 3, width)`: for every row of characters its code points, its colours, and its grounds (0xRRGGBB)."""

HALF, BLANK, DOT, CROSS = (ord(glyph) for glyph in "▀ ·╳")
SIGNS = (ord("┄"), ord("┊"))
KEPT = 12
ALIKE = 8
"""How far red, green and blue, 0 to 255, may be apart in colours that look the same."""
NOTCHED = 2.0
"""The least contrast of a mark."""
SKIPPED = 0.8
"""How much of the panel is mixed into what a dilated window skips."""
LARGE = 4
"""Pixels from which on the mark of a tap leaves its cell an edge."""

Place = TypeVar("Place", bound=Hashable)
Made = TypeVar("Made")

_kept: OrderedDict[Hashable, Any] = OrderedDict()


def kept(model: MapModel, layout: Place, palette: Palette, make: Callable[[MapModel, Place, Palette], Made]) -> Made:
    """Return what `make` makes of a map, window and progress apart; made once for every key, layout and palette."""
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
    if key in _kept:
        _kept.move_to_end(key)
    else:
        _kept[key] = make(model, layout, palette)
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    made: Made = _kept[key]
    return made


def shrink(values: Array, per: tuple[int, int], known: NDArray[Any] | None, largest: bool) -> Array:
    """Return one value for every block of cells: the largest, or the mean, in float64.

    Args:
        values: `(H, W)` or `(H, W, 3)`.
        per: Height and width of a block; the last ones may be smaller.
        known: `(H, W)`, which cells count.
        largest: Take the largest.
    """
    if per == (1, 1):
        return values
    starts = [np.arange(0, size, step) for size, step in zip(values.shape, per, strict=False)]

    def blocks(reduce: np.ufunc, array: Array, dtype: Any = None) -> Array:
        return reduce.reduceat(reduce.reduceat(array, starts[0], axis=0, dtype=dtype), starts[1], axis=1)

    counted = np.ones(values.shape[:2], bool) if known is None else known.astype(bool)
    shaped = counted if values.ndim == 2 else counted[..., None]
    with np.errstate(all="ignore"):
        if largest:
            found = blocks(np.maximum, values if known is None else np.where(shaped, values, -np.inf))
            return found if known is None else np.where(blocks(np.logical_or, shaped), found, 0)
        total = blocks(np.add, values if known is None else np.where(shaped, values, 0), np.float64)
        return np.asarray(total / np.maximum(blocks(np.add, shaped, np.float64), 1))


def shrunk_known(known: NDArray[Any], per: tuple[int, int]) -> NDArray[Any]:
    """Return for every block whether any cell of it is known."""
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
    """Return an array of blocks as an array of places."""
    return blocks.repeat(layout.rows.pitch, axis=0).repeat(layout.cols.pitch, axis=1)


def inside(layout: Layout) -> tuple[slice, slice]:
    """Return the places that show the map itself, padding left out."""
    return _inside(layout.rows), _inside(layout.cols)


def _inside(span: Span) -> slice:
    blocks = span.inside
    start = span.origin + (blocks.start - span.first) * span.pitch
    return slice(start, start + len(blocks) * span.pitch)


def drawn(layout: Layout) -> tuple[slice, slice]:
    """Return the places that the map covers, padding included."""
    return slice(layout.rows.origin, layout.rows.end), slice(layout.cols.origin, layout.cols.end)


def value_colours(model: MapModel, layout: Layout, palette: Palette, rows: slice = slice(None)) -> Packed:
    """Return the colour of every block of the map that is in view, or of some rows of blocks."""
    per = _per(layout)
    cut = slice(rows.start and rows.start * per[0], rows.stop and rows.stop * per[0])
    known = None if model.known is None else in_view(layout, model.known)[cut]
    whole = known is None or (model.key is not None and rows == slice(None))
    values = shrink(in_view(layout, model.values)[cut], per, None if whole else known, largest=model.largest)
    return pack(palette.colours(values, model.colouring, model.low, model.high))


def is_cell(model: MapModel) -> bool:
    """Return whether the window is a single cell."""
    return model.window is not None and len(model.window[0]) == len(model.window[1]) == 1


def dimmed(model: MapModel, colours: Packed, palette: Palette) -> Packed:
    """Return colours as they are outside the window."""
    return merged(mix(colours, palette.panel, palette.dimmed[is_cell(model)]))


def merged(colours: Packed) -> Packed:
    """Return colours in which one that looks like the one before it in its row is that one: it is then sent once."""
    rgb = unpack(colours).astype(np.int16)
    for x in range(1, rgb.shape[1]):
        alike = (np.abs(rgb[:, x] - rgb[:, x - 1]) <= ALIKE).all(axis=-1)
        rgb[alike, x] = rgb[alike, x - 1]
    return pack(rgb.astype(np.uint8))


class Scenery(NamedTuple):
    """A map without its window and its progress.

    Attributes:
        lit: Its pixels as they are within the window.
        dim: Its pixels as they are outside it.
        idle: Which of them no window reaches.
        picture: Which of them may be shown in other colours where there are few; None where there are all.
        cells: The characters of `dim`.
    """

    lit: Packed
    dim: Packed
    idle: NDArray[Any]
    picture: NDArray[Any] | None
    cells: Cells


def ground(model: MapModel, layout: Layout, palette: Palette) -> Scenery:
    """Return all of the panel but window and progress."""
    size = (2 * layout.height, layout.width)
    y, x = np.ogrid[: size[0], : size[1]]
    lit = np.full(size, palette.panel, np.uint32)
    hatch = np.where((x + y) % 3 == 0, *(np.uint32(colour) for colour in palette.hatch))
    bright = np.where((x + y) % 3 == 0, np.uint32(palette.quiet), np.uint32(palette.hatch[0]))
    dim = lit.copy()
    area, within = drawn(layout), inside(layout)
    lit[area], dim[area] = bright[area], hatch[area]
    colours = value_colours(model, layout, palette)
    lit[within], dim[within] = magnify(layout, colours), magnify(layout, dimmed(model, colours, palette))
    idle = np.zeros(size, bool)
    for row in stretches(layout.rows, model.unreached_rows, model.padding[:2]):
        idle[row, area[1]] = True
    for col in stretches(layout.cols, model.unreached_cols, model.padding[2:]):
        idle[area[0], col] = True
    dim[idle] = mix(dim[idle], palette.panel, 0.65)
    crossed = idle & ((x + y) % 2 == 0)
    dim[crossed] = palette.hatch[1]
    picture = None
    if palette.few:
        picture = np.zeros(size, bool)
        picture[within] = True
        picture &= ~crossed
    cells = characters(dim, palette.few, picture)
    _cross_out(cells, idle, palette)
    return Scenery(lit, dim, idle, picture, cells)


def stretches(span: Span, cells: tuple[int, ...], padding: tuple[int, ...]) -> list[slice]:
    """Return where cells lie, for those in view; a block that others share is left out."""
    chosen, (before, after) = set(cells), padding
    blocks = sorted({cell // span.per for cell in cells} & set(range(span.first, span.stop)))
    shares = {
        block: range(max(block * span.per, -before), min((block + 1) * span.per, span.size + after)) for block in blocks
    }
    whole = [block for block in blocks if chosen.issuperset(shares[block])]
    return [slice(place, place + span.pitch) for place in (span.place(block * span.per) for block in whole)]


def paint(model: MapModel, layout: Layout, palette: Palette) -> Cells:
    """Return the characters of a map in half blocks.

    Only rows around the window, and rows that are done in part, are made from pixels anew.
    """
    scenery = kept(model, layout._replace(overview=None), palette, ground)
    cells = scenery.cells.copy()
    waiting = None if model.known is None else _waiting(layout, model.known)
    shared = _shared(model, layout)
    anew = [*_around(model, layout)]
    if waiting is not None:
        upper, lower = waiting[::2], waiting[1::2]
        _strew(cells, upper & lower, DOT, *palette.waiting)
        anew += np.flatnonzero((upper != lower).any(axis=1)).tolist()
    if shared is not None:
        places = _places(layout.rows, shared)
        anew += range(places.start // 2, (places.stop + 1) // 2)
    if anew:
        rows = slice(min(anew), max(anew) + 1)
        cells[rows] = _band(model, layout, palette, scenery, waiting, shared, rows)
    if model.marked is not None:
        _mark(model, layout, palette, cells)
    return cells


def _band(
    model: MapModel,
    layout: Layout,
    palette: Palette,
    scenery: Scenery,
    waiting: NDArray[Any] | None,
    shared: slice | None,
    rows: slice,
) -> Cells:
    """Return some rows of characters, window and progress included."""
    band = slice(2 * rows.start, 2 * rows.stop)
    pixels, lit, covered = scenery.dim[band].copy(), scenery.lit[band], np.zeros(scenery.dim[band].shape, bool)
    skipped = covered
    picture = scenery.picture
    if shared is not None:
        colours = value_colours(model, layout, palette, shared)
        places = _places(layout.rows, shared)
        part = slice(places.start - band.start, places.stop - band.start), inside(layout)[1]
        lit = lit.copy()
        lit[part], pixels[part] = magnify(layout, colours), magnify(layout, dimmed(model, colours, palette))
    if waiting is not None:
        pixels[waiting[band]] = palette.waiting[1]
    if model.window is not None:
        down, across = taps(layout.rows, model.window[0]) - band.start, taps(layout.cols, model.window[1])
        skipped = _skipped(model, layout)[band]
        pixels[skipped] = mix(pixels[skipped], palette.panel, SKIPPED)
        pixels[down[:, None], across] = lit[down[:, None], across]
        covered = outline(model, layout)[band]
        if model.tap is not None:
            covered = covered.copy()
            covered[_stamp(layout.rows, model.tap[0], -band.start), _stamp(layout.cols, model.tap[1])] = True
        pixels[covered] = palette.accent(model.accent)
    if picture is not None:
        picture = picture[band] & ~(covered if waiting is None else covered | waiting[band])
    cells = characters(pixels, palette.few, picture)
    if waiting is not None:
        open_ = waiting[band] & ~covered
        _strew(cells, open_[::2] & open_[1::2], DOT, *palette.waiting)
    if model.unreached_rows or model.unreached_cols:
        _cross_out(cells, scenery.idle[band] & ~covered, palette)
    if skipped.any():
        where = skipped[::2] & skipped[1::2]
        _strew(cells, where, DOT, palette.quiet, cells[:, 2][where])
    return cells


def _skipped(model: MapModel, layout: Layout) -> NDArray[Any]:
    """Return the pixels between the taps of a dilated window, where taps and what is between them can be told apart."""
    assert model.window is not None
    skipped = np.zeros((2 * layout.height, layout.width), bool)
    axes = layout.rows, layout.cols
    if all(window.step == 1 for window in model.window) or max(span.per for span in axes) > 1:
        return skipped
    down, across = (
        np.clip(np.asarray(span.places(window)), span.origin, span.end - 1)
        for span, window in zip(axes, model.window, strict=True)
    )
    skipped[down[:, None], across] = True
    skipped[taps(layout.rows, model.window[0])[:, None], taps(layout.cols, model.window[1])] = False
    return skipped


def _stamp(span: Span, cell: int, shift: int = 0) -> slice:
    """Return the places that are filled to mark a cell: all that it has, or where it is large, all but its edge."""
    start, edge = span.place(cell) + shift, int(span.pitch >= LARGE)
    return slice(max(0, start + edge), max(0, start + span.pitch - edge))


def characters(pixels: Packed, few: Few | None = None, picture: NDArray[Any] | None = None) -> Cells:
    """Return pixels, two to a character.

    Args:
        pixels: Their colours, `(2 · height, width)`.
        few: The colours that there are; None: all of them.
        picture: Which pixels are to be shown in these.
    """
    solid = pixels if few is None or picture is None else np.where(picture, few.shown(pixels), pixels)
    upper, lower = solid[::2], solid[1::2]
    cells = np.empty((len(upper), 3, pixels.shape[1]), np.uint32)
    cells[:, 0] = np.where(upper == lower, BLANK, HALF)
    cells[:, 1], cells[:, 2] = upper, lower
    if few is not None and picture is not None:
        few.shade(cells, pixels, picture)
    return cells


def _strew(cells: Cells, where: NDArray[Any], glyph: int, ink: int, ground: Any) -> None:
    """Put a glyph into chosen characters."""
    cells[:, 0][where], cells[:, 1][where], cells[:, 2][where] = glyph, ink, ground


def _cross_out(cells: Cells, idle: NDArray[Any], palette: Palette) -> None:
    """Put a cross into every character of which no window reaches either pixel."""
    where = idle[::2] & idle[1::2]
    _strew(cells, where, CROSS, palette.quiet, palette.shown(mix(cells[:, 1][where], cells[:, 2][where], 0.5)))


def _waiting(layout: Layout, known: NDArray[Any]) -> NDArray[Any]:
    """Return which pixels are still to come."""
    waiting = np.zeros((2 * layout.height, layout.width), bool)
    waiting[inside(layout)] = magnify(layout, ~shrunk_known(in_view(layout, known), _per(layout)))
    return waiting


def _shared(model: MapModel, layout: Layout) -> slice | None:
    """Return the rows of blocks that are known in part: what is to come must not show in them."""
    if model.known is None or model.key is None or _per(layout) == (1, 1):
        return None
    known = in_view(layout, model.known)
    part = np.flatnonzero((shrunk_known(known, _per(layout)) & shrunk_known(~known, _per(layout))).any(axis=1))
    return slice(int(part[0]), int(part[-1]) + 1) if len(part) else None


def _per(layout: Layout) -> Pair:
    return layout.rows.per, layout.cols.per


def _places(span: Span, blocks: slice) -> slice:
    """Return the places of some blocks, counted from the first that shows the map itself."""
    start = _inside(span).start
    return slice(start + blocks.start * span.pitch, start + blocks.stop * span.pitch)


def taps(span: Span, window: range) -> NDArray[Any]:
    """Return the places of a window's taps that are in view."""
    blocks = np.array(sorted({cell // span.per for cell in window})) if span.per > 1 else np.asarray(window)
    starts = span.origin + (blocks - span.first) * span.pitch
    places = (starts[:, None] + np.arange(span.pitch)).ravel()
    return places[(places >= span.origin) & (places < span.end)]


def _around(model: MapModel, layout: Layout) -> range:
    """Return the rows of characters that the window and the ring around it touch."""
    if model.window is None:
        return range(0)
    rows = layout.rows.places(model.window[0])
    return range(max(0, rows.start - 1) // 2, min((rows.stop + 2) // 2, layout.height))


def outline(model: MapModel, layout: Layout) -> NDArray[Any]:
    """Return the pixels of a ring around the window."""
    assert model.window is not None
    rows, cols = layout.rows.places(model.window[0]), layout.cols.places(model.window[1])
    ring = np.zeros((2 * layout.height, layout.width), bool)
    ring[max(0, rows.start - 1) : rows.stop + 1, max(0, cols.start - 1) : cols.stop + 1] = True
    ring[max(0, rows.start) : rows.stop, max(0, cols.start) : cols.stop] = False
    return ring


def paint_overview(model: MapModel, layout: Layout, small: Layout, palette: Palette) -> Cells:
    """Return the characters of a map's overview: all of it, the part in view outlined, and the window in it.

    Args:
        model: The map.
        layout: Where the part in view lies.
        small: Where all of it lies.
        palette: The colours.
    """
    view = layout.rows.cells(), layout.cols.cells()
    if not (view[0] and view[1]):
        view = range(1), range(1)
    cells = paint(model._replace(window=view, tap=None, marked=None), small, palette)
    if model.window is None:
        return cells
    rows, cols = (
        range(max(span.places(window).start, span.origin), min(span.places(window).stop, span.end))
        for span, window in zip((small.rows, small.cols), model.window, strict=True)
    )
    accent = np.uint32(palette.accent(model.accent))
    for y in range(rows.start // 2, (rows.stop + 1) // 2):
        upper, lower = 2 * y in rows, 2 * y + 1 in rows
        row = cells[y, :, cols.start : cols.stop]
        inks = np.where(row[0] == HALF, row[1], row[2])
        row[1], row[2] = accent if upper else inks, accent if lower else row[2]
        row[0] = np.where(row[1] == row[2], BLANK, HALF)
    return cells


def rule(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Mark the window's column above the map and its row on the left, and where there is more than is in view."""
    unit = 1 if layout.numbers else 2
    rows, cols = layout.rows, layout.cols
    above, left = rows.origin // unit - 1 - rows.gap, cols.origin - 1 - cols.gap
    last, right = (rows.end - 1) // unit, cols.end - 1
    signs: list[tuple[int, int, str, int]] = []
    if not cols.whole:
        signs += [(above, cols.origin, "┄", palette.quiet)] if cols.first > cols.blocks.start else []
        signs += [(above, right, "┄", palette.quiet)] if cols.stop < cols.blocks.stop else []
    if not rows.whole:
        signs += [(rows.origin // unit, left, "┊", palette.quiet)] if rows.first > rows.blocks.start else []
        signs += [(last, left, "┊", palette.quiet)] if rows.stop < rows.blocks.stop else []
    if model.window is not None:
        colour = palette.accent(model.accent)
        signs += [(above, _middle(cols, model.window[1]), "▾", colour)]
        signs += [(_middle(rows, model.window[0]) // unit, left, "▸", colour)]
    for y, x, glyph, colour in signs:
        if (cells[y, 0, x] == BLANK and cells[y, 2, x] == palette.panel) or cells[y, 0, x] in SIGNS:
            cells[y, 0, x], cells[y, 1, x] = ord(glyph), colour


def _middle(span: Span, window: range) -> int:
    places = span.places(window)
    return min(max((places.start + places.stop - 1) // 2, span.origin), span.end - 1)


def _mark(model: MapModel, layout: Layout, palette: Palette, cells: Cells) -> None:
    """Put a notch into every marked cell."""
    assert model.marked is not None
    some = shrunk_known(in_view(layout, model.marked), _per(layout))
    pitch_y, pitch_x = layout.rows.pitch, layout.cols.pitch
    notches = np.zeros((2 * layout.height, layout.width), bool)
    notches[inside(layout)][pitch_y // 2 :: pitch_y, pitch_x // 2 :: pitch_x] = some
    if model.window is not None:
        ring = outline(model, layout)
        notches &= ~(ring[::2] | ring[1::2]).repeat(2, axis=0)
    upper, lower = notches[::2], notches[1::2]
    glyphs = np.select([upper & lower, upper, lower], [ord(glyph) for glyph in "▌▘▖"], 0).astype(np.uint32)
    here = glyphs > 0
    drawn_half = np.where(cells[:, 0] == HALF, cells[:, 1], cells[:, 2])
    under = palette.shown(mix(drawn_half[here], cells[:, 2][here], 0.5))
    notch = palette.legible(mix(under, palette.mark, palette.marked), under, NOTCHED)
    cells[:, 0][here], cells[:, 1][here], cells[:, 2][here] = glyphs[here], notch, under
