"""Layers without a sliding window: relu, flatten and softmax."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from convstep.engine.geometry import Axis, Geometry, Index
from convstep.engine.steps import Array, Operation, Step, as_input, evaluate, walk

BLOCK = 1 << 18
"""Numbers in one block."""


class Relu(Operation):
    """max(0, x), value by value."""

    def __init__(self, A_prev: Any) -> None:
        self.A_prev = as_input(A_prev)
        m, n_H, n_W, n_C = self.A_prev.shape
        self.geometry = Geometry(m, Axis(n_H), Axis(n_W), n_C)

    def blocks(self, Z: Array) -> Iterator[int]:
        flat, source = Z.reshape(-1), self.A_prev.reshape(-1)
        for start in range(0, flat.size, BLOCK):
            np.maximum(source[start : start + BLOCK], 0, out=flat[start : start + BLOCK])
            yield min(start + BLOCK, flat.size)


class Flatten(Operation):
    """The input's values in one row, in the order (row, column, channel)."""

    def __init__(self, A_prev: Any) -> None:
        self.A_prev = as_input(A_prev)
        m, n_H, n_W, n_C = self.A_prev.shape
        self.geometry = Geometry(m, Axis(n_H, kernel=n_H), Axis(n_W, kernel=n_W), n_H * n_W * n_C)

    def window(self, index: Index) -> tuple[range, range, range]:
        _, _, n_W, n_C = self.A_prev.shape
        place, channel = divmod(index[3], n_C)
        row, col = divmod(place, n_W)
        return range(row, row + 1), range(col, col + 1), range(channel, channel + 1)

    def input_slice(self, index: Index) -> Array:
        rows, cols, channels = self.window(index)
        return self.A_prev[index[0], rows.start : rows.stop, cols.start : cols.stop, channels.start : channels.stop]

    def blocks(self, Z: Array) -> Iterator[int]:
        Z.reshape(-1)[:] = self.A_prev.reshape(-1)
        yield Z.size


class Softmax(Operation):
    """exp(x) over the sum of exp(x) of all channels: positive numbers that sum to 1."""

    def __init__(self, A_prev: Any) -> None:
        self.A_prev = as_input(A_prev)
        m, n_H, n_W, n_C = self.A_prev.shape
        self.geometry = Geometry(m, Axis(n_H), Axis(n_W), n_C)

    def window(self, index: Index) -> tuple[range, range, range]:
        rows, cols, _ = super().window(index)
        return rows, cols, range(self.geometry.n_C)

    def terms(self, index: Index) -> Array:
        """Return exp(x - max) of every channel."""
        scores = self.input_slice(index).astype(np.float64)
        with np.errstate(all="ignore"):
            return np.asarray(np.exp(scores - scores.max()))

    def blocks(self, Z: Array) -> Iterator[int]:
        n_C = self.geometry.n_C
        source, out = self.A_prev.reshape(-1, n_C), Z.reshape(-1, n_C)
        size = max(1, BLOCK // n_C)
        for start in range(0, len(out), size):
            powers = source[start : start + size].astype(np.float64)
            powers -= powers.max(axis=-1, keepdims=True)
            np.exp(powers, out=powers)
            powers /= powers.sum(axis=-1, keepdims=True)
            out[start : start + size] = powers
            yield min(start + size, len(out)) * n_C


def relu_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a relu, value by value. `A_prev` and the output are `(m, n_H, n_W, n_C)`."""
    return walk(Relu(A_prev), start)


def flatten_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a flatten, value by value. `A_prev` is `(m, n_H, n_W, n_C)`, the output `(m, 1, 1, n)`."""
    return walk(Flatten(A_prev), start)


def softmax_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a softmax over the channels. `A_prev` and the output are `(m, n_H, n_W, n_C)`."""
    return walk(Softmax(A_prev), start)


def relu(A_prev: Any) -> Array:
    """Return a relu's whole output: what `relu_forward` returns, the same bits."""
    return evaluate(Relu(A_prev))


def flatten(A_prev: Any) -> Array:
    """Return a flatten's whole output: what `flatten_forward` returns, the same bits."""
    return evaluate(Flatten(A_prev))


def softmax(A_prev: Any) -> Array:
    """Return a softmax's whole output: what `softmax_forward` returns, the same bits."""
    return evaluate(Softmax(A_prev))
