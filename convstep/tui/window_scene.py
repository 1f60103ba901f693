"""What a face of the window panel needs to know about a frame, looked up once."""

from __future__ import annotations

from functools import cached_property
from math import prod
from weakref import WeakKeyDictionary

import numpy as np

from convstep.debugger import Frame
from convstep.engine import Operation, Step
from convstep.engine.geometry import Axis
from convstep.engine.steps import Array
from convstep.figures import Extent, extent
from convstep.network import grid
from convstep.tui.colours import Colouring
from convstep.tui.window_ink import Ink

SAMPLE = 1 << 15
"""How many values of a layer are looked at to say how large they are."""

NAMES: tuple[Colouring, ...] = ("red", "green", "blue")

_arriving: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()
_filters: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()


def sampled(values: Array) -> Extent:
    """Return the extent of an array; of a large one, that of a sample."""
    flat = values.ravel(order="K")
    return extent(flat[:: max(1, flat.size // SAMPLE) | 1])


def _remembered(known: WeakKeyDictionary[Operation, Extent], operation: Operation, values: Array) -> Extent:
    if operation not in known:
        known[operation] = sampled(values)
    return known[operation]


class Scene:
    """A step that is to be drawn.

    Args:
        frame: The frame.
        step: Its step.
        ink: What to write with.
        width: Cells from left to right.
        height: Lines.
    """

    def __init__(self, frame: Frame, step: Step, ink: Ink, width: int, height: int) -> None:
        self.frame = frame
        self.step = step
        self.ink = ink
        self.width = width
        self.height = height

    @property
    def kind(self) -> str:
        """The layer's kind."""
        return self.frame.stage.layer.kind

    @property
    def operation(self) -> Operation:
        """The layer's work."""
        return self.step.operation

    @property
    def arriving(self) -> Extent:
        """How large the values of the layer's input are."""
        return _remembered(_arriving, self.operation, self.operation.A_prev)

    @property
    def filters(self) -> Extent:
        """How large the weights of all the layer's filters are."""
        return _remembered(_filters, self.operation, getattr(self.operation, "W", np.empty(0)))

    @cached_property
    def slice(self) -> Array:
        """The window's part of the input, `(f_h, f_w, channels)`."""
        return self.step.input_slice

    @cached_property
    def ranges(self) -> tuple[range, range, range]:
        """The window's rows, columns and channels."""
        return self.operation.window(self.step.index)

    @cached_property
    def padded(self) -> Array | None:
        """Where in the window padding is, `(f_h, f_w)`; None for nowhere."""
        geometry, (rows, cols, _) = self.operation.geometry, self.ranges
        inside_rows, inside_cols = _inside(geometry.rows, rows), _inside(geometry.cols, cols)
        padded = ~np.logical_and.outer(inside_rows, inside_cols)
        return padded if padded.any() else None

    @cached_property
    def tap(self) -> int | None:
        """The multiply-accumulate at hand, from 0; None where the step is seen as a whole."""
        tap = self.frame.cursor.tap
        return None if tap is None else min(tap, prod(self.slice.shape) - 1)

    @cached_property
    def place(self) -> tuple[int, int, int] | None:
        """The tap at hand as (row, column, channel) of the filter."""
        if self.tap is None:
            return None
        return position(self.tap, self.slice.shape)

    @cached_property
    def coloured(self) -> bool:
        """Whether the channels that arrive are a picture's red, green and blue."""
        return self._picture and self.operation.A_prev.shape[3] == 3

    @cached_property
    def _picture(self) -> bool:
        network = self.frame.network
        return network.picture and network.names[0] == self.frame.layer

    def channel_name(self, k: int, short: bool = False) -> str:
        """Return what channel `k` of the window is called."""
        channel = self.ranges[2][k]
        return str(NAMES[channel]) if self.coloured else str(channel) if short else f"channel {channel}"

    def colouring(self, k: int) -> Colouring:
        """Return how the input values of channel `k` of the window are tinted."""
        if self.coloured:
            return NAMES[self.ranges[2][k]]
        return "grey" if self._picture else "signed" if self.arriving.negative else "sequential"

    @cached_property
    def scale(self) -> float:
        """The input value that has the strongest tint."""
        return 1.0 if self._picture else self.arriving.largest

    @property
    def source(self) -> tuple[str, tuple[int, int, int]]:
        """The layer that the input comes from, flattening left out, and its output's height, width and channels."""
        network = self.frame.network
        at = network.position(self.frame.layer)
        while at and network.layers[at - 1].kind == "flatten":
            at -= 1
        return (network.names[at - 1] if at else "input"), grid(network.stages[at].input or ())

    def source_name(self, place: int) -> str:
        """Return the value number `place` of the flat input as one of the layer that it comes from."""
        name, shape = self.source
        h, w, c = position(place, shape)
        return f"{name}[{h},{w},{c}]" if shape[:2] != (1, 1) else f"{name}[{c}]"


def position(number: int, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the row, column and channel of one of an array's numbers, counted in C order."""
    row, rest = divmod(number, shape[1] * shape[2])
    return (row, *divmod(rest, shape[2]))


def _inside(axis: Axis, window: range) -> Array:
    inside = np.zeros(len(window), bool)
    part = axis.inside(window)
    inside[part.start : part.stop] = True
    return inside
