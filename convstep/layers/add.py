"""Add: the elementwise sum of several inputs, as at the end of a skip connection."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from convstep import engine
from convstep.engine.steps import Array, Operation, Step
from convstep.layers.base import Shape
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.several import Elementwise
from convstep.layers.words import Part
from convstep.layers.writer import Writer


@register
class Add(Elementwise):
    """The elementwise sum of all inputs."""

    kind = "add"
    aliases = ("sum", "plus", "residual", "skip", "shortcut")
    verb, sign, start, result, exactly = "adds", "+", "0", "sum", True
    whole = "np.sum(parts)"

    def term_parts(self, scene: Scene, value: float, *, first: bool) -> list[Part]:
        return scene.added(value, first=first)

    def accumulate(self, so_far: Decimal | None, value: Decimal) -> Decimal:
        return value if so_far is None else so_far + value

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Add(inputs)

    def contributions(self, step: Step) -> Array:
        return step.operation.terms(step.index)

    def write(self, to: Writer, shape: Shape) -> None:
        to.add()
