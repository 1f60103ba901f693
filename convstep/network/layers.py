"""The kinds of layer: what each makes of a shape, and of an array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convstep import engine
from convstep.engine.geometry import Axis, Padding, Sliding
from convstep.engine.steps import Array, Operation
from convstep.errors import MismatchError, ShapeError
from convstep.network.weights import XAVIER, ZEROS, Given, Weights

Shape = tuple[int, ...]
"""Shape of one example: (height, width, channels), (length, channels), or (values,)."""


def grid(shape: Shape) -> tuple[int, int, int]:
    """Return the (height, width, channels) that the engine sees: a missing axis is 1 long."""
    if len(shape) == 1:
        return (1, 1, shape[0])
    if len(shape) == 2:
        return (shape[0], 1, shape[1])
    height, width, channels = shape
    return height, width, channels


def times(shape: Shape) -> str:
    """Return a shape as it is shown: 64×64×3."""
    return "×".join(map(str, shape))


@dataclass(frozen=True)
class Layer(ABC):
    """One layer of a net.

    Attributes:
        name: Unique in its net.
    """

    name: str
    kind: ClassVar[str]

    @abstractmethod
    def output(self, shape: Shape) -> Shape:
        """Return the output's shape for an input of `shape`.

        Raises:
            ShapeError: It can't take such an input; the message says why.
        """

    @abstractmethod
    def operation(self, A_prev: Array) -> Operation:
        """Return its work on `A_prev`, `(m, height, width, channels)`."""

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Return its window along rows and columns; a layer without one looks at one place at a time."""
        height, width, _ = grid(shape)
        return Axis(height), Axis(width)

    def padding(self, shape: Shape) -> Padding:
        """Return the padding that an input of `shape` gets."""
        rows, cols = self.axes(shape)
        return Padding(rows.before, rows.after, cols.before, cols.after)

    def taps(self, shape: Shape) -> int:
        """Return how many values of its input one neuron is computed from."""
        rows, cols = self.axes(shape)
        return rows.kernel * cols.kernel

    def parameters(self, shape: Shape) -> int:
        """Return how many weights and biases it has."""
        return 0

    def macs(self, shape: Shape) -> int:
        """Return how many multiply-accumulates it takes for one example."""
        return 0

    def working_numbers(self, shape: Shape) -> int:
        """Return how many numbers it holds while it is computed, beside its input, weights and output."""
        return 0

    def formula(self, shape: Shape) -> str:
        """Return how its output's shape comes about, as a sum."""
        return f"{times(shape)}, as it comes"


@dataclass(frozen=True)
class Windowed(Layer):
    """A layer whose window slides over rows and columns, or over the length of a 1-D input.

    Attributes:
        sliding: How the window slides.
    """

    sliding: Sliding
    term: ClassVar[str]

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        if len(shape) == 1:
            raise ShapeError(
                f"{self.term} needs a map of rows and columns, but {shape[0]} values in one row arrive",
                hint="Put it before the flatten",
            )
        height, width, _ = grid(shape)
        return self.sliding.over(height, width)

    def output(self, shape: Shape) -> Shape:
        rows, cols = self.axes(shape)
        sizes = (rows.output, cols.output) if len(shape) == 3 else (rows.output,)
        return (*sizes, self.channels(shape[-1]))

    def channels(self, n_C_prev: int) -> int:
        """Return how many channels come out when `n_C_prev` arrive."""
        return n_C_prev

    def formula(self, shape: Shape) -> str:
        rows, cols = self.axes(shape)
        if len(shape) == 2 or (str(rows), rows.output) == (str(cols), cols.output):
            return f"{rows} = {rows.output}"
        return f"{rows} = {rows.output}, {cols} = {cols.output}"


@dataclass(frozen=True)
class Conv(Windowed):
    """A convolution.

    Attributes:
        filters: How many, n_C.
        groups: How many groups the channels are split into.
        weights: `(f_h, f_w, n_C_prev / groups, n_C)`.
        bias: `(n_C,)`.
        filter_names: What the filters are called; may be empty.
    """

    filters: int
    groups: int = 1
    weights: Weights = XAVIER
    bias: Weights = ZEROS
    filter_names: tuple[str, ...] = ()
    kind: ClassVar[str] = "conv"
    term: ClassVar[str] = "a convolution"

    def weights_shape(self, shape: Shape) -> Shape:
        """Return the shape its weights have for an input of `shape`."""
        return (*self.sliding.kernel, shape[-1] // self.groups, self.filters)

    def output(self, shape: Shape) -> Shape:
        output = super().output(shape)
        if shape[-1] % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{shape[-1]} channels and {self.filters} filters can't be split into {self.groups} groups"
            )
        if isinstance(self.weights, Given) and self.weights.array.shape != self.weights_shape(shape):
            raise ShapeError(
                f"the weights are {times(self.weights.array.shape)}, but {times(self.weights_shape(shape))} are needed",
                hint="Weights are height × width × channels × filters",
            )
        return output

    def channels(self, n_C_prev: int) -> int:
        return self.filters

    def operation(self, A_prev: Array) -> Operation:
        weights = self.weights.of(self.weights_shape(A_prev.shape), A_prev.dtype)
        bias = self.bias.of((self.filters,), A_prev.dtype)
        return engine.Conv(A_prev, weights, bias, self.sliding, self.groups)

    def taps(self, shape: Shape) -> int:
        return prod(self.weights_shape(shape)[:3])

    def parameters(self, shape: Shape) -> int:
        return prod(self.weights_shape(shape)) + self.filters

    def macs(self, shape: Shape) -> int:
        return prod(self.output(shape)) * self.taps(shape)

    def working_numbers(self, shape: Shape) -> int:
        return engine.working_numbers(self.axes(shape), shape[-1], self.filters, self.groups)


class Conv1d(Conv):
    """A convolution along a length; its kernel is (f, 1)."""

    kind: ClassVar[str] = "conv1d"

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 2:
            raise ShapeError(f"conv1d needs an input of length × channels, but {times(shape)} arrives", hint="Use conv")
        return super().output(shape)


class Conv2d(Conv):
    """A convolution over rows and columns."""

    def output(self, shape: Shape) -> Shape:
        if len(shape) == 2:
            raise ShapeError(
                f"conv needs an input of height × width × channels, but {times(shape)} arrives", hint="Use conv1d"
            )
        return super().output(shape)


class MaxPool(Windowed):
    """A max-pool."""

    kind: ClassVar[str] = "max_pool"
    term: ClassVar[str] = "a max-pool"

    def operation(self, A_prev: Array) -> Operation:
        return engine.MaxPool(A_prev, self.sliding)


class AvgPool(Windowed):
    """An average-pool; padding is left out of the count."""

    kind: ClassVar[str] = "avg_pool"
    term: ClassVar[str] = "an average-pool"

    def operation(self, A_prev: Array) -> Operation:
        return engine.AvgPool(A_prev, self.sliding)


class GlobalAvgPool(Layer):
    """The mean of every channel."""

    kind: ClassVar[str] = "global_avg_pool"

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        height, width, _ = grid(shape)
        return Axis(height, kernel=height), Axis(width, kernel=width)

    def output(self, shape: Shape) -> Shape:
        return (shape[-1],)

    def operation(self, A_prev: Array) -> Operation:
        return engine.GlobalAvgPool(A_prev)

    def formula(self, shape: Shape) -> str:
        return f"one mean for each of {shape[-1]} channels"


class Relu(Layer):
    """max(0, x), value by value."""

    kind: ClassVar[str] = "relu"

    def output(self, shape: Shape) -> Shape:
        return shape

    def operation(self, A_prev: Array) -> Operation:
        return engine.Relu(A_prev)


class Softmax(Layer):
    """Positive values that sum to 1 over the channels."""

    kind: ClassVar[str] = "softmax"

    def output(self, shape: Shape) -> Shape:
        return shape

    def taps(self, shape: Shape) -> int:
        return shape[-1]

    def working_numbers(self, shape: Shape) -> int:
        return 4 * max(shape[-1], min(prod(shape), engine.pointwise.BLOCK))

    def operation(self, A_prev: Array) -> Operation:
        return engine.Softmax(A_prev)


class Flatten(Layer):
    """All values in one row, in the order (row, column, channel)."""

    kind: ClassVar[str] = "flatten"

    def output(self, shape: Shape) -> Shape:
        return (prod(shape),)

    def operation(self, A_prev: Array) -> Operation:
        return engine.Flatten(A_prev)

    def formula(self, shape: Shape) -> str:
        return f"{'·'.join(map(str, shape))} = {prod(shape)}"


@dataclass(frozen=True)
class Dense(Layer):
    """A dense layer.

    Attributes:
        units: How many neurons.
        inputs: How many inputs its weights were made for; None where they are drawn for whatever arrives.
        weights: `(inputs, units)`.
        bias: `(units,)`.
    """

    units: int
    inputs: int | None = None
    weights: Weights = XAVIER
    bias: Weights = ZEROS
    kind: ClassVar[str] = "dense"

    @property
    def made_for(self) -> int | None:
        """How many inputs the weights were made for; None where they are drawn for whatever arrives."""
        return self.inputs or (len(self.weights.array) if isinstance(self.weights, Given) else None)

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise ShapeError(
                f"a dense layer needs its inputs in one row, but {times(shape)} arrives", hint="Put a flatten before it"
            )
        if self.made_for not in (None, shape[0]):
            raise MismatchError(f"its weights were made for {self.made_for} inputs, but {shape[0]} arrive")
        return (self.units,)

    def operation(self, A_prev: Array) -> Operation:
        n = prod(A_prev.shape[1:])
        weights = self.weights.of((n, self.units), A_prev.dtype)
        return engine.Dense(A_prev, weights, self.bias.of((self.units,), A_prev.dtype))

    def taps(self, shape: Shape) -> int:
        return shape[0]

    def parameters(self, shape: Shape) -> int:
        return (self.made_for or shape[0]) * self.units + self.units

    def macs(self, shape: Shape) -> int:
        return shape[0] * self.units

    def working_numbers(self, shape: Shape) -> int:
        return engine.working_numbers(self.axes(shape), shape[0], self.units, 1)

    def formula(self, shape: Shape) -> str:
        return f"{shape[0]}·{self.units} weights + {self.units} biases"
