"""Why a layer gives other numbers: known mistakes, each tried by computing the layer with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.geometry import VALID, Pad, Padding
from convstep.engine.steps import Array
from convstep.layers import AvgPool, BatchNorm, Identity, Layer, MaxPool, Shape, Windowed
from convstep.layers.conv import Convolution
from convstep.layers.products import Products
from convstep.layers.weights import Given

EPSILONS = (1e-3, 1e-5, 1e-4, 1e-6, 1e-7, 1e-8, 1e-12, 2e-5, 1e-2, 0.0)
"""Epsilons of batch norms: Keras has 1e-3, PyTorch 1e-5."""

SLOPES = (0.01, 0.1, 0.2, 0.3, 0.25, 0.0)
"""Slopes of leaky relus."""

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE = (123.68, 116.779, 103.939)


class Situation(NamedTuple):
    """A layer, and all that may matter to why it gives other numbers.

    Attributes:
        layer: The layer.
        inputs: What it takes, `(m, height, width, channels)` each.
        shape: The shape of one example that it takes, all inputs joined.
        output: The shape of one example that the other side gives.
        origin: The map that its row of inputs was flattened from; its own input's shape if it was not.
        takes_input: Whether it takes the net's input.
        other: The other net's layer; None if only its output is known.
        other_shape: The shape of one example that that one takes.
        skipped: What arrives with the layers left out that the other side lacks; None if there are none.
        skipped_names: Those layers.
    """

    layer: Layer
    inputs: list[Array]
    shape: Shape
    output: Shape
    origin: Shape
    takes_input: bool
    other: Layer | None = None
    other_shape: Shape = ()
    skipped: Array | None = None
    skipped_names: tuple[str, ...] = ()


class Change(NamedTuple):
    """A change to a layer that might explain the other's numbers.

    Attributes:
        kind: Its kind in one word, for JSON.
        words: What is changed, in words that follow "with".
        layer: The layer as it is then.
        inputs: What it takes then; None if that stays.
        after: What is done to its output: "", "relu", "constant" for a number that is added to each channel, "float16".
    """

    kind: str
    words: str
    layer: Layer
    inputs: list[Array] | None = None
    after: str = ""


def changes(about: Situation) -> Iterator[Change]:
    """Yield the changes that are known for a layer, the more specific ones first."""
    layer = about.layer
    if isinstance(layer, Windowed):
        yield from _paddings(layer, about)
    if isinstance(layer, Products):
        yield from _weights(layer, about)
        if getattr(layer, "bias", None) is not None:
            yield Change("bias", "no bias", replace(layer, bias=None))  # type: ignore[call-arg]
        yield Change("bias", "a constant added to each filter, as a bias does", layer, after="constant")
    if isinstance(layer, BatchNorm):
        for epsilon in EPSILONS:
            if epsilon != layer.epsilon and (epsilon or _positive(layer, about.shape)):
                yield Change(
                    "epsilon", f"epsilon {epsilon:g} instead of {layer.epsilon:g}", replace(layer, epsilon=epsilon)
                )
    if isinstance(layer, MaxPool | AvgPool):
        yield from _pools(layer)
    if layer.kind in ("leaky_relu", "relu"):
        from convstep.layers.leaky_relu import LeakyRelu

        for slope in SLOPES:
            if slope != getattr(layer, "alpha", 0.0):
                yield Change(
                    "slope", f"slope {slope:g} below 0", LeakyRelu(layer.name, sources=layer.sources, alpha=slope)
                )
    if layer.kind == "flatten" and about.inputs[0].ndim == 4:
        (x,) = about.inputs
        m, n_H, n_W, n_C = x.shape
        yield Change("flatten order", "its map flattened in the order CHW", layer, [x.transpose(0, 3, 1, 2)])
        rows = x.reshape(m, n_C, n_H, n_W).transpose(0, 2, 3, 1)
        yield Change("flatten order", "its map flattened in the order HWC, though channels come first", layer, [rows])
    yield from _arriving(about)
    yield from _of_other(about)
    yield Change("activation", "a relu after it, which the other side counts to this layer", layer, after="relu")
    yield Change("float16", "float16 for its numbers and its output", layer, after="float16")


def pairs_of_changes(about: Situation) -> Iterator[Change]:
    """Yield two changes at a time: another padding, input or bias together with other weights."""
    layer = about.layer
    if not isinstance(layer, Products):
        return
    turned = [layer, *(change.layer for change in _weights(layer, about))]
    words = ["", *(change.words for change in _weights(layer, about))]
    for weights, said in zip(turned[1:], words[1:], strict=True):
        assert isinstance(weights, Products)
        others = list(_paddings(weights, about)) if isinstance(weights, Windowed) else []
        if getattr(weights, "bias", None) is not None:
            others.append(Change("bias", "no bias", replace(weights, bias=None)))  # type: ignore[call-arg]
        others += list(_arriving(about._replace(layer=weights)))
        for other in others:
            yield other._replace(kind=f"layout+{other.kind}", words=f"{said}, and {other.words}")


def _paddings(layer: Any, about: Situation) -> Iterator[Change]:
    """Yield other paddings that give the other side's size."""
    down, across = ((size - 1) * gap // 2 for size, gap in zip(layer.kernel, layer.dilation, strict=True))
    named: list[tuple[str, Pad]] = [
        ("SAME (the odd one after)", "same"),
        ("same_lower (the odd one before)", "same_lower"),
        ("VALID", VALID),
        ("p = (f − 1)//2 on both sides", Padding(down, down, across, across)),
        ("FULL", "full"),
    ]
    if isinstance(about.other, Windowed):
        named.append(("as the other has it", about.other.padding_for(about.other_shape)))
    own = layer.padding_for(about.shape)
    seen = {own}
    for name, padding in named:
        changed = replace(layer, padding=padding)
        four = _four(changed, about.shape)
        if four is None or four in seen:
            continue
        seen.add(four)
        if changed.output(about.shape) == about.output:
            yield Change("padding", f"padding {name}: {four}, instead of {own}", changed)
    for total_rows in {own.top + own.bottom, 2 * down}:
        for total_cols in {own.left + own.right, 2 * across}:
            for top in range(min(total_rows, 16) + 1):
                for left in range(min(total_cols, 16) + 1):
                    four = Padding(top, total_rows - top, left, total_cols - left)
                    changed = replace(layer, padding=four)
                    if four in seen or _four(changed, about.shape) is None:
                        continue
                    if changed.output(about.shape) == about.output:
                        seen.add(four)
                        yield Change("padding", f"padding {four}, instead of {own}", changed)
    if isinstance(layer, Convolution) and any(own):
        for mode in ("zero", "reflect", "edge"):
            if (
                mode != layer.padding_mode
                and all(  # a border can't be mirrored further than the map reaches
                    mode != "reflect" or side < size
                    for side, size in zip(own, (*about.shape[:1] * 2, *about.shape[1:2] * 2), strict=True)
                )
            ):
                yield Change(
                    "padding",
                    f"padding filled as '{mode}' instead of '{layer.padding_mode}'",
                    replace(layer, padding_mode=mode),
                )


def _four(layer: Windowed, shape: Shape) -> Padding | None:
    """Return a layer's padding as four numbers; None if it can't work."""
    from convstep.errors import ConvstepError

    try:
        layer.output(shape)
        return layer.padding_for(shape)
    except ConvstepError:
        return None


def _weights(layer: Any, about: Situation) -> Iterator[Change]:
    """Yield the same weights with their axes mistaken."""
    needed = layer.array_shapes(about.shape)["weights"]
    W = layer.weights.of(
        needed, np.dtype(np.float64) if not isinstance(layer.weights, Given) else layer.weights.array.dtype
    )

    def with_weights(words: str, array: Array, kind: str = "layout") -> Change:
        return Change(kind, words, replace(layer, weights=Given(np.ascontiguousarray(array))))

    if len(needed) == 2:
        n, units = needed
        if len(about.origin) > 1 and prod(about.origin) == n:
            *plane, n_C = about.origin
            rows = W.reshape(n_C, *plane, units)
            yield with_weights(
                "rows of the weights taken in the order CHW of a flatten",
                np.moveaxis(rows, 0, -2).reshape(n, units),
                "flatten order",
            )
            rows = W.reshape(*plane, n_C, units)
            yield with_weights(
                "rows of the weights put into the order CHW of a flatten",
                np.moveaxis(rows, -2, 0).reshape(n, units),
                "flatten order",
            )
        yield with_weights("its weights, (in, out), read as (out, in)", W.reshape(units, n).T)
        yield with_weights("its weights laid out (out, in), read as (in, out)", W.T.reshape(n, units))
        return
    f_h, f_w, n_in, n_out = needed
    if f_h > 1 or f_w > 1:
        yield with_weights("each filter turned by 180°, as a true convolution does", W[::-1, ::-1])
        if f_w > 1 and f_h > 1:
            yield with_weights("each filter's columns mirrored", W[:, ::-1])
            yield with_weights("each filter's rows mirrored", W[::-1])
        if f_h == f_w:
            yield with_weights("each filter transposed, rows for columns", W.swapaxes(0, 1))
        else:
            places = W.transpose(1, 0, 2, 3).reshape(needed)
            yield with_weights("each filter's places read column by column", places)
    yield with_weights("its weights laid out OIHW, read as HWIO", W.transpose(3, 2, 0, 1).reshape(needed))
    yield with_weights("its weights, HWIO, read as OIHW", W.reshape(n_out, n_in, f_h, f_w).transpose(2, 3, 1, 0))
    yield with_weights("its weights laid out IOHW, read as HWIO", W.transpose(2, 3, 0, 1).reshape(needed))
    if n_in > 1:
        yield with_weights("its weights laid out HWOI, read as HWIO", W.swapaxes(2, 3).reshape(needed))
        yield with_weights("its weights, HWIO, read as HWOI", W.reshape(f_h, f_w, n_out, n_in).swapaxes(2, 3))


def _positive(layer: BatchNorm, shape: Shape) -> bool:
    return bool((layer.variance.of((shape[-1],), np.dtype(np.float64)) > 0).all())


def _pools(layer: Any) -> Iterator[Change]:
    if isinstance(layer, AvgPool):
        counted = not layer.count_include_pad
        yield Change(
            "pool",
            f"padding {'' if counted else 'not '}counted in the average",
            replace(layer, count_include_pad=counted),
        )
    other = MaxPool if isinstance(layer, AvgPool) else AvgPool
    same = {
        each.name: getattr(layer, each.name) for each in fields(layer) if each.init and each.name != "count_include_pad"
    }
    yield Change("pool", f"{'the largest value' if other is MaxPool else 'the average'} of each window", other(**same))
    yield Change(
        "pool", "ceil mode " + ("off" if layer.ceil_mode else "on"), replace(layer, ceil_mode=not layer.ceil_mode)
    )


def _arriving(about: Situation) -> Iterator[Change]:
    """Yield other inputs: prepared otherwise, with colours in another order, or without a layer before."""
    layer, x = about.layer, about.inputs[0]
    if about.takes_input and len(about.inputs) == 1:
        for words, prepared in preparations(x):
            yield Change("preprocessing", words, layer, [prepared])
    if about.output == about.shape and not layer.keeps_values and len(about.inputs) == 1:
        yield Change("missing layer", f"{layer.name} left out", Identity(layer.name))
    if about.skipped is not None:
        names = " and ".join(about.skipped_names)
        yield Change("missing layer", f"{names} left out before it", layer, [about.skipped])


def preparations(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield inputs prepared in other ways, each with what is done to them in words."""
    n_C = x.shape[-1]
    coloured = n_C == len(IMAGENET[0])
    mean, std = (np.asarray(each, x.dtype) for each in IMAGENET)
    caffe = np.asarray(CAFFE, x.dtype)
    kinds: list[tuple[str, Any]] = [("", lambda each: each)]
    kinds += [
        ("input times 255, 0..255 instead of 0..1", lambda each: each * 255),
        ("input divided by 255, 0..1 instead of 0..255", lambda each: each / 255),
        ("input −1..1 instead of 0..1", lambda each: each * 2 - 1),
        ("input 0..1 instead of −1..1", lambda each: (each + 1) / 2),
        ("input −1..1 instead of 0..255", lambda each: each / np.asarray(127.5, x.dtype) - 1),
        ("input 0..255 instead of −1..1", lambda each: (each + 1) * np.asarray(127.5, x.dtype)),
        ("input 1 − x, dark for light", lambda each: 1 - each),
        (
            "input less MNIST's mean 0.1307, divided by 0.3081",
            lambda each: (each - np.asarray(0.1307, x.dtype)) / np.asarray(0.3081, x.dtype),
        ),
        (
            "input times 0.3081, plus MNIST's mean 0.1307",
            lambda each: each * np.asarray(0.3081, x.dtype) + np.asarray(0.1307, x.dtype),
        ),
    ]
    if coloured:
        kinds += [
            ("input less ImageNet's mean, divided by its std", lambda each: (each - mean) / std),
            ("input without ImageNet's mean and std", lambda each: each * std + mean),
            ("input times 255, less Caffe's mean", lambda each: each * 255 - caffe),
            ("input from 0..255, less Caffe's mean", lambda each: each - caffe),
        ]
    for words, prepare in kinds:
        if words:
            yield words, prepare(x)
        if coloured:
            turned = prepare(x[..., ::-1])
            yield f"{words}, after BGR instead of RGB" if words else "channels in the order BGR instead of RGB", turned
            if words and "mean" in words:
                yield f"{words}, then BGR instead of RGB", prepare(x)[..., ::-1]
    if x.shape[1] == x.shape[2] > 1:
        yield "input transposed, rows for columns", x.swapaxes(1, 2)


def _of_other(about: Situation) -> Iterator[Change]:
    """Yield the layer with one field as the other net has it."""
    layer, other = about.layer, about.other
    if other is None:
        return
    if type(layer) is not type(other):
        if about.other_shape and layer.kind != other.kind:
            yield Change("kind", f"{other.kind} instead of {layer.kind}", other)
        return
    arrays = layer.array_shapes(about.shape), other.array_shapes(about.other_shape)
    for each in fields(layer):
        name = each.name
        if name in ("name", "sources", "padding", "padding_mode", "filter_names", "order", "inputs") or not each.init:
            continue
        mine, theirs = getattr(layer, name), getattr(other, name)
        if name in arrays[0] and name in arrays[1]:
            if arrays[0][name] != arrays[1][name]:
                continue
            dtype = np.dtype(np.float64)
            if np.array_equal(mine.of(arrays[0][name], dtype), theirs.of(arrays[1][name], dtype)):
                continue
            yield Change(name, f"the other's {name}", replace(layer, **{name: theirs}))
        elif mine != theirs:
            shown = "the other's" if name in (*arrays[0], *arrays[1]) else f"{name} {theirs} instead of {mine}:"
            words = f"{shown} {name}" if shown == "the other's" else shown.rstrip(":")
            yield Change(name, words, replace(layer, **{name: theirs}))
