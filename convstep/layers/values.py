"""What layers share that take their input value by value."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from math import isnan
from typing import ClassVar

from convstep import engine
from convstep.engine.steps import Array, Operation, Step
from convstep.figures import parse_figure
from convstep.layers.base import WIDTH, Face, Layer, Shape
from convstep.layers.loops import each
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, Part, upper


class ValueByValue(Layer):
    """A layer each of whose neurons looks at one value, at its own place."""

    def output(self, shape: Shape) -> Shape:
        self.check_numbers(shape)
        return shape

    def of_channel(self, scene: Scene) -> dict[str, Array]:
        own = {name: getattr(scene.operation, name, None) for name in sorted(self.arrays(scene.arriving))}
        return {name: numbers[scene.index[3]] for name, numbers in own.items() if numbers is not None}

    def face(self, step: Step) -> Face:
        return "before_after"

    @abstractmethod
    def expression(self, scene: Scene) -> list[Part]:
        """Return what is computed of the value `scene.x`, as arithmetic."""

    @abstractmethod
    def brief(self, scene: Scene) -> str:
        """Return what becomes of the value, in words that follow "−0.30 is"."""

    @abstractmethod
    def told(self, scene: Scene) -> str:
        """Return the same in one or more sentences."""

    @abstractmethod
    def expression_code(self, value: str) -> str:
        """Return what is computed of a value, as code; `c` is its channel."""

    def sum(self, scene: Scene) -> list[Part]:
        return self.expression(scene) + scene.result(self.worked_out(scene))

    def worked_out(self, scene: Scene) -> Decimal | None:
        """Return what the numbers that `expression` shows come to; None where no rounding can be seen in the result."""
        return None

    def sentence(self, scene: Scene) -> str:
        said = f"This neuron looks at one value only, {scene.number(scene.x)} at {scene.origin}."
        return f"{said} {told}" if (told := self.told(scene)) else said

    def caption(self, scene: Scene) -> str:
        said = f"{scene.number(scene.x)} is {self.brief(scene)}."
        line = f"{upper(scene.origin)}: {said}"
        return line if len(line) <= WIDTH else f"{upper(scene.own_place)}: {said}"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = each(scene)
        write.output(f"A[{place}] = {self.expression_code(f'Z[{place}]')}")
        return write.lines


class Curve(ValueByValue):
    """A layer that bends every value into a range."""

    range_in_words: ClassVar[str]
    middle: ClassVar[float]
    """What becomes of 0."""

    @property
    def keeps_whole(self) -> bool:
        return False

    def intro(self, scene: Scene) -> str:
        return f"The {self.kind} bends every value to one {self.range_in_words}, in the same order."

    def brief(self, scene: Scene) -> str:
        return "not a number" if isnan(scene.x) else f"bent to {scene.value}, {self.range_in_words}"

    def told(self, scene: Scene) -> str:
        if isnan(scene.x):
            return ""
        always = "" if scene.x else f"; 0 always gives {scene.number(self.middle)}"
        return f"The {self.kind} bends it to {scene.value}, {self.range_in_words}{always}."


class Leaky(ValueByValue):
    """A layer that lets values above 0 pass, and those below 0 as a part of themselves."""

    @abstractmethod
    def slope(self, scene: Scene) -> str:
        """Return what a value below 0 is multiplied with, as it is shown."""

    @property
    @abstractmethod
    def slope_code(self) -> str:
        """What the code calls it."""

    @property
    def keeps_whole(self) -> bool:
        return False

    def expression_code(self, value: str) -> str:
        return f"{value} * (1 if {value} >= 0 else {self.slope_code})"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = each(scene)
        write.add(f"z = Z[{place}]", scene.number(scene.x))
        write.output(f"A[{place}] = {self.expression_code('z')}")
        return write.lines

    def expression(self, scene: Scene) -> list[Part]:
        if not scene.x < 0:
            return [scene.signed(scene.x), Part(" as it is", "dim")]
        return [Part(self.slope(scene)), Part(" × (", "dim"), scene.signed(scene.x), Part(")", "dim")]

    def worked_out(self, scene: Scene) -> Decimal | None:
        return parse_figure(self.slope(scene)) * scene.shown(scene.x) if scene.x < 0 else None

    def brief(self, scene: Scene) -> str:
        x = scene.x
        if x < 0:
            return f"below 0, so {self.slope(scene)} times it comes out"
        return "not below 0, so it passes" if x >= 0 else "not a number"

    def told(self, scene: Scene) -> str:
        x = scene.x
        if x < 0:
            return f"It is below 0, so {self.slope(scene)} times it comes out: {scene.value}."
        return "It is not below 0, and passes unchanged." if x >= 0 else ""


class Unchanged(ValueByValue):
    """A layer that does nothing when a net is used."""

    passes_on = True
    why: ClassVar[str]

    def intro(self, scene: Scene) -> str:
        return f"Every value comes out unchanged: {self.why}."

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Identity(inputs[0])

    def expression(self, scene: Scene) -> list[Part]:
        return [scene.signed(scene.x), Part(" as it is", "dim")]

    def brief(self, scene: Scene) -> str:
        return f"unchanged: {self.why}"

    def told(self, scene: Scene) -> str:
        return f"It comes out unchanged: {self.why}."

    def caption(self, scene: Scene) -> str:
        return f"{upper(self.why)}: {scene.number(scene.x)} stays as it is."

    def expression_code(self, value: str) -> str:
        return value
