"""The colour scales and extents of a layer's inputs and output, shared by the maps and the window panel."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from convstep.engine import Operation
from convstep.engine.steps import Array, Known, known_parts
from convstep.figures import Extent, extent
from convstep.tui.lines.colours import Colouring

SAMPLE_SIZE = 1 << 15
"""How many values are sampled for the extent of a layer's values."""
TINTS: tuple[Colouring, ...] = ("red", "green", "blue")


class Scale(NamedTuple):
    """How values are mapped to colours.

    Attributes:
        colouring: The ramp.
        low: The value at its lower end.
        high: The value at its upper end.
    """

    colouring: Colouring
    low: float
    high: float


_input_scales: WeakKeyDictionary[Operation, dict[int, Scale]] = WeakKeyDictionary()
_output_scales: WeakKeyDictionary[Operation, Scale] = WeakKeyDictionary()
_output_extents: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()


def input_scale(operation: Operation, number: int, channel: int | None, known: Known | None, *, picture: bool) -> Scale:
    """Return the scale of one of a layer's inputs: the same for all channels, except a picture's red, green and blue.

    Args:
        operation: The layer's operation.
        number: The index of the input.
        channel: The channel; None for all three of an RGB picture.
        known: What is known of the input; None for all.
        picture: Whether the input is the net's picture, with values from 0 to 1.
    """
    values = operation.inputs[number]
    if picture:
        colouring: Colouring = "rgb" if channel is None else "grey" if values.shape[3] == 1 else TINTS[channel % 3]
        return Scale(colouring, 0.0, 1.0)
    by_number = _input_scales.setdefault(operation, {})
    if number not in by_number:
        by_number[number] = scale_of(*known_parts(values, known))
    return by_number[number]


def output_scale(operation: Operation, values: Array, known: Known | None) -> Scale:
    """Return the scale of a layer's output, of all of it that is known."""
    if operation not in _output_scales:
        _output_scales[operation] = scale_of(*known_parts(values, known))
    return _output_scales[operation]


def output_extent(operation: Operation, values: Array, known: Known | None) -> Extent:
    """Return the extent of a layer's output, of all of it that is known."""
    if operation not in _output_extents:
        _output_extents[operation] = sampled_extent(*known_parts(values, known))
    return _output_extents[operation]


def scale_of(*arrays: Array) -> Scale:
    """Return the scale from the least to the largest finite value of some arrays; signed if the least is negative."""
    bounds = [bound for values in arrays if (bound := _bounds(values))]
    low, high = (min(low for low, _ in bounds), max(high for _, high in bounds)) if bounds else (0.0, 0.0)
    return Scale("signed" if low < 0 else "sequential", low, high)


def _bounds(values: Array) -> tuple[float, float] | None:
    """Return the least and the largest finite value; None if there is none."""
    if values.size and not np.isfinite((values.min(), values.max())).all():
        values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if values.size else None


def sampled_extent(*arrays: Array) -> Extent:
    """Return the extent of some arrays; large ones are sampled."""
    flat = [values.ravel(order="K") for values in arrays]
    return reduce(or_, (extent(each[:: max(1, each.size // SAMPLE_SIZE) | 1]) for each in flat), Extent())
