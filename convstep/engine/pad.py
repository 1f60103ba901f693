"""Padding as a layer of its own: zeros, reflected values or repeated borders around a map."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Literal

import numpy as np

from convstep.engine.geometry import Geometry, Index, Padding, Sliding, check_mode, index_of, pad
from convstep.engine.steps import Array, Operation, Step, as_input, check_keys, evaluate, origin, row_ends, walk
from convstep.errors import ArgumentError

NP_MODES: dict[str, Literal["constant", "reflect", "edge"]] = {
    "zero": "constant",
    "reflect": "reflect",
    "edge": "edge",
}
"""`numpy.pad`'s names of our padding modes."""

BLOCK = 1 << 18
"""Values in one block."""


class Pad(Operation):
    """A map with padding around it.

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        padding: Rows and columns to add.
        mode: The padding mode: zero, reflect or edge.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        GeometryError: Padding reflects more than the input has.
        ArgumentError: There is no such mode.
    """

    def __init__(self, A_prev: Any, padding: Padding, mode: str = "zero", *, keep: bool = True) -> None:
        self.A_prev = as_input(A_prev, keep)
        m, n_H_prev, n_W_prev, n_C = self.A_prev.shape
        rows, cols = Sliding((1, 1), padding=padding).over(n_H_prev, n_W_prev, check_mode(mode, "mode"))
        self.geometry = Geometry(m, rows, cols, n_C)

    def window(self, index: Index) -> tuple[range, range, range]:
        """Return the one place that the value comes from; in zero padding it lies outside the input."""
        rows, cols, channels = super().window(index)
        row, col = origin(self.geometry.rows, rows.start), origin(self.geometry.cols, cols.start)
        return range(row, row + 1), range(col, col + 1), channels

    def ends(self) -> Iterator[int]:
        _, _, n_W, n_C = self.geometry.shape
        return row_ends(self.geometry.shape, max(1, BLOCK // (n_W * n_C)))

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        rows, cols = self.geometry.rows, self.geometry.cols
        down, across = rows.places(0), cols.places(0)
        sides = [*range(cols.before), *range(cols.before + cols.size, cols.output)]

        def compute(first: int, end: int) -> None:
            i, top, _, _ = index_of(first, Z.shape)
            block = Z[i, top : top + (end - first) // Z[0, 0].size]
            inner = block[:, cols.before : cols.before + cols.size]
            low, high = max(rows.before - top, 0), min(rows.before + rows.size - top, len(block))
            if low < high:
                inner[low:high] = self.A_prev[i, down[top + low] : down[top + high - 1] + 1]
            outside = [*range(min(low, len(block))), *range(max(high, 0), len(block))]
            if rows.mode == "zero":
                block[outside] = 0
                block[:, sides] = 0
            else:
                inner[outside] = self.A_prev[i, down[top : top + len(block)][outside]]
                block[:, sides] = inner[:, across[sides]]

        return compute


def padded_copy(example: Array, padding: Padding, mode: str) -> Array:
    """Return a padded copy of an example, `(n_H, n_W, n_C)`."""
    top, bottom, left, right = padding
    return np.pad(example, ((top, bottom), (left, right), (0, 0)), NP_MODES[mode])


def pad_forward(A_prev: Any, hparameters: Mapping[str, Any], start: int = 0) -> Generator[Step, None, Array]:
    """Step through padding, one value at a time, in the order of the loops i, h, w, c.

    Args:
        A_prev: Input, `(m, n_H_prev, n_W_prev, n_C_prev)`; integers become float64.
        hparameters: `pad`, an int or ((top, bottom), (left, right)); `mode`, "zero" (the default), "reflect" or
            "edge".
        start: The first step's number.

    Yields:
        A `Step` for every value; its window is the one place that the value comes from.

    Returns:
        The padded input, `(m, n_H, n_W, n_C_prev)`, read-only.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        GeometryError: Padding reflects more than the input has.
        ArgumentError: An unknown hyperparameter or an invalid value.
    """
    return walk(_pad(A_prev, hparameters), start)


def pad2d(A_prev: Any, hparameters: Mapping[str, Any]) -> Array:
    """Return the whole padded input at once: bit for bit what `pad_forward` returns."""
    return evaluate(_pad(A_prev, hparameters, keep=False))


def _pad(A_prev: Any, hparameters: Mapping[str, Any], *, keep: bool = True) -> Pad:
    check_keys(hparameters, ("pad", "mode"))
    padding = pad(hparameters.get("pad"))
    if not isinstance(padding, Padding):
        raise ArgumentError(
            f"{padding!r} depends on a window, and there is none",
            where="padding",
            hint="Give a number for every side, or ((top, bottom), (left, right))",
        )
    return Pad(A_prev, padding, hparameters.get("mode", "zero"), keep=keep)
