"""Lists and tables of numbers with bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from rich.style import Style

from convstep.engine.steps import Array
from convstep.figures import ALMOST_ZERO, QUIET, Extent, Format, equality_sign, extent, fitting, parse_figure
from convstep.tui.lines.text import cell_len, centred_range
from convstep.tui.window.grid import DOT, HERE, Line, bar, fitting_text, flow, length
from convstep.tui.window.view import WindowView, position

SHORTEST_BAR = 3
"""The least length of a bar."""
GOOD_BAR = 6
"""Names are shortened to make room for a bar of this length."""


def strength(values: Array) -> Array:
    """Return the absolute values, with NaN as +∞."""
    weight = np.abs(values)
    return weight if np.isfinite(weight.max(initial=0)) else np.nan_to_num(weight, nan=np.inf, posinf=np.inf)


def strongest(values: Array, count: int) -> list[int]:
    """Return the flat indices of the `count` values furthest from 0, furthest first."""
    weight = strength(values).ravel()
    count = min(count, weight.size)
    if count <= 0:
        return []
    found = np.argpartition(-weight, count - 1)[:count]
    found.sort()
    order: list[int] = found[np.argsort(-weight[found], kind="stable")].tolist()
    return order


def tap_lines(view: WindowView, equation: Line, so_far: str) -> list[Line]:
    """Return a tap's equation, the result so far and the tap's number, none of them broken across lines.

    A narrow panel leaves them to the sum.

    Args:
        view: The step.
        equation: The tap's equation.
        so_far: The label of the result.
    """
    styles = view.styles
    assert view.tap is not None
    if view.leaves_tap_to_sum:
        return []
    total: Line = [(f"{so_far} ", styles.soft), (view.number(view.scene.tap(view.tap).total), styles.cyan)]
    return flow([equation, total, tap_count(view)], view.width, styles)


def tap_count(view: WindowView) -> Line:
    """Return the current tap's number: tap 3 of 27."""
    return [(f"tap {(view.tap or 0) + 1:,} of {view.slice.size:,}", view.styles.soft)]


def largest(view: WindowView, products: Array, count: int, width: int) -> list[Line]:
    """Return the largest products as bars, below a heading.

    Args:
        view: The step.
        products: `(f_h, f_w, channels)`.
        count: The most to list.
        width: The width available.
    """
    styles = view.styles
    chosen = [place for place in strongest(products, count) if products.flat[place] != 0]
    if not chosen:
        return []
    values = products.ravel()[chosen].tolist()
    texts = aligned([view.number(value) for value in values])
    text_width = max(map(cell_len, texts))
    for short in (False, True):
        names = [view.tap_name(*position(place, products.shape), short=short) for place in chosen]
        name_width = max(map(cell_len, names))
        room = width - name_width - text_width - 4
        if room >= -2:
            break
    else:
        return []
    most = extent(products).largest or 1.0
    lines: list[Line] = [[("largest products", styles.bold)]]
    for name, text, value in zip(names, texts, values, strict=True):
        line: Line = [(name.ljust(name_width + 2), styles.soft), (text, styles.sign(value))]
        if room >= SHORTEST_BAR:
            line += [("  ", styles.plain), (bar(abs(value) / most, room - 1), styles.sign(value))]
        lines.append(line)
    return lines


def aligned(texts: Sequence[str]) -> list[str]:
    """Return numbers padded so that their decimal points are aligned."""
    parts = [text.partition(".") for text in texts]
    before, after = (max((len(part[n]) for part in parts), default=0) for n in (0, 2))
    tail = after + 1 if after else 0
    return [whole.rjust(before) + (point + rest).ljust(tail) for whole, point, rest in parts]


def adds_up(texts: Sequence[str], result: str) -> bool:
    """Return whether numbers as displayed (rounded) add up to a displayed result."""
    numbers = [float(parse_figure(text.strip())) for text in (*texts, result)]
    return bool(np.isclose(sum(numbers[:-1]), numbers[-1], rtol=1e-9, atol=1e-9, equal_nan=True))


def is_product(one: str, other: str, result: str) -> bool:
    """Return whether numbers as displayed (rounded) multiply to a displayed result, which is rounded, too."""
    found = [parse_figure(text.strip()) for text in (one, other)]
    return equality_sign(QUIET.multiply(*found), result.strip()) == "="


class Contributions(NamedTuple):
    """The products of one neuron as a list: those of a dense layer, or of a 1×1 filter.

    Attributes:
        view: The step.
        names: Functions that return an input's name from its index: in full, and shortened.
        source: The layer that the inputs come from, for the heading; may be empty.
    """

    view: WindowView
    names: Sequence[Callable[[int], str]]
    source: str = ""

    def lines(self) -> list[Line]:
        """Return the lines, with as many products as fit."""
        view = self.view
        weights = view.step.filter
        assert weights is not None
        inputs, weights = view.slice.ravel(), weights.ravel()
        products = view.scene.products.ravel()
        after = self._lines_below(products)
        spaced = bool(after) and view.height >= 12
        count = min(products.size, max(1, view.height - 1 - len(after) - spaced))
        if view.tap is None:
            chosen: Sequence[int] = strongest(products, count)
            if view.chosen is not None:
                chosen = [view.chosen, *[k for k in chosen if k != view.chosen]][:count]
        else:
            chosen = centred_range(view.tap, count, products.size)
        rest = products.size - len(chosen)
        heading = f"{'largest of ' if view.tap is None and rest else ''}{products.size:,} products"
        source = f"{heading}, from {self.source}" if self.source else heading
        head: Line = [(fitting_text(view.width, source, heading, "products"), view.styles.bold)]
        if view.tap is None:
            after = self._lines_below(products, chosen)
        columns = self._columns(inputs, weights, products, chosen)
        return [head, *columns, *([[]] if spaced else []), *after]

    def _format(self, array: Array, layer: Extent) -> Format:
        """Return the format of all inputs, weights or products, so that it stays while the list scrolls."""
        return fitting(extent(array), layer, self.view.scene.most_decimals)

    def _format_of_products(self, products: Array) -> Format:
        return self._format(products, Extent(1.0, negative=True, whole=self.view.input_extent.whole))

    def _columns(self, inputs: Array, weights: Array, products: Array, chosen: Sequence[int]) -> list[Line]:
        view, styles, at = self.view, self.view.styles, list(chosen)
        shown = [array[at] for array in (inputs, weights, products)]
        most = extent(products).largest or 1.0
        formats = [
            self._format(inputs, view.input_extent),
            self._format(weights, view.weight_extent),
            self._format_of_products(products),
        ]
        factors = [form.factor for form in formats]
        labels, equation, room = self._layout(at, formats)
        wide = max(map(cell_len, labels)) + 2
        tap = view.tap
        lines = []
        for label, place, x, w, product in zip(labels, at, *(array.tolist() for array in shown), strict=True):
            time = (0 if place == view.chosen else -1) if tap is None else place - tap
            style = styles.amber if time == 0 else styles.muted if time > 0 else styles.plain
            line: Line = [
                (HERE if time == 0 else " ", styles.title),
                (label.ljust(wide - 1), styles.amber if time == 0 else styles.soft),
            ]
            if equation:
                texts = [form.text(value) for form, value in zip(formats, (x, w, product), strict=True)]
                agrees = time > 0 or any(factors) or is_product(*texts)
                line += [
                    (texts[0] + factors[0], style),
                    (" × ", styles.soft),
                    (texts[1] + factors[1], style),
                    (" = " if agrees else " ≈ ", styles.soft),
                ]
            if time > 0:
                line.append((formats[2].symbol(DOT), styles.muted))
            else:
                number, left = formats[2].text(product) + factors[2], room
                exact = view.number(product)
                if time == 0 and number.strip() == ALMOST_ZERO and cell_len(exact) - cell_len(number) <= left:
                    number, left = exact.rjust(cell_len(number)), left - max(0, cell_len(exact) - cell_len(number))
                line.append((number, styles.title if time == 0 else styles.sign(product)))
                if left >= SHORTEST_BAR:
                    line += [(" ", styles.plain), (bar(abs(product) / most, left - 1), styles.sign(product))]
            lines.append(line)
        return lines

    def _layout(self, at: list[int], formats: list[Format]) -> tuple[list[str], bool, int]:
        """Return the inputs' names, whether the factors fit, and the length available to bars."""
        widths = [form.width + len(form.factor) for form in formats]
        for equation, least in ((True, GOOD_BAR), (False, SHORTEST_BAR), (False, -1)):
            for names in self.names:
                labels = [names(place) for place in at]
                used = max(map(cell_len, labels)) + 2 + widths[2] + (widths[0] + widths[1] + 6 if equation else 0)
                if self.view.width - used - 1 >= least:
                    return labels, equation, self.view.width - used - 1
        return labels, False, 0

    def _lines_below(self, products: Array, chosen: Sequence[int] = ()) -> list[Line]:
        view, styles = self.view, self.view.styles
        if view.tap is not None:
            tap = view.scene.tap(view.tap)
            equation: Line = [
                (f"{view.number(tap.input)} × {view.number(tap.weight)}", styles.plain),
                (f" {view.scene.product_sign(view.tap)} ", styles.soft),
                (view.number(tap.product), styles.amber),
            ]
            return tap_lines(view, equation, "so far")
        lines: list[Line] = []
        form, result = self._format_of_products(products), view.number(view.step.value)
        texts = [form.text(products[k]) for k in chosen]
        count = products.size - len(chosen)
        if count:
            rest = float(products.sum(dtype=np.float64) - products[list(chosen)].sum(dtype=np.float64))
            lines.append([(f"and {count:,} more  Σ ", styles.soft), (view.number(rest), styles.sign(rest))])
            texts.append(view.number(rest))
        bias = view.scene.bias
        if bias is not None:
            lines.append([("bias ", styles.soft), (view.number(bias), styles.sign(float(bias)))])
            texts.append(view.number(bias))
        sign = "=" if form.factor or adds_up(texts, result) else "≈"
        lines += [[(f"{sign} ", styles.soft), (result, styles.cyan)]]
        return flow(lines, view.width, styles)


def channel_contributions(view: WindowView) -> list[Line]:
    """Return the products of a 1×1 window, a line for each channel."""
    return Contributions(view, (view.channel_name, lambda k: view.channel_name(k, short=True))).lines()


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        current: Whether it is the current one.
        cells: Text and style of each column.
        bar: Length, from 0 to 1, and style of its bar; None for none.
    """

    current: bool
    cells: Sequence[tuple[str, Style]]
    bar: tuple[float, Style] | None = None


def padded_cell(text: str, style: Style) -> tuple[str, Style]:
    """Return a number with a space of its own style on either side."""
    return f" {text} ", style


def table_width(rows: Sequence[Row], gap: int = 1) -> int:
    """Return the width of a table without its bars."""
    columns = len(rows[0].cells)
    return 2 + sum(max(cell_len(row.cells[k][0]) for row in rows) for k in range(columns)) + gap * (columns - 1)


def table(rows: Sequence[Row], view: WindowView, *, least: int | None = None, width: int | None = None) -> list[Line]:
    """Return rows as lines, the current one marked, with bars at the end if they fit.

    Args:
        rows: The rows.
        view: The step.
        least: The column to leave out if the table does not fit.
        width: The width available; the panel's by default.
    """
    styles, width = view.styles, view.width if width is None else width
    gap = 1 if table_width(rows) <= width else 0
    if least is not None and table_width(rows, gap) > width:
        return table(
            [row._replace(cells=[*row.cells[:least], *row.cells[least + 1 :]]) for row in rows], view, width=width
        )
    widths = [max(cell_len(row.cells[k][0]) for row in rows) for k in range(len(rows[0].cells))]
    lines: list[Line] = []
    for current, cells, part in rows:
        line: Line = [(f"{HERE} " if current else "  ", styles.title)]
        for k, ((text, style), wide) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (wide - cell_len(text))
            line += [(text + space, style)] if k == 0 else [(" " * gap + space, styles.soft), (text, style)]
        room = width - length(line) - 1
        if part and room >= SHORTEST_BAR:
            line += [(" ", styles.plain), (bar(part[0], room - 1), part[1])]
        lines.append(line)
    return lines


def output_channels(view: WindowView, room: int) -> list[Line]:
    """Return the values of all output channels at the neuron's place, below a heading.

    Args:
        view: The step.
        room: The lines available.
    """
    i, h, w, c = view.step.index
    values = view.step.values.reshape(view.operation.geometry.shape)[i, h, w]
    if len(values) < 2 or room < 3:
        return []
    styles, numbers = view.styles, values.tolist()
    most, known = view.output_extent.largest or 1.0, c if view.tap is None else c - 1
    places = centred_range(c, room - 1, len(numbers))
    texts = aligned([view.number(numbers[k]) if k <= known else DOT for k in places])
    rows = [
        Row(
            k == c,
            [
                (f"channel {k}", styles.cyan if k == c else styles.soft),
                padded_cell(text, view.tinted_style(numbers[k], view.out_scale) if k <= known else styles.muted),
            ],
            (abs(numbers[k]) / most, styles.cyan if k == c else styles.sign(numbers[k])) if k <= known else None,
        )
        for k, text in zip(places, texts, strict=True)
    ]
    title = fitting_text(view.width, "all channels at this place", "all channels")
    return [[(title, styles.bold)], *table(rows, view)]
