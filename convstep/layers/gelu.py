"""Gelu: x times the share of the standard normal distribution that lies below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convstep import engine
from convstep.engine.activations import nearly_normal_below, normal_below
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Shape, register
from convstep.layers.fields import FLAG, field
from convstep.layers.scene import Scene
from convstep.layers.values import Gated
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
    share_name = "the share of a normal distribution below it"

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Gelu(inputs[0], self.approximate)

    def share(self, scene: Scene) -> float:
        x = np.asarray(scene.x, np.float64)
        return float(nearly_normal_below(x) if self.approximate else normal_below(x))

    def write(self, to: Writer, shape: Shape) -> None:
        to.formula(NEARLY if self.approximate else EXACT)

    def expression_code(self, value: str) -> str:
        if self.approximate:
            return f"{value} * (1 + np.tanh(0.798 * ({value} + 0.0447 * {value}**3))) / 2"
        return f"{value} * (1 + math.erf({value} / 2**0.5)) / 2"
