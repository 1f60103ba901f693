"""Transposed convolution: every input value, times the kernel, is stamped onto a larger output; the stamps add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from convstep import engine
from convstep.engine.geometry import VALID, Axis, Index, Pad, Padding, Pair
from convstep.engine.steps import Array, Operation, Step
from convstep.engine.transpose import TransposedAxis
from convstep.errors import ArgumentError, ShapeError
from convstep.layers.base import Face, Shape, Uses, grid, join_axes, padding_name, plane, sizes, times
from convstep.layers.fields import BIAS, COUNT, EXTENT, MARGINS, PADDING, WEIGHTS, field
from convstep.layers.kinds import register
from convstep.layers.loops import Loops
from convstep.layers.pool import DOUBLE
from convstep.layers.products import Products, largest
from convstep.layers.reasons import Explanation, sides
from convstep.layers.scene import Scene
from convstep.layers.weights import XAVIER, ZEROS, Given, Weights
from convstep.layers.window import channels_in_words
from convstep.layers.words import COLOURS, CodeLine, Part, count, short_span, span, upper
from convstep.layers.writer import Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class ConvTranspose(Products):
    """A transposed convolution; sizes are those of Keras, unless `output_padding` is given.

    Attributes:
        filters: The number of filters, n_C.
        kernel: Height and width of a stamp.
        stride: Rows and columns from one stamp to the next.
        dilation: Rows and columns from one element of a stamp to the next.
        padding: What is cut off the four sides of the output, or a word.
        output_padding: Rows and columns added at the bottom and the right; None for Keras' default.
        groups: How many groups the channels are split into.
        weights: `(f_h, f_w, n_C / groups, n_C_prev)`.
        bias: `(n_C,)`; None for none.
    """

    filters: int = field(COUNT, aliases=("out_channels", "num_filters"))
    kernel: Pair = field(EXTENT, aliases=("kernel_size", "kernel_shape", "filter_size", "f"))
    stride: Pair = field(EXTENT, (1, 1), aliases=("strides",))
    dilation: Pair = field(EXTENT, (1, 1), aliases=("dilations", "dilation_rate"))
    padding: Pad = field(PADDING, VALID, aliases=("pad", "pads", "auto_pad"))
    output_padding: Pair | None = field(MARGINS, None)
    groups: int = field(COUNT, 1, aliases=("group",))
    weights: Weights = field(WEIGHTS, XAVIER, aliases=("weight", "W", "kernel_initializer"))
    bias: Weights | None = field(BIAS, ZEROS, aliases=("use_bias", "b"))
    kind = "conv_transpose"
    axis_letters = "HWOI"
    aliases = ("conv2d_transpose", "conv2dtranspose", "convtranspose2d", "deconv", "deconvolution", "transposed_conv")
    taps_vary = True
    step_word = "neuron"

    def __post_init__(self) -> None:
        if self.filters % self.groups:
            raise ArgumentError(f"{self.filters} filters can't be split into {self.groups} groups", where="groups")
        for n in (0, 1):  # raises an error if padding or output padding is invalid for any input
            self._stamping.axis(1, n)

    @property
    def _stamping(self) -> engine.Stamping:
        return engine.Stamping(self.kernel, self.stride, self.dilation, self.padding, self.output_padding)

    def axes(self, shape: Shape) -> tuple[TransposedAxis, TransposedAxis]:
        height, width = plane(shape, "a transposed convolution")
        return self._stamping.over(height, width)

    @property
    def padding_word(self) -> str:
        return padding_name(self.padding)

    def padding_for(self, shape: Shape) -> Padding:
        """Return what is cut off the output, which a transposed convolution calls padding."""
        rows, cols = self.axes(shape)
        return Padding(rows.before, max(0, rows.after), cols.before, max(0, cols.after))

    def explain_padding(self, shape: Shape) -> Explanation | None:
        cut = sides(self.padding_for(shape), len(shape) == 2)
        text = f"cut off: {cut}" if cut else "nothing is cut off"
        return text, f"{text}; that is what a transposed convolution calls padding"

    def parameter_shapes(self, shape: Shape | None) -> dict[str, Shape]:
        weights = {"weights": (*self.kernel, self.filters // self.groups, shape[-1] if shape else 0)}
        return weights | ({} if self.bias is None else {"bias": (self.filters,)})

    def output(self, shape: Shape) -> Shape:
        axes = self.axes(shape)
        if shape[-1] % self.groups:
            raise ShapeError(f"{shape[-1]} channels can't be split into {self.groups} groups")
        needed = self.parameter_shapes(shape)["weights"]
        if isinstance(self.weights, Given) and self.weights.array.shape != needed:
            raise ShapeError(
                f"the weights are {times(self.weights.array.shape)}, but {times(needed)} are needed",
                hint="Weights are height × width × filters × channels",
            )
        return (*sizes(shape, axes), self.filters)

    def operation(self, inputs: Sequence[Array]) -> Operation:
        (A_prev,) = inputs
        weights = self.weights.of(self.parameter_shapes(A_prev.shape)["weights"], A_prev.dtype)
        bias = None if self.bias is None else self.bias.of((self.filters,), A_prev.dtype)
        return engine.ConvTranspose(A_prev, weights, bias, self._stamping, self.groups)

    def write(self, to: Writer, shape: Shape) -> None:
        to.conv_transpose(*self.axes(shape), self.filters, self.groups, biased=self.is_biased)

    def channel_groups(self, shape: Shape) -> int:
        return self.groups

    def taps(self, shape: Shape) -> int:
        return self._most(shape, 0) * self._most(shape, 1) * shape[-1] // self.groups

    def _most(self, shape: Shape, n: int) -> int:
        axis = self.axes(shape)[n]
        return max(len(axis.window(position)) for position in range(axis.output))

    def taps_at(self, shape: Shape, index: Index) -> int:
        rows, cols = self.axes(shape)
        return len(rows.window(index[1])) * len(cols.window(index[2])) * shape[-1] // self.groups

    def filter_shape(self, shape: Shape) -> tuple[int, int, int]:
        return (*self.kernel, shape[-1] // self.groups)

    def filter_place(self, step: Step, place: tuple[int, int, int]) -> tuple[int, int, int]:
        row, col, k = place
        return (*_stamping_operation(step).stamp_place(step.index, step.rows[row], step.cols[col]), k)

    def uses(self, shape: Shape, place: tuple[int, int, int], c: int) -> Uses:
        (rows, cols), (a, b, k) = self.axes(shape), place
        group, q = divmod(c, self.filters // self.groups)
        source = group * (shape[-1] // self.groups) + k
        return Uses((a, b, q, source), rows.uses(a), cols.uses(b), source)

    def macs(self, shape: Shape) -> int:
        height, width, n_C_prev = grid(shape)
        return height * width * n_C_prev * prod(self.kernel) * self.filters // self.groups

    def workspace(self, shape: Shape) -> int:
        return DOUBLE * engine.transpose_workspace(self.axes(shape), shape[-1], self.filters, self.groups)

    def formula(self, shape: Shape) -> str:
        rows, cols = self.axes(shape)
        return join_axes(shape, f"{rows} = {rows.output}", f"{cols} = {cols.output}")

    # Texts: a neuron is the sum of the stamps that cover it

    def face(self, step: Step) -> Face:
        return "equation"

    def sum(self, scene: Scene) -> list[Part]:
        sums = scene.channel_sums
        if len(sums) == 1 or not scene.taps:
            return self.sum_of_terms(scene, [(float(sums.sum()), f"from {_stamps(scene)}")])
        return self.sum_of_terms(
            scene, largest(sums, lambda k: COLOURS[k] if scene.has_colours else f"ch {scene.channels[k]}")
        )

    def tap_name(self, scene: Scene, tap: int) -> str:
        _, _, p, q = _element(scene, tap)
        return f"{scene.tap(tap).where}, its stamp's {f'[{p}]' if scene.along_length else f'[{p}, {q}]'}"

    def tap_sentence(self, scene: Scene, tap: int) -> str:
        row, col, p, q = _element(scene, tap)
        rows, cols = _operation(scene).stamp(row, col)
        where, element = f"{span(rows, 'row')} and {span(cols, 'column')}", f"[{p}, {q}]"
        if scene.along_length:
            where, element = span(rows, "place"), f"[{p}]"
        return f"it stamps {where} of the output, with its element {element} here; {super().tap_sentence(scene, tap)}"

    def intro(self, scene: Scene) -> str:
        size = times(self.kernel[: 1 if scene.along_length else 2])
        return f"Every value stamps a filter of {size}, times itself, onto a larger output."

    def sentence(self, scene: Scene) -> str:
        f_h, f_w = self.kernel
        size = f_h if scene.along_length else f"{f_h}×{f_w}"
        text = (
            f"Every value of the {scene.medium} stamps a {self.random}filter of {size}, times itself, onto the output."
        )
        if not scene.taps:
            left = f"only the bias is left: {scene.value}" if self.is_biased else f"{scene.value} comes out"
            return f"{text} No stamp lies over this neuron, so {left}."
        lie = f"{_stamps(scene)} {'lies' if scene.taps == 1 else 'lie'} over this neuron"
        return f"{text} {lie}, from {scene.bounds()}{channels_in_words(scene)}. {self.sum_in_words(scene)}."

    def caption(self, scene: Scene) -> str:
        if not scene.taps:
            return f"No stamp lies over this neuron: {scene.value}."
        gives = "gives" if scene.taps == 1 else "add up to"
        return f"{upper(_stamps(scene))} from {scene.bounds()} {gives} {scene.value}."

    def title(self, scene: Scene) -> str:
        return super().title(scene) if scene.taps else "no stamp"

    def code(self, scene: Scene) -> list[CodeLine]:
        return _collecting(self, scene) if scene.open_tap is None else _stamping(self, scene, scene.open_tap)


def _operation(scene: Scene) -> engine.ConvTranspose:
    return _stamping_operation(scene.step)


def _stamping_operation(step: Step) -> engine.ConvTranspose:
    assert isinstance(step.operation, engine.ConvTranspose)
    return step.operation


def _stamps(scene: Scene) -> str:
    return count(scene.taps, "stamp") if scene.taps else "no stamp"


def _element(scene: Scene, tap: int) -> tuple[int, int, int, int]:
    """Return the input row and column of a tap, and the row and column of the kernel element stamped here."""
    _, row, col, _ = scene.operation.source(scene.index, scene.tap_place(tap))
    return (row, col, *_operation(scene).stamp_place(scene.index, row, col))


def _elements(size: int, dilation: int) -> str:
    """Return the code for a stamp's rows, or columns: range(3); range(0, 5, 2) with dilation."""
    extent = (size - 1) * dilation + 1
    return f"range({size})" if dilation == 1 else f"range(0, {extent}, {dilation})"


class _Arrays(NamedTuple):
    """The names of input and kernels in the code, which splits them if there are several groups.

    Attributes:
        layer: The layer.
        along_length: Whether the input is 1-D.
    """

    layer: ConvTranspose
    along_length: bool

    def split(self, write: Loops) -> None:
        """Write the lines that split the channels into groups."""
        if self.layer.groups > 1:
            write.add(f"A_g = np.split(A_prev, {self.layer.groups}, -1)")
            write.add(f"W_g = np.split(W, {self.layer.groups}, -1)")

    def choose(self, write: Loops, c: int) -> None:
        """Write the line that computes filter `c`'s group, and its number in that group."""
        if self.layer.groups > 1:
            of = self.layer.filters // self.layer.groups
            write.add(f"g, k = divmod(c, {of})", f"{c // of}, {c % of}")

    @property
    def value(self) -> str:
        """The code for the input's values at one place."""
        A = "A_g[g]" if self.layer.groups > 1 else "A_prev"
        return f"{A}[i,y]" if self.along_length else f"{A}[i,y,x]"

    def kernel(self, row: str, col: str) -> str:
        """Return the code for one or more elements of a kernel."""
        W, c = ("W_g[g]", "k") if self.layer.groups > 1 else ("W", "c")
        return f"{W}[{row},0,{c}]" if self.along_length else f"{W}[{row},{col},{c}]"


def _collecting(layer: ConvTranspose, scene: Scene) -> list[CodeLine]:
    """Return the loops over the output, in which each value sums what is stamped onto it."""
    geometry, flat = scene.operation.geometry, scene.along_length
    write, (_, h, w, c), arrays = Loops(scene), scene.index, _Arrays(layer, scene.along_length)
    write.add(f"P = {_elements(layer.kernel[0], layer.dilation[0])}")
    if not flat:
        write.add(f"Q = {_elements(layer.kernel[1], layer.dilation[1])}")
    arrays.split(write)
    write.loop("i", geometry.m, scene.index[0])
    write.loop("h", geometry.shape[1], h)
    if not flat:
        write.loop("w", geometry.shape[2], w)
    write.loop("c", geometry.n_C, c)
    arrays.choose(write, c)
    write.add("z = b[c]" if layer.is_biased else "z = 0")
    depth = write.depth
    axes = [("y", "p", "h", geometry.rows)] + ([] if flat else [("x", "q", "w", geometry.cols)])
    for place, _, _, axis in axes:
        write.loop(place, axis.size, None)
    for place, element, at, axis in axes:
        cut = f" + {axis.before}" if axis.before else ""
        write.add(f"{element} = {at}{cut} - {place} * {axis.stride}")
    write.add("if p in P:" if flat else "if p in P and q in Q:")
    write.depth += 1
    write.add(f"w_pq = {arrays.kernel('P.index(p)', 'Q.index(q)')}")
    write.add(f"z += np.sum({arrays.value} * w_pq)")
    write.depth = depth
    write.output("Z[i,h,c] = z" if flat else "Z[i,h,w,c] = z")
    return write.lines


def _stamping(layer: ConvTranspose, scene: Scene, tap: int) -> list[CodeLine]:
    """Return the loops over the input, in which each value adds its stamp to the output."""
    geometry, flat, (row, col, _, _) = scene.operation.geometry, scene.along_length, _element(scene, tap)
    rows, cols = geometry.rows, geometry.cols
    write, arrays = Loops(scene), _Arrays(layer, flat)
    sizes = [geometry.m, _uncut(rows), *([] if flat else [_uncut(cols)]), geometry.n_C]
    write.add(f"stamped = np.zeros(({', '.join(map(str, sizes))}))")
    arrays.split(write)
    write.loop("i", geometry.m, scene.index[0])
    write.loop("y", rows.size, row)
    if not flat:
        write.loop("x", cols.size, col)
    write.loop("c", geometry.n_C, scene.index[3])
    arrays.choose(write, scene.index[3])
    write.add(f"a = {arrays.value}")
    write.add(f"K = {arrays.kernel(':', ':')}")
    write.add(f"r = {_places('y', rows)}", _stamped(row, rows, "place" if flat else "row"))
    if not flat:
        write.add(f"s = {_places('x', cols)}", _stamped(col, cols, "col"))
    write.loop("ch", len(scene.channels), scene.tap_place(tap)[2])
    write.total(f"stamped[{'i,r,c' if flat else 'i,r,s,c'}] += a[ch]*K[...,ch]", tap)
    write.depth = 0
    top, left = f"{rows.before}:{rows.before + rows.output}", f"{cols.before}:{cols.before + cols.output}"
    bias = " + b" if layer.is_biased else ""
    write.output(f"Z[:] = stamped[:,{top}]{bias}" if flat else f"Z[:] = stamped[:,{top},{left}]{bias}", current=False)
    return write.lines


def _uncut(axis: Axis) -> int:
    """Return the output's length before anything is cut off, output padding included."""
    return max((axis.size - 1) * axis.stride + axis.extent, axis.before + axis.output)


def _stamped(place: int, axis: Axis, word: str) -> str:
    """Return the output rows, or columns, that a stamp covers, before anything is cut off."""
    start = place * axis.stride
    return short_span(range(start, start + axis.extent, axis.dilation), word)


def _places(name: str, axis: Axis) -> str:
    step = f", {axis.dilation}" if axis.dilation > 1 else ""
    return f"slice({name} * {axis.stride}, {name} * {axis.stride} + {axis.extent}{step})"
