"""The colour scales and extents of a layer's inputs and output, shared by the maps and the window panel."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from convstep.engine import Operation
from convstep.engine.steps import Array
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


def input_scale(operation: Operation, number: int, channel: int | None, *, picture: bool) -> Scale:
    """Return the scale of one of a layer's inputs: the same for all channels, except a picture's red, green and blue.

    Args:
        operation: The layer's operation.
        number: The index of the input.
        channel: The channel; None for all three of an RGB picture.
        picture: Whether the input is the net's picture, with values from 0 to 1.
    """
    values = operation.inputs[number]
    if picture:
        colouring: Colouring = "rgb" if channel is None else "grey" if values.shape[3] == 1 else TINTS[channel % 3]
        return Scale(colouring, 0.0, 1.0)
    by_number = _input_scales.setdefault(operation, {})
    if number not in by_number:
        by_number[number] = scale_of(values)
    return by_number[number]


def output_scale(operation: Operation, values: Array) -> Scale:
    """Return the scale of a layer's whole output."""
    if operation not in _output_scales:
        _output_scales[operation] = scale_of(values)
    return _output_scales[operation]


def output_extent(operation: Operation, values: Array) -> Extent:
    """Return the extent of a layer's whole output."""
    if operation not in _output_extents:
        _output_extents[operation] = sampled_extent(values)
    return _output_extents[operation]


def scale_of(values: Array) -> Scale:
    """Return the scale from the least to the largest finite value; signed if the least is negative."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if not np.isfinite((low, high)).all():
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return Scale("signed" if low < 0 else "sequential", low, high)


def sampled_extent(*arrays: Array) -> Extent:
    """Return the extent of some arrays; large ones are sampled."""
    flat = [values.ravel(order="K") for values in arrays]
    return reduce(or_, (extent(each[:: max(1, each.size // SAMPLE_SIZE) | 1]) for each in flat))
