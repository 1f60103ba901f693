"""Hard sigmoid: a straight line, limited to the range from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, isnan

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.errors import ArgumentError
from convstep.figures import given, parse_figure
from convstep.layers.base import Shape
from convstep.layers.fields import REAL, field
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.scene import Scene
from convstep.layers.values import ValueByValue
from convstep.layers.words import CodeLine, Part
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class HardSigmoid(ValueByValue):
    """alpha · x + beta, limited to the range from 0 to 1.

    Attributes:
        alpha: The slope.
        beta: The value at 0.
    """

    alpha: float = field(REAL, 1 / 6)
    beta: float = field(REAL, 0.5)
    kind = "hard_sigmoid"
    aliases = ("hardsigmoid",)

    def __post_init__(self) -> None:
        for name, number in (("alpha", self.alpha), ("beta", self.beta)):
            if not isfinite(number):
                raise ArgumentError(f"expected a finite number, got {given(number)}", where=name)

    @property
    def keeps_integers(self) -> bool:
        return False

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.HardSigmoid(inputs[0], self.alpha, self.beta)

    def write(self, to: Writer, shape: Shape) -> None:
        to.formula(f"{{clip}}({self.alpha!r} * {{x}} + {self.beta!r}, 0.0, 1.0)")

    def intro(self, scene: Scene) -> str:
        return f"Each value becomes {given(self.alpha)} times it plus {given(self.beta)}, but at least 0, at most 1."

    def expression(self, scene: Scene) -> list[Part]:
        return [
            Part(f"clip({given(self.alpha)} × (", "dim"),
            scene.signed(scene.x),
            Part(f") + {given(self.beta)}, 0, 1)", "dim"),
        ]

    def worked_out(self, scene: Scene) -> Decimal | None:
        line = parse_figure(given(self.alpha)) * scene.shown(scene.x) + parse_figure(given(self.beta))
        return line if line.is_nan() else min(max(line, Decimal(0)), Decimal(1))

    def brief(self, scene: Scene) -> str:
        if isnan(scene.step.value):
            return "not a number"
        if scene.step.value in (0, 1):
            return f"limited to {scene.value}"
        return f"{scene.value} on the line from 0 to 1"

    def effect(self, scene: Scene) -> str:
        if isnan(scene.step.value):
            return ""
        limit = ", the limit" if scene.step.value in (0, 1) else ""
        return f"It is multiplied by {given(self.alpha)}, {given(self.beta)} is added: {scene.value} comes out{limit}."

    def expression_code(self, value: str) -> str:
        return f"np.clip({value}, 0, 1)"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene)
        line = self.alpha * float(scene.x) + self.beta
        write.add(f"z = {self.alpha:g} * Z[{place}] + {self.beta:g}", scene.number(line))
        write.output(f"A[{place}] = {self.expression_code('z')}")
        return write.lines
