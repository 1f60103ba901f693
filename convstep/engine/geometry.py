"""Where windows lie: padding, output sizes, and step number <-> index. Pure integers, both directions."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from convstep.errors import ArgumentError, GeometryError

Pair = tuple[int, int]
Index = tuple[int, int, int, int]
"""The place of a neuron, `(i, h, w, c)`: example, row, column, channel."""

MEANING = {
    "kernel": "The kernel is the window's height and width",
    "stride": "The stride is how far the window moves each time: 1 visits every place, 2 every other",
    "dilation": "The dilation is the distance between neighbouring taps of the window: 1 leaves no gaps",
    "groups": "Groups split the channels: each filter sees only the channels of its own group",
    "padding": "Padding is 'same', 'valid', a number of rows and columns for every side, "
    "or [[top, bottom], [left, right]]",
}


class Padding(NamedTuple):
    """Rows and columns added around an input."""

    top: int
    bottom: int
    left: int
    right: int

    def __str__(self) -> str:
        return f"top {self.top}, bottom {self.bottom}, left {self.left}, right {self.right}"


VALID = Padding(0, 0, 0, 0)

Pad = Padding | Literal["same"]
"""Padding as it is asked for: four numbers, or SAME, which is four numbers as soon as the input's size is known."""


class Axis(NamedTuple):
    """A window sliding along one axis: rows, or columns.

    Attributes:
        size: Length of the input along this axis.
        kernel: Number of taps.
        stride: Distance from one window to the next.
        dilation: Distance from one tap to the next.
        before: Padding at the low end.
        after: Padding at the high end.
    """

    size: int
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def extent(self) -> int:
        """How much input one window spans, gaps of the dilation included."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def padded(self) -> int:
        """Length of the padded input."""
        return self.before + self.size + self.after

    @property
    def output(self) -> int:
        """How many windows fit; a remainder that doesn't fill a stride is left over."""
        return max(0, (self.padded - self.extent) // self.stride + 1)

    def window(self, position: int) -> range:
        """Return where the taps of the window at `position` lie, in the input's own coordinates."""
        start = position * self.stride - self.before
        return range(start, start + self.extent, self.dilation)

    def inside(self, window: range) -> range:
        """Return which taps of a window lie in the input itself, not in padding."""
        first = max(0, -(window.start // self.dilation))
        last = min(len(window), -((window.start - self.size) // self.dilation))
        return range(first, max(first, last))

    def positions(self, place: int) -> list[int]:
        """Return the positions of all windows that have a tap on `place` of the input."""
        offset = place + self.before
        first = max(0, -((self.extent - 1 - offset) // self.stride))
        last = min(self.output - 1, offset // self.stride)
        return [p for p in range(first, last + 1) if (offset - p * self.stride) % self.dilation == 0]

    def unreached(self) -> list[int]:
        """Return the rows (or columns) of the input that no window has a tap on."""
        return [place for place in range(self.size) if not self.positions(place)]

    def __str__(self) -> str:
        padding = f" + {self.before} + {self.after}" if self.before or self.after else ""
        sum_ = f"{self.size}{padding} − {self.extent}"
        return f"{sum_} + 1" if self.stride == 1 else f"⌊({sum_}) / {self.stride}⌋ + 1"


@dataclass(frozen=True, slots=True)
class Geometry:
    """The neurons of one layer, in the order of the loops `i, h, w, c`.

    Attributes:
        m: Number of examples.
        rows: The window along the input's rows.
        cols: The window along the input's columns.
        n_C: Number of channels of the output.
        shape: Shape of the output, `(m, n_H, n_W, n_C)`.
    """

    m: int
    rows: Axis
    cols: Axis
    n_C: int
    shape: Index = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", (self.m, self.rows.output, self.cols.output, self.n_C))

    @property
    def count(self) -> int:
        """Number of windows."""
        m, n_H, n_W, n_C = self.shape
        return m * n_H * n_W * n_C

    @property
    def padding(self) -> Padding:
        """The four sides' padding."""
        return Padding(self.rows.before, self.rows.after, self.cols.before, self.cols.after)

    def index(self, number: int) -> Index:
        """Return the index `(i, h, w, c)` of step `number`."""
        return index_of(number, self.shape)

    def number(self, index: Index) -> int:
        """Return the step number of `index`."""
        return number_of(index, self.shape)


class Sliding(NamedTuple):
    """How a window slides: everything about it but the size of its input.

    Attributes:
        kernel: Height and width of the window.
        stride: Rows and columns from one window to the next.
        dilation: Rows and columns from one tap to the next.
        padding: Four numbers, or "same".
    """

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Pad = VALID

    def over(self, height: int, width: int) -> tuple[Axis, Axis]:
        """Return the window along the rows and along the columns of a `height` x `width` input.

        Raises:
            GeometryError: The window is larger than the padded input.
        """
        top, bottom, left, right = self.padding_over(height, width)
        rows = Axis(height, self.kernel[0], self.stride[0], self.dilation[0], top, bottom)
        cols = Axis(width, self.kernel[1], self.stride[1], self.dilation[1], left, right)
        if not rows.output or not cols.output:
            dilated = f" ({self.kernel[0]}x{self.kernel[1]} dilated)" if self.dilation != (1, 1) else ""
            padded = f"{height}x{width} input"
            if any((top, bottom, left, right)):
                padded += f" padded to {rows.padded}x{cols.padded}"
            raise GeometryError(
                f"a window of {rows.extent}x{cols.extent}{dilated} does not fit in the {padded}",
                hint="Take a smaller kernel, or padding 'same'",
            )
        return rows, cols

    @property
    def word(self) -> str:
        """Its padding as a learner knows it: SAME, VALID, or the four numbers."""
        if self.padding == "same":
            return "SAME"
        return "VALID" if self.padding == VALID else f"padding {self.padding}"

    def padding_over(self, height: int, width: int) -> Padding:
        """Return the four numbers of padding for a `height` x `width` input."""
        if self.padding != "same":
            return self.padding
        top, bottom = same_padding(height, self.kernel[0], self.stride[0], self.dilation[0])
        left, right = same_padding(width, self.kernel[1], self.stride[1], self.dilation[1])
        return Padding(top, bottom, left, right)


def index_of(number: int, shape: Index) -> Index:
    """Return the index `(i, h, w, c)` of step `number` in an output of `shape`."""
    _, n_H, n_W, n_C = shape
    place = number // n_C
    row = place // n_W
    return (row // n_H, row % n_H, place % n_W, number % n_C)


def number_of(index: Index, shape: Index) -> int:
    """Return the number of the step that computes `index` in an output of `shape`."""
    _, n_H, n_W, n_C = shape
    i, h, w, c = index
    return ((i * n_H + h) * n_W + w) * n_C + c


def same_padding(size: int, kernel: int, stride: int = 1, dilation: int = 1) -> Pair:
    """Return TensorFlow's SAME padding for one axis, (before, after): the odd one goes after.

    It makes the output `ceil(size / stride)` long.
    """
    windows = -(-size // stride)
    total = max(0, (windows - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return total // 2, total - total // 2


def whole(value: object, name: str, least: int = 1) -> int:
    """Return `value` as an integer of at least `least`.

    Raises:
        ArgumentError: It is something else; the message says what `name` means.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]  # a non-integer is what we are here to refuse
    except TypeError:
        number = least - 1
    if number < least:
        raise ArgumentError(
            f"expected an integer of at least {least}, got {value!r}", where=name, hint=MEANING.get(name, "")
        )
    return number


def pair(value: object, name: str) -> Pair:
    """Return an int, or (height, width), as (height, width), both at least 1.

    Raises:
        ArgumentError: It is neither.
    """
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ArgumentError(
                f"expected one integer or two (height, width), got {value!r}", where=name, hint=MEANING.get(name, "")
            )
        return whole(value[0], name), whole(value[1], name)
    return (whole(value, name),) * 2


def pad(value: object) -> Pad:
    """Return padding in any of its spellings as four numbers, or "same".

    Args:
        value: An int for all sides, "same", "valid", or ((top, bottom), (left, right)).

    Raises:
        ArgumentError: It is none of these.
    """
    if isinstance(value, Padding):
        return value
    if isinstance(value, str):
        if value.lower() == "same":
            return "same"
        if value.lower() == "valid":
            return VALID
    elif isinstance(value, (tuple, list)):
        if len(value) == 2 and all(isinstance(side, (tuple, list)) and len(side) == 2 for side in value):
            (top, bottom), (left, right) = value
            return Padding(*(whole(side, "padding", 0) for side in (top, bottom, left, right)))
    else:
        number = whole(value, "padding", 0)
        return Padding(number, number, number, number)
    raise ArgumentError(f"can't read {value!r}", where="padding", hint=MEANING["padding"])
