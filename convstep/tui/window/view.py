"""What a face of the window panel draws: a step's facts, and how they are drawn there."""

from __future__ import annotations

from functools import cached_property, reduce
from operator import or_
from weakref import WeakKeyDictionary

import numpy as np

from convstep.engine import Operation, Step
from convstep.engine.geometry import Axis
from convstep.engine.steps import Array
from convstep.figures import Extent, extent
from convstep.layers import grid
from convstep.layers.scene import Scene
from convstep.layers.words import COLOURS
from convstep.tui.lines.colours import Colouring
from convstep.tui.window.ink import Ink

SAMPLE = 1 << 15
"""How many values of a layer are looked at to say how large they are."""

NAMES: tuple[Colouring, ...] = ("red", "green", "blue")

_arriving: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()
_leaving: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()
_filters: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()


def sampled(*arrays: Array) -> Extent:
    """Return the extent of some arrays; of a large one, that of a sample."""
    flat = [values.ravel(order="K") for values in arrays]
    return reduce(or_, (extent(each[:: max(1, each.size // SAMPLE) | 1]) for each in flat))


def _remembered(known: WeakKeyDictionary[Operation, Extent], operation: Operation, *arrays: Array) -> Extent:
    if operation not in known:
        known[operation] = sampled(*arrays)
    return known[operation]


class WindowView:
    """A step that is to be drawn.

    Args:
        scene: Its facts.
        ink: What to write with.
        width: Cells from left to right.
        height: Lines.
    """

    def __init__(self, scene: Scene, ink: Ink, width: int, height: int) -> None:
        self.scene = scene
        self.ink = ink
        self.width = width
        self.height = height

    @property
    def step(self) -> Step:
        """The step."""
        return self.scene.step

    @property
    def operation(self) -> Operation:
        """The layer's work."""
        return self.scene.operation

    @property
    def slice(self) -> Array:
        """The window's part of the input, `(f_h, f_w, channels)`."""
        return self.scene.slice

    @property
    def tap(self) -> int | None:
        """The tap that is looked at, from 0; None where the step is seen as a whole."""
        return self.scene.at

    @property
    def arriving(self) -> Extent:
        """How large the values of the layer's inputs are."""
        return _remembered(_arriving, self.operation, *self.operation.inputs)

    @property
    def leaving(self) -> Extent:
        """How large the values of its output are."""
        return _remembered(_leaving, self.operation, self.step.values)

    @property
    def filters(self) -> Extent:
        """How large the weights of all the layer's filters are."""
        return _remembered(_filters, self.operation, getattr(self.operation, "W", np.empty(0)))

    @property
    def ranges(self) -> tuple[range, range, range]:
        """The window's rows, columns and channels."""
        return self.scene.rows, self.scene.cols, self.scene.channels

    @cached_property
    def padded(self) -> Array | None:
        """Where in the window padding is, `(f_h, f_w)`; None for nowhere."""
        geometry, (rows, cols, _) = self.operation.geometry, self.ranges
        inside_rows, inside_cols = _inside(geometry.rows, rows), _inside(geometry.cols, cols)
        padded = ~np.logical_and.outer(inside_rows, inside_cols)
        return padded if padded.any() else None

    @cached_property
    def place(self) -> tuple[int, int, int] | None:
        """The tap at hand as (row, column, channel) of the filter."""
        return None if self.tap is None else position(self.tap, self.slice.shape)

    def channel_name(self, k: int, short: bool = False) -> str:
        """Return what channel `k` of the window is called."""
        channel = self.ranges[2][k]
        return COLOURS[channel] if self.scene.has_colours else str(channel) if short else f"channel {channel}"

    def colouring(self, k: int) -> Colouring:
        """Return how the input values of channel `k` of the window are tinted."""
        if self.scene.has_colours:
            return NAMES[self.ranges[2][k]]
        return "grey" if self.scene.is_picture else "signed" if self.arriving.negative else "sequential"

    @cached_property
    def scale(self) -> float:
        """The input value that has the strongest tint."""
        return 1.0 if self.scene.is_picture else self.arriving.largest

    def source_name(self, place: int) -> str:
        """Return the value number `place` of the flat input as one of the layer that it comes from."""
        name, shape = self.scene.arrivals[0].origin
        h, w, c = position(place, grid(shape))
        return f"{name}[{h},{w},{c}]" if grid(shape)[:2] != (1, 1) else f"{name}[{c}]"

    @property
    def source(self) -> str:
        """The layer that the flat input's values were made in."""
        return self.scene.arrivals[0].origin[0]


def position(number: int, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the row, column and channel of one of an array's numbers, counted in C order."""
    row, rest = divmod(number, shape[1] * shape[2])
    return (row, *divmod(rest, shape[2]))


def _inside(axis: Axis, window: range) -> Array:
    inside = np.zeros(len(window), bool)
    part = axis.inside(window)
    inside[part.start : part.stop] = True
    return inside
