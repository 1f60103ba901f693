"""Two nets on one input, layer by layer: where they first differ beyond rounding, and why.

What may be behind a difference is not guessed: one layer is changed and computed again, and named if the other's
numbers come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.geometry import VALID, Padding
from convstep.engine.steps import Array
from convstep.errors import ArgumentError, ConvstepError, nearest
from convstep.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Conv1d,
    Dense,
    DepthwiseConv,
    Elu,
    Gelu,
    Layer,
    LeakyRelu,
    Shape,
    Windowed,
    times,
)
from convstep.layers.fields import BIAS, WEIGHTS, fields_of
from convstep.layers.weights import Given
from convstep.network import Network
from convstep.network.values import Values

ROUNDING = {"float16": 2e-2, "float32": 1e-4, "float64": 1e-9}
"""How far two values may be apart, as a share of the layer's largest, by the coarser dtype."""

EPSILONS = (1e-3, 1e-5, 1e-6, 1e-4, 1e-8, 1e-7, 2e-5, 0.0)
SLOPES = (0.01, 0.1, 0.2, 0.3, 0.25, 0.05)

INPUT = "input"


class Side(NamedTuple):
    """One of the two.

    Attributes:
        name: Its name in messages.
        values: The net's values on the input; None for saved activations.
        saved: Saved activations, by name.
    """

    name: str
    values: Values | None
    saved: Mapping[str, Array] = {}  # never changed

    @property
    def names(self) -> list[str]:
        """The layers that can be compared."""
        if self.values is None:
            return [name for name in self.saved if name != INPUT]
        return [stage.name for stage in self.values.network.stages if stage.fault is None]

    def output(self, name: str) -> Array:
        """Return a layer's output, with the batch first."""
        return self.values.natural(name) if self.values else self.saved[name]


class Pair(NamedTuple):
    """Two layers that are compared."""

    a: str
    b: str


class Tap(NamedTuple):
    """A tap of a neuron, and what both multiply there.

    Attributes:
        place: Row, column and channel in the window.
        a: The product in A.
        b: The product in B.
    """

    place: tuple[int, ...]
    a: float
    b: float


@dataclass(frozen=True, eq=False)
class Difference:
    """The first difference.

    Attributes:
        pair: The layers.
        shapes: The shapes of one example in both.
        index: The first neuron that differs, the example first; () if the shapes differ.
        numbers: Its values in both.
        tap: Its first tap that differs, if both are known.
        greatest: The greatest difference in the layer.
        count: How many neurons differ.
        total: How many there are.
        reasons: What explains it, each tried by computing.
        fields: What the layers' fields say otherwise, though it does not explain all.
    """

    pair: Pair
    shapes: tuple[Shape, Shape]
    index: tuple[int, ...]
    numbers: tuple[float, float]
    tap: Tap | None
    greatest: float
    count: int
    total: int
    reasons: tuple[str, ...]
    fields: tuple[str, ...]


class Comparison(NamedTuple):
    """Two nets on one input.

    Attributes:
        a: The first.
        b: The second.
        equal: The pairs that agree, in order, up to the first that doesn't, with the greatest difference of each.
        first: The first that doesn't agree; None if all do.
        alone: The layers of A and of B that have no partner.
        rounding: The share of a layer's largest value that counts as rounding.
    """

    a: str
    b: str
    equal: tuple[tuple[Pair, float], ...]
    first: Difference | None
    alone: tuple[tuple[str, ...], tuple[str, ...]]
    rounding: float


def compare(a: Side, b: Side, mapped: Mapping[str, str] | None = None) -> Comparison:
    """Return where two first differ.

    Args:
        a: A net.
        b: Another, or saved activations.
        mapped: Layers of A, and those of B that they are compared with, before all others.

    Raises:
        ArgumentError: A name in `mapped` is unknown, or nothing can be compared.
    """
    if a.values is None:
        raise ArgumentError("the first is a net; saved activations come second", where=a.name)
    rounding = ROUNDING.get(_coarser(a, b), ROUNDING["float32"])
    pairs = _pairs(a, b, mapped or {})
    if not pairs:
        raise ArgumentError(
            "no layer of one can be compared with one of the other",
            where=f"{a.name} and {b.name}",
            hint="--map conv1=features_0 names two",
        )
    used_a, used_b = {pair.a for pair in pairs}, {pair.b for pair in pairs}
    alone = (
        tuple(name for name in a.names if name not in used_a),
        tuple(name for name in b.names if name not in used_b),
    )
    inputs = _input_difference(a, b, rounding)
    if inputs:
        return Comparison(a.name, b.name, (), inputs, alone, rounding)
    equal: list[tuple[Pair, float]] = []
    for pair in pairs:
        one, other = a.output(pair.a), _in_layout(b, pair.b, a.output(pair.a).shape)
        if _agree(one, other, rounding):
            equal.append((pair, _greatest(one, other)))
            continue
        return Comparison(a.name, b.name, tuple(equal), _difference(a, b, pair, one, other, rounding), alone, rounding)
    return Comparison(a.name, b.name, tuple(equal), None, alone, rounding)


def related(x: Array, y: Array) -> bool:
    """Return whether two inputs are the same up to how they were prepared."""
    return _agree(x, y, ROUNDING["float32"]) or any(_scaled(x, y, ROUNDING["float32"], ""))


# Which layers belong together


def _pairs(a: Side, b: Side, mapped: Mapping[str, str]) -> list[Pair]:
    for name, other in mapped.items():
        for side, each in ((a, name), (b, other)):
            if each not in side.names:
                raise ArgumentError(f"{side.name} has no layer '{each}'", where="--map", hint=nearest(each, side.names))
    found = dict(mapped)
    rest_a = [name for name in a.names if name not in found]
    rest_b = [name for name in b.names if name not in set(found.values())]
    if b.values is None:
        found |= {_last_of(a, name): name for name in rest_a if name in rest_b}
        if not found:
            found |= _matched(rest_a, rest_b, [_size(a, n) for n in rest_a], [_size(b, n) for n in rest_b])
    else:
        found |= _matched(rest_a, rest_b, [_kind(a, n) for n in rest_a], [_kind(b, n) for n in rest_b])
    return [Pair(name, found[name]) for name in a.names if name in found]


def _last_of(side: Side, name: str) -> str:
    """Return the layer that gives what a framework's layer of that name gives, its activation included."""
    names = side.names
    at = names.index(name) + 1
    return names[at] if at < len(names) and names[at].startswith(f"{name}_") else name


def _matched(names_a: Sequence[str], names_b: Sequence[str], a: Sequence[Any], b: Sequence[Any]) -> dict[str, str]:
    """Return layers in the same order that are alike."""
    found = {}
    for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
        for n in range(block.size):
            found[names_a[block.a + n]] = names_b[block.b + n]
    return found


def _kind(side: Side, name: str) -> str:
    assert side.values
    return side.values.network.stage(name).layer.kind


def _size(side: Side, name: str) -> int:
    if side.values:
        return prod(side.values.network.shape_of(name))
    return prod(side.saved[name].shape[1:])


def _coarser(a: Side, b: Side) -> str:
    names = [side.values.network.dtype.name for side in (a, b) if side.values]
    names += [array.dtype.name for array in b.saved.values()]
    return next((name for name in ("float16", "float32") if name in names), "float64")


def _in_layout(side: Side, name: str, wanted: Shape) -> Array:
    """Return a layer's output with channels last, if it was saved with channels first."""
    array = side.output(name)
    if side.values or array.shape == wanted:
        return array
    if array.shape == wanted[1:]:
        return array[None]
    if array.ndim in (3, 4) and len(wanted) == array.ndim:
        turned = np.moveaxis(array, 1, -1)
        if turned.shape[1:] == wanted[1:] or turned.shape[-1] == wanted[-1] != array.shape[-1]:
            return turned
    return array.reshape(wanted) if array.size == prod(wanted) else array


# The difference


def _apart(one: Array, other: Array, rounding: float) -> Array:
    """Return which values differ by more than rounding; NaN equals NaN."""
    with np.errstate(all="ignore"):
        one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
        finite = np.abs(other[np.isfinite(other)])
        allowed = rounding * (finite.max() if finite.size else 1.0)
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        apart: Array = ~same & ~(np.abs(one - other) <= allowed)
        return apart


def _agree(one: Array, other: Array, rounding: float) -> bool:
    return one.shape == other.shape and not _apart(one, other, rounding).any()


def _greatest(one: Array, other: Array) -> float:
    with np.errstate(all="ignore"):
        differences = np.abs(np.asarray(one, np.float64) - other)
    return float(np.nanmax(differences)) if differences.size and not np.isnan(differences).all() else 0.0


def _difference(a: Side, b: Side, pair: Pair, one: Array, other: Array, rounding: float) -> Difference:
    reasons = tuple(_reasons(a, b, pair, other, rounding))
    said = tuple(_fields(a, b, pair))
    shapes = (tuple(one.shape[1:]), tuple(other.shape[1:]))
    if one.shape != other.shape:
        return Difference(pair, shapes, (), (0.0, 0.0), None, 0.0, 0, prod(one.shape), reasons, said)
    apart = _apart(one, other, rounding)
    index = tuple(int(each) for each in np.unravel_index(int(np.argmax(apart)), apart.shape))
    numbers = (float(one[index]), float(other[index]))
    tap = _tap(a, b, pair, index, rounding)
    count = int(apart.sum())
    return Difference(pair, shapes, index, numbers, tap, _greatest(one, other), count, apart.size, reasons, said)


def _tap(a: Side, b: Side, pair: Pair, index: tuple[int, ...], rounding: float) -> Tap | None:
    """Return the first product of a neuron that differs."""
    if not (a.values and b.values):
        return None
    place = {4: index, 3: (index[0], index[1], 0, index[-1]), 2: (index[0], 0, 0, index[-1])}[len(index)]
    i, h, w, c = place
    try:
        one, other = (
            np.asarray(side.values.operation(name).terms((i, h, w, c)), np.float64)
            for side, name in ((a, pair.a), (b, pair.b))
            if side.values
        )
    except (ConvstepError, NotImplementedError, IndexError):
        return None
    if one.shape != other.shape:
        return None
    apart = _apart(one, other, rounding)
    if not apart.any():
        return None
    at = tuple(int(each) for each in np.unravel_index(int(np.argmax(apart)), apart.shape))
    return Tap(at, float(one[at]), float(other[at]))


def _fields(a: Side, b: Side, pair: Pair) -> Iterator[str]:
    """Yield what two layers' fields say otherwise, weights left out."""
    if not (a.values and b.values):
        return
    one, other = a.values.network.stage(pair.a).layer, b.values.network.stage(pair.b).layer
    if type(one) is not type(other):
        return
    for name, field in fields_of(type(one)).items():
        mine, theirs = getattr(one, name), getattr(other, name)
        if field.type in (WEIGHTS, BIAS):
            if (mine is None) != (theirs is None):
                yield f"{name}: {'none' if mine is None else 'some'} in A, {'none' if theirs is None else 'some'} in B"
        elif mine != theirs:
            yield f"{name}: {_shown(mine)} in A, {_shown(theirs)} in B"


def _shown(value: Any) -> str:
    if isinstance(value, Padding):
        return "VALID" if value == VALID else " ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return value.upper() if isinstance(value, str) else times(value) if isinstance(value, tuple) else str(value)


# Why


def _reasons(a: Side, b: Side, pair: Pair, wanted: Array, rounding: float) -> Iterator[str]:
    """Yield what, changed in A, gives B's values."""
    assert a.values
    network = a.values.network
    layer = network.stage(pair.a).layer
    other = b.values.network.stage(pair.b).layer if b.values else None
    found = False
    for words, changed in _hypotheses(network, layer, other):
        got = _computed(a.values, changed)
        if got is not None and _agree(got, wanted, rounding):
            yield words
            found = True
    one = a.output(pair.a)
    if not found and one.shape == wanted.shape:
        yield from _between(network, layer, one, wanted, rounding)


def _computed(values: Values, changed: Layer) -> Array | None:
    """Return a layer's output with the layer changed, on the same input; None if it can't work."""
    network = values.network
    at = network.names.index(changed.name)
    layers = (*network.layers[:at], changed)
    try:
        small = replace(network, layers=layers)
        if small.stages[-1].fault:
            return None
        return Values(small, values.x, values).natural(changed.name)
    except ConvstepError:
        return None


def _hypotheses(network: Network, layer: Layer, other: Layer | None) -> Iterator[tuple[str, Layer]]:
    """Yield what may be otherwise, in words, and the layer with it."""
    if isinstance(layer, (Conv, Conv1d, DepthwiseConv)) and isinstance(layer.weights, Given):
        yield from _kernels(layer, layer.weights)
    if isinstance(layer, Dense) and isinstance(layer.weights, Given):
        yield from _orders(network, layer, layer.weights)
    if other is not None and type(other) is type(layer):
        yield from _with_fields_of(layer, other)
    if isinstance(layer, Windowed) and type(other) is not type(layer):
        yield from _paddings(layer)
    if isinstance(layer, AvgPool) and other is None:
        counted = not layer.count_include_pad
        yield (
            f"averages: B {'counts' if counted else 'leaves out'} places in padding",
            replace(layer, count_include_pad=counted),
        )
    if isinstance(layer, BatchNorm) and not isinstance(other, BatchNorm):
        for epsilon in EPSILONS:
            yield f"epsilon: {layer.epsilon:g} in A, {epsilon:g} in B", replace(layer, epsilon=epsilon)
    if isinstance(layer, (LeakyRelu, Elu)) and other is None:
        for alpha in SLOPES:
            yield f"alpha: {layer.alpha:g} in A, {alpha:g} in B", replace(layer, alpha=alpha)
    if isinstance(layer, Gelu) and other is None:
        yield "gelu: one is exact, the other approximated by tanh", replace(layer, approximate=not layer.approximate)
    if other is None and getattr(layer, "bias", None) is not None:
        yield "missing bias: B adds none", replace(layer, bias=None)  # type: ignore[call-arg]


def _with_fields_of(layer: Layer, other: Layer) -> Iterator[tuple[str, Layer]]:
    """Yield the layer with one field of the other."""
    for name, field in fields_of(type(layer)).items():
        mine, theirs = getattr(layer, name), getattr(other, name)
        change: dict[str, Any] = {name: theirs}
        if field.type == BIAS and (mine is None) != (theirs is None):
            yield f"missing bias: {'A' if mine is None else 'B'} adds none", replace(layer, **change)
        elif field.type not in (WEIGHTS, BIAS) and mine != theirs:
            yield f"{name}: {_shown(mine)} in A, {_shown(theirs)} in B", replace(layer, **change)
        elif (
            isinstance(mine, Given)
            and isinstance(theirs, Given)
            and mine.array.shape == theirs.array.shape
            and (mine.array != theirs.array).any()
        ):
            unlike = np.argwhere(mine.array != theirs.array)
            at = tuple(map(int, unlike[0]))
            words = (
                f"{name}: {len(unlike):,} of {mine.array.size:,} numbers differ, first [{','.join(map(str, at))}]: "
                f"{mine.array[at]:g} in A, {theirs.array[at]:g} in B"
            )
            yield words, replace(layer, **change)


def _paddings(layer: Windowed) -> Iterator[tuple[str, Layer]]:
    down, across = ((kernel - 1) * dilation for kernel, dilation in zip(layer.kernel, layer.dilation, strict=True))
    half = Padding(down // 2, down // 2, across // 2, across // 2)
    swapped = (
        layer.padding
        if not isinstance(layer.padding, Padding)
        else Padding(layer.padding.bottom, layer.padding.top, layer.padding.right, layer.padding.left)
    )
    choices: list[tuple[str, Any]] = [
        ("SAME", "same"),
        ("SAME with the odd row and column before, not after", "same_lower"),
        ("VALID", VALID),
        (f"{' '.join(map(str, half))}, the same on both sides", half),
        (f"{_shown(swapped)}, the sides exchanged", swapped),
    ]
    for words, padding in choices:
        if padding != layer.padding:
            yield f"padding: {_shown(layer.padding)} in A; B pads {words}", replace(layer, padding=padding)


def _kernels(layer: Conv | Conv1d | DepthwiseConv, weights: Given) -> Iterator[tuple[str, Layer]]:
    array = weights.array
    changes = [
        ("layout: B's kernels have rows and columns exchanged (WHIO)", (1, 0, 2, 3)),
        ("layout: B's kernels have inputs and filters exchanged (HWOI)", (0, 1, 3, 2)),
        ("layout: B's numbers were read as OIHW, and are HWIO", None),
    ]
    for words, axes in changes:
        f_h, f_w, n_in, n_out = array.shape
        turned = array.transpose(axes) if axes else array.reshape(n_out, n_in, f_h, f_w).transpose(2, 3, 1, 0)
        if turned.shape == array.shape:
            yield words, replace(layer, weights=Given(np.ascontiguousarray(turned), weights.source))
    flipped = np.ascontiguousarray(array[::-1, ::-1])
    yield (
        "B's kernels are turned by 180 degrees: true convolution",
        replace(layer, weights=Given(flipped, weights.source)),
    )


def _orders(network: Network, layer: Dense, weights: Given) -> Iterator[tuple[str, Layer]]:
    """Yield a dense layer with its rows in another flatten's order."""
    shape = network.origin(network.stage(layer.name).sources[0])[1]
    if len(shape) < 2 or prod(shape) != len(weights.array):
        return
    array = weights.array
    rows = array.reshape(shape[-1], *shape[:-1], -1)
    last = np.moveaxis(rows, 0, -2).reshape(array.shape)
    first = np.moveaxis(array.reshape(*shape, -1), -2, 0).reshape(array.shape)
    for words, turned in (
        ("flatten order: B flattens (channel, row, column), A (row, column, channel)", last),
        ("flatten order: B's rows are for (channel, row, column), A's for (row, column, channel)", first),
    ):
        yield words, replace(layer, weights=Given(np.ascontiguousarray(turned), weights.source))


def _between(network: Network, layer: Layer, one: Array, other: Array, rounding: float) -> Iterator[str]:
    """Yield what turns A's values into B's."""
    shape = network.origin(layer.name)[1]
    if one.ndim == 2 and len(shape) == 3 and prod(shape) == one.shape[1]:
        turned = np.moveaxis(one.reshape(len(one), *shape), -1, 1).reshape(one.shape)
        if _agree(turned, other, rounding):
            yield "flatten order: B flattens (channel, row, column), A (row, column, channel)"
            return
    with np.errstate(all="ignore"):
        added = (np.asarray(other, np.float64) - one).reshape(-1, one.shape[-1])
    if len(added) > 1 and np.isfinite(added).all():
        steady = np.ptp(added, axis=0) <= rounding * max(float(np.abs(other).max()), 1e-30)
        if steady.all():
            worth = ", ".join(f"{each:g}" for each in added.mean(axis=0)[:4])
            yield f"missing bias: B adds a number for each channel: {worth}{', ...' if added.shape[1] > 4 else ''}"
    yield from _scaled(one, other, rounding, "B's values")


def _input_difference(a: Side, b: Side, rounding: float) -> Difference | None:
    assert a.values
    one = a.values.x
    if b.values:
        other = b.values.x
    elif INPUT in b.saved:
        other = _in_layout(b, INPUT, one.shape)
    else:
        return None
    if _agree(one, other, rounding):
        return None
    pair, shapes = Pair(INPUT, INPUT), (tuple(one.shape[1:]), tuple(other.shape[1:]))
    reasons = tuple(_scaled(one, other, rounding, "preprocessing: B's input"))
    if one.shape != other.shape:
        return Difference(pair, shapes, (), (0.0, 0.0), None, 0.0, 0, one.size, reasons, ())
    apart = _apart(one, other, rounding)
    index = tuple(int(each) for each in np.unravel_index(int(np.argmax(apart)), apart.shape))
    numbers = (float(one[index]), float(other[index]))
    return Difference(pair, shapes, index, numbers, None, _greatest(one, other), int(apart.sum()), apart.size,
                      reasons, ())  # fmt: skip


def _scaled(one: Array, other: Array, rounding: float, what: str) -> Iterator[str]:
    """Yield how one array comes from the other: exchanged axes or channels, or a factor and a number added."""
    if one.ndim == 4:
        if _agree(one.swapaxes(1, 2), other, rounding):
            yield f"{what} has rows and columns exchanged"
        if one.shape[-1] == 3 and _agree(one[..., ::-1], other, rounding):
            yield f"{what} has its channels in the order BGR"
    if one.shape != other.shape or one.size < 3:
        return
    channels = one.shape[-1]
    found = []
    for c in range(channels):
        x, y = (np.asarray(each[..., c], np.float64).ravel() for each in (one, other))
        if not (np.isfinite(x).all() and np.isfinite(y).all()) or len(x) < 3 or np.ptp(x) == 0:
            return
        factor = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
        added = float(y.mean() - factor * x.mean())
        if np.abs(factor * x + added - y).max() > rounding * max(float(np.abs(y).max()), 1e-30):
            return
        found.append((factor, added))
    shown = list(dict.fromkeys(f"A's × {factor:.6g}{_plus(added, factor)}" for factor, added in found))
    yield f"{what} is {shown[0] if len(shown) == 1 else 'by channel ' + '; '.join(shown[:3])}"


def _plus(added: float, factor: float) -> str:
    if abs(added) <= 1e-6 * max(1.0, abs(factor)):
        return ""
    return f" {'+' if added > 0 else '−'} {abs(added):.6g}"
