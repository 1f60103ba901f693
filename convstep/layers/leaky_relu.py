"""Leaky relu: x, or a small fraction of x if it is below 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.errors import ArgumentError
from convstep.figures import given
from convstep.layers.base import Shape
from convstep.layers.fields import REAL, field
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.values import Leaky
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class LeakyRelu(Leaky):
    """x if x is at least 0, else alpha · x.

    Attributes:
        alpha: The slope below 0.
    """

    alpha: float = field(REAL, 0.01, aliases=("negative_slope", "slope"))
    kind = "leaky_relu"
    aliases = ("leakyrelu", "lrelu")

    def __post_init__(self) -> None:
        if isnan(self.alpha):
            raise ArgumentError("expected a number, got NaN", where="alpha")

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.LeakyRelu(inputs[0], self.alpha)

    def write(self, to: Writer, shape: Shape) -> None:
        to.leaky_relu(self.alpha)

    def intro(self, scene: Scene) -> str:
        return f"Values below 0 are multiplied by {given(self.alpha)}, all others stay as they are."

    def slope(self, scene: Scene) -> str:
        return given(self.alpha)

    @property
    def slope_code(self) -> str:
        return f"{self.alpha:g}"
