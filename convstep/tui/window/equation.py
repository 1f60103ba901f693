"""The face of a convolution: slice × filter = products, the channel that matters most whole, then the others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from convstep.engine.steps import Array
from convstep.figures import Extent, Format, extent, fitting
from convstep.layers.words import short_span
from convstep.tui.lines.scale import Scale
from convstep.tui.lines.text import cell_len
from convstep.tui.window.grid import HERE, Grid, Line, Place, bar, beside, fitting_text, flow, length
from convstep.tui.window.lists import adds_up, aligned, largest, of_channels, strength, strongest
from convstep.tui.window.numbers import best
from convstep.tui.window.pictures import picture
from convstep.tui.window.plan import (
    GAP,
    OPERATOR,
    Demand,
    Pictures,
    Plan,
    Sizes,
    abreast_room,
    around,
    grid_widths,
    pictures,
    plan,
    stacked_room,
)
from convstep.tui.window.view import WindowView

TITLES = ("slice", "filter", "products")
NAMED = 5
"""The most products that are named."""
PART = 4
"""Lines of the least part of a large window's numbers: where it lies, and a row each of slice, filter and products."""

LARGEST = 3
"""Lines of the fewest products that are named, their heading included."""

QUIET = 2.6
"""How much further than its largest number a ramp goes below digits: so far white ones can be read on all of it."""
NARROW = 36
"""Below this width, channels have short names where something stands beside them."""

Formats = tuple[Format, Format, Format]


def conv_lines(view: WindowView) -> list[Line]:
    """Return the lines of a convolution's step, the panel's title included."""
    rows, cols, channels = view.slice.shape
    if rows == cols == 1 and channels > 1:
        return [view.title(), *of_channels(view)]
    return Equation(view).lines()


class Equation:
    """Slice × filter = products of one window.

    Args:
        view: The step.
    """

    def __init__(self, view: WindowView) -> None:
        self.view = view

    def lines(self) -> list[Line]:
        """Return everything that there is room for: whole blocks; of a large window pictures, and part of it."""
        for formats in self._writings():
            for short in (False, True):
                if layout := plan(self._demand(formats, short=short)):
                    return self._in_blocks(layout, formats, short=short)
        return [self.view.title(), *self._in_pictures()]

    # Numbers

    @cached_property
    def weights(self) -> Array:
        """The filter, `(f_h, f_w, channels)`."""
        weights = self.view.step.filter
        assert weights is not None
        return weights

    @cached_property
    def products(self) -> Array:
        """Slice times filter."""
        return self.view.scene.products

    @cached_property
    def order(self) -> Array | None:
        """Below 0 for taps that are done, 0 for the current one, above for those to come; None if all are done."""
        if self.view.tap is None:
            return None
        return np.arange(self.products.size).reshape(self.products.shape) - self.view.tap

    @cached_property
    def sums(self) -> Array:
        """Each channel's sum of products; where the step is opened into taps, the sum so far."""
        terms = self.view.scene.terms
        done = True if self.order is None else self.order <= 0
        return np.asarray(terms.sum((0, 1), where=done))

    @property
    def channels(self) -> int:
        """How many channels the window has."""
        return int(self.weights.shape[2])

    def _writings(self) -> Iterator[Formats]:
        """Yield the formats in which to write slice, filter and products, the best first."""
        view, decimals = self.view, self.view.scene.most_decimals
        signed = Extent(1.0, negative=True, whole=view.arriving.whole and view.filters.whole)
        shown = [
            (extent(view.slice), view.arriving),
            (extent(self.weights), view.filters),
            (extent(self.products), signed),
        ]
        one, two, three = (fitting(values, layer, decimals) for values, layer in shown)
        yield one, two, three
        demand = self._demand((one, two, three))
        for room in (stacked_room(demand), abreast_room(demand)):
            forms = [form for values, layer in shown if (form := best(values, layer, decimals, room))]
            if len(forms) == len(shown):
                yield forms[0], forms[1], forms[2]

    # Layout

    def _demand(self, formats: Formats, *, short: bool = False) -> Demand:
        """Return what is to be laid out.

        Args:
            formats: How the numbers are written.
            short: Whether the headings of grids side by side are as short as they can be.
        """
        view = self.view
        rows, cols, channels = self.weights.shape
        name = cell_len(view.channel_name(view.top, short=True)) + 2 if self._has_name else 0
        title = [cell_len(title) + cell_len(form.factor) for title, form in zip(TITLES, formats, strict=True)]
        most = max([cell_len(view.number(value)) for value in self.sums], default=0)
        most += len("Σ ")
        heads = (title[0] + name, title[1], title[2] + most + 2)
        if short:
            heads = (max(len(TITLES[0]), name - 2), title[1], most)
        one, two, three = (form.width for form in formats)
        return Demand(
            (rows, cols, channels),
            (one, two, three),
            heads,
            view.width,
            view.height,
            int(self.order is not None),
            view.scene.along_length,
        )

    @property
    def _has_name(self) -> bool:
        return self.view.scene.arriving[-1] > 1

    def _shown(self, count: int) -> list[int]:
        """Return the channels to show as blocks: in their order if all fit; else the top one, then the largest."""
        if count >= self.channels:
            return list(range(self.channels))
        top = self.view.top
        others = [k for k in strongest(self.view.scene.terms.sum((0, 1)), count) if k != top]
        return [top, *others[: count - 1]]

    # Whole blocks

    def _in_blocks(self, layout: Plan, formats: Formats, *, short: bool) -> list[Line]:
        view, shown = self.view, self._shown(layout.blocks)
        if layout.stacked:
            blocks = [self._stack(layout, formats, k) for k in shown]
        else:
            blocks = [self._abreast(layout, formats, k, short=short) for k in shown]
        if layout.merged:
            blocks[0] = blocks[0][1:]
        lines: list[Line] = [view.title()]
        if layout.merged:
            lines = [view.title("slice", self._tap_count if self.order is not None else "")]
        gap = (" " * GAP, view.ink.plain)
        free = view.height - layout.lines
        airy = free > layout.down
        wide = layout.block[0] + GAP
        for first in range(0, len(blocks), layout.across):
            row = blocks[first : first + layout.across]
            left = view.width - len(row) * wide
            if len(row) < layout.across and left >= layout.block[0] - GAP:
                tail = self._tail(shown, left, len(row[0]) + free)
                return [*lines, *beside([*row, tail], layout.block[0], gap)]
            lines += beside(row, layout.block[0], gap)
            if airy and first + layout.across < len(blocks):
                lines.append([])
                free -= 1
        return lines + self._tail(shown, view.width, free, spaced=layout.block[1] > 2 or self.order is None)

    def _stack(self, layout: Plan, formats: Formats, k: int) -> list[Line]:
        turned = self.view.scene.along_length
        grids = self._grids(k, formats, turned=turned)
        room = layout.block[0] if layout.across > 1 else self.view.width
        heads = self._heads(k, formats, (room, room, room), merged=layout.merged)
        column = layout.columns[0]
        return [
            line
            for head, grid in zip(heads, grids, strict=True)
            for line in (head, *grid.lines(self.view.ink, column, layout.after))
        ]

    def _abreast(self, layout: Plan, formats: Formats, k: int, *, short: bool) -> list[Line]:
        ink, cols = self.view.ink, self.weights.shape[1]
        demand = self._demand(formats, short=short)
        widths = grid_widths(demand.heads, cols, layout.columns)
        heads = self._heads(k, formats, widths, bare=True)
        if short:
            heads[0] = heads[0][-1:] if self._has_name else heads[0][:1]
            heads[2] = heads[2][-2:]
        grids = self._grids(k, formats)
        lines = [
            [head, *grid.lines(ink, column, layout.after)]
            for head, grid, column in zip(heads, grids, layout.columns, strict=True)
        ]
        middle = 1 + (len(lines[0]) - 2) // 2
        result: list[Line] = []
        for row, (one, two, three) in enumerate(zip(*lines, strict=True)):
            line = list(one)
            for before, width, sign, runs in ((one, widths[0], "×", two), (two, widths[1], "=", three)):
                space = " " * (width - length(before))
                line += [(f"{space} {sign if row == middle else ' '} ", ink.soft), *runs]
            result.append(line)
        return result

    def _heads(self, k: int, formats: Formats, rooms: Sizes, *, merged: bool = False, bare: bool = False) -> list[Line]:
        """Return the headings of slice, filter and products.

        Args:
            k: The channel.
            formats: How their numbers are written.
            rooms: Cells there are for each.
            merged: Whether the first one is the panel's title, which has no room for the channel.
            bare: Whether the three stand side by side, with the signs between them.
        """
        view, ink = self.view, self.view.ink
        one, two, three = (f" {form.factor}" if form.factor else "" for form in formats)
        slice_: Line = [("slice", ink.title), (one, ink.soft)]
        filter_: Line = [("" if bare else "× ", ink.soft), ("filter", ink.bold), (two, ink.soft)]
        products: Line = [("" if bare else "= ", ink.soft), ("products", ink.bold), (three, ink.soft)]
        where, room = (filter_, rooms[1]) if merged else (slice_, rooms[0])
        name = self._name(k, bare, room - length(where) - 2)
        where += [("  ", ink.plain), (name, ink.title if k == view.chosen else ink.soft)] if name else []
        if not bare and not (merged and self.order is not None):
            filter_ += self._beside_filter(k, rooms[1] - length(filter_) - 2)
        total: Line = [("Σ ", ink.soft), (view.number(self.sums[k]), ink.sign(float(self.sums[k])))]
        room = rooms[2] - length(products)
        if self.order is not None and k == view.top and length(self._so_far()) < room:
            total = self._so_far()
        products += [(" " if length(total) + 2 > room else "  ", ink.soft), *total]
        return [slice_, filter_, products]

    def _name(self, k: int, short: bool, room: int) -> str:
        if not self._has_name:
            return ""
        mark = f"{HERE} " if k == self.view.chosen else ""
        names = [mark + self.view.channel_name(k, short=True)]
        return fitting_text(room, *([] if short else [mark + self.view.channel_name(k)]), *names)

    def _beside_filter(self, k: int, room: int) -> Line:
        """Return which tap is the current one, else what the filter is called, where there is room for that."""
        view = self.view
        if self.order is not None:
            text = self._tap_count if k == view.top else ""
        else:
            names = view.scene.layer.channel_names
            text = names[view.step.index[3]] if names else ""
        text = fitting_text(room, text)
        return [("  ", view.ink.plain), (text, view.ink.soft)] if text else []

    def _grids(
        self, k: int, formats: Formats, part: tuple[slice, slice] = (slice(None), slice(None)), *, turned: bool = False
    ) -> list[Grid]:
        view = self.view

        def cut(array: Array) -> Array:
            return array[part].T if turned else array[part]

        padded = None if view.padded is None else cut(view.padded)
        order = None if self.order is None else cut(self.order[..., k])
        holds = "0" if view.operation.geometry.rows.mode == "zero" else None
        input_, weights, products = (
            Grid(cut(array), form, scale, padded, holds, order)
            for array, form, scale in zip(self._arrays(k), formats, self._scales(k), strict=True)
        )
        return [input_, weights._replace(padded=None), products._replace(hidden=True)]

    def _arrays(self, k: int) -> tuple[Array, Array, Array]:
        return self.view.slice[..., k], self.weights[..., k], self.products[..., k]

    def _scales(self, k: int, reach: float = QUIET) -> tuple[Scale, Scale, Scale]:
        return self.view.scale(k), own_scale(self.weights, reach), own_scale(self.products, reach)

    # What is said of the current tap

    @property
    def _tap_count(self) -> str:
        return f"tap {(self.view.tap or 0) + 1:,} of {self.products.size:,}"

    def _so_far(self) -> Line:
        view = self.view
        assert view.tap is not None
        return [("so far ", view.ink.soft), (view.number(view.scene.tap(view.tap).total), view.ink.cyan)]

    def _tap_lines(self, width: int) -> list[Line]:
        """Return what the current tap does, in one line if that has room: 0.66 × 0.17 = 0.11, so far 0.42."""
        view, ink = self.view, self.view.ink
        assert view.tap is not None
        tap = view.scene.tap(view.tap)
        value, weight, product = map(view.number, (tap.input, tap.weight, tap.product))
        so_far, count = self._so_far(), (self._tap_count, ink.soft)
        for sign, equals in ((" × ", " = "), ("×", "=")):
            equation: Line = [(f"{value}{sign}{weight}", ink.plain), (equals, ink.soft), (product, ink.amber)]
            full: Line = [*equation, (", ", ink.soft), *so_far]
            for line in ([*full, ("   ", ink.soft), count], full):
                if length(line) <= width:
                    return [line]
        return flow([equation, so_far, [count]], width, ink)

    # The other channels, and what all come to

    def _tail(self, shown: list[int], width: int, height: int, *, spaced: bool = True, kept: int = 0) -> list[Line]:
        """Return what is said below the blocks, or beside them.

        Args:
            shown: The channels that have a block.
            width: Cells there are.
            height: Lines there are.
            spaced: Whether it may begin with an empty line.
            kept: How many lines the other channels must leave.
        """
        view = self.view
        sections: list[list[Line]] = []
        room = height
        if self.order is not None and room > 0:
            sections.append(self._tap_lines(width)[:room])
            room -= len(sections[-1])
        if self.channels > len(shown) and room > 0:
            sections.append(self._others(shown, width, max(1, room - kept)))
            room -= len(sections[-1])
        if self.order is None and room > kept and (total := self._total(width)):
            sections.append([total])
            room -= 1
        if self.order is None and room >= LARGEST and self.products.size > 1:
            count = min(NAMED, max(LARGEST - 1, room - len(sections) - 2))
            sections.append(largest(view, self.products, count, width))
        return spread(sections, height, spaced=spaced)

    def _others(self, shown: list[int], width: int, room: int) -> list[Line]:
        """Return a line for each channel; for those that have no block; or for the largest of them, and the rest."""
        if self.channels <= room:
            return self._lines_of(list(range(self.channels)), width)
        others = [k for k in range(self.channels) if k not in shown]
        if len(others) <= room:
            return self._lines_of(others, width)
        totals = self.view.scene.terms.sum((0, 1))
        chosen = [k for k in strongest(totals, room - 1 + len(shown)) if k not in shown][: room - 1]
        rest = [k for k in others if k not in chosen]
        value = float(self.sums[rest].sum())
        text = self.view.number(value)
        ink, count = self.view.ink, len(rest)
        said = fitting_text(
            width - cell_len(text) - 4, f"and {count:,} more channel{'s' * (count > 1)}", f"and {count:,} more"
        )
        last: Line = [(said, ink.soft), ("  Σ ", ink.soft), (text, ink.sign(value))]
        return [*self._lines_of(chosen, width), last]

    def _lines_of(self, channels: list[int], width: int) -> list[Line]:
        view, ink = self.view, self.view.ink
        names = [view.channel_name(k) for k in channels]
        texts = aligned([view.number(self.sums[k]) for k in channels])
        name_width, text_width = (max(map(cell_len, each), default=0) for each in (names, texts))
        finite = np.abs(self.sums[np.isfinite(self.sums)])
        most = float(finite.max(initial=0.0)) or 1.0
        room = width - name_width - text_width - 8
        lines: list[Line] = []
        for k, name, text in zip(channels, names, texts, strict=True):
            value, here = float(self.sums[k]), k == view.top
            line: Line = [
                (f"{HERE} " if here else "  ", ink.title),
                (name.ljust(name_width), ink.amber if here else ink.soft),
                ("  Σ ", ink.soft),
                (text, ink.sign(value)),
            ]
            if room >= 3:
                line += [("  ", ink.plain), (bar(abs(value) / most, room), ink.sign(value))]
            lines.append(line)
        return lines

    def _total(self, width: int) -> Line:
        """Return what all channels and the bias come to, where there is more than one thing to add up."""
        view, ink, bias = self.view, self.view.ink, self.view.step.bias
        if bias is None and self.channels == 1:
            return []
        parts = [float(self.sums.sum()), *([] if bias is None else [float(bias)])]
        texts = [view.number(part) for part in parts]
        result = view.number(view.step.value)
        sign = "=" if adds_up(texts, result) else "≈"
        what = f"all {self.channels:,} channels" if self.channels > 1 else ""
        for said in (what, ""):
            line: Line = [("Σ ", ink.soft), (f"{said} " if said else "", ink.soft), (texts[0], ink.sign(parts[0]))]
            line += [(" + bias ", ink.soft), (texts[1], ink.sign(parts[1]))] if len(texts) > 1 else []
            line += [(f" {sign} ", ink.soft), (result, ink.cyan)]
            if length(line) <= width:
                return line
        return []

    # Large windows

    def _in_pictures(self) -> list[Line]:
        """Return the top channel as small pictures, and part of its numbers: around the tap, or the largest product."""
        view, k, opened = self.view, self.view.top, self.order is not None
        turned = view.scene.along_length
        lines = self._pictures_head(k)
        tail = int(self.channels > 1) + (len(self._tap_lines(view.width)) if opened else 0)
        rows, cols, _ = self.weights.shape
        size = (cols, rows) if turned else (rows, cols)
        centre = self._centre(k)
        room = view.height - len(lines) - tail
        layout = pictures(size, len(TITLES[2]), view.width, room - PART)
        if layout.lines <= room - (PART if opened else 0):
            lines += self._drawn(layout, k, centre, turned=turned)
        room = view.height - len(lines) - tail
        if not opened:
            room = min(room - LARGEST - 1, max(PART, room - NAMED - 4))
        lines += self._part(k, centre, room, turned=turned)
        return lines + self._tail([k], view.width, view.height - len(lines), kept=0 if opened else LARGEST)

    def _pictures_head(self, k: int) -> list[Line]:
        """Return which channel the pictures show, and what it comes to; and which tap is the current one."""
        view, ink, value = self.view, self.view.ink, float(self.sums[k])
        name = self._name(k, view.width < NARROW, view.width)
        named: Line = [(f"{name}  ", ink.title)] if name else []
        total: Line = [("Σ ", ink.soft), (view.number(value), ink.sign(value))]
        if self.order is None:
            return [[*named, *total]] if name else []
        count = (self._tap_count, ink.soft)
        full: Line = [*named, *total, ("   ", ink.soft), count]
        return [full if name and length(full) <= view.width else [*named, count]]

    def _centre(self, k: int) -> Place:
        if self.view.place:
            return self.view.place[:2]
        products = self.products[..., k]
        row, col = np.unravel_index(int(np.argmax(strength(products))), products.shape)
        return int(row), int(col)

    def _drawn(self, layout: Pictures, k: int, centre: Place, *, turned: bool) -> list[Line]:
        ink, padded = self.view.ink, self.view.padded
        waiting = None if self.order is None else self.order[..., k] > 0

        def shaped(array: Array | None) -> Array | None:
            return array.T if turned and array is not None else array

        here = (centre[1], centre[0]) if turned else centre
        blocks: list[list[Line]] = []
        for n, (array, scale) in enumerate(zip(self._arrays(k), self._scales(k, reach=1.0), strict=True)):
            head: Line = [("× " if n == 1 else "= ", ink.soft)] if n and layout.across < 3 else []
            head.append((TITLES[n], ink.title if n == 0 else ink.bold))
            body = picture(
                array.T if turned else array,
                scale,
                ink,
                (layout.width, layout.height),
                padded=None if n == 1 else shaped(padded),
                waiting=shaped(waiting) if n == 2 else None,
                here=here,
            )
            blocks.append([head, *body])
        wide = max(layout.width, *(length(block[0]) for block in blocks))
        lines: list[Line] = []
        for first in range(0, 3, layout.across):
            lines += beside(blocks[first : first + layout.across], wide, (" " * OPERATOR, ink.plain))
        return lines

    def _part(self, k: int, centre: Place, room: int, *, turned: bool) -> list[Line]:
        """Return part of slice, filter and products as numbers, below a line that says which part that is."""
        view, ink = self.view, self.view.ink
        if room < PART:
            return []
        formats = next(self._writings())
        column = max(form.width for form in formats) + 1
        rows, cols, _ = self.weights.shape
        high, wide = (room - 1) // 3, (view.width - 2) // column
        if turned:
            high, wide = wide, high
        part = around(centre, (high, max(1, wide)), (rows, cols))
        factors = " ".join(f"{title} {form.factor}" for title, form in zip(TITLES, formats, strict=True) if form.factor)
        where = [short_span(places[cut], word) for word, places, cut in self._axes(part)]
        lines: list[Line] = [
            [(fitting_text(view.width, ", ".join([*where, *filter(None, [factors])]), ", ".join(where)), ink.soft)]
        ]
        for sign, grid in zip(" ×=", self._grids(k, formats, part, turned=turned), strict=True):
            for row, line in enumerate(grid.lines(ink, column)):
                lines.append([(f"{'' if row else sign:<2}", ink.soft), *line])
        return lines

    def _axes(self, part: tuple[slice, slice]) -> list[tuple[str, range, slice]]:
        rows, cols, _ = self.view.ranges
        if self.view.scene.along_length:
            return [("place", rows, part[0])]
        return [("row", rows, part[0]), ("col", cols, part[1])]


def own_scale(values: Array, reach: float) -> Scale:
    """Return how a filter's numbers, or products, are tinted.

    Args:
        values: The numbers.
        reach: How much further than the largest of them the ramp goes: below digits, it is quiet.
    """
    limit = reach * (extent(values).largest or 1.0)
    return Scale("signed", -limit, limit)


def spread(sections: list[list[Line]], height: int, *, spaced: bool = True) -> list[Line]:
    """Return sections below each other, with an empty line between them where there is room, and none for more lines.

    Args:
        sections: Lines that belong together.
        height: Lines there are.
        spaced: Whether the first has an empty line above it, too.
    """
    sections = [section for section in sections if section]
    spare = height - sum(map(len, sections))
    lines: list[Line] = []
    for at, section in enumerate(sections):
        if spare > 0 and (at or spaced):
            lines.append([])
            spare -= 1
        lines += section
    return lines[: max(0, height)]
