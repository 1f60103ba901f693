"""A block: an operator of a model file that is computed as a whole, and can't be stepped through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from convstep.engine.geometry import Axis, Index
from convstep.engine.steps import Array, Operation, Step
from convstep.engine.whole import Function, Whole, WholeAxis
from convstep.errors import ArgumentError, ShapeError
from convstep.layers.base import Face, Layer, Reach, Shape, grid, times
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, Part
from convstep.layers.writer import Writer


@dataclass(frozen=True, eq=False, repr=False)
class OperatorBlock(Layer):
    """One or more operators of a model file, computed as a whole. A spec can't describe it: it is no registered kind.

    Attributes:
        operators: The operators' names, such as "LayerNormalization".
        made_from: Shapes of one example of the inputs that it was made for.
        result: Shape of one example of the output.
        function: Computes the output.
        needs: How many array elements computing it takes at most.
    """

    operators: str = field(kw_only=True)
    made_from: tuple[Shape, ...] = field(kw_only=True)
    result: Shape = field(kw_only=True)
    function: Function = field(kw_only=True)
    needs: int = field(default=0, kw_only=True)
    kind = "block"
    takes_several = True
    sees_all = True
    rest_name = "computed as a whole"
    taps_vary = True

    @property
    def keeps_integers(self) -> bool:
        return False

    def combined_shape(self, *shapes: Shape) -> Shape:
        for shape, made_from in zip(shapes, self.made_from, strict=True):
            if shape != made_from:
                raise ShapeError(f"it is computed as a whole, from {times(made_from)}, but {times(shape)} arrives")
        return shapes[0]

    def output(self, shape: Shape) -> Shape:
        return self.result

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return Whole(inputs, grid(self.result), self.function)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        (height, width, _), (n_H, n_W, _) = grid(shape), grid(self.result)
        return WholeAxis(height, height, n_H), WholeAxis(width, width, n_W)

    def reach(self, shape: Shape) -> tuple[Reach, Reach] | None:
        return None

    def channel_groups(self, shape: Shape) -> int:
        return 1

    def taps(self, shape: Shape) -> int:
        return 1

    def taps_at(self, shape: Shape, index: Index) -> int:
        return 0

    def workspace(self, shape: Shape) -> int:
        return self.needs or 4 * (prod(shape) + prod(self.result))

    def formula(self, shape: Shape) -> str:
        return f"{times(self.result)}, as {self.operators} gives it"

    def write(self, to: Writer, shape: Shape) -> None:
        raise ArgumentError(
            f"{self.operators} is computed as a whole here, and can't be written in a framework", where=self.name
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.operators})"

    def face(self, step: Step) -> Face:
        return "moved"

    def intro(self, scene: Scene) -> str:
        return f"{self.operators} is computed as a whole: its output is right, its steps are not shown."

    def sum(self, scene: Scene) -> list[Part]:
        return [Part(f"{self.operators} → "), scene.outcome]

    def sentence(self, scene: Scene) -> str:
        return f"This value comes out of {self.operators}: {scene.value}. How it comes about can't be stepped through."

    def caption(self, scene: Scene) -> str:
        return f"{self.operators[:40]}, computed as a whole: {scene.value}."

    def title(self, scene: Scene) -> str:
        return self.operators[:40]

    def code(self, scene: Scene) -> list[CodeLine]:
        return [CodeLine(f"A = {self.operators}(A_prev)", scene.value, True)]


def blocks_of(layers: Iterable[Layer]) -> list[OperatorBlock]:
    """Return the layers of a net that are computed as a whole."""
    return [layer for layer in layers if isinstance(layer, OperatorBlock)]
