"""`Layer`, the base of all kinds, and `Windowed`, the base of those with a sliding window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import VALID, Axis, Index, Pad, Padding, Pair, Sliding
from convstep.engine.steps import Array, Operation, Step
from convstep.errors import ArgumentError, ShapeError
from convstep.figures import minus
from convstep.layers.fields import EXTENT, PADDING
from convstep.layers.fields import field as spec_field
from convstep.layers.reasons import SAME, Explanation, never_reached, same_needs, sides, size_sum, skipped
from convstep.layers.weights import Given, Weights
from convstep.layers.words import CodeLine, Part, listed, short_span, upper

if TYPE_CHECKING:
    from convstep.layers.scene import Scene
    from convstep.layers.writer import Writer

PADDING_REASONS = {
    "CAUSAL": ", so that no window looks ahead (CAUSAL)",
    "FULL": ", so that every tap of the window meets every value (FULL)",
}
"""What the words CAUSAL and FULL mean for the amount of padding."""

WIDTH = 78
"""Characters in a line of a small screen."""

Shape = tuple[int, ...]
"""Shape of one example: (height, width, channels), (length, channels), or (values,)."""

Face = Literal["equation", "winner", "mean", "before_after", "contributions", "parts", "bars", "moved", "row"]
"""How the screen shows a step: slice × filter = products; a window with its largest value, or its mean; a value before
and after; a list of products; a list of the inputs' values; bars; where a value comes from; its place in a row."""


class Reach(NamedTuple):
    """The intervals of input places that a layer's neurons see along one axis.

    Attributes:
        first: The first place that neuron 0 sees.
        span: Distance from a neuron's first place to its last.
        jump: Distance from one neuron's interval to the next one's.
    """

    first: Fraction
    span: Fraction
    jump: Fraction


class Uses(NamedTuple):
    """Where a layer uses one of its weights.

    Attributes:
        weight: The weight's index in the array of weights.
        rows: The pairs of output row and input row, which lies outside the input in padding.
        cols: The same for columns.
        source: The input channel that it multiplies.
    """

    weight: tuple[int, ...]
    rows: list[Pair]
    cols: list[Pair]
    source: int


class Flag(NamedTuple):
    """A word for breakpoint conditions that a kind of layer defines.

    Attributes:
        word: The word.
        meaning: What holds at a window, in a few words.
    """

    word: str
    meaning: str


class Block(NamedTuple):
    """Part of a layer's output, in which breakpoints are searched.

    Attributes:
        operation: The layer and its input.
        values: The output of these examples and rows.
        examples: Which examples.
        rows: Which rows of the output.
    """

    operation: Operation
    values: Array
    examples: range
    rows: range

    def like(self, array: Array) -> Array:
        """Return the same examples and rows of another array."""
        return array[self.examples.start : self.examples.stop, self.rows.start : self.rows.stop]


def grid(shape: Shape) -> tuple[int, int, int]:
    """Return a shape as (height, width, channels), as the engine needs it: missing axes have length 1."""
    if len(shape) == 1:
        return (1, 1, shape[0])
    if len(shape) == 2:
        return (shape[0], 1, shape[1])
    height, width, channels = shape
    return height, width, channels


def place_in(shape: Shape, place: tuple[int, int, int]) -> tuple[int, ...]:
    """Return a place of a grid as an array of `shape` has it: (h, w, c), (place, channel) or (value,)."""
    h, _, c = place
    return {3: place, 2: (h, c)}.get(len(shape), (c,))


def plane(shape: Shape, what: str) -> tuple[int, int]:
    """Return the height and width of an input of `shape`; the width of a 1-D input is 1.

    Raises:
        ShapeError: The input is flat, and `what` needs rows and columns.
    """
    if len(shape) == 1:
        raise ShapeError(
            f"{what} needs a map of rows and columns, but {shape[0]} values in one row arrive",
            hint="Put it before the flatten",
        )
    height, width, _ = grid(shape)
    return height, width


def join_axes(shape: Shape, rows: str, cols: str) -> str:
    """Return the texts for rows and columns, with a comma; only the first if both are equal, or for a 1-D input."""
    return rows if len(shape) == 2 or rows == cols else f"{rows}, {cols}"


def padding_name(padding: Pad) -> str:
    """Return padding in capitals: SAME, VALID, ...; PAD for numbers."""
    return padding.upper() if isinstance(padding, str) else "VALID" if padding == VALID else "PAD"


def sizes(shape: Shape, axes: tuple[Axis, Axis]) -> Shape:
    """Return the output's (height, width) for an input of `shape`; (length,) for a 1-D input.

    Raises:
        ShapeError: The output of a 1-D input would have several columns.
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
    """Return the total size of arrays as products: 4·4·3·8 + 8; empty for none."""
    products = list(map(factors, shapes))
    if len(products) > 1 and len(set(products)) == 1:
        return f"{len(products)}·{products[0]}"
    return " + ".join(products)


def factors(shape: Shape) -> str:
    """Return the size of a shape as a product: 64·64·8."""
    return "·".join(map(str, shape))


def times(shape: Shape) -> str:
    """Return a shape as it is shown: 64×64×3."""
    return "×".join(map(str, shape))


@dataclass(frozen=True, eq=False, repr=False)
class Layer(ABC):
    """One layer of a net.

    Attributes:
        name: The layer's name, unique in its net.
        sources: The layers whose outputs it takes, or "input"; empty for the layer before it.
        kind: The kind's name in a spec.
        aliases: The kind's names in other frameworks.
        stem: The default name, without its number; empty for the kind's name.
        unnumbered: Whether the default name has no number if there is only one such layer.
        takes_several: Whether it takes several inputs.
        keeps_values: Whether it passes its input's values on unchanged and in order; the shape may change.
        takes_winner: Whether a neuron's value is that of one of its taps, the largest.
        taps_vary: Whether the number of taps differs from neuron to neuron.
        sees_all: Whether a neuron may depend on all of every input, in ways that are not known.
        shorthand: The field that `kind: value` sets; empty for the only required one.
        axis_letters: The axes of its weights in our order, such as HWIO.
        flags: The words for breakpoints that the kind defines.
        output_name: The output's name in the code panel.
        step_word: What one of its steps computes: a value, a window or a neuron.
        rest_name: What is left of a neuron's value without its bias and what its taps contribute.
    """

    name: str
    sources: tuple[str, ...] = field(default=(), kw_only=True)
    kind: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    stem: ClassVar[str] = ""
    unnumbered: ClassVar[bool] = False
    takes_several: ClassVar[bool] = False
    keeps_values: ClassVar[bool] = False
    takes_winner: ClassVar[bool] = False
    taps_vary: ClassVar[bool] = False
    sees_all: ClassVar[bool] = False
    shorthand: ClassVar[str] = ""
    axis_letters: ClassVar[str] = ""
    flags: ClassVar[tuple[Flag, ...]] = ()
    output_name: ClassVar[str] = "A"
    step_word: ClassVar[Literal["value", "window", "neuron"]] = "value"
    rest_name: ClassVar[str] = "rounding"

    # Equality, once for all kinds: dataclasses would write it anew for each, which takes a good part of the start

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._fields == other._fields

    def __hash__(self) -> int:
        return hash((type(self), self._fields))

    def __repr__(self) -> str:
        values = zip(fields(self), self._fields, strict=True)
        return f"{type(self).__name__}({', '.join(f'{field.name}={value!r}' for field, value in values)})"

    @property
    def _fields(self) -> tuple[Any, ...]:
        return tuple([getattr(self, field.name) for field in fields(self)])

    # Shapes

    def combined_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of all inputs together.

        Raises:
            ShapeError: They don't fit together; the message says where they differ.
        """
        return shapes[0]

    @abstractmethod
    def output(self, shape: Shape) -> Shape:
        """Return the output's shape for an input of `shape`.

        Raises:
            ShapeError: The layer can't take such an input; the message says why.
        """

    @abstractmethod
    def operation(self, inputs: Sequence[Array]) -> Operation:
        """Return the engine's operation on inputs, each `(m, height, width, channels)`."""

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Return the window along rows and columns; 1x1 in a layer without a window."""
        height, width, _ = grid(shape)
        return Axis(height), Axis(width)

    def padding_for(self, shape: Shape) -> Padding:
        """Return the padding of an input of `shape`."""
        return VALID

    @property
    def padding_word(self) -> str:
        """The padding as a word: SAME, VALID, ...; PAD for numbers; empty in a layer without padding."""
        return ""

    def in_padding(self, shape: Shape, axis: int, positions: Array) -> NDArray[np.bool_]:
        """Return for each position along rows (axis 0) or columns whether its window reaches into padding."""
        return np.zeros(positions.shape, np.bool_)

    def reach(self, shape: Shape) -> tuple[Reach, Reach] | None:
        """Return what the neurons see along rows and columns of the input; None if they see all of it."""
        rows, cols = (Reach(axis.first, axis.span, axis.jump) for axis in self.axes(shape))
        return rows, cols

    def channel_groups(self, shape: Shape) -> int:
        """Return into how many groups of neighbours the channels of input and output are split.

        A neuron sees all channels of its own group, and no other: 1 if it sees all channels, as many as the input has
        if it sees one.
        """
        return grid(shape)[2]

    def source_channels(self, *shapes: Shape) -> list[slice]:
        """Return which channels of all inputs together come from each input; `shapes` are theirs."""
        return [slice(shape[-1]) for shape in shapes]

    def taps(self, shape: Shape) -> int:
        """Return the largest number of taps of a neuron."""
        rows, cols = self.axes(shape)
        return rows.kernel * cols.kernel

    def taps_at(self, shape: Shape, index: Index) -> int:
        """Return the number of taps of the neuron at `index`."""
        return self.taps(shape)

    def parameter_shapes(self, shape: Shape | None) -> dict[str, Shape]:
        """Return the shapes of weights, biases and other parameters, by field.

        Args:
            shape: The input's shape; if it is None, sizes that depend on it are 0.
        """
        return {}

    def weight_shape(self, shape: Shape) -> Shape:
        """Return the shape of the weights that an input of `shape` needs, whatever they were made for; () for none."""
        return self.parameter_shapes(shape).get("weights", ())

    def array_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of all parameters for an input of `shape`, by field; no size is left open."""
        return self.parameter_shapes(shape)

    def parameter_arrays(self, shape: Shape, dtype: np.dtype[Any]) -> dict[str, Array]:
        """Return weights, biases and other parameters for an input of `shape`, by field."""
        return {name: getattr(self, name).of(size, dtype) for name, size in self.array_shapes(shape).items()}

    def filter_shape(self, shape: Shape) -> tuple[int, int, int] | None:
        """Return height, width and channels of one filter; None for a layer that has no filters."""
        return None

    def filter_place(self, step: Step, place: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return the row, column and channel of the filter that a tap has, from its place in the window."""
        return place

    def uses(self, shape: Shape, place: tuple[int, int, int], c: int) -> Uses:
        """Return where the weight at a row, column and channel of filter `c` is used; there must be filters."""
        raise NotImplementedError

    def channel_parameters(self, scene: Scene) -> dict[str, Array]:
        """Return the channel's own parameters, other than weights and bias, and values computed from them, by name."""
        return {}

    def given_weights(self, weights: Weights, origin: Shape) -> dict[str, Any]:
        """Return the fields that a spec's weights give: with their rows in the order of our flatten.

        Args:
            weights: The weights as the spec has them.
            origin: The shape before the flatten.
        """
        return {"weights": weights}

    def check_sizes(self, shape: Shape) -> None:
        """Check that given parameters have as many values as an input of `shape` needs.

        Raises:
            ShapeError: One has more or fewer.
        """
        for name, needed in self.parameter_shapes(shape).items():
            weights = getattr(self, name)
            if isinstance(weights, Given) and weights.array.size != prod(needed):
                raise ShapeError(f"expected {times(needed)} numbers for {name}, got {times(weights.array.shape)}")

    def parameters(self, shape: Shape) -> int:
        """Return the number of parameters: weights, biases and the like."""
        return sum(prod(each) for each in self.parameter_shapes(shape).values())

    def parameter_product(self, shape: Shape) -> str:
        """Return the number of parameters as products: 4·4·3·8 + 8; empty for none."""
        shapes = self.parameter_shapes(shape).values()
        along_length = len(shape) == 2  # kernels have a single column there, which is left out
        return product_of((each[0], *each[2:]) if along_length and len(each) == 4 else each for each in shapes)

    @property
    def made_for(self) -> int | None:
        """How many inputs the weights were made for; None if they are made for whatever arrives."""
        return None

    @property
    def declares_inputs(self) -> bool:
        """Whether the spec says how many inputs the weights were made for: a mismatch is then shown, not refused."""
        return False

    def macs(self, shape: Shape) -> int:
        """Return the number of multiply-accumulates for one example."""
        return 0

    def weights_per_neuron(self, shape: Shape) -> int:
        """Return how many weights a neuron multiplies with, its bias not counted; the largest number if it varies."""
        return 0

    @property
    def is_biased(self) -> bool:
        """Whether a neuron adds a bias."""
        return False

    def workspace(self, shape: Shape) -> int:
        """Return how many array elements computing needs as workspace, beside input, weights and output."""
        return 0

    def formula(self, shape: Shape) -> str:
        """Return the arithmetic that gives the output's shape."""
        return f"{times(shape)}, as it comes"

    def short_formula(self, shape: Shape) -> str:
        """Return the same in its shortest form, such as ⌈64 / 2⌉ = 32 for SAME."""
        return self.formula(shape)

    def explain_padding(self, shape: Shape) -> Explanation | None:
        """Return the padding of each side, and the reason for it; None if the kind has no padding."""
        return None

    def explain_skipped(self, shape: Shape) -> list[Explanation]:
        """Return which parts of the input the windows skip, and why."""
        return []

    def weight_origins(self, shape: Shape) -> list[str]:
        """Return where the parameters come from: weights drawn at random (He, seed 1)."""
        names: dict[str, list[str]] = {}
        for name in self.parameter_shapes(shape):
            names.setdefault(getattr(self, name).description, []).append(name)
        return [f"{listed(each)} {description}" for description, each in names.items() if description]

    def contributions(self, step: Step) -> Array:
        """Return how much each tap adds to a neuron's value, `(f_h, f_w, channels)`, in float64; the bias is left out.

        By default, equal shares of the value: all of it where there is one tap.
        """
        shape = step.operation.terms(step.index).shape
        return np.full(shape, np.float64(step.value) / max(1, prod(shape)))

    def flagged(self, word: str, block: Block) -> NDArray[np.bool_]:
        """Return for each neuron of a block whether one of the kind's `flags` holds."""
        raise NotImplementedError

    # Texts: a step as a line of arithmetic, as sentences, as a caption, and as code

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The names of the output's channels; may be empty."""
        return ()

    @property
    def keeps_integers(self) -> bool:
        """Whether integers come out if input, weights and biases are integers."""
        return True

    @abstractmethod
    def face(self, step: Step) -> Face:
        """Return how the screen shows a step."""

    @abstractmethod
    def sum(self, scene: Scene) -> list[Part]:
        """Return the arithmetic that gives a neuron's value; it ends with `scene.result`."""

    @abstractmethod
    def intro(self, scene: Scene) -> str:
        """Return what the layer does, with its numbers, in a sentence for those who see its kind for the first time."""

    @abstractmethod
    def sentence(self, scene: Scene) -> str:
        """Return what happens at a step, in sentences that explain it without any picture."""

    @abstractmethod
    def caption(self, scene: Scene) -> str:
        """Return what happens at a step, in a line of at most `WIDTH` characters."""

    @abstractmethod
    def code(self, scene: Scene) -> list[CodeLine]:
        """Return the loops that compute the layer, with their variables' values at the step, or at its open tap."""

    def brief(self, scene: Scene) -> str:
        """Return what happens to the value, in a few words for the window panel; may be empty."""
        return ""

    def tap_sum(self, scene: Scene, tap: int) -> list[Part]:
        """Return the arithmetic of one tap; it ends with `scene.so_far`."""
        return [scene.signed(scene.tap(tap).input), Part(", sum so far "), *scene.so_far(tap)]

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        """Return what one tap does, as the end of a sentence that begins with its place."""
        at = scene.tap(tap)
        return f"{scene.number(at.input)}; the sum so far is {scene.number(at.total)}"

    def tap_place(self, scene: Scene, tap: int) -> str:
        """Return the input place of a tap in words."""
        return scene.tap(tap).where

    def title(self, scene: Scene) -> str:
        """Return what a neuron sees, as a title: rows 17–20, cols 36–39."""
        several = len(scene.channels) > 1
        if len(scene.arriving) == 1:
            return f"all {len(scene.channels):,} values" if several else f"value {scene.channels[0]}"
        axes = [("place", scene.rows)] if scene.along_length else [("row", scene.rows), ("col", scene.cols)]
        title = ", ".join(short_span(axis, word) for word, axis in axes)
        if several or scene.arriving[-1] == 1:
            return title
        return f"{title}, {scene.channel(scene.channels[0]).replace('channel', 'ch')}"

    def write(self, to: Writer, shape: Shape) -> None:
        """Write the layer in a framework, for an input of `shape`.

        Raises:
            ArgumentError: The kind does not say how.
        """
        raise ArgumentError(f"a layer of kind '{self.kind}' does not say how it is written in a framework")

    def failing_code(self, shape: Shape) -> list[CodeLine]:
        """Return the lines of code that fail for an input of `shape`; [] if it fails for another reason."""
        return []


@dataclass(frozen=True, eq=False, repr=False)
class Windowed(Layer):
    """A layer whose window slides over rows and columns, or over the length of a 1-D input.

    Attributes:
        kernel: Height and width of the window.
        stride: Rows and columns from one window to the next; None for the kernel's size.
        dilation: Rows and columns from one tap to the next.
        padding: Four numbers, or a word.
        term: The kind's name in a sentence, with its article.
    """

    kernel: Pair = spec_field(EXTENT, aliases=("kernel_size", "kernel_shape", "pool_size", "filter_size", "f"))
    stride: Pair | None = spec_field(EXTENT, (1, 1), aliases=("strides",))
    dilation: Pair = spec_field(EXTENT, (1, 1), aliases=("dilations", "dilation_rate"))
    padding: Pad = spec_field(PADDING, VALID, aliases=("pad", "pads", "auto_pad"))
    term: ClassVar[str]
    step_word = "window"

    @property
    def sliding(self) -> Sliding:
        """The window's parameters, for an input of any size."""
        return Sliding(self.kernel, self.stride or self.kernel, self.dilation, self.padding)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        height, width = plane(shape, self.term)
        return self.sliding.over(height, width, self.mode)

    def size(self, scene: Scene) -> str:
        """Return the window's size: 4×4; 10 in one dimension."""
        return times(self.kernel[: 1 if scene.along_length else 2])

    @property
    def mode(self) -> str:
        """The padding mode: zero, reflect or edge."""
        return "zero"

    @property
    def padding_word(self) -> str:
        return padding_name(self.padding)

    def padding_for(self, shape: Shape) -> Padding:
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
        """Return the number of output channels for `n_C_prev` input channels."""
        return n_C_prev

    def formula(self, shape: Shape) -> str:
        rows, cols = self.axes(shape)
        return join_axes(shape, f"{rows.formula} = {rows.output}", f"{cols.formula} = {cols.output}")

    def short_formula(self, shape: Shape) -> str:
        return join_axes(shape, *(size_sum(axis, self.padding) for axis in self.axes(shape)))

    def explain_padding(self, shape: Shape) -> Explanation | None:
        along_length, word = len(shape) == 2, self.padding_word
        axes, named = self.axes(shape), sides(self.padding_for(shape), along_length)
        if self.padding in SAME:
            reason = f"{word}: {same_needs(axes, along_length)}"
            return f"padding {named}" if named else f"{word} needs no padding", reason
        if not named:
            return (f"{word}: no padding",) * 2
        added = ", what ceil mode adds for the last windows included" if any(axis.overhang for axis in axes) else ""
        return f"padding {named}", f"padding {named}{added or PADDING_REASONS.get(word, '')}"

    def explain_skipped(self, shape: Shape) -> list[Explanation]:
        axes, along_length = self.axes(shape), len(shape) == 2
        return [*never_reached(axes, along_length), *skipped(axes, along_length)]

    def caption(self, scene: Scene) -> str:
        bounds = short_span(scene.rows, "place" if scene.along_length else "row")
        if not scene.along_length:
            bounds += ", " + short_span(scene.cols, "column")
        outside = scene.places - scene.inside
        inside = f"{'' if scene.places == 1 else 'all '}inside the {scene.medium}"
        text = f"{upper(bounds)}, {f'{outside:,} of {scene.places:,} in padding' if outside else inside}."
        line = f"{text} {self.outcome(scene)}."
        return line if len(line) <= WIDTH else text

    @abstractmethod
    def outcome(self, scene: Scene) -> str:
        """Return the step's result, for a caption."""

    def failing_code(self, shape: Shape) -> list[CodeLine]:
        """Return the lines that compute how many windows fit along each axis, if none fits along one; else []."""
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
