"""Clip: every value is limited to a range; relu6 for the range from 0 to 6."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.errors import ArgumentError
from convstep.figures import given
from convstep.layers.base import Block, Shape
from convstep.layers.fields import REAL, field
from convstep.layers.kinds import register
from convstep.layers.relu import CLIPS
from convstep.layers.scene import Scene
from convstep.layers.values import ValueByValue
from convstep.layers.words import Part, upper
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class Clip(ValueByValue):
    """min if x is below it, max if x is above it, else x; relu6 by default.

    Attributes:
        min: The lower limit; may be −∞.
        max: The upper limit; may be ∞.
    """

    min: float = field(REAL, 0.0, aliases=("min_val", "minimum", "low", "clip_value_min"))
    max: float = field(REAL, 6.0, aliases=("max_val", "maximum", "high", "max_value", "clip_value_max"))
    kind = "clip"
    aliases = ("relu6", "relu_6", "hardtanh", "clamp", "clip_by_value")
    flags = (CLIPS,)

    def __post_init__(self) -> None:
        if not self.min <= self.max:
            raise ArgumentError(f"expected at most max, {given(self.max)}, got {given(self.min)}", where="min")

    @property
    def keeps_integers(self) -> bool:
        return all(limit == round(limit) for limit in (self.min, self.max) if np.isfinite(limit))

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Clip(inputs[0], self.min, self.max)

    def write(self, to: Writer, shape: Shape) -> None:
        to.clip(self.min, self.max)

    def flagged(self, word: str, block: Block) -> NDArray[np.bool_]:
        x = block.like(block.operation.A_prev)
        outside: NDArray[np.bool_] = (x < self.min) | (x > self.max)
        return outside

    def intro(self, scene: Scene) -> str:
        limits = [
            f"values {where} {given(limit)} become {given(limit)}"
            for where, limit in (("below", self.min), ("above", self.max))
            if np.isfinite(limit)
        ]
        return f"{upper(', '.join([*limits, 'all others stay' if limits else 'all values stay']))}."

    def expression(self, scene: Scene) -> list[Part]:
        limits = f", {given(self.min)}, {given(self.max)})"
        return [Part("clip(", "dim"), scene.signed(scene.x), Part(limits, "dim")]

    def brief(self, scene: Scene) -> str:
        x = scene.x
        if x < self.min:
            return f"below {given(self.min)}, so {scene.value} comes out"
        if x > self.max:
            return f"above {given(self.max)}, so {scene.value} comes out"
        return "within the limits, so it passes" if x >= self.min else "not a number"

    def effect(self, scene: Scene) -> str:
        x = scene.x
        if x < self.min:
            return f"It is below {given(self.min)}, the lower limit, so that comes out: {scene.value}."
        if x > self.max:
            return f"It is above {given(self.max)}, the upper limit, so that comes out: {scene.value}."
        limits = f"{given(self.min)} and {given(self.max)}"
        return f"It is between {limits}, and passes unchanged: {scene.value}." if x >= self.min else ""

    def expression_code(self, value: str) -> str:
        low, high = (f"{limit:g}" if np.isfinite(limit) else None for limit in (self.min, self.max))
        return f"np.clip({value}, {low}, {high})"
