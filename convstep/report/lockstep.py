"""Two compared sides at one neuron, in words: how the layer compares, and the numbers of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convstep.answers.diff import Lockstep, Net
from convstep.debugger import Frame
from convstep.engine import Step
from convstep.layers import place_in, times
from convstep.layers.words import named
from convstep.report.answers.diff import both_values
from convstep.report.text import precise

ONLY_SAVED = "Only its outputs were saved: there is no window to show."

MARKS = {"same": "=", "differs": "✗", "follows": "≠", "unknown": "?", "alone": ""}
"""What stands beside a layer, by how it compares."""


class Figures(NamedTuple):
    """A side's numbers at a neuron, as text.

    Attributes:
        value: The neuron's value.
        made_of: The sum of its products, and its bias; "" in a layer without products.
        tap: The place of a tap: [1,2,2]; "input" in a layer that takes a single value; "" for none.
        product: What is multiplied there, and the product, or the value there in a layer without weights.
        result: The product alone, or that value.
    """

    value: str
    made_of: str = ""
    tap: str = ""
    product: str = ""
    result: str = ""


def figures(
    frames: Sequence[Frame | None], tap: tuple[int, int, int] | None, *, differs: bool | None = None
) -> list[Figures | None]:
    """Return the numbers of both sides; None for one that has no such neuron.

    Args:
        frames: Their frames at the neuron.
        tap: (row, column, channel) of the tap to show; None for that which is open, if one is.
        differs: Whether the values differ beyond rounding: then they have as many digits as it takes to see it.
    """
    steps = [frame.step if frame is not None else None for frame in frames]
    values = [float(step.value) for step in steps if step is not None]
    texts = iter(both_values(values) if differs and len(values) == 2 else map(precise, values))
    return [
        None if frame is None or step is None else _figures(frame, step, next(texts), tap)
        for frame, step in zip(frames, steps, strict=True)
    ]


def _figures(frame: Frame, step: Step, value: str, tap: tuple[int, int, int] | None) -> Figures:
    layer = frame.stage.layer
    if layer.takes_several:
        return Figures(value)
    made_of = ""
    if (products := step.products) is not None:
        made_of = f"sum {precise(float(products.astype(np.float64).sum()))}"
        made_of += f", bias {precise(float(step.bias))}" if layer.is_biased else ", no bias"
    opened = frame.tap
    if opened is None and tap is not None:
        opened = step.tap(int(np.ravel_multi_index(tap, step.input_slice.shape)))
    if opened is None:
        return Figures(value, made_of)
    product = result = precise(float(opened.input))
    if opened.weight is not None:
        result = precise(float(opened.product))
        product = f"{product} × {precise(float(opened.weight))} = {result}"
    place = named("", opened.place) if step.input_slice.size > 1 else "input"
    return Figures(value, made_of, place, product, result)


def state_text(lockstep: Lockstep, layer: str) -> str:
    """Return how a layer of the leading net compares, in a sentence without a full stop."""
    found, state = lockstep.found, lockstep.state(layer)
    if state == "alone":
        here = lockstep.network.stage(layer).fault and f"{lockstep.net.name} can't run {layer}"
        return here or _fault(lockstep, layer) or f"{layer} is only in {lockstep.net.name}"
    if state == "same":
        return f"{layer} is the same in both, up to {found.dtype}'s rounding"
    differs = lockstep.differs(layer)
    counted = f"{np.count_nonzero(differs):,} of {differs.size:,} neurons differ"
    if state == "unknown":
        return f"{counted} in {layer}, where other sizes arrive in {lockstep.other.name}"
    if state == "follows" and not differs.any():
        return f"{layer} is the same in both, though what arrives differs"
    if state == "follows":
        return f"{counted} in {layer}, as what arrives does: from the same it gives the same"
    first = lockstep.culprits[0]
    return f"{counted} in {layer}{'' if layer == first else ', and not only because of ' + first}"


def absence(lockstep: Lockstep, layer: str, frame: Frame) -> str:
    """Return why the other side has no neuron to show beside a frame of the leading net."""
    name = lockstep.other.name
    if frame.step is None:
        return f"{lockstep.net.name} can't run {layer}: there is nothing to compare."
    if layer not in lockstep.pairs:
        has = "no layer like it" if isinstance(lockstep.other, Net) else "no output of it"
        return f"{_fault(lockstep, layer) or f'{name} has {has}'}."
    shape = lockstep.other_shape(layer)
    place = named(lockstep.pairs[layer], place_in(frame.shape or (), frame.index[1:]))
    return f"{name} has no {place}: its output is {times(shape)}."


def _fault(lockstep: Lockstep, layer: str) -> str:
    """Return why the other net can't run its layer of the same name; "" if it has none, or can."""
    network = lockstep.other.values.network if isinstance(lockstep.other, Net) else None
    fault = network.stage(layer).fault if network is not None and layer in network.names else None
    return f"{lockstep.other.name} can't run {layer}: {fault.what}" if fault is not None else ""
