"""Numbers one below the other, with bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from rich.style import Style

from convstep.engine.steps import Array
from convstep.figures import Extent, Format, extent, fitting
from convstep.tui.lines.text import cell_len
from convstep.tui.window.grid import DOT, HERE, Line, bar, fitting_text, flow, length
from convstep.tui.window.view import WindowView, position

BAR = 24
"""The longest bar."""

NARROW = 36
"""Below this width, bars are worth more than factors."""


def strength(values: Array) -> Array:
    """Return how much values weigh: their size, NaN and infinities more than any."""
    weight = np.abs(values)
    return weight if np.isfinite(weight.max(initial=0)) else np.nan_to_num(weight, nan=1e30, posinf=1e30)


def strongest(values: Array, count: int) -> list[int]:
    """Return where the `count` values furthest from 0 are, the furthest first."""
    weight = strength(values).ravel()
    count = min(count, weight.size)
    if count <= 0:
        return []
    found = np.argpartition(-weight, count - 1)[:count]
    found.sort()
    order: list[int] = found[np.argsort(-weight[found], kind="stable")].tolist()
    return order


def around(current: int, count: int, total: int) -> range:
    """Return `count` of `total` places in order, the current one in their middle as far as the ends allow."""
    count = min(count, total)
    start = min(max(current - count // 2, 0), total - count)
    return range(start, start + count)


def tap_pieces(view: WindowView, before: str, result: str, so_far: str, total: str) -> list[Line]:
    """Return what one tap does, in pieces that each stay on one line."""
    ink = view.ink
    equation: Line = [(before, ink.plain)]
    if result:
        equation += [(" = ", ink.soft), (result, ink.amber)]
    return [
        equation,
        [(f"{so_far} ", ink.soft), (total, ink.cyan)],
        tap_count(view),
    ]


def tap_count(view: WindowView) -> Line:
    """Say which tap of how many is the current one."""
    return [(f"tap {(view.tap or 0) + 1:,} of {view.slice.size:,}", view.ink.soft)]


def largest(
    view: WindowView, products: Array, count: int, form: Format, name: Callable[[int, int, int], str]
) -> list[Line]:
    """Return the largest products as bars, below a heading.

    Args:
        view: The step.
        products: `(f_h, f_w, channels)`.
        count: How many at most.
        form: How products are written.
        name: What a product is called, by row, column and channel of the filter.
    """
    ink = view.ink
    chosen = [place for place in strongest(products, count) if products.flat[place] != 0]
    if not chosen:
        return []
    values = products.ravel()[chosen].tolist()
    names = [name(*position(place, products.shape)) for place in chosen]
    wide = max(map(cell_len, names))
    room = min(BAR, view.width - wide - form.width - 4)
    most = extent(products).largest or 1.0
    lines: list[Line] = [[("largest products", ink.bold), (f" {form.factor}", ink.soft)]]
    for label, value in zip(names, values, strict=True):
        line: Line = [(label.ljust(wide + 2), ink.soft), (form.text(value), ink.sign(value))]
        if room >= 3:
            line += [("  ", ink.plain), (bar(abs(value) / most, room), ink.sign(value))]
        lines.append(line)
    return lines


class Contributions(NamedTuple):
    """The products of one neuron as a list: those of a dense layer, or of a 1×1 filter.

    Attributes:
        view: The step.
        names: What an input is called, by its number: at length, and shorter, for narrow panels.
    """

    view: WindowView
    names: Sequence[Callable[[int], str]]

    def lines(self) -> list[Line]:
        """Return everything that there is room for."""
        view = self.view
        weights = view.step.filter
        assert weights is not None
        inputs, weights = view.slice.ravel(), weights.ravel()
        products = inputs * weights
        after = self._after(weights, products)
        spaced = view.height >= 12
        count = min(products.size, max(1, view.height - 1 - len(after) - spaced))
        if view.tap is None:
            chosen: Sequence[int] = strongest(products, count)
        else:
            chosen = around(view.tap, count, products.size)
        rest = products.size - len(chosen)
        columns = self._columns(inputs, weights, products, chosen)
        heading = f"{'largest of ' if view.tap is None and rest else ''}{products.size:,} products"
        head: Line = [(fitting_text(view.width, heading, "products"), view.ink.bold)]
        if view.tap is None:
            after = self._after(weights, products, chosen)
        return [head, *columns, *([[]] if spaced else []), *after]

    def _columns(self, inputs: Array, weights: Array, products: Array, chosen: Sequence[int]) -> list[Line]:
        view, ink = self.view, self.view.ink
        at = list(chosen)
        shown = [array[at] for array in (inputs, weights, products)]
        most = extent(products).largest or 1.0
        kinds = (view.arriving, view.filters, Extent(1.0, negative=True, whole=view.arriving.whole))
        formats = [fitting(extent(array), kind) for array, kind in zip(shown, kinds, strict=True)]
        factors = [f"{form.factor}" for form in formats]
        tap = view.tap
        for names in self.names:
            labels = [names(place) for place in at]
            wide = max(map(cell_len, labels)) + 2
            plain = wide + formats[2].width + 1 + len(factors[2])
            full = plain + sum(form.width + 3 + len(factor) for form, factor in zip(formats[:2], factors, strict=False))
            if plain <= view.width:
                break
        equation = full <= view.width
        used = full if equation else plain
        room = min(BAR, view.width - used - 1)
        if equation and room < 3 and view.width < NARROW and tap is None:
            equation, room = False, min(BAR, view.width - plain - 1)
        lines = []
        for label, place, x, w, product in zip(labels, at, *(array.tolist() for array in shown), strict=True):
            time = -1 if tap is None else place - tap
            style = ink.amber if time == 0 else ink.quiet if time > 0 else ink.plain
            line: Line = [
                (HERE if time == 0 else " ", ink.title),
                (label.ljust(wide - 1), ink.amber if time == 0 else ink.soft),
            ]
            if equation:
                line += [
                    (formats[0].text(x) + factors[0], style),
                    (" × ", ink.soft),
                    (formats[1].text(w) + factors[1], style),
                    (" = ", ink.soft),
                ]
            if time > 0:
                line.append((formats[2].symbol(DOT), ink.quiet))
            else:
                line.append((formats[2].text(product) + factors[2], ink.title if time == 0 else ink.sign(product)))
                if room >= 3:
                    line += [(" ", ink.plain), (bar(abs(product) / most, room), ink.sign(product))]
            lines.append(line)
        return lines

    def _after(self, weights: Array, products: Array, chosen: Sequence[int] = ()) -> list[Line]:
        view, ink = self.view, self.view.ink
        like = Format(0 if extent(products).whole else 2, 0, 0)
        if view.tap is not None:
            totals = view.operation.running(view.step.index)
            x, w = view.slice.ravel()[view.tap], weights[view.tap]
            whole = Format(0 if view.arriving.whole else 2, 0, 0)
            pieces = tap_pieces(
                view,
                f"{whole.alone(x)} × {like._replace(decimals=2).alone(w)}",
                like.alone(products[view.tap]),
                "sum so far",
                like.alone(totals[view.tap]),
            )
            return flow(pieces, view.width, ink)
        lines: list[Line] = []
        count = products.size - len(chosen)
        if count:
            rest = float(products.sum(dtype=np.float64) - products[list(chosen)].sum(dtype=np.float64))
            lines.append([(f"and {count:,} more  Σ ", ink.soft), (like.alone(rest), ink.sign(rest))])
        bias = view.step.bias
        lines.append([("bias ", ink.soft), (like.alone(bias), ink.sign(float(bias)))])
        lines += [[("= ", ink.soft), (like.alone(view.step.value), ink.cyan)]]
        return flow(lines, view.width, ink)


def table(
    rows: Sequence[tuple[bool, Sequence[tuple[str, Style]], tuple[float, Style] | None]],
    view: WindowView,
    gap: str = "  ",
) -> list[Line]:
    """Return rows of cells in columns, the current row marked, with a bar at the end where there is room.

    Args:
        rows: For each whether it is the current one, its cells, and how much of a bar it has.
        view: The step.
        gap: What stands between two columns.
    """
    ink = view.ink
    widths = [max(cell_len(row[1][k][0]) for row in rows) for k in range(len(rows[0][1]))]
    lines: list[Line] = []
    for current, cells, part in rows:
        line: Line = [(f"{HERE} " if current else "  ", ink.title)]
        for k, ((text, style), width) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (width - cell_len(text))
            line += [(text + space, style)] if k == 0 else [(gap + space, ink.soft), (text, style)]
        room = min(BAR, view.width - length(line) - 2)
        if part and room >= 3:
            line += [("  ", ink.plain), (bar(part[0], room), part[1])]
        lines.append(line)
    return lines
