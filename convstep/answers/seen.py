"""Which values a neuron sees, in every layer before it, and which neurons see a value, in every layer after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

import numpy as np

from convstep.answers.links import Mask, joined, only, parted, read_by, readers_of, won_by
from convstep.engine.geometry import Pair
from convstep.errors import ArgumentError
from convstep.figures import minus
from convstep.layers import Layer, Reach, Shape, grid, times
from convstep.layers.words import count, listed
from convstep.network import Network, Stage, Values
from convstep.network.network import INPUT

Box = tuple[range, range]
"""Rows and columns."""

NOWHERE = range(0)


@dataclass(frozen=True, eq=False)
class Marked:
    """A set of a layer's values.

    Attributes:
        layer: The layer's name; "input" for the net's input.
        shape: Shape of one example of its output.
        mask: Which values, `(height, width, channels)`, read-only; with 1 for channels if all are alike.
    """

    layer: str
    shape: Shape
    mask: Mask

    @property
    def where(self) -> Mask:
        """At which places of the map some channel is in the set, `(height, width)`; `(1, values)` of a flat layer."""
        if len(self.shape) == 1:
            return np.broadcast_to(self.mask[0, 0], (1, self.shape[0]))
        return np.asarray(self.mask.any(2))

    @property
    def count(self) -> int:
        """At how many places of the map some channel is in the set; the number of values of a flat layer."""
        return int(np.count_nonzero(self.where))

    @property
    def places(self) -> int:
        """How many places the map has; how many values, if the layer is flat."""
        height, width, channels = grid(self.shape)
        return channels if len(self.shape) == 1 else height * width

    @property
    def values(self) -> int:
        """How many values are in the set."""
        return int(np.count_nonzero(self.mask)) * (grid(self.shape)[2] if self.mask.shape[2] == 1 else 1)

    @property
    def box(self) -> Box:
        """The smallest rows and columns that contain the set; empty ranges for an empty set."""
        rows, cols = (_hull(np.flatnonzero(self.mask.any((1 - axis, 2)))) for axis in (0, 1))
        return rows, cols

    @property
    def channels(self) -> range:
        """The smallest range of channels that contains the set."""
        if self.mask.shape[2] == 1:
            return range(grid(self.shape)[2]) if self.mask.any() else NOWHERE
        return _hull(np.flatnonzero(self.mask.any((0, 1))))

    @property
    def has_holes(self) -> bool:
        """Whether some places inside the box, or some values between the first and the last, are not in the set."""
        if len(self.shape) == 1:
            return self.count < len(self.channels)
        rows, cols = self.box
        return self.count < len(rows) * len(cols)


@dataclass(frozen=True, eq=False)
class Seen(Marked):
    """What a neuron sees of a layer.

    Attributes:
        rows: The rows that it sees as geometry gives them, padding of every layer on the way included.
        cols: The columns.
        jump: Rows and columns from what it sees to what its neighbour sees, on average; None if neighbours don't see
            neighbouring places.
    """

    rows: range
    cols: range
    jump: tuple[Fraction, Fraction] | None

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of its rows and columns, padding included."""
        rows, cols = ((along.start + along.stop - 1) / 2 for along in (self.rows, self.cols))
        return rows, cols


def sees(
    network: Network, layer: str, index: Sequence[int], values: Values | None = None, example: int = 0
) -> list[Seen]:
    """Return what a neuron sees of every layer that it depends on, the last of them first and the input last.

    Args:
        network: The net.
        layer: The neuron's layer.
        index: The neuron: (row, column, channel), (place, channel) or (value,), as its layer's output has it.
        values: The net's values, if of a max-pool's window only the value that won counts; else None.
        example: Which example of `values`.

    Raises:
        ArgumentError: There is no such layer or neuron.
        ShapeError: The layer can't work.
    """
    stage = working_stage(network, layer)
    assert stage.output is not None
    row, col, channel = grid_index(layer, stage.output, index)
    jump = None if len(stage.output) == 1 else (Fraction(1), Fraction(1))
    neuron = _Sight(only(stage.output, (row, col, channel)), (range(row, row + 1), range(col, col + 1)), jump)
    found = {layer: neuron}
    for each in reversed(network.stages[: network.position(layer) + 1]):
        if each.name in found:
            before = _before(network, each, found[each.name], values, example)
            for source, sight in zip(each.sources, before, strict=True):
                found[source] = sight | found[source] if source in found else sight
    order = [name for name in (*reversed(network.names), INPUT) if name in found and name != layer]
    return [
        Seen(name, network.shape_of(name), _read_only(found[name].mask), *found[name].box, found[name].jump)
        for name in order
    ]


def seen_by(network: Network, layer: str, place: Sequence[int]) -> list[Marked]:
    """Return which neurons see a place of a layer, in every later layer that depends on it.

    Args:
        network: The net.
        layer: The place's layer; "input" for the net's input.
        place: The place: (row, column), (place,) or (value,), of which some channel is seen; with a channel, one value.

    Raises:
        ArgumentError: There is no such layer or place.
        ShapeError: The layer can't work.
    """
    shape = network.input_shape if layer == INPUT else working_stage(network, layer).output
    assert shape is not None
    one = grid_index(layer, shape, place) if len(place) == len(shape) else _grid_place(layer, shape, place)
    found = {layer: only(shape, one)}
    first = 0 if layer == INPUT else network.position(layer) + 1
    for stage in network.stages[first:]:
        if stage.input is None or stage.output is None or found.keys().isdisjoint(stage.sources):
            continue
        shapes = [network.shape_of(source) for source in stage.sources]
        mask = joined(stage.layer, [found.get(source) for source in stage.sources], shapes)
        found[stage.name] = readers_of(stage.layer, mask, stage.input)
    return [Marked(name, network.shape_of(name), _read_only(mask)) for name, mask in found.items() if name != layer]


def chain(
    network: Network, layer: str, place: Sequence[int], values: Values | None = None, example: int = 0
) -> list[Marked]:
    """Return what a neuron sees, the neuron itself, and which neurons see it, from the input on.

    Args:
        network: The net.
        layer: The neuron's layer; "input" for a pixel.
        place: The neuron as in `sees`; a place of some channel, as in `seen_by`, sees nothing itself.
        values: The net's values, if of a max-pool's window only the value that won counts; else None.
        example: Which example of `values`.

    Raises:
        ArgumentError: There is no such layer or neuron.
        ShapeError: The layer can't work.
    """
    shape = network.shape_of(layer)
    after = seen_by(network, layer, place)
    if layer == INPUT or len(place) < len(shape):
        before: Sequence[Marked] = ()
    else:
        before = sees(network, layer, place, values, example)[::-1]
    one = grid_index(layer, shape, place) if len(place) == len(shape) else _grid_place(layer, shape, place)
    return [*before, Marked(layer, shape, _read_only(only(shape, one))), *after]


class _Sight(NamedTuple):
    """What a neuron sees of one layer: the values, their rows and columns with all padding, and the jump."""

    mask: Mask
    box: Box
    jump: tuple[Fraction, Fraction] | None

    def __or__(self, other: _Sight) -> _Sight:
        rows, cols = (_union(one, another) for one, another in zip(self.box, other.box, strict=True))
        jump = self.jump or other.jump
        if self.jump and other.jump:
            jump = max(self.jump[0], other.jump[0]), max(self.jump[1], other.jump[1])
        return _Sight(self.mask | other.mask, (rows, cols), jump)


def _before(network: Network, stage: Stage, sight: _Sight, values: Values | None, example: int) -> list[_Sight]:
    """Return what a neuron sees of each input of a layer, given what it sees of the layer."""
    assert stage.input is not None
    winners = values.operation(stage.name).winners(example) if values and stage.layer.takes_winner else None
    if winners is None:
        mask = read_by(stage.layer, sight.mask, stage.input)
    else:
        mask = won_by(sight.mask, winners, stage.input)
    box, jump = _intervals(stage.layer, sight, stage.input, mask)
    shapes = [network.shape_of(source) for source in stage.sources]
    return [_Sight(part, box, jump) for part in parted(stage.layer, mask, shapes)]


def _intervals(layer: Layer, sight: _Sight, shape: Shape, mask: Mask) -> tuple[Box, tuple[Fraction, Fraction] | None]:
    """Return the rows and columns of a layer's input that its neurons see, padding included, and the jump there."""
    reach = layer.reach(shape)
    if layer.keeps_values and grid(layer.output(shape)) != grid(shape):
        return Marked("", shape, mask).box, None
    if reach is None:
        height, width, _ = grid(shape)
        return (range(height), range(width)), None
    rows, cols = (_through(along, own) for along, own in zip(sight.box, reach, strict=True))
    return (rows, cols), sight.jump and (sight.jump[0] * reach[0].jump, sight.jump[1] * reach[1].jump)


def _through(along: range, own: Reach) -> range:
    """Return the interval of input places that the neurons of an interval see along one axis."""
    if not along:
        return NOWHERE
    return range(ceil(own.first + along.start * own.jump), floor(own.first + along[-1] * own.jump + own.span) + 1)


def _union(one: range, other: range) -> range:
    """Return the smallest interval that contains two; an empty one counts for nothing."""
    if not one or not other:
        return one or other
    return range(min(one.start, other.start), max(one.stop, other.stop))


def _hull(places: np.ndarray[tuple[int], np.dtype[np.intp]]) -> range:
    return range(int(places[0]), int(places[-1]) + 1) if len(places) else NOWHERE


def _read_only(mask: Mask) -> Mask:
    view = mask.view()
    view.flags.writeable = False
    return view


def working_stage(network: Network, layer: str) -> Stage:
    """Return a layer's stage.

    Raises:
        ArgumentError: There is no such layer.
        ShapeError: It can't work.
    """
    stage = network.stage(layer)
    if stage.fault:
        raise stage.fault
    return stage


AXES = {3: ("row", "column", "channel"), 2: ("place", "channel"), 1: ("value",)}
"""What the numbers of an index are, by the number of a shape's axes."""


def grid_index(layer: str, shape: Shape, index: Sequence[int]) -> tuple[int, int, int]:
    """Return a neuron's index as (row, column, channel), after checking it."""
    _check(layer, shape, index, len(shape))
    row, col, channel = {1: (0, 0, *index), 2: (index[0], 0, index[-1])}.get(len(shape), tuple(index))
    return row, col, channel


def _grid_place(layer: str, shape: Shape, place: Sequence[int]) -> Pair:
    """Return a place of a map as (row, column), after checking it."""
    _check(layer, shape, place, max(1, len(shape) - 1))
    return (place[0], place[1]) if len(shape) == 3 else (place[0], 0)


def _check(layer: str, shape: Shape, numbers: Sequence[int], needed: int) -> None:
    """Check that numbers name a neuron, or a place, of a layer.

    Raises:
        ArgumentError: There are too many or too few, or one is out of range.
    """
    names = AXES[len(shape)][:needed]
    if len(numbers) != needed:
        what = "it" if layer == INPUT else "its output"
        raise ArgumentError(
            f"expected {count(needed, 'number')} ({listed(names)}), as {what} is {times(shape)}, got {len(numbers)}",
            where=layer,
        )
    for number, size, name in zip(numbers, shape, names, strict=False):
        if not 0 <= number < size:
            raise ArgumentError(
                f"there is no {name} {minus(number)}",
                where=layer,
                hint=f"Its {name}s are 0 to {size - 1}" if size > 1 else f"It has one {name}, 0",
            )
