"""What every kind of layer declares: its fields, its arithmetic, its words, and its face."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import VALID, Axis, Index, Pad, Padding, Pair, Sliding
from convstep.engine.steps import Array, Operation, Step
from convstep.errors import ShapeError
from convstep.figures import minus
from convstep.layers.fields import EXTENT, PADDING
from convstep.layers.fields import field as declared
from convstep.layers.reasons import SAME, Told, never_reached, same_needs, sides, size_sum, skipped
from convstep.layers.weights import Given, Weights
from convstep.layers.words import CodeLine, Part, listed, reach, upper

if TYPE_CHECKING:
    from convstep.layers.scene import Scene

WHY = {
    "CAUSAL": ", so that no window looks ahead (CAUSAL)",
    "FULL": ", so that every tap of the window meets every value (FULL)",
}
"""Why padding that is a word is as much as it is."""

WIDTH = 78
"""What fits in a line of a small screen."""

Shape = tuple[int, ...]
"""Shape of one example: (height, width, channels), (length, channels), or (values,)."""

Face = Literal["equation", "winner", "mean", "before_after", "contributions", "parts", "bars", "moved", "row"]
"""How the screen shows a step: slice × filter = products; a window with a winner, or its mean; before and after;
products one below the other; the inputs' values likewise; bars; where a value comes from; its place in a row."""


class Reach(NamedTuple):
    """Which places of its input the neurons of a layer see along one axis.

    Attributes:
        first: Where the interval of the neuron at 0 begins.
        span: Its length, from its first place to its last.
        jump: How far the next neuron's interval lies from it.
    """

    first: Fraction
    span: Fraction
    jump: Fraction


class Flag(NamedTuple):
    """A word for breakpoints that a kind of layer brings.

    Attributes:
        word: How it is written.
        meaning: What it says of a window, in a few words.
    """

    word: str
    meaning: str


class Block(NamedTuple):
    """Part of a layer's output, for which breakpoints are looked for.

    Attributes:
        operation: The layer's work.
        values: The output there.
        examples: Which examples.
        rows: Which rows of the output.
    """

    operation: Operation
    values: Array
    examples: range
    rows: range

    def like(self, array: Array) -> Array:
        """Return the same part of an array that has the output's examples and rows."""
        return array[self.examples.start : self.examples.stop, self.rows.start : self.rows.stop]


def grid(shape: Shape) -> tuple[int, int, int]:
    """Return the (height, width, channels) that the engine sees: a missing axis is 1 long."""
    if len(shape) == 1:
        return (1, 1, shape[0])
    if len(shape) == 2:
        return (shape[0], 1, shape[1])
    height, width, channels = shape
    return height, width, channels


def plane(shape: Shape, what: str) -> tuple[int, int]:
    """Return the height and width of an input of `shape`; of a length, its own and 1.

    Raises:
        ShapeError: It is one row of values, which `what` can't take.
    """
    if len(shape) == 1:
        raise ShapeError(
            f"{what} needs a map of rows and columns, but {shape[0]} values in one row arrive",
            hint="Put it before the flatten",
        )
    height, width, _ = grid(shape)
    return height, width


def along_axes(shape: Shape, rows: str, cols: str) -> str:
    """Return what is worked out along rows and along columns; once, where that is the same or there is a length."""
    return rows if len(shape) == 2 or rows == cols else f"{rows}, {cols}"


def in_capitals(padding: Pad) -> str:
    """Return padding as a word: SAME, VALID, ...; PAD for numbers."""
    return padding.upper() if isinstance(padding, str) else "VALID" if padding == VALID else "PAD"


def sizes(shape: Shape, axes: tuple[Axis, Axis]) -> Shape:
    """Return how many rows and columns come out of an input of `shape`; how many places, if that is a length.

    Raises:
        ShapeError: Several columns would come out of a length.
    """
    rows, cols = axes
    if len(shape) == 3:
        return rows.output, cols.output
    if cols.output != 1:
        raise ShapeError(
            f"a length has no columns, but {cols.output} would come out",
            hint="Along a length give one number, not [h, w]; padding is one, or [before, after]",
        )
    return (rows.output,)


def product_of(shapes: Iterable[Shape]) -> str:
    """Return how many numbers arrays of these shapes have, as a product: 4·4·3·8 + 8; empty for none."""
    products = ["·".join(map(str, shape)) for shape in shapes]
    if len(products) > 1 and len(set(products)) == 1:
        return f"{len(products)}·{products[0]}"
    return " + ".join(products)


def times(shape: Shape) -> str:
    """Return a shape as it is shown: 64×64×3."""
    return "×".join(map(str, shape))


@dataclass(frozen=True)
class Layer(ABC):
    """One layer of a net.

    Attributes:
        name: Unique in its net.
        sources: The layers whose outputs it takes, or "input"; empty for the one before it.
        kind: What it is called in a spec.
        also: What other frameworks call it.
        stem: What layers without a name are called; a number follows. Empty for the kind's own name.
        alone: Whether the only such layer of a net gets no number.
        several: Whether it takes several inputs.
        passes_on: Whether its output is its input, value by value in the same order, if perhaps in another shape.
        uneven: Whether the number of taps differs from neuron to neuron.
        shorthand: The field that a value alone stands for; empty for the only required one.
        axis_letters: What files call the axes of its weights, in our order: HWIO, for example.
        flags: The words for breakpoints that it brings.
        output_name: What the code calls its output.
        step_word: What a step of it is called: the value, the window or the neuron that it computes.
    """

    name: str
    sources: tuple[str, ...] = field(default=(), kw_only=True)
    kind: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()
    stem: ClassVar[str] = ""
    alone: ClassVar[bool] = False
    several: ClassVar[bool] = False
    passes_on: ClassVar[bool] = False
    uneven: ClassVar[bool] = False
    shorthand: ClassVar[str] = ""
    axis_letters: ClassVar[str] = ""
    flags: ClassVar[tuple[Flag, ...]] = ()
    output_name: ClassVar[str] = "A"
    step_word: ClassVar[Literal["value", "window", "neuron"]] = "value"

    # Shapes

    def joined(self, *shapes: Shape) -> Shape:
        """Return the shape that its inputs have together.

        Raises:
            ShapeError: They don't fit together; the message says both, and where they differ.
        """
        return shapes[0]

    @abstractmethod
    def output(self, shape: Shape) -> Shape:
        """Return the output's shape for an input of `shape`.

        Raises:
            ShapeError: It can't take such an input; the message says why.
        """

    @abstractmethod
    def operation(self, inputs: Sequence[Array]) -> Operation:
        """Return its work on its inputs, each `(m, height, width, channels)`."""

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Return its window along rows and columns; a layer without one looks at one place at a time."""
        height, width, _ = grid(shape)
        return Axis(height), Axis(width)

    def pads(self, shape: Shape) -> Padding:
        """Return the padding that an input of `shape` gets."""
        return VALID

    @property
    def padding_word(self) -> str:
        """What its padding is called: SAME, VALID, ...; PAD where it is given as numbers; empty for none."""
        return ""

    def in_padding(self, shape: Shape, axis: int, positions: Array) -> NDArray[np.bool_]:
        """Return which windows reach into padding along rows (axis 0) or columns, by their positions."""
        return np.zeros(positions.shape, np.bool_)

    def reach(self, shape: Shape) -> tuple[Reach, Reach] | None:
        """Return what its neurons see along rows and columns of its input; None for all of it."""
        rows, cols = (Reach(axis.first, axis.span, axis.jump) for axis in self.axes(shape))
        return rows, cols

    def taps(self, shape: Shape) -> int:
        """Return how many values of its input one neuron is computed from, at most."""
        rows, cols = self.axes(shape)
        return rows.kernel * cols.kernel

    def taps_at(self, shape: Shape, index: Index) -> int:
        """Return how many those of the neuron at `index` are, where that differs from neuron to neuron."""
        return self.taps(shape)

    def arrays(self, shape: Shape | None) -> dict[str, Shape]:
        """Return the shapes of the numbers that it has, by field; None: 0 for what only the input's shape says."""
        return {}

    def of_channel(self, scene: Scene) -> dict[str, Array]:
        """Return the numbers of the neuron's channel by name, what it makes of them included; not weights and bias."""
        return {}

    def arranged(self, weights: Weights, origin: Shape) -> Weights:
        """Return given weights in the order in which its input comes, which was made as a map of shape `origin`."""
        return weights

    def check_numbers(self, shape: Shape) -> None:
        """Refuse given numbers that are not as many as an input of `shape` needs.

        Raises:
            ShapeError: There are some.
        """
        for name, needed in self.arrays(shape).items():
            weights = getattr(self, name)
            if isinstance(weights, Given) and weights.array.size != prod(needed):
                raise ShapeError(f"expected {times(needed)} numbers for {name}, got {times(weights.array.shape)}")

    def parameters(self, shape: Shape) -> int:
        """Return how many numbers it has: weights, biases and the like."""
        return sum(prod(each) for each in self.arrays(shape).values())

    def parameter_product(self, shape: Shape) -> str:
        """Return how many numbers it has, as a product: 4·4·3·8 + 8; empty for none."""
        arrays = self.arrays(shape).values()
        along_length = len(shape) == 2  # where nobody counts the one column of a kernel
        return product_of((each[0], *each[2:]) if along_length and len(each) == 4 else each for each in arrays)

    @property
    def made_for(self) -> int | None:
        """How many inputs its weights were made for; None where they take what arrives, or must fit it at once."""
        return None

    @property
    def is_declared(self) -> bool:
        """Whether a spec says what its weights were made for: if something else arrives, that is to be looked at."""
        return False

    def macs(self, shape: Shape) -> int:
        """Return how many multiply-accumulates it takes for one example."""
        return 0

    def workspace(self, shape: Shape) -> int:
        """Return how many numbers it holds while it is computed, beside its input, weights and output."""
        return 0

    def formula(self, shape: Shape) -> str:
        """Return how its output's shape comes about, as a sum."""
        return f"{times(shape)}, as it comes"

    def short_formula(self, shape: Shape) -> str:
        """Return the same as shortly as it can be said: ⌈64 / 2⌉ = 32 for SAME, whatever its padding."""
        return self.formula(shape)

    def padding_told(self, shape: Shape) -> Told | None:
        """Return its padding, side by side, and why it is that much; None where it can't have any."""
        return None

    def skips(self, shape: Shape) -> list[Told]:
        """Return what of its input its windows skip, and why."""
        return []

    def numbers_told(self, shape: Shape) -> list[str]:
        """Return where its weights, and other numbers, come from: weights drawn at random (He, seed 1)."""
        names: dict[str, list[str]] = {}
        for name in self.arrays(shape):
            names.setdefault(getattr(self, name).told, []).append(name)
        return [f"{listed(each)} {told}" for told, each in names.items() if told]

    def flagged(self, word: str, block: Block) -> NDArray[np.bool_]:
        """Return at which neurons of a block one of its `flags` holds."""
        raise NotImplementedError

    # Words; a step is told in a line of arithmetic, in sentences, in a short one, and as code

    @property
    def channel_names(self) -> tuple[str, ...]:
        """What the channels of its output are called; may be empty."""
        return ()

    @property
    def keeps_whole(self) -> bool:
        """Whether whole numbers come out where input, weights and biases are whole."""
        return True

    @abstractmethod
    def face(self, step: Step) -> Face:
        """Return how the screen shows one of its steps."""

    @abstractmethod
    def sum(self, scene: Scene) -> list[Part]:
        """Return how a neuron's value comes about, as arithmetic; `scene.result` ends it."""

    @abstractmethod
    def intro(self, scene: Scene) -> str:
        """Return what the layer does, with its own numbers, in a sentence for whoever has not met its kind before."""

    @abstractmethod
    def sentence(self, scene: Scene) -> str:
        """Return what happens at a step, true for every one, and enough to understand it without any picture."""

    @abstractmethod
    def caption(self, scene: Scene) -> str:
        """Return what happens at a step, in one short line."""

    @abstractmethod
    def code(self, scene: Scene) -> list[CodeLine]:
        """Return the loops that compute the layer, with the values that they have at a step, or at its tap."""

    def brief(self, scene: Scene) -> str:
        """Return in a few words what becomes of a neuron's value, where its face has a line for that."""
        return ""

    def tap_sum(self, scene: Scene, tap: int) -> list[Part]:
        """Return what one tap contributes, as arithmetic; `scene.so_far` ends it."""
        return [scene.signed(scene.tap(tap).input), Part(", sum so far "), *scene.so_far(tap)]

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        """Return what one tap does, in words that follow its place."""
        at = scene.tap(tap)
        return f"{scene.number(at.input)}; the sum so far is {scene.number(at.total)}"

    def tap_place(self, scene: Scene, tap: int) -> str:
        """Return where a tap looks, in words."""
        return scene.tap(tap).where

    def title(self, scene: Scene) -> str:
        """Return what a neuron looks at, as a title: rows 17–20, cols 36–39."""
        several = len(scene.channels) > 1
        if len(scene.arriving) == 1:
            return f"all {len(scene.channels):,} values" if several else f"value {scene.channels[0]}"
        axes = [("place", scene.rows)] if scene.along_length else [("row", scene.rows), ("col", scene.cols)]
        title = ", ".join(reach(axis, word) for word, axis in axes)
        if several or scene.arriving[-1] == 1:
            return title
        return f"{title}, {scene.channel(scene.channels[0]).replace('channel', 'ch')}"

    def failing_code(self, shape: Shape) -> list[CodeLine]:
        """Return the lines that fail where it can't take an input of `shape`; none if that is no matter of code."""
        return []


@dataclass(frozen=True)
class Windowed(Layer):
    """A layer whose window slides over rows and columns, or over the length of a 1-D input.

    Attributes:
        kernel: Height and width of the window.
        stride: Rows and columns from one window to the next; None for the kernel's.
        dilation: Rows and columns from one tap to the next.
        padding: Four numbers, or the word that stands for them.
        term: What it is called in a sentence.
    """

    kernel: Pair = declared(EXTENT, also=("kernel_size", "kernel_shape", "pool_size", "filter_size", "f"))
    stride: Pair | None = declared(EXTENT, (1, 1), also=("strides",))
    dilation: Pair = declared(EXTENT, (1, 1), also=("dilations", "dilation_rate"))
    padding: Pad = declared(PADDING, VALID, also=("pad", "pads", "auto_pad"))
    term: ClassVar[str]
    step_word = "window"

    @property
    def sliding(self) -> Sliding:
        """How its window slides."""
        return Sliding(self.kernel, self.stride or self.kernel, self.dilation, self.padding)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        height, width = plane(shape, self.term)
        return self.sliding.over(height, width, self.filled_with)

    def size(self, scene: Scene) -> str:
        """Return how large the window is: 4×4; 10 along a length."""
        return times(self.kernel[: 1 if scene.along_length else 2])

    @property
    def filled_with(self) -> str:
        """What its padding holds: zero, reflect or edge."""
        return "zero"

    @property
    def padding_word(self) -> str:
        return in_capitals(self.padding)

    def pads(self, shape: Shape) -> Padding:
        rows, cols = self.axes(shape)
        return Padding(rows.before, rows.after + rows.overhang, cols.before, cols.after + cols.overhang)

    def in_padding(self, shape: Shape, axis: int, positions: Array) -> NDArray[np.bool_]:
        along = self.axes(shape)[axis]
        starts = positions * along.stride - along.before
        outside: NDArray[np.bool_] = (starts < 0) | (starts + along.extent > along.size)
        return outside

    def output(self, shape: Shape) -> Shape:
        return (*sizes(shape, self.axes(shape)), self.channels(shape[-1]))

    def channels(self, n_C_prev: int) -> int:
        """Return how many channels come out when `n_C_prev` arrive."""
        return n_C_prev

    def formula(self, shape: Shape) -> str:
        rows, cols = self.axes(shape)
        return along_axes(shape, f"{rows} = {rows.output}", f"{cols} = {cols.output}")

    def short_formula(self, shape: Shape) -> str:
        return along_axes(shape, *(size_sum(axis, self.padding) for axis in self.axes(shape)))

    def padding_told(self, shape: Shape) -> Told | None:
        along_length, word = len(shape) == 2, self.padding_word
        axes, named = self.axes(shape), sides(self.pads(shape), along_length)
        if self.padding in SAME:
            reason = f"{word}: {same_needs(axes, along_length)}"
            return f"padding {named}" if named else f"{word} needs no padding", reason
        if not named:
            return (f"{word}: no padding",) * 2
        added = ", what ceil mode adds for the last windows included" if any(axis.overhang for axis in axes) else ""
        return f"padding {named}", f"padding {named}{added or WHY.get(word, '')}"

    def skips(self, shape: Shape) -> list[Told]:
        axes, along_length = self.axes(shape), len(shape) == 2
        return [*never_reached(axes, along_length), *skipped(axes, along_length)]

    def caption(self, scene: Scene) -> str:
        bounds = reach(scene.rows, "place" if scene.along_length else "row")
        if not scene.along_length:
            bounds += ", " + reach(scene.cols, "column")
        outside = scene.places - scene.inside
        inside = f"{'' if scene.places == 1 else 'all '}inside the {scene.medium}"
        said = f"{upper(bounds)}, {f'{outside:,} of {scene.places:,} in padding' if outside else inside}."
        line = f"{said} {self.outcome(scene)}."
        return line if len(line) <= WIDTH else said

    @abstractmethod
    def outcome(self, scene: Scene) -> str:
        """Return what is made of the window, for a caption."""

    def failing_code(self, shape: Shape) -> list[CodeLine]:
        """Return how many windows fit along each axis, where none does along one."""
        if len(shape) == 1:
            return []
        height, width, _ = grid(shape)
        top, bottom, left, right = self.sliding.padding_over(height, width)
        (f_h, f_w), (down, across), (dilated_h, dilated_w) = self.sliding[:3]
        axes = [("n_H", Axis(height, f_h, down, dilated_h, top, bottom))]
        if len(shape) == 3:
            axes.append(("n_W", Axis(width, f_w, across, dilated_w, left, right)))
        lines = []
        for name, axis in axes:
            padding = f" + {axis.before} + {axis.after}" if axis.before or axis.after else ""
            fits = (axis.padded - axis.extent) // axis.stride + 1
            code = f"{name} = ({axis.size}{padding} - {axis.extent}) // {axis.stride} + 1"
            lines.append(CodeLine(code, minus(fits), fits < 1))
        return lines if any(line.current for line in lines) else []


T = TypeVar("T", bound=type[Layer])

KINDS: dict[str, type[Layer]] = {}
"""All kinds of layer by their names in a spec."""


def register(kind: T) -> T:
    """Make a kind of layer known: whatever else asks for kinds finds it here."""
    KINDS[kind.kind] = kind
    return kind
