"""Sigmoid: 1 / (1 + exp(−x)), elementwise."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Shape
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.values import Curve
from convstep.layers.words import Part
from convstep.layers.writer import Writer


@register
class Sigmoid(Curve):
    """1 / (1 + exp(−x)), elementwise: between 0 and 1."""

    kind = "sigmoid"
    aliases = ("logistic",)
    range_in_words = "between 0 and 1"
    middle = 0.5

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Sigmoid(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.sigmoid()

    def expression(self, scene: Scene) -> list[Part]:
        return [Part("1 / (1 + exp(−(", "dim"), scene.signed(scene.x), Part(")))", "dim")]

    def worked_out(self, scene: Scene) -> Decimal | None:
        return 1 / (1 + (-scene.shown(scene.x)).exp())

    def expression_code(self, value: str) -> str:
        return f"1 / (1 + np.exp(-{value}))"
