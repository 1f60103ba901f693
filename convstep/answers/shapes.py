"""The size of every layer, and the reason for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod
from typing import NamedTuple

import numpy as np

from convstep.engine.geometry import Axis, Padding, Pair
from convstep.engine.steps import Array
from convstep.layers import Layer, Shape, Windowed, grid
from convstep.network import INPUT, Network, Stage
from convstep.network.receptive import Field, fields


class Unreached(NamedTuple):
    """The places of a layer's input that no window has a tap on.

    Attributes:
        rows: Row numbers.
        cols: Column numbers.
    """

    rows: tuple[int, ...]
    cols: tuple[int, ...]


ALL_REACHED = Unreached((), ())


@dataclass(frozen=True)
class LayerShape:
    """The size of one layer, for one example.

    Attributes:
        name: The layer's name.
        kind: The layer's kind.
        inputs: The layers that it takes its inputs from; "input" for the net's.
        arriving: Shape of the input, of all inputs together; None after a layer that can't work.
        output: Shape of the output; None if the layer can't work.
        padding: Rows and columns added around the input.
        formula: The arithmetic that gives the output's shape.
        weights_per_neuron: Number of weights that a neuron multiplies with, its bias not counted.
        parameters: Number of weights, biases and the like: weights that neurons share are counted once.
        parameter_product: The same as products: 4·4·3·8 + 8.
        parameters_unshared: Number of parameters if every neuron had weights of its own; 0 without weights.
        parameters_as_dense: Number of parameters of a dense layer between the same input and output; 0 without weights.
        macs: Number of multiply-accumulates.
        field: The receptive field of a neuron.
        field_inside: Its largest height and width within the net's input.
        unreached: Rows and columns of the input that no window reaches.
        memory: Bytes of the output's values.
        problem: Why the layer can't work; empty if it can.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    arriving: Shape | None = None
    output: Shape | None = None
    padding: Padding | None = None
    formula: str = ""
    weights_per_neuron: int = 0
    parameters: int = 0
    parameter_product: str = ""
    parameters_unshared: int = 0
    parameters_as_dense: int = 0
    macs: int = 0
    field: Field | None = None
    field_inside: tuple[int, int] = (0, 0)
    unreached: Unreached = ALL_REACHED
    memory: int = 0
    problem: str = ""

    @cached_property
    def neurons(self) -> int:
        """Number of output values."""
        return 0 if self.output is None else prod(self.output)


class Totals(NamedTuple):
    """The sums over all layers of a net that can work, for one example.

    Attributes:
        neurons: Number of values of all layers.
        parameters: Number of parameters.
        macs: Number of multiply-accumulates.
        memory: Bytes of all values.
    """

    neurons: int
    parameters: int
    macs: int
    memory: int


def shapes(network: Network) -> list[LayerShape]:
    """Return the size of every layer, in order; for a layer that can't work, the reason."""
    seen, inside = fields(network), fields_inside(network)
    return [
        _layer_shape(network, stage, seen.get(stage.name), inside.get(stage.name, (0, 0))) for stage in network.stages
    ]


def totals(rows: Sequence[LayerShape]) -> Totals:
    """Return the sums over all layers."""
    columns = zip(*((row.neurons, row.parameters, row.macs, row.memory) for row in rows), strict=True)
    return Totals(*map(sum, columns))


def _layer_shape(network: Network, stage: Stage, field: Field | None, inside: Pair) -> LayerShape:
    layer, arriving, output = stage.layer, stage.input, stage.output
    if arriving is None or output is None or field is None:
        problem = "" if stage.fault is None else f"{stage.fault.what}. {stage.fault.hint}".strip(". ")
        return LayerShape(layer.name, layer.kind, stage.sources, arriving, problem=problem)
    neurons, weights = prod(output), layer.weights_per_neuron(arriving)
    biases = neurons if layer.is_biased else 0
    return LayerShape(
        layer.name,
        layer.kind,
        stage.sources,
        arriving,
        output,
        layer.padding_for(arriving),
        layer.formula(arriving),
        weights,
        layer.parameters(arriving),
        layer.parameter_product(arriving),
        layer.macs(arriving) + biases if weights else 0,
        prod(arriving) * neurons + biases if weights else 0,
        layer.macs(arriving),
        field,
        inside,
        _unreached(layer, arriving),
        neurons * network.dtype.itemsize,
    )


def fields_inside(network: Network) -> dict[str, Pair]:
    """Return the largest height and width that the neurons of each layer see within the net's input, by layer name.

    Padding is left out, that of every layer on the way, too.
    """
    height, width, _ = grid(network.input_shape)
    seen: dict[str, tuple[Ends, Ends]] = {INPUT: (_each(height), _each(width))}
    for stage in network.stages:
        if stage.input is None or stage.output is None:
            continue
        before = [seen[source] for source in stage.sources]
        rows, cols = (_union([each[axis] for each in before]) for axis in (0, 1))
        if stage.layer.reach(stage.input) is None:
            sizes = grid(stage.output)[:2] if len(stage.output) > 1 else (1, 1)
            rows, cols = (_repeated(_whole(ends), size) for ends, size in zip((rows, cols), sizes, strict=True))
        elif len(stage.input) > 1 and len(stage.output) > 1:
            rows, cols = (_through(*each) for each in zip((rows, cols), stage.layer.axes(stage.input), strict=True))
        seen[stage.name] = rows, cols
    return {name: (_longest(rows), _longest(cols)) for name, (rows, cols) in seen.items() if name != INPUT}


Ends = tuple[Array, Array]
"""The first and the last place that each neuron sees along one axis, `(positions,)`; last < first for none."""


def _each(size: int) -> Ends:
    return np.arange(size), np.arange(size)


def _union(several: list[Ends]) -> Ends:
    """Return what neurons see that read several inputs at their own position; all of them, if these differ in size."""
    if len({len(first) for first, _ in several}) > 1:
        several = [_whole(each) for each in several]
    firsts, lasts = zip(*several, strict=True)
    return np.minimum.reduce(firsts), np.maximum.reduce(lasts)


def _whole(ends: Ends) -> Ends:
    """Return what a neuron sees that reads all positions."""
    first, last = ends
    return first.min(keepdims=True), last.max(keepdims=True)


def _repeated(ends: Ends, size: int) -> Ends:
    """Return what `size` neurons see, if each sees the same."""
    first, last = ends
    return np.repeat(first, size), np.repeat(last, size)


def _through(ends: Ends, axis: Axis) -> Ends:
    """Return what the windows along an axis see, given what the places that they read see."""
    first, last = (np.append(each, nothing) for each, nothing in zip(ends, NOTHING, strict=True))
    firsts = (first[axis.places(tap)] for tap in range(axis.kernel))  # place -1, the last one, is padding
    lasts = (last[axis.places(tap)] for tap in range(axis.kernel))
    return reduce(np.minimum, firsts), reduce(np.maximum, lasts)


NOTHING = (1 << 60, -(1 << 60))
"""The first and the last place of what sees nothing, neutral in a union."""


def _longest(ends: Ends) -> int:
    first, last = ends
    return max(0, int((last - first).max()) + 1)


def _unreached(layer: Layer, arriving: Shape) -> Unreached:
    if not isinstance(layer, Windowed):
        return ALL_REACHED
    rows, cols = layer.axes(arriving)
    return Unreached(tuple(rows.unreached()), tuple(cols.unreached()))
