"""What layers share that take their input value by value."""

from __future__ import annotations

from abc import abstractmethod

from convstep.engine.steps import Step
from convstep.layers.base import Face, Layer, Shape
from convstep.layers.loops import each
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, Part, upper


class ValueByValue(Layer):
    """A layer each of whose neurons looks at one value, at its own place."""

    def output(self, shape: Shape) -> Shape:
        return shape

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
        return self.expression(scene) + scene.result

    def sentence(self, scene: Scene) -> str:
        said = f"This neuron looks at one value only, {scene.number(scene.x)} at {scene.origin}."
        return f"{said} {told}" if (told := self.told(scene)) else said

    def caption(self, scene: Scene) -> str:
        return f"{upper(scene.origin)}: {scene.number(scene.x)} is {self.brief(scene)}."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = each(scene)
        write.output(f"A[{place}] = {self.expression_code(f'Z[{place}]')}")
        return write.lines
