"""Dense layers: every neuron is connected to every input. Computed as a 1x1 convolution of a 1x1 map."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from convstep.engine.conv import Conv
from convstep.engine.geometry import Sliding
from convstep.engine.steps import Array, Step, evaluate, walk
from convstep.errors import ShapeError


class Dense(Conv):
    """A dense layer.

    Args:
        A_prev: `(m, 1, 1, n)`, flattened.
        W: Weights, `(n, units)`.
        b: Biases, `units` of them in any shape; None for none.

    Raises:
        ShapeError: The shapes don't fit together.
    """

    def __init__(self, A_prev: Any, W: Any, b: Any) -> None:
        weights = np.asarray(W)
        if weights.ndim != 2 or not weights.size:
            raise ShapeError(f"expected shape (inputs, units), none of them 0, got {weights.shape}", where="W")
        n = int(np.prod(np.shape(A_prev)[1:]))
        if np.ndim(A_prev) < 2 or weights.shape[0] != n:
            raise ShapeError(f"the weights are made for {weights.shape[0]} inputs, but {n} arrive", where="W")
        super().__init__(np.reshape(A_prev, (-1, 1, 1, n)), weights[None, None], b, Sliding((1, 1)))


def dense_forward(A_prev: Any, W: Any, b: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a dense layer, one neuron at a time.

    Args:
        A_prev: Input, `(m, n)` or `(m, 1, 1, n)`.
        W: Weights, `(n, units)`.
        b: Biases, `(units,)`; None for none.
        start: The first step's number.

    Yields:
        A `Step` for every neuron.

    Returns:
        The whole output, `(m, 1, 1, units)`, read-only.

    Raises:
        ShapeError: The shapes don't fit together.
    """
    return walk(Dense(A_prev, W, b), start)


def dense(A_prev: Any, W: Any, b: Any) -> Array:
    """Return a dense layer's whole output at once: bit for bit what `dense_forward` returns."""
    return evaluate(Dense(A_prev, W, b))
