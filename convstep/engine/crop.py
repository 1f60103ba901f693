"""Cropping: rows and columns at the border of a map are left out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from convstep.engine.geometry import Padding, index_of, pad
from convstep.engine.steps import Array, Operation, Step, as_input, evaluate, row_ends, walk
from convstep.engine.transpose import TransposedAxis, TransposedGeometry
from convstep.errors import ArgumentError, GeometryError

BLOCK = 1 << 18
"""Values in one block."""


class Crop(Operation):
    """A map without some of its rows and columns: the value at (h, w) is the input's at (top + h, left + w).

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        margins: Rows and columns to leave out on each side.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        GeometryError: Nothing would be left.
    """

    geometry: TransposedGeometry

    def __init__(self, A_prev: Any, margins: Padding, *, keep: bool = True) -> None:
        self.A_prev = as_input(A_prev, keep)
        m, n_H_prev, n_W_prev, n_C = self.A_prev.shape
        rows, cols = cropping(n_H_prev, n_W_prev, margins)
        self.geometry = TransposedGeometry(m, rows, cols, n_C)

    def ends(self) -> Iterator[int]:
        _, _, n_W, n_C = self.geometry.shape
        return row_ends(self.geometry.shape, max(1, BLOCK // (n_W * n_C)))

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        row, left = Z[0, 0].size, self.geometry.cols.before

        def compute(first: int, end: int) -> None:
            i, h, _, _ = index_of(first, Z.shape)
            block = Z[i, h : h + (end - first) // row]
            top = self.geometry.rows.before + h
            block[...] = self.A_prev[i, top : top + len(block), left : left + block.shape[1]]

        return compute


def cropping(height: int, width: int, margins: Padding) -> tuple[TransposedAxis, TransposedAxis]:
    """Return what is left along rows and columns, as stamps of one place that are cut off at the border.

    Raises:
        GeometryError: Nothing would be left.
    """
    top, bottom, left, right = margins
    for word, size, cut in (("rows", height, top + bottom), ("columns", width, left + right)):
        if cut >= size:
            raise GeometryError(f"nothing would be left of {size} {word} without {cut}", where="cropping")
    return TransposedAxis(height, before=top, after=bottom), TransposedAxis(width, before=left, after=right)


def crop_forward(A_prev: Any, margins: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a cropping, value by value, in the order of the loops i, h, w, c.

    Args:
        A_prev: Input, `(m, n_H_prev, n_W_prev, n_C_prev)`; integers become float64.
        margins: Rows and columns to leave out: an int for every side, or ((top, bottom), (left, right)).
        start: The first step's number.

    Yields:
        A `Step` for every value of the output.

    Returns:
        The whole output, `(m, n_H_prev - top - bottom, n_W_prev - left - right, n_C_prev)`, read-only.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        GeometryError: Nothing would be left.
        ArgumentError: The margins are no numbers of at least 0.
    """
    return walk(Crop(A_prev, _margins(margins)), start)


def crop(A_prev: Any, margins: Any) -> Array:
    """Return a cropping's whole output: bit for bit what `crop_forward` returns."""
    return evaluate(Crop(A_prev, _margins(margins), keep=False))


def _margins(value: Any) -> Padding:
    found = pad(value)
    if not isinstance(found, Padding):
        raise ArgumentError(
            f"{found!r} depends on a window, and there is none",
            where="cropping",
            hint="Give a number for every side, or ((top, bottom), (left, right))",
        )
    return found
