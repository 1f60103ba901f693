"""Hard swish: x times its hard sigmoid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convstep import engine
from convstep.engine.activations import hard_sigmoid_of
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Shape
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.values import Gated
from convstep.layers.writer import Writer


@register
class HardSwish(Gated):
    """x · clip(x / 6 + 1 / 2, 0, 1)."""

    kind = "hard_swish"
    aliases = ("hardswish", "hard_silu", "hardsilu")
    share_name = "its hard sigmoid"

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.HardSwish(inputs[0])

    def share(self, scene: Scene) -> float:
        return float(hard_sigmoid_of(np.asarray(scene.x, np.float64)))

    def write(self, to: Writer, shape: Shape) -> None:
        to.formula("{x} * {clip}({x} / 6 + 0.5, 0.0, 1.0)")

    @property
    def share_code(self) -> str:
        return "np.clip(z / 6 + 0.5, 0, 1)"
