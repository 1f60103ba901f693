"""The net that is proposed for a file of weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt, prod
from typing import Any

import numpy as np

from convstep.engine.geometry import VALID, Padding
from convstep.engine.steps import Array
from convstep.errors import ConvstepError, SpecError
from convstep.layers import (
    Add,
    BatchNorm,
    Clip,
    Conv,
    Conv1d,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    PRelu,
    Relu,
    Shape,
    times,
)
from convstep.layers.weights import Given
from convstep.models.naming import Namer
from convstep.models.state.parts import HINT, Block, Part
from convstep.models.state.proposal import Choice, stamp, stem_strides, steps
from convstep.models.state.proposal import Given as Known
from convstep.network.memory import shortage
from convstep.printable import printable

EPSILON = 1e-5
"""PyTorch's epsilon of batch normalisation, which a state dict does not hold."""


class Builder:
    """Builds the proposed net, layer by layer.

    Attributes:
        layers: The layers so far.
        input_shape: The input's shape.

    Args:
        known: What is known.
        choice: What was chosen for the rest.
        dtype: The net's dtype.
        file: The file's name.
    """

    def __init__(self, known: Known, choice: Choice, dtype: np.dtype[Any], file: str) -> None:
        self._known, self._choice, self._dtype, self._file = known, choice, dtype, file
        self._namer = Namer()
        self.layers: list[Layer] = []
        self.input_shape = self._shape = _input_shape(known, choice)
        self._at = "input"
        self._waiting: list[Layer] = []  # what follows a convolution's or dense layer's normalisation

    def build(self) -> None:
        """Add all layers.

        Raises:
            SpecError: They don't follow one another.
        """
        units, choice = self._known.units, self._choice
        weighted = [unit for unit in units if isinstance(unit, Block) or unit.is_conv or unit.is_dense]
        conv = block = 0
        for unit in units:
            if isinstance(unit, Block):
                self._settle()
                self._add_block(unit, choice.strides[block])
                block += 1
            elif unit.is_conv:
                self._settle()
                self._add_conv(unit, conv, last=unit is weighted[-1])
                conv += 1
            elif unit.is_dense:
                self._settle()
                self._add_dense(unit, last=unit is weighted[-1])
            elif unit.is_norm:
                self._add_norm(unit)
            else:
                self._add_prelu(unit)
        self._settle()

    def _add(self, layer: Layer, *sources: str) -> None:
        layer = replace(layer, sources=sources or (self._at,))
        try:
            self._shape = layer.output(self._shape)
        except ConvstepError as error:
            raise SpecError(
                f"has no graph, and its layers don't follow one another: '{layer.name}': {error.what}", hint=HINT
            ) from None
        self.layers.append(layer)
        self._at = layer.name

    def _settle(self) -> None:
        for layer in self._waiting:
            self._add(layer)
        self._waiting = []

    def _name(self, kind: type[Layer], part: Part) -> str:
        name = printable(part.name)
        return self._namer.name(kind, name, name.rpartition(".")[2])

    def _activation(self, name: str = "") -> list[Layer]:
        if any(block.inverted for block in self._known.blocks):
            return [Clip(self._namer.name(Clip, name), min=0.0, max=6.0)]
        return [Relu(self._namer.name(Relu, name))]

    # Layers

    def _add_conv(self, part: Part, number: int, *, last: bool) -> None:
        shown, choice = printable(part.name)[:60], self._choice
        if len(self._shape) < 2:
            raise SpecError(f"has no graph, and '{shown}', a convolution, comes after a dense layer", hint=HINT)
        if self._known.turned[number]:
            self._add(self._transposed(part, strided=choice.strided[number]))
        else:
            stride, sides = steps(part, padded=choice.padded[number], strided=choice.strided[number])
            self._add(self._convolution(part, stride, sides))
        told = self._known.told.get(part.name)
        if (not last or choice.flat) and (told is None or told.active is not False):
            self._waiting += self._activation()
        if choice.pooled[number]:
            self._waiting.append(self._pool(part, 2, 0))
        if number == 0 and self._known.blocks and stem_strides(self._known) and not self._known.blocks[0].inverted:
            self._waiting.append(self._pool(part, 3, 1))

    def _pool(self, part: Part, size: int, side: int) -> MaxPool:
        """Return a pool that halves a convolution's output."""
        flat = len(part.weight) == 3
        kernel, stride = (size, 1 if flat else size), (2, 1 if flat else 2)
        padding = Padding(side, side, 0 if flat else side, 0 if flat else side)
        return MaxPool(self._namer.name(MaxPool), kernel=kernel, stride=stride, padding=padding)

    def _convolution(self, part: Part, stride: tuple[int, int], sides: tuple[int, int]) -> Layer:
        """Return the convolution with these weights, for what arrives."""
        filters, group = part.weight[:2]
        channels = self._shape[-1]
        f_h, f_w = part.kernel
        array = self._array(part, "weight").reshape(filters, group, f_h, f_w).transpose(2, 3, 1, 0)
        top, left = sides
        if channels % group or filters % (groups := channels // group):
            raise SpecError(
                f"has no graph, and its layers don't follow one another: '{printable(part.name)[:60]}' takes {group} "
                f"channels, and {channels} arrive",
                hint=HINT,
            )
        common: dict[str, Any] = {
            "kernel": (f_h, f_w),
            "stride": stride,
            "padding": Padding(top, top, left, left) if top or left else VALID,
            "bias": self._bias(part, filters),
        }
        if len(part.weight) == 4 and group == 1 and channels > 1:
            array = array.reshape(f_h, f_w, channels, filters // channels)
            own = self._given(array)
            return DepthwiseConv(self._name(DepthwiseConv, part), multiplier=filters // channels, weights=own, **common)
        kind = Conv if len(part.weight) == 4 else Conv1d
        return kind(self._name(kind, part), filters=filters, groups=groups, weights=self._given(array), **common)

    def _transposed(self, part: Part, *, strided: bool) -> Layer:
        channels, filters = part.weight[:2]
        if self._shape[-1] != channels:
            raise SpecError(
                f"has no graph, and its layers don't follow one another: '{printable(part.name)[:60]}' takes "
                f"{channels} channels, and {self._shape[-1]} arrive",
                hint=HINT,
            )
        array = self._array(part, "weight").reshape(channels, filters, *part.kernel).transpose(2, 3, 1, 0)
        stride, (top, left), extra = stamp(part, strided=strided)
        return ConvTranspose(
            self._name(ConvTranspose, part),
            kernel=part.kernel,
            stride=stride,
            padding=Padding(top, top, left, left) if top or left else VALID,
            output_padding=extra,
            filters=filters,
            weights=self._given(array),
            bias=self._bias(part, filters),
        )

    def _add_dense(self, part: Part, *, last: bool) -> None:
        before = self._shape
        if len(before) > 1 and not self._choice.flat:
            self._add(GlobalAvgPool(self._namer.name(GlobalAvgPool)))
            before = self._shape
        if len(before) > 1:
            self._add(Flatten(self._namer.name(Flatten)))
        units, inputs = part.weight
        if inputs != prod(before):
            raise SpecError(
                f"has no graph, and its layers don't follow one another: '{printable(part.name)[:60]}' takes "
                f"{inputs:,} values, and {prod(before):,} arrive",
                hint=HINT,
            )
        weights = self._given(_as_dense(self._array(part, "weight"), before))
        self._add(Dense(self._name(Dense, part), units=units, weights=weights, bias=self._bias(part, units)))
        told = self._known.told.get(part.name)
        if not last and (told is None or told.active is not False):
            self._waiting.append(Relu(self._namer.name(Relu)))

    def _add_norm(self, part: Part) -> None:
        channels = self._shape[-1]
        for key, tensor in part.arrays.items():
            if key != "num_batches_tracked" and tensor.shape != (channels,):
                raise SpecError(
                    f"has no graph, and its layers don't follow one another: '{printable(part.name)[:60]}' has "
                    f"{times(tensor.shape)} numbers, and {channels} channels arrive",
                    hint=HINT,
                )
        numbers = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}
        given: dict[str, Any] = {
            own: self._given(self._array(part, key)) for own, key in numbers.items() if key in part.arrays
        }
        self._add(BatchNorm(self._name(BatchNorm, part), epsilon=EPSILON, **given))

    def _add_prelu(self, part: Part) -> None:
        channels = self._shape[-1]
        if set(part.arrays) != {"weight"} or part.weight not in ((1,), (channels,)):
            shown = printable(part.name)[:60]
            raise SpecError(f"has no graph, and it can't be told what '{shown}' is", hint=HINT)
        alpha = np.broadcast_to(self._array(part, "weight"), (channels,))
        layer = PRelu(self._name(PRelu, part), alpha=self._given(alpha))
        if any(isinstance(each, Relu) for each in self._waiting):
            self._waiting = [layer if isinstance(each, Relu) else each for each in self._waiting]
        else:
            self._waiting.insert(0, layer)

    # Blocks

    def _add_block(self, block: Block, stride: int) -> None:
        """Add a residual block: what its body gives and what arrives, or the shortcut gives, are added."""
        if len(self._shape) < 2:
            shown = printable(block.name)[:60]
            raise SpecError(f"has no graph, and '{shown}', of convolutions, comes after a dense layer", hint=HINT)
        start, arriving, name = self._at, self._shape, printable(block.name)
        convs, number = block.convs, 0
        striding = next((part for part in convs if part.kernel != (1, 1)), convs[0])  # as torchvision does since 0.2
        if not block.inverted and len(convs) == 2:
            striding = convs[0]
        for part in block.body:
            if part.is_norm:
                self._add_norm(part)
                continue
            self._settle()
            strides, sides = steps(part, padded=True, strided=stride == 2 and part is striding)
            self._add(self._convolution(part, strides, sides))
            if part is not convs[-1]:
                number += 1
                self._waiting += self._activation(f"{name}.relu{number}")
        self._settle()
        end, leaving = self._at, self._shape
        self._at, self._shape = start, arriving
        for part in block.shortcut:
            if part.is_norm:
                self._add_norm(part)
            else:
                strides, sides = steps(part, padded=True, strided=stride == 2)
                self._add(self._convolution(part, strides, sides))
        if self._shape != leaving:
            if not block.inverted:
                raise SpecError(
                    f"has no graph, and its layers don't follow one another: '{name[:60]}' would add "
                    f"{times(self._shape)} and {times(leaving)}",
                    hint=HINT,
                )
            self._at, self._shape = end, leaving
            return
        self._add(Add(self._namer.name(Add, f"{name}.add"), sources=(end, self._at)), end, self._at)
        if not block.inverted:
            self._waiting += self._activation(f"{name}.relu{number + 1}")

    # Numbers

    def _array(self, part: Part, key: str) -> Array:
        tensor = part.arrays[key]
        if problem := shortage(2 * prod(tensor.shape) * self._dtype.itemsize):
            raise SpecError(f"'{printable(part.name)[:60]}' {problem}")
        with np.errstate(all="ignore"):
            return np.ascontiguousarray(tensor.read(), self._dtype)

    def _given(self, array: Array) -> Given:
        return Given(np.ascontiguousarray(array), self._file)

    def _bias(self, part: Part, filters: int) -> Given | None:
        """Return a part's biases; None for none."""
        if "bias" not in part.arrays:
            return None
        if part.arrays["bias"].shape != (filters,):
            shape = times(part.arrays["bias"].shape)
            raise SpecError(f"'{printable(part.name)[:60]}' has {shape} biases, and needs {filters}", hint=HINT)
        return self._given(self._array(part, "bias"))


def _input_shape(known: Known, choice: Choice) -> Shape:
    first, asked = known.first, known.asked
    if first.is_conv:
        channels = asked[-1] if asked else known.channels
        return (choice.size[0], channels) if len(first.weight) == 3 else (*choice.size, channels)
    inputs = first.weight[1]
    if asked:
        return asked
    side = isqrt(inputs)
    return (side, side, 1) if side * side == inputs and side >= 8 else (inputs,)


def _as_dense(weights: Array, before: Shape) -> Array:
    """Return a dense layer's weights, with their rows in the order of our flatten."""
    channels = before[-1]
    turned = weights.reshape(len(weights), channels, -1).transpose(2, 1, 0)
    return np.ascontiguousarray(turned.reshape(-1, len(weights)))


def file_name(name: str) -> str:
    """Return a file's name without its folder."""
    return name.rpartition("/")[2]


def joined(names: Sequence[str], most: int = 5) -> str:
    """Return a list of names, cut short."""
    shown = [printable(name)[:30] for name in names[:most]]
    return ", ".join(shown) + (", ..." if len(names) > most else "")
