"""Operators of a model file that are no kind of layer here: their names are known, and what they compute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from convstep.engine.geometry import Axis, Index
from convstep.engine.pointwise import Applied, Curve
from convstep.engine.steps import Array, Operation, Step
from convstep.engine.whole import Function, Whole, WholeAxis
from convstep.errors import ArgumentError, ShapeError
from convstep.layers.base import Face, Layer, Reach, Shape, grid, times
from convstep.layers.scene import Scene
from convstep.layers.values import ValueByValue
from convstep.layers.words import CodeLine, Part
from convstep.layers.writer import Writer


@dataclass(frozen=True, eq=False, repr=False)
class Foreign(Layer):
    """Base of what a model file computes and no kind of layer does. A spec can't describe it: it is no registered kind.

    Attributes:
        operators: The operators' names, such as "LayerNormalization".
    """

    operators: str = field(kw_only=True)

    @property
    def keeps_integers(self) -> bool:
        return False

    def write(self, to: Writer, shape: Shape) -> None:
        raise ArgumentError(f"{self.operators} is no kind of layer here, and there is no code for it", where=self.name)

    def __str__(self) -> str:
        return f"{self.name} ({self.operators})"


@dataclass(frozen=True, eq=False, repr=False)
class FunctionBlock(Foreign, ValueByValue):
    """A function of each value on its own.

    Attributes:
        curve: Computes it, in float64.
    """

    curve: Curve = field(kw_only=True)
    kind = "function"

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return Applied(inputs[0], self.curve)

    def intro(self, scene: Scene) -> str:
        return f"{self.operators} is computed of each value on its own."

    def expression(self, scene: Scene) -> list[Part]:
        return [Part(f"{self.operators}(", "dim"), scene.signed(scene.x), Part(")", "dim")]

    def brief(self, scene: Scene) -> str:
        return f"put through {self.operators}: {scene.value}"

    def effect(self, scene: Scene) -> str:
        return f"Its {self.operators} is {scene.value}."

    def expression_code(self, value: str) -> str:
        return f"{self.operators}({value})"


@dataclass(frozen=True, eq=False, repr=False)
class OperatorBlock(Foreign):
    """One or more operators, computed as a whole.

    Attributes:
        made_from: Shapes of one example of the inputs that it was made for.
        result: Shape of one example of the output.
        function: Computes the output.
        needs: How many array elements computing it takes at most.
    """

    made_from: tuple[Shape, ...] = field(kw_only=True)
    result: Shape = field(kw_only=True)
    function: Function = field(kw_only=True)
    needs: int = field(default=0, kw_only=True)
    kind = "block"
    takes_several = True
    sees_all = True
    rest_name = "computed as a whole"
    taps_vary = True

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


def foreign(layers: Iterable[Layer]) -> list[Foreign]:
    """Return the layers of a net that are of no kind that a spec can describe, or a framework's code."""
    return [layer for layer in layers if isinstance(layer, Foreign)]
