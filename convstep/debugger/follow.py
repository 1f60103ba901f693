"""Where a neuron goes in the next layer, and where it comes from in the one before: shapes alone, no values."""

from __future__ import annotations

from math import ceil, floor

import numpy as np

from convstep.engine.geometry import Index
from convstep.layers import Windowed, grid
from convstep.layers.products import Products
from convstep.network import Network

Place = tuple[int, int, int]


class Link:
    """Two layers of a net, one of which takes the other's output.

    Args:
        network: The net.
        source: The earlier layer, or the net's input.
        target: The later one; it can work.
    """

    def __init__(self, network: Network, source: str, target: str) -> None:
        stage = network.stage(target)
        assert stage.input is not None
        assert stage.output is not None
        self.layer, self.shape = stage.layer, stage.input
        self.arriving, self.leaving = grid(network.shape_of(source)), grid(stage.output)
        channels = [grid(network.shape_of(each))[2] for each in stage.sources]
        is_joined = self.layer.takes_several and sum(channels) == self.leaving[2]
        self.first_channel = sum(channels[: stage.sources.index(source)]) if is_joined else 0

    def forward(self, index: Index, wanted: Index) -> Index:
        """Return the later layer's neuron that looks at the earlier one's: the middle one, where several do.

        Args:
            index: The earlier layer's neuron, `(i, h, w, c)`.
            wanted: The later layer's neuron to keep to, where the other does not say which.
        """
        i, *place = index
        if self.layer.keeps_values:
            return (i, *_moved(place, self.arriving, self.leaving))
        rows, cols = self._looking(0, place[0], wanted[1]), self._looking(1, place[1], wanted[2])
        channel = wanted[3] if self._mixes else self.first_channel + place[2] * self._multiplier
        return (i, *_within((rows, cols, channel), self.leaving))

    def backward(self, index: Index, wanted: Index) -> Index:
        """Return the earlier layer's neuron that the later one's looks at: `wanted`, if it is one, else the middle.

        Args:
            index: The later layer's neuron, `(i, h, w, c)`.
            wanted: The earlier layer's neuron last gone to.
        """
        i, *place = index
        if self.layer.keeps_values:
            return (i, *_moved(place, self.leaving, self.arriving))
        rows, cols = self._looked_at(0, place[0], wanted[1]), self._looked_at(1, place[1], wanted[2])
        channel = wanted[3] if self._mixes else (place[2] - self.first_channel) // self._multiplier
        return (i, *_within((rows, cols, channel), self.arriving))

    @property
    def _mixes(self) -> bool:
        """Whether a neuron looks at more than one channel."""
        rows, cols = self.layer.axes(self.shape)
        return isinstance(self.layer, Products) and self.layer.taps(self.shape) > rows.kernel * cols.kernel

    @property
    def _multiplier(self) -> int:
        """How many channels are made of each."""
        return 1 if self.layer.takes_several else max(1, self.leaving[2] // self.arriving[2])

    def _looking(self, axis: int, place: int, wanted: int) -> int:
        """Return the middle of the positions along rows (axis 0) or columns that look at a place."""
        if isinstance(self.layer, Windowed) and (found := self.layer.axes(self.shape)[axis].positions(place)):
            return found[(len(found) - 1) // 2]
        reach = self.layer.reach(self.shape)
        if reach is None or not reach[axis].jump:
            return wanted if reach is None else 0
        first, span, jump = reach[axis]
        return (ceil((place - first - span) / jump) + floor((place - first) / jump)) // 2

    def _looked_at(self, axis: int, position: int, wanted: int) -> int:
        """Return `wanted`, if a position looks at it, else the middle of what it looks at."""
        reach = self.layer.reach(self.shape)
        if reach is None:
            return wanted
        first, span, jump = reach[axis]
        start = first + jump * position
        return wanted if start <= wanted <= start + span else floor(start + span / 2)


def _moved(place: list[int], before: Place, after: Place) -> Place:
    """Return where a value of one grid is in another that has the same values in the same order."""
    h, w, c = (int(at) for at in np.unravel_index(np.ravel_multi_index(place, before), after))
    return h, w, c


def _within(place: Place, shape: Place) -> Place:
    h, w, c = (min(max(at, 0), size - 1) for at, size in zip(place, shape, strict=True))
    return h, w, c
