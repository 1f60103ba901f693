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

LEAST_BAR = 3
"""A shorter bar says nothing."""
TELLING_BAR = 6
"""A bar of this length is worth more than words in full."""


def strength(values: Array) -> Array:
    """Return how much values weigh: their size, NaN and infinities more than any."""
    weight = np.abs(values)
    return weight if np.isfinite(weight.max(initial=0)) else np.nan_to_num(weight, nan=np.inf, posinf=np.inf)


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


def tap_lines(view: WindowView, equation: Line, so_far: str) -> list[Line]:
    """Return what one tap does, the result so far and which tap it is, each on one line.

    Args:
        view: The step.
        equation: What the tap does.
        so_far: What the result is called.
    """
    ink = view.ink
    assert view.tap is not None
    total: Line = [(f"{so_far} ", ink.soft), (view.number(view.scene.tap(view.tap).total), ink.cyan)]
    return flow([equation, total, tap_count(view)], view.width, ink)


def tap_count(view: WindowView) -> Line:
    """Say which tap of how many is the current one."""
    return [(f"tap {(view.tap or 0) + 1:,} of {view.slice.size:,}", view.ink.soft)]


def largest(view: WindowView, products: Array, count: int, width: int) -> list[Line]:
    """Return the largest products as bars, below a heading.

    Args:
        view: The step.
        products: `(f_h, f_w, channels)`.
        count: How many at most.
        width: Cells there are.
    """
    ink = view.ink
    chosen = [place for place in strongest(products, count) if products.flat[place] != 0]
    if not chosen:
        return []
    values = products.ravel()[chosen].tolist()
    texts = aligned([view.number(value) for value in values])
    names = [view.tap_name(*position(place, products.shape)) for place in chosen]
    name_width, text_width = (max(map(cell_len, each)) for each in (names, texts))
    room = width - name_width - text_width - 4
    most = extent(products).largest or 1.0
    lines: list[Line] = [[("largest products", ink.bold)]]
    for name, text, value in zip(names, texts, values, strict=True):
        line: Line = [(name.ljust(name_width + 2), ink.soft), (text, ink.sign(value))]
        if room >= LEAST_BAR:
            line += [("  ", ink.plain), (bar(abs(value) / most, room), ink.sign(value))]
        lines.append(line)
    return lines


def aligned(texts: Sequence[str]) -> list[str]:
    """Return numbers with their decimal points below each other."""
    parts = [text.partition(".") for text in texts]
    before, after = (max((len(part[n]) for part in parts), default=0) for n in (0, 2))
    tail = after + 1 if after else 0
    return [whole.rjust(before) + (point + rest).ljust(tail) for whole, point, rest in parts]


def adds_up(texts: Sequence[str], result: str) -> bool:
    """Return whether numbers, as they are shown, add up to one that is shown."""
    numbers = [float(text.replace("−", "-").replace("∞", "inf")) for text in (*texts, result)]
    return bool(np.isclose(sum(numbers[:-1]), numbers[-1], rtol=1e-9, atol=1e-9, equal_nan=True))


class Contributions(NamedTuple):
    """The products of one neuron as a list: those of a dense layer, or of a 1×1 filter.

    Attributes:
        view: The step.
        names: What an input is called, by its number: in words, and shorter.
        source: What the inputs come from, for the heading; may be empty.
    """

    view: WindowView
    names: Sequence[Callable[[int], str]]
    source: str = ""

    def lines(self) -> list[Line]:
        """Return everything that there is room for."""
        view = self.view
        weights = view.step.filter
        assert weights is not None
        inputs, weights = view.slice.ravel(), weights.ravel()
        products = view.scene.products.ravel()
        after = self._after(products)
        spaced = view.height >= 12
        count = min(products.size, max(1, view.height - 1 - len(after) - spaced))
        if view.tap is None:
            chosen: Sequence[int] = strongest(products, count)
            if view.chosen is not None:
                chosen = [view.chosen, *[k for k in chosen if k != view.chosen]][:count]
        else:
            chosen = around(view.tap, count, products.size)
        rest = products.size - len(chosen)
        heading = f"{'largest of ' if view.tap is None and rest else ''}{products.size:,} products"
        source = f"{heading}, from {self.source}" if self.source else heading
        head: Line = [(fitting_text(view.width, source, heading, "products"), view.ink.bold)]
        if view.tap is None:
            after = self._after(products, chosen)
        columns = self._columns(inputs, weights, products, chosen)
        return [head, *columns, *([[]] if spaced else []), *after]

    def _columns(self, inputs: Array, weights: Array, products: Array, chosen: Sequence[int]) -> list[Line]:
        view, ink, at = self.view, self.view.ink, list(chosen)
        shown = [array[at] for array in (inputs, weights, products)]
        most = extent(products).largest or 1.0
        decimals = view.scene.most_decimals
        kinds = (view.arriving, view.filters, Extent(1.0, negative=True, whole=view.arriving.whole))
        formats = [fitting(extent(array), kind, decimals) for array, kind in zip(shown, kinds, strict=True)]
        factors = [form.factor for form in formats]
        labels, equation, room = self._layout(at, formats)
        wide = max(map(cell_len, labels)) + 2
        tap = view.tap
        lines = []
        for label, place, x, w, product in zip(labels, at, *(array.tolist() for array in shown), strict=True):
            time = (0 if place == view.chosen else -1) if tap is None else place - tap
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
                if room >= LEAST_BAR:
                    line += [(" ", ink.plain), (bar(abs(product) / most, room), ink.sign(product))]
            lines.append(line)
        return lines

    def _layout(self, at: list[int], formats: list[Format]) -> tuple[list[str], bool, int]:
        """Return the inputs' names, whether there is room for the factors, and how long bars are at most."""
        widths = [form.width + len(form.factor) for form in formats]
        for equation, least in ((True, TELLING_BAR), (False, LEAST_BAR), (False, -1)):
            for names in self.names:
                labels = [names(place) for place in at]
                used = max(map(cell_len, labels)) + 2 + widths[2] + (widths[0] + widths[1] + 6 if equation else 0)
                if self.view.width - used - 1 >= least:
                    return labels, equation, self.view.width - used - 1
        return labels, False, 0

    def _after(self, products: Array, chosen: Sequence[int] = ()) -> list[Line]:
        view, ink = self.view, self.view.ink
        if view.tap is not None:
            tap = view.scene.tap(view.tap)
            equation: Line = [
                (f"{view.number(tap.input)} × {view.number(tap.weight)}", ink.plain),
                (" = ", ink.soft),
                (view.number(tap.product), ink.amber),
            ]
            return tap_lines(view, equation, "so far")
        lines: list[Line] = []
        count = products.size - len(chosen)
        if count:
            rest = float(products.sum(dtype=np.float64) - products[list(chosen)].sum(dtype=np.float64))
            lines.append([(f"and {count:,} more  Σ ", ink.soft), (view.number(rest), ink.sign(rest))])
        bias = view.step.bias
        if bias is not None:
            lines.append([("bias ", ink.soft), (view.number(bias), ink.sign(float(bias)))])
        lines += [[("= ", ink.soft), (view.number(view.step.value), ink.cyan)]]
        return flow(lines, view.width, ink)


def of_channels(view: WindowView) -> list[Line]:
    """Return the products of a window that has one place, a line for each channel."""
    return Contributions(view, (view.channel_name, lambda k: view.channel_name(k, short=True))).lines()


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        current: Whether it is the one that is looked at.
        cells: What stands in its columns.
        bar: How much of a bar it has, and in which style; None for none.
    """

    current: bool
    cells: Sequence[tuple[str, Style]]
    bar: tuple[float, Style] | None = None


def boxed(text: str, style: Style) -> tuple[str, Style]:
    """Return a number with a cell of its own ground on either side."""
    return f" {text} ", style


def table_width(rows: Sequence[Row], gap: int = 1) -> int:
    """Return how wide a table is without its bars."""
    columns = len(rows[0].cells)
    return 2 + sum(max(cell_len(row.cells[k][0]) for row in rows) for k in range(columns)) + gap * (columns - 1)


def table(rows: Sequence[Row], view: WindowView, *, least: int | None = None, width: int | None = None) -> list[Line]:
    """Return rows of cells in columns, the current row marked, with a bar at the end where there is room.

    Args:
        rows: The rows.
        view: The step.
        least: The column that is left out where there is no room for it.
        width: Cells there are, if not all of the panel's.
    """
    ink, width = view.ink, view.width if width is None else width
    gap = 1 if table_width(rows) <= width else 0
    if least is not None and table_width(rows, gap) > width:
        return table(
            [row._replace(cells=[*row.cells[:least], *row.cells[least + 1 :]]) for row in rows], view, width=width
        )
    widths = [max(cell_len(row.cells[k][0]) for row in rows) for k in range(len(rows[0].cells))]
    lines: list[Line] = []
    for current, cells, part in rows:
        line: Line = [(f"{HERE} " if current else "  ", ink.title)]
        for k, ((text, style), wide) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (wide - cell_len(text))
            line += [(text + space, style)] if k == 0 else [(" " * gap + space, ink.soft), (text, style)]
        room = width - length(line) - 1
        if part and room >= LEAST_BAR:
            line += [(" ", ink.plain), (bar(part[0], room), part[1])]
        lines.append(line)
    return lines


def channels_here(view: WindowView, room: int) -> list[Line]:
    """Return what the other channels of the output have at the neuron's place, below a heading.

    Args:
        view: The step.
        room: Lines there are.
    """
    i, h, w, c = view.step.index
    values = view.step.values.reshape(view.operation.geometry.shape)[i, h, w]
    if len(values) < 2 or room < 3:
        return []
    ink, numbers = view.ink, values.tolist()
    most, known = view.leaving.largest or 1.0, c if view.tap is None else c - 1
    places = around(c, room - 1, len(numbers))
    texts = aligned([view.number(numbers[k]) if k <= known else DOT for k in places])
    rows = [
        Row(
            k == c,
            [
                (f"channel {k}", ink.cyan if k == c else ink.soft),
                boxed(text, view.tinted(numbers[k], view.out_scale) if k <= known else ink.quiet),
            ],
            (abs(numbers[k]) / most, ink.cyan if k == c else ink.sign(numbers[k])) if k <= known else None,
        )
        for k, text in zip(places, texts, strict=True)
    ]
    title = fitting_text(view.width, "all channels at this place", "all channels")
    return [[(title, ink.bold)], *table(rows, view)]
