"""Silu: x times its sigmoid, also called swish."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convstep import engine
from convstep.engine.activations import sigmoid_of
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Shape
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.values import Gated
from convstep.layers.writer import Writer


@register
class Silu(Gated):
    """x · sigmoid(x), also called swish."""

    kind = "silu"
    aliases = ("swish",)
    share_name = "its sigmoid"

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Silu(inputs[0])

    def share(self, scene: Scene) -> float:
        return float(sigmoid_of(np.asarray(scene.x, np.float64)))

    def write(self, to: Writer, shape: Shape) -> None:
        to.formula("{x} / (1 + {exp}(-{x}))")

    @property
    def share_code(self) -> str:
        return "1 / (1 + np.exp(-z))"
