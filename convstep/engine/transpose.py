"""Transposed convolution: every input value, times the kernel, is stamped onto a larger output; the stamps add up."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from fractions import Fraction
from math import gcd
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import VALID, Axis, Geometry, Index, Pad, Padding, Pair, as_integer, index_of
from convstep.engine.steps import (
    Array,
    Operation,
    Step,
    as_floats,
    as_input,
    evaluate,
    read_only,
    row_ends,
    sliding,
    walk,
)
from convstep.errors import ArgumentError, GeometryError, ShapeError

BLOCK = 1 << 19
"""Input and output values in one block."""

LAYOUT = "W is (f_h, f_w, filters / groups, n_C_prev), as in TensorFlow's conv2d_transpose"


class TransposedAxis(Axis):
    """Stamps along one axis: input place `r` is stamped onto `kernel` output positions, from `r * stride` on.

    Attributes:
        size: Length of the input along this axis.
        kernel: Number of positions of one stamp.
        stride: Distance from one stamp to the next.
        dilation: Distance from one position of a stamp to the next.
        before: How much is cut off the output's low end.
        after: How much is cut off its high end; a negative number is output padding, which is added there.
    """

    __slots__ = ()

    @property
    def padded(self) -> int:
        """Length of the input, which is not padded."""
        return self.size

    @property
    def overhang(self) -> int:
        """0: there is no ceil mode."""
        return 0

    @property
    def output(self) -> int:
        """Length of the output: the length of all stamps, minus what is cut off."""
        return max(0, (self.size - 1) * self.stride + self.extent - self.before - self.after)

    @property
    def first(self) -> Fraction:
        """Start of the interval of input places that output position 0 depends on.

        Position p depends on the interval `[first + p * jump, first + p * jump + span]`: its integers inside the input
        that, with a dilation, meet an element of the kernel, are `window(p)`.
        """
        return Fraction(self.before - self.extent + 1, self.stride)

    @property
    def jump(self) -> Fraction:
        """Distance from one position's interval to the next position's."""
        return Fraction(1, self.stride)

    @property
    def span(self) -> Fraction:
        """Length of an interval, from its first place to its last."""
        return Fraction(self.extent - 1, self.stride)

    def window(self, position: int) -> range:
        """Return the input places whose stamps cover output position `position`; there may be none."""
        offset, step = position + self.before, self.dilation // gcd(self.stride, self.dilation)
        low = max(0, -((self.extent - 1 - offset) // self.stride))
        end = min(self.size - 1, offset // self.stride) + 1
        for place in range(low, min(low + step, end)):
            if (offset - place * self.stride) % self.dilation == 0:
                return range(place, end, step)
        return range(0)

    def inside(self, window: range) -> range:
        """Return the numbers of all taps: none lies in padding."""
        return range(len(window))

    def stamp(self, place: int) -> range:
        """Return the output positions that the stamp of input place `place` covers, without those cut off."""
        start = place * self.stride - self.before
        first = max(0, -(start // self.dilation))
        end = min(self.kernel, -((start - self.output) // self.dilation))
        return range(start + first * self.dilation, start + max(first, end) * self.dilation, self.dilation)

    def element(self, position: int, place: int) -> int:
        """Return which kernel element the stamp of `place` has at output position `position`."""
        return (position + self.before - place * self.stride) // self.dilation

    def places(self, tap: int) -> NDArray[np.intp]:
        """Return the input place whose stamp has its element `tap` at each position, `(output,)`; -1 for none."""
        places, between = np.divmod(np.arange(self.output) + (self.before - tap * self.dilation), self.stride)
        return np.where((between == 0) & (places >= 0) & (places < self.size), places, -1)

    def positions(self, place: int) -> list[int]:
        """Return the output positions that see input place `place`."""
        return list(self.stamp(place)) if 0 <= place < self.size else []

    def uses(self, element: int) -> list[Pair]:
        """Return where one element of the stamps lies, as (output position, input place), without those cut off."""
        first = element * self.dilation - self.before
        stamped = ((place * self.stride + first, place) for place in range(self.size))
        return [(position, place) for position, place in stamped if 0 <= position < self.output]

    def pairs(self, element: int, first: int, last: int) -> tuple[slice, slice]:
        """Return the output positions that one kernel element covers in some stamp, and the input places stamped there.

        Args:
            element: Which element.
            first: The first output position.
            last: The output position to stop before.

        Returns:
            The output positions, counted from `first`, and the input places.
        """
        offset = element * self.dilation - self.before
        low = max(0, -((offset - first) // self.stride))
        high = max(low, min(self.size, -((offset - last) // self.stride)))
        start = low * self.stride + offset - first
        return slice(start, start + (high - low) * self.stride, self.stride), slice(low, high)

    def __eq__(self, other: object) -> bool:
        """Return whether both are transposed and have equal fields: caches must not take one for a plain `Axis`."""
        return isinstance(other, TransposedAxis) and super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((TransposedAxis, *self))

    def __str__(self) -> str:
        cut = "".join(f" {'−' if side > 0 else '+'} {abs(side)}" for side in (self.before, self.after) if side)
        return f"({self.size} − 1) · {self.stride} + {self.extent}{cut}"


class TransposedGeometry(Geometry):
    """The neurons of a transposed convolution."""

    __slots__ = ()
    rows: TransposedAxis
    cols: TransposedAxis

    @property
    def padding(self) -> Padding:
        """No padding: what a transposed convolution calls padding is cut off its output."""
        return VALID


class Stamping(NamedTuple):
    """A transposed convolution's window parameters, for an input of any size.

    Attributes:
        kernel: Height and width of a stamp.
        stride: Rows and columns of the output from one stamp to the next.
        dilation: Rows and columns from one element of a stamp to the next.
        padding: How much is cut off the four sides of the output, "same", or "same_lower".
        output_padding: Rows and columns added at the bottom and at the right; the default of PyTorch and ONNX is
            (0, 0). None, the default of Keras, adds what stamps smaller than the stride leave: "same" then makes the
            output `size * stride` long, and `VALID` makes it `size * stride + max(extent - stride, 0)`.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Pad = VALID
    output_padding: Pair | None = None

    def over(self, height: int, width: int) -> tuple[TransposedAxis, TransposedAxis]:
        """Return the stamps along the rows and along the columns of a `height` x `width` input.

        Raises:
            GeometryError: All of the output is cut off.
            ArgumentError: The output padding is as large as both stride and dilation, or larger.
        """
        rows, cols = self.axis(height, 0), self.axis(width, 1)
        if not rows.output or not cols.output:
            raise GeometryError(
                f"stamps of {rows.extent}x{cols.extent} from a {height}x{width} input leave nothing "
                f"when {Padding(rows.before, rows.after, cols.before, cols.after)} is cut off",
                hint="Take a smaller padding: in a transposed convolution it is cut off the output",
            )
        return rows, cols

    def axis(self, size: int, n: int) -> TransposedAxis:
        """Return the stamps along rows (`n` 0) or columns (1) of an input that is `size` long.

        Raises:
            ArgumentError: There is no such padding, or the output padding is as large as stride and dilation.
        """
        kernel, stride, dilation = self.kernel[n], self.stride[n], self.dilation[n]
        extent = (kernel - 1) * dilation + 1
        more = None if self.output_padding is None else self.output_padding[n]
        if more is not None and more >= max(stride, dilation):
            raise ArgumentError(
                f"expected less than the stride {stride} or the dilation {dilation}, got {more}", where="output_padding"
            )
        if isinstance(self.padding, str):
            if self.padding not in ("same", "same_lower"):
                raise ArgumentError(
                    f"a transposed convolution has no padding '{self.padding}'",
                    where="padding",
                    hint="It has 'same', 'same_lower', 'valid', or numbers, which are cut off its output",
                )
            total = extent - stride if more is None else 2 * (extent // 2) - more
            before = (max(total, 0) + (self.padding == "same_lower")) // 2
            return TransposedAxis(size, kernel, stride, dilation, before, total - before)
        before, after = self.padding[2 * n : 2 * n + 2]
        more = max(stride - extent, 0) if more is None else more
        return TransposedAxis(size, kernel, stride, dilation, before, after - more)


class ConvTranspose(Operation):
    """A transposed convolution of one input.

    A step computes one output value. Its taps are the input values whose stamps cover it, each times the kernel
    element stamped there. The number of taps differs from step to step; without any, the value is the bias.

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        W: Kernels, `(f_h, f_w, filters / groups, n_C_prev)`.
        b: Biases, one for each filter in any shape; None for none.
        window: The stamps' parameters.
        groups: How many groups the channels are split into.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: The shapes don't fit together.
        GeometryError: All of the output is cut off.
        ArgumentError: The output padding is too large.
    """

    geometry: TransposedGeometry

    def __init__(self, A_prev: Any, W: Any, b: Any, window: Stamping, groups: int = 1, *, keep: bool = True) -> None:
        self.A_prev = as_input(A_prev, keep)
        self.W = as_floats(W, "W", self.dtype, keep=keep)
        m, n_H_prev, n_W_prev, n_C_prev = self.A_prev.shape
        if self.W.shape[3] != n_C_prev:
            raise ShapeError(
                f"the kernels are made for {self.W.shape[3]} channels, but {n_C_prev} arrive", where="W", hint=LAYOUT
            )
        if n_C_prev % groups:
            raise ShapeError(f"{n_C_prev} channels can't be split into {groups} groups", where="groups")
        self.groups = groups
        n_C = self.W.shape[2] * groups
        self.b = None if b is None else as_floats(b, "b", self.dtype, keep=keep).reshape(-1)
        if self.b is not None and self.b.size != n_C:
            raise ShapeError(f"expected a bias for each of {n_C} filters, got {self.b.size}", where="b")
        self.geometry = TransposedGeometry(m, *window.over(n_H_prev, n_W_prev), n_C)

    def window(self, index: Index) -> tuple[range, range, range]:
        rows, cols, _ = super().window(index)
        channels = self.W.shape[3] // self.groups
        first = index[3] // self.W.shape[2] * channels
        return rows, cols, range(first, first + channels)

    def filter(self, index: Index) -> Array:
        _, h, w, c = index
        rows, cols, channels = self.window(index)
        down = [self.geometry.rows.element(h, row) for row in rows]
        across = [self.geometry.cols.element(w, col) for col in cols]
        met = self.W[:, :, c % self.W.shape[2], channels.start : channels.stop]
        return read_only(met[np.ix_(down, across)])

    def bias(self, index: Index) -> Any:
        return self.dtype.type(0) if self.b is None else self.b[index[3]]

    def stamp(self, row: int, col: int) -> tuple[range, range]:
        """Return the output rows and columns that the stamp of input place (row, col) covers."""
        return self.geometry.rows.stamp(row), self.geometry.cols.stamp(col)

    def stamp_place(self, index: Index, row: int, col: int) -> Pair:
        """Return the row and column of the kernel element that input place (row, col) stamps onto a neuron.

        Raises:
            ArgumentError: The stamp does not cover the neuron.
        """
        _, h, w, _ = index
        rows, cols = self.geometry.rows, self.geometry.cols
        if row not in rows.window(h) or col not in cols.window(w):
            raise ArgumentError(f"the stamp of row {row}, column {col} does not lie over row {h}, column {w}")
        return rows.element(h, row), cols.element(w, col)

    def ends(self) -> Iterator[int]:
        rows, cols, n_C_prev = self.geometry.rows, self.geometry.cols, self.W.shape[3]
        return row_ends(self.geometry.shape, _height(rows, cols, n_C_prev, self.geometry.n_C))

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        _, _, n_W, n_C = Z.shape
        f_h, f_w, per_group, n_C_prev = self.W.shape
        rows, cols = self.geometry.rows, self.geometry.cols
        groups, channels, exact = self.groups, n_C_prev // self.groups, np.result_type(self.dtype, np.float64)
        weights = np.ascontiguousarray(self.W, exact).reshape(f_h, f_w, per_group, groups, channels)
        weights = weights.transpose(0, 1, 3, 4, 2)
        height = _height(rows, cols, n_C_prev, n_C)
        sums = np.empty((height, n_W, groups, per_group), exact)

        def compute(first: int, end: int) -> None:
            i, top, _, _ = index_of(first, Z.shape)
            block = sums[: (end - first) // (n_W * n_C)]
            block[:] = 0 if self.b is None else self.b.reshape(groups, per_group)
            for p in range(f_h):
                to_rows, from_rows = rows.pairs(p, top, top + len(block))
                source = np.asarray(self.A_prev[i, from_rows], exact)
                for q in range(f_w):
                    to_cols, from_cols = cols.pairs(q, 0, n_W)
                    part = block[to_rows, to_cols]
                    values = np.ascontiguousarray(source[:, from_cols]).reshape(-1, groups, channels).swapaxes(0, 1)
                    stamps = np.matmul(values, weights[p, q]).reshape(groups, *part.shape[:2], per_group)
                    part += stamps.transpose(1, 2, 0, 3)
            Z[i, top : top + len(block)] = block.reshape(-1, n_W, n_C)

        return compute


def _height(rows: TransposedAxis, cols: TransposedAxis, n_C_prev: int, n_C: int) -> int:
    """Return how many output rows one block has."""
    return min(rows.output, max(1, BLOCK // (cols.output * n_C + cols.size * n_C_prev)))


def transpose_workspace(axes: tuple[TransposedAxis, TransposedAxis], n_C_prev: int, n_C: int, groups: int) -> int:
    """Return how many float64 elements a transposed convolution needs as workspace, beside input, weights and output.

    Args:
        axes: The stamps along rows and columns.
        n_C_prev: Number of channels of the input.
        n_C: Number of filters.
        groups: How many groups the channels are split into.
    """
    rows, cols = axes
    height = _height(rows, cols, n_C_prev, n_C)
    weights = rows.kernel * cols.kernel * n_C_prev * n_C // groups
    places = min(rows.size, -(-height // rows.stride)) * cols.size
    return weights + height * cols.output * n_C + places * (3 * n_C_prev + 2 * n_C)


def conv_transpose_forward(
    A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any], start: int = 0
) -> Generator[Step, None, Array]:
    """Step through a transposed convolution, one output value at a time, in the order of the loops i, h, w, c.

    The output is `(size - 1) * stride + (kernel - 1) * dilation + 1 - before - after + output_padding` long.

    Args:
        A_prev: Input, `(m, n_H_prev, n_W_prev, n_C_prev)`; integers become float64.
        W: Kernels, `(f_h, f_w, filters / groups, n_C_prev)`.
        b: Biases, one for each filter in any shape; None for none.
        hparameters: `stride`, an int or (h, w), default 1; `pad`, what is cut off the output: an int, "same", "valid"
            or ((top, bottom), (left, right)), default 0; `dilation`, an int or (h, w); `output_padding`, an int or
            (h, w), smaller than the stride or the dilation; `groups`, an int. Without an `output_padding`, sizes are
            those of Keras for "same" and "valid", and those of PyTorch and ONNX for numbers.
        start: The first step's number.

    Yields:
        A `Step` for every value of the output.

    Returns:
        The whole output, `(m, n_H, n_W, filters)`, in the input's dtype, read-only.

    Raises:
        ShapeError: The shapes don't fit together.
        GeometryError: All of the output is cut off.
        ArgumentError: An unknown hyperparameter, or a value out of range.
    """
    return walk(_conv_transpose(A_prev, W, b, hparameters), start)


def conv_transpose2d(A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any]) -> Array:
    """Return a transposed convolution's whole output: bit for bit what `conv_transpose_forward` returns.

    Args and errors are those of `conv_transpose_forward`.
    """
    return evaluate(_conv_transpose(A_prev, W, b, hparameters, keep=False))


def _conv_transpose(A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any], *, keep: bool = True) -> ConvTranspose:
    shape = np.shape(W)
    if len(shape) != 4 or 0 in shape:
        raise ShapeError(f"expected four sizes, none of them 0, got {shape}", where="W", hint=LAYOUT)
    kernel, stride, dilation, padding, _ = sliding(hparameters, kernel=shape[:2], extra=("groups", "output_padding"))
    more = hparameters.get("output_padding")
    if more is not None:
        more = _output_padding(more)
    elif not isinstance(hparameters.get("pad"), str):
        more = (0, 0)
    groups = as_integer(hparameters.get("groups", 1), "groups")
    return ConvTranspose(A_prev, W, b, Stamping(kernel, stride, dilation, padding, more), groups, keep=keep)


def _output_padding(value: object) -> Pair:
    sides = value if isinstance(value, (tuple, list)) else (value, value)
    if len(sides) != 2:
        raise ArgumentError(f"expected one integer or two (height, width), got {value!r}", where="output_padding")
    return as_integer(sides[0], "output_padding", 0), as_integer(sides[1], "output_padding", 0)
