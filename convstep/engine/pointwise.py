"""Layers without a sliding window: elementwise functions, flatten and softmax."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from convstep.engine.geometry import Axis, Geometry, Index
from convstep.engine.pool import global_avg_pool as global_avg_pool  # others import it from here
from convstep.engine.steps import Array, Operation, Step, as_floats, as_input, evaluate, flat_ends, read_only, walk
from convstep.errors import ArgumentError, ShapeError

BLOCK = 1 << 18
"""Values in one block."""


class PlaceByPlace(Operation):
    """A function of the values at one place of the input, whose results stay at that place.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`; the output has the same shape.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
    """

    block: ClassVar[int] = BLOCK
    """Values in one block."""

    def __init__(self, A_prev: Any) -> None:
        self.A_prev = as_input(A_prev)
        m, n_H, n_W, n_C = self.A_prev.shape
        self.geometry = Geometry(m, Axis(n_H), Axis(n_W), n_C)

    @abstractmethod
    def compute(self, x: Array, out: Array) -> None:
        """Write the function's values for `x`, `(positions, n_C)`, to `out`."""

    def ends(self) -> Iterator[int]:
        n_C = self.geometry.n_C
        return flat_ends(self.geometry.count, max(1, self.block // n_C) * n_C)

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        n_C = self.geometry.n_C
        source, out = self.A_prev.reshape(-1, n_C), Z.reshape(-1, n_C)

        def compute(first: int, end: int) -> None:
            part = slice(first // n_C, end // n_C)
            self.compute(source[part], out[part])

        return compute

    def reads(self, first: int, end: int) -> tuple[list[range], ...]:
        return ([range(first, end)],)


class Pointwise(PlaceByPlace):
    """An elementwise function."""


class RoundedOnce(Pointwise):
    """An elementwise function that is computed in float64 and rounded once; subclasses define `apply`."""

    block = 1 << 13  # few, so that the temporary arrays of `apply` stay in the cache

    @abstractmethod
    def apply(self, x: Array) -> Array:
        """Return the function's values for `x`, `(positions, n_C)`, in the same shape."""

    def compute(self, x: Array, out: Array) -> None:
        out[...] = self.apply(x.astype(np.float64))


Curve = Callable[[Array], Any]
"""A function of each value on its own, computed in float64."""


class Applied(RoundedOnce):
    """Any elementwise function.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        curve: The function.
    """

    def __init__(self, A_prev: Any, curve: Curve) -> None:
        super().__init__(A_prev)
        self._curve = curve

    def apply(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(self._curve(x))


class Relu(Pointwise):
    """max(0, x)."""

    def compute(self, x: Array, out: Array) -> None:
        np.maximum(x, 0, out=out)


class Sigmoid(RoundedOnce):
    """1 / (1 + exp(-x)): between 0 and 1."""

    def apply(self, x: Array) -> Array:
        # exp(x) / (1 + exp(x)) below 0, so that no exponential exceeds 1
        return np.asarray(np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))))


class Tanh(RoundedOnce):
    """The hyperbolic tangent: between -1 and 1."""

    def apply(self, x: Array) -> Array:
        return np.asarray(np.tanh(x))


class LeakyRelu(RoundedOnce):
    """x where x is at least 0, else alpha * x.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        alpha: The slope below 0.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        ArgumentError: `alpha` is not a number.
    """

    def __init__(self, A_prev: Any, alpha: Any = 0.01) -> None:
        super().__init__(A_prev)
        self.alpha = _number(alpha, "alpha")

    def apply(self, x: Array) -> Array:
        return np.where(x < 0, self.alpha * x, x)


class PRelu(RoundedOnce):
    """A leaky relu whose slope is learned, one for each channel.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        alpha: The slopes below 0, n_C of them in any shape.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional, or `alpha` has not one value for each channel.
    """

    def __init__(self, A_prev: Any, alpha: Any) -> None:
        super().__init__(A_prev)
        self.alpha = _per_channel(alpha, "alpha", self.geometry.n_C)

    def apply(self, x: Array) -> Array:
        return np.where(x < 0, self.alpha * x, x)


class Clip(Pointwise):
    """x limited to the range from `low` to `high`; from 0 to 6, this is relu6.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        low: The least value; may be minus infinity.
        high: The largest value; may be infinity.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional.
        ArgumentError: A bound is not a number, or `low` is above `high`.
    """

    def __init__(self, A_prev: Any, low: Any = 0.0, high: Any = 6.0) -> None:
        super().__init__(A_prev)
        self.low, self.high = _number(low, "low"), _number(high, "high")
        if self.low > self.high:
            raise ArgumentError(f"the least value, {low}, is above the largest, {high}", where="low")

    def compute(self, x: Array, out: Array) -> None:
        np.clip(x, self.low, self.high, out=out)


class BatchNorm(RoundedOnce):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, with parameters of every channel from training.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        gamma: Each channel's scale, n_C of them in any shape, as are the next three.
        beta: Each channel's offset.
        mean: Each channel's mean.
        variance: Each channel's variance.
        epsilon: Added to every variance, so that none is 0.

    Attributes:
        scale: gamma / sqrt(variance + epsilon), `(n_C,)`, in float64.
        shift: beta - mean * scale, `(n_C,)`: the whole layer is scale * x + shift.

    Raises:
        ShapeError: `A_prev` is not 4-dimensional, or a parameter has not one value for each channel.
        ArgumentError: A variance or epsilon is below 0.
    """

    def __init__(self, A_prev: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: Any = 0.001) -> None:
        super().__init__(A_prev)
        n_C = self.geometry.n_C
        self.gamma, self.beta = _per_channel(gamma, "gamma", n_C), _per_channel(beta, "beta", n_C)
        self.mean, self.variance = _per_channel(mean, "mean", n_C), _per_channel(variance, "variance", n_C)
        self.epsilon = _number(epsilon, "epsilon")
        if self.epsilon < 0:
            raise ArgumentError(f"expected a number of at least 0, got {epsilon}", where="epsilon")
        below = np.flatnonzero(self.variance < 0)
        if below.size:
            raise ArgumentError(
                f"channel {below[0]} has a variance of {self.variance[below[0]]:g}",
                where="variance",
                hint="A variance is a mean of squares, never below 0",
            )
        with np.errstate(all="ignore"):
            self.scale = read_only(self.gamma / np.sqrt(self.variance + self.epsilon))
            self.shift = read_only(self.beta - self.mean * self.scale)

    def apply(self, x: Array) -> Array:
        return np.asarray(self.gamma * (x - self.mean) / np.sqrt(self.variance + self.epsilon) + self.beta)


class Identity(Pointwise):
    """The input unchanged, as dropout leaves it after training."""

    def apply(self, x: Array) -> Array:
        return x

    def compute(self, x: Array, out: Array) -> None:
        out[...] = x


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

    def ends(self) -> Iterator[int]:
        n_C = self.geometry.n_C
        return flat_ends(self.geometry.count, max(1, BLOCK // n_C) * n_C)

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        def compute(first: int, end: int) -> None:
            Z.reshape(-1)[first:end] = self.A_prev.reshape(-1)[first:end]

        return compute

    def reads(self, first: int, end: int) -> tuple[list[range], ...]:
        return ([range(first, end)],)


class Softmax(PlaceByPlace):
    """exp(x) divided by the sum of exp(x) over all channels: positive values that sum to 1."""

    def window(self, index: Index) -> tuple[range, range, range]:
        rows, cols, _ = super().window(index)
        return rows, cols, range(self.geometry.n_C)

    def terms(self, index: Index) -> Array:
        """Return every channel's exp(x - max)."""
        scores = self.input_slice(index).astype(np.float64)
        with np.errstate(all="ignore"):
            return np.asarray(np.exp(scores - scores.max()))

    def compute(self, x: Array, out: Array) -> None:
        powers = x.astype(np.float64)
        powers -= powers.max(axis=-1, keepdims=True)
        np.exp(powers, out=powers)
        powers /= powers.sum(axis=-1, keepdims=True)
        out[...] = powers


def relu_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a relu, value by value. `A_prev` and the output are `(m, n_H, n_W, n_C)`."""
    return walk(Relu(A_prev), start)


def sigmoid_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a sigmoid, value by value. `A_prev` and the output are `(m, n_H, n_W, n_C)`."""
    return walk(Sigmoid(A_prev), start)


def tanh_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a tanh, value by value. `A_prev` and the output are `(m, n_H, n_W, n_C)`."""
    return walk(Tanh(A_prev), start)


def leaky_relu_forward(A_prev: Any, alpha: Any = 0.01, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a leaky relu, value by value. Args and errors are those of `LeakyRelu`."""
    return walk(LeakyRelu(A_prev, alpha), start)


def prelu_forward(A_prev: Any, alpha: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a leaky relu with a slope for each channel. Args and errors are those of `PRelu`."""
    return walk(PRelu(A_prev, alpha), start)


def clip_forward(A_prev: Any, low: Any = 0.0, high: Any = 6.0, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a clip, value by value. Args and errors are those of `Clip`."""
    return walk(Clip(A_prev, low, high), start)


def batch_norm_forward(
    A_prev: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: Any = 0.001, start: int = 0
) -> Generator[Step, None, Array]:
    """Step through a batch normalization, value by value. Args and errors are those of `BatchNorm`."""
    return walk(BatchNorm(A_prev, gamma, beta, mean, variance, epsilon), start)


def identity_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through an identity, value by value. `A_prev` and the output are `(m, n_H, n_W, n_C)`."""
    return walk(Identity(A_prev), start)


def flatten_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a flatten, value by value. `A_prev` is `(m, n_H, n_W, n_C)`, the output `(m, 1, 1, n)`."""
    return walk(Flatten(A_prev), start)


def softmax_forward(A_prev: Any, start: int = 0) -> Generator[Step, None, Array]:
    """Step through a softmax over the channels. `A_prev` and the output are `(m, n_H, n_W, n_C)`."""
    return walk(Softmax(A_prev), start)


def relu(A_prev: Any) -> Array:
    """Return a relu's whole output: bit for bit what `relu_forward` returns."""
    return evaluate(Relu(A_prev))


def sigmoid(A_prev: Any) -> Array:
    """Return a sigmoid's whole output: bit for bit what `sigmoid_forward` returns."""
    return evaluate(Sigmoid(A_prev))


def tanh(A_prev: Any) -> Array:
    """Return a tanh's whole output: bit for bit what `tanh_forward` returns."""
    return evaluate(Tanh(A_prev))


def leaky_relu(A_prev: Any, alpha: Any = 0.01) -> Array:
    """Return a leaky relu's whole output: bit for bit what `leaky_relu_forward` returns."""
    return evaluate(LeakyRelu(A_prev, alpha))


def prelu(A_prev: Any, alpha: Any) -> Array:
    """Return the whole output of a leaky relu by channel: bit for bit what `prelu_forward` returns."""
    return evaluate(PRelu(A_prev, alpha))


def clip(A_prev: Any, low: Any = 0.0, high: Any = 6.0) -> Array:
    """Return a clip's whole output: bit for bit what `clip_forward` returns."""
    return evaluate(Clip(A_prev, low, high))


def batch_norm(A_prev: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: Any = 0.001) -> Array:
    """Return a batch normalization's whole output: bit for bit what `batch_norm_forward` returns."""
    return evaluate(BatchNorm(A_prev, gamma, beta, mean, variance, epsilon))


def identity(A_prev: Any) -> Array:
    """Return a copy of the input: bit for bit what `identity_forward` returns."""
    return evaluate(Identity(A_prev))


def flatten(A_prev: Any) -> Array:
    """Return a flatten's whole output: bit for bit what `flatten_forward` returns."""
    return evaluate(Flatten(A_prev))


def softmax(A_prev: Any) -> Array:
    """Return a softmax's whole output: bit for bit what `softmax_forward` returns."""
    return evaluate(Softmax(A_prev))


def _number(value: Any, name: str) -> float:
    """Return a real number, which may be infinite, as a float.

    Raises:
        ArgumentError: It is NaN, or no number.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.nan
        if not math.isnan(number):
            return number
    raise ArgumentError(f"expected a number, got {value!r}", where=name)


def _per_channel(value: Any, name: str, n_C: int) -> Array:
    """Return one number for each channel, `(n_C,)`, in float64.

    Raises:
        ShapeError: There are more or fewer.
        ArgumentError: They are not real numbers.
    """
    numbers = as_floats(value, name, np.dtype(np.float64)).reshape(-1)
    if numbers.size != n_C:
        raise ShapeError(f"expected a number for each of {n_C} channels, got {numbers.size}", where=name)
    return numbers
