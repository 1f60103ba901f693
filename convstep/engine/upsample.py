"""Nearest-neighbour upsampling: every input value becomes a block of equal values."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from convstep.engine.geometry import Pair, index_of, pair
from convstep.engine.steps import Array, Operation, Step, as_input, evaluate, row_ends, walk
from convstep.engine.transpose import TransposedAxis, TransposedGeometry

BLOCK = 1 << 18
"""Output values in one block."""


class Upsample(Operation):
    """Nearest-neighbour upsampling: the value at (h, w) is the input's at (h // s_h, w // s_w).

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        scale: How many rows and columns each value becomes.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
    """

    geometry: TransposedGeometry

    def __init__(self, A_prev: Any, scale: Pair, *, keep: bool = True) -> None:
        self.A_prev = as_input(A_prev, keep)
        m, n_H_prev, n_W_prev, n_C = self.A_prev.shape
        rows, cols = upsampling(n_H_prev, n_W_prev, scale)
        self.geometry = TransposedGeometry(m, rows, cols, n_C)

    def ends(self) -> Iterator[int]:
        _, _, n_W, n_C = self.geometry.shape
        scale = self.geometry.rows.stride
        return row_ends(self.geometry.shape, max(1, BLOCK // (scale * n_W * n_C)) * scale)

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        m, n_H_prev, n_W_prev, n_C = self.A_prev.shape
        rows, cols = self.geometry.rows, self.geometry.cols
        repeated = Z.reshape(m, n_H_prev, rows.stride, n_W_prev, cols.stride, n_C)

        def compute(first: int, end: int) -> None:
            i, top, _, _ = index_of(first, Z.shape)
            part = slice(top // rows.stride, top // rows.stride + (end - first) // repeated[0, 0].size)
            repeated[i, part] = self.A_prev[i, part, None, :, None]

        return compute


def upsampling(height: int, width: int, scale: Pair) -> tuple[TransposedAxis, TransposedAxis]:
    """Return the blocks of equal values along rows and columns, as stamps without gaps."""
    return TransposedAxis(height, scale[0], scale[0]), TransposedAxis(width, scale[1], scale[1])


def upsample_forward(A_prev: Any, scale: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through an upsampling, value by value, in the order of the loops i, h, w, c.

    Args:
        A_prev: Input, `(m, n_H_prev, n_W_prev, n_C_prev)`; integers become float64.
        scale: How many times as high and as wide the output is, an int or (h, w).
        start: The first step's number.

    Yields:
        A `Step` for every value of the output.

    Returns:
        The whole output, `(m, n_H_prev * s_h, n_W_prev * s_w, n_C_prev)`, read-only.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        ArgumentError: The scale is not one or two positive integers.
    """
    return walk(Upsample(A_prev, pair(scale, "scale")), start)


def upsample(A_prev: Any, scale: Any) -> Array:
    """Return an upsampling's whole output: bit for bit what `upsample_forward` returns."""
    return evaluate(Upsample(A_prev, pair(scale, "scale"), keep=False))
