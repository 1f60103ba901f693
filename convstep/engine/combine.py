"""Layers with several inputs, which are added or multiplied elementwise, or concatenated along the channels."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np

from convstep.engine.geometry import Axis, Geometry, Index
from convstep.engine.pointwise import BLOCK
from convstep.engine.steps import Array, Operation, Step, as_input, evaluate, flat_ends, read_only, walk
from convstep.errors import ArgumentError, ConvstepError, ShapeError

AXIS_NAMES = ("numbers of examples", "heights", "widths", "numbers of channels")
"""What the sizes along an input's axes are called."""


class Combine(Operation):
    """Base of all layers with several inputs.

    Args:
        inputs: Two or more arrays, `(m, n_H, n_W, n_C)`, of one dtype.

    Raises:
        ShapeError: An input is not 4-dimensional, or their shapes don't fit together.
        ArgumentError: There are fewer than two inputs, or their dtypes differ.
    """

    name: ClassVar[str]
    equal_axes: ClassVar[slice] = slice(None)
    """The axes along which all inputs must have the same size."""

    def __init__(self, inputs: Sequence[Any]) -> None:
        arrays = inputs if isinstance(inputs, Iterable) else (inputs,)
        self._inputs = tuple([_as_input(array, number) for number, array in enumerate(arrays)])
        if len(self._inputs) < 2:
            raise ArgumentError(f"{self.name} takes two inputs or more, got {len(self._inputs)}", where="inputs")
        self.A_prev = self._inputs[0]
        for number, other in enumerate(self._inputs):
            self._compare(other, f"inputs[{number}]")
        m, n_H, n_W, n_C = self.A_prev.shape
        self.geometry = Geometry(m, Axis(n_H), Axis(n_W), n_C)

    @property
    def inputs(self) -> tuple[Array, ...]:
        return self._inputs

    def _compare(self, other: Array, where: str) -> None:
        mine, its = self.A_prev.shape[self.equal_axes], other.shape[self.equal_axes]
        differing = [name for name, a, b in zip(AXIS_NAMES[self.equal_axes], mine, its, strict=True) if a != b]
        if differing:
            first = 0 if AXIS_NAMES[0] in differing else 1
            shapes = ["x".join(map(str, array.shape[first:])) for array in (self.A_prev, other)]
            raise ShapeError(
                f"{self.name} takes maps of one {'shape' if len(mine) == 4 else 'height and width'}, "
                f"but {shapes[0]} and {shapes[1]} arrive: their {' and '.join(differing)} differ",
                where=where,
            )
        if other.dtype != self.dtype:
            raise ArgumentError(
                f"{self.name} takes inputs of one dtype, but {self.dtype} and {other.dtype} arrive",
                where=where,
                hint="Integers are taken as float64",
            )


class Elementwise(Combine):
    """An elementwise reduction: each neuron's window has one tap for every input."""

    reduce: ClassVar[np.ufunc]

    def input_slice(self, index: Index) -> Array:
        """Return every input's value at the neuron's place, `(1, 1, inputs)`."""
        return read_only(np.array([[[array[index] for array in self.inputs]]]))

    def input_of(self, index: Index, tap: int = 0) -> int:
        return tap

    def running(self, index: Index) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(self.reduce.accumulate(self.terms(index).ravel()))

    def source(self, index: Index, place: tuple[int, int, int]) -> Index:
        """Return the neuron's own place, which each tap reads in its own input."""
        return index

    def ends(self) -> Iterator[int]:
        return flat_ends(self.geometry.count, BLOCK)

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        out, sources = Z.reshape(-1), [array.reshape(-1) for array in self.inputs]

        def compute(first: int, end: int) -> None:
            total = sources[0][first:end].astype(np.float64)
            for source in sources[1:]:
                self.reduce(total, source[first:end], out=total)
            out[first:end] = total

        return compute

    def reads(self, first: int, end: int) -> tuple[list[range], ...]:
        return ([range(first, end)],) * len(self.inputs)


class Add(Elementwise):
    """The elementwise sum of all inputs."""

    name = "add"
    reduce = np.add


class Multiply(Elementwise):
    """The elementwise product of all inputs."""

    name = "multiply"
    reduce = np.multiply


class Concat(Combine):
    """The inputs concatenated along the channels.

    A neuron's window is one place of the input that its value comes from; channels are numbered within that input.
    """

    name = "concat"
    equal_axes = slice(3)

    def __init__(self, inputs: Sequence[Any]) -> None:
        super().__init__(inputs)
        *self._first_channels, n_C = accumulate((array.shape[3] for array in self.inputs), initial=0)
        self.geometry = replace(self.geometry, n_C=n_C)

    def origin(self, index: Index) -> tuple[int, int]:
        """Return which input, from 0, the neuron's value comes from, and its channel there."""
        number = bisect_right(self._first_channels, index[3]) - 1
        return number, index[3] - self._first_channels[number]

    def input_of(self, index: Index, tap: int = 0) -> int:
        return self.origin(index)[0]

    def window(self, index: Index) -> tuple[range, range, range]:
        rows, cols, _ = super().window(index)
        channel = self.origin(index)[1]
        return rows, cols, range(channel, channel + 1)

    def input_slice(self, index: Index) -> Array:
        """Return the one value, `(1, 1, 1)`."""
        i, h, w, _ = index
        number, channel = self.origin(index)
        return self.inputs[number][i, h : h + 1, w : w + 1, channel : channel + 1]

    def ends(self) -> Iterator[int]:
        n_C = self.geometry.n_C
        return flat_ends(self.geometry.count, max(1, BLOCK // n_C) * n_C)

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        n_C = self.geometry.n_C
        out, sources = Z.reshape(-1, n_C), [array.reshape(-1, array.shape[3]) for array in self.inputs]

        def compute(first: int, end: int) -> None:
            part = slice(first // n_C, end // n_C)
            np.concatenate([source[part] for source in sources], axis=1, out=out[part])

        return compute

    def reads(self, first: int, end: int) -> tuple[list[range], ...]:
        n_C = self.geometry.n_C
        places = first // n_C, -(-end // n_C)
        channels = (array.shape[3] for array in self.inputs)
        return tuple([range(places[0] * each, places[1] * each)] for each in channels)


def add_forward(inputs: Sequence[Any], start: int = 0) -> Generator[Step, None, Array]:
    """Step through the sum of several inputs, value by value.

    Args:
        inputs: Two or more arrays of one shape, `(m, n_H, n_W, n_C)`, and one dtype.
        start: The first step's number.

    Yields:
        A `Step` for every value; its taps are the inputs' values there.

    Returns:
        The whole output, in the inputs' shape and dtype, read-only.

    Raises:
        ShapeError: An input is not 4-dimensional, or their shapes differ.
        ArgumentError: There are fewer than two inputs, or their dtypes differ.
    """
    return walk(Add(inputs), start)


def multiply_forward(inputs: Sequence[Any], start: int = 0) -> Generator[Step, None, Array]:
    """Step through the product of several inputs, value by value, as `add_forward` does."""
    return walk(Multiply(inputs), start)


def concat_forward(inputs: Sequence[Any], start: int = 0) -> Generator[Step, None, Array]:
    """Step through several inputs concatenated along the channels, value by value.

    Args:
        inputs: Two or more arrays, `(m, n_H, n_W, n_C)`, of one dtype; only their n_C may differ.
        start: The first step's number.

    Yields:
        A `Step` for every value.

    Returns:
        The whole output, `(m, n_H, n_W, sum of n_C)`, read-only.

    Raises:
        ShapeError: An input is not 4-dimensional, or their other sizes differ.
        ArgumentError: There are fewer than two inputs, or their dtypes differ.
    """
    return walk(Concat(inputs), start)


def add(inputs: Sequence[Any]) -> Array:
    """Return the sum of several inputs: bit for bit what `add_forward` returns."""
    return evaluate(Add(inputs))


def multiply(inputs: Sequence[Any]) -> Array:
    """Return the product of several inputs: bit for bit what `multiply_forward` returns."""
    return evaluate(Multiply(inputs))


def concat(inputs: Sequence[Any]) -> Array:
    """Return several inputs concatenated along the channels: bit for bit what `concat_forward` returns."""
    return evaluate(Concat(inputs))


def _as_input(array: Any, number: int) -> Array:
    try:
        return as_input(array)
    except ConvstepError as error:
        error.where = f"inputs[{number}]"
        raise
