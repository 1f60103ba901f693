"""PRelu: a leaky relu with a learned slope for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.layers.base import Shape
from convstep.layers.fields import WEIGHTS, field
from convstep.layers.kinds import register
from convstep.layers.scene import Scene
from convstep.layers.values import Leaky
from convstep.layers.weights import Filled, Weights
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class PRelu(Leaky):
    """x if x is at least 0, else alpha · x, with an alpha for every channel.

    Attributes:
        alpha: The slopes below 0, `(n_C,)`.
    """

    alpha: Weights = field(WEIGHTS, Filled(0.25), aliases=("weight", "slope"))
    kind = "prelu"

    def parameter_shapes(self, shape: Shape | None) -> dict[str, Shape]:
        return {"alpha": (shape[-1] if shape else 0,)}

    def operation(self, inputs: Sequence[Array]) -> Operation:
        (A_prev,) = inputs
        return engine.PRelu(A_prev, self.alpha.of(A_prev.shape[-1:], A_prev.dtype))

    def write(self, to: Writer, shape: Shape) -> None:
        to.prelu()

    def intro(self, scene: Scene) -> str:
        return "Values below 0 are multiplied by their channel's own number, all others stay."

    def slope(self, scene: Scene) -> str:
        assert isinstance(scene.operation, engine.PRelu)
        return scene.number(scene.operation.alpha[scene.index[3]])

    @property
    def slope_code(self) -> str:
        return "alpha[c]"
