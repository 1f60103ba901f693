"""Bases of layers with several inputs."""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import ClassVar

from convstep.engine.steps import Step
from convstep.errors import ShapeError
from convstep.layers.base import Face, Layer, Shape, times
from convstep.layers.loops import nested_loops
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, Part, upper

AXIS_NAMES = {
    1: ("numbers of values",),
    2: ("lengths", "numbers of channels"),
    3: ("heights", "widths", "numbers of channels"),
}
"""What the sizes along a shape's axes are called, by the number of axes."""


def differing(one: Shape, other: Shape) -> str:
    """Return which sizes of two shapes differ, in words; "" if none does."""
    if len(one) != len(other):
        return "numbers of axes"
    return " and ".join(name for name, a, b in zip(AXIS_NAMES[len(one)], one, other, strict=True) if a != b)


class SeveralInputs(Layer):
    """Base of all layers with several inputs."""

    takes_several = True

    def output(self, shape: Shape) -> Shape:
        return shape


class Elementwise(SeveralInputs):
    """Base of elementwise reductions of several inputs."""

    verb: ClassVar[str]
    sign: ClassVar[str]
    start: ClassVar[str]
    whole: ClassVar[str]
    result: ClassVar[str]
    exactly: ClassVar[bool]
    """Whether the shown numbers must give the shown result exactly, as in a sum; a product is rounded first."""

    def combined_shape(self, *shapes: Shape) -> Shape:
        for shape in shapes[1:]:
            if differs := differing(shapes[0], shape):
                raise ShapeError(
                    f"{self.kind} takes maps of one shape, but {times(shapes[0])} and {times(shape)} arrive: "
                    f"their {differs} differ",
                    hint="Name inputs of one shape, or change what is before them",
                )
        return shapes[0]

    def taps(self, shape: Shape) -> int:
        return max(2, len(self.sources))

    def face(self, step: Step) -> Face:
        return "parts"

    def sum(self, scene: Scene) -> list[Part]:
        parts: list[Part] = []
        found: Decimal | None = None
        for name, value in zip(_names(scene), scene.slice.ravel(), strict=True):
            parts += [*self.term_parts(scene, value, first=not parts), Part(f" {name}")]
            found = self.accumulate(found, scene.shown(value))
        return parts + scene.result(found, exactly=self.exactly)

    @abstractmethod
    def accumulate(self, so_far: Decimal | None, value: Decimal) -> Decimal:
        """Return the running result after one more input, computed from shown numbers; `so_far` is None at first."""

    @abstractmethod
    def term_parts(self, scene: Scene, value: float, *, first: bool) -> list[Part]:
        """Return one input's value as a term: + 0.30; × (−0.20)."""

    def intro(self, scene: Scene) -> str:
        return f"This layer {self.verb} what {len(scene.arrivals)} inputs have at the same place, value by value."

    def brief(self, scene: Scene) -> str:
        return self.result

    def tap_sum(self, scene: Scene, tap: int) -> list[Part]:
        at = scene.tap(tap)
        found = self.accumulate(scene.total_before(tap), scene.shown(at.input))
        so_far = scene.so_far(tap, _names(scene)[tap], found, exactly=self.exactly)
        parts = [scene.signed(at.input), Part(f", {self.result} so far "), *so_far]
        return parts + scene.result() if scene.is_last(tap) else parts

    def tap_place(self, scene: Scene, tap: int) -> str:
        return f"{scene.own_place} of {_names(scene)[tap]}"

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        at = scene.tap(tap)
        return f"{scene.number(at.input)}; the {self.result} so far is {scene.number(at.total)}"

    def sentence(self, scene: Scene) -> str:
        *first, last = (
            f"{scene.number(value)} of {name}" for name, value in zip(_names(scene), scene.slice.ravel(), strict=True)
        )
        what = f"{', '.join(first)} and {last}"
        return f"This neuron {self.verb} what its inputs have at {scene.own_place}: {what}. {scene.value} comes out."

    def caption(self, scene: Scene) -> str:
        text = f"{upper(self.verb)} {len(scene.arrivals)} inputs at {scene.own_place}: {scene.value}."
        return text.replace("what ", "")

    def title(self, scene: Scene) -> str:
        n = len(scene.arrivals)
        return f"{super().title(scene)} of {'both' if n == 2 else f'all {n}'} inputs"

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene)
        if scene.open_tap is None:
            write.add(f"parts = [a[{place}] for a in inputs]", f"{len(scene.arrivals)} values")
            write.output(f"A[{place}] = {self.whole}")
            return write.lines
        write.add(f"z = {self.start}")
        write.add("for a in inputs:", f"a = {_names(scene)[scene.open_tap]}")
        write.depth += 1
        write.total(f"z {self.sign.replace('×', '*')}= a[{place}]", scene.open_tap)
        write.depth -= 1
        write.output(f"A[{place}] = z", current=False)
        return write.lines


def _names(scene: Scene) -> list[str]:
    return [arrival.name for arrival in scene.arrivals]
