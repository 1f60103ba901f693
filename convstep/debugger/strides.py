"""How far a run goes within one layer: step numbers and taps in, step numbers and taps out."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from convstep.engine.geometry import Index

UNITS = ("mac", "window", "position", "row", "layer")
"""What can be stepped by; a mac is one multiply-accumulate, a tap."""


class Stride(NamedTuple):
    """Where a stride within a layer ends.

    Attributes:
        number: The step, from 0.
        tap: The tap in it, from 0.
        taken: How many units it was; fewer than asked for where the layer ends.
    """

    number: int
    tap: int
    taken: int


def stride(shape: Index, number: int, count: int, unit: str, sign: int) -> Stride:
    """Return where `count` windows, positions or rows on (sign 1) or back (−1) from a step end.

    Args:
        shape: Shape of the layer's output, `(m, n_H, n_W, n_C)`.
        number: The step, from 0.
        count: How many units.
        unit: window, position or row.
        sign: 1 or −1.
    """
    _, _, n_W, n_C = shape
    size = {"position": n_C, "row": n_W * n_C}.get(unit, 1)
    taken = min(count, (prod(shape) - 1 - number if sign > 0 else number) // size)
    return Stride(number + sign * taken * size, 0, taken)


def stride_by_taps(shape: Index, number: int, tap: int, count: int, taps: int, sign: int) -> Stride:
    """Return where `count` taps on or back from a tap end, in a layer that has `taps` of them a window."""
    at, last = number * taps + tap, prod(shape) * taps - 1
    taken = min(count, last - at if sign > 0 else at)
    return Stride(*divmod(at + sign * taken, taps), taken)


def stride_by_uneven_taps(
    shape: Index, number: int, tap: int, count: int, taps_of: Callable[[int], int], sign: int
) -> Stride:
    """Return the same in a layer whose windows have different numbers of taps, as `taps_of` says for each step."""
    left = count
    while left:
        within = min(left, max(0, taps_of(number) - 1) - tap if sign > 0 else tap)
        tap, left = tap + sign * within, left - within
        if not left or not 0 <= number + sign < prod(shape):
            break
        number, left = number + sign, left - 1
        tap = 0 if sign > 0 else max(0, taps_of(number) - 1)
    return Stride(number, tap, count - left)
