"""ONNX's operators as functions of NumPy arrays, in the model's own order of axes.

They fold constants, and compute what can't be stepped through. Whatever they allocate is counted first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.models.onnx.records import DTYPES, Node, read_tensor

MOST = 1 << 23
"""The most values of an array that a function returns."""

MOST_REPEATED = 1 << 28
"""The most values of an array that repeats one number."""

Arrays = Sequence[Any]
"""A node's inputs; None for one left out."""

Function = Callable[[Node, int, Arrays], list[Array]]
"""Returns a node's outputs from the node, the version of the operators, and the inputs."""


NO_SUCH_FORM = "what it takes, or how it is set, has no counterpart here"
"""Why an operator that is known can't be shown in some form."""


class Unable(Exception):  # noqa: N818  # what becomes of it depends on where it is
    """What a node computes can't be had; the text says why."""


def compute(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    """Return what a node computes.

    Raises:
        Unable: There is no function for it, it fails, or its result would be too large.
    """
    function = None if node.domain else FUNCTIONS.get(node.op)
    if function is None:
        raise Unable("convstep does not know this operator")
    try:
        with np.errstate(all="ignore"):
            return [np.asarray(each) for each in function(node, opset, inputs)]
    except Unable:
        raise
    except MemoryError:
        raise Unable("there is not enough memory for its result") from None
    except SpecError as error:
        raise Unable(error.what) from None
    except Exception as error:  # inputs that don't fit together may make NumPy raise several kinds
        raise Unable(f"its inputs don't fit together ({str(error)[:80] or type(error).__name__})") from None


def room(shape: Sequence[int]) -> tuple[int, ...]:
    """Return a shape of a result, which must not be too large."""
    sizes = tuple(int(size) for size in shape)
    if any(size < 0 for size in sizes) or len(sizes) > 32 or prod(sizes) > MOST:
        raise Unable(f"its result would have the shape {'×'.join(map(str, sizes[:8]))}")
    return sizes


def integers(value: Any) -> list[int]:
    """Return an input that holds integers, such as axes."""
    return [int(each) for each in np.asarray(value).reshape(-1)]


def _fit(*inputs: Any) -> None:
    room(np.broadcast_shapes(*(np.shape(each) for each in inputs)))


def _each(function: Callable[..., Any]) -> Function:
    """Return an elementwise function, with broadcasting; the result has the first input's dtype."""

    def run(node: Node, opset: int, inputs: Arrays) -> list[Array]:
        _fit(*inputs)
        dtype = np.asarray(inputs[0]).dtype
        return [np.asarray(function(*inputs)).astype(dtype, copy=False)]

    return run


def _curve(function: Callable[[Node, Array], Any]) -> Function:
    """Return an elementwise function with attributes, computed in float64."""

    def run(node: Node, opset: int, inputs: Arrays) -> list[Array]:
        x = np.asarray(inputs[0])
        return [np.asarray(function(node, x.astype(np.float64))).astype(x.dtype)]

    return run


def _test(function: Callable[..., Any]) -> Function:
    """Return an elementwise comparison."""

    def run(node: Node, opset: int, inputs: Arrays) -> list[Array]:
        _fit(*inputs)
        return [np.asarray(function(*inputs), np.bool_)]

    return run


def _fold(function: Callable[[Any, Any], Any]) -> Function:
    """Return an elementwise function of any number of inputs."""

    def run(node: Node, opset: int, inputs: Arrays) -> list[Array]:
        _fit(*inputs)
        found = np.asarray(inputs[0])
        for each in inputs[1:]:
            found = function(found, each)
        return [np.asarray(found)]

    return run


def erf(x: Array) -> Array:
    """Return the error function, in float64."""
    return np.fromiter(map(math.erf, x.reshape(-1).tolist()), np.float64, x.size).reshape(x.shape)


def _sigmoid(x: Array) -> Array:
    return np.asarray(np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))))


def _gelu(node: Node, x: Array) -> Array:
    if node.text("approximate", "none") == "tanh":
        return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))
    return np.asarray(0.5 * x * (1 + erf(x / np.sqrt(2))))


def _elu(alpha: float, x: Array) -> Array:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _selu(node: Node, x: Array) -> Array:
    alpha, gamma = node.number("alpha", 1.6732632423543772), node.number("gamma", 1.0507009873554805)
    return np.asarray(gamma * _elu(alpha, x))


def _celu(node: Node, x: Array) -> Array:
    alpha = node.number("alpha", 1.0)
    return np.maximum(x, 0) + np.minimum(0, alpha * np.expm1(np.minimum(x, 0) / alpha))


def _shrink(node: Node, x: Array) -> Array:
    lambd, bias = node.number("lambd", 0.5), node.number("bias")
    return np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0))


def _divide(a: Any, b: Any) -> Any:
    if np.asarray(a).dtype.kind in "iu":
        quotient = np.floor_divide(np.abs(a), np.abs(b))
        return quotient * np.sign(a) * np.sign(b)
    return np.divide(a, b)


def _clip(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    low, high = limits(node, opset, inputs)
    return [np.minimum(np.maximum(x, low), high).astype(x.dtype)]


def limits(node: Node, opset: int, inputs: Arrays) -> tuple[float, float]:
    """Return the limits of a Clip."""
    if opset < 11:
        return node.number("min", -math.inf), node.number("max", math.inf)
    given = [float(np.asarray(each).reshape(-1)[0]) if each is not None else None for each in inputs[1:3]]
    low, high = [*given, None, None][:2]
    return -math.inf if low is None else low, math.inf if high is None else high


def axes_of(node: Node, opset: int, inputs: Arrays, since: int) -> list[int] | None:
    """Return a node's axes, an attribute before version `since`, then an input; None for none."""
    if opset < since or "axes" in node.attributes:
        return node.integers("axes")
    return None if len(inputs) < 2 or inputs[1] is None else integers(inputs[1])


def positive(axes: Sequence[int], rank: int) -> list[int]:
    """Return axes counted from the front."""
    found = [axis + rank if axis < 0 else axis for axis in axes]
    if not all(0 <= axis < rank for axis in found) or len(set(found)) < len(found):
        raise Unable(f"it has no axes {', '.join(map(str, list(axes)[:8]))}")
    return found


def reshaped(shape: Sequence[int], wanted: Sequence[int], allow_zero: bool = False) -> tuple[int, ...]:
    """Return the shape that Reshape gives: 0 copies a size, −1 is what is left."""
    sizes = [shape[n] if size == 0 and not allow_zero and n < len(shape) else size for n, size in enumerate(wanted)]
    rest = [n for n, size in enumerate(sizes) if size == -1]
    if len(rest) == 1:
        others = prod(size for size in sizes if size != -1)
        if others <= 0 or prod(shape) % others:
            raise Unable(f"{'×'.join(map(str, shape))} can't become {'×'.join(map(str, wanted))}")
        sizes[rest[0]] = prod(shape) // others
    if prod(sizes) != prod(shape) or any(size < 0 for size in sizes):
        raise Unable(f"{'×'.join(map(str, shape))} can't become {'×'.join(map(str, wanted))}")
    return tuple(sizes)


def _reshape(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    return [x.reshape(reshaped(x.shape, integers(inputs[1]), bool(node.integer("allowzero"))))]


def flattened(shape: Sequence[int], axis: int) -> tuple[int, int]:
    """Return the shape that Flatten gives."""
    at = axis + len(shape) if axis < 0 else axis
    if not 0 <= at <= len(shape):
        raise Unable(f"it has no axis {axis}")
    return prod(shape[:at]), prod(shape[at:])


def _flatten(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    return [x.reshape(flattened(x.shape, node.integer("axis", 1)))]


def squeezed(shape: Sequence[int], axes: list[int] | None) -> tuple[int, ...]:
    """Return the shape that Squeeze gives."""
    if axes is None:
        return tuple(size for size in shape if size != 1)
    out = positive(axes, len(shape))
    if any(shape[axis] != 1 for axis in out):
        raise Unable("an axis that it takes away is not of size 1")
    return tuple(size for axis, size in enumerate(shape) if axis not in out)


def unsqueezed(shape: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    """Return the shape that Unsqueeze gives."""
    new = positive(axes, len(shape) + len(axes))
    rest = iter(shape)
    return tuple(1 if axis in new else next(rest) for axis in range(len(shape) + len(new)))


def _squeeze(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    return [x.reshape(squeezed(x.shape, axes_of(node, opset, inputs, 13)))]


def _unsqueeze(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    return [x.reshape(unsqueezed(x.shape, axes_of(node, opset, inputs, 13) or []))]


def _transpose(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    return [np.transpose(inputs[0], node.integers("perm"))]


def _concat(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    arrays = [np.asarray(each) for each in inputs]
    room([sum(each.size for each in arrays)])
    return [np.concatenate(arrays, axis=node.integer("axis", 1))]


def _split(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, axis, parts = np.asarray(inputs[0]), node.integer("axis", 0), len(node.outputs)
    sizes = node.integers("split") if opset < 13 else integers(inputs[1]) if len(inputs) > 1 else None
    if sizes is None:
        each = -(-x.shape[axis] // parts)
        sizes = [each] * (parts - 1)
    else:
        sizes = sizes[:-1]
    return list(np.split(x, np.cumsum(sizes).astype(int), axis=axis))


def slices_of(node: Node, opset: int, inputs: Arrays, shape: Sequence[int]) -> list[slice]:
    """Return what a Slice takes of each axis."""
    rank = len(shape)
    if opset < 10:
        starts, ends = node.integers("starts") or [], node.integers("ends") or []
        axes, steps = node.integers("axes"), None
    else:
        starts, ends = integers(inputs[1]), integers(inputs[2])
        axes = integers(inputs[3]) if len(inputs) > 3 and inputs[3] is not None else None
        steps = integers(inputs[4]) if len(inputs) > 4 and inputs[4] is not None else None
    at = positive(axes if axes is not None else range(len(starts)), rank)
    parts = [slice(None)] * rank
    for axis, start, end, step in zip(at, starts, ends, steps or [1] * len(at), strict=True):
        parts[axis] = slice(start, None if step < 0 and end < -shape[axis] else end, step)
    return parts


def _slice(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    return [x[tuple(slices_of(node, opset, inputs, x.shape))]]


def _gather(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, indices, axis = np.asarray(inputs[0]), np.asarray(inputs[1]), node.integer("axis", 0)
    (axis,) = positive([axis], x.ndim)
    room([*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]])
    return [np.take(x, indices.astype(np.int64), axis=axis)]


def _expand(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    shape = room(np.broadcast_shapes(x.shape, room(integers(inputs[1]))))
    return [np.array(np.broadcast_to(x, shape))]


def _tile(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, times = np.asarray(inputs[0]), integers(inputs[1])
    room([size * n for size, n in zip(x.shape, times, strict=True)])
    return [np.tile(x, times)]


def _constant_of_shape(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    value: Any = np.float32(0)
    attribute = node.attributes.get("value")
    if attribute is not None and attribute.tensor is not None:
        value = read_tensor(attribute.tensor, no_file).array.reshape(-1)[0]
    shape = integers(inputs[0])
    if prod(shape) > MOST_REPEATED:
        raise Unable(f"its result would have the shape {'×'.join(map(str, shape[:8]))}")
    return [np.broadcast_to(value, shape)]  # which takes no memory


def no_file(name: str, first: int, size: int | None) -> memoryview:
    """Refuse data in other files, where a tensor must have its own."""
    raise SpecError("a constant can't lie in another file")


def _constant(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    for name, attribute in node.attributes.items():
        match name:
            case "value" if attribute.tensor is not None:
                return [read_tensor(attribute.tensor, no_file).array]
            case "value_float" if attribute.number is not None:
                return [np.array(attribute.number, np.float32)]
            case "value_int" if attribute.integer is not None:
                return [np.array(attribute.integer, np.int64)]
            case "value_floats":
                return [np.array(attribute.numbers, np.float32)]
            case "value_ints":
                return [np.array(attribute.integers, np.int64)]
    raise Unable("its value is of a kind that can't be read")


def _range(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    start, limit, delta = (np.asarray(each).reshape(-1)[0] for each in inputs)
    count = max(0, math.ceil((limit - start) / delta))
    room([count])
    return [(start + np.arange(count) * delta).astype(start.dtype)]


def _cast(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    to = node.integer("to")
    if to not in DTYPES:
        raise Unable("it casts to a dtype that can't be read")
    return [np.asarray(inputs[0]).astype(DTYPES[to])]


def amounts(node: Node, opset: int, inputs: Arrays, rank: int) -> list[tuple[int, int]]:
    """Return how much a Pad adds before and after each axis."""
    if opset < 11:
        pads, axes = node.integers("pads") or node.integers("paddings") or [], None
    else:
        pads = integers(inputs[1])
        axes = integers(inputs[3]) if len(inputs) > 3 and inputs[3] is not None else None
    at = positive(axes if axes is not None else range(rank), rank)
    if len(pads) != 2 * len(at):
        raise Unable(f"{len(pads)} amounts of padding don't fit {rank} axes")
    found = [(0, 0)] * rank
    for n, axis in enumerate(at):
        found[axis] = pads[n], pads[n + len(at)]
    return found


def pad_value(node: Node, opset: int, inputs: Arrays) -> float:
    """Return what a Pad fills with."""
    if opset < 11:
        return node.number("value")
    return float(np.asarray(inputs[2]).reshape(-1)[0]) if len(inputs) > 2 and inputs[2] is not None else 0.0


def _pad(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    pads = amounts(node, opset, inputs, x.ndim)
    mode = node.text("mode", "constant")
    room([before + size + after for size, (before, after) in zip(x.shape, pads, strict=True)])
    for axis, (before, after) in enumerate(pads):
        x = np.take(x, range(max(0, -before), x.shape[axis] - max(0, -after)), axis)
    grow = [(max(0, before), max(0, after)) for before, after in pads]
    if mode == "constant":
        return [np.pad(x, grow, constant_values=pad_value(node, opset, inputs))]
    if mode not in ("reflect", "edge", "wrap"):
        raise Unable(f"it pads in the unknown mode {mode[:20]}")
    return [np.pad(x, grow, mode=mode)]  # type: ignore[call-overload]


def _reduce(function: Callable[..., Any], since: int = 18) -> Function:
    def run(node: Node, opset: int, inputs: Arrays) -> list[Array]:
        x = np.asarray(inputs[0])
        axes = axes_of(node, opset, inputs, since)
        if not axes and node.integer("noop_with_empty_axes"):
            return [x]
        at = tuple(positive(axes, x.ndim)) if axes else tuple(range(x.ndim))
        wide = x.astype(np.float64) if x.dtype.kind == "f" else x
        return [np.asarray(function(wide, axis=at, keepdims=bool(node.integer("keepdims", 1)))).astype(x.dtype)]

    return run


def _softmax(x: Array, axis: tuple[int, ...], log: bool) -> Array:
    shifted = x.astype(np.float64)
    shifted -= shifted.max(axis=axis, keepdims=True)
    total = np.exp(shifted).sum(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(total) if log else np.exp(shifted) / total).astype(x.dtype)


def softmax_axes(node: Node, opset: int, rank: int) -> tuple[int, ...]:
    """Return the axes over which a Softmax sums to 1: one, but before version 13 all from that one on."""
    (axis,) = positive([node.integer("axis", 1 if opset < 13 else -1)], rank)
    return tuple(range(axis, rank)) if opset < 13 else (axis,)


def _softmaxes(log: bool) -> Function:
    def run(node: Node, opset: int, inputs: Arrays) -> list[Array]:
        x = np.asarray(inputs[0])
        return [_softmax(x, softmax_axes(node, opset, x.ndim), log)]

    return run


def _hardmax(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    axes = softmax_axes(node, opset, x.ndim)
    rows = x.reshape(*x.shape[: axes[0]], -1) if len(axes) > 1 else np.moveaxis(x, axes[0], -1)
    found = (np.arange(rows.shape[-1]) == rows.argmax(-1)[..., None]).astype(x.dtype)
    return [found.reshape(x.shape) if len(axes) > 1 else np.moveaxis(found, -1, axes[0])]


def _arguments(largest: bool) -> Function:
    """Return a function for the places of the largest or the smallest values along an axis."""

    def run(node: Node, opset: int, inputs: Arrays) -> list[Array]:
        x = np.asarray(inputs[0])
        (axis,) = positive([node.integer("axis", 0)], x.ndim)
        find = np.argmax if largest else np.argmin
        found = find(x, axis)
        if node.integer("select_last_index"):
            found = x.shape[axis] - 1 - find(np.flip(x, axis), axis)
        return [np.asarray(np.expand_dims(found, axis) if node.integer("keepdims", 1) else found, np.int64)]

    return run


def _einsum(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    equation = node.text("equation", "").replace(" ", "")
    terms = equation.partition("->")[0].split(",")
    if "." in equation or [len(term) for term in terms] != [np.ndim(each) for each in inputs]:
        raise Unable(NO_SUCH_FORM)
    sizes = {letter: size for term, each in zip(terms, inputs, strict=True)
             for letter, size in zip(term, np.shape(each), strict=True)}  # fmt: skip
    room(list(sizes.values()))  # it goes through all combinations
    return [np.asarray(np.einsum(equation, *inputs))]


def _matmul(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    a, b = (np.asarray(each) for each in inputs[:2])
    if a.ndim > 1 and b.ndim > 1:
        room([*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]])
    return [np.matmul(a, b)]


def _gemm(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    a = np.transpose(inputs[0]) if node.integer("transA") else np.asarray(inputs[0])
    b = np.transpose(inputs[1]) if node.integer("transB") else np.asarray(inputs[1])
    room([a.shape[0], b.shape[1]])
    found = node.number("alpha", 1.0) * (a @ b)
    if len(inputs) > 2 and inputs[2] is not None:
        found = found + node.number("beta", 1.0) * np.broadcast_to(inputs[2], found.shape)
    return [found.astype(a.dtype)]


def _normalised(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    wide = x.astype(np.float64)
    mean = wide.mean(axis=axes, keepdims=True)
    return np.asarray((wide - mean) / np.sqrt(wide.var(axis=axes, keepdims=True) + epsilon))


def _instance_norm(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    scale, bias = (np.asarray(each).reshape(1, -1, *[1] * (x.ndim - 2)) for each in inputs[1:3])
    found = _normalised(x, tuple(range(2, x.ndim)), node.number("epsilon", 1e-5))
    return [(scale * found + bias).astype(x.dtype)]


def _group_norm(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, groups = np.asarray(inputs[0]), node.integer("num_groups", 1)
    split = x.reshape(x.shape[0], groups, -1)
    found = _normalised(split, (2,), node.number("epsilon", 1e-5)).reshape(x.shape)
    scale, bias = (np.asarray(each) for each in inputs[1:3])
    if opset < 21:
        scale, bias = (np.repeat(each, x.shape[1] // groups) for each in (scale, bias))
    wide = (1, -1, *[1] * (x.ndim - 2))
    return [(scale.reshape(wide) * found + bias.reshape(wide)).astype(x.dtype)]


def _layer_norm(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    (axis,) = positive([node.integer("axis", -1)], x.ndim)
    found = _normalised(x, tuple(range(axis, x.ndim)), node.number("epsilon", 1e-5)) * inputs[1]
    if len(inputs) > 2 and inputs[2] is not None:
        found = found + inputs[2]
    room(found.shape)
    return [found.astype(x.dtype)]


def _rms_norm(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    (axis,) = positive([node.integer("axis", -1)], x.ndim)
    wide = x.astype(np.float64)
    mean = (wide * wide).mean(axis=tuple(range(axis, x.ndim)), keepdims=True)
    found = wide / np.sqrt(mean + node.number("epsilon", 1e-5)) * inputs[1]
    room(found.shape)
    return [found.astype(x.dtype)]


def _lp_norm(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, (axis,) = np.asarray(inputs[0]), positive([node.integer("axis", -1)], np.ndim(inputs[0]))
    wide = x.astype(np.float64)
    if node.integer("p", 2) == 1:
        length = np.abs(wide).sum(axis=axis, keepdims=True)
    else:
        length = np.sqrt((wide * wide).sum(axis=axis, keepdims=True))
    return [np.where(length == 0, 0, wide / length).astype(x.dtype)]


def _mean_variance(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    axes = tuple(positive(node.integers("axes") or [0, 2, 3], x.ndim))
    wide = x.astype(np.float64)
    spread = np.sqrt((wide**2).mean(axes, keepdims=True) - wide.mean(axes, keepdims=True) ** 2) + 1e-9
    return [((wide - wide.mean(axes, keepdims=True)) / spread).astype(x.dtype)]


def _log_sum_exp(x: Array, **options: Any) -> Array:
    largest = x.max(axis=options["axis"], keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    total = np.log(np.exp(x - largest).sum(**options))
    return np.asarray(total + largest.reshape(total.shape))


def _lrn(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, size = np.asarray(inputs[0]), node.integer("size", 1)
    if not 1 <= size <= 10_000:
        raise Unable(f"its size is {size}")
    squares = x.astype(np.float64) ** 2
    sums = np.zeros_like(squares)
    channels = x.shape[1]
    before, after = (size - 1) // 2, size // 2
    for shift in range(max(-before, 1 - channels), min(after, channels - 1) + 1):
        own, other = slice(max(0, -shift), channels - max(0, shift)), slice(max(0, shift), channels + min(0, shift))
        sums[:, own] += squares[:, other]
    scale = node.number("bias", 1.0) + node.number("alpha", 1e-4) / size * sums
    return [(x / scale ** node.number("beta", 0.75)).astype(x.dtype)]


def _depth_to_space(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, size = np.asarray(inputs[0]), node.integer("blocksize", 1)
    m, n_C, n_H, n_W = x.shape
    if node.text("mode", "DCR") == "CRD":
        parts = x.reshape(m, n_C // size**2, size, size, n_H, n_W).transpose(0, 1, 4, 2, 5, 3)
    else:
        parts = x.reshape(m, size, size, n_C // size**2, n_H, n_W).transpose(0, 3, 4, 1, 5, 2)
    return [parts.reshape(m, n_C // size**2, n_H * size, n_W * size)]


def _space_to_depth(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x, size = np.asarray(inputs[0]), node.integer("blocksize", 1)
    m, n_C, n_H, n_W = x.shape
    order = (0, 1, 3, 5, 2, 4) if node.text("mode", "DCR") == "CRD" else (0, 3, 5, 1, 2, 4)
    parts = x.reshape(m, n_C, n_H // size, size, n_W // size, size).transpose(order)
    return [parts.reshape(m, n_C * size**2, n_H // size, n_W // size)]


def _shape(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    return [shape_of(node, np.shape(inputs[0]))]


def shape_of(node: Node, shape: Sequence[int]) -> Array:
    """Return what Shape gives for a shape."""
    end = node.attributes.get("end")
    return np.array(shape[node.integer("start", 0) : None if end is None else end.integer], np.int64)


def _where(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    _fit(*inputs)
    return [np.asarray(np.where(inputs[0], inputs[1], inputs[2]))]


def _mean(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    _fit(*inputs)
    return [np.asarray(sum(np.asarray(each) for each in inputs) / len(inputs))]


def _prelu(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    _fit(*inputs)
    x, slope = np.asarray(inputs[0]), np.asarray(inputs[1])
    return [np.where(x < 0, slope * x, x)]


def scales_of(node: Node, opset: int, inputs: Arrays, shape: Sequence[int]) -> tuple[list[float], list[int]]:
    """Return the scale along each axis, and the size that comes out."""
    rank, attribute = len(shape), node.attributes.get("scales")
    at = 1 if node.op == "Upsample" or opset < 11 else 2
    given = [] if len(inputs) <= at or inputs[at] is None else np.asarray(inputs[at]).reshape(-1).tolist()
    scales = [float(each) for each in (attribute.numbers if attribute is not None else given)]
    sizes = [math.floor(size * scale) for size, scale in zip(shape, scales, strict=False)]
    if not scales and len(inputs) > 3 and inputs[3] is not None:
        sizes = integers(inputs[3])
        scales = [new / old for new, old in zip(sizes, shape, strict=False)]
    if len(scales) != rank or node.integers("axes") is not None or not all(0 < scale < 1e4 for scale in scales):
        raise Unable("what it scales by can't be used")
    return scales, sizes


def places_of(node: Node, opset: int, size: int, scale: float, result: int) -> Array:
    """Return for each place of a resized axis where in the original it lies, as a real number."""
    at: Array = np.arange(result, dtype=np.float64)
    way = node.text("coordinate_transformation_mode", "half_pixel")
    match "asymmetric" if node.op == "Upsample" or opset < 11 else way:
        case "asymmetric":
            return np.asarray(at / scale)
        case "half_pixel":
            return (at + 0.5) / scale - 0.5
        case "pytorch_half_pixel":
            return (at + 0.5) / scale - 0.5 if result > 1 else at * 0
        case "align_corners":
            return np.asarray(at * ((size - 1) / max(1, result - 1)))
        case "tf_half_pixel_for_nn":
            return (at + 0.5) / scale
        case "half_pixel_symmetric":
            adjusted = result / (scale * size)
            return size / 2 * (1 - adjusted) + (at + 0.5) / scale - 0.5
    raise Unable(f"it places values in the unknown way {way[:30]}")


def nearest_of(node: Node, opset: int, size: int, places: Array) -> Array:
    """Return the nearest places, `(result,)` integers."""
    way = "floor" if node.op == "Upsample" or opset < 11 else node.text("nearest_mode", "round_prefer_floor")
    rounded: dict[str, Callable[[Array], Any]] = {
        "floor": np.floor,
        "ceil": np.ceil,
        "round_prefer_floor": lambda x: np.ceil(x - 0.5),
        "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    }
    if way not in rounded:
        raise Unable(f"it rounds in the unknown way {way[:30]}")
    return np.asarray(np.clip(rounded[way](places), 0, size - 1).astype(np.int64))


def _resize(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    x = np.asarray(inputs[0])
    scales, sizes = scales_of(node, opset, inputs, x.shape)
    mode = node.text("mode", "nearest")
    if mode not in ("nearest", "linear", "bilinear") or node.integer("antialias"):
        raise Unable(f"it takes values in between in the way {mode[:20]}")
    if node.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise Unable("it keeps the aspect ratio")
    for axis, (scale, size) in enumerate(zip(scales, sizes, strict=True)):
        old = x.shape[axis]
        if scale == 1 and size == old:
            continue
        room([*x.shape[:axis], size, *x.shape[axis + 1 :]])
        places = places_of(node, opset, old, scale, size)
        if mode == "nearest":
            x = np.take(x, nearest_of(node, opset, old, places), axis)
            continue
        places = np.clip(places, 0, old - 1)
        low = np.floor(places).astype(np.int64)
        part = (places - low).reshape(-1, *[1] * (x.ndim - axis - 1))
        high = np.minimum(low + 1, old - 1)
        x = ((1 - part) * np.take(x, low, axis) + part * np.take(x, high, axis)).astype(x.dtype)
    return [x]


def _average_pool(node: Node, opset: int, inputs: Arrays) -> list[Array]:
    """Return means over windows along any number of axes, as a local response normalisation is spelled out with."""
    x, kernel = np.asarray(inputs[0]), node.integers("kernel_shape") or []
    n = len(kernel)
    strides, pads = node.integers("strides") or [1] * n, node.integers("pads") or [0] * 2 * n
    if n != x.ndim - 2 or len(strides) != n or len(pads) != 2 * n or min(kernel + strides, default=0) < 1:
        raise Unable("its window does not fit what it takes")
    if min(pads) < 0 or node.integer("ceil_mode") or set(node.integers("dilations") or [1]) != {1}:
        raise Unable(NO_SUCH_FORM)
    if node.text("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or prod(kernel) > 10_000:
        raise Unable(NO_SUCH_FORM)
    ends = [(0, 0), (0, 0), *zip(pads[:n], pads[n:], strict=True)]
    room([size + before + after for size, (before, after) in zip(x.shape, ends, strict=True)])
    counted = np.pad(np.ones_like(x), ends, constant_values=float(node.integer("count_include_pad")))
    wide = np.pad(x.astype(np.float64), ends)
    places = [range((size - f) // s + 1) for size, f, s in zip(wide.shape[2:], kernel, strides, strict=True)]
    total = share = np.zeros((*x.shape[:2], *map(len, places)))
    for tap in np.ndindex(*kernel):
        window = [slice(a, a + (len(p) - 1) * s + 1, s) for a, p, s in zip(tap, places, strides, strict=True)]
        at = (slice(None), slice(None), *window)
        total, share = total + wide[at], share + counted[at]
    return [(total / share).astype(x.dtype)]


FUNCTIONS: dict[str, Function] = {
    "AveragePool": _average_pool,
    "Abs": _each(np.abs),
    "Add": _each(np.add),
    "Acos": _each(np.arccos),
    "Acosh": _each(np.arccosh),
    "And": _test(np.logical_and),
    "ArgMax": _arguments(True),
    "ArgMin": _arguments(False),
    "Asin": _each(np.arcsin),
    "Asinh": _each(np.arcsinh),
    "Atan": _each(np.arctan),
    "Atanh": _each(np.arctanh),
    "Cast": _cast,
    "Ceil": _each(np.ceil),
    "Celu": _curve(_celu),
    "Clip": _clip,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Cos": _each(np.cos),
    "Cosh": _each(np.cosh),
    "DepthToSpace": _depth_to_space,
    "Div": _each(_divide),
    "Einsum": _einsum,
    "Elu": _curve(lambda node, x: _elu(node.number("alpha", 1.0), x)),
    "Equal": _test(np.equal),
    "Erf": _curve(lambda node, x: erf(x)),
    "Exp": _each(np.exp),
    "Expand": _expand,
    "Flatten": _flatten,
    "Floor": _each(np.floor),
    "Gather": _gather,
    "Gelu": _curve(_gelu),
    "Gemm": _gemm,
    "Greater": _test(np.greater),
    "GreaterOrEqual": _test(np.greater_equal),
    "GroupNormalization": _group_norm,
    "HardSigmoid": _curve(lambda node, x: np.clip(node.number("alpha", 0.2) * x + node.number("beta", 0.5), 0, 1)),
    "HardSwish": _curve(lambda node, x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "Hardmax": _hardmax,
    "Identity": lambda node, opset, inputs: [np.asarray(inputs[0])],
    "InstanceNormalization": _instance_norm,
    "LRN": _lrn,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": _curve(lambda node, x: np.where(x < 0, node.number("alpha", 0.01) * x, x)),
    "Less": _test(np.less),
    "LessOrEqual": _test(np.less_equal),
    "Log": _each(np.log),
    "LogSoftmax": _softmaxes(True),
    "LpNormalization": _lp_norm,
    "MatMul": _matmul,
    "Max": _fold(np.maximum),
    "Mean": _mean,
    "MeanVarianceNormalization": _mean_variance,
    "Min": _fold(np.minimum),
    "Mish": _curve(lambda node, x: x * np.tanh(np.logaddexp(0, x))),
    "Mod": _each(np.mod),
    "Mul": _each(np.multiply),
    "Neg": _each(np.negative),
    "Not": _test(np.logical_not),
    "Or": _test(np.logical_or),
    "PRelu": _prelu,
    "Pad": _pad,
    "Pow": _each(np.power),
    "RMSNormalization": _rms_norm,
    "Range": _range,
    "Reciprocal": _each(np.reciprocal),
    "ReduceL1": _reduce(lambda x, **options: np.abs(x).sum(**options)),
    "ReduceL2": _reduce(lambda x, **options: np.sqrt((x * x).sum(**options))),
    "ReduceLogSum": _reduce(lambda x, **options: np.log(x.sum(**options))),
    "ReduceLogSumExp": _reduce(_log_sum_exp),
    "ReduceMax": _reduce(np.max),
    "ReduceMean": _reduce(np.mean),
    "ReduceMin": _reduce(np.min),
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum, 13),
    "ReduceSumSquare": _reduce(lambda x, **options: (x * x).sum(**options)),
    "Relu": _each(lambda x: np.maximum(x, 0)),
    "Reshape": _reshape,
    "Resize": _resize,
    "Round": _each(np.round),
    "Selu": _curve(_selu),
    "Shape": _shape,
    "Shrink": _curve(_shrink),
    "Sigmoid": _curve(lambda node, x: _sigmoid(x)),
    "Sign": _each(np.sign),
    "Sin": _each(np.sin),
    "Sinh": _each(np.sinh),
    "Size": lambda node, opset, inputs: [np.array(np.size(inputs[0]), np.int64)],
    "Slice": _slice,
    "Softmax": _softmaxes(False),
    "Softplus": _curve(lambda node, x: np.logaddexp(0, x)),
    "Softsign": _curve(lambda node, x: x / (1 + np.abs(x))),
    "SpaceToDepth": _space_to_depth,
    "Split": _split,
    "Sqrt": _each(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _each(np.subtract),
    "Sum": _fold(np.add),
    "Swish": _curve(lambda node, x: x * _sigmoid(node.number("alpha", 1.0) * x)),
    "Tan": _each(np.tan),
    "Tanh": _curve(lambda node, x: np.tanh(x)),
    "ThresholdedRelu": _curve(lambda node, x: np.where(x > node.number("alpha", 1.0), x, 0)),
    "Tile": _tile,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Upsample": _resize,
    "Where": _where,
    "Xor": _test(np.logical_xor),
}
"""The functions by operator."""
