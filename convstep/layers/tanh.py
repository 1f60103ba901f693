"""Tanh: the hyperbolic tangent, elementwise."""

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
class Tanh(Curve):
    """The hyperbolic tangent, elementwise: between −1 and 1."""

    kind = "tanh"
    range_in_words = "between −1 and 1"
    middle = 0.0

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Tanh(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.tanh()

    def expression(self, scene: Scene) -> list[Part]:
        return [Part("tanh(", "dim"), scene.signed(scene.x), Part(")", "dim")]

    def worked_out(self, scene: Scene) -> Decimal | None:
        return 1 - 2 / (1 + (2 * scene.shown(scene.x)).exp())

    def expression_code(self, value: str) -> str:
        return f"np.tanh({value})"
