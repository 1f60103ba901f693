"""Nets from state dicts: files of weights, which hold names and shapes, and no graph.

What follows one another is guessed from the names' order and the shapes, as in sequential nets; all that had to be
assumed is said, and `convstep convert` writes it down to be changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from math import isqrt, prod
from typing import Any, NamedTuple

import numpy as np

from convstep import tensors
from convstep.engine.geometry import VALID, Padding
from convstep.engine.steps import Array
from convstep.errors import ConvstepError, SpecError
from convstep.layers import (
    BatchNorm,
    Conv,
    Conv1d,
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
from convstep.models import Model, Source, check_memory
from convstep.models.naming import Namer
from convstep.network import Network
from convstep.network.memory import shortage
from convstep.printable import printable

USUAL_SIZES = (28, 32, 224, 64, 96, 128, 48, 16, 14, 12, 8, 56, 80, 160, 192, 256, 299)
"""Heights and widths of inputs that are tried, the likeliest first."""

MOST_LAYERS = 200
"""The most layers with weights of a net that is proposed."""

MOST_PADDED = 7
"""With how many convolutions paddings are tried one by one; in larger nets all are alike."""

EPSILON = 1e-5
"""PyTorch's epsilon of batch normalisation, which a state dict does not hold."""

HINT = "Write a spec, and name its weights as {file: FILE, key: NAME}"


class _Part(NamedTuple):
    """The parameters of one layer.

    Attributes:
        name: The layer's name in the file.
        arrays: Its arrays, by the last part of their names.
    """

    name: str
    arrays: dict[str, tensors.Tensor]

    @property
    def weight(self) -> Shape:
        return self.arrays["weight"].shape

    @property
    def is_norm(self) -> bool:
        return "running_mean" in self.arrays

    @property
    def is_conv(self) -> bool:
        return len(self.weight) in (3, 4)

    @property
    def is_dense(self) -> bool:
        return len(self.weight) == 2


class _Choice(NamedTuple):
    """What the file does not say.

    Attributes:
        size: The input's height and width, or its length.
        padded: Which convolutions keep the map's size.
        pooled: After which of them a pool halves it.
        flat: Whether the dense layers take all values of the last map, rather than each channel's mean.
    """

    size: tuple[int, int]
    padded: tuple[bool, ...]
    pooled: tuple[bool, ...]
    flat: bool


def read(data: memoryview, source: Source) -> Model:
    """Return the net that a file of weights may belong to.

    Raises:
        SpecError: It is damaged, or its layers don't follow one another.
    """
    file = tensors.read(data, source.form)
    if source.output:
        raise SpecError("a file of weights has no outputs", where="--output")
    parts = _ordered(_parts(file), file.ordered)
    choices = _choices(parts, source.input_shape)
    if not choices:
        raise SpecError(_what_fails(parts, source.input_shape), hint=HINT)
    dtype = np.dtype(np.float64 if all(_dtypes(part) == {"float64"} for part in parts) else np.float32)
    try:
        network = _network(parts, choices[0], dtype, source)
    except SpecError:
        raise
    except ConvstepError as error:
        raise SpecError(f"can't work: {error}") from None
    if network.fault:
        raise SpecError(f"has no graph, and its layers don't follow one another: {network.fault}", hint=HINT)
    check_memory(network)
    order = {3: (0, 2, 3, 1), 2: (0, 2, 1), 1: (0, 1)}[len(network.input_shape)]
    layout = {3: "NCHW", 2: "NCL", 1: "NC"}[len(network.input_shape)]
    if source.layout in ("NHWC", "NLC"):
        order, layout = tuple(range(len(order))), source.layout
    return Model(network, [*file.notes, *_notes(parts, choices, network, _file(source))], order, layout)


# The parts and their order


def _parts(file: tensors.File) -> list[_Part]:
    parts: dict[str, dict[str, tensors.Tensor]] = {}
    for name, tensor in file.tensors.items():
        stem, _, last = re.sub(r"[/:]", ".", name).rpartition(".")
        parts.setdefault(stem, {})[{"weights": "weight", "kernel": "weight"}.get(last, last)] = tensor
    found = []
    for name, arrays in parts.items():
        shown = printable(name)[:60]
        if any(key.startswith(("weight_ih", "weight_hh")) for key in arrays):
            raise SpecError(f"has a recurrent layer, '{shown}', and those are not known here")
        if "weight" not in arrays:
            raise SpecError(f"has no graph, and '{shown}' has no weight, so it can't be told what it is", hint=HINT)
        if not 1 <= len(arrays["weight"].shape) <= 4 or 0 in arrays["weight"].shape:
            raise SpecError(f"has no graph, and '{shown}' is {times(arrays['weight'].shape)}, which no layer here has")
        found.append(_Part(name, arrays))
    if not any(part.is_conv or part.is_dense for part in found):
        raise SpecError("holds no weights of convolutions or dense layers", hint=HINT)
    if len(found) > MOST_LAYERS:
        raise SpecError(f"has no graph, and {len(found)} layers, too many to guess how they follow", hint=HINT)
    return found


def _ordered(parts: list[_Part], ordered: bool) -> list[_Part]:
    """Return the parts in the order in which they compute; files that sort their names don't keep it."""
    if ordered:
        return parts
    if all(re.fullmatch(r"(.*\.)?\d+", part.name) for part in parts):
        return sorted(parts, key=lambda part: _natural(part.name))

    def place(part: _Part) -> tuple[Any, ...]:
        number = re.search(r"(\d+)\D*$", part.name)
        rank = 0 if part.is_conv or part.is_dense else 1
        return (part.is_dense, int(number.group(1)[:9]) if number else 10**9, rank, _natural(part.name))

    return sorted(parts, key=place)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(each[:9]), "") if each.isdecimal() else (-1, each) for each in re.split(r"(\d+)", name)]


def _dtypes(part: _Part) -> set[str]:
    return {tensor.dtype for key, tensor in part.arrays.items() if key != "num_batches_tracked"}


# What may be between them


def _choices(parts: Sequence[_Part], asked: Shape) -> list[_Choice]:
    """Return what fits, the likeliest first: what the file leaves open is found from the first dense layer's inputs."""
    convs = [part for part in parts if part.is_conv]
    dense = next((part for part in parts if part.is_dense), None)
    if not convs:
        return [_Choice((0, 0), (), (), True)]
    one_axis = len(convs[0].weight) == 3
    if any(len(part.weight) != len(convs[0].weight) for part in convs):
        raise SpecError("has no graph, and convolutions of one and of two axes", hint=HINT)
    if asked and len(asked) != (2 if one_axis else 3):
        raise SpecError(f"its input is {'length, channels' if one_axis else 'height, width, channels'}",
                        where="--set input.shape")  # fmt: skip
    if asked:
        sizes = [(asked[0], 1 if one_axis else asked[1])]
    else:
        sizes = [(size, 1 if one_axis else size) for size in ((100, *USUAL_SIZES) if one_axis else USUAL_SIZES)]
    channels = convs[-1].weight[0]
    if dense is None or dense.weight[1] == channels:
        size = sizes[0]
        pooled = tuple(min(size) >> n > 7 or one_axis for n in range(1, len(convs) + 1))
        return [_Choice(size, (True,) * len(convs), pooled, False)]
    found = []
    for size in sizes:
        for padded, pooled in _ways(convs):
            end = _size_after(size, convs, padded, pooled)
            if end and channels * prod(end) == dense.weight[1]:
                found.append(_Choice(size, padded, pooled, True))
        if found:
            break
    return found


def _ways(convs: Sequence[_Part]) -> Iterator[tuple[tuple[bool, ...], tuple[bool, ...]]]:
    """Yield paddings and pools to try, the likeliest first: all alike, then one by one, the first ones padded."""
    count = len(convs)
    alike = [(True,) * count, (False,) * count]
    each = list(product((True, False), repeat=count)) if count <= MOST_PADDED else []
    paddings = dict.fromkeys([*alike, *each])
    pools = [(True,) * count, (False,) * count, tuple(n % 2 == 1 for n in range(count))]
    pools += [tuple(n < pooled for n in range(count)) for pooled in range(1, count)]
    pools += [tuple(n >= count - pooled for n in range(count)) for pooled in range(1, count)]
    for pooled in dict.fromkeys(pools):
        for padded in paddings:
            yield padded, pooled


def _size_after(
    size: tuple[int, int], convs: Sequence[_Part], padded: Sequence[bool], pooled: Sequence[bool]
) -> tuple[int, int] | None:
    height, width = size
    for part, keeps, halves in zip(convs, padded, pooled, strict=True):
        f_h, f_w = _kernel(part)
        if not keeps or f_h % 2 == 0:
            height -= f_h - 1
        if not keeps or f_w % 2 == 0:
            width -= f_w - 1
        if halves:
            height //= 2
            width = width // 2 if len(part.weight) == 4 else width
        if height < 1 or width < 1:
            return None
    return height, width


def _kernel(part: _Part) -> tuple[int, int]:
    return (part.weight[2], part.weight[3] if len(part.weight) == 4 else 1)


def _what_fails(parts: Sequence[_Part], asked: Shape) -> str:
    dense = next(part for part in parts if part.is_dense)
    where = f"with an input of {times(asked)}" if asked else f"with inputs of {min(USUAL_SIZES)} to {max(USUAL_SIZES)}"
    return (
        f"has no graph, and no padding and pools give the {dense.weight[1]:,} inputs of '{printable(dense.name)[:60]}' "
        f"{where}"
    )


# The net


def _network(parts: Sequence[_Part], choice: _Choice, dtype: np.dtype[Any], source: Source) -> Network:
    first = next(part for part in parts if part.is_conv or part.is_dense)
    shape = _input_shape(first, choice, source.input_shape)
    namer, layers = Namer(), list[Layer]()
    conv, before, arriving = 0, shape, shape
    last = [part for part in parts if part.is_conv or part.is_dense][-1]
    waiting: list[Layer] = []  # what follows a convolution's or dense layer's normalisation

    def add(layer: Layer) -> None:
        nonlocal arriving
        layers.append(layer)
        try:
            arriving = layer.output(arriving)
        except ConvstepError as error:
            raise SpecError(
                f"has no graph, and its layers don't follow one another: '{layer.name}': {error.what}", hint=HINT
            ) from None

    for number, part in enumerate(parts):
        name = printable(part.name)
        shown, short = name[:60], (name, name.rpartition(".")[2])
        following = parts[number + 1] if number + 1 < len(parts) else None
        if part.is_conv or part.is_dense:
            for layer in waiting:
                add(layer)
            waiting = []
        if part.is_conv:
            if len(arriving) < 2:
                raise SpecError(f"has no graph, and '{shown}', a convolution, comes after a dense layer", hint=HINT)
            add(_convolution(part, namer, short, arriving[-1], choice.padded[conv], dtype, source))
            if part is not last or choice.flat:
                waiting.append(Relu(namer.name(Relu)))
            if choice.pooled[conv]:
                halves = (2, 2) if len(part.weight) == 4 else (2, 1)
                waiting.append(MaxPool(namer.name(MaxPool), kernel=halves, stride=halves))
            conv += 1
        elif part.is_dense:
            before = arriving
            if len(arriving) > 1 and not choice.flat:
                add(GlobalAvgPool(namer.name(GlobalAvgPool)))
                before = arriving
            if len(arriving) > 1:
                add(Flatten(namer.name(Flatten)))
            units, inputs = part.weight
            if inputs != prod(before):
                raise SpecError(
                    f"has no graph, and its layers don't follow one another: '{shown}' takes {inputs:,} values, and "
                    f"{prod(before):,} arrive",
                    hint=HINT,
                )
            weights = _as_dense(_array(part, "weight", dtype), before)
            add(
                Dense(
                    namer.name(Dense, *short),
                    units=units,
                    weights=Given(weights, _file(source)),
                    bias=_bias(part, dtype, source),
                )
            )
            if part is not last:
                waiting.append(Relu(namer.name(Relu)))
        elif part.is_norm:
            _check_size(part, arriving[-1])
            numbers = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}
            given: dict[str, Any] = {
                own: _given(part, key, dtype, source) for own, key in numbers.items() if key in part.arrays
            }
            add(BatchNorm(namer.name(BatchNorm, *short), epsilon=EPSILON, **given))
        elif set(part.arrays) == {"weight"} and part.weight in ((1,), (arriving[-1],)):
            alpha = np.broadcast_to(_array(part, "weight", dtype), (arriving[-1],))
            layer = PRelu(namer.name(PRelu, *short), alpha=Given(np.ascontiguousarray(alpha), _file(source)))
            waiting = [layer if isinstance(each, Relu) else each for each in waiting]
        else:
            raise SpecError(f"has no graph, and it can't be told what '{shown}' is", hint=HINT)
        if following is None:
            for layer in waiting:
                add(layer)
    file = printable(_file(source))
    return Network(title=f"{file}, a net proposed from its weights", input_shape=shape, layers=tuple(layers),
                   dtype=dtype)  # fmt: skip


def _input_shape(first: _Part, choice: _Choice, asked: Shape) -> Shape:
    if first.is_conv:
        channels = asked[-1] if asked else first.weight[1]
        return (choice.size[0], channels) if len(first.weight) == 3 else (*choice.size, channels)
    inputs = first.weight[1]
    if asked:
        return asked
    side = isqrt(inputs)
    return (side, side, 1) if side * side == inputs and side >= 8 else (inputs,)


def _convolution(
    part: _Part, namer: Namer, short: Sequence[str], channels: int, padded: bool, dtype: np.dtype[Any], source: Source
) -> Conv | Conv1d | DepthwiseConv:
    """Return the convolution with these weights, for an input of so many channels."""
    filters, group = part.weight[:2]
    f_h, f_w = _kernel(part)
    array = _array(part, "weight", dtype).reshape(filters, group, f_h, f_w).transpose(2, 3, 1, 0)
    top, left = (size // 2 if padded and size % 2 else 0 for size in (f_h, f_w))
    padding = Padding(top, top, left, left) if top or left else VALID
    if channels % group or filters % (groups := channels // group):
        raise SpecError(
            f"has no graph, and its layers don't follow one another: '{printable(part.name)[:60]}' takes {group} "
            f"channels, and {channels} arrive",
            hint=HINT,
        )
    common: dict[str, Any] = {"kernel": (f_h, f_w), "padding": padding, "bias": _bias(part, dtype, source)}
    if len(part.weight) == 4 and group == 1 and channels > 1:
        array = array.reshape(f_h, f_w, channels, filters // channels)
        name = namer.name(DepthwiseConv, *short)
        weights = Given(np.ascontiguousarray(array), _file(source))
        return DepthwiseConv(name, multiplier=filters // channels, weights=weights, **common)
    kind = Conv if len(part.weight) == 4 else Conv1d
    weights = Given(np.ascontiguousarray(array), _file(source))
    return kind(namer.name(kind, *short), filters=filters, groups=groups, weights=weights, **common)


def _as_dense(weights: Array, before: Shape) -> Array:
    """Return a dense layer's weights, with their rows in the order of our flatten."""
    channels = before[-1]
    turned = weights.reshape(len(weights), channels, -1).transpose(2, 1, 0)
    return np.ascontiguousarray(turned.reshape(-1, len(weights)))


def _check_size(part: _Part, channels: int) -> None:
    for key, tensor in part.arrays.items():
        if key != "num_batches_tracked" and tensor.shape != (channels,):
            raise SpecError(
                f"has no graph, and its layers don't follow one another: '{printable(part.name)[:60]}' has "
                f"{times(tensor.shape)} numbers, and {channels} channels arrive",
                hint=HINT,
            )


def _array(part: _Part, key: str, dtype: np.dtype[Any]) -> Array:
    tensor = part.arrays[key]
    if problem := shortage(2 * prod(tensor.shape) * dtype.itemsize):
        raise SpecError(f"'{printable(part.name)[:60]}' {problem}")
    with np.errstate(all="ignore"):
        return np.ascontiguousarray(tensor.read(), dtype)


def _given(part: _Part, key: str, dtype: np.dtype[Any], source: Source) -> Given:
    return Given(_array(part, key, dtype), _file(source))


def _bias(part: _Part, dtype: np.dtype[Any], source: Source) -> Given | None:
    """Return a part's biases; None for none."""
    if "bias" not in part.arrays:
        return None
    if part.arrays["bias"].shape != part.weight[:1]:
        shape = times(part.arrays["bias"].shape)
        raise SpecError(f"'{printable(part.name)[:60]}' has {shape} biases, and needs {part.weight[0]}", hint=HINT)
    return _given(part, "bias", dtype, source)


def _file(source: Source) -> str:
    return source.name.rpartition("/")[2]


# What was assumed


def _notes(parts: Sequence[_Part], choices: Sequence[_Choice], network: Network, file: str) -> list[str]:
    convs = [part for part in parts if part.is_conv]
    choice, assumed = choices[0], [f"an input of {times(network.input_shape)}"]
    if convs:
        assumed.append(_which("padding that keeps the size", "no padding", convs, choice.padded))
        assumed.append(_which("2x2 max-pools" if len(convs[0].weight) == 4 else "max-pools of 2", "no pools", convs,
                              choice.pooled, "after "))  # fmt: skip
    if len(parts) > 1:
        assumed.append("ReLUs between")
    if any(part.is_norm for part in parts):
        assumed.append(f"epsilon {EPSILON:g}")
    assumed.append("no softmax at the end")
    if convs and any(part.is_dense for part in parts) and choice.flat:
        assumed.append("flatten in PyTorch's order (channel, row, column)")
    notes = [f"has weights and no graph; assumed: {'; '.join(assumed)}"]
    same = sum(other.size == choice.size for other in choices) - 1
    if same > 0:
        notes.append(f"{same} other {'ways' if same > 1 else 'way'} to pad and pool would fit as well")
    notes.append(f"'convstep convert {printable(file)} net.yaml' writes the net down, to be changed")
    notes.append("--set input.shape=[h,w,c] asks for another input")
    return notes


def _which(text: str, none: str, convs: Sequence[_Part], which: Sequence[bool], word: str = "in ") -> str:
    """Return where something was assumed, in words."""
    if all(which):
        return text if len(which) == 1 else f"{text} {word}{'each convolution' if word == 'in ' else 'each'}"
    if not any(which):
        return none
    names = [printable(part.name)[:30] for part, chosen in zip(convs, which, strict=True) if chosen]
    return f"{text} {word}{', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"
