"""Layers computed as a whole: their output is known, and nothing of how each value comes about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import Axis, Geometry, Index
from convstep.engine.steps import Array, Operation, as_input

Function = Callable[[Sequence[Array]], Array]
"""Returns a layer's output, `(m, n_H, n_W, n_C)`, from its inputs, each `(m, n_H_prev, n_W_prev, n_C_prev)`."""


class WholeAxis(Axis):
    """An axis along which every output position may depend on the whole input.

    Attributes:
        size: Length of the input along this axis.
        kernel: The same.
        stride: Length of the output.
    """

    __slots__ = ()

    @property
    def output(self) -> int:
        """Length of the output."""
        return self.stride

    def window(self, position: int) -> range:
        """Return no places: which ones matter is not known."""
        return range(0)

    def inside(self, window: range) -> range:
        """Return the numbers of all taps: none lies in padding."""
        return range(len(window))

    def places(self, tap: int) -> NDArray[np.intp]:
        """Return the input place that a tap may read at each position, `(output,)`."""
        return np.full(self.output, tap, np.intp)

    def positions(self, place: int) -> list[int]:
        """Return the positions that may depend on a place of the input."""
        return list(range(self.output)) if 0 <= place < self.size else []


class Whole(Operation):
    """A function of whole arrays, computed at once.

    Args:
        inputs: One or more arrays, `(m, n_H_prev, n_W_prev, n_C_prev)`.
        shape: `(n_H, n_W, n_C)` of the output.
        function: Computes it.

    Raises:
        ShapeError: An input is not 4-dimensional.
    """

    def __init__(self, inputs: Sequence[Any], shape: tuple[int, int, int], function: Function) -> None:
        self._inputs = tuple(as_input(each) for each in inputs)
        self.A_prev = self._inputs[0]
        self._function = function
        m, n_H_prev, n_W_prev, _ = self.A_prev.shape
        n_H, n_W, n_C = shape
        self.geometry = Geometry(m, WholeAxis(n_H_prev, n_H_prev, n_H), WholeAxis(n_W_prev, n_W_prev, n_W), n_C)

    @property
    def inputs(self) -> tuple[Array, ...]:
        return self._inputs

    def window(self, index: Index) -> tuple[range, range, range]:
        return range(0), range(0), range(self.A_prev.shape[3])

    def ends(self) -> tuple[int]:
        return (self.geometry.count,)

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        def compute(first: int, end: int) -> None:
            Z[...] = self._function(self._inputs)

        return compute

    def reads(self, first: int, end: int) -> tuple[list[range], ...]:
        """Return all values of all inputs."""
        return tuple([range(each.size)] for each in self._inputs)
