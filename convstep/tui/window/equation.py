"""The face of a convolution: slice × filter = products, in full for the channels that contribute most."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from convstep.engine.steps import Array
from convstep.figures import Extent, Format, extent, fitting
from convstep.layers.words import short_span
from convstep.tui.lines.scale import Scale
from convstep.tui.lines.strips import Run
from convstep.tui.lines.text import cell_len
from convstep.tui.window.grid import DOT, HERE, Grid, Line, Place, bar, beside, fitting_text, flow, length
from convstep.tui.window.lists import adds_up, aligned, channel_contributions, largest, strength, strongest
from convstep.tui.window.numbers import best_format
from convstep.tui.window.pictures import picture
from convstep.tui.window.plan import (
    GAP,
    OPERATOR,
    Pictures,
    Plan,
    Request,
    Sizes,
    centred_slices,
    grid_widths,
    pictures,
    plan,
    side_by_side_room,
    stacked_room,
)
from convstep.tui.window.view import NARROW, WindowView

TITLES = ("slice", "filter", "products")
MOST_NAMED = 5
"""The most products that are listed."""
LARGEST_WHOLE = 7
"""A window of up to so many rows and columns has fewer decimals if it does not fit; a larger one is a picture then."""
LEAST_PARTIAL = 4
"""The least height of a large window's numbers: their position, and a row each of slice, filter and products."""

LEAST_NAMED = 3
"""The least height of the list of products, with its heading."""

DIGIT_HEADROOM = 2.6
"""The colour scale below digits ends at so many times the largest number, so that digits stay readable."""
Formats = tuple[Format, Format, Format]


def conv_lines(view: WindowView) -> list[Line]:
    """Return the lines of a convolution's step, including the panel's title."""
    rows, cols, channels = view.slice.shape
    if rows == cols == 1 and channels > 1:
        return [view.title(), *channel_contributions(view)]
    return Equation(view).lines()


class Equation:
    """Lays out slice × filter = products of one window.

    Args:
        view: The step.
    """

    def __init__(self, view: WindowView) -> None:
        self.view = view

    def lines(self) -> list[Line]:
        """Return the lines: whole blocks if they fit, else small pictures and a part of the numbers."""
        for formats in self._format_choices():
            powers = formats[0].factor or formats[2].factor  # which shortened headings would leave out
            for short in (False,) if powers else (False, True):
                if layout := plan(self._request(formats, short=short)):
                    return self._as_blocks(layout, formats, short=short)
        return [self.view.title(), *self._as_pictures()]

    # Numbers

    @cached_property
    def weights(self) -> Array:
        """The filter, `(f_h, f_w, channels)`."""
        weights = self.view.step.filter
        assert weights is not None
        return weights

    @cached_property
    def products(self) -> Array:
        """Slice × filter, `(f_h, f_w, channels)`."""
        return self.view.scene.products

    @cached_property
    def order(self) -> Array | None:
        """Each tap's distance from the current one: below 0 if it is done, above 0 if pending; None if all are done."""
        if self.view.tap is None:
            return None
        return np.arange(self.products.size).reshape(self.products.shape) - self.view.tap

    @cached_property
    def sums(self) -> Array:
        """Each channel's sum of products; the sum so far if the step is opened into taps."""
        scene = self.view.scene
        return scene.channel_sums if self.order is None else scene.terms.sum((0, 1), where=self.order <= 0)

    def _sum(self, k: int) -> Run:
        """Return a channel's sum of products; a dot if the taps have not reached the channel."""
        if self._is_pending(k):
            return DOT, self.view.styles.muted
        return self.view.number(self.sums[k]), self.view.styles.sign(float(self.sums[k]))

    def _is_pending(self, k: int) -> bool:
        """Return whether the taps have not reached a channel, the first of which is at the window's first place."""
        return self.order is not None and bool(self.order[0, 0, k] > 0)

    @property
    def channels(self) -> int:
        """The number of channels in the window."""
        return int(self.weights.shape[2])

    def _format_choices(self) -> Iterator[Formats]:
        """Yield the formats of slice, filter and products to try, best first."""
        view, decimals = self.view, self.view.scene.most_decimals
        signed = Extent(1.0, negative=True, whole=view.input_extent.whole and view.weight_extent.whole)
        shown = [
            (extent(view.slice), view.input_extent),
            (extent(self.weights), view.weight_extent),
            (extent(self.products), signed),
        ]
        one, two, three = (fitting(values, layer, decimals) for values, layer in shown)
        yield one, two, three
        if max(self.weights.shape[:2]) > LARGEST_WHOLE:
            return
        request = self._request((one, two, three))
        for room in (stacked_room(request), side_by_side_room(request)):
            forms = [form for values, layer in shown if (form := best_format(values, layer, decimals, room))]
            if len(forms) == len(shown):
                yield forms[0], forms[1], forms[2]

    # Layout

    def _request(self, formats: Formats, *, short: bool = False) -> Request:
        """Return the layout request.

        Args:
            formats: The formats of the numbers.
            short: Whether the headings of grids side by side are shortened.
        """
        view = self.view
        rows, cols, channels = self.weights.shape
        name = cell_len(view.channel_name(view.top, short=True)) + 2 if self._has_name else 0
        title = [cell_len(title) + cell_len(form.factor) for title, form in zip(TITLES, formats, strict=True)]
        sums = view.scene.channel_sums  # those so far would change the layout from tap to tap
        most = max([cell_len(view.number(value)) for value in sums], default=0)
        most += len("Σ ")
        headings = (title[0] + name, title[1], title[2] + most + 2)
        if short:
            headings = (max(len(TITLES[0]), name - 2), title[1], most)
        one, two, three = (form.width for form in formats)
        return Request(
            (rows, cols, channels),
            (one, two, three),
            headings,
            view.width,
            view.height,
            int(self.order is not None and not view.leaves_tap_to_sum),
            view.scene.along_length,
        )

    @property
    def _has_name(self) -> bool:
        return self.view.scene.arriving[-1] > 1

    def _shown_channels(self, count: int) -> list[int]:
        """Return the channels to show as blocks: in order if all fit; else the top one first, then as `_strongest`."""
        if count >= self.channels:
            return list(range(self.channels))
        top = self.view.top
        others = [k for k in self._strongest(count) if k != top]
        return [top, *others[: count - 1]]

    def _strongest(self, count: int) -> list[int]:
        """Return so many channels, those with the largest sums first; in order while these are still being computed."""
        return list(range(count)) if self.order is not None else strongest(self.view.scene.channel_sums, count)

    # Whole blocks

    def _as_blocks(self, layout: Plan, formats: Formats, *, short: bool) -> list[Line]:
        view, shown = self.view, self._shown_channels(layout.blocks)
        if layout.stacked:
            blocks = [self._stack(layout, formats, k) for k in shown]
        else:
            blocks = [self._side_by_side(layout, formats, k, short=short) for k in shown]
        if layout.merged:
            blocks[0] = blocks[0][1:]
        lines: list[Line] = [view.title()]
        if layout.merged:
            word = f"slice {formats[0].factor}".rstrip()
            lines = [view.title(word, self._tap_count if self.order is not None else "")]
        gap = (" " * GAP, view.styles.plain)
        free = view.height - layout.lines
        spaced_rows = free > layout.down
        wide = layout.block[0] + GAP
        for first in range(0, len(blocks), layout.across):
            row = blocks[first : first + layout.across]
            left = view.width - len(row) * wide
            if len(row) < layout.across and left >= layout.block[0] - GAP:
                rest_lines = self._lines_below(shown, left, len(row[0]) + free)
                return [*lines, *beside([*row, rest_lines], layout.block[0], gap)]
            lines += beside(row, layout.block[0], gap)
            if spaced_rows and first + layout.across < len(blocks):
                lines.append([])
                free -= 1
        return lines + self._lines_below(shown, view.width, free, spaced=layout.block[1] > 2 or self.order is None)

    def _stack(self, layout: Plan, formats: Formats, k: int) -> list[Line]:
        transposed = self.view.scene.along_length
        grids = self._grids(k, formats, transposed=transposed)
        room = layout.block[0] if layout.across > 1 else self.view.width
        headings = self._headings(k, formats, (room, room, room), merged=layout.merged)
        column = layout.columns[0]
        return [
            line
            for head, grid in zip(headings, grids, strict=True)
            for line in (head, *grid.lines(self.view.styles, column, layout.after))
        ]

    def _side_by_side(self, layout: Plan, formats: Formats, k: int, *, short: bool) -> list[Line]:
        styles, cols = self.view.styles, self.weights.shape[1]
        request = self._request(formats, short=short)
        widths = grid_widths(request.headings, cols, layout.columns)
        headings = self._headings(k, formats, widths, bare=True)
        if short:
            headings[0] = headings[0][-1:] if self._has_name else headings[0][:1]
            headings[2] = headings[2][-2:]
        grids = self._grids(k, formats)
        lines = [
            [head, *grid.lines(styles, column, layout.after)]
            for head, grid, column in zip(headings, grids, layout.columns, strict=True)
        ]
        middle = 1 + (len(lines[0]) - 2) // 2
        result: list[Line] = []
        for row, (one, two, three) in enumerate(zip(*lines, strict=True)):
            line = list(one)
            for before, width, sign, runs in ((one, widths[0], "×", two), (two, widths[1], "=", three)):
                space = " " * (width - length(before))
                line += [(f"{space} {sign if row == middle else ' '} ", styles.soft), *runs]
            result.append(line)
        return result

    def _headings(
        self, k: int, formats: Formats, rooms: Sizes, *, merged: bool = False, bare: bool = False
    ) -> list[Line]:
        """Return the headings of slice, filter and products.

        Args:
            k: The channel.
            formats: The formats of their numbers.
            rooms: The width available to each.
            merged: Whether the first one is the panel's title, which has no room for the channel.
            bare: Whether the grids are side by side, with the operators between them, not in the headings.
        """
        view, styles = self.view, self.view.styles
        one, two, three = (f" {form.factor}" if form.factor else "" for form in formats)
        slice_: Line = [("slice", styles.title), (one, styles.soft)]
        filter_: Line = [("" if bare else "× ", styles.soft), ("filter", styles.bold), (two, styles.soft)]
        products: Line = [("" if bare else "= ", styles.soft), ("products", styles.bold), (three, styles.soft)]
        where, room = (filter_, rooms[1]) if merged else (slice_, rooms[0])
        name = self._name(k, bare, room - length(where) - 2)
        where += [("  ", styles.plain), (name, styles.title if k == view.chosen else styles.soft)] if name else []
        if not bare and not (merged and self.order is not None):
            filter_ += self._filter_note(k, rooms[1] - length(filter_) - 2)
        total: Line = [("Σ ", styles.soft), self._sum(k)]
        room = rooms[2] - length(products)
        if self.order is not None and k == view.top and length(self._running_total()) < room:
            total = self._running_total()
        if self.order is None or length(total) < room:
            products += [(" " if length(total) + 2 > room else "  ", styles.soft), *total]
        return [slice_, filter_, products]

    def _name(self, k: int, short: bool, room: int) -> str:
        if not self._has_name:
            return ""
        mark = f"{HERE} " if k == self.view.chosen else ""
        names = [mark + self.view.channel_name(k, short=True)]
        return fitting_text(room, *([] if short else [mark + self.view.channel_name(k)]), *names)

    def _filter_note(self, k: int, room: int) -> Line:
        """Return the current tap's number, or else the filter's name, if it fits."""
        view = self.view
        if self.order is not None:
            text = self._tap_count if k == view.top else ""
        else:
            names = view.scene.layer.channel_names
            text = names[view.step.index[3]] if names else ""
        text = fitting_text(room, text)
        return [("  ", view.styles.plain), (text, view.styles.soft)] if text else []

    def _grids(
        self,
        k: int,
        formats: Formats,
        part: tuple[slice, slice] = (slice(None), slice(None)),
        *,
        transposed: bool = False,
    ) -> list[Grid]:
        view = self.view

        def cut(array: Array) -> Array:
            return array[part].T if transposed else array[part]

        padded = None if view.padded is None else cut(view.padded)
        order = None if self.order is None else cut(self.order[..., k])
        holds = "0" if view.operation.geometry.rows.mode == "zero" else None
        marks = self._picked_mark(k, part, transposed=transposed)
        input_, weights, products = (
            Grid(cut(array), form, scale, padded, holds, order, marks=marks)
            for array, form, scale in zip(self._arrays(k), formats, self._scales(k), strict=True)
        )
        return [input_, weights._replace(padded=None), products._replace(hidden=True)]

    def _picked_mark(self, k: int, part: tuple[slice, slice], *, transposed: bool) -> dict[Place, str]:
        """Return the mark of the picked weight in a part of channel `k`; empty while the step is opened into taps."""
        picked = self.view.picked
        if picked is None or self.order is not None or picked[2] != k:
            return {}
        row, col = (at - (cut.start or 0) for at, cut in zip(picked, part, strict=False))
        return {(col, row) if transposed else (row, col): HERE}

    def _arrays(self, k: int) -> tuple[Array, Array, Array]:
        return self.view.slice[..., k], self.weights[..., k], self.products[..., k]

    def _scales(self, k: int, reach: float = DIGIT_HEADROOM) -> tuple[Scale, Scale, Scale]:
        return self.view.scale(k), symmetric_scale(self.weights, reach), symmetric_scale(self.products, reach)

    # The current tap

    @property
    def _tap_count(self) -> str:
        return f"tap {(self.view.tap or 0) + 1:,} of {self.products.size:,}"

    def _running_total(self) -> Line:
        view = self.view
        assert view.tap is not None
        return [("so far ", view.styles.soft), (view.number(view.scene.tap(view.tap).total), view.styles.cyan)]

    def _tap_lines(self, width: int) -> list[Line]:
        """Return the current tap's product, in one line if it fits: 0.66 × 0.17 = 0.11, so far 0.42."""
        view, styles = self.view, self.view.styles
        if view.leaves_tap_to_sum:
            return []
        assert view.tap is not None
        tap = view.scene.tap(view.tap)
        value, weight, product = map(view.number, (tap.input, tap.weight, tap.product))
        so_far, count = self._running_total(), (self._tap_count, styles.soft)
        sign_of = view.scene.product_sign(view.tap)
        for sign, equals in ((" × ", f" {sign_of} "), ("×", sign_of)):
            equation: Line = [(f"{value}{sign}{weight}", styles.plain), (equals, styles.soft), (product, styles.amber)]
            full: Line = [*equation, (", ", styles.soft), *so_far]
            for line in ([*full, ("   ", styles.soft), count], full):
                if length(line) <= width:
                    return [line]
        return flow([equation, so_far, [count]], width, styles)

    # The other channels, and the total

    def _lines_below(
        self, shown: list[int], width: int, height: int, *, spaced: bool = True, reserved: int = 0
    ) -> list[Line]:
        """Return the lines below the blocks, or beside them: tap, other channels, total, largest products.

        Args:
            shown: The channels that have a block.
            width: The width available.
            height: The lines available.
            spaced: Whether they may begin with an empty line.
            reserved: How many lines the other channels must leave free.
        """
        view = self.view
        sections: list[list[Line]] = []
        room = height
        if self.order is not None and room > 0:
            sections.append(self._tap_lines(width)[:room])
            room -= len(sections[-1])
        if self.channels > len(shown) and room > 0:
            sections.append(self._other_channels(shown, width, max(1, room - reserved)))
            room -= len(sections[-1])
        if self.order is None and room > reserved and (total := self._total(width)):
            sections.append([total])
            room -= 1
        if self.order is None and room >= LEAST_NAMED and self.products.size > 1:
            count = min(MOST_NAMED, max(LEAST_NAMED - 1, room - len(sections) - 2))
            sections.append(largest(view, self.products, count, width))
        return stack_sections(sections, height, spaced=spaced)

    def _other_channels(self, shown: list[int], width: int, room: int) -> list[Line]:
        """Return a line for each channel if they fit; else for those without a block, the smallest summed up."""
        if self.channels <= room:
            return self._lines_of(list(range(self.channels)), width)
        others = [k for k in range(self.channels) if k not in shown]
        if len(others) <= room:
            return self._lines_of(others, width)
        chosen = [k for k in self._strongest(min(room - 1 + len(shown), self.channels)) if k not in shown][: room - 1]
        rest = [k for k in others if k not in chosen]
        styles, count, value = self.view.styles, len(rest), float(self.sums[rest].sum())
        total = self.view.number(value), styles.sign(value)
        if all(map(self._is_pending, rest)):
            total = DOT, styles.muted
        said = fitting_text(
            width - cell_len(total[0]) - 4, f"and {count:,} more channel{'s' * (count > 1)}", f"and {count:,} more"
        )
        last: Line = [(said, styles.soft), ("  Σ ", styles.soft), total]
        return [*self._lines_of(chosen, width), last]

    def _lines_of(self, channels: list[int], width: int) -> list[Line]:
        view, styles = self.view, self.view.styles
        names = [view.channel_name(k) for k in channels]
        sums = [self._sum(k) for k in channels]
        texts = aligned([text for text, _ in sums])
        name_width, text_width = (max(map(cell_len, each), default=0) for each in (names, texts))
        finite = np.abs(self.sums[np.isfinite(self.sums)])
        most = float(finite.max(initial=0.0)) or 1.0
        room = width - name_width - text_width - 8
        lines: list[Line] = []
        for k, name, text, (_, style) in zip(channels, names, texts, sums, strict=True):
            value, here = float(self.sums[k]), k == view.top
            line: Line = [
                (f"{HERE} " if here else "  ", styles.title),
                (name.ljust(name_width), styles.amber if here else styles.soft),
                ("  Σ ", styles.soft),
                (text, style),
            ]
            if room >= 3:
                line += [("  ", styles.plain), (bar(abs(value) / most, room - 1), styles.sign(value))]
            lines.append(line)
        return lines

    def _total(self, width: int) -> Line:
        """Return the sum of all channels and the bias; empty if there is only one term."""
        view, styles, bias = self.view, self.view.styles, self.view.scene.bias
        if bias is None and self.channels == 1:
            return []
        result = view.number(view.step.value)
        parts = self.sums.tolist() if bias is None else [float(self.sums.sum()), float(bias)]
        texts = [view.number(part) for part in parts]
        sign = "=" if adds_up(texts, result) else "≈"
        terms: Line = []
        if bias is not None:
            one, two = ((text, styles.sign(part)) for text, part in zip(texts, parts, strict=True))
            terms = [one, (" + bias ", styles.soft), two, (f" {sign} ", styles.soft)]
        what = f"all {self.channels:,} channels {f'{sign} ' if bias is None else ''}" if self.channels > 1 else ""
        for said in (what, ""):
            line: Line = [("Σ ", styles.soft), (said, styles.soft), *terms, (result, styles.cyan)]
            if length(line) <= width:
                return line
        return []

    # Large windows

    def _as_pictures(self) -> list[Line]:
        """Return the top channel as small pictures, and its numbers around the tap or the largest product."""
        view, k, opened = self.view, self.view.top, self.order is not None
        transposed = view.scene.along_length
        lines = self._pictures_heading(k)
        rest_lines = int(self.channels > 1) + (len(self._tap_lines(view.width)) if opened else 0)
        rows, cols, _ = self.weights.shape
        size = (cols, rows) if transposed else (rows, cols)
        centre = self._centre(k)
        room = view.height - len(lines) - rest_lines
        layout = pictures(size, len(TITLES[2]), view.width - 1, room - LEAST_PARTIAL)
        if layout.lines <= room - (LEAST_PARTIAL if opened else 0):
            lines += self._picture_lines(layout, k, centre, transposed=transposed)
        room = view.height - len(lines) - rest_lines
        if not opened:
            room = min(room - LEAST_NAMED - 1, max(LEAST_PARTIAL, room - MOST_NAMED - 4))
        lines += self._partial_numbers(k, centre, room, transposed=transposed)
        return lines + self._lines_below(
            [k], view.width, view.height - len(lines), reserved=0 if opened else LEAST_NAMED
        )

    def _pictures_heading(self, k: int) -> list[Line]:
        """Return the heading of the pictures: the channel, its sum, and the current tap."""
        view, styles, value = self.view, self.view.styles, float(self.sums[k])
        name = self._name(k, view.width < NARROW, view.width)
        named: Line = [(f"{name}  ", styles.title)] if name else []
        total: Line = [("Σ ", styles.soft), (view.number(value), styles.sign(value))]
        if self.order is None:
            return [[*named, *total]] if name else []
        count = (self._tap_count, styles.soft)
        full: Line = [*named, *total, ("   ", styles.soft), count]
        return [full if name and length(full) <= view.width else [*named, count]]

    def _centre(self, k: int) -> Place:
        if at := self.view.place or self.view.picked:
            return at[:2]
        products = self.products[..., k]
        row, col = np.unravel_index(int(np.argmax(strength(products))), products.shape)
        return int(row), int(col)

    def _picture_lines(self, layout: Pictures, k: int, centre: Place, *, transposed: bool) -> list[Line]:
        styles, padded = self.view.styles, self.view.padded
        pending = None if self.order is None else self.order[..., k] > 0

        def shaped(array: Array | None) -> Array | None:
            return array.T if transposed and array is not None else array

        here = (centre[1], centre[0]) if transposed else centre
        blocks: list[list[Line]] = []
        for n, (array, scale) in enumerate(zip(self._arrays(k), self._scales(k, reach=1.0), strict=True)):
            head: Line = [("× " if n == 1 else "= ", styles.soft)] if n and layout.across < 3 else []
            head.append((TITLES[n], styles.title if n == 0 else styles.bold))
            body = picture(
                array.T if transposed else array,
                scale,
                styles,
                (layout.width, layout.height),
                padded=None if n == 1 else shaped(padded),
                pending=shaped(pending) if n == 2 else None,
                here=here,
            )
            blocks.append([head, *body])
        wide = max(layout.width, *(length(block[0]) for block in blocks))
        lines: list[Line] = []
        for first in range(0, 3, layout.across):
            lines += beside(blocks[first : first + layout.across], wide, (" " * OPERATOR, styles.plain))
        return lines

    def _partial_numbers(self, k: int, centre: Place, room: int, *, transposed: bool) -> list[Line]:
        """Return a part of slice, filter and products as numbers, below a line with its rows and columns."""
        view, styles = self.view, self.view.styles
        if room < LEAST_PARTIAL:
            return []
        formats = next(self._format_choices())
        column = max(form.width for form in formats) + 1
        rows, cols, _ = self.weights.shape
        high, wide = (room - 1) // 3, (view.width - 2) // column
        if transposed:
            high, wide = wide, high
        part = centred_slices(centre, (high, max(1, wide)), (rows, cols))
        factors = " ".join(f"{title} {form.factor}" for title, form in zip(TITLES, formats, strict=True) if form.factor)
        where = [short_span(places[cut], word) for word, places, cut in self._axes(part)]
        lines: list[Line] = [
            [(fitting_text(view.width, ", ".join([*where, *filter(None, [factors])]), ", ".join(where)), styles.soft)]
        ]
        for sign, grid in zip(" ×=", self._grids(k, formats, part, transposed=transposed), strict=True):
            for row, line in enumerate(grid.lines(styles, column)):
                lines.append([(f"{'' if row else sign:<2}", styles.soft), *line])
        return lines

    def _axes(self, part: tuple[slice, slice]) -> list[tuple[str, range, slice]]:
        rows, cols, _ = self.view.ranges
        if self.view.scene.along_length:
            return [("place", rows, part[0])]
        return [("row", rows, part[0]), ("col", cols, part[1])]


def symmetric_scale(values: Array, reach: float) -> Scale:
    """Return a colour scale that is symmetric about 0.

    Args:
        values: The numbers.
        reach: Where the scale ends, as a multiple of the largest of them; above 1, colours are fainter.
    """
    limit = reach * (extent(values).largest or 1.0)
    return Scale("signed", -limit, limit)


def stack_sections(sections: list[list[Line]], height: int, *, spaced: bool = True) -> list[Line]:
    """Return sections one below the other, separated by empty lines as far as there is room, cut to `height`.

    Args:
        sections: Groups of lines.
        height: The lines available.
        spaced: Whether the first one has an empty line above it, too.
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
