"""Where windows lie: padding, output sizes, and step number <-> index. Pure integers, both directions."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.errors import ArgumentError, GeometryError

Pair = tuple[int, int]
Index = tuple[int, int, int, int]
"""A neuron, `(i, h, w, c)`: example, row, column, channel."""

MEANING = {
    "kernel": "The kernel is the window's height and width",
    "stride": "The stride is how far the window moves each time: 1 visits every place, 2 every other",
    "dilation": "The dilation is the distance between neighbouring taps of the window: 1 leaves no gaps",
    "groups": "Groups split the channels: each filter sees only the channels of its own group",
    "padding": "Padding is 'same', 'same_lower' (the odd one before), 'causal' (all before, along rows), "
    "'full' (every place that a tap can see), 'valid', a number of rows and columns for every side, "
    "or [[top, bottom], [left, right]]",
    "padding_mode": "Padding holds zeros, or values of the map: mirrored at its border (reflect), "
    "or those of the border itself (edge)",
    "ceil_mode": "In ceil mode a remainder that doesn't fill a stride gets a window too, which runs past the input",
    "count_include_pad": "Whether an average counts padding among the values that it divides by",
}

MODES = ("zero", "reflect", "edge")
"""Padding modes: zeros, the map mirrored without repeating its border, or the border repeated."""


class Padding(NamedTuple):
    """Rows and columns added around an input."""

    top: int
    bottom: int
    left: int
    right: int

    def __str__(self) -> str:
        return f"top {self.top}, bottom {self.bottom}, left {self.left}, right {self.right}"


VALID = Padding(0, 0, 0, 0)

Pad = Padding | Literal["same", "same_lower", "causal", "full"]
"""Padding as it is given: four numbers, or a word, from which the input's size makes four numbers."""


class Axis(NamedTuple):
    """A window sliding along one axis: rows, or columns.

    Attributes:
        size: Length of the input along this axis.
        kernel: Number of taps.
        stride: Distance from one window to the next.
        dilation: Distance from one tap to the next.
        before: Padding at the low end.
        after: Padding at the high end.
        ceil_mode: Whether a remainder that doesn't fill a stride gets a window too.
        mode: The padding mode, one of `MODES`.
    """

    size: int
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    ceil_mode: bool = False
    mode: str = "zero"

    @property
    def extent(self) -> int:
        """Length of one window, gaps of the dilation included."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def first(self) -> Fraction:
        """The first input place that window 0 sees."""
        return Fraction(-self.before)

    @property
    def span(self) -> Fraction:
        """Distance from a window's first tap to its last."""
        return Fraction(self.extent - 1)

    @property
    def jump(self) -> Fraction:
        """Distance from one window to the next."""
        return Fraction(self.stride)

    @property
    def declared(self) -> int:
        """Length of the input with its padding, without the overhang of ceil mode."""
        return self.before + self.size + self.after

    @property
    def overhang(self) -> int:
        """How far the last window of ceil mode reaches beyond the padding."""
        if not self.ceil_mode or not (output := self.output):
            return 0
        return max(0, (output - 1) * self.stride + self.extent - self.declared)

    @property
    def padded(self) -> int:
        """Length of the padded input, overhang included."""
        return self.declared + self.overhang

    @property
    def output(self) -> int:
        """Number of windows.

        A remainder that doesn't fill a stride is left over. In ceil mode it gets a window of its own, unless that would
        start past the input and the padding before it, as in PyTorch and ONNX.
        """
        size, kernel, stride, dilation, before, after, ceil_mode, _ = self
        room = before + size + after - (kernel - 1) * dilation - 1
        return max(0, -(-room // stride) + 1 - self._left_out if ceil_mode else room // stride + 1)

    @property
    def _left_out(self) -> int:
        """1 if the last window of ceil mode is left out, because it would start past the input; else 0."""
        start = -(-(self.declared - self.extent) // self.stride) * self.stride
        return int(self.ceil_mode and start >= self.before + self.size)

    def pre_padded(self) -> Axis:
        """Return the same windows along an input that already contains its padding."""
        return self._replace(size=self.padded, before=0, after=0, ceil_mode=False, mode="zero")

    def window(self, position: int) -> range:
        """Return the places of the window's taps in the input's coordinates; in padding below 0 or past the end."""
        start = position * self.stride - self.before
        return range(start, start + self.extent, self.dilation)

    def inside(self, window: range) -> range:
        """Return the numbers of a window's taps that lie in the input, not in padding."""
        first = max(0, -(window.start // self.dilation))
        last = min(len(window), -((window.start - self.size) // self.dilation))
        return range(first, max(first, last))

    def counted(self, window: range) -> range:
        """Return the numbers of a window's taps that lie in the input or its padding, not in the overhang."""
        return range(len(range(window.start, min(window.stop, self.size + self.after), self.dilation)))

    def source(self, place: int) -> int | None:
        """Return the input place whose value stands at `place` of the padded input; None in zero padding."""
        if 0 <= place < self.size:
            return place
        if self.mode == "zero":
            return None
        border = 0 if place < 0 else self.size - 1
        return border if self.mode == "edge" else 2 * border - place

    def places(self, tap: int) -> NDArray[np.intp]:
        """Return the input place whose value a tap reads at each position, `(output,)`; -1 in zero padding."""
        places = np.arange(self.output) * self.stride + (tap * self.dilation - self.before)
        last = self.size - 1
        if self.mode == "edge":
            return np.clip(places, 0, last)
        if self.mode == "reflect":
            return last - abs(last - abs(places))
        return np.where((places >= 0) & (places <= last), places, -1)

    def positions(self, place: int) -> list[int]:
        """Return the positions of all windows with a tap on `place` of the input, or on padding that copies it."""
        if self.mode == "zero" or not 0 <= place < self.size:
            return self._positions(place)
        padding = (*range(-self.before, 0), *range(self.size, self.padded - self.before))
        copies = [copy for copy in padding if self.source(copy) == place]
        return sorted({position for copy in (place, *copies) for position in self._positions(copy)})

    def _positions(self, place: int) -> list[int]:
        """Return the positions of all windows with a tap on `place` of the padded input."""
        offset = place + self.before
        first = max(0, -((self.extent - 1 - offset) // self.stride))
        last = min(self.output - 1, offset // self.stride)
        return [p for p in range(first, last + 1) if (offset - p * self.stride) % self.dilation == 0]

    def uses(self, element: int) -> list[Pair]:
        """Return where one element of the window lies along the whole sweep, as (position, place in the input)."""
        first = element * self.dilation - self.before
        return [(position, position * self.stride + first) for position in range(self.output)]

    def unreached(self) -> list[int]:
        """Return the rows (or columns) of the input that no window has a tap on."""
        return [place for place in range(self.size) if not self.positions(place)]

    @property
    def formula(self) -> str:
        """The arithmetic for the number of windows, also for stride 1: ⌊(64 + 1 + 2 − 4)/1⌋ + 1."""
        low, high = "⌈⌉" if self.ceil_mode else "⌊⌋"
        return self._and_one(f"{low}({self._distance})/{self.stride}{high}")

    def __str__(self) -> str:
        return self._and_one(self._distance) if self.stride == 1 else self.formula

    @property
    def _distance(self) -> str:
        """The distance from the first window to the last that fits, as a sum."""
        padding = f" + {self.before} + {self.after}" if self.before or self.after else ""
        return f"{self.size}{padding} − {self.extent}"

    def _and_one(self, others: str) -> str:
        """Return the number of windows from that of all but the first."""
        return f"{others} + 1 − 1 (past the input)" if self._left_out else f"{others} + 1"


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
        """The four sides' padding, the overhang of ceil mode included."""
        rows, cols = self.rows, self.cols
        return Padding(rows.before, rows.after + rows.overhang, cols.before, cols.after + cols.overhang)

    def index(self, number: int) -> Index:
        """Return the index `(i, h, w, c)` of step `number`."""
        return index_of(number, self.shape)

    def number(self, index: Index) -> int:
        """Return the step number of `index`."""
        return number_of(index, self.shape)


class Sliding(NamedTuple):
    """A sliding window's parameters, for an input of any size.

    Attributes:
        kernel: Height and width of the window.
        stride: Rows and columns from one window to the next.
        dilation: Rows and columns from one tap to the next.
        padding: Four numbers, or a word.
        ceil_mode: Whether a remainder that doesn't fill a stride gets a window too.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Pad = VALID
    ceil_mode: bool = False

    def over(self, height: int, width: int, mode: str = "zero") -> tuple[Axis, Axis]:
        """Return the window along the rows and along the columns of a `height` x `width` input.

        Args:
            height: Rows of the input.
            width: Columns of the input.
            mode: The padding mode, one of `MODES`.

        Raises:
            GeometryError: The window is larger than the padded input, or padding reflects more than the input has.
        """
        top, bottom, left, right = self.padding_over(height, width)
        (f_h, f_w), (s_h, s_w), (d_h, d_w) = self.kernel, self.stride, self.dilation
        rows = Axis(height, f_h, s_h, d_h, top, bottom, self.ceil_mode, mode)
        cols = Axis(width, f_w, s_w, d_w, left, right, self.ceil_mode, mode)
        if not rows.output or not cols.output:
            dilated = f" ({self.kernel[0]}x{self.kernel[1]} dilated)" if self.dilation != (1, 1) else ""
            padded = f"{height}x{width} input"
            if any((top, bottom, left, right)):
                padded += f" padded to {rows.declared}x{cols.declared}"
            raise GeometryError(
                f"a window of {rows.extent}x{cols.extent}{dilated} does not fit in the {padded}",
                hint="Take a smaller kernel, or padding 'same'",
            )
        if mode == "reflect":
            _check_reflection(rows, "rows")
            _check_reflection(cols, "columns")
        return rows, cols

    @property
    def word(self) -> str:
        """The padding in words: SAME, SAME_LOWER, CAUSAL, FULL, VALID, or the four numbers."""
        if isinstance(self.padding, str):
            return self.padding.upper()
        return "VALID" if self.padding == VALID else f"padding {self.padding}"

    def padding_over(self, height: int, width: int) -> Padding:
        """Return the padding of a `height` x `width` input, as four numbers."""
        if isinstance(self.padding, Padding):
            return self.padding
        down, across = ((kernel - 1) * dilation for kernel, dilation in zip(self.kernel, self.dilation, strict=True))
        if self.padding == "full":
            return Padding(down, down, across, across)
        if self.padding == "causal":
            return Padding(down, 0, 0, 0)
        top, bottom = same_padding(height, self.kernel[0], self.stride[0], self.dilation[0])
        left, right = same_padding(width, self.kernel[1], self.stride[1], self.dilation[1])
        return Padding(bottom, top, right, left) if self.padding == "same_lower" else Padding(top, bottom, left, right)


def _check_reflection(axis: Axis, name: str) -> None:
    """Check that padding reflects no more rows, or columns, than the map has beside its border."""
    widest, most = max(axis.before, axis.after + axis.overhang), axis.size - 1
    if widest > most:
        raise GeometryError(
            f"{widest} {name} of padding can't be reflected from a map of {axis.size}",
            hint=f"Pad at most {most} on a side, as the border is not repeated, or take the mode 'edge'",
        )


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
    """Return TensorFlow's SAME padding of one axis, (before, after).

    It makes the output `ceil(size / stride)` long; of an odd number of places, the extra one goes after.
    """
    windows = -(-size // stride)
    total = max(0, (windows - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return total // 2, total - total // 2


def as_integer(value: object, name: str, least: int = 1) -> int:
    """Return `value` as an integer of at least `least`.

    Raises:
        ArgumentError: It is something else; the hint says what `name` means.
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
        return as_integer(value[0], name), as_integer(value[1], name)
    return (as_integer(value, name),) * 2


def pad(value: object) -> Pad:
    """Return padding as four numbers, or a word that depends on the input's size.

    Args:
        value: An int for all sides, ((top, bottom), (left, right)), or, in upper or lower case, "same", "same_lower",
            "causal", "full" or "valid".

    Raises:
        ArgumentError: It is none of these.
    """
    if isinstance(value, Padding):
        return value
    if isinstance(value, str):
        match value.lower():
            case "same" | "same_lower" | "causal" | "full" as word:
                return word
            case "valid":
                return VALID
    elif isinstance(value, (tuple, list)):
        if len(value) == 2 and all(isinstance(side, (tuple, list)) and len(side) == 2 for side in value):
            (top, bottom), (left, right) = value
            return Padding(*(as_integer(side, "padding", 0) for side in (top, bottom, left, right)))
    else:
        number = as_integer(value, "padding", 0)
        return Padding(number, number, number, number)
    raise ArgumentError(f"can't read {value!r}", where="padding", hint=MEANING["padding"])


def check_mode(value: object, name: str) -> str:
    """Return a padding mode in lower case.

    Raises:
        ArgumentError: It is none of them.
    """
    word = value.lower() if isinstance(value, str) else value
    if word not in MODES:
        raise ArgumentError(
            f"expected {', '.join(MODES[:-1])} or {MODES[-1]}, got {value!r}", where=name, hint=MEANING["padding_mode"]
        )
    return str(word)
