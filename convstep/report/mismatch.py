"""Why a layer's weights don't fit its input: both shapes, and the sizes of the layers before."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import NamedTuple

from convstep.debugger import Frame
from convstep.debugger.changes import map_sizes
from convstep.engine.geometry import VALID, Pad
from convstep.errors import MismatchError
from convstep.layers import Shape, Windowed
from convstep.network import INPUT, Network, Stage


class Mismatch(NamedTuple):
    """Why a layer's weights don't fit its input, and which padding would help.

    Attributes:
        arrives: The input's shape, before any flatten.
        made_for: How many inputs the weights were made for.
        expected: The shape that they were made for; () if no padding gives as many inputs.
        sizes: The map's sizes: of the net's input, then after every layer with a window.
        expected_sizes: The same with `padding`.
        padding: The padding that would help: SAME or VALID; empty if neither would.
        layers: The layers whose own padding makes the sizes differ.
    """

    arrives: Shape
    made_for: int
    expected: Shape = ()
    sizes: tuple[str, ...] = ()
    expected_sizes: tuple[str, ...] = ()
    padding: str = ""
    layers: tuple[str, ...] = ()


@lru_cache(8)
def mismatch(frame: Frame) -> Mismatch | None:
    """Return the mismatch of a frame's layer, or of the one that it waits for; None if it has none.

    Only shapes are computed, no values.
    """
    stage, network = frame.culprit, frame.network
    made_for = stage.layer.made_for
    if not isinstance(stage.fault, MismatchError) or made_for is None:
        return None
    source = stage.sources[0]
    way = _windowed_path(network, source)
    found = Mismatch(network.origin(source)[1], made_for, sizes=map_sizes(network, way))
    choices: tuple[tuple[Pad, str], ...] = (("same", "SAME"), (VALID, "VALID"))
    for padding, word in choices:
        other = network
        for name in way:
            other = other.with_window(name, padding=padding)
        shape = other.origin(source)[1]
        if shape and prod(shape) == made_for:
            layers = tuple(name for name in way if _differs(network.stage(name), other.stage(name)))
            return found._replace(expected=shape, expected_sizes=map_sizes(other, way), padding=word, layers=layers)
    return found


def _windowed_path(network: Network, name: str) -> list[str]:
    """Return the layers with a window from the net's input to layer `name`, itself included."""
    way: list[str] = []
    while name != INPUT:
        stage = network.stage(name)
        if isinstance(stage.layer, Windowed):
            way.append(name)
        name = stage.sources[0]
    return way[::-1]


def _differs(stage: Stage, other: Stage) -> bool:
    """Return whether two stages of a layer, with different padding, have different outputs for `other`'s input."""
    return other.input is not None and stage.layer.output(other.input) != other.output
