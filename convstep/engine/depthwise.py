"""Depthwise convolution: every channel has its own filters, as in TensorFlow's depthwise_conv2d."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import numpy as np

from convstep.engine.conv import Conv
from convstep.engine.geometry import Axis, Sliding, index_of
from convstep.engine.steps import Array, Step, evaluate, row_ends, sliding, walk
from convstep.errors import ShapeError

BLOCK = 1 << 15
"""Output values of one filter in one block: together with the input that they need, they stay in a core's cache."""

LAYOUT = "W is (f_h, f_w, n_C_prev, multiplier)"


class DepthwiseConv(Conv):
    """A depthwise convolution: `multiplier` filters for each channel of the input.

    Channel `k * multiplier + q` of the output is channel k of the input, filtered by its filter q: a convolution with
    one group for every channel.

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        W: Filters, `(f_h, f_w, n_C_prev, multiplier)`.
        b: Biases, `n_C_prev * multiplier` of them in any shape; None for none.
        window: How the filters slide.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: The shapes don't fit together.
        GeometryError: The filter is larger than the padded input.
    """

    def __init__(self, A_prev: Any, W: Any, b: Any, window: Sliding, *, keep: bool = True) -> None:
        weights, n_C_prev = np.asarray(W), np.shape(A_prev)[-1] if np.ndim(A_prev) else 0
        if np.ndim(A_prev) == 4 and weights.shape[2] != n_C_prev:
            raise ShapeError(
                f"the filters are made for {weights.shape[2]} channels, but {n_C_prev} arrive", where="W", hint=LAYOUT
            )
        filters = weights.reshape(*weights.shape[:2], 1, -1)
        super().__init__(A_prev, filters, b, window, max(1, n_C_prev), keep=keep)

    def ends(self) -> Iterator[int]:
        return row_ends(self.geometry.shape, _height(self.geometry.rows, self.geometry.cols, self.groups))

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        m, n_H, n_W, n_C = Z.shape
        rows, cols = self.geometry.rows, self.geometry.cols
        channels, exact = self.groups, np.result_type(self.dtype, np.float64)
        filters = self.W.reshape(rows.kernel, cols.kernel, channels, -1).transpose(3, 0, 1, 2).astype(exact)
        biases = (np.zeros(n_C, exact) if self.b is None else self.b).reshape(channels, -1)
        height = _height(rows, cols, channels)
        patch = np.empty(((height - 1) * rows.stride + rows.extent, cols.padded, channels), exact)
        sums, products = np.empty((2, height, n_W, channels), exact)
        out = Z.reshape(m, n_H, n_W, channels, -1)

        def compute(first: int, end: int) -> None:
            i, top, _, _ = index_of(first, Z.shape)
            size = (end - first) // (n_W * n_C)
            self._load(patch, i, top)
            total, part = sums[:size], products[:size]
            for q, weights in enumerate(filters):
                total[:] = biases[:, q]
                for y, x in np.ndindex(rows.kernel, cols.kernel):
                    seen = patch[_tap_slice(rows, y, size), _tap_slice(cols, x, n_W)]
                    total += np.multiply(seen, weights[y, x], out=part)
                out[i, top : top + size, :, :, q] = total

        return compute

    def _load(self, patch: Array, i: int, top: int) -> None:
        """Fill `patch` with the rows of example `i` that output rows from `top` on see, zero padding around them."""
        rows, cols = self.geometry.rows, self.geometry.cols
        first = top * rows.stride - rows.before
        low, high = max(first, 0), min(first + len(patch), rows.size)
        patch.fill(0)
        if low < high:
            patch[low - first : high - first, cols.before : cols.before + cols.size] = self.A_prev[i, low:high]


def _tap_slice(axis: Axis, tap: int, windows: int) -> slice:
    """Return the slice of a patch that a tap sees in its first `windows` windows."""
    start = tap * axis.dilation
    return slice(start, start + (windows - 1) * axis.stride + 1, axis.stride)


def _height(rows: Axis, cols: Axis, channels: int) -> int:
    """Return how many output rows one block has."""
    return min(rows.output, max(1, BLOCK // (cols.output * channels)))


def depthwise_workspace(axes: tuple[Axis, Axis], n_C_prev: int, multiplier: int) -> int:
    """Return how many float64 elements a depthwise convolution needs as workspace, beside input, weights and output.

    Args:
        axes: The windows along rows and columns.
        n_C_prev: Number of channels of the input.
        multiplier: How many filters each has.
    """
    rows, cols = axes
    height = _height(rows, cols, n_C_prev)
    patch = ((height - 1) * rows.stride + rows.extent) * cols.padded
    return n_C_prev * (rows.kernel * cols.kernel * multiplier + patch + 2 * height * cols.output)


def depthwise_conv_forward(
    A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any], start: int = 0
) -> Generator[Step, None, Array]:
    """Step through a depthwise convolution, one window at a time, in the order of the loops i, h, w, c.

    Args:
        A_prev: Input, `(m, n_H_prev, n_W_prev, n_C_prev)`; integers become float64.
        W: Filters, `(f_h, f_w, n_C_prev, multiplier)`.
        b: Biases, `n_C_prev * multiplier` of them in any shape; None for none.
        hparameters: `stride`, `pad` and `dilation`, as in `conv_forward`.
        start: The first step's number.

    Yields:
        A `Step` for every window.

    Returns:
        The whole output, `(m, n_H, n_W, n_C_prev * multiplier)`, in the input's dtype, read-only.

    Raises:
        ShapeError: The shapes don't fit together.
        GeometryError: The filter is larger than the padded input.
        ArgumentError: An unknown hyperparameter, or a value out of range.
    """
    return walk(_depthwise(A_prev, W, b, hparameters), start)


def depthwise_conv2d(A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any]) -> Array:
    """Return a depthwise convolution's whole output: bit for bit what `depthwise_conv_forward` returns.

    Args and errors are those of `depthwise_conv_forward`.
    """
    return evaluate(_depthwise(A_prev, W, b, hparameters, keep=False))


def _depthwise(A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any], *, keep: bool = True) -> DepthwiseConv:
    shape = np.shape(W)
    if len(shape) != 4 or 0 in shape:
        raise ShapeError(f"expected four sizes, none of them 0, got {shape}", where="W", hint=LAYOUT)
    return DepthwiseConv(A_prev, W, b, sliding(hparameters, kernel=shape[:2]), keep=keep)
