"""Upsample: every value is repeated, which makes the map larger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convstep import engine
from convstep.engine.geometry import Pair
from convstep.engine.steps import Array, Operation
from convstep.engine.transpose import TransposedAxis
from convstep.engine.upsample import upsampling
from convstep.layers.base import Shape, join_axes, plane, sizes, times
from convstep.layers.fields import EXTENT, field
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.moved import Moved
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class Upsample(Moved):
    """Nearest-neighbour upsampling.

    Attributes:
        scale: How many rows and columns each value becomes.
    """

    scale: Pair = field(EXTENT, (2, 2), aliases=("size", "scale_factor", "factor"))
    kind = "upsample"
    aliases = ("upsampling2d", "up_sampling2d", "resize", "upsamplingnearest2d", "unpool")

    def axes(self, shape: Shape) -> tuple[TransposedAxis, TransposedAxis]:
        return upsampling(*plane(shape, "upsampling"), self.scale)

    def taps(self, shape: Shape) -> int:
        return 1

    def output(self, shape: Shape) -> Shape:
        return (*sizes(shape, self.axes(shape)), shape[-1])

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Upsample(inputs[0], self.scale)

    def write(self, to: Writer, shape: Shape) -> None:
        to.upsample(self.scale)

    def formula(self, shape: Shape) -> str:
        rows, cols = (f"{axis.size} · {axis.stride} = {axis.output}" for axis in self.axes(shape))
        return join_axes(shape, rows, cols)

    def intro(self, scene: Scene) -> str:
        size = times(self.scale[: 1 if scene.along_length else 2])
        return f"Every value becomes {size} equal values, so that the map is larger."

    def why(self, scene: Scene) -> str:
        _, h, w, _ = scene.index
        down, across = self.scale
        row = f"row {h} ÷ {down} is {scene.rows[0]}"
        if scene.along_length:
            return f"It is the nearest: place {h} ÷ {down} is {scene.rows[0]}, rounded down."
        return f"It is the nearest: {row} and column {w} ÷ {across} is {scene.cols[0]}, rounded down."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene, at=scene.index[1:])
        down, across = self.scale
        source = f"i,h//{down},c" if scene.along_length else f"i,h//{down},w//{across},c"
        write.output(f"A[{place}] = A_prev[{source}]")
        return write.lines
