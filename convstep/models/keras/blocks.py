"""What Keras computes and none of our layers does: functions of whole arrays, with the examples first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from convstep.engine.pointwise import Curve
from convstep.engine.steps import Array
from convstep.layers import Shape


def _softplus(x: Array) -> Array:
    return np.asarray(np.logaddexp(0, x))


def _elu(x: Array) -> Array:
    return np.where(x < 0, np.expm1(np.minimum(x, 0)), x)


CURVES: dict[str, Curve] = {
    "selu": lambda x: 1.0507009873554805 * np.where(x < 0, 1.6732632423543772 * _elu(x), x),
    "celu": _elu,
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "exponential": np.exp,
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "log_sigmoid": lambda x: -_softplus(-x),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
}
"""Keras's activations that no layer of ours has, with its defaults."""


def rectified(most: float, slope: float, threshold: float) -> Curve:
    """Return Keras's ReLU with all that it may have."""
    return lambda x: np.where(x < threshold, slope * (x - threshold), np.minimum(x, most))


def sloped(slopes: Array) -> Curve:
    """Return a leaky relu with a slope for each place."""
    return lambda x: np.where(x < 0, slopes * x, x)


def normalised(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """Return values less their mean over some axes, divided by their standard deviation."""
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return np.asarray((x - mean) / np.sqrt(variance + epsilon))


def grouped(x: Array, groups: int, epsilon: float) -> Array:
    """Return values normalised over each group of channels."""
    split = x.reshape(len(x), -1, groups, x.shape[-1] // groups)
    return normalised(split, (1, 3), epsilon).reshape(x.shape)


ELEMENTWISE: dict[str, Callable[[Any, Any], Any]] = {
    "Add": np.add,
    "Multiply": np.multiply,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Subtract": np.subtract,
    "TrueDivide": np.divide,
}
"""Functions of several inputs, value by value."""


def folded(kind: str, arrays: Sequence[Array]) -> Array:
    """Return one of `ELEMENTWISE` of several arrays, which are broadcast."""
    return np.asarray(reduce(ELEMENTWISE[kind], arrays))


def resized(x: Array, size: Shape) -> Array:
    """Return a map's bilinear interpolation, by the centres of its pixels."""
    for axis, new in enumerate(size, 1):
        old = x.shape[axis]
        places = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        low = np.floor(places).astype(np.intp)
        part = (places - low).reshape(-1, *[1] * (x.ndim - axis - 1))
        x = (1 - part) * np.take(x, low, axis) + part * np.take(x, np.minimum(low + 1, old - 1), axis)
    return x
