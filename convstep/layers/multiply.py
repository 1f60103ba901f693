"""Multiply: the elementwise product of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Shape
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.several import Elementwise
from convstep.layers.words import Part
from convstep.layers.writer import Writer


@register
class Multiply(Elementwise):
    """The elementwise product of all inputs."""

    kind = "multiply"
    aliases = ("mul", "times", "product", "scale")
    verb, sign, start, result, exactly = "multiplies", "×", "1", "product", False
    whole = "np.prod(parts)"

    def term_parts(self, scene: Scene, value: float, *, first: bool) -> list[Part]:
        if first:
            return [scene.signed(value)]
        sign, end = (" × (", ")") if value < 0 else (" × ", "")
        return [Part(sign, "dim"), scene.signed(value), Part(end, "dim")]

    def accumulate(self, so_far: Decimal | None, value: Decimal) -> Decimal:
        return value if so_far is None else so_far * value

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Multiply(inputs)

    def write(self, to: Writer, shape: Shape) -> None:
        to.multiply()
