"""Weights: given as an array, or drawn from a distribution when they are first needed."""

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
"""How to draw weights: Glorot's uniform, He's normal, or the standard normal distribution."""

INIT_CODE = {
    "xavier": "np.random.RandomState({seed}).uniform(-1, 1, {shape}) * np.sqrt(6 / {fans})",
    "he": "np.random.RandomState({seed}).standard_normal({shape}) * np.sqrt(2 / {fan_in})",
    "normal": "np.random.RandomState({seed}).standard_normal({shape})",
}
"""The same as code."""

INIT_NAMES = {"xavier": "Xavier", "he": "He", "normal": "standard normal"}
"""The initialisers' names on screen."""

BLOCK = 1 << 16
"""How many numbers are drawn at once, for NumPy draws them as float64, which takes more memory."""


def draw_array(draw: Callable[[int], Array], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return a read-only array of random numbers; `draw(n)` returns n of them."""
    array = np.empty(prod(shape), dtype)
    for start in range(0, array.size, BLOCK):
        part = array[start : start + BLOCK]
        part[:] = draw(part.size)
    array.flags.writeable = False
    return array.reshape(shape)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many inputs a neuron has, and how many neurons an input has."""
    return prod(shape[:-1]), prod(shape[:-2]) * shape[-1]


@dataclass(frozen=True, eq=False)
class Given:
    """Weights given as an array.

    Attributes:
        array: The weights, read-only.
        source: The file that they were read from; empty for none.
        reordered: The order of axes that their rows had, if that was changed to HWC; empty if it was not.
    """

    array: Array
    source: str = ""
    reordered: str = ""

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return the weights in `shape`, which must have their size."""
        return self.array.astype(dtype, copy=False).reshape(shape)

    def code(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        """Return "": there is no code that draws them."""
        return ""

    @property
    def description(self) -> str:
        """Where they come from, in a few words."""
        origin = f"from {self.source}" if self.source else "given"
        return f"{origin} in the order {self.reordered}, rearranged to HWC" if self.reordered else origin


class Drawn(NamedTuple):
    """Weights drawn in any shape.

    They come from NumPy's legacy generator, whose numbers are the same in every version.

    Attributes:
        init: One of `INITIALISERS`, or "zeros".
        seed: The seed of `numpy.random.RandomState`.
    """

    init: str = "xavier"
    seed: int = 0

    @property
    def description(self) -> str:
        """Where they come from, in a few words; empty for zeros."""
        return "" if self.init == "zeros" else f"drawn at random ({INIT_NAMES[self.init]}, seed {self.seed})"

    def code(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        """Return NumPy code that draws the same weights, bit for bit."""
        if self.init == "zeros":
            return f"np.zeros({shape}, np.{dtype.name})"
        fan_in, fan_out = _fans(shape)
        drawn = INIT_CODE[self.init].format(seed=self.seed, shape=shape, fan_in=fan_in, fans=fan_in + fan_out)
        return f"np.{dtype.name}({drawn})"

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return weights of `shape`, whose last axis is the neurons'."""
        if self.init == "zeros":  # without importing numpy.random, which is slow
            array: Array = np.zeros(shape, dtype)
            array.flags.writeable = False
            return array
        fan_in, fan_out = _fans(shape)
        random, draw = np.random.RandomState(self.seed), INITIALISERS[self.init]
        return draw_array(lambda count: draw(random, count, fan_in, fan_out), shape, dtype)


class Filled(NamedTuple):
    """Weights that are all the same number, in any shape.

    Attributes:
        value: The number.
    """

    value: float

    @property
    def description(self) -> str:
        """Empty: there is nothing to say about where they come from."""
        return ""

    def code(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        """Return NumPy code for the same weights."""
        return f"np.full({shape}, {self.value}, np.{dtype.name})"

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return weights of `shape`."""
        array: Array = np.full(shape, self.value, dtype)
        array.flags.writeable = False
        return array


Weights = Given | Drawn | Filled
XAVIER = Drawn("xavier")
ZEROS = Drawn("zeros")
ONES = Filled(1.0)
