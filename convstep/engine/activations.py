"""Activation functions beside relu, sigmoid and tanh, and the logarithm of a softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convstep.engine.pointwise import RoundedOnce, Softmax
from convstep.engine.steps import Array


def sigmoid_of(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)); no exponential exceeds 1."""
    return np.asarray(np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))))


def normal_below(x: Array) -> Array:
    """Return the share of the standard normal distribution that lies below x, in float64."""
    halves = np.fromiter(map(math.erfc, (x.reshape(-1) * -math.sqrt(0.5)).tolist()), np.float64, x.size)
    return halves.reshape(x.shape) / 2


def nearly_normal_below(x: Array) -> Array:
    """Return nearly the same by a hyperbolic tangent, as GPT-2 and its kin have it."""
    return np.asarray((1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2)


def hard_sigmoid_of(x: Array, alpha: float = 1 / 6, beta: float = 0.5) -> Array:
    """Return alpha * x + beta, limited to the range from 0 to 1."""
    return np.clip(alpha * x + beta, 0, 1)


class Elu(RoundedOnce):
    """x where x is at least 0, else alpha * (exp(x) - 1).

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        alpha: What it approaches far below 0, with the other sign.
    """

    def __init__(self, A_prev: Any, alpha: float = 1.0) -> None:
        super().__init__(A_prev)
        self.alpha = alpha

    def apply(self, x: Array) -> Array:
        return np.where(x < 0, self.alpha * np.expm1(np.minimum(x, 0)), x)


class HardSigmoid(RoundedOnce):
    """alpha * x + beta, limited to the range from 0 to 1.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        alpha: The slope.
        beta: The value at 0.
    """

    def __init__(self, A_prev: Any, alpha: float = 1 / 6, beta: float = 0.5) -> None:
        super().__init__(A_prev)
        self.alpha, self.beta = alpha, beta

    def apply(self, x: Array) -> Array:
        return hard_sigmoid_of(x, self.alpha, self.beta)


class HardSwish(RoundedOnce):
    """x times its hard sigmoid."""

    def apply(self, x: Array) -> Array:
        return np.asarray(x * hard_sigmoid_of(x))


class Silu(RoundedOnce):
    """x times its sigmoid, also called swish."""

    def apply(self, x: Array) -> Array:
        return np.asarray(x * sigmoid_of(x))


class Gelu(RoundedOnce):
    """x times the share of the standard normal distribution that lies below it.

    Args:
        A_prev: `(m, n_H, n_W, n_C)`.
        approximate: Whether the share is approximated by a hyperbolic tangent.
    """

    def __init__(self, A_prev: Any, approximate: bool = False) -> None:
        super().__init__(A_prev)
        self.approximate = approximate

    def apply(self, x: Array) -> Array:
        return np.asarray(x * (nearly_normal_below(x) if self.approximate else normal_below(x)))


class LogSoftmax(Softmax):
    """The logarithm of a softmax: x less the logarithm of the sum of exp(x) over all channels."""

    def compute(self, x: Array, out: Array) -> None:
        scores = x.astype(np.float64)
        scores -= scores.max(axis=-1, keepdims=True)
        out[...] = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
