"""Follows a neuron into the next layer, or back into the one before, by shapes alone, without values."""

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
        target: The later layer, which must be able to work.
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

    def forward(self, index: Index, default: Index) -> Index:
        """Return the later layer's neuron that sees the earlier one's; of several, the middle one.

        Args:
            index: The earlier layer's neuron, `(i, h, w, c)`.
            default: The later layer's neuron, from which coordinates are kept that `index` does not determine.
        """
        i, *place = index
        if self.layer.keeps_values:
            return (i, *_moved(place, self.arriving, self.leaving))
        rows, cols = self._seeing_position(0, place[0], default[1]), self._seeing_position(1, place[1], default[2])
        channel = default[3] if self._mixes_channels else self.first_channel + place[2] * self._multiplier
        return (i, *_within((rows, cols, channel), self.leaving))

    def backward(self, index: Index, default: Index) -> Index:
        """Return an earlier layer's neuron that the later one's sees: `default` if possible, else the middle one.

        Args:
            index: The later layer's neuron, `(i, h, w, c)`.
            default: The earlier layer's neuron that was visited last.
        """
        i, *place = index
        if self.layer.keeps_values:
            return (i, *_moved(place, self.leaving, self.arriving))
        rows, cols = self._seen_place(0, place[0], default[1]), self._seen_place(1, place[1], default[2])
        channel = default[3] if self._mixes_channels else (place[2] - self.first_channel) // self._multiplier
        return (i, *_within((rows, cols, channel), self.arriving))

    @property
    def _mixes_channels(self) -> bool:
        """Whether a neuron sees more than one channel."""
        rows, cols = self.layer.axes(self.shape)
        return isinstance(self.layer, Products) and self.layer.taps(self.shape) > rows.kernel * cols.kernel

    @property
    def _multiplier(self) -> int:
        """Number of output channels for each input channel."""
        return 1 if self.layer.takes_several else max(1, self.leaving[2] // self.arriving[2])

    def _seeing_position(self, axis: int, place: int, default: int) -> int:
        """Return the middle one of the positions along rows (axis 0) or columns that see a place."""
        if isinstance(self.layer, Windowed) and (found := self.layer.axes(self.shape)[axis].positions(place)):
            return found[(len(found) - 1) // 2]
        reach = self.layer.reach(self.shape)
        if reach is None or not reach[axis].jump:
            return default if reach is None else 0
        first, span, jump = reach[axis]
        return (ceil((place - first - span) / jump) + floor((place - first) / jump)) // 2

    def _seen_place(self, axis: int, position: int, default: int) -> int:
        """Return `default` if the position sees it, else the middle place that it sees."""
        reach = self.layer.reach(self.shape)
        if reach is None:
            return default
        first, span, jump = reach[axis]
        start = first + jump * position
        return default if start <= default <= start + span else floor(start + span / 2)


def _moved(place: list[int], before: Place, after: Place) -> Place:
    """Return a value's place in another shape with the same values in the same order."""
    h, w, c = (int(at) for at in np.unravel_index(np.ravel_multi_index(place, before), after))
    return h, w, c


def _within(place: Place, shape: Place) -> Place:
    h, w, c = (min(max(at, 0), size - 1) for at, size in zip(place, shape, strict=True))
    return h, w, c
