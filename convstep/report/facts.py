"""The facts of a frame's layer: size, padding, weights, each with its arithmetic or reason."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import NamedTuple

from convstep.debugger import Frame
from convstep.debugger.changes import changes
from convstep.layers import Layer, Shape, factors, times
from convstep.layers.reasons import Explanation
from convstep.layers.words import count
from convstep.network import Stage
from convstep.report.explain import fault_sentences


class Fact(NamedTuple):
    """One fact about a layer.

    Attributes:
        name: The topic: output, parameters, padding, skipped, weights, neurons, multiply-accumulates.
        text: The fact in a few words.
        more: The fact with its reason; empty if there is none.
    """

    name: str
    text: str
    more: str = ""

    @property
    def whole(self) -> str:
        """The fact with its reason, if there is one."""
        return self.more or self.text

    @property
    def result(self) -> str:
        """The text without its arithmetic: 392 parameters."""
        return self.text.rpartition(" = ")[2]


def layer_facts(frame: Frame) -> tuple[Fact, ...]:
    """Return the facts of a frame's layer, the most important first; what was changed, if it can't work."""
    if frame.step is None:
        if changed := ", ".join(_changes(frame)):
            return (Fact("changes", f"changed: {changed}"),)
        return (Fact("layer", fault_sentences(frame, hint=False), fault_sentences(frame)),)
    return _facts(frame.stage)


def _changes(frame: Frame) -> Iterator[str]:
    """Yield how each layer differs from the spec's: conv1 VALID (was SAME)."""
    if frame.original is not None:
        for now, own in zip(frame.network.layers, frame.original.layers, strict=True):
            if texts := changes(now, own):
                yield f"{now.name} {', '.join(texts)}"


@lru_cache(64)
def _facts(stage: Stage) -> tuple[Fact, ...]:
    assert stage.input is not None
    assert stage.output is not None
    return tuple(_generate_facts(stage.layer, stage.input, stage.output))


def _generate_facts(layer: Layer, arriving: Shape, leaving: Shape) -> Iterator[Fact]:
    yield Fact("output", output_sum(layer, arriving, leaving))
    if parameters := layer.parameters(arriving):
        yield Fact("parameters", f"{parameter_sum(layer, arriving)} {'parameter' if parameters == 1 else 'parameters'}")
    if padding := layer.explain_padding(arriving):
        yield _fact("padding", padding)
    yield from (_fact("skipped", each) for each in layer.explain_skipped(arriving))
    if origins := layer.weight_origins(arriving):
        yield Fact("weights", ", ".join(origins))
    yield Fact("neurons", f"{product(leaving)} {'neuron' if prod(leaving) == 1 else 'neurons'}")
    if macs := layer.macs(arriving):
        taps = layer.taps(arriving)
        each = f"{'at most ' * layer.taps_vary}{count(taps, 'multiply-accumulate')} a neuron"
        yield Fact("multiply-accumulates", each, f"{each}, {macs:,} in all")


def _fact(name: str, explanation: Explanation) -> Fact:
    short, more = explanation
    return Fact(name, short, "" if more == short else more)


def output_sum(layer: Layer, arriving: Shape, leaving: Shape) -> str:
    """Return a layer's output shape and its arithmetic: output 32×32×8: ⌈64 / 2⌉ = 32."""
    formula, shape = layer.short_formula(arriving), times(leaving)
    if len(leaving) == 1 or formula.startswith(shape):
        return f"output: {formula}"
    return f"output {shape}: {formula}"


def parameter_sum(layer: Layer, arriving: Shape) -> str:
    """Return a layer's number of parameters and its arithmetic: 4·4·3·8 + 8 = 392."""
    written, total = layer.parameter_product(arriving), f"{layer.parameters(arriving):,}"
    return written if written in ("", total) else f"{written} = {total}"


def product(shape: Shape) -> str:
    """Return the size of a shape and its arithmetic: 64·64·8 = 32,768."""
    total = f"{prod(shape):,}"
    return total if len(shape) == 1 else f"{factors(shape)} = {total}"
