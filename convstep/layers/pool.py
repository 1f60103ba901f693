"""Pools: the largest value of a window, or its mean; over a sliding window, or over the whole map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convstep import engine
from convstep.engine.geometry import VALID, Axis, Pair, Sliding
from convstep.engine.steps import Array, Operation, Step
from convstep.layers.base import Block, Face, Flag, Layer, Reach, Shape, Windowed, grid, times
from convstep.layers.fields import EXTENT, FLAG, field
from convstep.layers.kinds import register
from convstep.layers.loops import Loops, window_loops
from convstep.layers.scene import Scene
from convstep.layers.window import channels_in_words, padding_in_words
from convstep.layers.words import CodeLine, Part
from convstep.layers.writer import Window, Writer

DOUBLE = 2
"""A float64 takes as much memory as two float32."""

TIE = Flag("tie", "more than one largest value")


class Largest(Layer):
    """Base of pools that take the largest value."""

    flags = (TIE,)
    takes_winner = True

    def flagged(self, word: str, block: Block) -> NDArray[np.bool_]:
        assert isinstance(block.operation, engine.MaxPool)
        return block.operation.tied(block.values, block.examples, block.rows)

    def contributions(self, step: Step) -> Array:
        rows, cols, channels = step.operation.window(step.index)
        adds, won = np.zeros((len(rows), len(cols), len(channels))), step.argmax
        if won is not None:
            adds[rows.index(won[1]), cols.index(won[2]), 0] = step.value
        return adds

    def face(self, step: Step) -> Face:
        return "winner"

    def sum(self, scene: Scene) -> list[Part]:
        size = times((len(scene.rows),) if scene.along_length else (len(scene.rows), len(scene.cols)))
        parts = [Part("largest of "), Part(size, "window"), *scene.result()]
        won = scene.step.argmax
        if won is None:
            return [*parts, Part(", for all of it is padding")]
        parts.append(
            Part(
                f" at {scene.place(won[1], won[2], won[3])}"
                if len(scene.arriving) == 1
                else f" at {scene.place(won[1], won[2])}",
                "window",
            )
        )
        if ties := _ties(scene):
            parts.append(Part(f", the first of {ties + 1} that tie"))
        return parts

    def tap_sum(self, scene: Scene, tap: int) -> list[Part]:
        parts = [scene.signed(scene.tap(tap).input), Part(", largest so far "), *scene.so_far(tap)]
        return parts + scene.result() if scene.is_last(tap) else parts

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        at = scene.tap(tap)
        return f"{scene.number(at.input)}; the largest so far is {scene.number(at.total)}"

    def sentence(self, scene: Scene) -> str:
        looks = f"This neuron takes the largest value {self.looks_at(scene)}."
        won = scene.step.argmax
        if won is None:
            return f"{looks} There is nothing else, so −∞, minus infinity, comes out."
        if scene.places == 1:
            return f"{looks} There is only one: {scene.value}."
        place = scene.place(won[1], won[2])
        if ties := _ties(scene):
            others = "one other place has" if ties == 1 else f"{ties:,} other places have"
            return f"{looks} {scene.value} comes out, found first at {place}; {others} it too."
        return f"{looks} {scene.value} at {place} wins and comes out."

    def looks_at(self, scene: Scene) -> str:
        """Return the places among which the largest value is taken, in words."""
        effects = ("count as minus infinity and never win", "counts as minus infinity and never wins")
        return f"in {scene.bounds()}{channels_in_words(scene)}{padding_in_words(scene, *effects)}"


def _ties(scene: Scene) -> int:
    """Return how many other places of the window have the largest value, too."""
    return max(0, int(np.count_nonzero(scene.real == scene.step.value)) - 1)


class Mean(Layer):
    """Base of pools that take the mean."""

    @property
    def not_counted(self) -> str:
        """What the places that are not counted are, in words."""
        return "padding"

    def counted(self, scene: Scene) -> int:
        """Return how many values the sum is divided by."""
        return scene.step.count

    def contributions(self, step: Step) -> Array:
        terms = step.operation.terms(step.index)
        return terms / step.count if step.count else terms

    def face(self, step: Step) -> Face:
        return "mean"

    @property
    def keeps_integers(self) -> bool:
        return False

    def sum(self, scene: Scene) -> list[Part]:
        total = scene.terms.sum()
        parts = [scene.signed(total), *self.divided(scene, total)]
        if left_out := scene.places - self.counted(scene):
            are = "is" if left_out == 1 else "are"
            parts.append(Part(f" ({left_out} of {scene.places} {are} {self.not_counted}, not counted)", "dim"))
        return parts

    def tap_sum(self, scene: Scene, tap: int) -> list[Part]:
        at = scene.tap(tap)
        counts = not self.leaves_out(scene, tap)
        value = scene.signed(at.input) if counts else Part("not counted")
        found = (scene.total_before(tap) or 0) + (scene.shown(at.input) if counts else Decimal(0))
        parts = [value, Part(", sum so far "), *scene.so_far(tap, found=found)]
        return [*parts, *self.divided(scene, at.total)] if scene.is_last(tap) else parts

    def divided(self, scene: Scene, total: Any) -> list[Part]:
        """Return the division of the sum, and its result."""
        count = self.counted(scene)
        return [Part(" / ", "dim"), Part(f"{count}", "window"), *scene.result(scene.shown(total) / count)]

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        at = scene.tap(tap)
        value = "not counted" if self.leaves_out(scene, tap) else scene.number(at.input)
        return f"{value}; the sum so far is {scene.number(at.total)}"

    def leaves_out(self, scene: Scene, tap: int) -> bool:
        """Return whether a tap is not counted, because it lies in padding."""
        return scene.tap(tap).in_padding

    def sentence(self, scene: Scene) -> str:
        looks, inside = f"This neuron takes the mean of {self.looks_at(scene)}.", self.counted(scene)
        if not inside:
            return f"{looks} There is nothing to take the mean of, so NaN, not a number, comes out."
        if inside == 1:
            one = "One value is left" if scene.places > 1 else "That is one value"
            return f"{looks} {one}, so {scene.value} comes out."
        total = scene.number(scene.terms.sum())
        return f"{looks} {inside:,} values add up to {total}; divided by {inside:,} that is {scene.value}."

    def looks_at(self, scene: Scene) -> str:
        """Return the places whose mean is taken, in words."""
        padding = padding_in_words(scene, "and are left out", "and is left out")
        return f"{scene.bounds()}{channels_in_words(scene)}{padding}"


@dataclass(frozen=True, eq=False, repr=False)
class Pool(Windowed):
    """Base of pools with a sliding window.

    Attributes:
        ceil_mode: Whether a remainder that doesn't fill a stride gets a window too.
    """

    stride: Pair | None = field(EXTENT, None, aliases=("strides",))
    ceil_mode: bool = field(FLAG, False)
    stem = "pool"
    function: ClassVar[str]
    start: ClassVar[str]
    update: ClassVar[str]

    @property
    def sliding(self) -> Sliding:
        return super().sliding._replace(ceil_mode=self.ceil_mode)

    def code(self, scene: Scene) -> list[CodeLine]:
        clipped = self.clips_padding and scene.operation.geometry.padding != VALID
        write = window_loops(scene, clipped=clipped)
        write.loop("c", scene.operation.geometry.n_C, scene.index[3])
        A = "A[i,h,c]" if scene.along_length else "A[i,h,w,c]"
        if scene.open_tap is None:
            write.output(f"{A} = np.{self.function}(a[...,c])")
            return write.lines
        write.add(f"z = {self.start}")
        depth = write.depth
        row, col, _ = (int(place) for place in np.unravel_index(scene.open_tap, scene.slice.shape))
        names = ["row"] if scene.along_length else ["row", "col"]
        for axis, (name, at) in enumerate(zip(names, (row, col), strict=False)):
            write.add(f"for {name} in range(a.shape[{axis}]):", _loop_note(scene, axis, at, clipped=clipped, name=name))
            write.depth += 1
        write.total(self.update.format(f"a[{','.join(names)},c]"), scene.open_tap)
        write.depth = depth
        write.output(f"{A} = {self.result_code(scene, clipped=clipped)}", current=False)
        return write.lines

    @property
    def clips_padding(self) -> bool:
        """Whether the code clips the window to the input, instead of padding the input."""
        return False

    def result_code(self, scene: Scene, *, clipped: bool) -> str:
        """Return the code for the neuron's value, from the taps' result `z`."""
        return "z"


def _loop_note(scene: Scene, axis: int, at: int, *, clipped: bool, name: str) -> str:
    """Return a loop variable's value at the open tap; a note if the loop leaves that tap out."""
    if clipped:
        inside = (scene.inside_rows, scene.inside_cols)[axis]
        return f"{name} = {at - inside.start}" if at in inside else "padding"
    geometry = scene.operation.geometry
    along, window = ((geometry.rows, scene.rows), (geometry.cols, scene.cols))[axis]
    return f"{name} = {at}" if at in along.counted(window) else "past the end"


@register
class MaxPool(Largest, Pool):
    """The largest value of every window; padding never wins."""

    kind = "max_pool"
    aliases = ("maxpool", "max_pool2d", "maxpool2d", "max_pooling2d", "maxpooling2d", "max_pooling")
    term = "a max-pool"
    function, start, update = "max", "-np.inf", "z = np.maximum(z, {})"

    def intro(self, scene: Scene) -> str:
        return f"Each window of {self.size(scene)} keeps only its largest value, channel by channel."

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.MaxPool(inputs[0], self.sliding)

    def write(self, to: Writer, shape: Shape) -> None:
        to.max_pool(Window(*self.axes(shape), self.padding_word))

    def outcome(self, scene: Scene) -> str:
        return f"The largest wins: {scene.value}"


@register
@dataclass(frozen=True, eq=False, repr=False)
class AvgPool(Mean, Pool):
    """The mean of every window; padding is left out of the sum and, by default, of the count.

    Attributes:
        count_include_pad: Whether padding is counted, as 0; the overhang of `ceil_mode` never is.
    """

    kind = "avg_pool"
    aliases = ("avgpool", "avg_pool2d", "avgpool2d", "average_pool", "averagepool", "average_pooling2d", "mean_pool")
    term = "an average-pool"
    count_include_pad: bool = field(FLAG, False)
    function, start, update = "mean", "0", "z += {}"

    def intro(self, scene: Scene) -> str:
        return f"Each window of {self.size(scene)} becomes the mean of its values, channel by channel."

    @property
    def clips_padding(self) -> bool:
        return not self.count_include_pad

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.AvgPool(inputs[0], self.sliding, self.count_include_pad)

    def write(self, to: Writer, shape: Shape) -> None:
        to.avg_pool(Window(*self.axes(shape), self.padding_word), count_padding=self.count_include_pad)

    def workspace(self, shape: Shape) -> int:
        return DOUBLE * engine.avg_pool_workspace(self.axes(shape), shape[-1])

    def leaves_out(self, scene: Scene, tap: int) -> bool:
        if not self.count_include_pad:
            return super().leaves_out(scene, tap)
        row, col, _ = np.unravel_index(tap, scene.slice.shape)
        geometry = scene.operation.geometry
        return row not in geometry.rows.counted(scene.rows) or col not in geometry.cols.counted(scene.cols)

    def looks_at(self, scene: Scene) -> str:
        if not self.count_include_pad:
            return super().looks_at(scene)
        added = scene.places - scene.step.count
        zeros = scene.places - scene.inside - added
        effects = ("and count as 0", "and counts as 0")
        if added and zeros:
            those = f"the {added:,} that ceil mode adds {'is' if added == 1 else 'are'} left out"
            effects = (f"where {zeros:,} count{'s' * (zeros == 1)} as 0, and {those}",) * 2
        elif added:
            effects = ("added by ceil mode, and are left out", "added by ceil mode, and is left out")
        return f"{scene.bounds()}{channels_in_words(scene)}{padding_in_words(scene, *effects)}"

    @property
    def not_counted(self) -> str:
        return "added by ceil mode" if self.count_include_pad else super().not_counted

    def outcome(self, scene: Scene) -> str:
        counts = self.count_include_pad and scene.inside < scene.step.count
        return f"Their mean, padding as 0: {scene.value}" if counts else f"Their mean: {scene.value}"

    def result_code(self, scene: Scene, *, clipped: bool) -> str:
        return "np.divide(z, a[...,c].size)" if clipped and _has_empty(scene) else "z / a[...,c].size"


def _has_empty(scene: Scene) -> bool:
    """Return whether some window lies wholly in padding: its mean is 0 / 0, which raises an error in plain Python."""
    axes = (scene.operation.geometry.rows, scene.operation.geometry.cols)
    return any(not axis.inside(axis.window(place)) for axis in axes for place in range(axis.output))


class Global(Layer):
    """Base of pools whose window is the whole map."""

    unnumbered = True
    step_word = "neuron"
    function: ClassVar[str]
    start: ClassVar[str]
    update: ClassVar[str]
    word: ClassVar[str]

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        height, width, _ = grid(shape)
        return Axis(height, kernel=height), Axis(width, kernel=width)

    def reach(self, shape: Shape) -> tuple[Reach, Reach] | None:
        return super().reach(shape) if len(shape) == 1 else None

    def output(self, shape: Shape) -> Shape:
        return (shape[-1],)

    def formula(self, shape: Shape) -> str:
        return f"one {self.word} for each of {shape[-1]} channels"

    def intro(self, scene: Scene) -> str:
        if scene.places == 1:
            return f"Each channel has one value only, which is its {self.word}."
        return f"The {scene.places:,} values of each channel become one: their {self.word}."

    def caption(self, scene: Scene) -> str:
        values = "the one value" if scene.places == 1 else f"all {scene.places:,} values"
        return f"The {self.word} of {values} of {scene.channel(scene.channels[0])}: {scene.value}."

    def looks_at(self, scene: Scene) -> str:
        what = f"all {scene.places:,} values" if scene.places > 1 else "the one value"
        return f"{what}{channels_in_words(scene) or f' of the {scene.medium}'}"

    def code(self, scene: Scene) -> list[CodeLine]:
        write = Loops(scene)
        write.loop("i", scene.operation.geometry.m, scene.index[0])
        write.loop("c", scene.operation.geometry.n_C, scene.index[3])
        if len(scene.arriving) == 1:
            write.output("A[i,c] = A_prev[i,c]")
            return write.lines
        if scene.open_tap is None:
            write.output(f"A[i,c] = np.{self.function}(A_prev[i,...,c])")
            return write.lines
        write.add(f"z = {self.start}")
        depth = write.depth
        names = ["h"] if scene.along_length else ["h", "w"]
        place = np.unravel_index(scene.open_tap, scene.slice.shape)
        for name, size, at in zip(names, scene.arriving, place, strict=False):
            write.loop(name, size, int(at))
        write.total(self.update.format(f"A_prev[i,{','.join(names)},c]"), scene.open_tap)
        write.depth = depth
        write.output(f"A[i,c] = {self.result_code(scene)}", current=False)
        return write.lines

    def result_code(self, scene: Scene) -> str:
        """Return the code for the neuron's value, from the taps' result `z`."""
        return "z"


@register
class GlobalMaxPool(Global, Largest):
    """The largest value of every channel."""

    kind = "global_max_pool"
    aliases = ("globalmaxpool", "global_max_pooling2d", "globalmaxpooling2d", "gmp")
    function, start, update, word = "max", "-np.inf", "z = np.maximum(z, {})", "largest value"

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.GlobalMaxPool(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.global_pool("max")

    def looks_at(self, scene: Scene) -> str:
        return f"of {super().looks_at(scene)}"


@register
class GlobalAvgPool(Global, Mean):
    """The mean of every channel."""

    kind = "global_avg_pool"
    aliases = ("global_average_pool", "globalaveragepool", "gap", "global_average_pooling2d", "globalaveragepooling2d")
    function, start, update, word = "mean", "0", "z += {}", "mean"

    def operation(self, inputs: Sequence[Array]) -> Operation:
        return engine.GlobalAvgPool(inputs[0])

    def write(self, to: Writer, shape: Shape) -> None:
        to.global_pool("mean")

    def result_code(self, scene: Scene) -> str:
        return f"z / {scene.places}"
