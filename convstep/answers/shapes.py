"""The size of every layer, and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convstep.engine.geometry import Padding
from convstep.layers import Shape
from convstep.network import Network
from convstep.network.receptive import Field, fields


@dataclass(frozen=True)
class LayerShape:
    """The size of one layer.

    Attributes:
        layer: The layer's name.
        kind: The layer's kind.
        inputs: The layers that it takes its inputs from; "input" for the net's.
        output: Shape of one example of the output; None if the layer can't work.
        padding: Rows and columns added around the input.
        neurons: Number of output values for one example.
        parameters: Number of weights, biases and the like.
        parameter_product: The same as products: 4·4·3·8 + 8.
        macs: Number of multiply-accumulates for one example.
        field: The receptive field of a neuron.
        formula: The arithmetic that gives the output's shape.
        problem: Why the layer can't work; empty if it can.
    """

    layer: str
    kind: str
    inputs: tuple[str, ...]
    output: Shape | None
    padding: Padding | None = None
    neurons: int = 0
    parameters: int = 0
    macs: int = 0
    field: Field | None = None
    formula: str = ""
    problem: str = ""
    parameter_product: str = ""


def shapes(network: Network) -> list[LayerShape]:
    """Return the size of every layer, in order; for a layer that can't work, the reason."""
    seen = fields(network)
    rows = []
    for stage in network.stages:
        layer = stage.layer
        if stage.input is None or stage.output is None:
            problem = "" if stage.fault is None else f"{stage.fault.what}. {stage.fault.hint}".strip(". ")
            rows.append(LayerShape(layer.name, layer.kind, stage.sources, None, problem=problem))
        else:
            rows.append(
                LayerShape(
                    layer.name,
                    layer.kind,
                    stage.sources,
                    stage.output,
                    layer.padding_for(stage.input),
                    prod(stage.output),
                    layer.parameters(stage.input),
                    layer.macs(stage.input),
                    seen[stage.name],
                    layer.formula(stage.input),
                    parameter_product=layer.parameter_product(stage.input),
                )
            )
    return rows
