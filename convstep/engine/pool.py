"""Pooling: the largest value, or the mean, of every window in every channel."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from itertools import product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import Axis, Geometry, Index, Sliding, index_of
from convstep.engine.steps import Array, Operation, Step, as_input, evaluate, flag, row_ends, sliding, walk
from convstep.errors import ArgumentError

BLOCK = 1 << 18
"""Output values in one block."""

SUMS = 1 << 17
"""Sums in one block of an average pool: 1 MB of float64, which stays in a core's cache."""


class Pool(Operation):
    """Base of max-pools and average-pools: each window, one channel deep, is reduced tap by tap.

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        window: How the window slides.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        GeometryError: The window is larger than the padded input.
    """

    reduce: ClassVar[np.ufunc]

    def __init__(self, A_prev: Any, window: Sliding, *, keep: bool = True) -> None:
        self.A_prev = as_input(A_prev, keep)
        m, n_H_prev, n_W_prev, n_C_prev = self.A_prev.shape
        rows, cols = window.over(n_H_prev, n_W_prev)
        self.geometry = Geometry(m, rows, cols, n_C_prev)

    def running(self, index: Index) -> Array:
        return np.asarray(self.reduce.accumulate(self.terms(index).ravel()))

    def ends(self) -> Iterator[int]:
        _, _, n_W, n_C = self.geometry.shape
        return row_ends(self.geometry.shape, max(1, BLOCK // (n_W * n_C)))

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        _, _, n_W, n_C = Z.shape
        rows, cols = self.geometry.rows, self.geometry.cols

        def compute(first: int, end: int) -> None:
            i, top, _, _ = index_of(first, Z.shape)
            block = Z[i, top : top + (end - first) // (n_W * n_C)]
            block.fill(self.fill)
            for row in _taps_inside(rows, top, top + len(block)):
                out_rows, in_rows = _overlap(rows, row, top, top + len(block))
                for col in _taps_inside(cols, 0, n_W):
                    out_cols, in_cols = _overlap(cols, col, 0, n_W)
                    part = block[out_rows, out_cols]
                    self.reduce(part, self.A_prev[i, in_rows, in_cols], out=part)

        return compute


def _taps_inside(axis: Axis, first: int, last: int) -> range:
    """Return the taps that lie in the input at some position from `first` up to `last`; all others see padding."""
    low, high = first * axis.stride - axis.before, (last - 1) * axis.stride - axis.before
    return range(max(0, -(high // axis.dilation)), min(axis.kernel, -((low - axis.size) // axis.dilation)))


def _overlap(axis: Axis, tap: int, first: int, last: int) -> tuple[slice, slice]:
    """Return the positions, counted from `first`, at which a tap lies in the input, and the input places it sees."""
    offset = tap * axis.dilation - axis.before
    low = max(first, -(offset // axis.stride))
    high = max(low, min(last, (axis.size - 1 - offset) // axis.stride + 1))
    start = low * axis.stride + offset
    return slice(low - first, high - first), slice(start, start + (high - low) * axis.stride, axis.stride)


class MaxPool(Pool):
    """The largest value of every window; padding is minus infinity."""

    fill = -np.inf
    reduce = np.maximum

    def argmax(self, index: Index) -> Index | None:
        rows, cols, channels = self.window(index)
        patch = self.input_slice(index)
        row, col = divmod(int(np.argmax(patch)), len(cols))
        place = (index[0], rows[row], cols[col], channels[0])
        inside = 0 <= place[1] < self.geometry.rows.size and 0 <= place[2] < self.geometry.cols.size
        return place if inside else self._first_inside(index)

    def winners(self, example: int) -> tuple[Array, Array]:
        rows, cols = self.geometry.rows, self.geometry.cols
        source = self.A_prev[example]
        largest = np.full(self.geometry.shape[1:], self.fill, self.dtype)
        won_rows, won_cols = (np.full(largest.shape, -1) for _ in range(2))
        for row, col in product(range(rows.kernel), range(cols.kernel)):
            down, across = rows.places(row)[:, None, None], cols.places(col)[None, :, None]
            values = source[down[:, :, 0], across[:, :, 0]]
            wins = (won_rows < 0) | (values > largest) | (np.isnan(values) & ~np.isnan(largest))
            wins &= (down >= 0) & (across >= 0)
            for array, new in ((largest, values), (won_rows, down), (won_cols, across)):
                np.copyto(array, new, where=wins)
        return won_rows, won_cols

    def tied(self, block: Array, examples: range, rows: range) -> NDArray[np.bool_]:
        """Return where the largest value occurs more than once in the input under the window.

        Args:
            block: The output of these examples and rows.
            examples: Which examples.
            rows: Which rows of the output.
        """
        seen, tied = np.zeros(block.shape, np.bool_), np.zeros(block.shape, np.bool_)
        source = self.A_prev[examples.start : examples.stop]
        for row in _taps_inside(self.geometry.rows, rows.start, rows.stop):
            out_rows, in_rows = _overlap(self.geometry.rows, row, rows.start, rows.stop)
            for col in _taps_inside(self.geometry.cols, 0, block.shape[2]):
                out_cols, in_cols = _overlap(self.geometry.cols, col, 0, block.shape[2])
                part = np.s_[:, out_rows, out_cols]
                equal = source[:, in_rows, in_cols] == block[part]
                tied[part] |= seen[part] & equal
                seen[part] |= equal
        return tied

    def _first_inside(self, index: Index) -> Index | None:
        """Return the window's first place inside the input; it wins if all values are minus infinity."""
        rows, cols, channels = self.window(index)
        inside_rows, inside_cols = self.geometry.rows.inside(rows), self.geometry.cols.inside(cols)
        if not inside_rows or not inside_cols:
            return None
        return (index[0], rows[inside_rows[0]], cols[inside_cols[0]], channels[0])


class AvgPool(Pool):
    """The mean of every window; padding is left out of the sum and, by default, of the count.

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        window: How the window slides.
        count_include_pad: Whether padding is counted; the overhang of ceil mode never is.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        GeometryError: The window is larger than the padded input.
    """

    reduce = np.add

    def __init__(self, A_prev: Any, window: Sliding, count_include_pad: bool = False, *, keep: bool = True) -> None:
        super().__init__(A_prev, window, keep=keep)
        self.count_include_pad = count_include_pad

    def count(self, index: Index) -> int:
        return self._counts(self.geometry.rows, index[1]) * self._counts(self.geometry.cols, index[2])

    def ends(self) -> Iterator[int]:
        return row_ends(self.geometry.shape, _block_height((self.geometry.rows, self.geometry.cols), self.geometry.n_C))

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        """Return a function that sums in float64, down the columns and then along the rows; divides; rounds once."""
        _, _, n_W, n_C = Z.shape
        rows, cols = self.geometry.rows, self.geometry.cols
        across = [self._counts(cols, w) for w in range(n_W)]
        height, exact = _block_height((rows, cols), n_C), np.result_type(self.dtype, np.float64)
        down_buffer, sum_buffer = np.empty((height, cols.size, n_C), exact), np.empty((height, n_W, n_C), exact)

        def compute(first: int, end: int) -> None:
            i, top, _, _ = index_of(first, Z.shape)
            block = Z[i, top : top + (end - first) // (n_W * n_C)]
            down, sums = down_buffer[: len(block)], sum_buffer[: len(block)]
            _add_up(self.A_prev[i], rows, top, down)
            _add_up(down.swapaxes(0, 1), cols, 0, sums.swapaxes(0, 1))
            counts = np.multiply.outer([self._counts(rows, top + h) for h in range(len(block))], across)
            np.divide(sums, counts[:, :, None], out=block, casting="same_kind")

        return compute

    def _counts(self, axis: Axis, position: int) -> int:
        """Return how many taps of a window are counted along one axis."""
        window = axis.window(position)
        return len(axis.counted(window) if self.count_include_pad else axis.inside(window))


def _add_up(source: Array, axis: Axis, first: int, sums: Array) -> None:
    """Sum the windows along the first axis of `source` into `sums`, starting at position `first`."""
    last = first + len(sums)
    taps = [_overlap(axis, tap, first, last) for tap in _taps_inside(axis, first, last)]
    if taps and taps[0][0] == slice(0, len(sums)):
        sums[:] = source[taps.pop(0)[1]]
    else:
        sums.fill(0)
    for out, places in taps:
        sums[out] += source[places]


class GlobalMaxPool(MaxPool):
    """The largest value of every channel: a max-pool whose window is the whole map."""

    def __init__(self, A_prev: Any) -> None:
        super().__init__(A_prev, _whole_map(A_prev))


class GlobalAvgPool(AvgPool):
    """The mean of every channel: an average-pool whose window is the whole map."""

    def __init__(self, A_prev: Any) -> None:
        super().__init__(A_prev, _whole_map(A_prev))


def _whole_map(A_prev: Any) -> Sliding:
    return Sliding(np.shape(A_prev)[1:3] if np.ndim(A_prev) == 4 else (1, 1))


def avg_pool_workspace(axes: tuple[Axis, Axis], n_C: int) -> int:
    """Return how many float64 elements an average-pool needs as workspace, beside its input and output.

    Args:
        axes: The windows along rows and columns.
        n_C: Number of channels.
    """
    return _block_height(axes, n_C) * (axes[1].size + axes[1].output) * n_C


def _block_height(axes: tuple[Axis, Axis], n_C: int) -> int:
    """Return how many output rows one block has."""
    rows, cols = axes
    return min(rows.output, max(1, SUMS // ((cols.size + cols.output) * n_C)))


def max_pool(A_prev: Any, hparameters: Mapping[str, Any], start: int = 0) -> Generator[Step, None, Array]:
    """Step through a max-pool, one window at a time, in the order of the loops i, h, w, c.

    Args:
        A_prev: Input, `(m, n_H_prev, n_W_prev, n_C_prev)`; integers become float64.
        hparameters: `f`, the window's size, an int or (h, w); `stride`, default `f`; `pad` and `dilation` as in
            `conv_forward`; `ceil_mode`, whether a remainder that doesn't fill a stride gets a window too, as in
            PyTorch and ONNX, default False. Padding is minus infinity: it never wins.
        start: The first step's number.

    Yields:
        A `Step` for every window; its `argmax` is the place in the input that won.

    Returns:
        The whole output, `(m, n_H, n_W, n_C_prev)`, read-only.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        GeometryError: The window is larger than the padded input.
        ArgumentError: An unknown hyperparameter, or a value out of range.
    """
    return walk(MaxPool(A_prev, _window(hparameters)), start)


def avg_pool(A_prev: Any, hparameters: Mapping[str, Any], start: int = 0) -> Generator[Step, None, Array]:
    """Step through an average-pool, as `max_pool` does; padding is left out of the sum and the count.

    With the hyperparameter `count_include_pad`, default False, padding is counted; the overhang of ceil mode never is.
    """
    return walk(_avg_pool(A_prev, hparameters), start)


def max_pool2d(A_prev: Any, hparameters: Mapping[str, Any]) -> Array:
    """Return a max-pool's whole output at once: bit for bit what `max_pool` returns."""
    return evaluate(MaxPool(A_prev, _window(hparameters), keep=False))


def avg_pool2d(A_prev: Any, hparameters: Mapping[str, Any]) -> Array:
    """Return an average-pool's whole output at once: bit for bit what `avg_pool` returns."""
    return evaluate(_avg_pool(A_prev, hparameters, keep=False))


def global_max_pool(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a global max pool. `A_prev` is `(m, n_H, n_W, n_C)`, the output `(m, 1, 1, n_C)`."""
    return walk(GlobalMaxPool(A_prev), start)


def global_avg_pool(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a global average pool. `A_prev` is `(m, n_H, n_W, n_C)`, the output `(m, 1, 1, n_C)`."""
    return walk(GlobalAvgPool(A_prev), start)


def global_max_pool2d(A_prev: Any) -> Array:
    """Return a global max pool's whole output: bit for bit what `global_max_pool` returns."""
    return evaluate(GlobalMaxPool(A_prev))


def global_avg_pool2d(A_prev: Any) -> Array:
    """Return a global average pool's whole output: bit for bit what `global_avg_pool` returns."""
    return evaluate(GlobalAvgPool(A_prev))


def _avg_pool(A_prev: Any, hparameters: Mapping[str, Any], *, keep: bool = True) -> AvgPool:
    include = flag(hparameters.get("count_include_pad", False), "count_include_pad")
    return AvgPool(A_prev, _window(hparameters, "count_include_pad"), include, keep=keep)


def _window(hparameters: Mapping[str, Any], *extra: str) -> Sliding:
    theirs = [key for key in ("pool_height", "pool_width", "kernel_size", "pool_size") if key in hparameters]
    if theirs:
        size = tuple(hparameters.get(key, 2) for key in ("pool_height", "pool_width"))
        raise ArgumentError(
            f"unknown hyperparameter {theirs[0]!r}",
            where="hparameters",
            hint=f'Here the size of the window is f: {{"f": {size}, "stride": {hparameters.get("stride", 2)}}}',
        )
    if "f" not in hparameters:
        raise ArgumentError("a pool needs the size of its window", where="hparameters", hint='Give it: {"f": 2}')
    f = hparameters["f"]
    return sliding(hparameters, kernel=f, stride=f, extra=("f", "ceil_mode", *extra))
