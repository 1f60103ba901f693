"""Relu: max(0, x), elementwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Block, Flag, Shape
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.values import ValueByValue
from convstep.layers.words import Part
from convstep.layers.writer import Writer

CLIPS = Flag("clips", "a value that is cut off")


@register
class Relu(ValueByValue):
    """max(0, x), elementwise."""

    kind = "relu"
    flags = (CLIPS,)

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Relu(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.relu()

    def flagged(self, word: str, block: Block) -> NDArray[np.bool_]:
        below: NDArray[np.bool_] = block.like(block.operation.A_prev) < 0
        return below

    def intro(self, scene: Scene) -> str:
        return "Values below 0 become 0, all others stay as they are, one value at a time."

    def expression(self, scene: Scene) -> list[Part]:
        return [Part("max(0, ", "dim"), scene.signed(scene.x), Part(")", "dim")]

    def brief(self, scene: Scene) -> str:
        x = scene.x
        return "below 0, so it is blocked" if x < 0 else "not below 0, so it passes" if x >= 0 else "not a number"

    def effect(self, scene: Scene) -> str:
        x = scene.x
        if x > 0:
            return "It is above 0, so relu lets it pass unchanged."
        if x < 0:
            return f"It is below 0, so relu blocks it: {scene.value} comes out."
        return "It is exactly 0, and stays 0." if x == 0 else ""

    def expression_code(self, value: str) -> str:
        return f"np.maximum(0, {value})"
