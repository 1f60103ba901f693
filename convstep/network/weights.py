"""Weights: given as an array, or drawn from a named distribution when they are first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array

INITIALISERS: dict[str, Callable[[np.random.RandomState, tuple[int, ...], int, int], Array]] = {
    "xavier": lambda random, shape, fan_in, fan_out: random.uniform(-1, 1, shape) * np.sqrt(6 / (fan_in + fan_out)),
    "he": lambda random, shape, fan_in, fan_out: random.standard_normal(shape) * np.sqrt(2 / fan_in),
    "normal": lambda random, shape, fan_in, fan_out: random.standard_normal(shape),
}
"""How weights can be drawn: Glorot's uniform, He's normal, or the standard normal."""


@dataclass(frozen=True, eq=False)
class Given:
    """Weights that exist already.

    Attributes:
        array: The numbers, read-only.
    """

    array: Array

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return the weights, which must have that many numbers, in `shape`."""
        return self.array.astype(dtype, copy=False).reshape(shape)


class Drawn(NamedTuple):
    """Weights to draw, for whatever shape arrives.

    NumPy's legacy generator: its streams are frozen, so the numbers are the same in every version.

    Attributes:
        init: One of `INITIALISERS`, or "zeros".
        seed: Of `numpy.random.RandomState`.
    """

    init: str = "xavier"
    seed: int = 0

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return weights of `shape`: inputs of a neuron first, neurons last."""
        if self.init == "zeros":  # all that most first frames need: they come without the import of numpy.random
            array: Array = np.zeros(shape, dtype)
        else:
            place = int(np.prod(shape[:-2])) if len(shape) > 2 else 1
            fan_in = int(np.prod(shape[:-1]))
            fan_out = place * shape[-1]
            array = INITIALISERS[self.init](np.random.RandomState(self.seed), shape, fan_in, fan_out).astype(dtype)
        array.flags.writeable = False
        return array


Weights = Given | Drawn
XAVIER = Drawn("xavier")
ZEROS = Drawn("zeros")
