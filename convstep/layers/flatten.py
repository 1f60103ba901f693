"""Flatten: a map written out in one row."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from convstep import engine
from convstep.engine.steps import Array, Operation, Step
from convstep.layers.base import Face, Layer, Shape, factors, times
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, Part, named, upper
from convstep.layers.writer import Writer


@register
class Flatten(Layer):
    """All values in one row, in the order (row, column, channel)."""

    kind = "flatten"
    aliases = ("reshape", "view")
    unnumbered = True
    keeps_values = True

    def output(self, shape: Shape) -> Shape:
        return (prod(shape),)

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Flatten(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.flatten()

    def formula(self, shape: Shape) -> str:
        return f"{factors(shape)} = {prod(shape):,}"

    def face(self, step: Step) -> Face:
        return "row"

    def intro(self, scene: Scene) -> str:
        return f"The {times(scene.arriving)} values are written out in one row of {scene.leaving[0]:,}."

    def sum(self, scene: Scene) -> list[Part]:
        """Return a value's new place, and how it is computed: pool2[1,0,3] → place (1·2 + 0)·16 + 3 = 35."""
        k = scene.index[3]
        came_from = named(scene.before, np.unravel_index(k, scene.arriving))
        return [Part(came_from, "window"), Part(f" → place {_place_sum(scene)}{k}: "), scene.outcome]

    def sentence(self, scene: Scene) -> str:
        k, n = scene.index[3], scene.leaving[0]
        text = f"The value {scene.value} at {scene.origin} goes to place {k} of a row of {n:,}"
        if len(scene.arriving) == 1:
            return f"{text}, where it was: they were in one row already."
        order = "place after place" if scene.along_length else "row after row and column after column"
        how = _place_sum(scene).replace("·", " × ")
        return (
            f"{text}: {how}{k}. Nothing is computed; the map is written out in one row, {order}, "
            "all channels of a place together."
        )

    def caption(self, scene: Scene) -> str:
        return f"{upper(scene.own_place)} goes to place {scene.index[3]} of the row."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene, of=scene.arriving)
        shape = scene.arriving
        if len(shape) == 1:
            write.output("A[i,c] = A_prev[i,c]")
            return write.lines
        along = f"h * {shape[1]} + c" if len(shape) == 2 else f"(h * {shape[1]} + w) * {shape[2]} + c"
        write.add(f"k = {along}", str(scene.index[3]))
        write.output(f"A[i,k] = A_prev[{place}]")
        return write.lines


def _place_sum(scene: Scene) -> str:
    """Return the arithmetic that gives a value's new place, `(1·2 + 0)·16 + 3 = `; "" if the input is flat already."""
    shape, place = scene.arriving, np.unravel_index(scene.index[3], scene.arriving)
    if len(shape) == 3:
        return f"({place[0]}·{shape[1]} + {place[1]})·{shape[2]} + {place[2]} = "
    return f"{place[0]}·{shape[1]} + {place[1]} = " if len(shape) == 2 else ""
