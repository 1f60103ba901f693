"""Pad: zeros, reflected values or repeated borders around a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convstep import engine
from convstep.engine.geometry import Axis, Padding, Sliding
from convstep.engine.geometry import Pad as AnyPadding
from convstep.engine.steps import Array, Operation
from convstep.errors import ArgumentError
from convstep.layers.base import Shape, join_axes, plane, sizes
from convstep.layers.fields import PADDING, PADDING_MODE, field
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.moved import Moved
from convstep.layers.reasons import Explanation, sides
from convstep.layers.scene import Scene
from convstep.layers.words import CodeLine, count
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class Pad(Moved):
    """A map with padding around it, as a layer of its own.

    Attributes:
        padding: Rows and columns to add.
        mode: The padding mode: zero, reflect or edge.
    """

    padding: AnyPadding = field(PADDING, aliases=("pad", "pads", "paddings"))
    mode: str = field(PADDING_MODE, "zero", aliases=("padding_mode",))
    kind = "pad"
    aliases = ("zero_padding2d", "zeropadding2d", "zeropad2d", "reflectionpad2d", "replicationpad2d")

    def __post_init__(self) -> None:
        if not isinstance(self.padding, Padding):
            raise ArgumentError(
                f"'{self.padding}' depends on a window, and there is none",
                where="padding",
                hint="Give a number for every side, or [[top, bottom], [left, right]]",
            )

    @property
    def amounts(self) -> Padding:
        """Rows and columns of padding on each side."""
        assert isinstance(self.padding, Padding)
        return self.padding

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        return Sliding((1, 1), padding=self.amounts).over(*plane(shape, "padding"), self.mode)

    @property
    def padding_word(self) -> str:
        return "PAD"

    def padding_for(self, shape: Shape) -> Padding:
        return self.amounts

    def explain_padding(self, shape: Shape) -> Explanation | None:
        text = f"padding {sides(self.amounts, len(shape) == 2) or 'none'}"
        return text, text

    def in_padding(self, shape: Shape, axis: int, positions: Array) -> Array:
        along = self.axes(shape)[axis]
        return (positions < along.before) | (positions >= along.before + along.size)

    def output(self, shape: Shape) -> Shape:
        return (*sizes(shape, self.axes(shape)), shape[-1])

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Pad(inputs[0], self.amounts, self.mode)

    def write(self, to: Writer, shape: Shape) -> None:
        to.pad(*self.axes(shape))

    def formula(self, shape: Shape) -> str:
        rows, cols = (f"{axis.before} + {axis.size} + {axis.after} = {axis.output}" for axis in self.axes(shape))
        return join_axes(shape, rows, cols)

    def intro(self, scene: Scene) -> str:
        what = {"zero": "zeros", "reflect": "its own values mirrored", "edge": "its border repeated"}[self.mode]
        return f"The {scene.medium} gets {what} around it, and stays the same inside."

    def from_where(self, scene: Scene) -> str:
        return super().from_where(scene) if scene.inside else "padding"

    def caption(self, scene: Scene) -> str:
        return super().caption(scene) if scene.inside else f"In the padding: {scene.value}."

    def sentence(self, scene: Scene) -> str:
        if scene.inside:
            return super().sentence(scene)
        return f"This neuron lies in the padding, outside the {scene.medium}, and is {scene.value}."

    def why(self, scene: Scene) -> str:
        top, _, left, _ = self.amounts
        _, h, w, _ = scene.index
        own = (h - top, w - left)
        if own == (scene.rows[0], scene.cols[0]):
            rows = count(top, "place" if scene.along_length else "row")
            columns = "" if scene.along_length else f" and {count(left, 'column')}"
            return f"The {scene.medium} begins after {rows}{columns} of padding."
        how = "mirrors the values inside" if self.mode == "reflect" else "repeats the values at the border"
        return f"It lies in the padding, which {how}."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene, at=scene.index[1:])
        top, _, left, _ = self.amounts
        names, inside = [], []
        sides = [("y", "h", top, scene.arriving[0], scene.rows[0])]
        if not scene.along_length:
            sides.append(("x", "w", left, scene.arriving[1], scene.cols[0]))
        for name, at, before, size, came_from in sides:
            own = f"{at} - {before}" if before else at
            if self.mode == "edge":
                own = f"min(max({own}, 0), {size - 1})"
            elif self.mode == "reflect":
                own = f"{size - 1} - abs({size - 1} - abs({own}))"
            write.add(f"{name} = {own}", str(came_from))
            names.append(name)
            inside.append(f"0 <= {name} < {size}")
        value = f"A_prev[i,{','.join(names)},c]"
        if self.mode == "zero":
            write.add(f"real = {' and '.join(inside)}", str(bool(scene.inside)))
            value += " if real else 0"
        write.output(f"A[{place}] = {value}")
        return write.lines
