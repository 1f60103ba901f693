"""im2col, block by block: windows as rows of a matrix, which turns a convolution into a matrix product."""

from __future__ import annotations

from typing import Any

import numpy as np

from convstep.engine.geometry import Axis
from convstep.engine.steps import Array

BLOCK = 1 << 17
"""Elements of one block's matrix: 512 KB of float32, which stays in a core's cache."""

POSITIONS = 896
"""Least number of positions in a block: fewer would read the weights too often."""


def partition(n_H: int, n_W: int, columns: int) -> tuple[int, int]:
    """Return the height and width of a block of output positions: some full rows, or part of one row."""
    most = max(BLOCK // columns, POSITIONS)
    width = _even(n_W, most)
    return (_even(n_H, max(most // n_W, 1)) if width == n_W else 1), width


def _even(length: int, most: int) -> int:
    """Return the part size, at most `most`, that splits `length` into the fewest parts of about equal size."""
    return -(-length // -(-length // most))


def buffer_sizes(axes: tuple[Axis, Axis], n_C_prev: int, channels: int, height: int, width: int) -> tuple[int, int]:
    """Return how many elements `Patches` needs for a block's part of the input, and for its matrix."""
    rows, cols = axes
    high, wide = (height - 1) * rows.stride + rows.extent, (width - 1) * cols.stride + cols.extent
    return high * wide * n_C_prev, height * width * (rows.kernel * cols.kernel * channels + 1)


class Patches:
    """The windows of a block of output positions, as rows of a matrix; a last column of ones multiplies the bias.

    Both buffers are allocated once and reused for every block. With few channels they are laid out channels first, so
    that copies run along the positions; otherwise channels last, so that copies run along the window's row.

    Args:
        n_C_prev: Number of channels of the layer's input.
        dtype: The buffers' dtype.
        axes: The windows along rows and columns.
        channels: How many channels one window has.
        height: Rows of output positions in a block.
        width: Positions in such a row.
    """

    def __init__(
        self, n_C_prev: int, dtype: np.dtype[Any], axes: tuple[Axis, Axis], channels: int, height: int, width: int
    ) -> None:
        rows, cols = self._axes = axes
        self._channels = channels
        self._high = (height - 1) * rows.stride + rows.extent
        self._wide = (width - 1) * cols.stride + cols.extent
        taps = rows.kernel * cols.kernel * channels
        patch, matrix = buffer_sizes(axes, n_C_prev, channels, height, width)
        self._patch_buffer = np.zeros(patch, dtype)
        self._matrix_buffer = np.empty(matrix, dtype)
        if 4 * cols.kernel * channels < width:
            self._patch_strides = (self._wide, 1, self._high * self._wide)
            self._matrix_strides = (1, height * width)
        else:
            self._patch_strides = (self._wide * n_C_prev, n_C_prev, 1)
            self._matrix_strides = (taps + 1, 1)
        self._patch = self._view(self._patch_buffer, (self._high, self._wide, n_C_prev), self._patch_strides)
        self._matrix: Array = self._view(self._matrix_buffer, (height * width, taps + 1), self._matrix_strides)
        self._matrix[:, taps] = 1
        self._filled: tuple[int, ...] = ()

    def load(self, example: Array, h: int, w: int) -> None:
        """Copy the part of an example that the block at output position (h, w) sees, with zero padding around it."""
        rows, cols = self._axes
        top, left = h * rows.stride - rows.before, w * cols.stride - cols.before
        row, row_end = max(-top, 0), min(self._high, rows.size - top)
        col, col_end = max(-left, 0), min(self._wide, cols.size - left)
        if self._filled != (row, row_end, col, col_end):
            self._patch_buffer.fill(0)
            self._filled = (row, row_end, col, col_end)
        if row < row_end and col < col_end:
            self._patch[row:row_end, col:col_end] = example[top + row : top + row_end, left + col : left + col_end]

    def matrix(self, group: int, height: int, width: int) -> Array:
        """Return the windows of the block's first `height` x `width` positions, `(height * width, taps + 1)`."""
        rows, cols = self._axes
        shape = (height, width, rows.kernel, cols.kernel, self._channels)
        y, x, z = self._patch_strides
        position, column = self._matrix_strides
        windows = self._view(
            self._patch_buffer,
            shape,
            (rows.stride * y, cols.stride * x, rows.dilation * y, cols.dilation * x, z),
            group * self._channels * z,
        )
        row = cols.kernel * self._channels * column
        to = (width * position, position, row, self._channels * column, column)
        np.copyto(self._view(self._matrix_buffer, shape, to), windows)
        return self._matrix[: height * width]

    def _view(self, buffer: Array, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> Any:
        size = buffer.itemsize
        return np.ndarray(shape, buffer.dtype, buffer, offset * size, tuple([stride * size for stride in strides]))
