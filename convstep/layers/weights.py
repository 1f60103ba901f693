"""Weights: given as an array, or drawn from a named distribution when they are first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array

INITIALISERS: dict[str, Callable[[np.random.RandomState, int, int, int], Array]] = {
    "xavier": lambda random, count, fan_in, fan_out: random.uniform(-1, 1, count) * np.sqrt(6 / (fan_in + fan_out)),
    "he": lambda random, count, fan_in, fan_out: random.standard_normal(count) * np.sqrt(2 / fan_in),
    "normal": lambda random, count, fan_in, fan_out: random.standard_normal(count),
}
"""How weights can be drawn: Glorot's uniform, He's normal, or the standard normal."""

CALLED = {"xavier": "Xavier", "he": "He", "normal": "standard normal"}
"""What people call these."""

BLOCK = 1 << 16
"""How many numbers are drawn at once: NumPy draws float64, whatever they will be."""


def drawn(draw: Callable[[int], Array], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array of `shape`, read-only, filled by `draw`, which returns as many numbers as it is asked for."""
    array = np.empty(prod(shape), dtype)
    for start in range(0, array.size, BLOCK):
        part = array[start : start + BLOCK]
        part[:] = draw(part.size)
    array.flags.writeable = False
    return array.reshape(shape)


@dataclass(frozen=True, eq=False)
class Given:
    """Weights that exist already.

    Attributes:
        array: The numbers, read-only.
        source: The file that they are from; empty for none.
    """

    array: Array
    source: str = ""

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return the weights, which must have that many numbers, in `shape`."""
        return self.array.astype(dtype, copy=False).reshape(shape)

    @property
    def told(self) -> str:
        """Where they come from, in a few words."""
        return f"from {self.source}" if self.source else "given"


class Drawn(NamedTuple):
    """Weights to draw, for whatever shape arrives.

    NumPy's legacy generator: its streams are frozen, so the numbers are the same in every version.

    Attributes:
        init: One of `INITIALISERS`, or "zeros".
        seed: Of `numpy.random.RandomState`.
    """

    init: str = "xavier"
    seed: int = 0

    @property
    def told(self) -> str:
        """Where they come from, in a few words; empty for zeros."""
        return "" if self.init == "zeros" else f"drawn at random ({CALLED[self.init]}, seed {self.seed})"

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return weights of `shape`: inputs of a neuron first, neurons last."""
        if self.init == "zeros":  # all that most first frames need: they come without the import of numpy.random
            array: Array = np.zeros(shape, dtype)
            array.flags.writeable = False
            return array
        fan_in, fan_out = prod(shape[:-1]), prod(shape[:-2]) * shape[-1]
        random, draw = np.random.RandomState(self.seed), INITIALISERS[self.init]
        return drawn(lambda count: draw(random, count, fan_in, fan_out), shape, dtype)


class Filled(NamedTuple):
    """Weights that are all the same number, however many.

    Attributes:
        value: The number.
    """

    value: float

    @property
    def told(self) -> str:
        """Where they come from, in a few words: nowhere that is worth a word."""
        return ""

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return weights of `shape`."""
        array: Array = np.full(shape, self.value, dtype)
        array.flags.writeable = False
        return array


Weights = Given | Drawn | Filled
XAVIER = Drawn("xavier")
ZEROS = Drawn("zeros")
ONES = Filled(1.0)
