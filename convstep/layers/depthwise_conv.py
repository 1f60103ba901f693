"""Depthwise convolution: every channel has its own filters, which see no other channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convstep import engine
from convstep.engine.steps import Array, Operation, Step
from convstep.errors import ShapeError
from convstep.layers.base import Face, Shape, Uses, Windowed, times
from convstep.layers.conv import EFFECTS
from convstep.layers.fields import BIAS, COUNT, WEIGHTS, field
from convstep.layers.kinds import register
from convstep.layers.loops import window_loops
from convstep.layers.pool import DOUBLE
from convstep.layers.products import Products
from convstep.layers.scene import Scene
from convstep.layers.weights import XAVIER, ZEROS, Given, Weights
from convstep.layers.window import channels_in_words, padding_in_words
from convstep.layers.words import CodeLine, Part, count
from convstep.layers.writer import Window, Writer


@register
@dataclass(frozen=True, eq=False, repr=False)
class DepthwiseConv(Products, Windowed):
    """A depthwise convolution: output channel `k · multiplier + q` sees input channel `k` only.

    Attributes:
        multiplier: The number of filters of each channel.
        weights: `(f_h, f_w, n_C_prev, multiplier)`.
        bias: `(n_C_prev · multiplier,)`; None for none.
    """

    multiplier: int = field(COUNT, 1, aliases=("depth_multiplier", "channel_multiplier"))
    weights: Weights = field(WEIGHTS, XAVIER, aliases=("weight", "W", "depthwise_kernel"))
    bias: Weights | None = field(BIAS, ZEROS, aliases=("use_bias", "b"))
    kind = "depthwise_conv"
    axis_letters = "HWIM"
    aliases = ("depthwise_conv2d", "depthwiseconv2d", "dwconv", "depthwise")
    term: ClassVar[str] = "a depthwise convolution"

    def parameter_shapes(self, shape: Shape | None) -> dict[str, Shape]:
        n_C_prev = shape[-1] if shape else 0
        weights = {"weights": (*self.kernel, n_C_prev, self.multiplier)}
        return weights | ({} if self.bias is None else {"bias": (n_C_prev * self.multiplier,)})

    def output(self, shape: Shape) -> Shape:
        output = super().output(shape)
        needed = self.parameter_shapes(shape)["weights"]
        if isinstance(self.weights, Given) and self.weights.array.shape != needed:
            raise ShapeError(
                f"the weights are {times(self.weights.array.shape)}, but {times(needed)} are needed",
                hint="Weights are height × width × channels × multiplier",
            )
        self.check_sizes(shape)
        return output

    def channels(self, n_C_prev: int) -> int:
        return n_C_prev * self.multiplier

    def operation(self, inputs: Sequence[Array]) -> Operation:
        (A_prev,) = inputs
        shapes = self.parameter_shapes(A_prev.shape)
        bias = None if self.bias is None else self.bias.of(shapes["bias"], A_prev.dtype)
        return engine.DepthwiseConv(A_prev, self.weights.of(shapes["weights"], A_prev.dtype), bias, self.sliding)

    def write(self, to: Writer, shape: Shape) -> None:
        to.depthwise_conv(Window(*self.axes(shape), self.padding_word), self.multiplier, biased=self.is_biased)

    def filter_shape(self, shape: Shape) -> tuple[int, int, int]:
        return (*self.kernel, 1)

    def uses(self, shape: Shape, place: tuple[int, int, int], c: int) -> Uses:
        (rows, cols), (a, b, _) = self.axes(shape), place
        k, q = divmod(c, self.multiplier)
        return Uses((a, b, k, q), rows.uses(a), cols.uses(b), k)

    def macs(self, shape: Shape) -> int:
        height, width = self.kernel
        *sizes, n_C = self.output(shape)
        return int(np.prod(sizes)) * n_C * height * width

    def workspace(self, shape: Shape) -> int:
        return DOUBLE * engine.depthwise_workspace(self.axes(shape), shape[-1], self.multiplier)

    def face(self, step: Step) -> Face:
        return "equation"

    def sum(self, scene: Scene) -> list[Part]:
        where = f"from {count(scene.taps, 'product')} in {scene.channel(scene.channels[0])}"
        return self.sum_of_terms(scene, [(float(scene.terms.sum()), where)])

    def intro(self, scene: Scene) -> str:
        filters = "a filter" if self.multiplier == 1 else f"{self.multiplier} filters"
        slide = "slides" if self.multiplier == 1 else "slide"
        return f"Each channel has {filters} of {self.size(scene)}, which {slide} over that channel alone."

    def sentence(self, scene: Scene) -> str:
        padding = padding_in_words(scene, *EFFECTS["zero"])
        filters = f"one {self.random}filter" if self.multiplier == 1 else f"{self.multiplier} {self.random}filters"
        return (
            f"This neuron looks at {scene.bounds()}{channels_in_words(scene)}{padding}. "
            f"{self.sum_in_words(scene)}. Each channel has {filters} of its own, "
            "and no filter sees another channel."
        )

    def outcome(self, scene: Scene) -> str:
        return self.terms_in_words(scene)

    def code(self, scene: Scene) -> list[CodeLine]:
        write = window_loops(scene)
        n_C, c = scene.operation.geometry.n_C, scene.index[3]
        write.loop("c", n_C, c)
        write.add(f"k, q = divmod(c, {self.multiplier})", f"{c // self.multiplier}, {c % self.multiplier}")
        bias = " + b[c]" if self.is_biased else ""
        Z, W = ("Z[i,h,c]", "W[:,0,k,q]") if scene.along_length else ("Z[i,h,w,c]", "W[...,k,q]")
        if scene.open_tap is None:
            write.add(f"f = {W}")
            write.output(f"{Z} = np.sum(a[...,k]*f){bias}")
            return write.lines
        write.add("z = 0")
        depth = write.depth
        row, col, _ = (int(place) for place in np.unravel_index(scene.open_tap, scene.slice.shape))
        write.loop("row", scene.slice.shape[0], row)
        if not scene.along_length:
            write.loop("col", scene.slice.shape[1], col)
        place, weight = ("row,k", "row,0,k,q") if scene.along_length else ("row,col,k", "row,col,k,q")
        write.total(f"z += a[{place}]*W[{weight}]", scene.open_tap)
        write.depth = depth
        write.output(f"{Z} = z{bias}", current=False)
        return write.lines
