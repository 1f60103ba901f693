"""Arithmetic of going on and back within one layer: from step number and tap to step number and tap."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from convstep.engine.geometry import Index

UNITS = ("mac", "window", "position", "row", "layer")
"""The units of a step; a mac is one multiply-accumulate, a tap."""


class Stride(NamedTuple):
    """The end of a stride within a layer.

    Attributes:
        number: The step, from 0.
        tap: The step's tap, from 0.
        taken: How many units it was; fewer than `count` at the end of the layer.
    """

    number: int
    tap: int
    taken: int


def stride(shape: Index, number: int, count: int, unit: str, sign: int) -> Stride:
    """Return the end of a stride of `count` windows, positions or rows.

    Args:
        shape: Shape of the layer's output, `(m, n_H, n_W, n_C)`.
        number: The step, from 0.
        count: How many units.
        unit: window, position or row.
        sign: 1 to go on, −1 to go back.
    """
    _, _, n_W, n_C = shape
    size = {"position": n_C, "row": n_W * n_C}.get(unit, 1)
    taken = min(count, (prod(shape) - 1 - number if sign > 0 else number) // size)
    return Stride(number + sign * taken * size, 0, taken)


def stride_by_taps(shape: Index, number: int, tap: int, count: int, taps: int, sign: int) -> Stride:
    """Return the end of a stride of `count` taps, in a layer with `taps` taps in every window."""
    at, last = number * taps + tap, prod(shape) * taps - 1
    taken = min(count, last - at if sign > 0 else at)
    return Stride(*divmod(at + sign * taken, taps), taken)


def stride_by_uneven_taps(
    shape: Index, number: int, tap: int, count: int, taps_of: Callable[[int], int], sign: int
) -> Stride:
    """Return the end of a stride of `count` taps, in a layer whose step `n` has `taps_of(n)` taps."""
    left = count
    while left:
        within = min(left, max(0, taps_of(number) - 1) - tap if sign > 0 else tap)
        tap, left = tap + sign * within, left - within
        if not left or not 0 <= number + sign < prod(shape):
            break
        number, left = number + sign, left - 1
        tap = 0 if sign > 0 else max(0, taps_of(number) - 1)
    return Stride(number, tap, count - left)
