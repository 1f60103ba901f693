"""Receptive fields: how much of the input a neuron sees through all the layers before it."""

from __future__ import annotations

from dataclasses import dataclass

from convstep.engine.geometry import Axis, Pair
from convstep.network.layers import grid
from convstep.network.network import Network


@dataclass(frozen=True)
class Field:
    """The receptive field of one layer's neurons.

    Attributes:
        size: Its height and width in pixels of the input, padding on the way included.
        jump: Rows and columns of the input between the fields of neighbouring neurons.
    """

    size: Pair
    jump: Pair


def fields(network: Network) -> list[Field]:
    """Return the receptive field of every layer that works, in order."""
    size, jump, spread, result = [1, 1], [1, 1], (1, 1), []
    for stage in network.stages:
        if stage.input is None or stage.output is None:
            break
        axes = stage.layer.axes(stage.input)
        if stage.layer.kind == "flatten":
            spread = grid(stage.input)[:2]
        elif len(stage.input) == 1 and stage.layer.kind != "relu":
            axes, spread = (Axis(spread[0], kernel=spread[0]), Axis(spread[1], kernel=spread[1])), (1, 1)
        for n, axis in enumerate(axes):
            size[n] += (axis.extent - 1) * jump[n]
            jump[n] *= axis.stride
        result.append(Field((size[0], size[1]), (jump[0], jump[1])))
    return result
