"""How numbers are prepared for a net: scaled, less a mean, divided by a spread, and with their axes in our order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.figures import given
from convstep.layers import Shape

BYTE = 255
"""The largest value of a pixel in a file of bytes."""


class Preparation(NamedTuple):
    """What is done to examples before a net sees them.

    Attributes:
        scale: The values that black and white get; None for the usual ones.
        mean: What is subtracted then: one number, or one for each channel; empty for nothing.
        std: What is divided by then, likewise.
        axes: Which axis of an array as the net's own model has it each of ours is, the batch first; () for no model.
        bytes_are_pixels: Whether arrays of bytes hold pixels from 0 to 255, as a picture does.
        usual: The values that black and white have for the net.
    """

    scale: tuple[float, float] | None = None
    mean: Sequence[float] = ()
    std: Sequence[float] = ()
    axes: tuple[int, ...] = ()
    bytes_are_pixels: bool = False
    usual: tuple[float, float] = (0.0, 1.0)

    @property
    def range(self) -> tuple[float, float]:
        """The values that black and white get."""
        return self.scale or self.usual

    @property
    def keeps_pixels(self) -> bool:
        """Whether a picture's values stay those from 0 to 1."""
        return self.range == (0.0, 1.0) and not self.mean and not self.std

    @property
    def words(self) -> str:
        """What is done to a picture, in words."""
        low, high = self.range
        text = f"values from {given(low)} to {given(high)}"
        if self.mean:
            text += f", less {_listed(self.mean)}"
        return f"{text}, divided by {_listed(self.std)}" if self.std else text

    def check(self, n_C: int) -> None:
        """Check that there are as many numbers as channels.

        Raises:
            SpecError: There are more or fewer, or one to divide by is 0.
        """
        for name, numbers in (("--mean", self.mean), ("--std", self.std)):
            if len(numbers) not in (0, 1, n_C):
                raise SpecError(f"expected a number for each of {n_C} channels, or one, got {len(numbers)}", where=name)
        if not all(self.std):
            raise SpecError("nothing can be divided by 0", where="--std")

    def own_shape(self, shape: Shape) -> Shape:
        """Return an example's shape as the model has it."""
        return tuple(shape[self.axes.index(axis) - 1] for axis in range(1, len(self.axes)))

    def turned(self, array: Array, shape: Shape) -> Array:
        """Return examples of `shape`, `(m, *shape)`, from an array in our order, or in the model's own."""
        own = self.own_shape(shape)
        if self.axes and own != shape and array.shape in (own, (len(array), *own)):
            return array.reshape(-1, *own).transpose(self.axes)
        return array.reshape(-1, *shape)

    def pixels(self, array: Array) -> Array:
        """Return values from 0 to 1 as the net is to see them."""
        if self.keeps_pixels:
            return array
        low, high = self.range
        return self._centred(array * np.asarray(high - low, array.dtype) + np.asarray(low, array.dtype))

    def numbers(self, array: Array, stored: np.dtype[Any]) -> Array:
        """Return an array's values, stored in a file as `stored`, as the net is to see them."""
        if self.bytes_are_pixels and stored == np.uint8:
            return self.pixels(array / np.asarray(BYTE, array.dtype))
        return self.pixels(array) if self.scale else self._centred(array)

    def _centred(self, array: Array) -> Array:
        if self.mean:
            array = array - np.asarray(self.mean, array.dtype)
        return array / np.asarray(self.std, array.dtype) if self.std else array


AS_IT_IS = Preparation()


def _listed(numbers: Sequence[float]) -> str:
    return given(numbers[0]) if len(numbers) == 1 else f"({', '.join(map(given, numbers))})"
