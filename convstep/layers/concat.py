"""Concat: several inputs, concatenated along the channels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from convstep import engine
from convstep.engine.steps import Array, Operation
from convstep.errors import ShapeError
from convstep.layers.base import Shape, times
from convstep.layers.kinds import register
from convstep.layers.loops import nested_loops
from convstep.layers.moved import Moved
from convstep.layers.scene import Scene
from convstep.layers.several import SeveralInputs, differing
from convstep.layers.words import CodeLine
from convstep.layers.writer import Writer


@register
class Concat(Moved, SeveralInputs):
    """All channels of the first input, then all of the second, and so on."""

    kind = "concat"
    aliases = ("concatenate", "cat", "merge", "filter_concat", "depth_concat")

    def combined_shape(self, *shapes: Shape) -> Shape:
        for shape in shapes[1:]:
            if len(shape) != len(shapes[0]) or shape[:-1] != shapes[0][:-1]:
                differs = differing((*shapes[0][:-1], 0), (*shape[:-1], 0))
                raise ShapeError(
                    f"concat takes maps of one height and width, but {times(shapes[0])} and {times(shape)} arrive: "
                    f"their {differs} differ",
                    hint="Only the numbers of channels may differ",
                )
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def source_channels(self, *shapes: Shape) -> list[slice]:
        ends = list(accumulate(shape[-1] for shape in shapes))
        return [slice(end - shape[-1], end) for end, shape in zip(ends, shapes, strict=True)]

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.Concat(inputs)

    def write(self, to: Writer, shape: Shape) -> None:
        to.concat()

    def formula(self, shape: Shape) -> str:
        return f"{times(shape)}, the channels of {len(self.sources)} inputs"

    def intro(self, scene: Scene) -> str:
        return f"The channels of {len(scene.arrivals)} inputs are put one after the other, to {scene.leaving[-1]:,}."

    def why(self, scene: Scene) -> str:
        number = scene.operation.input_of(scene.index)
        first = sum(arrival.shape[-1] for arrival in scene.arrivals[:number])
        name = scene.arrivals[number].name
        if not first:
            return f"The channels of {name} come first."
        return f"The channels of {name} begin at channel {first}: {scene.index[3]} − {first} = {scene.channels[0]}."

    def code(self, scene: Scene) -> list[CodeLine]:
        write, place = nested_loops(scene, channels=False)
        write.add(f"parts = [a[{place}] for a in inputs]", f"{len(scene.arrivals)} inputs")
        write.output(f"A[{place}] = np.concatenate(parts)")
        return write.lines
