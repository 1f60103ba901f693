"""Elu: x, or below 0 a curve that approaches −alpha."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

import numpy as np

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
class Elu(ValueByValue):
    """x if x is at least 0, else alpha · (exp(x) − 1).

    Attributes:
        alpha: What it approaches far below 0, with the other sign.
    """

    alpha: float = field(REAL, 1.0)
    kind = "elu"

    def __post_init__(self) -> None:
        if not isfinite(self.alpha):
            raise ArgumentError(f"expected a finite number, got {given(self.alpha)}", where="alpha")

    @property
    def keeps_integers(self) -> bool:
        return False

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Elu(inputs[0], self.alpha)

    def write(self, to: Writer, shape: Shape) -> None:
        to.formula(f"{{where}}({{x}} < 0, {self.alpha!r} * ({{exp}}({{clip}}({{x}}, -np.inf, 0.0)) - 1), {{x}})")

    def intro(self, scene: Scene) -> str:
        return f"Values below 0 bend towards {given(-self.alpha)}, all others stay as they are."

    def expression(self, scene: Scene) -> list[Part]:
        if not scene.x < 0:
            return [scene.signed(scene.x), Part(" as it is", "dim")]
        return [Part(f"{given(self.alpha)} × (exp(", "dim"), scene.signed(scene.x), Part(") − 1)", "dim")]

    def worked_out(self, scene: Scene) -> Decimal | None:
        return parse_figure(given(self.alpha)) * (scene.shown(scene.x).exp() - 1) if scene.x < 0 else None

    def brief(self, scene: Scene) -> str:
        x = scene.x
        if x < 0:
            return f"below 0, so it bends towards {given(-self.alpha)}"
        return "not below 0, so it passes" if x >= 0 else "not a number"

    def effect(self, scene: Scene) -> str:
        x = scene.x
        if x < 0:
            return f"It is below 0, so {given(self.alpha)} times exp of it less 1 comes out: {scene.value}."
        return "It is not below 0, and passes unchanged." if x >= 0 else ""

    def expression_code(self, value: str) -> str:
        return f"{value} if {value} >= 0 else e"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene)
        write.add(f"z = Z[{place}]", scene.number(scene.x))
        with np.errstate(all="ignore"):
            write.add(f"e = {self.alpha:g} * np.expm1(z)", scene.number(self.alpha * np.expm1(np.float64(scene.x))))
        write.output(f"A[{place}] = {self.expression_code('z')}")
        return write.lines
