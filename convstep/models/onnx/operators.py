"""ONNX's operators as our layers: one function for each that can be stepped through."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from convstep.engine.geometry import VALID, Pad, Padding
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
    Dense,
    DepthwiseConv,
    Dropout,
    Elu,
    Flatten,
    Gelu,
    GlobalAvgPool,
    GlobalMaxPool,
    HardSigmoid,
    HardSwish,
    Identity,
    Layer,
    LeakyRelu,
    LogSoftmax,
    MaxPool,
    Multiply,
    PRelu,
    Relu,
    Shape,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
    Upsample,
)
from convstep.layers import Pad as PadLayer
from convstep.layers.block import FunctionBlock
from convstep.layers.weights import ONES, ZEROS, Given
from convstep.models.onnx import functions
from convstep.models.onnx.functions import Unable
from convstep.models.onnx.importer import Importer, Unsteppable
from convstep.models.onnx.records import DTYPES, Node
from convstep.models.onnx.values import Entry, Hidden, Value

Taken = Sequence[Any]
Handler = Callable[[Importer, Node, Taken], list[Entry]]
"""Returns a node's outputs from what it takes; raises `Unsteppable` if none of our layers does what it does."""


def dynamic(entry: Any) -> Value:
    """Return an input that has to be a layer's output, with the batch first."""
    if not isinstance(entry, Value) or not entry.has_examples:
        raise Unsteppable
    return entry


def constant(entry: Any) -> Array:
    """Return an input that has to be constant."""
    if not isinstance(entry, np.ndarray | np.generic):
        raise Unsteppable
    return np.asarray(entry)


def given(array: Array) -> Given:
    """Return parameters of a layer."""
    if array.dtype.kind not in "fiu":
        raise Unable("its parameters are no numbers")
    numbers = array if array.dtype.kind == "f" and array.dtype.itemsize >= 4 else array.astype(np.float32)
    return Given(numbers)


# Maps: which of a model's axes are rows, columns and channels


def places(importer: Importer, value: Value) -> list[str]:
    """Return for each of the model's axes after the channels which of ours it is, "H" or "W"."""
    natural, rank = importer.natural(value), len(value.axes)
    if len(natural) < 2 or rank < 3 or value.axes[1] not in ("C", ""):
        raise Unsteppable
    if value.axes[1] == "" and value.sizes[2] > 1:
        raise Unsteppable
    spatial = list(value.axes[2:])
    if not set(spatial) <= {"", "H", "W"} or len(spatial) > 2:
        raise Unsteppable
    rest = [letter for letter in "HW" if letter not in spatial]
    if len(natural) == 2 and "H" in rest and len(spatial) == 2:
        rest = ["W", "H"]  # a length of 1 may be either; PyTorch and TensorFlow add the axis before it
    found = [letter or rest.pop(0) for letter in spatial]
    missing = [letter for letter in "HW" if letter not in found]
    if any(value.size(letter) > 1 for letter in missing):
        raise Unsteppable
    return found


ORDERS = {3: ("NCH", "NHC", "NCW", "NWC"), 4: ("NCHW", "NHWC", "NCWH", "NWHC")}
"""How a model may have the axes of a map, by their number."""


def lettered(importer: Importer, value: Value) -> list[str]:
    """Return the letters of a map's axes, those of axes of size 1 among them."""
    orders: tuple[str, ...] = ORDERS.get(len(value.axes), ())
    if len(importer.natural(value)) == 2 and len(value.axes) == 4:
        orders = (orders[2], orders[0], orders[3], orders[1])
    for order in orders:
        if all(axis in ("", letter) for axis, letter in zip(value.axes, order, strict=True)):
            return list(order)
    raise Unsteppable


def by_letter(found: Sequence[str], numbers: Sequence[Any] | None, default: Any) -> tuple[Any, Any]:
    """Return numbers for rows and for columns, from those for the model's axes."""
    if numbers is None:
        return default, default
    if len(numbers) != len(found):
        raise Unable(f"it gives {len(numbers)} numbers for {len(found)} axes")
    known = dict(zip(found, numbers, strict=True))
    return known.get("H", default), known.get("W", default)


def padding_of(node: Node, found: Sequence[str]) -> Pad:
    """Return a window's padding."""
    match node.text("auto_pad", "NOTSET"):
        case "SAME_UPPER":
            return "same"
        case "SAME_LOWER":
            return "same_lower"
        case "VALID":
            return VALID
    pads = node.integers("pads")
    if pads is None:
        return VALID
    half = len(pads) // 2
    (top, left), (bottom, right) = (by_letter(found, each, 0) for each in (pads[:half], pads[half:]))
    if min(top, bottom, left, right) < 0:
        raise Unsteppable
    return Padding(top, bottom, left, right)


def out(importer: Importer, value: Value, source: str, found: Sequence[str]) -> Value:
    """Return the output of a layer whose axes are as those of its input."""
    natural = importer.shapes[source]
    height, width, channels = natural if len(natural) == 3 else (natural[0], 1, natural[1])
    return importer.value(source, ("N", "C", *found), (height, width, channels))


# Windows


def weights_of(array: Array, found: Sequence[str], rank: int) -> Array:
    """Return the weights of a window with axes (filters, channels, rows, columns)."""
    if array.ndim != rank:
        raise Unable(f"its weights have {array.ndim} axes, and {rank} arrive")
    at = {letter: 2 + n for n, letter in enumerate(found)}
    order = [0, 1, *(at[letter] for letter in "HW" if letter in at)]
    turned = array.transpose(order)
    if "H" not in at:
        turned = turned[:, :, None]
    return turned if "W" in at else turned[..., None]


def windowed(importer: Importer, value: Value, kernel: tuple[int, int]) -> bool:
    """Return whether a layer goes along a length; its kernel must then be one column wide."""
    along_length = len(importer.natural(value)) == 2
    if along_length and kernel[1] != 1:
        raise Unsteppable
    return along_length


def conv(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a convolution; one of each channel on its own is depthwise."""
    value, W = dynamic(taken[0]), constant(taken[1])
    if len(value.axes) > 4:
        raise Unable("convolutions over volumes can't be stepped through")
    if len(importer.natural(value)) == 1:
        return [_conv_of_row(importer, node, value, W, taken)]
    found = places(importer, value)
    W = weights_of(W, found, len(value.axes))
    bias = None if len(taken) < 3 or taken[2] is None else given(constant(taken[2]).reshape(-1))
    filters, depth, height, width = W.shape
    groups, n_C = node.integer("group", 1), value.sizes[2]
    if groups < 1 or depth * groups != n_C or filters % groups:
        raise Unable(f"its weights are for {depth * groups} channels, and {n_C} arrive")
    fields: dict[str, Any] = {
        "kernel": (height, width),
        "stride": by_letter(found, node.integers("strides"), 1),
        "dilation": by_letter(found, node.integers("dilations"), 1),
        "padding": padding_of(node, found),
        "bias": bias,
    }
    check_window(fields)
    along_length = windowed(importer, value, (height, width))
    if groups == n_C > 1 and not along_length:
        multiplier = filters // groups
        own = W.reshape(n_C, multiplier, height, width).transpose(2, 3, 0, 1)
        name = importer.add(DepthwiseConv, node, value.source, multiplier=multiplier, weights=given(own), **fields)
    else:
        kind: type[Layer] = Conv1d if along_length else Conv
        own = W.transpose(2, 3, 1, 0)
        name = importer.add(kind, node, value.source, filters=filters, groups=groups, weights=given(own), **fields)
    return [out(importer, value, name, found)]


def _conv_of_row(importer: Importer, node: Node, value: Value, W: Array, taken: Taken) -> Value:
    """Return a convolution of a map of one place, such as a global pool's, as a dense layer."""
    filters, depth, *kernel = W.shape
    letters = value.axes[1] or "C"
    padded = any(node.integers("pads") or ()) and node.text("auto_pad", "NOTSET") == "NOTSET"
    if set(kernel) != {1} or node.integer("group", 1) != 1 or padded or any(value.axes[2:]):
        raise Unsteppable
    row = replace(value, axes=("N", letters), shape=value.shape[:2])
    bias = None if len(taken) < 3 or taken[2] is None else constant(taken[2]).reshape(-1)
    found = dense(importer, node, row, W.reshape(filters, depth).T, bias)
    return importer.value(found.source, ("N", "C", *[""] * len(kernel)), found.sizes)


def check_window(fields: dict[str, Any]) -> None:
    """Check that strides and dilations are numbers that a window can have."""
    for name in ("kernel", "stride", "dilation"):
        if not all(1 <= size <= 1_000_000 for size in fields[name]):
            raise Unable(f"its {name} is {' × '.join(map(str, fields[name]))}")
    if isinstance(fields["padding"], Padding) and max(fields["padding"]) > 1_000_000:
        raise Unable("its padding is too large")


def conv_transpose(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a transposed convolution."""
    value, W = dynamic(taken[0]), constant(taken[1])
    found = places(importer, value)
    W = weights_of(W, found, len(value.axes))
    bias = None if len(taken) < 3 or taken[2] is None else given(constant(taken[2]).reshape(-1))
    depth, each, height, width = W.shape
    groups = node.integer("group", 1)
    if groups < 1 or depth != value.sizes[2]:
        raise Unable(f"its weights are for {depth} channels, and {value.sizes[2]} arrive")
    windowed(importer, value, (height, width))
    fields: dict[str, Any] = {
        "kernel": (height, width),
        "stride": by_letter(found, node.integers("strides"), 1),
        "dilation": by_letter(found, node.integers("dilations"), 1),
        "output_padding": by_letter(found, node.integers("output_padding"), 0),
        "bias": bias,
    }
    fields["padding"] = _cut(node, value, found, fields)
    check_window(fields)
    own = W.transpose(2, 3, 1, 0)
    name = importer.add(
        ConvTranspose, node, value.source, filters=each * groups, groups=groups, weights=given(own), **fields
    )
    return [out(importer, value, name, found)]


def _cut(node: Node, value: Value, found: Sequence[str], fields: dict[str, Any]) -> Pad:
    """Return what a transposed convolution cuts off; a wanted size of the output decides it, where one is given."""
    wanted, auto = node.integers("output_shape"), node.text("auto_pad", "NOTSET")
    if not wanted and auto not in ("SAME_UPPER", "SAME_LOWER"):
        return padding_of(node, found)
    goal = by_letter(found, wanted[-len(found) :] if wanted else None, None)
    cut: list[int] = []
    for n, letter in enumerate("HW"):
        size, stride = value.size(letter), fields["stride"][n]
        extent = (fields["kernel"][n] - 1) * fields["dilation"][n] + 1
        output = goal[n] if goal[n] is not None else size * stride if letter in found else size
        total = stride * (size - 1) + fields["output_padding"][n] + extent - output
        if total < 0:
            raise Unsteppable
        small, large = total // 2, total - total // 2
        cut += [small, large] if auto == "SAME_UPPER" else [large, small]
    return Padding(*cut)


def pool(kind: type[Layer]) -> Handler:
    """Return a function for a pool with a window."""

    def run(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
        value = dynamic(taken[0])
        if len(value.axes) > 4:
            raise Unsteppable
        found = places(importer, value)
        sizes = node.integers("kernel_shape")
        if sizes is None:
            raise Unable("it has no kernel_shape")
        kernel = by_letter(found, sizes, 1)
        windowed(importer, value, kernel)
        fields: dict[str, Any] = {
            "kernel": kernel,
            "stride": by_letter(found, node.integers("strides"), 1),
            "dilation": by_letter(found, node.integers("dilations"), 1),
            "padding": padding_of(node, found),
            "ceil_mode": bool(node.integer("ceil_mode")),
        }
        check_window(fields)
        if kind is AvgPool:
            fields["count_include_pad"] = bool(node.integer("count_include_pad"))
        name = importer.add(kind, node, value.source, **fields)
        return [out(importer, value, name, found)]

    return run


def pool_all(importer: Importer, node: Node, value: Value, kind: type[Layer], keep: bool) -> list[Entry]:
    """Return a pool over the whole map."""
    name = importer.add(kind, node, value.source)
    n_C = importer.shapes[name][-1]
    letters = ["C" if letter == "C" else "" for letter in lettered(importer, value)]
    return [importer.value(name, ["N", *letters[1:]] if keep else ["N", "C"], (1, 1, n_C))]


def global_pool(kind: type[Layer]) -> Handler:
    """Return a function for a pool over the whole map."""

    def run(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
        value = dynamic(taken[0])
        places(importer, value)
        return pool_all(importer, node, value, kind, keep=True)

    return run


def reduce(kind: type[Layer]) -> Handler:
    """Return a function for a mean or a maximum, which is a global pool if it goes over all rows and columns."""

    def run(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
        value = dynamic(taken[0])
        axes = functions.axes_of(node, importer.opset, taken, 18)
        over = functions.positive(axes or range(len(value.axes)), len(value.axes))
        letters = "".join(value.axes[axis] for axis in over)
        spatial = {letter for letter in "HW" if value.size(letter) > 1}
        if set(letters) != spatial or len(importer.natural(value)) < 2 or not spatial:
            raise Unsteppable
        keep = bool(node.integer("keepdims", 1))
        if not keep and len(value.axes) - len(over) != 2:
            raise Unsteppable
        return pool_all(importer, node, value, kind, keep=keep)

    return run


# Numbers of each channel


def per_channel(importer: Importer, value: Value, array: Array) -> Array | None:
    """Return the number of each channel of a layer, from an array that is broadcast; None if they differ otherwise."""
    rank, natural = len(value.axes), importer.natural(value)
    n_C = natural[-1]
    if array.ndim > rank:
        return None
    wide = array.reshape([1] * (rank - array.ndim) + list(array.shape))
    varies = [axis for axis, size in enumerate(wide.shape) if size > 1]
    if not varies:
        return np.broadcast_to(wide.reshape(-1)[:1], (n_C,))
    if len(varies) > 1 or wide.shape[varies[0]] != value.shape[varies[0]]:
        return None
    return in_our_order(importer, value, varies[0], wide.reshape(-1))


def in_our_order(importer: Importer, value: Value, axis: int, numbers: Array) -> Array | None:
    """Return numbers, one for each place of an axis, in the order of our channels; None if they are no channels."""
    letters, natural = value.axes[axis], importer.natural(value)
    ours = "C" if len(natural) > 1 else "HWC"
    whole = [letter for letter in ours if value.size(letter) > 1]
    if set(letters) != set(whole):
        return None
    split = numbers.reshape([value.size(letter) for letter in letters])
    return split.transpose([letters.index(letter) for letter in whole]).reshape(-1)


def batch_norm(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a batch norm."""
    value = dynamic(taken[0])
    if node.integer("training_mode"):
        raise Unable("it is in training mode")
    numbers = [in_our_order(importer, value, 1, constant(each).reshape(-1)) for each in taken[1:5]]
    gamma, beta, mean, variance = (given(each) if each is not None else None for each in numbers)
    if gamma is None or beta is None or mean is None or variance is None:
        raise Unsteppable
    epsilon = node.number("epsilon", 1e-5)
    if not 0 <= epsilon < math.inf:
        raise Unable(f"its epsilon is {epsilon}")
    name = importer.add(
        BatchNorm, node, value.source, gamma=gamma, beta=beta, mean=mean, variance=variance, epsilon=epsilon
    )
    return [replace(value, source=name)]


def scaled(importer: Importer, node: Node, value: Value, **numbers: Array) -> list[Entry]:
    """Return a batch norm with only some of its numbers, which multiplies or adds one for each channel."""
    own = {name: given(np.ascontiguousarray(each)) for name, each in numbers.items()}
    fields: dict[str, Any] = {"gamma": ONES, "beta": ZEROS, "mean": ZEROS, "variance": ONES, "epsilon": 0.0} | own
    return [replace(value, source=importer.add(BatchNorm, node, value.source, **fields))]


def with_bias(importer: Importer, node: Node, value: Value, numbers: Array) -> list[Entry] | None:
    """Return a sum of a layer and a number for each channel as that layer's bias, if it can have it; else None."""
    layer = importer.layers.get(value.source)
    bare = isinstance(layer, Conv | Conv1d | ConvTranspose | DepthwiseConv | Dense) and layer.bias is None
    used = max((importer.uses[name] for name in node.inputs), default=0)
    if layer is None or not bare or used > 1:
        return None
    importer.layers[value.source] = replace(layer, bias=given(np.ascontiguousarray(numbers)))  # type: ignore[call-arg]
    return [value]


def arithmetic(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a sum, a difference, a product or a quotient: of two layers, or of a layer and constants."""
    pair = list(taken[:2])
    if len(pair) != 2:
        raise Unsteppable
    if all(isinstance(each, Value) for each in pair):
        if node.op == "Mul":
            return gated(importer, node, pair) or several(importer, node, pair)
        if node.op == "Add":
            return several(importer, node, pair)
        raise Unsteppable
    first = isinstance(pair[0], Value)
    value, array = dynamic(pair[0 if first else 1]), constant(pair[1 if first else 0])
    if array.dtype.kind == "b" or array.ndim > len(value.axes):
        raise Unsteppable
    if importer.opset < 7 and first and "axis" in node.attributes:
        array = aligned(value, array, node.integer("axis"))
    numbers = per_channel(importer, value, array)
    if numbers is None:
        raise Unsteppable
    if numbers.dtype.kind != "f":
        numbers = numbers.astype(np.float32)
    neutral = {"Add": 0.0, "Sub": 0.0, "Mul": 1.0, "Div": 1.0}[node.op]
    if first and (numbers == neutral).all():
        return [value]
    if node.op == "Mul" and (numbers == 0.5).all() and value.source in importer.doubled:
        return [replace(value, source=importer.doubled[value.source])]
    match node.op, first:
        case "Add", _:
            return with_bias(importer, node, value, numbers) or scaled(importer, node, value, beta=numbers)
        case "Mul", _:
            return scaled(importer, node, value, gamma=numbers)
        case "Sub", True:
            return scaled(importer, node, value, mean=numbers)
        case "Sub", False:
            return scaled(importer, node, value, gamma=np.full_like(numbers, -1), beta=numbers)
        case "Div", True:
            return scaled(importer, node, value, gamma=(1 / numbers.astype(np.float64)))
    raise Unsteppable


def aligned(value: Value, array: Array, axis: int) -> Array:
    """Return an array whose first axis is an axis of a value, as operators before version 7 have it."""
    (at,) = functions.positive([axis], len(value.axes))
    return array.reshape(*array.shape, *[1] * (len(value.axes) - at - array.ndim))


def gated(importer: Importer, node: Node, pair: Sequence[Value]) -> list[Entry] | None:
    """Return a product of a value and a function of it as one layer: silu, hard swish or gelu; None for another."""
    for value, gate in (pair, pair[::-1]):
        layer, alike = importer.layers.get(gate.source), (value.axes, value.sizes) == (gate.axes, gate.sizes)
        if layer is None or not alike:
            continue
        kind: type[Layer] | None = None
        if layer.sources == (value.source,):
            if isinstance(layer, Sigmoid):
                kind = Silu
            elif isinstance(layer, HardSigmoid) and abs(layer.alpha - 1 / 6) < 1e-6 and layer.beta == 0.5:
                kind = HardSwish
        if kind is not None:
            return [replace(value, source=importer.add(kind, node, value.source))]
        if x := _erf_of(importer, gate.source):
            if value.source == x:
                name = importer.add(Gelu, node, x)
                (twice,) = scaled(importer, node, replace(value, source=name), gamma=np.full(value.sizes[2], 2.0))
                assert isinstance(twice, Value)
                importer.doubled[twice.source] = name
                return [twice]
            if _line(importer, value.source) == (0.5, 0.0, x):
                return [replace(value, source=importer.add(Gelu, node, x))]
    return None


def _line(importer: Importer, name: str) -> tuple[float, float, str] | None:
    """Return scale, shift and source of a layer that does the same to every value; None for others."""
    layer = importer.layers.get(name)
    if not isinstance(layer, BatchNorm) or layer.epsilon or layer.variance != ONES or layer.mean != ZEROS:
        return None
    numbers = []
    for weights, default in ((layer.gamma, 1.0), (layer.beta, 0.0)):
        values = weights.array if isinstance(weights, Given) else np.array([default])
        if (values != values.flat[0]).any():
            return None
        numbers.append(float(values.flat[0]))
    return numbers[0], numbers[1], layer.sources[0]


def _erf_of(importer: Importer, name: str) -> str:
    """Return x of a layer that is 1 + erf(x / √2), spelled out in three layers; "" for others."""
    outer = _line(importer, name)
    block = importer.layers.get(outer[2]) if outer and outer[:2] == (1.0, 1.0) else None
    if not isinstance(block, FunctionBlock) or block.operators != "Erf":
        return ""
    inner = _line(importer, block.sources[0])
    return inner[2] if inner and abs(inner[0] - math.sqrt(0.5)) < 1e-6 and inner[1] == 0 else ""


def several(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return the sum or product of several layers of one shape."""
    values = [dynamic(each) for each in taken]
    first = values[0]
    if len(values) == 1:
        return [first]
    natural = importer.natural(first)
    alike = all(
        (each.axes, each.sizes, importer.natural(each)) == (first.axes, first.sizes, natural) for each in values
    )
    if not alike:
        raise Unsteppable
    kind: type[Layer] = Multiply if node.op == "Mul" else Add
    return [replace(first, source=importer.add(kind, node, *(each.source for each in values)))]


def concat(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return several layers' channels one after the other."""
    values = [dynamic(each) for each in taken]
    first, n = values[0], len(values[0].axes)
    if len(values) == 1:
        return [first]
    (axis,) = functions.positive([node.integer("axis", 1)], n)
    natural = importer.natural(first)
    for each in values:
        others = [a for k, a in enumerate(each.axes) if k != axis]
        whole = "".join(each.axes[axis])
        if whole not in ("C", "") or (whole == "" and each.sizes[2] > 1):
            raise Unsteppable
        if others != [a for k, a in enumerate(first.axes) if k != axis] or importer.natural(each)[:-1] != natural[:-1]:
            raise Unsteppable
    name = importer.add(Concat, node, *(each.source for each in values))
    letters = [*first.axes]
    letters[axis] = "C"
    height, width, _ = first.sizes
    return [importer.value(name, letters, (height, width, importer.shapes[name][-1]))]


# Functions of a value


def simple(kind: type[Layer], **fields: Callable[[Node], Any]) -> Handler:
    """Return a function for a layer that changes value by value."""

    def run(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
        value = dynamic(taken[0])
        own = {name: get(node) for name, get in fields.items()}
        return [replace(value, source=importer.add(kind, node, value.source, **own))]

    return run


def curve(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a function of each value that no kind of layer has."""
    value, opset = dynamic(taken[0]), importer.opset
    if len(taken) != 1:
        raise Unsteppable

    def run(x: Array) -> Array:
        return functions.compute(node, opset, [x])[0]

    run(np.zeros(1))  # its attributes are such that it can be computed
    return [replace(value, source=importer.add(FunctionBlock, node, value.source, operators=node.op, curve=run))]


CURVES = (
    *("Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Erf", "Exp", "Floor"),
    *("Log", "Mish", "Neg", "Reciprocal", "Round", "Selu", "Shrink", "Sign", "Sin", "Sinh", "Softplus", "Softsign"),
    *("Sqrt", "Swish", "Tan", "ThresholdedRelu"),
)
"""Operators that are functions of each value on its own, and no kind of layer."""


def clip(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a clip."""
    value = dynamic(taken[0])
    for each in taken[1:]:
        if each is not None:
            constant(each)
    low, high = functions.limits(node, importer.opset, taken)
    return _clipped(importer, node, value, low, high)


def _clipped(importer: Importer, node: Node, value: Value, low: float, high: float) -> list[Entry]:
    if not low <= high:
        raise Unsteppable
    if (low, high) == (0, math.inf):
        return [replace(value, source=importer.add(Relu, node, value.source))]
    return [replace(value, source=importer.add(Clip, node, value.source, min=low, max=high))]


def limit(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return the larger or the smaller of a layer and one number, which is a clip."""
    pair = list(taken)
    if len(pair) != 2 or all(isinstance(each, Value) for each in pair):
        raise Unsteppable
    value, array = (pair[0], pair[1]) if isinstance(pair[0], Value) else (pair[1], pair[0])
    number = constant(array)
    if number.size != 1 or number.ndim > len(dynamic(value).axes):
        raise Unsteppable
    bound = float(number.reshape(-1)[0])
    low, high = (bound, math.inf) if node.op == "Max" else (-math.inf, bound)
    return _clipped(importer, node, dynamic(value), low, high)


def prelu(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a leaky relu with a slope for each channel."""
    value = dynamic(taken[0])
    slopes = constant(taken[1])
    if importer.opset < 7 and slopes.ndim == 1 and slopes.size > 1:
        slopes = aligned(value, slopes, 1)
    numbers = per_channel(importer, value, slopes)
    if numbers is None:
        raise Unsteppable
    name = importer.add(PRelu, node, value.source, alpha=given(np.ascontiguousarray(numbers)))
    return [replace(value, source=name)]


def softmax(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a softmax over the channels."""
    value = dynamic(taken[0])
    over = "".join(value.axes[axis] for axis in functions.softmax_axes(node, importer.opset, len(value.axes)))
    ours = "C" if len(importer.natural(value)) > 1 else "HWC"
    if set(over) != {letter for letter in ours if value.size(letter) > 1}:
        raise Unsteppable
    return [replace(value, source=importer.add(SOFTMAXES[node.op], node, value.source))]


SOFTMAXES: dict[str, type[Layer]] = {"Softmax": Softmax, "LogSoftmax": LogSoftmax}


def dropout(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return dropout, which changes nothing outside training."""
    value = dynamic(taken[0])
    rate = node.number("ratio", 0.5)
    if importer.opset >= 12:
        rate = float(constant(taken[1]).reshape(-1)[0]) if len(taken) > 1 and taken[1] is not None else 0.5
        if len(taken) > 2 and taken[2] is not None and constant(taken[2]).any():
            raise Unable("it is in training mode")
    if not 0 <= rate < 1:
        return [value]
    return [replace(value, source=importer.add(Dropout, node, value.source, rate=rate))]


def cast(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return the same value, if it is cast to real numbers."""
    if not DTYPES.get(node.integer("to"), "<f4").startswith("<f"):
        raise Unsteppable
    return [dynamic(taken[0])]


# Dense layers


def matmul(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a dense layer, or a convolution with a window of one place."""
    value, W = dynamic(taken[0]), constant(taken[1])
    if W.ndim != 2:
        raise Unsteppable
    if len(value.axes) == 2:
        return [dense(importer, node, value, W, None)]
    natural, letters = importer.natural(value), lettered(importer, value)
    if len(natural) < 2 or letters[-1] != "C" or W.shape[0] != natural[-1]:
        raise Unsteppable
    kind: type[Layer] = Conv1d if len(natural) == 2 else Conv
    own = given(W.reshape(1, 1, *W.shape))
    name = importer.add(kind, node, value.source, filters=W.shape[1], kernel=(1, 1), weights=own, bias=None)
    height, width, _ = value.sizes
    return [importer.value(name, letters, (height, width, W.shape[1]))]


def gemm(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a dense layer."""
    value, W = dynamic(taken[0]), constant(taken[1])
    if node.integer("transA") or W.ndim != 2 or len(value.axes) != 2:
        raise Unsteppable
    W = W.T if node.integer("transB") else W
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    bias = None
    if len(taken) > 2 and taken[2] is not None:
        array = constant(taken[2])
        if array.ndim > 2 or (array.ndim == 2 and array.shape[0] != 1) or array.size not in (1, W.shape[1]):
            raise Unsteppable
        bias = np.broadcast_to(array.reshape(-1), W.shape[1:]) * (1 if beta == 1 else array.dtype.type(beta))
    return [dense(importer, node, value, W if alpha == 1 else W * W.dtype.type(alpha), bias)]


def dense(importer: Importer, node: Node, value: Value, W: Array, bias: Array | None) -> Value:
    """Return a dense layer, with its rows in the order of our flatten."""
    n, units = W.shape
    if n != value.shape[1] or not units:
        raise Unable(f"its weights are for {n} inputs, and {value.shape[1]} arrive")
    if len(importer.natural(value)) > 1:
        value = replace(value, source=importer.add(Flatten, node, value.source))
    name = importer.add(
        Dense,
        node,
        value.source,
        units=units,
        weights=given(_rows(value, W)),
        bias=None if bias is None else given(np.ascontiguousarray(bias)),
    )
    return importer.value(name, ("N", "C"), (1, 1, units))


def _rows(value: Value, W: Array) -> Array:
    """Return weights with their rows in the order of our flatten."""
    if not any(W.strides):  # all alike, and taking no memory
        return W
    letters, (n, units) = value.axes[1], W.shape
    split = W.reshape(*(value.size(letter) for letter in letters), units)
    order = [letters.index(letter) for letter in "HWC" if letter in letters]
    return split.transpose([*order, len(letters)]).reshape(n, units)


# Shapes


def regrouped(importer: Importer, node: Node, value: Value, shape: Sequence[int]) -> list[Entry]:
    """Return a value in another shape, if its axes only come together or part where they came together."""
    axes = value.regrouped(shape)
    if axes is None:
        raise Unsteppable
    return [importer.reshaped(node, value, axes, tuple(shape))]


def plain(entry: Any) -> Value:
    """Return an input that has to be a layer's output."""
    if not isinstance(entry, Value):
        raise Unsteppable
    return entry


def known_shape(entry: Any) -> Shape:
    """Return the shape of an input that is computed by layers or blocks."""
    return entry.shape if isinstance(entry, Hidden) else plain(entry).shape


def reshape(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a value in another shape."""
    value = plain(taken[0])
    wanted = functions.integers(constant(taken[1]))
    return regrouped(importer, node, value, functions.reshaped(value.shape, wanted, bool(node.integer("allowzero"))))


def flatten(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a value written out in one row."""
    value = plain(taken[0])
    return regrouped(importer, node, value, functions.flattened(value.shape, node.integer("axis", 1)))


def squeeze(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a value without axes of size 1."""
    value = plain(taken[0])
    shape = functions.squeezed(value.shape, functions.axes_of(node, importer.opset, taken, 13))
    return regrouped(importer, node, value, shape)


def unsqueeze(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a value with more axes of size 1."""
    value = plain(taken[0])
    axes = functions.axes_of(node, importer.opset, taken, 13)
    return regrouped(importer, node, value, functions.unsqueezed(value.shape, axes or []))


def transpose(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a value with its axes in another order."""
    value = plain(taken[0])
    rank = len(value.axes)
    order = functions.positive(node.integers("perm") or range(rank)[::-1], rank)
    if len(order) != rank:
        raise Unable("its axes don't fit what arrives")
    turned = replace(value, axes=tuple(value.axes[n] for n in order), shape=tuple(value.shape[n] for n in order))
    return [turned]


def shape(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a shape, which is known."""
    return [functions.shape_of(node, known_shape(taken[0]))]


def size(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a number of values, which is known."""
    return [np.array(prod(known_shape(taken[0])), np.int64)]


# Maps of another size


def pad(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a map with padding around it."""
    value = dynamic(taken[0])
    for each in taken[1:]:
        if each is not None:
            constant(each)
    amounts = functions.amounts(node, importer.opset, taken, len(value.axes))
    if not any(any(each) for each in amounts):
        return [value]
    mode = {"constant": "zero", "reflect": "reflect", "edge": "edge"}.get(node.text("mode", "constant"), "")
    if not mode or (mode == "zero" and functions.pad_value(node, importer.opset, taken) != 0):
        raise Unsteppable
    letters = lettered(importer, value)
    sides = _sides(importer, value, letters, amounts)
    if max(sides) <= 0:
        name = importer.add(Crop, node, value.source, cropping=Padding(*(-each for each in sides)))
    elif min(sides) < 0:
        raise Unsteppable
    else:
        name = importer.add(PadLayer, node, value.source, padding=sides, mode=mode)
    return [resized(importer, letters, name)]


def _sides(importer: Importer, value: Value, letters: Sequence[str], amounts: Sequence[tuple[int, int]]) -> Padding:
    """Return what is added or left out at the border of a map, from that of each of the model's axes."""
    sides = {"H": (0, 0), "W": (0, 0)}
    for letter, amount in zip(letters, amounts, strict=True):
        if any(amount):
            if letter not in sides:
                raise Unsteppable
            sides[letter] = amount
    natural = importer.natural(value)
    if len(natural) < 2 or (len(natural) == 2 and any(sides["W"])):
        raise Unsteppable
    return Padding(*sides["H"], *sides["W"])


def cut(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return a map without some rows and columns at its border."""
    value = dynamic(taken[0])
    for each in taken[1:]:
        if each is not None:
            constant(each)
    kept = []
    for part, size in zip(functions.slices_of(node, importer.opset, taken, value.shape), value.shape, strict=True):
        start, end, step = part.indices(size)
        if step != 1:
            raise Unsteppable
        kept.append((start, size - end))
    if not any(any(each) for each in kept):
        return [value]
    letters = lettered(importer, value)
    name = importer.add(Crop, node, value.source, cropping=_sides(importer, value, letters, kept))
    return [resized(importer, letters, name)]


def resized(importer: Importer, letters: Sequence[str], name: str) -> Value:
    """Return the output of a layer that gives a map of another size, with the same axes."""
    natural = importer.shapes[name]
    sizes = (natural[0], natural[1] if len(natural) == 3 else 1, natural[-1])
    return importer.value(name, letters, sizes)


def resize(importer: Importer, node: Node, taken: Taken) -> list[Entry]:
    """Return an upsampling to the nearest value, if each becomes as many as any other."""
    value = dynamic(taken[0])
    if node.text("mode", "nearest") != "nearest":
        raise Unsteppable
    for each in taken[1:]:
        if each is not None:
            constant(each)
    scales, sizes = functions.scales_of(node, importer.opset, taken, value.shape)
    for scale, old, size in zip(scales, value.shape, sizes, strict=True):
        if scale != int(scale) or size != old * int(scale) or scale > 1_000:
            raise Unsteppable
        at = functions.places_of(node, importer.opset, old, scale, size)
        if (functions.nearest_of(node, importer.opset, old, at) != np.arange(size) // int(scale)).any():
            raise Unsteppable
    found: dict[str, int] = {}
    letters = lettered(importer, value)
    for letter, scale in zip(letters, scales, strict=True):
        if scale != 1:
            if letter not in ("H", "W"):
                raise Unsteppable
            found[letter] = int(scale)
    if not found:
        return [value]
    name = importer.add(Upsample, node, value.source, scale=(found.get("H", 1), found.get("W", 1)))
    return [resized(importer, letters, name)]


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(CURVES, curve),
    "Add": arithmetic,
    "AveragePool": pool(AvgPool),
    "BatchNormalization": batch_norm,
    "Cast": cast,
    "Clip": clip,
    "Concat": concat,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "Div": arithmetic,
    "Dropout": dropout,
    "Elu": simple(Elu, alpha=lambda node: node.number("alpha", 1.0)),
    "Flatten": flatten,
    "Gelu": simple(Gelu, approximate=lambda node: node.text("approximate", "none") == "tanh"),
    "Gemm": gemm,
    "GlobalAveragePool": global_pool(GlobalAvgPool),
    "GlobalMaxPool": global_pool(GlobalMaxPool),
    "HardSigmoid": simple(
        HardSigmoid,
        alpha=lambda node: node.number("alpha", 0.2),
        beta=lambda node: node.number("beta", 0.5),
    ),
    "HardSwish": simple(HardSwish),
    "Identity": simple(Identity),
    "LeakyRelu": simple(LeakyRelu, alpha=lambda node: node.number("alpha", 0.01)),
    "LogSoftmax": softmax,
    "MatMul": matmul,
    "Max": limit,
    "MaxPool": pool(MaxPool),
    "Min": limit,
    "Mul": arithmetic,
    "PRelu": prelu,
    "Pad": pad,
    "ReduceMax": reduce(GlobalMaxPool),
    "ReduceMean": reduce(GlobalAvgPool),
    "Relu": simple(Relu),
    "Reshape": reshape,
    "Resize": resize,
    "Shape": shape,
    "Sigmoid": simple(Sigmoid),
    "Size": size,
    "Slice": cut,
    "Softmax": softmax,
    "Squeeze": squeeze,
    "Sub": arithmetic,
    "Sum": several,
    "Tanh": simple(Tanh),
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    "Upsample": resize,
}
"""The functions by operator."""
