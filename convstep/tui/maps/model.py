"""What a map shows, and where on the screen: pure models, no widgets."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from numpy.typing import NDArray

from convstep.engine.geometry import VALID, Padding, Pair
from convstep.engine.steps import Array
from convstep.figures import POWERS_FROM, places
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import Accent, Colouring

NARROWEST = 3
"""Characters of the narrowest number."""
WIDEST = 9
"""Characters that a number's cell is widened to, where there is room."""
RIBBON_PITCH = 12
RIBBON_RATIO = 8
"""A map that is so many times as long as it is thick is scaled along its length alone."""
LEAST_OVERVIEW = 12
"""Columns, and half rows, from which on there is room for an overview."""


class MapModel(NamedTuple):
    """One map to look at.

    Attributes:
        values: `(H, W)`, or `(H, W, 3)` for a picture in colours.
        colouring: How values become colours.
        low: The colours' and the legend's lower end.
        high: Their upper end.
        known: `(H, W)`, False where a value is still to come; None if all are there.
        padding: Rows and columns of padding around it.
        padding_holds: What is in it: a number, reflect, or edge.
        unreached_rows: Rows that no window reaches, those of padding included.
        unreached_cols: Columns that no window reaches.
        window: Rows and columns to outline, in the map's own coordinates; may run into padding, and have gaps.
        tap: The row and column of the one cell in it that is looked at; None where all are.
        accent: The outline's colour.
        marked: `(H, W)`, True where a cell is to be marked; None if none is.
        largest: Whether cells that share a pixel are shown by their largest value, not by their mean.
        decimals: How many decimals numbers are shown with, at most.
        axis: What a place is called where one number says it: place, value; empty where rows and columns do.
        transposed: Whether rows and columns are swapped: a length runs from left to right, a short vector downwards.
        line: Whether it is drawn as a line, its values upwards.
        key: What stands for `values` and `colouring` in caches: equal keys, equal pictures. The objects that the
            values come from will do, such as `(operation, i, c)`; an `id()` won't. None: nothing is kept.
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
    largest: bool = False
    decimals: int = 2
    axis: str = ""
    transposed: bool = False
    line: bool = False
    key: Hashable = None

    @property
    def lines(self) -> int:
        """How many numbers one cell holds."""
        return 3 if self.values.ndim == 3 else 1

    @property
    def number_width(self) -> int:
        """Characters that its numbers take."""
        size = max(abs(self.low), abs(self.high))
        decimals = places(size, self.decimals)
        if size >= POWERS_FROM or (decimals and size < 3 * 10.0**-decimals):
            return NARROWEST + 2
        return max(NARROWEST, len(f"{size:.{decimals}f}") + (self.low < 0))


class Span(NamedTuple):
    """One axis of a map on the screen. A place is a column, half a row, or (numbers) a row.

    Attributes:
        size: The map's length along this axis.
        first: The first block in view; below 0 in padding.
        stop: One past the last block in view.
        origin: The place where the first block starts.
        pitch: Places for a block, its gap included.
        gap: Places of it that stay empty, after the block.
        per: How many cells of the map are drawn as one block.
        blocks: All blocks that there are, in view or not.
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
        """One past the last place that is drawn on."""
        return self.origin + (self.stop - self.first) * self.pitch - self.gap

    @property
    def inside(self) -> range:
        """Blocks in view that show cells of the map, not padding."""
        first, stop = max(self.first, 0), min(self.stop, -(-self.size // self.per))
        return range(first, max(first, stop))

    def cells(self, blocks: range | None = None) -> range:
        """Return the cells of the map that are in view, or those of `blocks`."""
        blocks = self.inside if blocks is None else blocks
        return range(blocks.start * self.per, min(blocks.stop * self.per, self.size))

    def cell_at(self, place: int) -> int | None:
        """Return the cell drawn at a place, padding included; None beside the map."""
        block = self.first + (place - self.origin) // self.pitch
        return block * self.per if self.first <= block < self.stop else None

    def offset(self, cell: int) -> int:
        """Return where a cell starts, in view or not."""
        return self.origin + (cell // self.per - self.first) * self.pitch

    def offsets(self, cells: range) -> range:
        """Return the places that a stretch of cells covers, gaps of its step included, in view or not."""
        return range(self.offset(cells[0]), self.offset(cells[-1]) + self.pitch - self.gap)


class Layout(NamedTuple):
    """Where a map lies in its panel.

    Attributes:
        width: Of the panel, in characters.
        height: Of the panel, in characters.
        numbers: Whether cells show numbers; otherwise two pixels share a character.
        rows: The map's rows, down the panel.
        cols: The map's columns, across the panel.
        overview: A small picture of the whole map beside the part in view; None where that is all, or has no room.
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
        """Return the cell `(row, column)` of the map at a character of the panel; None in padding and beside the map.

        Where two rows share the character it is the upper one.
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
        """Return the character `(x, y)` where a cell's top left corner is; None if it is out of view."""
        x, y = self.cols.offset(col), self.rows.offset(row)
        if not (self.cols.origin <= x < self.cols.end and self.rows.origin <= y < self.rows.end):
            return None
        return x, y if self.numbers else y // 2 if self.rows.pitch == 1 else (y + 1) // 2


class Inset(NamedTuple):
    """A small layout within a panel.

    Attributes:
        x: Its first column in the panel.
        y: Its first row.
        layout: Where the map lies in it.
    """

    x: int
    y: int
    layout: Layout

    def cell_at(self, x: int, y: int) -> Pair | None:
        """Return the cell at a character of the panel; None beside the inset's map."""
        inside = 0 <= x - self.x < self.layout.width and 0 <= y - self.y < self.layout.height
        return self.layout.cell_at(x - self.x, y - self.y) if inside else None


def layout(model: MapModel, width: int, height: int, zoom: Zoom = "whole") -> Layout:
    """Return where a map lies in a panel: a pure function of its sizes and its window, not of what was shown before.

    Args:
        model: The map.
        width: Of the panel, in characters; one column is the ruler's.
        height: Of the panel, in characters; one row is the ruler's.
        zoom: How large. A map that does not fit follows its window.
    """
    rows, cols = model.window or (range(1), range(1))
    return _layout(
        model.values.shape[:2],
        model.lines,
        model.number_width,
        model.padding,
        (rows, cols),
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
    width: int,
    height: int,
    zoom: Zoom,
) -> Layout:
    rows = Fit(shape[0], padding.top, padding.bottom, window[0])
    cols = Fit(shape[1], padding.left, padding.right, window[1])
    number_size = _NumberSize(number_width, lines)
    if zoom == "numbers" and width - 3 >= number_size.width and height > lines:
        return _with_overview(rows, cols, width, height, number_size)
    if zoom == "whole" and number_size.fits(rows, cols, width, height):
        return Layout(width, height, True, *_number_spans(rows, cols, width, height, number_size))
    if zoom == "whole":
        return Layout(width, height, False, *_pixel_spans(rows, cols, width, height, whole=True))
    return _with_overview(rows, cols, width, height, None)


class _NumberSize(NamedTuple):
    """How large the numbers of a map are."""

    width: int
    lines: int

    def fits(self, rows: Fit, cols: Fit, width: int, height: int) -> bool:
        """Return whether all of a map can be shown in numbers, of one line each."""
        wide = len(cols.blocks()) * (self.width + 1) - 1 <= width - 3
        return self.lines == 1 and wide and len(rows.blocks()) < height


def _with_overview(rows: Fit, cols: Fit, width: int, height: int, number_size: _NumberSize | None) -> Layout:
    """Return the layout of a map that may be in view in part; beside it or below it an overview if both fit.

    They do if the window is still in view; of two ways the one that leaves more of the map in view is taken.
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
        room = (-(-width // 3), height - 1) if at_side else (width, height // 3)
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
    """Return the layout of a whole map in as much of some room as it needs, an outline around it included."""
    down, across = _pixel_spans(rows, cols, width - 1, height - 1, whole=True)
    down, across = down._replace(origin=2), across._replace(origin=1)
    return Layout(across.end + 1, (down.end + 2) // 2, False, down, across)


class Fit(NamedTuple):
    """One axis of a map that is to be fitted into some room."""

    size: int
    before: int
    after: int
    window: range

    @property
    def extent(self) -> int:
        return self.window[-1] + 1 - self.window[0]

    def blocks(self, per: int = 1) -> range:
        return range(-(self.before // per) - bool(self.before % per), -(-(self.size + self.after) // per))

    def per(self, room: int) -> int:
        """Return how many cells have to share a block, so that all of them fit into some room."""
        per = max(1, -(-(self.before + self.size + self.after) // room))
        while len(self.blocks(per)) > room:
            per += 1
        return per

    def span(self, start: int, room: int, pitch: int, gap: int = 0, per: int = 1) -> Span:
        """Lay the axis into `room` places from `start` on: centred if it fits, else around its window."""
        blocks = self.blocks(per)
        view = max(1, (room + gap) // pitch)
        if len(blocks) <= view:
            origin = start + (room - len(blocks) * pitch + gap) // 2
            return Span(self.size, blocks, blocks.start, blocks.stop, origin, pitch, gap, per)
        first = view_start(range(self.window[0] // per, self.window[-1] // per + 1), view, blocks)
        return Span(self.size, blocks, first, first + view, start, pitch, gap, per)


def view_start(window: range, view: int, whole: range) -> int:
    """Return the start of a view of `view` places in `whole` that holds `window` and some of what is around it.

    It stays where it is while the window moves, and goes on in strides of a third of the view.
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
    """Fit a map in half blocks, below the ruler's row and right of its column.

    Args:
        rows: Its rows.
        cols: Its columns.
        width: Of the panel, in characters.
        height: Of the panel, in characters.
        whole: Whether all of it must be in view, as large as it can be; otherwise a pixel is a cell.
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
    """Fit one axis of a map that is much longer than it is thick; its thickness is stretched to be seen."""
    cells = len(fit.blocks())
    pitch = max(1, room // cells if along else min(RIBBON_PITCH, (room - 2) // cells))
    per = fit.per(room) if whole else 1
    return fit.span(
        start, room - int(len(fit.blocks(per)) * pitch != room), pitch if whole or not along else 1, per=per
    )


def align_to_character(rows: Span, stop: int) -> Span:
    """Return rows moved by half a character, if need and room be, so that the map's first one starts a character."""
    if not rows.whole or rows.offset(0) % 2 == 0:
        return rows
    shift = -1 if rows.origin > 2 else 1 if rows.end < stop else 0
    return rows._replace(origin=rows.origin + shift)
