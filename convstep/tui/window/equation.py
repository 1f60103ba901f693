"""The face of a convolution: slice × filter = products, a block a channel."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from convstep.engine.steps import Array
from convstep.figures import Extent, Format, extent, fitting, minus
from convstep.tui.lines.text import cell_len
from convstep.tui.window.grid import Grid, Line, fitting_text, flow, length
from convstep.tui.window.lists import largest, strength, strongest, tap_count
from convstep.tui.window.plan import OPERATOR, Demand, Plan, plan
from convstep.tui.window.view import WindowView

TITLES = ("slice", "filter", "products")
BARS = 12
"""The most bars of largest products."""


def conv_lines(view: WindowView) -> list[Line]:
    """Return the lines of a convolution's step."""
    return Equation(view).lines()


class Equation:
    """Slice × filter = products of one window.

    Args:
        view: The step.
    """

    def __init__(self, view: WindowView) -> None:
        self.view = view

    @cached_property
    def weights(self) -> Array:
        """The filter, `(f_h, f_w, channels)`."""
        weights = self.view.step.filter
        assert weights is not None
        return weights

    @cached_property
    def products(self) -> Array:
        """Slice times filter."""
        return np.asarray(self.view.slice * self.weights)

    @cached_property
    def sums(self) -> Array:
        """Each channel's sum of products; where the step is opened into taps, the sum so far."""
        if self.view.tap is None:
            return self.totals
        done = np.arange(self.products.size).reshape(self.products.shape) <= self.view.tap
        return np.asarray(self.products.sum((0, 1), np.float64, where=done))

    @cached_property
    def totals(self) -> Array:
        """Each channel's sum of all products."""
        return np.asarray(self.products.sum((0, 1), np.float64))

    @cached_property
    def extents(self) -> tuple[Extent, Extent, Extent]:
        """The extents of slice, filter and products."""
        return extent(self.view.slice), extent(self.weights), extent(self.products)

    def formats(self, decimals: int = 2) -> tuple[Format, Format, Format]:
        """Return the formats of slice, filter and products, with at most so many decimals."""
        view = self.view
        shown, weights, products = self.extents
        filters = view.filters
        signed = Extent(1.0, negative=True, whole=view.arriving.whole and filters.whole)
        return (
            fitting(shown, view.arriving, decimals),
            fitting(weights, filters, decimals),
            fitting(products, signed, decimals),
        )

    def lines(self) -> list[Line]:
        """Return everything that there is room for."""
        view = self.view
        footer, layout = self._fitted()
        body = self._body(layout, view.height - len(footer))
        room = view.height - len(body) - len(footer)
        if view.tap is None and room >= 6 and self.products.size > 1:
            body += [[], *largest(view, self.products, min(BARS, room - 2), self.formats()[2], self._name)]
            room = 0
        return [*body, *([[]] if footer and room else []), *footer]

    def _fitted(self) -> tuple[list[Line], Plan]:
        """Return what is said about the current tap, shortened until the whole kernel fits, and the layout above it."""
        footers = self._footers()
        layouts = [self._plan(self.view.height - len(footers[0]))]
        while not self._is_whole(layouts[-1]) and len(layouts) < len(footers):
            layouts.append(self._plan(self.view.height - len(footers[len(layouts)])))
        chosen = len(layouts) - 1
        if chosen and not self._is_whole(layouts[-1]) and layouts[-1].abreast > 1:
            chosen -= 1
        return footers[chosen], layouts[chosen]

    def _is_whole(self, layout: Plan) -> bool:
        return (layout.rows, layout.cols) == self.weights.shape[:2]

    def _name(self, row: int, col: int, k: int) -> str:
        """Return the place of a tap in the input's own coordinates."""
        rows, cols = self._places
        return f"[{rows[row]}, {cols[col]}, {self.view.channel_name(k, short=True)}]"

    @cached_property
    def _places(self) -> tuple[list[str], list[str]]:
        rows, cols, _ = self.view.ranges
        return [minus(row) for row in rows], [minus(col) for col in cols]

    def _plan(self, height: int) -> Plan:
        rows, cols, channels = self.weights.shape
        formats = self.formats()
        titles = [cell_len(title) for title in self._titles(formats)]
        labels = max(cell_len(self.view.channel_name(k)) for k in (0, channels - 1)) if channels > 1 else 0
        sums = cell_len(self._sum(0, formats[2]))
        alone = channels == 1
        wide = (
            max(titles[0], labels),
            titles[1] if not alone else titles[1] + 2 + sums,
            titles[2] if not alone else titles[2] + 2 + sums,
        )
        demand = Demand((rows, cols, channels), wide, formats, self.view.width, height)
        fewer = (self.formats(1),) if min(part.largest for part in self.extents) >= 0.5 else ()
        return plan(demand, fewer)

    def _titles(self, formats: tuple[Format, Format, Format]) -> list[str]:
        return [f"{title} {form.factor}".strip() for title, form in zip(TITLES, formats, strict=True)]

    def _sum(self, k: int, form: Format) -> str:
        return f"Σ {form.alone(self.sums[k])}"

    # Which channels, and which part of the kernel

    def _channels(self, count: int) -> list[int]:
        """Return the channels to show: in their order if all fit, else the largest contributions first."""
        channels = len(self.sums)
        if count >= channels:
            return list(range(channels))
        chosen = strongest(self.totals, count)
        place = self.view.place
        if place and place[2] not in chosen:
            chosen[-1] = place[2]
        return chosen

    def _part(self, layout: Plan, channels: list[int]) -> tuple[slice, slice]:
        """Return the rows and columns to show: around the current tap, or where the products are largest."""
        rows, cols, _ = self.weights.shape
        high, wide = layout.rows, layout.cols
        if self._is_whole(layout):
            return slice(0, rows), slice(0, cols)
        if self.view.place:
            row, col, _ = self.view.place
            top, left = min(max(row - high // 2, 0), rows - high), min(max(col - wide // 2, 0), cols - wide)
        else:
            top, left = heaviest(strength(self.products[..., channels]).sum(axis=2), high, wide)
        return slice(top, top + high), slice(left, left + wide)

    # Drawing

    def _body(self, layout: Plan, height: int) -> list[Line]:
        channels = self._channels(layout.blocks)
        part = self._part(layout, channels)
        lines = [self._head(layout)] if layout.abreast > 1 else []
        told = height < self.view.height
        blocks = [self._block(layout, k, part, told) for k in channels]
        after = self._rest(layout, channels)
        if layout.abreast > 1 or len(self.sums) > 1:
            cut = self._cut(part, self.view.width)
            after = [*([[(cut, self.view.ink.soft)]] if cut else []), *after]
        room = height - len(lines) - len(blocks) * len(blocks[0])
        after = after[: max(0, room)]
        airy = room - len(after) >= len(blocks) - 1 + bool(after)
        for block in blocks:
            lines += [*([[]] if airy and block is not blocks[0] else []), *block]
        return [*lines, *([[]] if airy and after else []), *after]

    def _columns(self, layout: Plan) -> list[int]:
        """Return how wide each column of grids is, headings included."""
        alone = len(self.sums) == 1
        titles = [cell_len(title) for title in self._titles(layout.formats)]
        if alone:
            titles[layout.abreast - 1] += 2 + cell_len(self._sum(0, layout.formats[2]))
        return [max(layout.grid(k), titles[k]) for k in range(layout.abreast)]

    def _head(self, layout: Plan) -> Line:
        ink, titles = self.view.ink, self._titles(layout.formats)
        line: Line = []
        for k, width in enumerate(self._columns(layout)):
            title, factor = TITLES[k], titles[k][len(TITLES[k]) :]
            column: Line = [(title, ink.title if k == 0 else ink.bold), (factor, ink.soft)]
            used = cell_len(titles[k])
            if len(self.sums) == 1 and k == layout.abreast - 1:
                column += [("  ", ink.plain), *self._sum_runs(0, layout.formats[2])]
                used += 2 + cell_len(self._sum(0, layout.formats[2]))
            line += [*column, (" " * (width - used + OPERATOR), ink.plain)]
        line.pop()
        return line

    def _sum_runs(self, k: int, form: Format) -> Line:
        ink, text = self.view.ink, self._sum(k, form)
        return [(text[:2], ink.soft), (text[2:], ink.sign(float(self.sums[k])))]

    def _grids(self, layout: Plan, k: int, part: tuple[slice, slice]) -> list[Grid]:
        view = self.view
        rows, cols, channels = self.weights.shape
        padded = None if view.padded is None else view.padded[part]
        order = None
        if view.tap is not None:
            order = (np.arange(rows * cols).reshape(rows, cols) * channels + k - view.tap)[part]
        holds = "0" if view.operation.geometry.rows.mode == "zero" else None
        input_, weights, products = layout.formats
        _, filter_, product = self.extents
        return [
            Grid(view.slice[..., k][part], input_, view.colouring(k), view.scale, padded, holds, order=order),
            Grid(self.weights[..., k][part], weights, "signed", filter_.largest, order=order),
            Grid(self.products[..., k][part], products, "signed", product.largest, padded, holds, order, hidden=True),
        ]

    def _block(self, layout: Plan, k: int, part: tuple[slice, slice], told: bool) -> list[Line]:
        ink = self.view.ink
        shown = self._grids(layout, k, part)[: layout.abreast if layout.abreast > 1 else 3]
        grids = [grid.lines(ink, layout.before, layout.after, layout.trail) for grid in shown]
        if layout.abreast == 1:
            return self._stacked(layout, k, part, grids, told)
        widths = self._columns(layout)
        spaces = [(" " * (width - layout.grid(n)), ink.plain) for n, width in enumerate(widths)]
        lines: list[Line] = []
        for row, runs in enumerate(zip(*grids, strict=True)):
            line = [*runs[0], spaces[0]]
            for n in range(1, layout.abreast):
                sign = f" {'×='[n - 1]} " if row == (layout.rows - 1) // 2 else " " * OPERATOR
                line += [(sign, ink.soft), *runs[n], spaces[n]]
            lines.append(line)
        if len(self.sums) == 1:
            return lines
        name = self.view.channel_name(k)
        before = sum(widths[:-1]) + OPERATOR * (layout.abreast - 1)
        head: Line = [(name.ljust(before), ink.soft), *self._sum_runs(k, layout.formats[2])]
        return [head, *lines]

    def _stacked(
        self, layout: Plan, k: int, part: tuple[slice, slice], grids: list[list[Line]], told: bool
    ) -> list[Line]:
        view, ink = self.view, self.view.ink
        titles = self._titles(layout.formats)
        channels = len(self.sums)
        room = view.width - cell_len(titles[0]) - 2
        if channels == 1:
            name = self._cut(part, room)
        else:
            long = view.channel_name(k)
            count = f" {view.ranges[2][k] + 1}/{channels}" if view.scene.has_colours else f" of {channels}"
            name = fitting_text(room, long + count, long)
        heads: list[Line] = [
            [("slice", ink.title), (titles[0][5:], ink.soft), ("  ", ink.plain), (name, ink.soft)],
            [("× ", ink.soft), ("filter", ink.bold), (titles[1][6:], ink.soft)],
            [
                *(("= ", ink.soft), ("products", ink.bold), (titles[2][8:], ink.soft), ("  ", ink.plain)),
                *self._sum_runs(k, layout.formats[2]),
            ],
        ]
        if view.tap is not None and not told:
            heads[1] += [("   ", ink.plain), *tap_count(view)]
            so_far = self._so_far("so far")
            if length(heads[2]) + 3 + length(so_far) > view.width:
                del heads[2][-2:]
            heads[2] += [("   ", ink.plain), *so_far]
        return [line for head, grid in zip(heads, grids, strict=True) for line in (head, *grid)]

    def _cut(self, part: tuple[slice, slice], room: int) -> str:
        """Say how much of the kernel is not shown, and where what is shown lies."""
        return cut_text(self.view.ranges[:2], part, room)

    def _rest(self, layout: Plan, channels: list[int]) -> list[Line]:
        """Say what the channels that are not shown add up to."""
        count = len(self.sums) - len(channels)
        if not count:
            return []
        ink = self.view.ink
        total = self.sums.sum() - self.sums[channels].sum()
        value = layout.formats[2].alone(total)
        text = f"and {count:,} channel{'s' * (count > 1)} more"
        short = f"and {count:,} more"
        room = self.view.width - cell_len(value) - 4
        return [[(fitting_text(room, text, short), ink.soft), ("  Σ ", ink.soft), (value, ink.sign(float(total)))]]

    def _footers(self) -> list[list[Line]]:
        """Say what the current tap does, at length, in one line, and not at all."""
        view = self.view
        if view.place is None or view.tap is None:
            return [[]]
        input_, weights, products = self.formats()
        equation: Line = [
            (
                f"{input_.alone(view.slice[view.place])} × {weights.alone(self.weights[view.place])}",
                view.ink.plain,
            ),
            (" = ", view.ink.soft),
            (products.alone(self.products[view.place]), view.ink.amber),
        ]
        pieces = flow([equation, self._so_far(), tap_count(view)], view.width, view.ink)
        short = flow([self._so_far("so far"), tap_count(view)], view.width, view.ink, gap=2)
        return [pieces, *([short] if len(short) < len(pieces) else []), []]

    def _so_far(self, word: str = "sum so far") -> Line:
        """Say what the taps up to the current one add up to."""
        view = self.view
        total = view.operation.running(view.step.index)[view.tap]
        return [(f"{word} ", view.ink.soft), (self.formats()[2].alone(total), view.ink.cyan)]


def heaviest(weight: Array, high: int, wide: int) -> tuple[int, int]:
    """Return the top left corner of the part, `high` by `wide`, that weighs most."""
    table = np.zeros((weight.shape[0] + 1, weight.shape[1] + 1))
    table[1:, 1:] = weight.cumsum(0).cumsum(1)
    parts = table[high:, wide:] - table[:-high, wide:] - table[high:, :-wide] + table[:-high, :-wide]
    top, left = divmod(int(parts.argmax()), parts.shape[1])
    return top, left


def cut_text(ranges: tuple[range, range], part: tuple[slice, slice], room: int) -> str:
    """Return how many rows and columns of a window are left out, and where those that are shown lie.

    Args:
        ranges: The window's rows and columns.
        part: Which of them are shown.
        room: Cells there are; a shorter text is found for fewer.
    """
    lost, here = [], []
    for places, shown, word in zip(ranges, part, ("row", "column"), strict=True):
        if count := len(places) - len(places[shown]):
            lost.append(f"{count:,} {word}{'s' * (count > 1)}")
            here.append(f"{word}s {span(places[shown])}")
    if not lost:
        return ""
    text = f"… {' and '.join(lost)} more"
    texts = (
        f"{text}; here {', '.join(here)}",
        text,
        f"… {', '.join(lost)} more",
        f"… {', '.join(lost)}",
        f"… {lost[-1]}",
        "… more",
    )
    return fitting_text(room, *texts)


def span(places: range) -> str:
    """Return where a stretch of rows or columns lies: 17–20."""
    first, last = minus(places[0]), minus(places[-1])
    return first if len(places) == 1 else f"{first}–{last}"
