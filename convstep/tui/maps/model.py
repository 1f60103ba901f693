"""What a map shows, and where on the screen: pure models, no widgets."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from numpy.typing import NDArray

from convstep.engine.geometry import VALID, Padding, Pair
from convstep.engine.steps import Array
from convstep.figures import rounded
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import Accent, Colouring

NUMBER_WIDTH = 6
THICKEST = 12


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
        unreached_rows: Rows that no window reaches.
        unreached_cols: Columns that no window reaches.
        window: Rows and columns to outline, in the map's own coordinates; may run into padding, and have gaps.
        accent: The outline's colour.
        marked: `(H, W)`, True where a cell is to be marked; None if none is.
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
    accent: Accent = "amber"
    marked: NDArray[Any] | None = None
    key: Hashable = None

    @property
    def lines(self) -> int:
        """How many numbers one cell holds."""
        return 3 if self.values.ndim == 3 else 1


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

    def place(self, cell: int) -> int:
        """Return where a cell starts, in view or not."""
        return self.origin + (cell // self.per - self.first) * self.pitch

    def places(self, cells: range) -> range:
        """Return the places that a stretch of cells covers, gaps of its step included, in view or not."""
        return range(self.place(cells[0]), self.place(cells[-1]) + self.pitch - self.gap)


class Layout(NamedTuple):
    """Where a map lies in its panel.

    Attributes:
        width: Of the panel, in characters.
        height: Of the panel, in characters.
        numbers: Whether cells show numbers; otherwise two pixels share a character.
        rows: The map's rows, down the panel.
        cols: The map's columns, across the panel.
    """

    width: int
    height: int
    numbers: bool
    rows: Span
    cols: Span

    @property
    def whole(self) -> bool:
        """Whether all of the map is in view."""
        return self.rows.whole and self.cols.whole

    def cell_at(self, x: int, y: int) -> Pair | None:
        """Return the cell `(row, column)` of the map at a character of the panel; None in padding and beside the map.

        Where two rows share the character it is the upper one.
        """
        col = self.cols.cell_at(x)
        for place in (y,) if self.numbers else (2 * y, 2 * y + 1):
            row = self.rows.cell_at(place)
            if row is not None and col is not None and 0 <= row < self.rows.size and 0 <= col < self.cols.size:
                return row, col
        return None

    def position(self, row: int, col: int) -> Pair | None:
        """Return the character `(x, y)` where a cell's top left corner is; None if it is out of view."""
        x, y = self.cols.place(col), self.rows.place(row)
        if not (self.cols.origin <= x < self.cols.end and self.rows.origin <= y < self.rows.end):
            return None
        return x, y if self.numbers else y // 2 if self.rows.pitch == 1 else (y + 1) // 2


def layout(model: MapModel, width: int, height: int, zoom: Zoom = "auto") -> Layout:
    """Return where a map lies in a panel: a pure function of its sizes and its window, not of what was shown before.

    Args:
        model: The map.
        width: Of the panel, in characters; one column is the ruler's.
        height: Of the panel, in characters; one row is the ruler's.
        zoom: How large. A map that does not fit follows its window.
    """
    rows, cols = model.window or (range(1), range(1))
    return _layout(
        model.values.shape[:2], model.lines, model.padding, (rows, cols), max(width, 3), max(height, 3), zoom
    )


@lru_cache(64)
def _layout(
    shape: Pair, lines: int, padding: Padding, window: tuple[range, range], width: int, height: int, zoom: Zoom
) -> Layout:
    rows = _Fit(shape[0], padding.top, padding.bottom, window[0])
    cols = _Fit(shape[1], padding.left, padding.right, window[1])
    room = width - 3 >= NUMBER_WIDTH and height > lines
    if (room and zoom == "numbers") or (zoom == "auto" and lines == 1 and _numbers_suit(rows, cols, width, height)):
        return Layout(width, height, True, *_number_spans(rows, cols, lines, width, height))
    return Layout(width, height, False, *_pixel_spans(rows, cols, width, height, zoom))


class _Fit(NamedTuple):
    """One axis of a map that is to be fitted into some room."""

    size: int
    before: int
    after: int
    window: range

    def blocks(self, per: int = 1) -> range:
        return range(-(self.before // per) - bool(self.before % per), -(-(self.size + self.after) // per))

    def span(self, start: int, room: int, pitch: int, gap: int = 0, per: int = 1) -> Span:
        """Lay the axis into `room` places from `start` on: centred if it fits, else around its window."""
        blocks = self.blocks(per)
        view = max(1, (room + gap) // pitch)
        if len(blocks) <= view:
            origin = start + (room - len(blocks) * pitch + gap) // 2
            return Span(self.size, blocks, blocks.start, blocks.stop, origin, pitch, gap, per)
        first = follow(range(self.window[0] // per, self.window[-1] // per + 1), view, blocks)
        return Span(self.size, blocks, first, first + view, start, pitch, gap, per)


def follow(window: range, view: int, whole: range) -> int:
    """Return the start of a view of `view` places in `whole` that holds `window` and some of what is around it.

    It stays where it is while the window moves, and goes on in strides of a third of the view.
    """
    stride = max(1, min(view // 3, view - len(window) - 2))
    middle = (window.start + window.stop) // 2
    start = (middle + stride // 2) // stride * stride - view // 2
    return min(max(start, whole.start), whole.stop - view)


def _numbers_suit(rows: _Fit, cols: _Fit, width: int, height: int) -> bool:
    wide = len(cols.blocks()) * NUMBER_WIDTH - 1 <= width - 3
    return wide and (len(rows.blocks()) < height or len(rows.blocks()) > 2 * (height - 1))


def _number_spans(rows: _Fit, cols: _Fit, lines: int, width: int, height: int) -> tuple[Span, Span]:
    room_x, room_y = width - 3, height - 1
    pitch_x = min(max(NUMBER_WIDTH, (room_x + 1) // len(cols.blocks())), 10)
    pitch_y = min(max(lines, (room_y - 1) // len(rows.blocks())), max(4, lines + 1))
    gap = int(pitch_y > lines)
    return rows.span(1 + gap, room_y - 2 * gap, pitch_y, gap), cols.span(2, room_x, pitch_x, 1)


def _pixel_spans(rows: _Fit, cols: _Fit, width: int, height: int, zoom: Zoom) -> tuple[Span, Span]:
    """Fit a map in half blocks: below the ruler's row, right of its column."""
    room_x, room_y = width - 1, 2 * height - 2
    n_rows, n_cols = len(rows.blocks()), len(cols.blocks())
    up, per = min(room_x // n_cols, room_y // n_rows), 1
    if zoom == "pixel" or up == 0:
        up = 1
        while zoom != "pixel" and (len(rows.blocks(per)) > room_y or len(cols.blocks(per)) > room_x):
            per += 1
        nearly = n_rows < 1.5 * room_y and n_cols < 1.5 * room_x
        per = 1 if zoom == "auto" and (per > 2 or nearly) else per
    if zoom != "pixel" and 1 in (rows.size, cols.size) and n_rows != n_cols:
        return _ribbon(rows, cols, room_x, room_y, zoom)
    ring_y, ring_x = (int(len(fit.blocks(per)) * up != room) for fit, room in ((rows, room_y), (cols, room_x)))
    return even(rows.span(2, room_y - ring_y, up, per=per), room_y + 2), cols.span(1, room_x - ring_x, up, per=per)


def even(rows: Span, stop: int) -> Span:
    """Return rows moved by half a character, if need and room be, so that the map's first one starts a character."""
    if not rows.whole or rows.place(0) % 2 == 0:
        return rows
    shift = -1 if rows.origin > 2 else 1 if rows.end < stop else 0
    return rows._replace(origin=rows.origin + shift)


def _ribbon(rows: _Fit, cols: _Fit, room_x: int, room_y: int, zoom: Zoom) -> tuple[Span, Span]:
    """Fit a map one cell thick: its length as it comes, its thickness stretched to be seen."""

    def along(fit: _Fit, start: int, room: int) -> Span:
        per = -(-len(fit.blocks()) // room) if zoom == "fit" else 1
        while len(fit.blocks(per)) > room and zoom == "fit":
            per += 1
        return fit.span(start, room, max(1, room // len(fit.blocks())), per=per)

    def across(fit: _Fit, start: int, room: int) -> Span:
        return fit.span(start, room, max(1, min(THICKEST, (room - 2) // len(fit.blocks()))))

    lying = rows.size <= cols.size
    return (across if lying else along)(rows, 2, room_y), (along if lying else across)(cols, 1, room_x)


def legend(model: MapModel, place: Layout | None = None) -> str:
    """Return what the colours mean, and which part is in view: −0.58 … 0.61 · rows 10–40 of 224.

    Args:
        model: The map.
        place: Where it lies; None leaves the part out.
    """
    parts = [] if model.colouring == "rgb" else [f"{rounded(model.low)} … {rounded(model.high)}"]
    if any(model.padding):
        parts.append(f"padding {model.padding_holds}")
    for word, span in (("rows", place.rows), ("cols", place.cols)) if place else ():
        if not span.whole and (cells := span.cells()):
            parts.append(f"{word} {cells[0]}–{cells[-1]} of {span.size}")
    return " · ".join(parts)
