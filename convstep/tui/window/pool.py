"""The face of a pool: its window, the maximum or mean, and the other channels at the same place."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from convstep.engine.steps import Array
from convstep.figures import Format, extent, fitting
from convstep.layers.words import short_span
from convstep.tui.window.grid import HERE, TIE, Grid, Line, Place, fitting_text, flow
from convstep.tui.window.lists import output_channels, strength, tap_lines
from convstep.tui.window.numbers import best_format
from convstep.tui.window.pictures import picture
from convstep.tui.window.plan import EXTRA_WIDTH, centred_slices
from convstep.tui.window.view import WindowView

OTHER_CHANNELS = 4
"""How many other channels should have a line, too."""
LEAST_ROWS = 2
"""The fewest rows of a large window's numbers below its picture."""


def pool_lines(view: WindowView) -> list[Line]:
    """Return the lines of a pool's step."""
    return Pool(view).lines()


class Pool:
    """Lays out the window of a pool and its result.

    Args:
        view: The step.
    """

    def __init__(self, view: WindowView) -> None:
        self.view = view
        self._transposed = view.scene.along_length
        self.values = self._oriented(view.slice[..., 0])
        self.padded = None if view.padded is None else self._oriented(view.padded)
        self.takes_max = view.scene.layer.face(view.step) == "winner"

    def lines(self) -> list[Line]:
        """Return the lines, below the panel's title."""
        view, styles = self.view, self.view.styles
        name = view.channel_name(0) if view.scene.arriving[-1] > 1 else ""
        title: Line = [("slice", styles.title), (f"  {name}" if name else "", styles.soft)]
        footer = self._tap_lines() if view.tap is not None else self._largest() if self.takes_max else self._mean()
        room = view.height - 1 - len(footer)
        lines = [title, *(self._whole(room, title) or self._as_picture(room))]
        lines += [*([[]] if footer and len(lines) + len(footer) < view.height else []), *footer]
        others = output_channels(view, view.height - len(lines) - 1)
        return [*lines, *([[], *others] if others else [])]

    def _oriented(self, array: Array) -> Array:
        return array.T if self._transposed else array

    def _oriented_place(self, place: Place) -> Place:
        return (place[1], place[0]) if self._transposed else place

    # The window

    def _form(self, room: int) -> Format | None:
        """Return a format that fits into `room` characters, and −∞ in a max pool's padding into it; None if none."""
        real = self.values if self.padded is None else self.values[~self.padded]
        form = best_format(extent(real), self.view.input_extent, self.view.scene.most_decimals, room)
        if form and self.takes_max and self.padded is not None:
            form = form._replace(width=max(form.width, 2 + form.tail))
        return form if form and form.width <= room else None

    def _whole(self, height: int, title: Line) -> list[Line]:
        """Return the whole window as numbers; empty if it does not fit."""
        rows, cols = self.values.shape
        form = self._form(self.view.width // cols - 1)
        tight = self._form(self.view.width // cols)
        if tight and form and tight.decimals > form.decimals and extent(self.values).negative:
            form = tight  # signs and colours keep the numbers apart
        if form is None or rows > height:
            return []
        title.append((f"  {form.factor}" if form.factor else "", self.view.styles.soft))
        column = min(form.width + 1 + EXTRA_WIDTH, self.view.width // cols)
        grid = self._grid(form, (slice(0, rows), slice(0, cols)))
        return grid.lines(self.view.styles, column, int(column > form.width + 1))

    def _as_picture(self, height: int) -> list[Line]:
        """Return a large window as a picture, and its numbers around the tap, the winner or the largest value."""
        view = self.view
        rows, cols = self.values.shape
        high = max(1, min(-(-rows // 2), height - LEAST_ROWS))
        lines = picture(
            self.values,
            view.scale(0),
            view.styles,
            (view.width, high),
            padded=self.padded,
            here=self.centre,
        )
        form = self._form(view.width - 1) or fitting(extent(self.values))
        room = height - len(lines)
        others = min(view.operation.geometry.n_C, OTHER_CHANNELS) + 3
        room = max(min(LEAST_ROWS, room), room - others) if view.operation.geometry.n_C > 1 else room
        room -= room > LEAST_ROWS  # the line that says which part it is
        part = centred_slices(self.centre, (room, max(1, view.width // (form.width + 1))), (rows, cols))
        if part[0].stop > part[0].start:
            if len(lines) + room < height:
                lines.append([(self._part_in_words(part), view.styles.soft)])
            lines += self._grid(form, part).lines(view.styles, form.width + 1)
        return lines[:height]

    def _part_in_words(self, part: tuple[slice, slice]) -> str:
        """Return which rows and columns of the input a part of the window is: rows 6–11, cols 6–10."""
        rows, cols, _ = self.view.ranges
        down, across = part[::-1] if self._transposed else part
        if self._transposed:
            return short_span(rows[down], "place")
        return f"{short_span(rows[down], 'row')}, {short_span(cols[across], 'col')}"

    @cached_property
    def centre(self) -> Place:
        """Row and column of the tap, the winner, or the value furthest from 0."""
        if self.view.place:
            return self._oriented_place(self.view.place[:2])
        if self.winner:
            return self.winner
        finite = np.where(np.isfinite(self.values), self.values, 0)
        row, col = np.unravel_index(int(np.argmax(strength(finite))), finite.shape)
        return int(row), int(col)

    @cached_property
    def winner(self) -> Place | None:
        """Row and column of the maximum; None in a mean pool, and if all is padding."""
        argmax = self.view.step.argmax
        if argmax is None:
            return None
        rows, cols, _ = self.view.ranges
        return self._oriented_place((rows.index(argmax[1]), cols.index(argmax[2])))

    @cached_property
    def ties(self) -> list[Place]:
        """The other cells that are as large as the winner."""
        if self.winner is None:
            return []
        equal = self.values == self.values[self.winner]
        if self.padded is not None:
            equal &= ~self.padded
        equal[self.winner] = False
        return [(row, col) for row, col in np.argwhere(equal).tolist()]

    def _grid(self, form: Format, part: tuple[slice, slice]) -> Grid:
        view, order = self.view, None
        marks = {}
        if view.tap is not None:
            order = np.arange(self.values.size).reshape(view.slice.shape[:2]) - view.tap
            order = self._oriented(order)[part]
        elif self.winner:
            top, left = part[0].start, part[1].start
            marks = {(row - top, col - left): TIE for row, col in self.ties}
            marks[self.winner[0] - top, self.winner[1] - left] = HERE
        padded = None if self.padded is None else self.padded[part]
        padding = "−∞" if self.takes_max else "0" if self._counts_padding else ""
        return Grid(self.values[part], form, view.scale(0), padded, padding, order, marks=marks)

    @property
    def _counts_padding(self) -> bool:
        """Whether all padding of a mean pool's window is counted, as 0."""
        return self.padded is not None and self.view.step.count == self.view.slice.size

    # The result

    def _largest(self) -> list[Line]:
        view, styles, step = self.view, self.view.styles, self.view.step
        pieces: list[Line] = [
            [(f"{HERE} ", styles.amber), ("largest ", styles.soft), (view.number(step.value), styles.cyan)]
        ]
        if step.argmax:
            _, row, col, _ = step.argmax
            pieces.append([(view.scene.place(row, col), styles.soft)])
        if count := len(self.ties):
            said = fitting_text(view.width - 2, f"{count} as large: the first wins", f"{count} as large")
            pieces.append([(f"{TIE} ", styles.amber), (said, styles.soft)])
        return flow(pieces, view.width, styles, gap=2)

    def _mean(self) -> list[Line]:
        view, styles, step = self.view, self.view.styles, self.view.step
        equation: Line = [
            ("Σ ", styles.soft),
            (view.number(view.scene.terms.sum()), styles.plain),
            (" ÷ ", styles.soft),
            (f"{step.count:,}", styles.plain),
            (" = ", styles.soft),
            (view.number(step.value), styles.cyan),
        ]
        pieces = [equation]
        if left_out := view.slice.size - step.count:
            said = f"{left_out} of {view.slice.size} are padding and don't count"
            pieces.append([(fitting_text(view.width, said, "padding not counted"), styles.soft)])
        elif self.padded is not None:
            said = f"{self.padded.sum()} of {view.slice.size} are padding and count as 0"
            pieces.append([(fitting_text(view.width, said, "padding counts as 0"), styles.soft)])
        return flow(pieces, view.width, styles)

    def _tap_lines(self) -> list[Line]:
        view = self.view
        assert view.place is not None
        outside = view.padded is not None and bool(view.padded[view.place[:2]])
        value = "padding" if outside else view.number(view.slice[view.place])
        return tap_lines(view, [(value, view.styles.plain)], "largest so far" if self.takes_max else "sum so far")
