"""Bases of elementwise layers."""

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
from convstep.layers.loops import nested_loops
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, Part, upper


class ValueByValue(Layer):
    """Base of elementwise layers: each neuron sees the one value at its own place."""

    def output(self, shape: Shape) -> Shape:
        self.check_sizes(shape)
        return shape

    def channel_parameters(self, scene: Scene) -> dict[str, Array]:
        own = {name: getattr(scene.operation, name, None) for name in sorted(self.parameter_shapes(scene.arriving))}
        return {name: numbers[scene.index[3]] for name, numbers in own.items() if numbers is not None}

    def face(self, step: Step) -> Face:
        return "before_after"

    @abstractmethod
    def expression(self, scene: Scene) -> list[Part]:
        """Return the arithmetic of the value `scene.x`, without its result."""

    @abstractmethod
    def brief(self, scene: Scene) -> str:
        """Return what happens to the value, in words that follow "−0.30 is"."""

    @abstractmethod
    def effect(self, scene: Scene) -> str:
        """Return what happens to the value, in one or more sentences; may be empty."""

    @abstractmethod
    def expression_code(self, value: str) -> str:
        """Return the function of a value as code; `c` is its channel."""

    def sum(self, scene: Scene) -> list[Part]:
        return self.expression(scene) + scene.result(self.worked_out(scene))

    def worked_out(self, scene: Scene) -> Decimal | None:
        """Return the exact result of the rounded numbers in `expression`; None if rounding can't show in the result."""
        return None

    def sentence(self, scene: Scene) -> str:
        text = f"This neuron looks at one value only, {scene.number(scene.x)} at {scene.origin}."
        return f"{text} {effect}" if (effect := self.effect(scene)) else text

    def caption(self, scene: Scene) -> str:
        text = f"{scene.number(scene.x)} is {self.brief(scene)}."
        line = f"{upper(scene.origin)}: {text}"
        return line if len(line) <= WIDTH else f"{upper(scene.own_place)}: {text}"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene)
        write.output(f"A[{place}] = {self.expression_code(f'Z[{place}]')}")
        return write.lines


class Curve(ValueByValue):
    """Base of sigmoid and tanh, which map every value into a range."""

    range_in_words: ClassVar[str]
    middle: ClassVar[float]
    """The function's value at 0."""

    @property
    def keeps_integers(self) -> bool:
        return False

    def intro(self, scene: Scene) -> str:
        return f"The {self.kind} bends every value to one {self.range_in_words}, in the same order."

    def brief(self, scene: Scene) -> str:
        return "not a number" if isnan(scene.x) else f"bent to {scene.value}, {self.range_in_words}"

    def effect(self, scene: Scene) -> str:
        if isnan(scene.x):
            return ""
        always = "" if scene.x else f"; 0 always gives {scene.number(self.middle)}"
        return f"The {self.kind} bends it to {scene.value}, {self.range_in_words}{always}."


class Gated(ValueByValue):
    """Base of functions that multiply a value by a share of 0 to 1, which depends on the value itself."""

    share_name: ClassVar[str]

    @abstractmethod
    def share(self, scene: Scene) -> float:
        """Return the share for the value `scene.x`."""

    @property
    def keeps_integers(self) -> bool:
        return False

    @property
    @abstractmethod
    def share_code(self) -> str:
        """The share of a value `z` as code."""

    def intro(self, scene: Scene) -> str:
        return f"Each value is multiplied by {self.share_name}."

    def expression_code(self, value: str) -> str:
        return f"{value} * s"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene)
        write.add(f"z = Z[{place}]", scene.number(scene.x))
        write.add(f"s = {self.share_code}", scene.number(self.share(scene)))
        write.output(f"A[{place}] = {self.expression_code('z')}")
        return write.lines

    def expression(self, scene: Scene) -> list[Part]:
        return [scene.signed(scene.x), Part(" × ", "dim"), Part(scene.number(self.share(scene)))]

    def worked_out(self, scene: Scene) -> Decimal | None:
        return scene.shown(scene.x) * scene.shown(self.share(scene))

    def brief(self, scene: Scene) -> str:
        share = scene.number(self.share(scene))
        return "not a number" if isnan(scene.x) else f"multiplied by {share}, {self.share_name}"

    def effect(self, scene: Scene) -> str:
        if isnan(scene.x):
            return ""
        share = scene.number(self.share(scene))
        return f"It is multiplied by {share}, {self.share_name}: {scene.value} comes out."


class Leaky(ValueByValue):
    """Base of leaky relus, which multiply values below 0 by a slope."""

    @abstractmethod
    def slope(self, scene: Scene) -> str:
        """Return the slope below 0, as it is shown."""

    @property
    @abstractmethod
    def slope_code(self) -> str:
        """The slope in the code panel."""

    @property
    def keeps_integers(self) -> bool:
        return False

    def expression_code(self, value: str) -> str:
        return f"{value} * (1 if {value} >= 0 else {self.slope_code})"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene)
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

    def effect(self, scene: Scene) -> str:
        x = scene.x
        if x < 0:
            return f"It is below 0, so {self.slope(scene)} times it comes out: {scene.value}."
        return "It is not below 0, and passes unchanged." if x >= 0 else ""


class Unchanged(ValueByValue):
    """Base of layers that leave their input unchanged."""

    keeps_values = True
    why: ClassVar[str]

    def intro(self, scene: Scene) -> str:
        return f"Every value comes out unchanged: {self.why}."

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Identity(inputs[0])

    def expression(self, scene: Scene) -> list[Part]:
        return [scene.signed(scene.x), Part(" as it is", "dim")]

    def brief(self, scene: Scene) -> str:
        return f"unchanged: {self.why}"

    def effect(self, scene: Scene) -> str:
        return f"It comes out unchanged: {self.why}."

    def caption(self, scene: Scene) -> str:
        return f"{upper(self.why)}: {scene.number(scene.x)} stays as it is."

    def expression_code(self, value: str) -> str:
        return value
