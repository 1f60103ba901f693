"""A frame's layer in words: its size, its padding and its weights, each with the arithmetic that leads there."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from convstep.debugger import Frame
from convstep.engine.geometry import VALID
from convstep.layers import Shape
from convstep.network import Stage
from convstep.report.explain import trouble


class Fact(NamedTuple):
    """One thing to know of a layer.

    Attributes:
        name: What it is about: output, padding, parameters.
        text: What there is to say, in one line.
    """

    name: str
    text: str


def layer_facts(frame: Frame) -> tuple[Fact, ...]:
    """Return what there is to know of a frame's layer, what matters most first."""
    return _facts(frame.stage) if frame.step is not None else (Fact("layer", trouble(frame)),)


@lru_cache(64)
def _facts(stage: Stage) -> tuple[Fact, ...]:
    assert stage.input is not None
    layer, arriving = stage.layer, stage.input
    facts = [Fact("output", layer.formula(arriving)), *_padding(stage, arriving)]
    if parameters := layer.parameters(arriving):
        facts.append(Fact("parameters", f"{parameters:,} parameters"))
    return tuple(facts)


def _padding(stage: Stage, arriving: Shape) -> list[Fact]:
    pads = stage.layer.pads(arriving)
    return [] if pads == VALID else [Fact("padding", f"padding {pads}")]
