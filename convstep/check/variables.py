"""What a learner's variables should be at a window: the one judge of them, for the report and for the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convstep.check.bank import TOLERANCE
from convstep.check.contracts import Contract
from convstep.check.problems import Array, Problem
from convstep.engine.geometry import Index
from convstep.layers.words import short_span

NAMES = {
    "vert_start": ("vert_start", "v_start", "h_start", "row_start", "start_h", "y_start", "i_start"),
    "vert_end": ("vert_end", "v_end", "h_end", "row_end", "end_h", "y_end", "i_end"),
    "horiz_start": ("horiz_start", "w_start", "col_start", "start_w", "x_start", "j_start"),
    "horiz_end": ("horiz_end", "w_end", "col_end", "end_w", "x_end", "j_end"),
    "n_H": ("n_H", "H_out", "out_h", "h_out", "oh", "Ho", "n_h", "h_new", "out_height", "output_h"),
    "n_W": ("n_W", "W_out", "out_w", "w_out", "ow", "Wo", "n_w", "w_new", "out_width", "output_w"),
}
"""The course's variables, and what others call them."""
WINDOWS = frozenset(
    {"a_slice_prev", "a_prev_slice", "a_slice", "x_slice", "window", "patch", "region", "receptive_field"}
)
"""Names of windows."""


@dataclass(frozen=True)
class Window:
    """The part of the input that a window of theirs covers, in the input's own coordinates.

    Attributes:
        rows: Its rows.
        cols: Its columns.
        channel: The only channel; None for all.
        every: Whether it has several channels, where a pool takes one at a time.
    """

    rows: range
    cols: range
    channel: int | None = None
    every: bool = False

    def __str__(self) -> str:
        return ", ".join(self._axes)

    @property
    def _axes(self) -> list[str]:
        axes = [short_span(self.rows, "row"), short_span(self.cols, "col")]
        if self.every:
            return [*axes, "all channels"]
        return axes if self.channel is None else [*axes, f"channel {self.channel}"]

    def unlike(self, other: Window) -> str:
        """Return in words what this window covers otherwise than another one; "" if nothing."""
        return ", ".join(own for own, theirs in zip(self._axes, other._axes, strict=False) if own != theirs)

    def same_place(self, other: Window) -> bool:
        """Return whether it covers the same rows and columns as another one."""
        return (self.rows, self.cols) == (other.rows, other.cols)


@dataclass(frozen=True, eq=False)
class Variable:
    """A variable of theirs at a line.

    Attributes:
        name: Its name, or an element such as `Z[i, h, w, c]`.
        value: Its value there: a Window where it is a part of the input.
        expected: What it should be: a number or a Window; None if it has no counterpart.
        wrong: Whether it is something else.
    """

    name: str
    value: Any
    expected: float | Window | None = None
    wrong: bool = False


def right_window(problem: Problem, index: Index) -> Window:
    """Return the part of the input that a window `(i, h, w, c)` covers, padding included."""
    rows, cols = (
        range(place * stride - pad, place * stride - pad + f)
        for place, stride, pad, f in zip(index[1:3], problem.stride, problem.pad, problem.f, strict=True)
    )
    return Window(rows, cols)


def padded(problem: Problem) -> Array:
    """Return the input with its padding."""
    (p_h, p_w), A = problem.pad, problem.A
    return np.pad(A, ((0, 0), (p_h, p_h), (p_w, p_w), (0, 0)))


class Judge:
    """Says what variables should be at a window.

    Args:
        contract: What the function promises.
        problem: Its input.
        index: The window, `(i, h, w, c)`; None if variables are not those at one window: then sizes alone are judged.
        ours: The right output, channels last; None if elements that are stored are not to be judged.
    """

    def __init__(self, contract: Contract, problem: Problem, index: Index | None, ours: Array | None = None) -> None:
        self._contract, self._problem, self._index, self._ours = contract, problem, index, ours
        n_H, n_W = problem.sizes
        right = {"n_H": n_H, "n_W": n_W}
        if index is not None:
            starts = index[1] * problem.stride[0], index[2] * problem.stride[1]
            right |= {"vert_start": starts[0], "vert_end": starts[0] + problem.f[0]}
            right |= {"horiz_start": starts[1], "horiz_end": starts[1] + problem.f[1]}
            self._window = right_window(problem, index)
            self._padded = padded(problem)[min(index[0], len(problem.A) - 1)]
            self._values = _numbers(self._padded)
            self._filters = set() if problem.W is None else _numbers(problem.W)
        self._right = {alias: float(value) for name, value in right.items() for alias in NAMES[name]}

    def variable(self, name: str, value: Any, text: str, *, stores: bool = False) -> Variable:
        """Return a variable that a line of theirs bound, beside what it should be.

        Args:
            name: Its name, or the element that was stored.
            value: Its value.
            text: The line.
            stores: Whether it is the line that stores the window's value.
        """
        if stores and "[" in name:
            return self._stored(name, value)
        if isinstance(value, np.ndarray):
            return Variable(name, value) if self._index is None else self._array(name, value, text)
        is_size = name in NAMES["n_H"] or name in NAMES["n_W"]
        counts = is_size and text.lstrip().startswith("for ")  # a loop's own variable, whatever its name
        expected = None if counts else self._right.get(name)
        if expected is None or isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            return Variable(name, value)
        return Variable(name, value, expected, bool(value != expected))

    def _stored(self, name: str, value: Any) -> Variable:
        """Return an element that was stored; of several that were stored at once the one of this window."""
        if self._index is None or self._ours is None:
            return Variable(name, value)
        i, _, _, c = self._index
        m, n_C = self._ours.shape[0], self._ours.shape[3]
        match value:
            case np.ndarray(shape=(count,)) if count == n_C:
                value = value[c]
            case np.ndarray(shape=(examples, count)) if (examples, count) == (m, n_C):
                value = value[i, c]
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            return Variable(name, value)
        expected = float(self._ours[self._index])
        return Variable(name, value, expected, not alike(float(value), expected))

    def _array(self, name: str, value: Array, text: str) -> Variable:
        part = self._part(value)
        if part is None or self._is_map(name, part, text):
            return Variable(name, value)
        places = list(self._covered(part))
        right = self._right_window(part, places)
        found = right if right in places else places[0] if len(places) == 1 else None
        if not self._is_window(name, part, text, found):
            return Variable(name, value if found is None else found)
        if found is not None and found.every and found.same_place(right):  # it may take its channel later
            return Variable(name, found)
        return Variable(name, value if found is None else found, right, found != right)

    def _right_window(self, part: Array, places: Sequence[Window]) -> Window:
        """Return the right window, with as many channels as a part of the input has."""
        if part.shape[2] == self._problem.A.shape[3]:
            return replace(self._window, every=self._is_every(part))
        if self._contract.operation == "pool" and self._index is not None:
            return replace(self._window, channel=self._index[3])
        return replace(self._window, channel=places[0].channel if places else None)  # it may go through them one by one

    def _is_every(self, part: Array) -> bool:
        return self._contract.operation == "pool" and part.shape[2] > 1

    def _part(self, value: Array) -> Array | None:
        """Return what may be a part of the input, `(rows, columns, channels)`; None if it can't be one."""
        if value.dtype.kind not in "iuf" or value.size < 2:
            return None
        if value.ndim == 4 and len(value) == len(self._problem.A) and self._index is not None:
            value = value[self._index[0]]  # of all examples at once
        if value.ndim == 2:
            return value[:, :, None]
        if value.ndim != 3:
            return None
        part: Array = np.moveaxis(value, 0, -1) if self._contract.layout == "NCHW" else value
        return part if part.shape[2] in (1, self._problem.A.shape[3]) else None

    def _is_map(self, name: str, part: Array, text: str) -> bool:
        """Return whether a part of the input is all of it, and not called or cut out as a window."""
        is_whole = part.shape[:2] in (self._padded.shape[:2], self._problem.A.shape[1:3])
        return (
            is_whole and name not in WINDOWS and (part.shape[:2] != self._problem.f or ":" not in text or "[" in name)
        )

    def _is_window(self, name: str, part: Array, text: str, found: Window | None) -> bool:
        """Return whether a part of the input is a window, and neither a filter nor a strip or all of the input."""
        f, inside = self._problem.f, (self._problem.A.shape[1:3] if any(self._problem.pad) else (0, 0))
        fits = part.shape[:2] == f and part.shape[:2] != inside
        if found is not None:
            return name in WINDOWS or fits or (":" in text and self._is_nearly(part))
        if ":" not in text or not (fits or name in WINDOWS):
            return False
        numbers = _numbers(part)
        if not numbers <= self._values or numbers <= self._filters:
            return False
        (p_h, p_w), (rows, cols) = self._problem.pad, (self._window.rows, self._window.cols)
        right = self._padded[rows.start + p_h : rows.stop + p_h, cols.start + p_w : cols.stop + p_w]
        is_reshaped = part.size == right.size and np.array_equal(np.sort(part, axis=None), np.sort(right, axis=None))
        return fits or not is_reshaped

    def _is_nearly(self, part: Array) -> bool:
        """Return whether a part has about a window's size, and is neither a strip of the input nor for all windows."""
        height, width = part.shape[:2]
        (f_h, f_w), wholes = self._problem.f, (self._padded.shape, self._problem.A.shape[1:])
        is_strip = any((height == whole[0] != f_h) or (width == whole[1] != f_w) for whole in wholes)
        is_small = height <= max(f_h, f_w) + 1 and width <= max(f_h, f_w) + 1
        return is_small and not is_strip and (height, width) != self._problem.sizes

    def _covered(self, part: Array) -> Iterator[Window]:
        """Yield where in the padded input a part of it is found."""
        if 0 in part.shape or part.shape[0] > self._padded.shape[0] or part.shape[1] > self._padded.shape[1]:
            return
        whole = self._padded.shape[2] == part.shape[2]
        (p_h, p_w), (height, width, _) = self._problem.pad, part.shape
        for channel in [None] if whole else range(self._padded.shape[2]):
            plane = self._padded if channel is None else self._padded[..., channel : channel + 1]
            views = sliding_window_view(plane, (height, width), axis=(0, 1))
            with np.errstate(invalid="ignore"):
                same = np.isclose(views, part.transpose(2, 0, 1)).all(axis=(2, 3, 4))
            for row, col in np.argwhere(same).tolist():
                rows, cols = range(row - p_h, row - p_h + height), range(col - p_w, col - p_w + width)
                yield Window(rows, cols, channel, self._is_every(part))


def alike(one: float, other: float) -> bool:
    """Return whether a value is another one within rounding."""
    return one == other or abs(one - other) <= TOLERANCE * max(1.0, abs(other))


def _numbers(array: Array) -> set[float]:
    return set(np.round(array.astype(float), 6).reshape(-1).tolist())
