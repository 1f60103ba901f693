"""A frame's layer in words: its size, its padding and its weights, each with the arithmetic that leads there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import NamedTuple

from convstep.debugger import Frame
from convstep.layers import Layer, Shape, times
from convstep.layers.reasons import Explanation
from convstep.layers.words import count
from convstep.network import Stage
from convstep.report.explain import trouble


class Fact(NamedTuple):
    """One thing to know of a layer.

    Attributes:
        name: What it is about: output, parameters, padding, skipped, weights, neurons, multiply-accumulates.
        text: What there is to say, in a few words.
        more: The same with its reason; empty where there is no more to say.
    """

    name: str
    text: str
    more: str = ""

    @property
    def whole(self) -> str:
        """All there is to say."""
        return self.more or self.text

    @property
    def result(self) -> str:
        """The text without the arithmetic before its result: 392 parameters."""
        return self.text.rpartition(" = ")[2]


def layer_facts(frame: Frame) -> tuple[Fact, ...]:
    """Return what there is to know of a frame's layer, what matters most first."""
    return (
        _facts(frame.stage) if frame.step is not None else (Fact("layer", trouble(frame, hint=False), trouble(frame)),)
    )


@lru_cache(64)
def _facts(stage: Stage) -> tuple[Fact, ...]:
    assert stage.input is not None
    assert stage.output is not None
    return tuple(_told(stage.layer, stage.input, stage.output))


def _told(layer: Layer, arriving: Shape, leaving: Shape) -> Iterator[Fact]:
    yield Fact("output", output_sum(layer, arriving, leaving))
    if parameters := layer.parameters(arriving):
        yield Fact("parameters", f"{parameter_sum(layer, arriving)} {'parameter' if parameters == 1 else 'parameters'}")
    if padding := layer.explain_padding(arriving):
        yield _fact("padding", padding)
    yield from (_fact("skipped", told) for told in layer.explain_skipped(arriving))
    if numbers := layer.weight_origins(arriving):
        yield Fact("weights", ", ".join(numbers))
    yield Fact("neurons", f"{product(leaving)} {'neuron' if prod(leaving) == 1 else 'neurons'}")
    if macs := layer.macs(arriving):
        taps = layer.taps(arriving)
        each = f"{'at most ' * layer.taps_vary}{count(taps, 'multiply-accumulate')} a neuron"
        yield Fact("multiply-accumulates", each, f"{each}, {macs:,} in all")


def _fact(name: str, told: Explanation) -> Fact:
    short, more = told
    return Fact(name, short, "" if more == short else more)


def output_sum(layer: Layer, arriving: Shape, leaving: Shape) -> str:
    """Return a layer's output and how its size comes about: output 32×32×8: ⌈64 / 2⌉ = 32."""
    formula, shape = layer.short_formula(arriving), times(leaving)
    if len(leaving) == 1 or formula.startswith(shape):
        return f"output: {formula}"
    return f"output {shape}: {formula}"


def parameter_sum(layer: Layer, arriving: Shape) -> str:
    """Return how many weights, biases and the like a layer has, and how that comes about: 4·4·3·8 + 8 = 392."""
    written, total = layer.parameter_product(arriving), f"{layer.parameters(arriving):,}"
    return written if written in ("", total) else f"{written} = {total}"


def product(shape: Shape) -> str:
    """Return how many values a shape has, and how that comes about: 64·64·8 = 32,768."""
    written, total = "·".join(map(str, shape)), f"{prod(shape):,}"
    return total if len(shape) == 1 else f"{written} = {total}"
