"""What two programs may differ by that round differently.

A sum of n products can be added up in any order, and every order rounds differently. Two results are taken for the same
if they differ by no more than

    (2·e + 4·√n·s) · S

where S is the sum of the magnitudes of what is added, |a|·|w| and |b|; e the distance from 1 to the next number of the
coarser dtype, for stored values and weights are rounded to it; s that of the dtype in which is summed, which is float32
at the coarsest. √n, for errors of rounding have either sign; the factors leave room for fused and blocked sums.
Numbers that are too small for a dtype are lost.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np

from convstep.engine import BatchNorm
from convstep.engine.steps import Array, Operation, evaluate
from convstep.layers import Add, AvgPool, GlobalAvgPool, Layer, Shape
from convstep.layers.products import Products
from convstep.layers.weights import Given

FORMULA = "(2·e + 4·√n·s) · Σ|products|"


def share(n: int, dtype: np.dtype[Any]) -> float:
    """Return the difference that rounding may make, as a share of the sum of n magnitudes in `dtype`."""
    e = float(np.finfo(dtype).eps)
    return 2 * e + 4 * sqrt(n) * min(e, float(np.finfo(np.float32).eps))


def _least(dtype: np.dtype[Any]) -> float:
    """Return what is lost where numbers are too small for a dtype; many programs take float32's for 0."""
    limits = np.finfo(dtype)
    return float(limits.smallest_subnormal if dtype == np.float16 else limits.tiny)


def exceeds(Z: Array, other: Array, n: int, dtype: np.dtype[Any], magnitudes: Any) -> Any:
    """Return which values differ by more than rounding; values that are both NaN, or the same infinity, don't.

    Args:
        Z: One layer's output.
        other: The other's, of the same shape.
        n: How many numbers are added for each value.
        dtype: The coarser dtype of both.
        magnitudes: Returns the sums of the magnitudes, called only if they are needed.
    """
    with np.errstate(all="ignore"):
        apart = np.abs(Z.astype(np.float64) - other) - _least(dtype)
        same = (other == Z) | (np.isnan(Z) & np.isnan(other))
        found = ~same & ~(apart <= share(n, dtype) * np.abs(Z.astype(np.float64)))
        if found.any():
            found &= ~(apart <= share(n, dtype) * magnitudes())
    return found


def magnitudes(layer: Layer, operation: Operation, sizes: list[Array], shape: Shape, Z: Array) -> Any:
    """Return the sum of the magnitudes that each value of a layer is added up from, or a bound of it.

    Args:
        layer: The layer.
        operation: Its operation on the inputs.
        sizes: The magnitudes of its inputs in float64, `(m, height, width, channels)` each.
        shape: The shape of one example that it takes.
        Z: Its output.
    """
    if isinstance(layer, Products):
        arrays = layer.parameter_arrays(shape, np.dtype(np.float64))
        positive: dict[str, Any] = {field: Given(np.abs(array)) for field, array in arrays.items()}
        return evaluate(replace(layer, **positive).operation(sizes))
    if isinstance(operation, BatchNorm):
        scale = np.abs(operation.scale)
        return scale * (sizes[0] + np.abs(operation.mean)) + np.abs(operation.beta)
    if isinstance(layer, Add | AvgPool | GlobalAvgPool):
        return evaluate(layer.operation(sizes))
    bound = largest(Z)
    if layer.kind in ("softmax", "log_softmax"):  # the error of an exponential grows with its argument
        bound *= 1 + max(map(largest, sizes))
    return bound


def largest(values: Array) -> float:
    """Return the largest finite magnitude; 0 if there is none."""
    return float(np.abs(values, where=np.isfinite(values), out=np.zeros(values.shape, np.float64)).max(initial=0.0))
