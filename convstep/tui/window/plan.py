"""The layout of slice, filter and products: stacked or side by side, and for how many channels.

A block is the three grids of one channel with their headings. All sizes are in cells and lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

OPERATOR = 3
"""Cells between two grids side by side, with × or = in their middle."""
GAP = 2
"""Cells between two blocks."""
EXTRA_WIDTH = 2
"""The most cells by which columns are wider than their numbers need."""

Sizes = tuple[int, int, int]
"""One number each for slice, filter and products."""


class Request(NamedTuple):
    """What to lay out, and in which room.

    Attributes:
        shape: `(f_h, f_w, channels)`.
        numbers: The width of the numbers of slice, filter and products.
        headings: The width of their headings.
        width: The width available.
        height: The lines available below the panel's title.
        lines: How many of these are needed for something else.
        transposed: Whether stacked grids have their rows from left to right.
    """

    shape: Sizes
    numbers: Sizes
    headings: Sizes
    width: int
    height: int
    lines: int = 0
    transposed: bool = False

    @property
    def stack(self) -> tuple[int, int]:
        """Rows and columns of stacked grids."""
        rows, cols, _ = self.shape
        return (cols, rows) if self.transposed else (rows, cols)


class Plan(NamedTuple):
    """A layout of whole blocks.

    Attributes:
        stacked: Whether a block's grids are one below the other; else side by side.
        columns: The width of a column of slice, filter and products.
        block: Width and height of a block.
        across: Blocks side by side.
        blocks: Blocks in all.
        merged: Whether the first heading replaces the panel's title.
        after: Cells after each number; equal for all three, so that numbers are aligned.
    """

    stacked: bool
    columns: Sizes
    block: tuple[int, int]
    across: int
    blocks: int
    merged: bool = False
    after: int = 0

    @property
    def down(self) -> int:
        """Rows of blocks."""
        return -(-self.blocks // self.across)

    @property
    def lines(self) -> int:
        """Lines that they take below the panel's title."""
        return self.down * self.block[1] - self.merged


@lru_cache(128)
def plan(request: Request) -> Plan | None:
    """Return the layout that shows most channels, preferring grids side by side; None if no block fits."""
    found = [layout for layout in (_side_by_side(request), _stacked(request)) if layout]
    return max(found, key=lambda layout: layout.blocks, default=None)


def stacked_room(request: Request) -> int:
    """Return the greatest width of numbers in stacked grids."""
    return request.width // request.stack[1] - 1


def side_by_side_room(request: Request) -> int:
    """Return the greatest width of numbers in grids side by side."""
    return (request.width - 2 * OPERATOR) // 3 // request.shape[1] - 1


def _stacked(request: Request) -> Plan | None:
    rows, cols = request.stack
    column = max(request.numbers) + 1
    wide = max(cols * column, min(request.width, max(request.headings) + 1))
    if wide > request.width:
        return None
    high = 3 * (rows + 1)
    for across, blocks, merged in _block_counts(request, (wide, high), merging=True):
        room = (request.width - GAP * (across - 1)) // across
        column = min(column + EXTRA_WIDTH, room // cols)
        after = int(column > max(request.numbers) + 1)
        return Plan(True, (column,) * 3, (max(cols * column, wide), high), across, blocks, merged, after)
    return None


def _side_by_side(request: Request) -> Plan | None:
    rows, cols, _ = request.shape
    for extra in range(EXTRA_WIDTH, -1, -1):
        one, two, three = (number + 1 + extra for number in request.numbers)
        wide = sum(grid_widths(request.headings, cols, (one, two, three))) + 2 * OPERATOR
        if wide > request.width:
            continue
        for across, blocks, _ in _block_counts(request, (wide, rows + 1), merging=False):
            return Plan(False, (one, two, three), (wide, rows + 1), across, blocks, after=int(extra > 0))
    return None


def grid_widths(headings: Sizes, cols: int, columns: Sizes) -> Sizes:
    """Return the widths of slice, filter and products side by side, including their headings."""
    one, two, three = (max(head, cols * column) for head, column in zip(headings, columns, strict=True))
    return one, two, three


def _block_counts(request: Request, block: tuple[int, int], *, merging: bool) -> Iterator[tuple[int, int, bool]]:
    """Yield (blocks across, blocks in all, whether these need the title's line), most blocks first."""
    channels, (wide, high) = request.shape[2], block
    across = max(1, min(channels, (request.width + GAP) // (wide + GAP)))
    for down in range(min(-(-channels // across), request.height // high), 0, -1):
        blocks = min(channels, across * down)
        if down * high + _reserved_lines(request, blocks) <= request.height:
            yield across, blocks, False
    if merging and high + _reserved_lines(request, 1) == request.height + 1:
        yield 1, 1, True


def _reserved_lines(request: Request, blocks: int) -> int:
    """Return how many lines to leave below so many blocks: at least one if some channels have no block."""
    return max(request.lines, int(blocks < request.shape[2]))


def centred_slices(place: tuple[int, int], size: tuple[int, int], whole: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of a grid centred on a cell, as far as the borders allow.

    Args:
        place: Row and column of the cell.
        size: How many rows and columns to return.
        whole: How many the grid has.
    """
    counts = [min(count, length) for count, length in zip(size, whole, strict=True)]
    rows, cols = (
        slice(start, start + count)
        for at, count, length in zip(place, counts, whole, strict=True)
        for start in (min(max(at - count // 2, 0), length - count),)
    )
    return rows, cols


class Pictures(NamedTuple):
    """The layout of three small pictures.

    Attributes:
        across: Pictures side by side: 3, 2 with the third below, or 1.
        width: The width of each in cells.
        height: The height of each in lines of two pixels.
    """

    across: int
    width: int
    height: int

    @property
    def lines(self) -> int:
        """Lines that they take, including their headings."""
        return -(-3 // self.across) * (self.height + 1)


def pictures(size: tuple[int, int], head: int, width: int, height: int) -> Pictures:
    """Return the layout of three small pictures, reduced if they do not fit.

    Args:
        size: Rows and columns of each.
        head: The width of the widest heading.
        width: The width available.
        height: The lines available.
    """
    rows, cols = size
    high = -(-rows // 2)
    for across in (3, 1, 2):
        found = Pictures(across, cols, high)
        if across * max(cols, head) + OPERATOR * (across - 1) <= width and found.lines <= height:
            return found
    smaller = [Pictures(1, max(1, min(cols, width)), max(1, min(high, height // 3 - 1)))]
    if (room := (width - 2 * OPERATOR) // 3) >= head:
        smaller.append(Pictures(3, min(cols, room), max(1, min(high, height - 1))))
    return max(smaller, key=lambda found: min(found.width / cols, found.height / high))
