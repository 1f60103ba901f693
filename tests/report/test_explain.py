"""The sum, the sentence and the code of every step, of every kind of layer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pytest
from nets import averaged, avg_pool, conv, conv1d, every_kind, max_pool, meeting, residual, x

from convstep.debugger import Cursor, Frame, Session
from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.engine.steps import Array, walk
from convstep.figures import figure
from convstep.layers import (
    KINDS,
    Add,
    AvgPool,
    BatchNorm,
    Clip,
    Concat,
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
    Pad,
    PRelu,
    Relu,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
    Upsample,
    Windowed,
)
from convstep.layers.conv import Convolution
from convstep.layers.moved import Moved
from convstep.layers.pool import Largest
from convstep.layers.products import Products
from convstep.layers.values import ValueByValue
from convstep.layers.weights import Drawn, Given
from convstep.layers.words import CodeLine, ordinal, span
from convstep.network import Network, Values
from convstep.report.explain import caption, code_lines, intro, scene_of, sentence, sum_parts, sum_text, window_title

F32 = np.dtype(np.float32)


def along_length() -> Network:
    """11x2, a length: 6x3, 6x3, 3x3, 3x3, 4."""
    layers: tuple[Layer, ...] = (
        conv1d("conv1", Sliding((3, 1), (2, 1), (2, 1), "same"), 3, bias=Drawn("normal", 1)),
        Relu("relu1"),
        max_pool("pool1", Sliding((3, 1), (2, 1), padding=Padding(1, 1, 0, 0))),
        avg_pool("pool2", Sliding((2, 1), (1, 1), padding="same")),
        Softmax("softmax"),
        Flatten("flatten"),
        Dense("fc", units=4),
    )
    return Network("along a length", (11, 2), layers, F32)


def dilated() -> Network:
    """8x10x6 picture of six channels: dilated, grouped, with more padding than sense."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((2, 3), (2, 3), (3, 2), Padding(4, 2, 1, 5)), 4, groups=2, weights=Drawn("normal", 2)),
        avg_pool("pool1", Sliding((2, 2), (2, 1), (2, 3), Padding(3, 2, 4, 1))),
        max_pool("pool2", Sliding((2, 2), (2, 2), padding=Padding(3, 0, 2, 1))),
    )
    return Network("dilated", (8, 10, 6), layers, F32)


def alone(shape: tuple[int, ...], *layers: Layer, picture: bool = False) -> Network:
    return Network("alone", shape, layers, F32, picture)


def from_input(shape: tuple[int, ...], *layers: Layer, picture: bool = False) -> Network:
    """Return a net whose layers all take its input, but those that name what they take."""
    own = (layer if layer.sources else replace(layer, sources=("input",)) for layer in layers)
    return alone(shape, *own, picture=picture)


def windows() -> Network:
    """9x7x4 through every way to pad a convolution, and through pools whose windows run past the input."""
    uneven = Padding(1, 2, 1, 0)
    return from_input(
        (9, 7, 4),
        conv("reflect", Sliding((3, 2), (2, 1), padding=uneven), 2, padding_mode="reflect", bias=None),
        conv("edge", Sliding((2, 3), (1, 2), (2, 1), "full"), 2, groups=2, padding_mode="edge"),
        conv("lower", Sliding((2, 4), (2, 2), padding="same_lower"), 3, bias=Drawn("normal", 2)),
        conv("point", Sliding((1, 1), padding=Padding(1, 1, 1, 1)), 1, bias=None, weights=Drawn("normal", 3)),
        conv("one", Sliding((9, 7)), 1),
        conv("sole", Sliding((1, 2), (3, 3)), 1, bias=None, sources=("point",)),
        max_pool("ceiled", Sliding((3, 2), (3, 4), padding=Padding(1, 0, 0, 1)), ceil_mode=True),
        max_pool("gaps", Sliding((2, 2), (3, 2), (2, 3), Padding(1, 1, 2, 0)), ceil_mode=True),
        max_pool("places", Sliding((1, 1), (2, 3))),
        avg_pool("mean1", Sliding((2, 2), (2, 2)), ceil_mode=True),
        avg_pool("mean2", Sliding((3, 2), (2, 3), padding=Padding(1, 1, 1, 1)), count_include_pad=True),
        avg_pool("mean3", Sliding((3, 4), (3, 3), padding=uneven), ceil_mode=True, count_include_pad=True),
        avg_pool("mean4", Sliding((2, 3), (4, 2), (3, 1), uneven), ceil_mode=True, count_include_pad=True),
        avg_pool("mean5", Sliding((1, 1), (4, 3), padding=uneven)),
        DepthwiseConv("depth1", kernel=(3, 2), stride=(2, 1), padding="same", multiplier=2, bias=Drawn("normal", 4)),
        DepthwiseConv("depth2", kernel=(2, 2), dilation=(1, 3), padding=uneven, bias=None),
        GlobalMaxPool("largest"),
        GlobalAvgPool("mean"),
    )


def stamps() -> Network:
    """4x3x4 through transposed convolutions: with gaps between stamps, cut, dilated, grouped."""
    drawn: dict[str, Any] = {"weights": Drawn("normal", 1), "bias": Drawn("normal", 2)}
    return from_input(
        (4, 3, 4),
        ConvTranspose("gaps", filters=3, kernel=(2, 1), stride=(3, 2), **drawn),
        ConvTranspose("bare", filters=1, kernel=(2, 2), stride=(2, 3), weights=drawn["weights"], bias=None),
        ConvTranspose("same", filters=2, kernel=(4, 3), stride=(2, 2), padding="same", **drawn),
        ConvTranspose(
            "cut",
            filters=4,
            kernel=(3, 2),
            stride=(2, 3),
            dilation=(2, 1),
            padding=Padding(1, 2, 0, 1),
            output_padding=(1, 2),
            groups=2,
            **drawn,
        ),
        ConvTranspose("more", filters=2, kernel=(2, 2), stride=(3, 1), dilation=(1, 2), output_padding=(2, 0), **drawn),
        ConvTranspose("single", filters=2, kernel=(2, 3), stride=(2, 4), sources=("bare",), **drawn),
    )


def lengths() -> Network:
    """11x3, a length, through every kind that takes one."""
    return from_input(
        (11, 3),
        conv1d("causal", Sliding((3, 1), (1, 1), (2, 1), "causal"), 2, bias=Drawn("normal", 1)),
        conv1d("reflect", Sliding((4, 1), (3, 1), padding=Padding(2, 1, 0, 0)), 2, padding_mode="reflect", bias=None),
        conv1d("edge", Sliding((2, 1), padding="full"), 3, groups=3, padding_mode="edge"),
        conv1d("lower", Sliding((4, 1), (2, 1), padding="same_lower"), 1),
        DepthwiseConv("depth", kernel=(3, 1), stride=(2, 1), padding="causal", multiplier=2),
        ConvTranspose("gaps", filters=2, kernel=(2, 1), stride=(3, 1), bias=Drawn("normal", 2)),
        ConvTranspose(
            "cut",
            filters=3,
            kernel=(3, 1),
            stride=(2, 1),
            dilation=(2, 1),
            padding=Padding(2, 1, 0, 0),
            output_padding=(1, 0),
            groups=3,
            bias=None,
        ),
        max_pool("ceiled", Sliding((3, 1), (3, 1), padding=Padding(1, 0, 0, 0)), ceil_mode=True),
        avg_pool("mean1", Sliding((3, 1), (2, 1), padding=Padding(1, 0, 0, 0)), ceil_mode=True),
        avg_pool("mean2", Sliding((4, 1), (3, 1), (1, 1), Padding(1, 1, 0, 0)), ceil_mode=True, count_include_pad=True),
        GlobalMaxPool("largest"),
        GlobalAvgPool("mean"),
        Upsample("up", scale=(3, 1)),
        Crop("crop", cropping=Padding(1, 2, 0, 0)),
        Pad("zeros", padding=Padding(2, 1, 0, 0)),
        Pad("mirror", padding=Padding(1, 3, 0, 0), mode="reflect"),
        Pad("border", padding=Padding(0, 2, 0, 0), mode="edge"),
        LeakyRelu("leaky"),
        Add("add", sources=("input", "leaky")),
        Multiply("multiply", sources=("input", "leaky", "add")),
        Concat("concat", sources=("causal", "input")),
        Flatten("flatten"),
        *values("flat", "flatten", 33),
        Softmax("softmax"),
    )


def values(name: str, source: str, channels: int = 3) -> Iterator[Layer]:
    """Yield elementwise layers of every kind, some with several sets of fields."""
    numbers = {
        each: Given(np.resize(array, channels).astype(np.float32))
        for each, array in {
            "gamma": np.array([1.5, -0.25, 0]),
            "beta": np.array([-1, 0.5, 0.125]),
            "mean": np.array([0.75, -0.5, 0]),
            "variance": np.array([2.0, 0.0001, 0]),
        }.items()
    }
    kinds: tuple[tuple[type[Layer], dict[str, Any]], ...] = (
        (Relu, {}),
        (LeakyRelu, {}),
        (LeakyRelu, {"alpha": 0.2}),
        (LeakyRelu, {"alpha": -1.5}),
        (PRelu, {}),
        (PRelu, {"alpha": Given(np.resize(np.array([0.125, -0.001, 0], np.float32), channels))}),
        (BatchNorm, {}),
        (BatchNorm, {**numbers, "epsilon": 1e-5}),
        (Clip, {}),
        (Clip, {"min": -np.inf, "max": 0.25}),
        (Clip, {"min": -0.5, "max": np.inf}),
        (Clip, {"min": -np.inf, "max": np.inf}),
        (Sigmoid, {}),
        (Tanh, {}),
        (Dropout, {}),
        (Dropout, {"rate": 0.2}),
        (Identity, {}),
        (Softmax, {}),
    )
    for number, (kind, fields) in enumerate(kinds):
        yield kind(f"{name}{number}", sources=(source,), **fields)


def maps() -> Network:
    """3x4x3 through whatever takes a map value by value, moves values, or joins several maps; and the same in a row."""
    around = Padding(2, 1, 0, 1)
    return from_input(
        (3, 4, 3),
        *values("map", "input"),
        Upsample("up", scale=(2, 3)),
        Crop("crop", cropping=Padding(0, 1, 2, 0)),
        Crop("end", cropping=Padding(0, 1, 0, 0)),
        Pad("zeros", padding=around),
        Pad("mirror", padding=around, mode="reflect"),
        Pad("border", padding=Padding(1, 0, 3, 0), mode="edge"),
        Add("add2", sources=("input", "map1")),
        Add("add3", sources=("map4", "input", "map1")),
        Multiply("multiply2", sources=("map1", "input")),
        Multiply("multiply3", sources=("input", "input", "map4")),
        conv("two", Sliding((1, 1)), 2),
        Concat("concat2", sources=("two", "input")),
        Concat("concat3", sources=("input", "two", "map1")),
        Flatten("flatten"),
        GlobalMaxPool("row"),
        *values("row", "row"),
        GlobalAvgPool("same", sources=("row",)),
        GlobalMaxPool("still", sources=("row",)),
        Flatten("flat", sources=("row",)),
        Add("sum", sources=("row", "row1")),
        Multiply("product", sources=("row", "row1", "sum")),
        Concat("join", sources=("row", "flatten", "sum")),
        Dense("fc", units=2, bias=None, sources=("flatten",)),
    )


def picture() -> Network:
    """5x6 picture in red, green and blue through the kinds that speak of colours."""
    return from_input(
        (5, 6, 3),
        conv("conv1", Sliding((2, 2), padding="same"), 2, bias=None),
        conv("single", Sliding((2, 1)), 3, groups=3),
        DepthwiseConv("depth", kernel=(2, 2), padding="same", multiplier=2),
        ConvTranspose("stamped", filters=2, kernel=(2, 2), stride=(2, 2)),
        max_pool("pool", Sliding((2, 2), padding="same")),
        GlobalMaxPool("largest"),
        Pad("pad", padding=Padding(1, 1, 1, 1)),
        Upsample("up"),
        Relu("relu"),
        Concat("concat", sources=("relu", "conv1")),
        Add("add", sources=("input", "relu")),
        picture=True,
    )


def whole() -> Network:
    """4x5x2 whole numbers through the kinds that keep them whole."""
    ones = Given(np.ones((2, 2, 2, 1), np.float32))
    return from_input(
        (4, 5, 2),
        conv("conv", Sliding((2, 2), padding="same"), 2, weights=Given(np.full((2, 2, 2, 2), 3.0)), bias=None),
        DepthwiseConv("depth", kernel=(2, 2), weights=ones),
        ConvTranspose("stamped", filters=2, kernel=(2, 2), stride=(2, 2), weights=Given(np.full((2, 2, 2, 2), -2.0))),
        max_pool("pool", Sliding((2, 2), (2, 2)), ceil_mode=True),
        avg_pool("mean", Sliding((2, 2), (2, 2)), ceil_mode=True),
        GlobalMaxPool("largest"),
        Clip("clip", max=3),
        LeakyRelu("leaky"),
        BatchNorm("bn"),
        Sigmoid("sigmoid"),
        Identity("same"),
        Pad("pad", padding=Padding(1, 0, 0, 2)),
        Upsample("up"),
        Add("add", sources=("input", "conv")),
        Multiply("multiply", sources=("input", "clip", "conv")),
        Concat("concat", sources=("clip", "leaky")),
        Softmax("softmax"),
        Flatten("flatten"),
    )


def activations() -> Network:
    """2x3x3 through activation functions, side by side."""
    return from_input(
        (2, 3, 3),
        Elu("elu", alpha=0.5),
        Gelu("gelu"),
        Gelu("nearly", approximate=True),
        HardSigmoid("hard"),
        HardSwish("swish"),
        Silu("silu"),
        LogSoftmax("logs"),
    )


CASES: dict[str, tuple[Network, Array]] = {
    "activations": (activations(), x(2, 2, 3, 3) * 4),
    "course": (every_kind(), x(2, 9, 7, 2)),
    "averaged": (averaged(), x(1, 6, 4, 3)),
    "along a length": (along_length(), x(2, 11, 2)),
    "dilated": (dilated(), x(1, 8, 10, 6)),
    "softmax": (alone((4, 3, 2), Softmax("softmax")), x(1, 4, 3, 2)),
    "mean": (alone((5, 2), GlobalAvgPool("mean"), Flatten("flatten")), x(1, 5, 2)),
    "row": (alone((3,), GlobalAvgPool("mean"), Flatten("flatten"), Dense("fc", units=1)), x(1, 3)),
    "meeting": (meeting(), x(1, 7, 6, 3)),
    "residual": (residual(), x(1, 8, 6, 3)),
    "windows": (windows(), x(2, 9, 7, 4)),
    "stamps": (stamps(), x(2, 4, 3, 4)),
    "lengths": (lengths(), x(2, 11, 3)),
    "maps": (maps(), x(2, 3, 4, 3) * 4),
    "picture": (picture(), x(1, 5, 6, 3) ** 2),
    "whole": (whole(), np.rint(x(2, 4, 5, 2) * 5)),
}
every_case = pytest.mark.parametrize(("network", "inputs"), CASES.values(), ids=CASES)


def frames(network: Network, inputs: Any, *, opened: bool = False, most: int = 10**9) -> Iterator[Frame]:
    """Yield the steps of every layer, and their taps if they are opened; about `most` of all layers together."""
    values = Values(network, inputs)
    share = max(1, most // len(network.stages))
    for stage in network.stages:
        steps = list(walk(values.operation(stage.name), 0, values.output(stage.name)))
        found = [
            (step, tap)
            for step in steps[:: max(1, len(steps) // share)]
            for tap in (None, *(range(step.input_slice.size) if opened else ()))
        ]
        for step, tap in found[:: max(1, len(found) // share)]:
            yield Frame(network, Cursor(stage.name, step.number, tap), step)


def at(session: Session, *lines: str) -> Frame:
    for line in lines:
        session.do(line)
    return session.frame


def test_the_nets_have_a_layer_of_every_kind() -> None:
    assert {layer.kind for network, _ in CASES.values() for layer in network.layers} == set(KINDS)


@every_case
@pytest.mark.parametrize("broken", [None, np.nan, np.inf, -np.inf, 0.0])
def test_every_step_and_tap_can_be_told(network: Network, inputs: Array, broken: float | None) -> None:
    if broken is not None:
        inputs = inputs.copy()
        inputs[:, ::2] = broken
    with np.errstate(all="ignore"):
        all_ = list(frames(network, inputs, opened=broken in (None, np.nan), most=300))
    for frame in all_:
        said, code, line, short = sentence(frame), code_lines(frame), sum_text(frame), caption(frame)
        kind, value = frame.stage.layer.kind, figure(frame.value, scene_of(frame).decimals)
        assert re.fullmatch(r"[A-Z].*\.", said), said
        assert re.fullmatch(r"[A-Z−∞\d].*\.", short), short
        for text in (said, short, line, window_title(frame)):
            assert not re.search(r"  |\.\.|!| ,|,,|-\d|--|\+ −|−−|None|nan|inf\b", text), text
            assert not re.search(r"\b1 (rows|columns|places|stamps|products|values|inputs|channels|weights)\b", text), (
                text
            )
            assert not re.search(r"\b1 (product|stamp) (add|lie)\b", text), text
        assert short.count(": ") <= 1, short
        assert sum(row.current for row in code) == 1
        assert all(row.code.isascii() and len(row.code) <= 52 for row in code), code
        assert len(short) <= 78, short
        assert len(window_title(frame)) <= 44, window_title(frame)
        assert value in said or kind in ("softmax", "relu"), said
        if frame.cursor.tap is None:
            assert f"] = {value}" in line
            assert [row.value for row in code if row.current] == [value]


@every_case
def test_a_layer_is_introduced_in_one_line(network: Network, inputs: Array) -> None:
    for frame in frames(network, inputs, most=1):
        said = intro(frame)
        assert re.fullmatch(r"[A-Z][^.!]*(\.\d[^.!]*)*\.", said), said
        assert not re.search(r"  | 1 \w+s\b|None|nan|inf\b|-\d", said), said
        assert len(said) <= 78, said


def places(text: str, word: str) -> list[int]:
    """Parse "rows −1 to 2", "rows 17–20", "row 4", "rows 1, 3 and 5" or "every 2nd row from 1 to 9"."""
    number = r"−?\d+"
    if match := re.search(rf"every (\d+)\w\w {word} from ({number}) to ({number})", text):
        step, first, last = (int(group.replace("−", "-")) for group in match.groups())
        return list(range(first, last + 1, step))
    match = re.search(rf"\b{word}s? ({number}(?:–{number}| to {number}|(?:, {number})* and {number})?)", text)
    assert match, text
    found = [int(group.replace("−", "-")) for group in re.findall(number, match[1])]
    return list(range(found[0], found[1] + 1)) if re.search("–|to", match[1]) else found


def all_taps(frame: Frame) -> list[tuple[int, int]]:
    """Return the places that a neuron's window sees, from textbook loops."""
    assert frame.step is not None
    layer, (_, h, w, _), shape = frame.stage.layer, frame.step.index, frame.stage.input or ()
    rows, cols = layer.axes(shape)
    if not isinstance(layer, ConvTranspose):
        down = [h * rows.stride - rows.before + k * rows.dilation for k in range(rows.kernel)]
        across = [w * cols.stride - cols.before + k * cols.dilation for k in range(cols.kernel)]
        return list(product(down, across))
    hits = []
    for y, k in product(range(rows.size), range(cols.size)):
        for p, q in product(range(rows.kernel), range(cols.kernel)):
            row, col = y * rows.stride + p * rows.dilation, k * cols.stride + q * cols.dilation
            if (row - rows.before, col - cols.before) == (h, w):
                hits.append((y, k))
    return hits


def channels_of(frame: Frame) -> list[int]:
    """Return the channels that a neuron's window covers."""
    assert frame.step is not None
    layer, c = frame.stage.layer, frame.step.index[3]
    n_C_prev, n_C = (frame.stage.input or ())[-1], (frame.stage.output or ())[-1]
    groups = getattr(layer, "groups", 0) or n_C_prev
    taken, filters = n_C_prev // groups, n_C // groups
    return list(range(c // filters * taken, c // filters * taken + taken))


def parse_channels(said: str, n_C_prev: int) -> list[int]:
    """Return the channels that a sentence names."""
    if n_C_prev == 1:
        assert "channel" not in said
        return [0]
    looks = said.split(";")[0].split(". ")[0] if "stamp" not in said else said.split(". ")[1]
    if match := re.search(r"of all (\d+) channels|of (both) channels", looks):
        return list(range(int(match[1] or 2)))
    if colours := re.findall(r"red|green|blue", looks):
        return [("red", "green", "blue").index(colour) for colour in colours]
    return places(looks, "channel")


@every_case
def test_a_sentence_counts_right(network: Network, inputs: Array) -> None:
    """Ranges, padding, stamps, channels and products are compared with loops over the window."""
    for frame in frames(network, inputs, most=1500):
        layer, step, shape = frame.stage.layer, frame.step, frame.stage.input or ()
        assert step is not None
        if not isinstance(layer, (Windowed, ConvTranspose)):
            continue
        said, looked_at = sentence(frame), all_taps(frame)
        height, width = (*shape[:-1], 1)[:2]
        rows, cols = sorted({row for row, _ in looked_at}), sorted({col for _, col in looked_at})
        outside = sum(not (0 <= row < height and 0 <= col < width) for row, col in looked_at)
        total, channels = len(looked_at), channels_of(frame)
        if not total:
            assert "No stamp lies over this neuron" in said
            assert caption(frame).startswith("No stamp")
            assert window_title(frame) == "no stamp"
            assert sum_text(frame).startswith("0.00 from no stamp")
            continue
        if len(shape) == 2:
            assert places(said, "place") == rows
        else:
            assert places(said, "row") == rows
            assert places(said, "column") == cols
        assert parse_channels(said, shape[-1]) == channels
        padding = getattr(layer, "padding_mode", "zero")
        if isinstance(layer, ConvTranspose):
            stamps = total * len(channels)
            assert f"{stamps} {'stamp lies' if stamps == 1 else 'stamps lie'} over this neuron" in said
            assert "padding" not in said
        elif outside:
            counted = re.search(r"; (its only place|(?:all of|\d+ of) its (\d+) places) (lies|lie) in padding", said)
            assert counted
            assert counted[3] == ("lies" if outside == 1 else "lie")
            assert counted[1] == (
                "its only place" if total == 1 else f"{'all' if outside == total else outside} of its {total} places"
            )
            does = {"zero": r"counts? as|left out", "reflect": "mirrors? ", "edge": "repeats? "}
            assert re.search(does.pop(padding), said)
            assert not re.search("|".join(does.values()), said) or padding == "zero"
            assert f"{outside} of {total} in padding" in caption(frame)
        else:
            assert re.search(r", (all )?inside the (map|input|picture)", said)
            assert "padding" not in said
        if isinstance(layer, Products):
            products = total * len(channels)
            many = f"{products} product{'s' * (products > 1)}"
            if layer.is_biased:
                assert f"{many} and the bias add up to" in said
            else:
                assert "bias" not in said + caption(frame) + sum_text(frame)
                assert (f"{many} add up to" if products > 1 else "The one product is") in said
            if isinstance(layer, Convolution):
                n_H, n_W = step.operation.geometry.shape[1:3]
                drawn = "random " if isinstance(layer.weights, Drawn) else ""
                weights = f"{products} {drawn}weights serve" if products > 1 else f"{drawn}weight serves"
                everywhere = f"all {n_H * n_W} places" if n_H * n_W > 1 else "the only place"
                assert f"the same {weights} {everywhere} of this map" in said
            if isinstance(layer, DepthwiseConv):
                drawn = "random " if isinstance(layer.weights, Drawn) else ""
                own = f"one {drawn}filter " if layer.multiplier == 1 else f"{layer.multiplier} {drawn}filters "
                assert own in said
        if isinstance(layer, AvgPool):
            counted_in = total - outside
            if layer.count_include_pad:
                pad, rows_, cols_ = layer.sliding.padding_over(height, width), range(0), range(0)
                rows_, cols_ = range(-pad.top, height + pad.bottom), range(-pad.left, width + pad.right)
                counted_in = sum(row in rows_ and col in cols_ for row, col in looked_at)
                added, zeros = total - counted_in, outside - (total - counted_in)
                if added:
                    assert "ceil mode" in said
                    assert f"({added} of {total} {'is' if added == 1 else 'are'} added by ceil mode" in sum_text(frame)
                if added and zeros:
                    assert f"where {zeros} count{'s' * (zeros == 1)} as 0, and the {added} that ceil mode adds" in said
            elif outside:
                assert f"({outside} of {total} {'is' if outside == 1 else 'are'} padding" in sum_text(frame)
            if counted_in > 1:
                assert f"{counted_in} values add up to" in said
                assert f"divided by {counted_in} that is" in said
        if isinstance(layer, MaxPool) and (won := step.argmax) is not None:
            assert (rows.index(won[1]), cols.index(won[2])) == divmod(int(step.input_slice.argmax()), len(cols))
            at_place = f"place {won[1]}" if len(shape) == 2 else f"row {won[1]}, column {won[2]}"
            assert at_place in said or total == 1
            tied = int((step.input_slice == step.value).sum())
            assert ("it too" in said) == (tied > 1)
            assert (f"the first of {tied} that tie" in sum_text(frame)) == (tied > 1)


def place_of(network: Network, inputs: Array, example: int, name: str, place: str) -> Any:
    """Return the value that a layer has at a place, as in conv1[1,0,2]."""
    array = inputs if name == "input" else Values(network, inputs).natural(name)
    return array[(example, *map(int, place.split(",")))]


@every_case
def test_a_moved_value_is_where_it_is_said_to_come_from(network: Network, inputs: Array) -> None:
    for frame in frames(network, inputs, most=400):
        layer, step = frame.stage.layer, frame.step
        assert step is not None
        if not isinstance(layer, (Moved, Flatten)):
            continue
        moved = re.match(r"([\w ]+)\[([\d,]+)\] → ", sum_text(frame))
        if moved is None:
            assert sum_text(frame).startswith("padding → ")
            assert "lies in the padding" in sentence(frame)
            assert step.value == 0
            continue
        assert place_of(network, inputs, step.index[0], moved[1], moved[2]) == step.value
        if isinstance(layer, Moved):
            assert f"{moved[1]}[{moved[2]}]" in sentence(frame)
        else:
            arithmetic = re.search(r"→ place (.*): ", sum_text(frame))
            assert arithmetic
            sides = [eval(side.replace("·", "*")) for side in arithmetic[1].split(" = ")]
            assert sides == [step.index[3]] * len(sides)


# Arithmetic, read back

NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def known(text: str) -> tuple[float, float]:
    """Return the least and the largest number that may be shown as `text`."""
    digits, _, power = text.replace("−", "-").partition("e")
    exact = not number(text) or (not power and "." not in digits and abs(number(text)) < 1000)
    slack = 0 if exact else 0.5001 * 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    return number(text) - slack, number(text) + slack


def as_code(line: str) -> str:
    """Return a line of arithmetic without the names of its terms, as Python."""
    bare = re.sub(r"(?<=[\d)]) [a-zA-Z][^+−×/]*?(?= [+−×/] |$)", "", line)
    for sign, code in {"−": "-", "×": "*", "√": "sqrt", "∞": "inf"}.items():
        bare = bare.replace(sign, code)
    return bare


def comes_to(line: str) -> Decimal:
    """Return the exact result of a line of arithmetic with the numbers that it shows."""
    names: dict[str, Any] = {"D": Decimal, "max": max, "inf": Decimal("Infinity")}
    names |= {"exp": Decimal.exp, "sqrt": Decimal.sqrt, "clip": lambda x, low, high: min(max(x, low), high)}
    names["tanh"] = lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp())
    return Decimal(eval(re.sub(NUMBER, lambda match: f"D('{match[0]}')", as_code(line)), names))


def check_sign(line: str, sign: str, shown: str) -> None:
    """Check that the sign is = exactly if the shown numbers give the shown result; unless in a sum, rounded."""
    result, found = Decimal(shown.replace("−", "-")), comes_to(line)
    half = Decimal(5).scaleb(int(result.as_tuple().exponent) - 1)
    is_sum = not re.search(r"[×/(]", line)
    assert sign == ("=" if abs(found - result) <= (0 if is_sum else half) else "≈"), f"{line} {sign} {shown}"


def agree(line: str, shown: str) -> None:
    """Check that a line of arithmetic can have the shown result, as its numbers are rounded.

    Every number becomes an axis of the two ends that it may have, so that all corners are computed at once.
    """
    bare = as_code(line)
    ends = np.ix_(*(known(each) for each in re.findall(NUMBER, bare)))
    axes = iter(range(len(ends)))
    names = {"exp": np.exp, "tanh": np.tanh, "sqrt": np.sqrt, "max": np.maximum, "clip": np.clip, "inf": np.inf}
    found = eval(re.sub(NUMBER, lambda _: f"ends[{next(axes)}]", bare), names | {"ends": ends})
    least, most = known(shown)
    assert np.min(found) <= most, f"{line} = {shown}"
    assert np.max(found) >= least, f"{line} = {shown}"


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value", "ignore:Mean of empty slice")
@every_case
def test_sums_come_to_the_value_shown(network: Network, inputs: Array) -> None:
    for frame in frames(network, inputs, most=500):
        layer, line = frame.stage.layer, sum_text(frame)
        if isinstance(layer, (Moved, Flatten, Largest)) or figure(frame.value) in ("NaN", "∞", "−∞"):
            continue
        shown: Any = re.fullmatch(r"(.*?) ([=≈]) (?:([^=≈]*) ([=≈]) )?[AZ]\[[\d,]+\] = ([−+\d.e]+)(?: \(.*)?", line)
        assert shown, line
        left, sign, middle, second_sign, value = shown.groups()
        assert bool(middle) == (layer.kind == "softmax")
        if middle:
            power, _, many = left.partition(" / sum of ")
            agree(power, middle.partition(" / ")[0])
            check_sign(power, sign, middle.partition(" / ")[0])
            assert many == str((frame.stage.input or ())[-1])
        agree(middle or left, value)
        if " as it is" not in left:
            check_sign(middle or left, second_sign or sign, value)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value", "ignore:Mean of empty slice")
@every_case
def test_taps_come_to_the_value_shown(network: Network, inputs: Array) -> None:
    """Each tap's product and running result follow from the numbers shown for it and for the tap before."""
    for whole_step in frames(network, inputs, most=50):
        scene = scene_of(whole_step)
        if scene.taps < 2 or figure(whole_step.value) in ("NaN", "∞", "−∞"):
            continue
        before, rest = "", ""
        for tap in range(scene.taps):
            line = sum_text(replace(whole_step, cursor=whole_step.cursor._replace(tap=tap)))
            told: Any = re.fullmatch(
                r"(?:(.*) ([=≈]) )?(\S+|not counted), (?:(sum|product|largest) )?so far (≈ )?(\S+) "
                r"\(tap (\d+) of (\d+): .*?\)(.*)",
                line,
            )
            assert told, line
            made, sign, term, what, about, total, at_tap, taps, rest = told.groups()
            assert (int(at_tap), int(taps)) == (tap + 1, scene.taps)
            assert bool(what) == (not isinstance(scene.layer, Products))
            if made:
                agree(made, term)
                check_sign(made, sign, term)
            if what == "largest":
                assert total == max(before or term, term, key=number)
            elif term != "not counted":
                so_far = f"{before} {'×' if what == 'product' else '+'} {term}" if before else term
                agree(so_far, total)
                check_sign(so_far, "≈" if about else "=", total)
            before = total
            assert bool(rest) == (tap == scene.taps - 1), line
        end = re.fullmatch(r"(?:.*; )?(.*?) ([=≈]) [AZ]\[[\d,]+\] = (.*)", before + rest)
        assert end, rest
        assert end[3] == figure(whole_step.value, scene.decimals)
        agree(end[1], end[3])
        check_sign(*end.groups())


# Code, run


def names_for(frame: Frame, inputs: Array) -> dict[str, Any]:
    """Return the variables that a frame's code reads: the layer's input, padded if it says so, and its parameters."""
    stage, step = frame.stage, frame.step
    assert step is not None
    before, layer, operation = Values(frame.network, inputs), stage.layer, step.operation
    arrived = [inputs if name == "input" else before.natural(name) for name in stage.sources]
    A_prev = arrived[0]
    found = {"np": np, "Z": A_prev, "inputs": [array.copy() for array in arrived]}
    result = np.full((len(inputs), *(stage.output or ())), np.nan)
    if not isinstance(layer, (ValueByValue, Softmax, LogSoftmax)):
        found = {"np": np, "A_prev": A_prev, "Z": result} if len(arrived) == 1 else found
    numbers = {name: getattr(operation, name, None) for name in ("b", "gamma", "beta", "mean", "variance", "alpha")}
    found |= {name: array for name, array in numbers.items() if array is not None}
    if (W := getattr(operation, "W", None)) is not None:
        found["W"] = W[0, 0] if isinstance(layer, Dense) else W
        if isinstance(layer, DepthwiseConv):
            found["W"] = W.reshape(*W.shape[:2], -1, layer.multiplier)
    if isinstance(layer, Windowed) and not (isinstance(layer, AvgPool) and not layer.count_include_pad):
        rows, cols = layer.axes(stage.input or ())
        sides = [(0, 0), (rows.before, rows.after), (cols.before, cols.after), (0, 0)]
        if len(stage.input or ()) == 2:
            del sides[2]
        if any(map(any, sides)):
            mode: Any = {"zero": "constant"}.get(layer.mode, layer.mode)
            fill = {"constant_values": -np.inf if isinstance(layer, MaxPool) else 0} if mode == "constant" else {}
            found["A_prev_pad"] = np.pad(A_prev, sides, mode, **fill)
    return found | {layer.output_name: result}


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
@pytest.mark.parametrize("tap", [None, 0, -1])
@every_case
def test_code_computes_the_layer(network: Network, inputs: Array, tap: int | None) -> None:
    """A learner who types the lines in, closed or opened into taps, gets what the engine gets."""
    values = Values(network, inputs)
    for stage in network.stages:
        operation, output = values.operation(stage.name), values.output(stage.name)
        steps = list(walk(operation, 0, output))
        step = next((step for step in steps[len(steps) // 2 :] if step.input_slice.size > 1), steps[-1])
        opened = None if tap is None or step.input_slice.size < 2 else tap % step.input_slice.size
        if tap is not None and opened is None:
            continue
        frame = Frame(network, Cursor(stage.name, step.number, opened), step)
        names = names_for(frame, inputs)
        exec("\n".join(line.code for line in code_lines(frame)), names)
        got = names[stage.layer.output_name]
        np.testing.assert_allclose(got, values.natural(stage.name), rtol=1e-4, atol=1e-6, err_msg=stage.name)


def watched(lines: list[CodeLine]) -> str:
    """Return code that reports, after every line with a value, its result and the values of the loop variables."""
    out, around = [], list[tuple[int, str]]()
    for number, line in enumerate(lines):
        depth = len(line.code) - len(line.code.lstrip())
        around = [loop for loop in around if loop[0] < depth]
        out.append(line.code)
        where = "".join(f"{name}={name}, " for _, name in around)
        if loop := re.match(r" *for (\w+) in ", line.code):
            around.append((depth, loop[1]))
            if line.value:
                out.append(f"{' ' * depth}  see({number}, {loop[1]}, {where})")
        elif line.value:
            target = re.split(r" [+*]?= ", line.code)[0].strip()
            if target.startswith("stamped"):  # a stamp lies over many places
                target = "stamped.copy()"
            out.append(f"{' ' * depth}see({number}, ({target}), {where})")
    return "\n".join(out)


def shows(line: CodeLine, value: Any, frame: Frame) -> bool:
    """Return whether the value shown beside a line of code is that of running it."""
    assert frame.step is not None
    layer, (i, h, w, c), text = frame.stage.layer, frame.step.index, line.value
    rows, cols = layer.axes(frame.stage.input or ())
    if match := re.fullmatch(r"(\d+) (?:values|inputs)", text):
        return len(value) == int(match[1])
    if "×" in text:
        return "×".join(map(str, value.shape)) == text
    if match := re.fullmatch(r"(row|col|place)s? (.*?)(?: by (\d+))?", text):
        shown = places(f"{match[1]} {match[2]}", match[1])[:: int(match[3] or 1)]
        if isinstance(value, slice):
            return list(range(value.start, value.stop, value.step or 1)) == shown
        axis, number_of_axis = (cols, 1) if match[1] == "col" else (rows, 0)
        padded = not isinstance(layer, AvgPool) or layer.count_include_pad
        there = range(-axis.before, axis.size + axis.after) if padded else range(axis.size)
        return bool(value.shape[number_of_axis] == sum(place in there for place in shown))
    if isinstance(value, (bool, np.bool_)):
        return text == str(value)
    if isinstance(value, tuple):
        return text == ", ".join(map(str, value))
    if np.ndim(value) == 1:
        value = value[c]
    elif np.ndim(value):
        uncut = "stamped[i" in line.code
        place = (h + rows.before * uncut, w + cols.before * uncut, c)
        value = value[(i, *(place if np.ndim(value) == 4 else place[::2]))]
    low, high = (number(text),) * 2 if re.search("∞|NaN", text) else known(text)
    return bool(low - 1e-6 <= value <= high + 1e-6) or text == figure(value)


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
@every_case
def test_code_shows_its_own_values(network: Network, inputs: Array) -> None:
    """The value beside a line is that of running it with the loop variables' values that are shown."""
    for frame in frames(network, inputs, opened=True, most=60):
        lines, seen = code_lines(frame), defaultdict[int, list[tuple[Any, dict[str, Any]]]](list)
        names = names_for(frame, inputs)
        exec(watched(lines), names | {"see": lambda n, value, /, seen=seen, **loops: seen[n].append((value, loops))})
        stand = {loop: at for loop, _, at in (line.value.partition(" = ") for line in lines) if at}

        def stands(loop: str, at: Any, frame: Frame = frame, names: Any = names, stand: Any = stand) -> bool:
            if loop == "a" and loop in stand:
                tap = frame.cursor.tap or 0
                return frame.stage.sources[tap] == stand[loop] and at is names["inputs"][tap]
            return loop not in stand or stand[loop] == str(at)

        cut_off = next((n for n, line in enumerate(lines) if line.value in ("padding", "past the end")), len(lines))
        for number_of_line, line in enumerate(lines[:cut_off]):
            here = [
                value for value, loops in seen[number_of_line] if all(stands(loop, at) for loop, at in loops.items())
            ]
            assert bool(here) == bool(line.value), line
            if " = " in line.value:
                assert any(stands(line.value.partition(" = ")[0], value) for value in here), line
            else:
                assert all(shows(line, value, frame) for value in here), (line, here, frame.cursor)
        if cut_off < len(lines):
            assert scene_of(frame).tap(frame.cursor.tap or 0).in_padding


def test_sums() -> None:
    network = alone(
        (6, 5, 3),
        conv("conv1", Sliding((2, 2), padding="same"), 2, weights=Given(np.full((2, 2, 3, 2), -0.25))),
        Relu("relu1"),
        max_pool("pool1", Sliding((2, 2), (2, 2), padding="same")),
        picture=True,
    )
    session = Session(network, np.full((6, 5, 3), 0.5))
    assert sum_text(at(session, "jump conv1 1 1 0")) == (
        "−0.50 red − 0.50 green − 0.50 blue + 0.00 bias = Z[0,1,1,0] = −1.50"
    )
    roles = {part.text: part.role for part in sum_parts(session.frame)}
    assert roles["−0.50"] == "negative"
    assert roles["0.00"] == "plain"
    assert roles["Z[0,1,1,0] = −1.50"] == "output"
    assert sentence(session.frame) == (
        "This neuron looks at rows 1–2 and columns 1–2 in red, green and blue, all inside the picture. "
        "12 products and the bias add up to −1.50; the same 12 weights serve all 30 places of this map."
    )
    assert sentence(at(session, "jump conv1 5 4 0")).startswith(
        "This neuron looks at rows 5–6 and columns 4–5 in red, green and blue; "
        "3 of its 4 places lie in padding, outside the picture, and count as 0."
    )
    assert sum_text(at(session, "jump conv1 5 4 0", "taps open", "step 5 mac")) == (
        "0.00 × −0.25 = −0.00, so far −0.38 (tap 6 of 12: row 5, column 5, blue, padding)".replace("−0.00", "0.00")
    )
    assert sum_text(at(session, "step 6 mac")).endswith(
        "so far −0.38 (tap 12 of 12: row 6, column 5, blue, padding) + 0.00 bias = Z[0,5,4,0] = −0.38"
    )
    session.do("taps close")
    assert sum_text(at(session, "jump relu1 1 1 0")) == "max(0, −1.50) = A[0,1,1,0] = 0.00"
    assert "below 0, so relu blocks it: 0.00 comes out" in sentence(session.frame)
    assert sum_text(at(session, "jump pool1 0 0 1")) == (
        "largest of 2×2 = A[0,0,0,1] = 0.00 at row 0, column 0, the first of 4 that tie"
    )
    assert "3 other places have it too" in sentence(session.frame)
    assert window_title(at(session, "jump pool1 2 2 1")) == "rows 4–5, cols 4–5, ch 1"
    assert "2 of its 4 places lie in padding, outside the map, count as minus" in sentence(session.frame).replace(
        "and count", "count"
    )


def test_a_sum_says_about_where_its_rounded_terms_come_to_another_number() -> None:
    """By hand: 7.916 + 0.864 − 0.876 = 7.904, but 7.92 + 0.86 − 0.88 = 7.90; with the bias 7.908."""
    weights = Given(np.array([7.916, 0.864, -0.876]).reshape(1, 1, 3, 1))
    bias = Given(np.array([0.004]))
    network = alone((1, 2, 3), conv("conv1", Sliding((1, 1)), 1, weights=weights, bias=bias), picture=True)
    session = Session(network, np.array([[[1, 1, 1], [0, 0, 0]]]))
    assert sum_text(session.frame) == "7.92 red + 0.86 green − 0.88 blue + 0.004 bias ≈ Z[0,0,0,0] = 7.91"
    assert "add up to 7.91;" in sentence(session.frame)
    assert sum_text(at(session, "jump 0 1 0")) == "0.00 red + 0.00 green + 0.00 blue + 0.004 bias = Z[0,0,1,0] = 0.004"
    assert sum_text(at(session, "jump 0 0 0", "taps open", "step 1 mac")) == (
        "1.00 × 0.86 = 0.86, so far 8.78 (tap 2 of 3: row 0, column 0, green)"
    )
    third = sum_text(at(session, "step 1 mac"))
    assert third.startswith("1.00 × −0.88 = −0.88, so far 7.90 (tap 3 of 3")
    assert third.endswith(" + 0.004 bias ≈ Z[0,0,0,0] = 7.91")


def test_a_product_of_rounded_factors_that_rounds_otherwise_is_about() -> None:
    """By hand: 0.664 × 0.174 = 0.1155, but 0.66 × 0.17 = 0.1122; so far 0.12 and 0.1155 is 0.2311."""
    network = alone((1, 2, 1), conv("conv1", Sliding((1, 2)), 1, weights=Given(np.full((1, 2, 1, 1), 0.174))))
    session = Session(network, np.full((1, 2, 1), 0.664))
    assert sum_text(at(session, "taps open")) == "0.66 × 0.17 ≈ 0.12, so far 0.12 (tap 1 of 2: row 0, column 0)"
    assert sum_text(at(session, "step 1 mac")).startswith("0.66 × 0.17 ≈ 0.12, so far ≈ 0.23 (tap 2 of 2: row 0, ")


def test_decimals_are_those_that_were_asked_for_everywhere() -> None:
    """1/3 + 1/7 + 2/3 of a bias, with three decimals in the sum, the sentence, the code and at a tap."""
    weights = Given(np.array([1 / 3, 1 / 7]).reshape(1, 2, 1, 1))
    network = alone((1, 2, 1), conv("c", Sliding((1, 2)), 1, weights=weights, bias=Given(np.array([2 / 3]))), Tanh("t"))
    session = Session(network, np.ones((1, 2, 1)))
    frame = replace(session.frame, decimals=3)
    assert sum_text(frame) == "0.476 from 2 products + 0.667 bias = Z[0,0,0,0] = 1.143"
    assert "add up to 1.143;" in sentence(frame)
    assert [line.value for line in code_lines(frame) if line.current] == ["1.143"]
    tap = replace(frame, cursor=frame.cursor._replace(tap=1))
    assert sum_text(tap).startswith("1.000 × 0.143 = 0.143, so far 0.476 (tap 2 of 2")
    bent = replace(at(session, "layer t"), decimals=3)
    assert sum_text(bent) == "tanh(1.143) = A[0,0,0,0] = 0.815"
    assert "bends it to 0.815" in sentence(bent)
    assert "1.143 is bent to 0.815" in caption(bent)


def test_many_channels_and_inputs_become_the_largest_and_the_rest() -> None:
    weights = np.zeros((1, 1, 9, 1))
    weights[0, 0] = np.array([1, 2, 3, -40, 5, 6, 70, 8, 9])[:, None] / 10
    network = alone(
        (2, 3, 9), conv("conv1", Sliding((1, 1)), 1, weights=Given(weights)), Flatten("flatten"), Dense("fc", units=2)
    )
    session = Session(network, np.full((2, 3, 9), 0.5))
    assert sum_text(session.frame) == (
        "3.50 ch 6 − 2.00 ch 3 + 0.45 ch 8 + 0.40 ch 7 + 0.85 from 5 others + 0.00 bias = Z[0,0,0,0] = 3.20"
    )
    assert re.search(r"conv1\[1,2,0\]", sum_text(at(session, "jump fc 1")))
    assert "row 1, column 2, channel 0 of conv1" in sentence(at(session, "taps open", "jump fc 1", "step 5 mac"))
    assert sum_text(at(session, "taps close", "jump flatten 4")) == (
        "conv1[1,1,0] → place (1·3 + 1)·1 + 0 = 4: A[0,4] = 3.20"
    )


def test_softmax_and_mean() -> None:
    network = alone((3,), Softmax("softmax"))
    session = Session(network, np.log([1.0, 2.0, 5.0]))
    assert sum_text(at(session, "jump 1")) == "exp(0.69 − 1.61) / sum of 3 = 0.40 / 1.60 = A[0,1] = 0.25"
    assert sentence(session.frame).endswith("This one's score is 0.69, the 2nd largest, and its share is 25%.")
    session = Session(
        alone((3, 3, 1), avg_pool("pool", Sliding((2, 2), (2, 2), padding="same"))), np.arange(9).reshape(3, 3, 1)
    )
    assert sum_text(at(session, "jump 0 1 0")) == "7.00 / 2 = A[0,0,1,0] = 3.50 (2 of 4 are padding, not counted)"
    assert sentence(session.frame) == (
        "This neuron takes the mean of rows 0–1 and columns 2–3; 2 of its 4 places lie in padding, outside the input, "
        "and are left out. 2 values add up to 7.00; divided by 2 that is 3.50."
    )


def test_whole_numbers_are_shown_whole() -> None:
    edge = np.array([[1, 0, -1]] * 3).reshape(3, 3, 1, 1)
    network = alone((6, 6, 1), conv("edge", Sliding((3, 3)), 1, weights=Given(edge)), Relu("relu"))
    session = Session(network, np.array([[10, 10, 10, 0, 0, 0]] * 6).reshape(6, 6, 1))
    assert sum_text(at(session, "jump 1 1 0")) == "30 from 9 products + 0 bias = Z[0,1,1,0] = 30"
    assert sum_text(at(session, "layer relu", "jump 1 1 0")) == "max(0, 30) = A[0,1,1,0] = 30"


def test_nan_and_infinity_are_said() -> None:
    picture = x(4, 4, 1)
    picture[0, 0] = np.nan
    network = alone((4, 4, 1), conv("conv1", Sliding((2, 2)), 1), max_pool("pool", Sliding((2, 2))))
    session = Session(network, picture)
    assert sentence(session.frame).endswith("Of the values it looks at 1 is NaN, not a number, so NaN comes out.")
    assert "NaN" not in sentence(at(session, "jump 1 1 0"))
    assert "NaN" in sentence(at(session, "jump pool 0 0 0"))
    with np.errstate(all="ignore"):
        session = Session(network, np.full((4, 4, 1), 3e38))
        large = alone((4, 4, 1), conv("conv1", Sliding((2, 2)), 1, weights=Given(np.full((2, 2, 1, 1), 3e38))))
        session = Session(large, np.full((4, 4, 1), 3e38))
        assert sentence(session.frame).endswith("The numbers are too large for float32, so ∞ comes out.")


def test_a_number_of_the_channel_that_is_not_finite_is_said() -> None:
    broken = alone((2, 2, 2), PRelu("prelu", alpha=Given(np.array([1, np.nan], np.float32))))
    session = Session(broken, np.full((2, 2, 2), -1.0))
    assert "NaN" not in sentence(session.frame)
    assert sentence(at(session, "jump 0 0 1")).endswith("Its alpha is NaN, not a number, so NaN comes out.")
    still = Given(np.zeros(1, np.float32))
    session = Session(alone((1, 1, 1), BatchNorm("bn", variance=still, epsilon=0.0)), np.ones((1, 1, 1)))
    assert sentence(session.frame).endswith("Its scale is infinite, so ∞ comes out.")


def test_the_only_weight_is_one() -> None:
    broken = alone((2, 2, 1), conv("conv1", Sliding((1, 1)), 1, weights=Given(np.full((1, 1, 1, 1), np.nan))))
    assert sentence(Session(broken, x(2, 2, 1)).frame).endswith("The weight is NaN, not a number, so NaN comes out.")


def test_a_mirrored_nan_is_seen_in_padding() -> None:
    picture = x(4, 4, 1)
    picture[1, 1] = np.nan
    mirrored = conv("conv1", Sliding((2, 2), padding=Padding(1, 0, 1, 0)), 1, padding_mode="reflect")
    session = Session(alone((4, 4, 1), mirrored), picture)
    assert sentence(session.frame).endswith("Of the values it looks at 1 is NaN, not a number, so NaN comes out.")


def test_faults_are_told_in_words() -> None:
    network = alone(
        (4, 4, 1), conv("conv1", Sliding((5, 3)), 2), Relu("relu1"), Flatten("flatten"), Dense("fc", units=2)
    )
    session = Session(network, x(4, 4, 1))
    said = sentence(session.frame)
    assert said.startswith("conv1 can't work: a window of 5x3 does not fit in the 4x4 input. ")
    assert sum_text(session.frame) == said
    assert window_title(session.frame) == ""
    assert [(line.code, line.value, line.current) for line in code_lines(session.frame)] == [
        ("n_H = (4 - 5) // 1 + 1", "0", True),
        ("n_W = (4 - 3) // 1 + 1", "2", False),
    ]
    failing = code_lines(session.frame)
    assert sentence(at(session, "layer fc")).startswith("fc waits for conv1, which can't work: a window of 5x3")
    assert code_lines(session.frame) == failing
    assert (
        caption(session.frame) == "fc waits for conv1, which can't work: a window of 5x3 does not fit in the 4x4 input."
    )
    mismatch = alone((4, 4, 1), Flatten("flatten"), Dense("fc", units=2, inputs=9))
    session = Session(mismatch, x(4, 4, 1))
    assert "made for 9 inputs, but 16 arrive" in sentence(at(session, "layer fc"))
    assert [(line.code, line.value, line.current) for line in code_lines(session.frame)] == [
        ("a = A_prev[i]", "16 values", False),
        ("Z[i] = a @ W + b", "W is 9×2", True),
    ]


def test_windows_in_words() -> None:
    assert span(range(4, 5), "row") == "row 4"
    assert span(range(17, 21), "row") == "rows 17–20"
    assert span(range(-1, 3), "row") == "rows −1 to 2"
    assert span(range(1, 6, 2), "row") == "rows 1, 3 and 5"
    assert span(range(-2, 13, 3), "row") == "every 3rd row from −2 to 10"
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 22, 113)] == ["1st", "2nd", "3rd", "4th", "11th", "22nd", "113th"]
    session = Session(dilated(), x(8, 10, 6))
    assert window_title(session.frame) == "rows −4 to −1 by 3, cols −1 to 3 by 2"


def test_valid_padding_is_not_mentioned() -> None:
    session = Session(alone((4, 4, 1), conv("conv1", Sliding((2, 2), padding=VALID), 1)), x(4, 4, 1))
    assert "A_prev_pad" not in "".join(line.code for line in code_lines(session.frame))
