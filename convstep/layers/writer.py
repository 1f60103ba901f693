"""What kinds of layer are written with: the operations that every framework can do, each in its own words.

A kind says in its own file, in `Layer.write`, which operations it is made of; a framework says for each operation how
it is written. So a kind made of these operations is one file, and a framework is one file, too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from convstep.engine.geometry import Axis, Pair
from convstep.engine.transpose import TransposedAxis


class Window(NamedTuple):
    """A window that slides over rows and columns.

    Attributes:
        rows: The window along the input's rows.
        cols: The window along its columns.
        word: The padding as a word: SAME, VALID, ...; PAD for numbers.
    """

    rows: Axis
    cols: Axis
    word: str


class Writer(ABC):
    """Writes a layer in a framework. The layer's parameters are known by the names of its fields."""

    @abstractmethod
    def conv(self, window: Window, filters: int, groups: int, *, biased: bool) -> None:
        """Write a convolution, with weights `(f_h, f_w, n_C_prev / groups, n_C)`."""

    @abstractmethod
    def depthwise_conv(self, window: Window, multiplier: int, *, biased: bool) -> None:
        """Write a depthwise convolution, with weights `(f_h, f_w, n_C_prev, multiplier)`."""

    @abstractmethod
    def conv_transpose(
        self, rows: TransposedAxis, cols: TransposedAxis, filters: int, groups: int, *, biased: bool
    ) -> None:
        """Write a transposed convolution, with weights `(f_h, f_w, n_C / groups, n_C_prev)`."""

    @abstractmethod
    def max_pool(self, window: Window) -> None:
        """Write a max-pool, in which padding never wins."""

    @abstractmethod
    def avg_pool(self, window: Window, *, count_padding: bool) -> None:
        """Write an average-pool; `count_padding` tells whether padding counts as 0, or is left out of the count."""

    @abstractmethod
    def global_pool(self, function: str) -> None:
        """Write the "max" or the "mean" of every channel."""

    @abstractmethod
    def dense(self, units: int, *, biased: bool) -> None:
        """Write a dense layer, with weights `(inputs, units)`."""

    @abstractmethod
    def flatten(self) -> None:
        """Write all values in one row, in the order (row, column, channel)."""

    @abstractmethod
    def pad(self, rows: Axis, cols: Axis) -> None:
        """Write padding around a map, in the axes' padding mode."""

    @abstractmethod
    def crop(self, rows: TransposedAxis, cols: TransposedAxis) -> None:
        """Write a map without some rows and columns at its border."""

    @abstractmethod
    def upsample(self, scale: Pair) -> None:
        """Write nearest-neighbour upsampling."""

    @abstractmethod
    def batch_norm(self, epsilon: float) -> None:
        """Write batch normalisation, with gamma, beta, mean and variance of each channel."""

    @abstractmethod
    def relu(self) -> None:
        """Write max(0, x)."""

    @abstractmethod
    def leaky_relu(self, alpha: float) -> None:
        """Write a relu with a slope below 0."""

    @abstractmethod
    def prelu(self) -> None:
        """Write a relu with a slope below 0 for each channel, alpha."""

    @abstractmethod
    def clip(self, low: float, high: float) -> None:
        """Write limits, which may be infinite."""

    @abstractmethod
    def sigmoid(self) -> None:
        """Write the sigmoid."""

    @abstractmethod
    def tanh(self) -> None:
        """Write the hyperbolic tangent."""

    @abstractmethod
    def softmax(self) -> None:
        """Write the softmax over the channels."""

    @abstractmethod
    def log_softmax(self) -> None:
        """Write the logarithm of the softmax over the channels."""

    @abstractmethod
    def formula(self, code: str) -> None:
        """Write a function of a value as arithmetic.

        Args:
            code: An expression in Python, with {x} for the value and {exp}, {tanh}, {erf}, {where} and {clip} for the
                framework's functions of these names.
        """

    @abstractmethod
    def dropout(self, rate: float) -> None:
        """Write dropout, which has no effect outside training."""

    @abstractmethod
    def identity(self) -> None:
        """Write the input unchanged."""

    @abstractmethod
    def add(self) -> None:
        """Write the sum of all inputs."""

    @abstractmethod
    def multiply(self) -> None:
        """Write the product of all inputs."""

    @abstractmethod
    def concat(self) -> None:
        """Write all inputs, one after the other along the channels."""
