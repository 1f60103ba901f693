"""Kinds of layer as a spec asks for them: by hand, against the oracle's loops, and what each neuron sees."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import nets
import numpy as np
import oracle
import pytest

import convstep
from convstep.answers.shapes import shapes
from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.engine.steps import Array
from convstep.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Clip,
    Concat,
    Conv,
    Conv1d,
    ConvTranspose,
    Crop,
    DepthwiseConv,
    Dropout,
    Elu,
    Gelu,
    GlobalMaxPool,
    HardSigmoid,
    HardSwish,
    Identity,
    Layer,
    LeakyRelu,
    MaxPool,
    Multiply,
    Pad,
    PRelu,
    Sigmoid,
    Silu,
    Tanh,
    Upsample,
    grid,
)
from convstep.network import Network
from convstep.network.receptive import Field, fields
from convstep.network.values import Values

NONE = (0, 0, 0, 0)


def load(folder: Path, layers: str, input_: str, dtype: str = "float32") -> tuple[Network, Array]:
    """Read a spec whose layers are written one after the other, with semicolons between them."""
    lines = [f"dtype: {dtype}", f"input: {{{input_}}}", "layers:", *(f"- {each}" for each in layers.split("; "))]
    path = folder / "net.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return convstep.load(path)


class Hand(NamedTuple):
    """A spec's input and layers, and what its last layer must be; axes that are 1 long are left out of `values`."""

    input: str
    layers: str
    values: Any
    output: tuple[int, ...]
    padding: tuple[int, int, int, int] = NONE
    parameters: int = 0
    macs: int = 0


FIVE_BY_FIVE = [[5 * h + w + 1 for w in range(5)] for h in range(5)]
ROW = "shape: [1, 3, 1], values: [[1, -2, 3]]"
RISING = "shape: [1, 4, 1], values: [[1, 2, 3, 4]]"
TWO_ROWS = "shape: [2, 3, 1], values: [[1, 2, 3], [4, 5, 6]]"
NINES = "shape: [3, 3, 1], values: [[9, 18, 27], [36, 45, 54], [63, 72, 81]]"
DIGITS = "weights: [[1, 10, 100]], bias: false"  # 321 is what a window over 1, 2, 3 gives

BY_HAND = {
    "sigmoid": Hand("shape: [1, 3, 1], values: [[0, 40, -200]]", "sigmoid", [0.5, 1, 0], (1, 3, 1)),
    "tanh": Hand("shape: [1, 3, 1], values: [[0, 40, -40]]", "tanh", [0, 1, -1], (1, 3, 1)),
    "elu": Hand("shape: [1, 3, 1], values: [[-50, 0, 3]]", "elu: {alpha: 2}", [-2, 0, 3], (1, 3, 1)),
    "gelu": Hand("shape: [1, 3, 1], values: [[-50, 0, 30]]", "gelu", [0, 0, 30], (1, 3, 1)),
    "hard_sigmoid": Hand("shape: [1, 4, 1], values: [[-9, -1.5, 0, 9]]", "hard_sigmoid", [0, 0.25, 0.5, 1], (1, 4, 1)),
    "hard_swish": Hand("shape: [1, 4, 1], values: [[-9, -1.5, 0, 9]]", "hard_swish", [0, -0.375, 0, 9], (1, 4, 1)),
    "silu": Hand("shape: [1, 3, 1], values: [[-200, 0, 40]]", "silu", [0, 0, 40], (1, 3, 1)),
    "log_softmax": Hand("shape: [1, 1, 3], values: [[[0, 2000, 0]]]", "log_softmax", [-2000, 0, -2000], (1, 1, 3)),
    "leaky_relu": Hand(ROW, "leaky_relu: {alpha: 2}", [1, -4, 3], (1, 3, 1)),
    "leaky_relu, default": Hand("shape: [1, 2, 1], values: [[-100, 7]]", "leaky_relu", [-1, 7], (1, 2, 1)),
    "prelu": Hand(
        "shape: [1, 2, 3], values: [[[-1, -2, -3], [4, 5, 0]]]",
        "prelu: {alpha: [2, -1, 0]}",
        [[-1 * 2, -2 * -1, -3 * 0], [4, 5, 0]],
        (1, 2, 3),
        parameters=3,
    ),
    "prelu, default": Hand("shape: [1, 1, 2], values: [[[-8, 8]]]", "prelu", [-8 * 0.25, 8], (1, 1, 2), parameters=2),
    "clip": Hand("shape: [1, 4, 1], values: [[-3, -1, 2, 7]]", "clip: {min: -2, max: 1}", [-2, -1, 1, 1], (1, 4, 1)),
    "clip, default": Hand("shape: [1, 5, 1], values: [[-1, 0, 3, 6, 7]]", "clip", [0, 0, 3, 6, 6], (1, 5, 1)),
    "batch_norm": Hand(
        "shape: [1, 2, 2], values: [[[7, 8], [1, 2]]]",
        "batch_norm: {gamma: [2, 10], beta: [1, -4], mean: [3, 5], variance: [3, 8], epsilon: 1}",
        [[2 * (7 - 3) / 2 + 1, 10 * (8 - 5) / 3 - 4], [2 * (1 - 3) / 2 + 1, 10 * (2 - 5) / 3 - 4]],
        (1, 2, 2),
        parameters=2 * 4,
    ),
    "batch_norm, default": Hand(
        "shape: [1, 1, 3], values: [[[1, 2, 1001]]]",
        "batch_norm: {variance: [0.999, 3.999, 0.999]}",
        [1, 1, 1001],
        (1, 1, 3),
        parameters=3 * 4,
    ),
    "add": Hand(ROW, "relu: {name: a}; add: {inputs: [a, input, a]}", [1 + 1 + 1, 0 - 2 + 0, 9], (1, 3, 1)),
    "multiply": Hand(ROW, "relu: {name: a}; multiply: {inputs: [a, input, input]}", [1, 0, 27], (1, 3, 1)),
    "concat": Hand(ROW, "relu: {name: a}; concat: {inputs: [input, a]}", [[1, 1], [-2, 0], [3, 3]], (1, 3, 2)),
    "global_max_pool": Hand(
        "shape: [2, 2, 2], values: [[[1, -9], [2, -8]], [[4, -7], [3, -6]]]", "global_max_pool", [4, -6], (2,)
    ),
    "pad": Hand(
        TWO_ROWS,
        "pad: {padding: [[1, 0], [0, 2]]}",
        [[0, 0, 0, 0, 0], [1, 2, 3, 0, 0], [4, 5, 6, 0, 0]],
        (3, 5, 1),
        (1, 0, 0, 2),
    ),
    "pad, reflect": Hand(
        TWO_ROWS,
        "pad: {padding: [[1, 0], [0, 2]], mode: reflect}",
        [[4, 5, 6, 5, 4], [1, 2, 3, 2, 1], [4, 5, 6, 5, 4]],
        (3, 5, 1),
        (1, 0, 0, 2),
    ),
    "pad, edge": Hand(
        TWO_ROWS,
        "pad: {padding: [[1, 0], [0, 2]], mode: edge}",
        [[1, 2, 3, 3, 3], [1, 2, 3, 3, 3], [4, 5, 6, 6, 6]],
        (3, 5, 1),
        (1, 0, 0, 2),
    ),
    "crop": Hand(
        "shape: [3, 4, 1], values: [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]",
        "crop: {cropping: [[1, 0], [0, 2]]}",
        [[5, 6], [9, 10]],
        (2, 2, 1),
    ),
    "upsample": Hand(
        TWO_ROWS,
        "upsample: {scale: [1, 2]}",
        [[1, 1, 2, 2, 3, 3], [4, 4, 5, 5, 6, 6]],
        (2, 6, 1),
    ),
    "depthwise_conv": Hand(
        "shape: [1, 3, 2], values: [[[1, 10], [2, 20], [3, 30]]]",
        "depthwise_conv: {kernel: [1, 2], multiplier: 2, weights: [[[[1, 0], [2, 5]], [[3, 1], [4, 6]]]], "
        "bias: [0, 100, 0, 1000]}",
        [
            [1 * 1 + 2 * 3, 1 * 0 + 2 * 1 + 100, 10 * 2 + 20 * 4, 10 * 5 + 20 * 6 + 1000],
            [2 * 1 + 3 * 3, 2 * 0 + 3 * 1 + 100, 20 * 2 + 30 * 4, 20 * 5 + 30 * 6 + 1000],
        ],
        (1, 2, 4),
        parameters=1 * 2 * 2 * 2 + 4,
        macs=2 * 4 * (1 * 2),
    ),
    "conv_transpose": Hand(
        TWO_ROWS,
        "conv_transpose: {filters: 1, kernel: 2, weights: [[10, 1], [0, -2]], bias: 7}",
        [
            [1 * 10 + 7, 1 * 1 + 2 * 10 + 7, 2 * 1 + 3 * 10 + 7, 3 * 1 + 7],
            [4 * 10 + 7, 1 * -2 + 4 * 1 + 5 * 10 + 7, 2 * -2 + 5 * 1 + 6 * 10 + 7, 3 * -2 + 6 * 1 + 7],
            [7, 4 * -2 + 7, 5 * -2 + 7, 6 * -2 + 7],
        ],
        (3, 4, 1),
        parameters=4 + 1,
        macs=2 * 3 * 4,
    ),
    "conv_transpose, same": Hand(
        "shape: [1, 2, 1], values: [[1, 2]]",
        "conv_transpose: {filters: 1, kernel: [1, 3], stride: [1, 2], padding: same, " + DIGITS + "}",
        [1, 10, 100 + 2, 20],  # 1 10 100+2 20 200, and SAME cuts the last off
        (1, 4, 1),
        (0, 0, 0, 1),
        parameters=3,
        macs=2 * 3,
    ),
    "conv_transpose, output_padding": Hand(
        "shape: [1, 2, 1], values: [[1, 2]]",
        "conv_transpose: {filters: 1, kernel: [1, 3], stride: [2, 2], padding: [[0, 0], [1, 2]], "
        "output_padding: [1, 1], weights: [[1, 10, 100]], bias: 5}",
        [[10 + 5, 102 + 5, 20 + 5], [5, 5, 5]],  # 2 are cut off at the right, and 1 comes back
        (2, 3, 1),
        (0, 0, 1, 1),
        parameters=3 + 1,
        macs=2 * 3,
    ),
    "dropout": Hand(ROW, "dropout: {rate: 0.5}", [1, -2, 3], (1, 3, 1)),
    "identity": Hand(ROW, "identity", [1, -2, 3], (1, 3, 1)),
    "padding_mode: reflect": Hand(
        RISING,
        "conv: {filters: 1, kernel: [1, 3], padding: same, padding_mode: reflect, " + DIGITS + "}",
        [212, 321, 432, 343],
        (1, 4, 1),
        (0, 0, 1, 1),
        parameters=3,
        macs=4 * 3,
    ),
    "padding_mode: edge": Hand(
        RISING,
        "conv: {filters: 1, kernel: [1, 3], padding: same, padding_mode: edge, " + DIGITS + "}",
        [211, 321, 432, 443],
        (1, 4, 1),
        (0, 0, 1, 1),
        parameters=3,
        macs=4 * 3,
    ),
    "padding: same_lower": Hand(
        RISING,
        "conv: {filters: 1, kernel: [1, 2], padding: same_lower, weights: [[1, 10]], bias: 0}",
        [10, 21, 32, 43],
        (1, 4, 1),
        (0, 0, 1, 0),
        parameters=2 + 1,
        macs=4 * 2,
    ),
    "padding: causal": Hand(
        "shape: [4, 1], values: [1, 2, 3, 4]",
        "conv1d: {filters: 1, kernel: 2, dilation: 2, padding: causal, weights: [1, 10], bias: false}",
        [10, 20, 31, 42],
        (4, 1),
        (2, 0, 0, 0),
        parameters=2,
        macs=4 * 2,
    ),
    "padding: full": Hand(
        "shape: [1, 2, 1], values: [[1, 2]]",
        "conv: {filters: 1, kernel: [1, 3], padding: full, " + DIGITS + "}",
        [100, 210, 21, 2],
        (1, 4, 1),
        (0, 0, 2, 2),
        parameters=3,
        macs=4 * 3,
    ),
    "ceil_mode": Hand(
        f"shape: [5, 5, 1], values: {FIVE_BY_FIVE}",
        "max_pool: {kernel: 2, stride: 2, ceil_mode: true}",
        [[7, 9, 10], [17, 19, 20], [22, 24, 25]],
        (3, 3, 1),
        (0, 1, 0, 1),
    ),
    "no ceil_mode": Hand(
        f"shape: [5, 5, 1], values: {FIVE_BY_FIVE}", "max_pool: {kernel: 2, stride: 2}", [[7, 9], [17, 19]], (2, 2, 1)
    ),
    "ceil_mode, past the input": Hand(
        RISING,  # a third window would begin past 4 and the padding behind it: there is none
        "max_pool: {kernel: [1, 2], stride: [1, 3], padding: [[0, 0], [1, 1]], ceil_mode: true}",
        [1, 4],
        (1, 2, 1),
        (0, 0, 1, 1),
    ),
    "count_include_pad": Hand(
        NINES,
        "avg_pool: {kernel: 3, stride: 1, padding: same, count_include_pad: true}",
        [[12, 21, 16], [27, 45, 33], [24, 39, 28]],  # sums of 1 to 9, for each is 9 times as large and divided by 9
        (3, 3, 1),
        (1, 1, 1, 1),
    ),
    "no count_include_pad": Hand(
        NINES,
        "avg_pool: {kernel: 3, stride: 1, padding: same}",
        [[12 * 9 / 4, 21 * 9 / 6, 16 * 9 / 4], [27 * 9 / 6, 45, 33 * 9 / 6], [24 * 9 / 4, 39 * 9 / 6, 28 * 9 / 4]],
        (3, 3, 1),
        (1, 1, 1, 1),
    ),
    "count_include_pad, ceil_mode": Hand(
        RISING,  # 0 1 2 3 4, of which the last window has one alone
        "avg_pool: {kernel: [1, 2], padding: [[0, 0], [1, 0]], ceil_mode: true, count_include_pad: true}",
        [1 / 2, 5 / 2, 4],
        (1, 3, 1),
        (0, 0, 1, 1),
    ),
    "bias": Hand(
        "shape: [2, 1, 3], values: [[[1, 2, 3]], [[4, 5, 6]]]",
        "conv: {filters: 2, kernel: [2, 1], bias: [8, 9], "
        "weights: [[[[1, 0], [1, 0], [1, 0]]], [[[0, 1], [0, 1], [0, 1]]]]}",
        [1 + 2 + 3 + 8, 4 + 5 + 6 + 9],
        (1, 1, 2),
        parameters=2 * 1 * 3 * 2 + 2,
        macs=2 * 1 * 3 * 2,
    ),
    "bias: false": Hand(
        "shape: [2, 1, 3], values: [[[1, 2, 3]], [[4, 5, 6]]]",
        "conv: {filters: 2, kernel: [2, 1], bias: false, "
        "weights: [[[[1, 0], [1, 0], [1, 0]]], [[[0, 1], [0, 1], [0, 1]]]]}",
        [1 + 2 + 3, 4 + 5 + 6],
        (1, 1, 2),
        parameters=2 * 1 * 3 * 2,
        macs=2 * 1 * 3 * 2,
    ),
}


@pytest.mark.parametrize("hand", BY_HAND.values(), ids=BY_HAND)
def test_a_layer_from_a_spec_is_what_a_hand_computes(hand: Hand, tmp_path: Path) -> None:
    network, x = load(tmp_path, hand.layers, hand.input)
    *_, Z = network.forward(x).values()
    np.testing.assert_allclose(Z.squeeze(), np.squeeze(hand.values), rtol=1e-6)
    *_, row = shapes(network)
    assert (row.output, row.padding, row.parameters, row.macs) == (
        *(hand.output, hand.padding, hand.parameters, hand.macs),
    )
    assert (Z.shape, row.neurons) == ((1, *hand.output), math.prod(hand.output))


ORACLE_PADDING = {"same": oracle.same, "same_lower": oracle.same_lower}


def four(layer: Any, height: int, width: int) -> tuple[int, ...]:
    """The four numbers of padding, from what the words are documented to mean."""
    (f_h, f_w), (d_h, d_w), strides = layer.kernel, layer.dilation, layer.stride or layer.kernel
    if layer.padding == "causal":
        return ((f_h - 1) * d_h, 0, 0, 0)
    if layer.padding == "full":
        return (*((f_h - 1) * d_h,) * 2, *((f_w - 1) * d_w,) * 2)
    if not isinstance(layer.padding, str):
        return tuple(layer.padding)
    word = oracle.same_cut if isinstance(layer, ConvTranspose) else ORACLE_PADDING[layer.padding]
    return (*word(height, f_h, strides[0], d_h), *word(width, f_w, strides[1], d_w))


def numbers(layer: Layer, arriving: Array) -> dict[str, Any]:
    """Weights and the like as a net has them, in its dtype; no bias is one of 0."""
    given = {
        name: getattr(layer, name).of(shape, arriving.dtype)
        for name, shape in layer.parameter_shapes(arriving.shape).items()
    }
    return {"bias": [0.0] * getattr(layer, "filters", 0)} | {name: array.tolist() for name, array in given.items()}


def expected(layer: Layer, arriving: list[Array]) -> Any:
    """What a layer must make of its inputs, by the oracle."""
    inputs, (_, height, width, _) = [x.tolist() for x in arriving], arriving[0].shape
    x, own = inputs[0], numbers(layer, arriving[0])
    stride: Any = getattr(layer, "stride", None) or getattr(layer, "kernel", None)
    pads: Any = four(layer, height, width) if hasattr(layer, "kernel") else None
    match layer:
        case Conv() | Conv1d():
            sliding = (stride, pads, layer.dilation, layer.groups, layer.padding_mode)
            return oracle.conv(x, own["weights"], own["bias"], *sliding)
        case DepthwiseConv():
            return oracle.depthwise(x, own["weights"], own["bias"], stride, pads, layer.dilation)
        case ConvTranspose():
            stamping = (stride, pads, layer.output_padding or (0, 0), layer.dilation, layer.groups)
            return oracle.conv_transpose(x, own["weights"], own["bias"], *stamping)
        case MaxPool():
            return oracle.pool(x, "max", layer.kernel, stride, pads, layer.dilation, layer.ceil_mode)
        case AvgPool():
            counting = (layer.ceil_mode, layer.count_include_pad)
            return oracle.pool(x, "avg", layer.kernel, stride, pads, layer.dilation, *counting)
        case GlobalMaxPool():
            return oracle.pool(x, "max", (height, width), (1, 1), NONE, (1, 1))
        case Pad():
            return oracle.pad(x, layer.amounts, layer.mode)
        case Crop():
            return oracle.crop(x, layer.margins)
        case Upsample():
            return oracle.upsample(x, layer.scale)
        case Add():
            return oracle.combined(inputs, math.fsum)
        case Multiply():
            return oracle.combined(inputs, math.prod)
        case Concat():
            return oracle.concat(inputs)
        case Elu():
            return oracle.each(x, lambda value, _: oracle.elu(value, layer.alpha))
        case Gelu():
            return oracle.each(x, lambda value, _: oracle.gelu(value, layer.approximate))
        case HardSigmoid():
            return oracle.each(x, lambda value, _: oracle.hard_sigmoid(value, layer.alpha, layer.beta))
        case HardSwish():
            return oracle.each(x, lambda value, _: value * oracle.hard_sigmoid(value, 1 / 6, 0.5))
        case Silu():
            return oracle.each(x, lambda value, _: value * oracle.sigmoid(value))
        case Sigmoid():
            return oracle.each(x, lambda value, _: oracle.sigmoid(value))
        case Tanh():
            return oracle.each(x, lambda value, _: math.tanh(value))
        case LeakyRelu():
            return oracle.each(x, lambda value, _: oracle.leaky_relu(value, layer.alpha))
        case PRelu():
            return oracle.each(x, lambda value, c: oracle.leaky_relu(value, own["alpha"][c]))
        case Clip():
            return oracle.each(x, lambda value, _: oracle.clip(value, layer.min, layer.max))
        case BatchNorm():
            gamma, beta, mean, variance = (own[name] for name in ("gamma", "beta", "mean", "variance"))
            return oracle.each(
                x,
                lambda value, c: oracle.batch_norm(value, gamma[c], beta[c], mean[c], variance[c], layer.epsilon),
            )
        case Dropout() | Identity():
            return x
    raise NotImplementedError(layer.kind)


CONV = "conv: {name: a, filters: 4, kernel: [3, 2], stride: [2, 1], padding: same, bias: {init: normal, seed: 1}}"
OTHER = "conv: {name: b, input: input, filters: 4, kernel: [1, 4], stride: [2, 1], padding: same_lower, bias: false}"
BRANCHES = f"{CONV}; {OTHER}"
AFTER = "conv: {filters: 3, kernel: [2, 3], stride: [1, 2], dilation: [2, 1], padding: full, groups: 1}"
MAP = "shape: [2, 11, 7, 3], random: {seed: 4}"
LENGTH = "shape: [13, 3], random: {seed: 4}"

WHOLE_NETS = {
    "sigmoid": (MAP, f"{CONV}; sigmoid; {AFTER}"),
    "tanh": (MAP, f"{CONV}; tanh; {AFTER}"),
    "elu": (MAP, f"{CONV}; elu: {{alpha: 0.3}}; {AFTER}"),
    "gelu": (MAP, f"{CONV}; gelu; {AFTER}; gelu: {{approximate: true}}"),
    "hard_sigmoid": (MAP, f"{CONV}; hard_sigmoid: {{alpha: 0.7, beta: 0.2}}; {AFTER}"),
    "hard_swish": (MAP, f"{CONV}; hard_swish; {AFTER}"),
    "silu": (MAP, f"{CONV}; silu; {AFTER}"),
    "leaky_relu": (MAP, f"{CONV}; leaky_relu: {{alpha: 0.3}}; {AFTER}"),
    "prelu": (MAP, f"{CONV}; prelu: {{alpha: [0.25, -2, 0, 1.5]}}; {AFTER}"),
    "clip": (MAP, f"{CONV}; clip: {{min: -0.4, max: 0.7}}; {AFTER}"),
    "batch_norm": (
        MAP,
        f"{CONV}; batch_norm: {{gamma: {{init: normal, seed: 2}}, beta: {{init: normal, seed: 3}}, "
        f"mean: {{init: normal, seed: 4}}, variance: [0.3, 2, 1, 9], epsilon: 0.01}}; {AFTER}",
    ),
    "add": (MAP, f"{BRANCHES}; add: {{inputs: [a, b, a]}}; {AFTER}"),
    "multiply": (MAP, f"{BRANCHES}; multiply: {{inputs: [b, a]}}; {AFTER}"),
    "concat": (MAP, f"{BRANCHES}; concat: {{inputs: [b, a, b]}}; {AFTER}"),
    "global_max_pool": (MAP, f"{CONV}; global_max_pool"),
    "pad": (MAP, f"{CONV}; pad: {{padding: [[1, 2], [0, 3]]}}; {AFTER}"),
    "pad, reflect": (MAP, f"{CONV}; pad: {{padding: [[1, 2], [0, 3]], mode: reflect}}; {AFTER}"),
    "pad, edge": (MAP, f"{CONV}; pad: {{padding: [[1, 2], [0, 3]], mode: edge}}; {AFTER}"),
    "crop": (MAP, f"{CONV}; crop: {{cropping: [[1, 0], [0, 2]]}}; {AFTER}"),
    "upsample": (MAP, f"{CONV}; upsample: {{scale: [3, 2]}}; {AFTER}"),
    "depthwise_conv": (
        MAP,
        f"{CONV}; depthwise_conv: {{kernel: [2, 3], stride: [1, 2], multiplier: 3, padding: same, "
        f"bias: {{init: normal, seed: 5}}}}; {AFTER}",
    ),
    "conv_transpose": (
        MAP,
        f"{CONV}; conv_transpose: {{filters: 6, kernel: [3, 4], stride: [2, 3], padding: [[1, 0], [0, 2]], groups: 2, "
        f"output_padding: [1, 2], bias: {{init: normal, seed: 5}}}}; {AFTER}",
    ),
    "conv_transpose, same": (
        MAP,
        f"{CONV}; conv_transpose: {{filters: 5, kernel: [3, 4], stride: [2, 3], padding: same, bias: false}}; {AFTER}",
    ),
    "dropout": (MAP, f"{CONV}; dropout: {{rate: 0.4}}; {AFTER}"),
    "identity": (MAP, f"{CONV}; identity; {AFTER}"),
    "padding_mode": (
        MAP,
        "conv: {filters: 4, kernel: [3, 4], stride: [2, 3], padding: same_lower, padding_mode: reflect}; "
        "conv: {filters: 2, kernel: 3, padding: full, padding_mode: edge}",
    ),
    "causal": (
        LENGTH,
        "conv1d: {filters: 4, kernel: 3, stride: 2, dilation: 2, padding: causal, padding_mode: edge}; "
        "conv_transpose: {filters: 2, kernel: [3, 1], stride: [2, 1], padding: same}; upsample: {scale: [2, 1]}; "
        "max_pool: {kernel: [3, 1], stride: [2, 1], ceil_mode: true}",
    ),
    "ceil_mode": (
        MAP,
        f"{CONV}; max_pool: {{kernel: [2, 3], stride: [3, 2], ceil_mode: true, padding: [[0, 1], [1, 0]]}}; "
        f"upsample: {{scale: [4, 3]}}; avg_pool: {{kernel: 3, stride: [3, 2], ceil_mode: true}}",
    ),
    "count_include_pad": (
        MAP,
        f"{CONV}; avg_pool: {{kernel: [3, 2], stride: [2, 1], padding: same, count_include_pad: true}}; "
        f"avg_pool: {{kernel: [2, 3], stride: [2, 2], padding: 1, ceil_mode: true, count_include_pad: true}}",
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize(("input_", "layers"), WHOLE_NETS.values(), ids=WHOLE_NETS)
def test_every_layer_of_a_net_makes_of_its_inputs_what_the_oracle_does(
    input_: str, layers: str, dtype: str, tmp_path: Path
) -> None:
    network, x = load(tmp_path, layers, input_, dtype)
    values = Values(network, x)
    for stage in network.stages:
        Z = values.output(stage.name)
        arriving = [x.reshape(len(x), *grid(x.shape[1:])) if s == "input" else values.output(s) for s in stage.sources]
        assert Z.dtype == np.dtype(dtype)
        due = np.array(expected(stage.layer, arriving))
        assert Z.shape == due.shape
        rounding = np.finfo(Z.dtype).eps
        np.testing.assert_allclose(Z, due, rtol=rounding, atol=4 * rounding * np.abs(due).max(), err_msg=stage.name)


def conv(
    name: str, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1), padding: Any = VALID, **more: Any
) -> Conv:
    return nets.conv(name, Sliding(kernel, stride, padding=padding), 2, **more)


UNPADDED = {
    "branches": [
        conv("a", (3, 2), (2, 2)),
        conv("b", (4, 1), (2, 2), sources=("input",)),
        Add("add", sources=("a", "b")),
        conv("c", (2, 1)),
    ],
    "branches of branches": [
        conv("a", (1, 3)),
        conv("b", (3, 1)),
        conv("c", (3, 3), sources=("input",)),
        Concat("concat", sources=("c", "b")),
        Multiply("multiply", sources=("concat", "concat")),
        AvgPool("pool", kernel=(2, 3)),
    ],
    "upsample": [conv("a", (2, 3)), Upsample("up", scale=(2, 3)), conv("b", (2, 3)), conv("c", (2, 2))],
    "crop": [conv("a", (2, 3), (2, 1)), Crop("crop", cropping=Padding(1, 0, 0, 1)), conv("b", (2, 2))],
    "upsample, then halve": [Upsample("up", scale=(2, 2)), AvgPool("pool", kernel=(2, 2)), conv("a", (2, 3))],
    "conv_transpose": [
        conv("a", (2, 2)),
        ConvTranspose("up", filters=2, kernel=(4, 3), stride=(2, 2)),
        conv("b", (3, 2), (1, 2)),
    ],
    "unlike scales": [
        Upsample("up", scale=(2, 2)),
        conv("a", (2, 2), (2, 2)),
        Add("add", sources=("a", "input")),
    ],
}
PADDED = {
    "branches": [
        conv("a", (5, 3), padding="same"),
        conv("b", (2, 4), padding="same_lower", sources=("input",)),
        conv("c", (3, 3), padding="same", sources=("input",)),
        Add("add", sources=("a", "b")),
        Concat("concat", sources=("add", "c", "input")),
        conv("d", (2, 2), (2, 2), padding="full"),
    ],
    "pad": [
        Pad("pad", padding=Padding(2, 0, 1, 3)),
        Pad("more", padding=Padding(0, 1, 1, 0), mode="edge"),
        conv("a", (3, 2), (2, 1)),
    ],
    "conv_transpose": [
        conv("a", (3, 2), padding="same"),
        ConvTranspose("up", filters=2, kernel=(4, 5), stride=(2, 3), padding="same"),
        conv("b", (3, 3), (3, 2), padding="same"),
    ],
    "upsample": [
        conv("a", (2, 2), (2, 2), padding="same"),
        Upsample("up", scale=(2, 2)),
        Add("add", sources=("up", "input")),
        conv("b", (3, 3), padding="same"),
    ],
}


def moved(layers: list[Layer]) -> Iterator[tuple[str, int, Array, int, Fraction]]:
    """Poke every pixel, and see which move which neurons.

    Yields:
        A layer, an axis, whether a pixel's place there matters to a neuron's, `(size, n)`, and the field that it has.
    """
    network = Network("poked", (12, 10, 2), tuple(layers), np.dtype(np.float64))
    x = nets.x(12, 10, 2)
    before, after = network.forward(x), network.forward(x + np.eye(120).reshape(120, 12, 10, 1))
    for name, field in fields(network).items():
        changed = (after[name] != before[name]).any(axis=-1).reshape(12, 10, *before[name].shape[1:3])
        yield name, 0, np.asarray(changed.any(axis=(1, 3))), field.size[0], field.jump[0]
        yield name, 1, np.asarray(changed.any(axis=(0, 2))), field.size[1], field.jump[1]


def ends(seen: Array) -> tuple[Array, Array]:
    """Return the first and the last place that each neuron sees; for one that sees nothing, the first is larger."""
    places = np.arange(len(seen))[:, None]
    return np.where(seen, places, len(seen)).min(axis=0), np.where(seen, places, -1).max(axis=0)


@pytest.mark.parametrize("layers", UNPADDED.values(), ids=UNPADDED)
def test_without_padding_a_receptive_field_is_what_a_neuron_depends_on(layers: list[Layer]) -> None:
    """The largest dependency has the field's size; away from the border, dependencies are `jump` apart."""
    for name, axis, seen, size, jump in moved(layers):
        first, last = ends(seen)
        assert (last - first).max() + 1 == size, (name, axis)
        clear = np.flatnonzero((first > 0) & (last < len(seen) - 1))
        off = first[clear] - clear * float(jump)
        assert np.ptp(off) < 1, (name, axis)


@pytest.mark.parametrize("layers", PADDED.values(), ids=PADDED)
def test_with_padding_a_receptive_field_holds_what_a_neuron_depends_on(layers: list[Layer]) -> None:
    """The neurons in the middle see the whole field."""
    for name, axis, seen, size, _ in moved(layers):
        first, last = ends(seen)
        assert (last - first).max() + 1 == size, (name, axis)


def test_gaps_between_stamps_make_a_receptive_field_no_smaller() -> None:
    """The field is the interval that stamps with gaps lie in; a neuron may see less of it."""
    dilated = ConvTranspose("up", filters=2, kernel=(3, 2), stride=(3, 2), dilation=(2, 3))
    for name, axis, seen, size, _ in moved([dilated]):
        first, last = ends(seen)
        assert (last - first).max() + 1 <= size == 2, (name, axis)


def test_receptive_fields_of_an_absurd_net_take_no_time() -> None:
    """Its neurons' fields repeat with a period of 1000 to the eighth, and lie far outside any map."""
    layers: list[Layer] = []
    for n in range(8):
        layers += [Upsample(f"up{n}", scale=(1000, 1)), conv(f"conv{n}", (1, 1), (999, 1000000))]
    *_, last = fields(Network("absurd", (2, 2, 1), tuple(layers), np.dtype(np.float32))).values()
    assert last == Field((1, 1), (Fraction(999, 1000) ** 8, Fraction(10**48)))
