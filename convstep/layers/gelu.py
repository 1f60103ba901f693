"""Gelu: x times the share of the standard normal distribution that lies below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convstep import engine
from convstep.engine.activations import nearly_normal_below, normal_below
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Shape
from convstep.layers.fields import FLAG, field
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.values import Gated
from convstep.layers.words import CodeLine
from convstep.layers.writer import Writer

EXACT = "{x} * (1 + {erf}({x} / 2**0.5)) / 2"
NEARLY = "{x} * (1 + {tanh}((2 / np.pi) ** 0.5 * ({x} + 0.044715 * {x} ** 3))) / 2"


@register
@dataclass(frozen=True, eq=False, repr=False)
class Gelu(Gated):
    """x times the share of the standard normal distribution that lies below x.

    Attributes:
        approximate: Whether the share is approximated by a hyperbolic tangent.
    """

    approximate: bool = field(FLAG, False)
    kind = "gelu"
    share_name = "its Φ"

    def intro(self, scene: Scene) -> str:
        return "Each value is multiplied by Φ, the share of a normal distribution below it."

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Gelu(inputs[0], self.approximate)

    def share(self, scene: Scene) -> float:
        x = np.asarray(scene.x, np.float64)
        return float(nearly_normal_below(x) if self.approximate else normal_below(x))

    def write(self, to: Writer, shape: Shape) -> None:
        to.formula(NEARLY if self.approximate else EXACT)

    @property
    def share_code(self) -> str:
        return "(1 + t) / 2" if self.approximate else "(1 + erf(z / 2**0.5)) / 2"

    def code(self, scene: Scene) -> list[CodeLine]:
        lines = super().code(scene)
        if not self.approximate:
            return [CodeLine("from math import erf"), *lines]
        at = next(n for n, line in enumerate(lines) if line.code.lstrip().startswith("s = "))
        code = lines[at].code.replace(f"s = {self.share_code}", "t = np.tanh(0.79788 * (z + 0.044715*z**3))")
        lines.insert(at, CodeLine(code, scene.number(2 * self.share(scene) - 1)))
        return lines
