"""Convolutions: the sum of slice × filter, and a bias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from convstep import engine
from convstep.engine.geometry import Pair
from convstep.engine.steps import Array, Operation, Step
from convstep.errors import ArgumentError, ShapeError
from convstep.layers.base import Face, Shape, Uses, Windowed, times
from convstep.layers.fields import BIAS, COUNT, LENGTH, NAMES, PADDING_MODE, WEIGHTS, field
from convstep.layers.kinds import register
from convstep.layers.loops import window_loops
from convstep.layers.products import Products, Term, largest
from convstep.layers.scene import Scene
from convstep.layers.weights import XAVIER, ZEROS, Given, Weights
from convstep.layers.window import channels_in_words, padding_in_words
from convstep.layers.words import COLOURS, CodeLine, Part
from convstep.layers.writer import Window, Writer

EFFECTS = {
    "zero": ("and count as 0", "and counts as 0"),
    "reflect": ("and mirror the values inside", "and mirrors a value inside"),
    "edge": ("and repeat the values at the border", "and repeats a value at the border"),
}
"""What several places in padding do, and what one does, by padding mode."""


@dataclass(frozen=True, eq=False, repr=False)
class Convolution(Products, Windowed):
    """Base of 2-D and 1-D convolutions.

    Attributes:
        filters: The number of filters, n_C.
        groups: How many groups the channels are split into.
        weights: `(f_h, f_w, n_C_prev / groups, n_C)`.
        bias: `(n_C,)`; None for none.
        padding_mode: How padding is filled: zero, reflect or edge.
        filter_names: The filters' names; may be empty.
    """

    filters: int = field(COUNT, aliases=("out_channels", "num_filters", "n_filters", "num_output"))
    groups: int = field(COUNT, 1, aliases=("group",))
    weights: Weights = field(WEIGHTS, XAVIER, aliases=("weight", "W", "kernel_initializer"))
    bias: Weights | None = field(BIAS, ZEROS, aliases=("use_bias", "b"))
    padding_mode: str = field(PADDING_MODE, "zero")
    filter_names: tuple[str, ...] = field(NAMES, ())
    axis_letters = "HWIO"
    term: ClassVar[str] = "a convolution"

    def __post_init__(self) -> None:
        if self.filter_names and len(self.filter_names) != self.filters:
            raise ArgumentError(
                f"expected {self.filters} names, one for each filter, got {len(self.filter_names)}",
                where="filter_names",
            )

    def parameter_shapes(self, shape: Shape | None) -> dict[str, Shape]:
        weights = (*self.kernel, shape[-1] // self.groups if shape else 0, self.filters)
        return {"weights": weights} | ({} if self.bias is None else {"bias": (self.filters,)})

    def output(self, shape: Shape) -> Shape:
        output = super().output(shape)
        if shape[-1] % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{shape[-1]} channels and {self.filters} filters can't be split into {self.groups} groups"
            )
        needed = self.parameter_shapes(shape)["weights"]
        if isinstance(self.weights, Given) and self.weights.array.shape != needed:
            raise ShapeError(
                f"the weights are {times(self.weights.array.shape)}, but {times(needed)} are needed",
                hint="Weights are height × width × channels × filters",
            )
        return output

    def channels(self, n_C_prev: int) -> int:
        return self.filters

    def operation(self, inputs: Sequence[Array]) -> Operation:
        (A_prev,) = inputs
        weights = self.weights.of(self.parameter_shapes(A_prev.shape)["weights"], A_prev.dtype)
        bias = None if self.bias is None else self.bias.of((self.filters,), A_prev.dtype)
        return engine.Conv(A_prev, weights, bias, self.sliding, self.groups, self.padding_mode)

    def write(self, to: Writer, shape: Shape) -> None:
        to.conv(Window(*self.axes(shape), self.padding_word), self.filters, self.groups, biased=self.is_biased)

    def taps(self, shape: Shape) -> int:
        return prod(self.parameter_shapes(shape)["weights"][:3])

    def channel_groups(self, shape: Shape) -> int:
        return self.groups

    def filter_shape(self, shape: Shape) -> tuple[int, int, int]:
        return (*self.kernel, shape[-1] // self.groups)

    def uses(self, shape: Shape, place: tuple[int, int, int], c: int) -> Uses:
        (rows, cols), (a, b, k) = self.axes(shape), place
        first = c // (self.filters // self.groups) * (shape[-1] // self.groups)
        return Uses((a, b, k, c), rows.uses(a), cols.uses(b), first + k)

    def macs(self, shape: Shape) -> int:
        return prod(self.output(shape)) * self.taps(shape)

    def workspace(self, shape: Shape) -> int:
        return engine.conv_workspace(self.axes(shape), shape[-1], self.filters, self.groups)

    @property
    def mode(self) -> str:
        return self.padding_mode

    @property
    def channel_names(self) -> tuple[str, ...]:
        return self.filter_names

    def face(self, step: Step) -> Face:
        rows, cols, channels = step.operation.window(step.index)
        return "contributions" if len(rows) == len(cols) == 1 and len(channels) > 1 else "equation"

    def sum(self, scene: Scene) -> list[Part]:
        return self.sum_of_terms(scene, _terms(scene))

    def intro(self, scene: Scene) -> str:
        filters = "a filter makes" if self.filters == 1 else f"{self.filters:,} filters each make"
        return f"A window of {self.size(scene)} slides over the {scene.medium}; {filters} a number of it."

    def sentence(self, scene: Scene) -> str:
        _, n_H, n_W, _ = scene.operation.geometry.shape
        weights = f"{self.random}weight{' serves' if scene.taps == 1 else 's serve'}"
        if scene.taps > 1:
            weights = f"{scene.taps:,} {weights}"
        places = "the only place" if n_H * n_W == 1 else f"all {n_H * n_W:,} places"
        padding = padding_in_words(scene, *EFFECTS[self.padding_mode])
        return (
            f"This neuron looks at {scene.bounds()}{channels_in_words(scene)}{padding}. "
            f"{self.sum_in_words(scene)}; the same {weights} {places} of this map."
        )

    def outcome(self, scene: Scene) -> str:
        return self.terms_in_words(scene)

    def code(self, scene: Scene) -> list[CodeLine]:
        write = window_loops(scene)
        geometry, c = scene.operation.geometry, scene.index[3]
        write.loop("c", geometry.n_C, c)
        taken, Z, W = len(scene.channels), "Z[i,h,w,c]", "W[...,c]"
        groups = scene.arriving[-1] // taken
        bias = " + b[c]" if self.is_biased else ""
        if scene.along_length:
            Z, W = "Z[i,h,c]", "W[:,0,:,c]"
        a = "a"
        if groups > 1:
            first = f"c // {geometry.n_C // groups} * {taken}"
            write.add(f"first = {first}", str(scene.channels.start))
            write.add(f"a_c = a[..., first:first+{taken}]", times((*scene.sizes, taken)))
            a = "a_c"
        if scene.open_tap is None:
            write.output(f"{Z} = np.sum({a}*{W}){bias}")
            return write.lines
        write.add("z = 0")
        depth = write.depth
        at = [int(place) for place in np.unravel_index(scene.open_tap, scene.slice.shape)]
        sizes = scene.slice.shape
        write.loop("row", sizes[0], at[0])
        if not scene.along_length:
            write.loop("col", sizes[1], at[1])
        write.loop("ch", sizes[2], at[2])
        place, weight = ("row,ch", "row,0,ch") if scene.along_length else ("row,col,ch", "row,col,ch")
        write.total(f"z += {a}[{place}]*W[{weight},c]", scene.open_tap)
        write.depth = depth
        write.output(f"{Z} = z{bias}", current=False)
        return write.lines


def _terms(scene: Scene) -> list[Term]:
    """Return each channel's sum of products, with its name."""
    sums = scene.channel_sums
    if len(sums) == 1:
        return [(float(sums[0]), f"from {scene.taps} product{'s' if scene.taps > 1 else ''}")]
    return largest(sums, lambda k: COLOURS[k] if scene.has_colours else f"ch {scene.channels[k]}")


@register
class Conv(Convolution):
    """A convolution over rows and columns."""

    kind = "conv"
    aliases = ("conv2d", "convolution", "convolution2d", "conv2")

    def output(self, shape: Shape) -> Shape:
        if len(shape) == 2:
            raise ShapeError(
                f"conv needs an input of height × width × channels, but {times(shape)} arrives", hint="Use conv1d"
            )
        return super().output(shape)


@register
@dataclass(frozen=True, eq=False, repr=False)
class Conv1d(Convolution):
    """A convolution along a length; its kernel is (f, 1)."""

    kernel: Pair = field(LENGTH, aliases=("kernel_size", "kernel_shape", "filter_size", "f"))
    stride: Pair | None = field(LENGTH, (1, 1), aliases=("strides",))
    dilation: Pair = field(LENGTH, (1, 1), aliases=("dilations", "dilation_rate"))
    kind = "conv1d"
    aliases = ("convolution1d",)
    unnumbered = True

    def output(self, shape: Shape) -> Shape:
        if len(shape) != 2:
            raise ShapeError(f"conv1d needs an input of length × channels, but {times(shape)} arrives", hint="Use conv")
        return super().output(shape)
