"""The base of all frameworks: which variables a layer's code reads and sets, and the lines that are written so far."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, TypeVar

from convstep.answers.emit.source import indented
from convstep.engine.geometry import Axis
from convstep.engine.transpose import TransposedAxis
from convstep.errors import ArgumentError
from convstep.layers import Shape
from convstep.layers.writer import Window, Writer

ODD_SAME = "SAME: the odd {} of padding goes {}"
LOSES = "padded with minus infinity, which never wins"
NOT_COUNTED = "padding is no part of a mean, so each is divided by the share of real values"
CEIL_NOT_COUNTED = "padding counts as 0; what ceil mode adds is no part of a mean, so each is divided by its share"
SPREAD = '''
def spread(W, dilation):
    """Return filters with zeros in the gaps of their dilation."""
    f_h, f_w = ((f - 1) * d + 1 for f, d in zip(W.shape, dilation))
    wide = np.zeros((f_h, f_w, *W.shape[2:]), W.dtype)
    wide[:: dilation[0], :: dilation[1]] = W
    return wide
'''

ONLY_TRAINING = "dropout has no effect outside training"


AnyAxis = TypeVar("AnyAxis", bound=Axis)


class Place(NamedTuple):
    """What the code of one layer is about.

    Attributes:
        name: The layer's name in the code, also in those of its arrays.
        inputs: The variables with its inputs.
        target: The variable for its output.
        shape: Shape of one example of the input, of all inputs together.
        output: Shape of one example of the output.
    """

    name: str
    inputs: tuple[str, ...]
    target: str
    shape: Shape
    output: Shape


class Transposed(NamedTuple):
    """How a transposed convolution is written where only whole stamps can be: input, all stamps, and what is cut off.

    Attributes:
        grown: Rows of zeros after the input along each axis, for an output padding that is larger than `more`.
        more: Output padding along each axis that the framework adds by itself.
        cut: How much to cut off each end of each axis.
    """

    grown: list[int]
    more: list[int]
    cut: list[tuple[int, int]]


class Framework(Writer):
    """Writes layers in one framework.

    Attributes:
        alone: Whether a single layer is written, whose arrays are called W and b.
        dtype: The dtype that is computed in.
        place: The layer that is written now.
        lines: The lines that compute the layers.
        used: The helper functions that they need.
    """

    title: ClassVar[str]
    """The framework's name as people write it."""
    helpers: ClassVar[dict[str, str]] = {}
    """Functions that the code may need, by name."""
    mathematics: ClassVar[dict[str, str]]
    """The framework's functions that formulas are made of: exp, tanh, erf, where and clip."""
    reserved: ClassVar[tuple[str, ...]] = ()
    """Names that no variable may have."""

    def __init__(self) -> None:
        self.alone = False
        self.dtype = "float32"
        self.place = Place("", ("x",), "x", (), ())
        self.lines: list[str] = []
        self.used: set[str] = set()

    # The program

    imports: ClassVar[tuple[str, ...]]
    """The lines that import the framework."""

    layouts: ClassVar[dict[int, str]] = {3: "(m, n_H, n_W, n_C)", 2: "(m, length, n_C)", 1: "(m, n)"}
    """What the net takes, by the number of axes of one example."""

    def definition(self, shape: Shape, entry: str, result: str) -> list[str]:
        """Return the code that defines the net, from the lines that are written: a function, unless overridden.

        Args:
            shape: Shape of one example of the net's input.
            entry: The variable with the input.
            result: The variable with the output.
        """
        about = f'"""Return the output for {entry} {self.layouts[len(shape)]}; p has all weights."""'
        return [f"def net({entry}, p):", *indented([about, *self.lines, f"return {result}"])]

    @property
    def functions(self) -> list[str]:
        """The code of the helper functions that the lines need."""
        return [code.strip() for name, code in self.helpers.items() if name in self.used]

    @abstractmethod
    def running(self, shape: Shape, output: Shape) -> list[str]:
        """Return the code that computes the output, a NumPy array y, from the arrays p.

        Args:
            shape: Shape of one example of the net's input.
            output: Shape of one example of the output.
        """

    # Variables and arrays

    @property
    def x(self) -> str:
        """The variable with the input."""
        return self.place.inputs[0]

    @property
    def rank(self) -> int:
        """How many axes the input has beside its channels: 2 for maps, 1 along a length, 0 for values in one row."""
        return len(self.place.shape) - 1

    @property
    def channels(self) -> int:
        """The number of channels of the input."""
        return self.place.shape[-1]

    def array(self, field: str) -> str:
        """Return the code for one of the layer's parameters."""
        if self.alone:
            return {"weights": "W", "bias": "b"}.get(field, field)
        return f'p["{self.place.name}/{field}"]'

    def weights(self) -> str:
        """Return the code for the filters; along a length they have no columns."""
        return self.array("weights") + ("[:, 0]" if self.rank == 1 else "")

    def plus_bias(self, biased: bool) -> str:
        """Return the code that adds the bias; "" if there is none."""
        return f" + {self.array('bias')}" if biased else ""

    def formula(self, code: str) -> None:
        self.set(code.format(x=self.x, **self.mathematics))

    def set(self, code: str, comment: str = "") -> None:
        """Add the line that sets the layer's output, after a comment."""
        self.note(comment)
        self.lines.append(f"{self.place.target} = {code}")

    def first(self, code: str, comment: str = "") -> None:
        """Add a line that prepares the input, which is called x from then on."""
        self.note(comment)
        self.lines.append(f"x = {code}")
        self.place = self.place._replace(inputs=("x", *self.place.inputs[1:]))

    def note(self, comment: str) -> None:
        """Add a comment."""
        if comment:
            self.lines.append(f"# {comment}")

    def unchanged(self, comment: str = "") -> None:
        """Pass the input on."""
        self.note(comment)
        if self.x != self.place.target:
            self.lines.append(f"{self.place.target} = {self.x}")

    # What most frameworks write alike

    def add(self) -> None:
        self.set(" + ".join(self.place.inputs))

    def multiply(self) -> None:
        self.set(" * ".join(self.place.inputs))

    def dense(self, units: int, *, biased: bool) -> None:
        self.set(f"{self.x} @ {self.array('weights')}{self.plus_bias(biased)}")

    def identity(self) -> None:
        self.unchanged()

    def dropout(self, rate: float) -> None:
        self.unchanged(ONLY_TRAINING)

    # Pools

    @abstractmethod
    def padded(self, x: str, amounts: Sequence[tuple[int, int]], value: int | None) -> str:
        """Return the code that pads a variable with a number; None is minus infinity."""

    @abstractmethod
    def largest(self, x: str, axes: Sequence[Axis]) -> str:
        """Return the code for the largest value of each window of a padded variable."""

    @abstractmethod
    def mean(self, x: str, axes: Sequence[Axis]) -> str:
        """Return the code for the mean of each window of a padded variable."""

    @abstractmethod
    def ones(self, x: str) -> str:
        """Return the code for ones in the shape of a variable."""

    def native_max(self, window: Window, axes: Sequence[Axis]) -> str | None:
        """Return the code for a max-pool that pads by itself; None if the framework has none."""
        return None

    def native_mean(self, window: Window, axes: Sequence[Axis], *, count_padding: bool) -> str | None:
        """Return the code for an average-pool that pads by itself; None if the framework has none."""
        return None

    def max_pool(self, window: Window) -> None:
        axes = self.along(*window[:2])
        if unpadded(axes):
            self.set(self.largest(self.x, axes))
        elif (native := self.native_max(window, axes)) is not None:
            self.set(native)
        else:
            self.note(self.odd(axes, window.word))
            self.first(self.padded(self.x, list(map(needed, axes)), None), LOSES)
            self.set(self.largest("x", axes))

    def avg_pool(self, window: Window, *, count_padding: bool) -> None:
        axes = self.along(*window[:2])
        overhang = list(map(overhanging, axes))
        if unpadded(axes):
            self.set(self.mean(self.x, axes))
        elif (native := self.native_mean(window, axes, count_padding=count_padding)) is not None:
            self.set(native)
        elif count_padding and not any(map(any, overhang)):
            self.first(self.padded(self.x, list(map(needed, axes)), 0), self.odd(axes, window.word))
            self.set(self.mean("x", axes))
        else:
            ones = self.ones(self.x)
            if count_padding:
                ones = self.padded(self.padded(ones, list(map(counted, axes)), 1), overhang, 0)
            else:
                ones = self.padded(ones, list(map(needed, axes)), 0)
            self.note(CEIL_NOT_COUNTED if count_padding else NOT_COUNTED)
            self.lines += [f"real = {ones}", f"real = {self.mean('real', axes)}"]
            self.first(self.padded(self.x, list(map(needed, axes)), 0))
            mean = self.mean("x", axes)
            self.set(f"({mean}) / real" if " / " in mean else f"{mean} / real")

    @abstractmethod
    def over_all(self, function: str) -> str:
        """Return the code for the "max" or the "mean" of each channel of the input."""

    def global_pool(self, function: str) -> None:
        if self.rank:
            self.set(self.over_all(function))
        else:
            self.unchanged("each channel has one value only")

    # Windows

    def kept(self, rows: TransposedAxis, cols: TransposedAxis) -> str:
        """Return what is left of a map's axes after cropping, as slices: 1:4, 2:."""
        slices = []
        for axis in self.along(rows, cols):
            end = axis.before + axis.output
            slices.append(f"{axis.before or ''}:{end if end < axis.size else ''}")
        return ", ".join(slices)

    def along(self, rows: AnyAxis, cols: AnyAxis) -> list[AnyAxis]:
        """Return the axes that the input has.

        Raises:
            ArgumentError: The window has columns along a length, which only NumPy's code can do.
        """
        if self.rank == 1 and (cols.kernel > 1 or cols.before or cols.after):
            raise ArgumentError(f"{self.title} has no windows with columns along a length", where=self.place.name)
        return [rows, cols][: self.rank]

    def is_same(self, window: Window) -> bool:
        """Return whether the padding is SAME, as TensorFlow has it."""
        return window.word == "SAME" and not any(axis.overhang for axis in self.along(*window[:2]))

    def odd(self, axes: Sequence[Axis], word: str) -> str:
        """Return a comment if SAME padding is uneven."""
        if word != "SAME" or all(axis.before == axis.after for axis in axes):
            return ""
        if len(axes) == 1:
            return ODD_SAME.format("place", "to the end")
        rows, cols = (axis.before != axis.after for axis in axes)
        if rows and cols:
            return "SAME: the odd row and column of padding go to the bottom and to the right"
        return ODD_SAME.format(*(("row", "to the bottom") if rows else ("column", "to the right")))

    def copied(self, axis: Axis) -> str:
        """Return the code for the places that padded places copy, clipped or mirrored, as an index along an axis."""
        places = f"np.arange({-axis.before}, {axis.size + axis.after})"
        if axis.mode == "edge":
            return f"np.clip({places}, 0, {axis.size - 1})"
        return f"{axis.size - 1} - abs({axis.size - 1} - abs({places}))"


def needed(axis: Axis) -> tuple[int, int]:
    """Return how much padding windows reach into before and after the input; what they don't reach is left out."""
    last = (axis.output - 1) * axis.stride + axis.extent
    return axis.before, max(0, last - axis.before - axis.size)


def counted(axis: Axis) -> tuple[int, int]:
    """Return how much of `needed` is declared padding, not what ceil mode adds."""
    before, after = needed(axis)
    return before, min(after, axis.after)


def overhanging(axis: Axis) -> tuple[int, int]:
    """Return how much of `needed` is what ceil mode adds."""
    return 0, needed(axis)[1] - counted(axis)[1]


def unpadded(axes: Sequence[Axis]) -> bool:
    """Return whether no window reaches into padding."""
    return not any(any(needed(axis)) for axis in axes)


def sees_nothing(axes: Sequence[Axis]) -> bool:
    """Return whether some window lies wholly in padding."""
    return any(not axis.inside(axis.window(place)) for axis in axes for place in range(axis.output))


def views(x: str, axes: Sequence[Axis], before: str = ":, ", after: str = "") -> str:
    """Return code that goes through the window's taps: what each sees in all windows, as slices of a padded input.

    Args:
        x: The variable with the input.
        axes: The window along each axis.
        before: The code for the axes before those.
        after: The code for the axes after those.
    """
    slices, loops = [], []
    for axis, name in zip(axes, ("h", "w"), strict=False):
        length = (axis.output - 1) * axis.stride + 1
        slices.append(f"{name} : {name} + {length}" + (f" : {axis.stride}" if axis.stride > 1 else ""))
        step = f"0, {axis.extent}, {axis.dilation}" if axis.dilation > 1 else f"{axis.kernel}"
        loops.append(f"for {name} in range({step})")
    return f"[{x}[{before}{', '.join(slices)}{after}] {' '.join(loops)}]"


def stamped(axes: Sequence[TransposedAxis], most: Sequence[int], least: Sequence[int] = (0, 0)) -> Transposed:
    """Return how to write a transposed convolution with stamps that are cut.

    Args:
        axes: The stamps along each axis.
        most: The most output padding that the framework can add along each axis.
        least: The output padding that it always adds.
    """
    result = Transposed([], [], [])
    for axis, up_to, always in zip(axes, most, least, strict=False):
        wanted = max(0, -axis.after)
        grown = -(-(wanted - up_to) // axis.stride) if wanted > up_to else 0
        more = always if grown else max(always, min(wanted, up_to))
        length = (axis.size + grown - 1) * axis.stride + axis.extent + more
        result.grown.append(grown)
        result.more.append(more)
        result.cut.append((axis.before, length - axis.before - axis.output))
    return result


def keeps_same(axis: TransposedAxis) -> bool:
    """Return whether SAME in TensorFlow and Keras cuts off the same."""
    before = max(axis.extent - axis.stride, 0) // 2
    return axis.dilation == 1 and axis.before == before and axis.output == axis.size * axis.stride


def cut(amounts: Sequence[tuple[int, int]], before: str = ":, ", after: str = "") -> str:
    """Return the code that cuts off both ends of each axis; "" if nothing is cut off."""
    if not any(map(any, amounts)):
        return ""
    ends = (f"{a or ''}:{-b if b else ''}" for a, b in amounts)
    return f"[{before}{', '.join(ends)}{after}]"
