"""Models of what a map shows and of its layout in the panel; no widgets."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from numpy.typing import NDArray

from convstep.engine.geometry import VALID, Padding, Pair
from convstep.engine.steps import Array
from convstep.figures import POWERS_FROM, places
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import Accent, Colouring

NARROWEST = 3
"""The least width of a number, in characters."""
WIDEST = 9
"""The greatest width of a number, in characters."""
RIBBON_PITCH = 12
"""The most pixels for a cell across a long, thin map."""
RIBBON_RATIO = 8
"""A map that is at least so many times longer than thick is scaled along its length alone."""
LEAST_OVERVIEW = 12
"""The least size of an overview, in columns and half rows."""


Reduction = Literal["mean", "max", "furthest"]
"""What stands for cells that share a pixel: their mean, their maximum, or the value furthest from 0."""


class MapModel(NamedTuple):
    """What a map shows.

    Attributes:
        values: `(H, W)`, or `(H, W, 3)` for a picture in colours.
        colouring: How values become colours.
        low: The lower end of the colour scale.
        high: Its upper end.
        known: `(H, W)`, False where a value is not computed yet; None if all are.
        padding: Rows and columns of padding.
        padding_holds: The value in the padding, or reflect, or edge.
        unreached_rows: Rows that no window reaches, including those of padding.
        unreached_cols: Columns that no window reaches.
        window: Rows and columns to outline; may extend into padding, and have a step (dilation).
        tap: Row and column of the current tap; None if the window is shown as a whole.
        accent: The outline's colour.
        marked: `(H, W)`, True where a cell is marked; None for none.
        bordered: Whether only the border of the marked cells is drawn where most cells are marked.
        largest: Whether cells that share a pixel are reduced by max, not by mean.
        decimals: The most decimals of a number.
        axis: The name of a one-dimensional map's index: place, value; empty for rows and columns.
        transposed: Whether rows and columns are swapped: a length runs from left to right, a short vector downwards.
        line: Whether the map is plotted as a line.
        other: Rows and columns of another window to outline, with double lines; None for none.
        key: Cache key that stands for `values` and `colouring`: the objects that the values come from, such as
            `(operation, i, c)`, but not an `id()`. None: not cached.
    """

    values: Array
    colouring: Colouring
    low: float = 0.0
    high: float = 1.0
    known: NDArray[Any] | None = None
    padding: Padding = VALID
    padding_holds: str = "0"
    unreached_rows: tuple[int, ...] = ()
    unreached_cols: tuple[int, ...] = ()
    window: tuple[range, range] | None = None
    tap: Pair | None = None
    accent: Accent = "amber"
    marked: NDArray[Any] | None = None
    bordered: bool = False
    largest: bool = False
    decimals: int = 2
    axis: str = ""
    transposed: bool = False
    line: bool = False
    other: tuple[range, range] | None = None
    key: Hashable = None

    @property
    def lines(self) -> int:
        """Lines of numbers in a cell: three for RGB."""
        return 3 if self.values.ndim == 3 else 1

    def reduction(self, per: Pair) -> Reduction:
        """Return what stands for blocks of `per` rows and columns.

        A signed map that is scaled along its length alone is like signals: their averages would be near 0.
        """
        if self.largest:
            return "max"
        return "furthest" if self.colouring == "signed" and per[0] != per[1] else "mean"

    @property
    def number_width(self) -> int:
        """The width of its numbers, in characters."""
        size = max(abs(self.low), abs(self.high))
        decimals = places(size, self.decimals)
        if size >= POWERS_FROM or (decimals and size < 3 * 10.0**-decimals):
            return NARROWEST + 2
        return max(NARROWEST, len(f"{size:.{decimals}f}") + (self.low < 0))


class Span(NamedTuple):
    """The layout of one axis of a map.

    Offsets count columns of the panel, half rows (pixels), or rows (numbers). A block is what `per` cells are drawn as.

    Attributes:
        size: The map's length along this axis, in cells.
        blocks: All blocks; those of padding before the map are negative.
        first: The first block in view.
        stop: One past the last block in view.
        origin: The offset of the first block in view.
        pitch: The size of a block, its gap included.
        gap: How much of the pitch stays empty after a block.
        per: Cells in a block.
    """

    size: int
    blocks: range
    first: int
    stop: int
    origin: int
    pitch: int
    gap: int = 0
    per: int = 1

    @property
    def whole(self) -> bool:
        """Whether all blocks are in view."""
        return self.stop - self.first == len(self.blocks)

    @property
    def end(self) -> int:
        """One past the last offset that is drawn."""
        return self.origin + (self.stop - self.first) * self.pitch - self.gap

    @property
    def inside(self) -> range:
        """Blocks in view, without those of padding."""
        first, stop = max(self.first, 0), min(self.stop, -(-self.size // self.per))
        return range(first, max(first, stop))

    def cells(self, blocks: range | None = None) -> range:
        """Return the cells of the map that are in view, or those of `blocks`."""
        blocks = self.inside if blocks is None else blocks
        return range(blocks.start * self.per, min(blocks.stop * self.per, self.size))

    def cell_at(self, place: int) -> int | None:
        """Return the cell at an offset, padding included; None outside the map."""
        block = self.first + (place - self.origin) // self.pitch
        return block * self.per if self.first <= block < self.stop else None

    def offset(self, cell: int) -> int:
        """Return the offset of a cell, in view or not."""
        return self.origin + (cell // self.per - self.first) * self.pitch

    def offsets(self, cells: range) -> range:
        """Return the offsets that a range of cells covers from its first to its last, in view or not."""
        return range(self.offset(cells[0]), self.offset(cells[-1]) + self.pitch - self.gap)


class Layout(NamedTuple):
    """The layout of a map in its panel.

    Attributes:
        width: Of the panel, in characters.
        height: Of the panel, in characters.
        numbers: Whether cells show numbers; otherwise a character shows two pixels.
        rows: The map's rows.
        cols: The map's columns.
        overview: A small picture of the whole map; None if all of it is in view, or there is no room.
    """

    width: int
    height: int
    numbers: bool
    rows: Span
    cols: Span
    overview: Inset | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the map is in view."""
        return self.rows.whole and self.cols.whole

    def cell_at(self, x: int, y: int) -> Pair | None:
        """Return the cell `(row, column)` at a character of the panel; None in padding and outside the map.

        If two rows share the character, the upper one is returned.
        """
        if self.overview is not None and (cell := self.overview.cell_at(x, y)):
            return cell
        col = self.cols.cell_at(x)
        for place in (y,) if self.numbers else (2 * y, 2 * y + 1):
            row = self.rows.cell_at(place)
            if row is not None and col is not None and 0 <= row < self.rows.size and 0 <= col < self.cols.size:
                return row, col
        return None

    def position(self, row: int, col: int) -> Pair | None:
        """Return the character `(x, y)` of a cell's top left corner; None if it is out of view."""
        x, y = self.cols.offset(col), self.rows.offset(row)
        if not (self.cols.origin <= x < self.cols.end and self.rows.origin <= y < self.rows.end):
            return None
        return x, y if self.numbers else y // 2 if self.rows.pitch == 1 else (y + 1) // 2


class Inset(NamedTuple):
    """A small layout within a panel.

    Attributes:
        x: Its first column in the panel.
        y: Its first row.
        layout: The layout of the map in it.
    """

    x: int
    y: int
    layout: Layout

    def cell_at(self, x: int, y: int) -> Pair | None:
        """Return the cell at a character of the panel; None outside the inset's map."""
        inside = 0 <= x - self.x < self.layout.width and 0 <= y - self.y < self.layout.height
        return self.layout.cell_at(x - self.x, y - self.y) if inside else None


def layout(model: MapModel, width: int, height: int, zoom: Zoom = "whole") -> Layout:
    """Return the layout of a map: a pure function of its size and window, independent of earlier layouts.

    Args:
        model: The map.
        width: Of the panel, in characters, including the ruler's column.
        height: Of the panel, in characters, including the ruler's row.
        zoom: The zoom; a map that does not fit is scrolled to its window, and within a larger window to its tap.
    """
    rows, cols = model.window or (range(1), range(1))
    return _layout(
        model.values.shape[:2],
        model.lines,
        model.number_width,
        model.padding,
        (rows, cols),
        model.tap or (None, None),
        max(width, 3),
        max(height, 3),
        zoom,
    )


@lru_cache(64)
def _layout(
    shape: Pair,
    lines: int,
    number_width: int,
    padding: Padding,
    window: tuple[range, range],
    tap: tuple[int | None, int | None],
    width: int,
    height: int,
    zoom: Zoom,
) -> Layout:
    rows = Fit(shape[0], padding.top, padding.bottom, window[0], tap[0])
    cols = Fit(shape[1], padding.left, padding.right, window[1], tap[1])
    number_size = _NumberSize(number_width, lines)
    if zoom == "numbers" and width - 3 >= number_size.width and height > lines:
        return _with_overview(rows, cols, width, height, number_size)
    if zoom == "whole" and number_size.fits(rows, cols, width, height):
        return Layout(width, height, True, *_number_spans(rows, cols, width, height, number_size))
    if zoom == "whole":
        return Layout(width, height, False, *_pixel_spans(rows, cols, width, height, whole=True))
    return _with_overview(rows, cols, width, height, None)


def pixel_layout(model: MapModel, width: int, height: int) -> Layout:
    """Return the layout of a whole map in pixels, even if its numbers would fit."""
    window, padding = model.window or (range(1), range(1)), model.padding
    rows = Fit(model.values.shape[0], padding.top, padding.bottom, window[0])
    cols = Fit(model.values.shape[1], padding.left, padding.right, window[1])
    return Layout(width, height, False, *_pixel_spans(rows, cols, width, height, whole=True))


class _NumberSize(NamedTuple):
    """The size of a map's numbers, in characters."""

    width: int
    lines: int

    def fits(self, rows: Fit, cols: Fit, width: int, height: int) -> bool:
        """Return whether all cells of a map fit as numbers of one line."""
        wide = len(cols.blocks()) * (self.width + 1) - 1 <= width - 3
        return self.lines == 1 and wide and len(rows.blocks()) < height


def _with_overview(rows: Fit, cols: Fit, width: int, height: int, number_size: _NumberSize | None) -> Layout:
    """Return the layout of a map that may not fit, with an overview at its right or below it.

    The overview goes where more of the map stays in view; it is left out if it would hide part of the window.
    """

    def detail(width: int, height: int) -> tuple[Span, Span]:
        if number_size is None:
            return _pixel_spans(rows, cols, width, height, whole=False)
        return _number_spans(rows, cols, width, height, number_size)

    def window_fits(spans: tuple[Span, Span]) -> bool:
        return all(fit.extent <= span.stop - span.first for fit, span in zip((rows, cols), spans, strict=True))

    alone = Layout(width, height, number_size is not None, *detail(width, height))
    if alone.whole:
        return alone
    best, most = alone, 0
    for at_side in (True, False):
        room = (-(-width // 3), height - 1) if at_side else (width - 1, height // 3)
        if room[0] < LEAST_OVERVIEW or 2 * room[1] - 2 < LEAST_OVERVIEW:
            continue
        small = _overview_layout(rows, cols, *room)
        if at_side:
            spans, inset = detail(width - small.width - 1, height), Inset(width - small.width, 1, small)
        else:
            spans, inset = detail(width, height - small.height), Inset(1, height - small.height, small)
        seen = (spans[0].stop - spans[0].first) * (spans[1].stop - spans[1].first)
        if seen > most and (window_fits(spans) or not window_fits((alone.rows, alone.cols))):
            best, most = Layout(width, height, number_size is not None, *spans, inset), seen
    return best


def _overview_layout(rows: Fit, cols: Fit, width: int, height: int) -> Layout:
    """Return the smallest layout of a whole map, its outline included, within `width` and `height`."""
    down, across = _pixel_spans(rows, cols, width - 1, height - 1, whole=True)
    down, across = down._replace(origin=2), across._replace(origin=1)
    return Layout(across.end + 1, (down.end + 2) // 2, False, down, across)


class Fit(NamedTuple):
    """One axis of a map, to be fitted into the panel: its size, padding before and after, window, and tap if any."""

    size: int
    before: int
    after: int
    window: range
    tap: int | None = None

    @property
    def extent(self) -> int:
        return self.window[-1] + 1 - self.window[0]

    def blocks(self, per: int = 1) -> range:
        return range(-(self.before // per) - bool(self.before % per), -(-(self.size + self.after) // per))

    def per(self, room: int) -> int:
        """Return how many cells a block must have for all blocks to fit into `room`."""
        per = max(1, -(-(self.before + self.size + self.after) // room))
        while len(self.blocks(per)) > room:
            per += 1
        return per

    def span(self, start: int, room: int, pitch: int, gap: int = 0, per: int = 1) -> Span:
        """Return the layout of the axis in `room` from `start` on: centred if it fits, else scrolled to its window.

        Of a window larger than that, the part with the tap is in view.
        """
        blocks = self.blocks(per)
        view = max(1, (room + gap) // pitch)
        if len(blocks) <= view:
            origin = start + (room - len(blocks) * pitch + gap) // 2
            return Span(self.size, blocks, blocks.start, blocks.stop, origin, pitch, gap, per)
        seen = range(self.window[0] // per, self.window[-1] // per + 1)
        if self.tap is not None and len(seen) > view:
            seen = range(self.tap // per, self.tap // per + 1)
        first = view_start(seen, view, blocks)
        return Span(self.size, blocks, first, first + view, start, pitch, gap, per)


def view_start(window: range, view: int, whole: range) -> int:
    """Return where a view of length `view` on `whole` starts, so that it shows `window` and its surroundings.

    The view scrolls in strides of a third of its length, not with every step of the window.
    """
    stride = max(1, min(view // 3, view - len(window) - 2))
    middle = (window.start + window.stop) // 2
    start = (middle + stride // 2) // stride * stride - view // 2
    return min(max(start, whole.start), whole.stop - view)


def _number_spans(rows: Fit, cols: Fit, width: int, height: int, number_size: _NumberSize) -> tuple[Span, Span]:
    room_x, room_y, least = width - 3, height - 1, number_size.width + 1
    pitch_x = min(max(least, (room_x + 1) // len(cols.blocks())), max(least, WIDEST + 1))
    pitch_y = min(max(number_size.lines, (room_y - 1) // len(rows.blocks())), max(4, number_size.lines + 1))
    gap = int(pitch_y > number_size.lines)
    return rows.span(1 + gap, room_y - 2 * gap, pitch_y, gap), cols.span(2, room_x, pitch_x, 1)


def _pixel_spans(rows: Fit, cols: Fit, width: int, height: int, *, whole: bool) -> tuple[Span, Span]:
    """Return the layout of a map's axes in half blocks, below the ruler's row and right of its column.

    Args:
        rows: Its rows.
        cols: Its columns.
        width: Of the panel, in characters.
        height: Of the panel, in characters.
        whole: Whether to scale the map so that all of it is in view; otherwise a cell is a pixel.
    """
    room_x, room_y = width - 1, 2 * height - 2
    n_rows, n_cols = len(rows.blocks()), len(cols.blocks())
    if (1 in (rows.size, cols.size) and n_rows != n_cols) or max(n_rows, n_cols) >= RIBBON_RATIO * min(n_rows, n_cols):
        along_rows = n_rows > n_cols
        down = _ribbon_span(rows, 2, room_y, whole=whole, along=along_rows)
        return align_to_character(down, room_y + 2), _ribbon_span(cols, 1, room_x, whole=whole, along=not along_rows)
    up = max(1, min(room_x // n_cols, room_y // n_rows)) if whole else 1
    per = max(rows.per(room_y), cols.per(room_x)) if whole else 1
    ring_y, ring_x = (int(len(fit.blocks(per)) * up != room) for fit, room in ((rows, room_y), (cols, room_x)))
    return align_to_character(rows.span(2, room_y - ring_y, up, per=per), room_y + 2), cols.span(
        1, room_x - ring_x, up, per=per
    )


def _ribbon_span(fit: Fit, start: int, room: int, *, whole: bool, along: bool) -> Span:
    """Return the layout of one axis of a map that is much longer than thick; its thickness is enlarged."""
    cells = len(fit.blocks())
    pitch = max(1, room // cells if along else min(RIBBON_PITCH, (room - 2) // cells))
    per = fit.per(room) if whole else 1
    return fit.span(
        start, room - int(len(fit.blocks(per)) * pitch != room), pitch if whole or not along else 1, per=per
    )


def align_to_character(rows: Span, stop: int) -> Span:
    """Return rows shifted by half a character, if there is room, so that the map's first row starts a character."""
    if not rows.whole or rows.offset(0) % 2 == 0:
        return rows
    shift = -1 if rows.origin > 2 else 1 if rows.end < stop else 0
    return rows._replace(origin=rows.origin + shift)
