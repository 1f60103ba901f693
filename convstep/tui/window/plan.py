"""How a convolution's numbers are laid out: which grids side by side, and how much of them there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from convstep.figures import Format

OPERATOR = 3
"""Cells between two grids, with × or = in their middle."""


SPACINGS = ((2, 2, 0), (1, 1, 0), (1, 0, 1), (1, 0, 0))
"""Cells before and behind each number, and at a row's end; the first is for integers only."""


class Demand(NamedTuple):
    """What is to be laid out.

    Attributes:
        shape: `(f_h, f_w, channels)`.
        titles: Cells that the headings of slice, filter and products need.
        formats: The formats of the three.
        width: Cells there are.
        height: Lines there are.
    """

    shape: tuple[int, int, int]
    titles: tuple[int, int, int]
    formats: tuple[Format, Format, Format]
    width: int
    height: int


class Plan(NamedTuple):
    """A layout.

    Attributes:
        abreast: Grids side by side: all 3; 2, slice and filter; or 1, the three of them stacked.
        formats: The formats of slice, filter and products.
        before: Cells before each number.
        after: Cells behind each number.
        trail: Cells behind the last number of a row.
        rows: Rows of the kernel that there is room for.
        cols: Columns of the kernel that there is room for.
        blocks: Channels that there is room for.
    """

    abreast: int
    formats: tuple[Format, Format, Format]
    before: int
    after: int
    trail: int
    rows: int
    cols: int
    blocks: int

    def grid(self, number: int) -> int:
        """Return how wide grid 0, 1 or 2 is."""
        return self.cols * (self.before + self.formats[number].width + self.after) + self.trail


@lru_cache(64)
def plan(demand: Demand, alternatives: tuple[tuple[Format, Format, Format], ...]) -> Plan:
    """Return the best layout: three grids abreast, or two, or one, whole kernels before cut ones.

    All three grids of all channels, even stacked, come before two; shorter numbers before cut kernels.

    Args:
        demand: What is to be laid out.
        alternatives: Formats with fewer decimals, to fall back on.
    """
    for formats in (demand.formats, *alternatives):
        for found in _whole(demand, formats):
            return found
    parts = [_part(demand, abreast, demand.formats) for abreast in (3, 2, 1)]
    shorter = (_part(demand, abreast, formats) for formats in alternatives for abreast in (3, 2, 1))
    parts += [part for part in shorter if part.cols == demand.shape[1]]
    return max(parts, key=lambda part: part.rows * part.cols)


def _whole(demand: Demand, formats: tuple[Format, Format, Format]) -> Iterator[Plan]:
    rows, cols, channels = demand.shape
    whole_numbers = not any(form.decimals for form in formats)
    stacked = _blocks(demand, 1, rows)
    for abreast in (3, 1, 2) if stacked == channels else (3, 2, 1):
        for spacing in SPACINGS[0 if whole_numbers else 1 :]:
            found = Plan(abreast, formats, *spacing, rows, cols, channels)
            if _width(demand, found) <= demand.width and (blocks := _blocks(demand, abreast, rows)):
                yield found._replace(blocks=blocks)


def _width(demand: Demand, found: Plan) -> int:
    widths = [max(found.grid(k), demand.titles[k]) for k in range(3)]
    if found.abreast == 1:
        return max(found.grid(k) for k in range(3))
    return sum(widths[: found.abreast]) + OPERATOR * (found.abreast - 1)


def _blocks(demand: Demand, abreast: int, rows: int) -> int:
    """Return how many channels there is room for, with a line for the rest if need be."""
    channels = demand.shape[2]
    size = block_height(abreast, rows, channels)
    room = demand.height - (abreast > 1)
    fitting = room // size
    if fitting < channels and fitting > 1:
        fitting = (room - 1) // size
    return min(channels, fitting)


def block_height(abreast: int, rows: int, channels: int) -> int:
    """Return how many lines one channel takes."""
    return 3 * (rows + 1) if abreast == 1 else rows + (channels > 1)


def _part(demand: Demand, abreast: int, formats: tuple[Format, Format, Format]) -> Plan:
    rows, cols, channels = demand.shape
    room = demand.height - (channels > 1)
    high = (room - (channels > 1)) // 3 - 1 if abreast == 1 else room - 2 - (channels > 1)
    shown = min(rows, max(1, high))
    for wide in range(min(cols, demand.width), 0, -1):
        found = Plan(abreast, formats, *SPACINGS[-1], shown, wide, 1)
        if _width(demand, found) <= demand.width:
            size = block_height(abreast, shown, channels)
            blocks = 1 if shown < rows else max(1, min(channels, (room - 2) // size))
            return found._replace(blocks=blocks)
    return Plan(abreast, formats, *SPACINGS[-1], int(abreast == 1), 1, 1)
