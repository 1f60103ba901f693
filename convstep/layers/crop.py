"""Crop: rows and columns at the border of a map are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convstep import engine
from convstep.engine.crop import cropping
from convstep.engine.geometry import Pad as AnyPadding
from convstep.engine.geometry import Padding
from convstep.engine.steps import Array, Operation
from convstep.engine.transpose import TransposedAxis
from convstep.errors import ArgumentError
from convstep.layers.base import Shape, join_axes, plane, sizes
from convstep.layers.fields import PADDING, field
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.moved import Moved
from convstep.layers.reasons import sides
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, count
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class Crop(Moved):
    """A map without some rows and columns at its border.

    Attributes:
        cropping: Rows and columns to leave out.
    """

    cropping: AnyPadding = field(PADDING, aliases=("crop", "crops", "margins", "border"))
    kind = "crop"
    aliases = ("cropping1d", "cropping2d", "center_crop", "crop2d")

    def __post_init__(self) -> None:
        if not isinstance(self.cropping, Padding):
            raise ArgumentError(
                f"'{self.cropping}' depends on a window, and there is none",
                where="cropping",
                hint="Give a number for every side, or [[top, bottom], [left, right]]",
            )

    @property
    def margins(self) -> Padding:
        """Rows and columns that are left out on each side."""
        assert isinstance(self.cropping, Padding)
        return self.cropping

    def axes(self, shape: Shape) -> tuple[TransposedAxis, TransposedAxis]:
        height, width = plane(shape, "cropping")
        return cropping(height, width, self.margins)

    def taps(self, shape: Shape) -> int:
        return 1

    def output(self, shape: Shape) -> Shape:
        return (*sizes(shape, self.axes(shape)), shape[-1])

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Crop(inputs[0], self.margins)

    def write(self, to: Writer, shape: Shape) -> None:
        to.crop(*self.axes(shape))

    def formula(self, shape: Shape) -> str:
        rows, cols = (f"{axis.size} − {axis.before} − {axis.after} = {axis.output}" for axis in self.axes(shape))
        return join_axes(shape, rows, cols)

    def intro(self, scene: Scene) -> str:
        left_out = sides(self.margins, scene.along_length) or "nothing"
        return f"The border is left out: {left_out}; the rest stays as it is."

    def why(self, scene: Scene) -> str:
        top, _, left, _ = self.margins
        if not top and not left:
            return f"The {scene.medium} is left out at its end only."
        amounts = [count(number, what) for number, what in ((top, "place" if scene.along_length else "row"),
                                                            (left, "column")) if number]  # fmt: skip
        return f"What is left begins after {' and '.join(amounts)} of the {scene.medium}."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene, at=scene.index[1:])
        top, _, left, _ = self.margins
        h, w = f"h+{top}" if top else "h", f"w+{left}" if left else "w"
        write.output(f"A[{place}] = A_prev[i,{h},c]" if scene.along_length else f"A[{place}] = A_prev[i,{h},{w},c]")
        return write.lines
