"""Where a value comes from, and where it goes: how much each value of one layer adds to a value of the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from convstep.answers.links import joined, only, readers_of
from convstep.answers.seen import grid_index, working_stage
from convstep.engine.geometry import Index
from convstep.engine.steps import Array, Step, origin
from convstep.layers import Layer, Shape, grid, place_in
from convstep.network import Network, Stage, Values
from convstep.network.network import INPUT

MOST = 12
"""How many contributions are named, if nothing else is asked for."""

Place = tuple[int, ...]
"""A value of a layer as its shape has it: (h, w, c), (place, channel) or (value,)."""


class Contribution(NamedTuple):
    """What a value of one layer adds to a value of a later one.

    Attributes:
        layer: The layer of the other value: the one that adds, or the one that is added to.
        at: Which of that layer's values.
        value: That value.
        weight: The weight that the value that adds is multiplied with; None without weights.
        amount: How much is added.
        share: The amount as a share of the sum's result; None if that is 0 or not finite.
    """

    layer: str
    at: Place
    value: float
    weight: float | None
    amount: float
    share: float | None


@dataclass(frozen=True)
class Origin:
    """A neuron's value as a sum of what other values contribute.

    Attributes:
        layer: The neuron's layer.
        index: The neuron.
        value: Its value.
        largest: The largest contributions by magnitude, the largest first.
        others: How many contributions are not among them.
        others_amount: The sum of these.
        bias: The neuron's bias; None without one.
        rest: What is left of the value: what was lost by rounding, and a batch norm's shift.
        rest_name: What the rest is.
    """

    layer: str
    index: Place
    value: float
    largest: tuple[Contribution, ...]
    others: int
    others_amount: float
    bias: float | None
    rest: float
    rest_name: str


def origin_of(values: Values, layer: str, index: Sequence[int], example: int = 0, most: int = MOST) -> Origin:
    """Return where a neuron's value comes from; a value that is only moved, as by a flatten, is followed to its layer.

    Args:
        values: The net's values; of the layers up to this one, what the neuron depends on is computed.
        layer: The neuron's layer.
        index: The neuron, as its layer's output has it.
        example: Which example.
        most: How many contributions to name.

    Raises:
        ArgumentError: There is no such layer or neuron.
        ShapeError: The layer can't work.
    """
    stage = working_stage(values.network, layer)
    assert stage.output is not None
    step = _step(values, stage, (example, *grid_index(layer, stage.output, index)))
    with np.errstate(all="ignore"):
        adds = stage.layer.contributions(step)
        inside = _contributing(stage.layer, step, adds)
        value, bias = float(step.value), float(step.bias or 0.0) if stage.layer.is_biased else None
        order = np.argsort(-_magnitude(adds.ravel()[inside]), kind="stable")
        named, unnamed = inside[order[:most]], inside[order[most:]]
        largest = tuple(_contribution(values, stage, step, adds, int(tap)) for tap in named)
        rest = value - (bias or 0.0) - float(adds.ravel()[inside].sum())
        others_amount = float(adds.ravel()[unnamed].sum())
    return Origin(layer, tuple(index), value, largest, len(unnamed), others_amount, bias, rest, stage.layer.rest_name)


def follow(values: Values, layer: str, index: Sequence[int], example: int = 0, most: int = MOST) -> Iterator[Origin]:
    """Yield where a neuron's value comes from, then where the largest contribution comes from, back to the input.

    Args:
        values: The net's values.
        layer: The neuron's layer.
        index: The neuron, as its layer's output has it.
        example: Which example.
        most: How many contributions to name of each.

    Raises:
        ArgumentError: There is no such layer or neuron.
        ShapeError: The layer can't work.
    """
    while layer != INPUT:
        origin = origin_of(values, layer, index, example, most)
        yield origin
        if not origin.largest:
            return
        layer, index = origin.largest[0].layer, origin.largest[0].at


def value_of(values: Values, layer: str, index: Sequence[int], example: int = 0) -> float:
    """Return one value of a layer, or of the net's input."""
    if layer == INPUT:
        return float(values.x[(example, *index)])
    stage = working_stage(values.network, layer)
    return float(_step(values, stage, (example, *grid_index(layer, stage.output or (), index))).value)


def effects_of(
    values: Values, layer: str, index: Sequence[int], example: int = 0, most: int = MOST
) -> tuple[Contribution, ...]:
    """Return to which values of the layers after it a value adds most, the largest amount first.

    A flatten or a dropout only moves it: then those of the layers after that are meant.

    Args:
        values: The net's values; of the layers that take this one's output, the neurons that see it are computed.
        layer: The value's layer; "input" for a pixel.
        index: The value, as its layer's output has it.
        example: Which example.
        most: How many to return.

    Raises:
        ArgumentError: There is no such layer or value.
        ShapeError: The layer can't work.
    """
    network = values.network
    shape = network.input_shape if layer == INPUT else working_stage(network, layer).output
    assert shape is not None
    places = {layer: (shape, grid_index(layer, shape, index))}
    found: list[Contribution] = []
    for stage in network.stages:
        for source in set(stage.sources) & places.keys() if stage.output else ():
            shape, place = places[source]
            if stage.layer.keeps_values:
                h, w, c = moved(place, shape, stage.output or ())
                places[stage.name] = stage.output or (), (h, w, c)
            elif not stage.layer.sees_all:
                found += _effects(values, stage, source, shape, place, example)
    return tuple(sorted(found, key=lambda each: -_magnitude(np.float64(each.amount)))[:most])


def _effects(
    values: Values, stage: Stage, layer: str, shape: Shape, place: tuple[int, int, int], example: int
) -> list[Contribution]:
    """Return what a value adds to the values of a layer that takes it."""
    assert stage.input is not None
    assert stage.output is not None
    shapes = [values.network.shape_of(source) for source in stage.sources]
    masks = [only(shape, place) if source == layer else None for source in stage.sources]
    neurons = readers_of(stage.layer, joined(stage.layer, masks, shapes), stage.input)
    neurons = np.broadcast_to(neurons, grid(stage.output))
    found = []
    for neuron in np.argwhere(neurons):
        h, w, c = (int(at) for at in neuron)
        step = _step(values, stage, (example, h, w, c))
        amount, weight = _added(stage, step, layer, place)
        value, own = float(step.value), place_in(stage.output, (h, w, c))
        found.append(Contribution(stage.name, own, value, weight, amount, _share(amount, value)))
    return found


def _added(stage: Stage, step: Step, layer: str, place: tuple[int, int, int]) -> tuple[float, float | None]:
    """Return how much a value of an input adds to a step's neuron, and its weight, if it has a single one."""
    operation, index, taps = step.operation, step.index, _taps_on(stage, step, layer, place)
    weights = operation.filter(index)
    if weights is None:
        with np.errstate(all="ignore"):
            adds = stage.layer.contributions(step)
            return float(sum(adds[tap] for tap in taps)), None
    x = np.float64(operation.inputs[0][(index[0], *place)])
    with np.errstate(all="ignore"):
        amount = float(sum(x * np.float64(weights[tap]) for tap in taps))
    return amount, float(weights[taps[0]]) if len(taps) == 1 else None


def _taps_on(stage: Stage, step: Step, layer: str, place: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    """Return the taps of a step that read a value: several where padding repeats it, or where it arrives twice."""
    operation, index = step.operation, step.index
    if stage.layer.takes_several:
        shape = operation.terms(index).shape
        return [
            (0, 0, tap)
            for tap in range(shape[2])
            if stage.sources[operation.input_of(index, tap)] == layer
            and operation.source(index, (0, 0, tap))[1:] == place
        ]
    rows, cols, channels = operation.window(index)
    geometry, (h, w, c) = operation.geometry, place
    if c not in channels:
        return []
    down = [a for a, row in enumerate(rows) if origin(geometry.rows, row) == h]
    across = [b for b, col in enumerate(cols) if origin(geometry.cols, col) == w]
    return [(a, b, channels.index(c)) for a in down for b in across]


def _step(values: Values, stage: Stage, index: Index) -> Step:
    for _ in values.compute_cone(stage.name, index):
        pass
    return values.step(stage.name, index)


def _contributing(layer: Layer, step: Step, adds: Array) -> Any:
    """Return the numbers of the taps that count: not those in zero padding, nor those that add nothing beside others.

    Where the largest value wins, that is the winner alone.
    """
    rows, cols, _ = step.operation.window(step.index)
    geometry = step.operation.geometry
    if layer.takes_winner and step.argmax is not None:
        return np.array([rows.index(step.argmax[1]) * len(cols) + cols.index(step.argmax[2])])
    down = np.array([0 <= origin(geometry.rows, row) < geometry.rows.size for row in rows], np.bool_)
    across = np.array([0 <= origin(geometry.cols, col) < geometry.cols.size for col in cols], np.bool_)
    inside = np.broadcast_to((down[:, None] & across)[:, :, None], adds.shape)
    adding = inside & (adds != 0)
    return np.flatnonzero(adding if adding.any() else inside)


def _contribution(values: Values, stage: Stage, step: Step, adds: Array, tap: int) -> Contribution:
    """Return what a tap adds to a step's neuron; a value that was only moved is named where it was computed."""
    place = row, col, channel = tuple(int(at) for at in np.unravel_index(tap, adds.shape))
    source = stage.sources[step.operation.input_of(step.index, tap)]
    _, *at = step.operation.source(step.index, (row, col, channel))
    weights, amount = step.operation.filter(step.index), float(adds[place])
    weight = None if weights is None else float(weights[place])
    x = float(np.asarray(step.operation.input_slice(step.index))[place])
    name, index = moved_from(values.network, source, at)
    return Contribution(name, index, x, weight, amount, _share(amount, float(step.value)))


def moved_from(network: Network, layer: str, place: Sequence[int]) -> tuple[str, Place]:
    """Return the layer that computed a value, before any flatten or dropout, and the value's index there."""
    name, shape = network.origin(layer)
    return name, place_in(shape, moved(place, network.shape_of(layer), shape))


def moved(place: Sequence[int], shape: Shape, other: Shape) -> tuple[int, int, int]:
    """Return the place `(h, w, c)` of a value where the same values, in order, have another shape."""
    h, w, c = np.unravel_index(np.ravel_multi_index(tuple(place), grid(shape)), grid(other))
    return int(h), int(w), int(c)


def _magnitude(amounts: Any) -> Any:
    """Return magnitudes for sorting; NaN, which makes the whole sum NaN, comes first."""
    return np.where(np.isnan(amounts), np.inf, np.abs(amounts))


def _share(amount: float, value: float) -> float | None:
    return amount / value if value and np.isfinite(value) and np.isfinite(amount) else None
