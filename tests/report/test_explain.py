"""The sum, the sentence and the code of every step, of every kind of layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pytest
from nets import averaged, avg_pool, conv, conv1d, every_kind, max_pool, x

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
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Identity,
    Layer,
    LeakyRelu,
    MaxPool,
    Multiply,
    Pad,
    PRelu,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
    Upsample,
    Windowed,
)
from convstep.layers.products import Products
from convstep.layers.weights import Drawn, Given
from convstep.layers.words import ordinal, span
from convstep.network import Network, Values
from convstep.report.explain import caption, code_lines, scene_of, sentence, sum_parts, sum_text, window_title

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


def value_by_value() -> Network:
    """5x6x2 through all that goes value by value."""
    two = Given(np.array([0.1, -0.3], np.float32))
    layers: tuple[Layer, ...] = (
        LeakyRelu("leaky_relu"),
        PRelu("prelu", alpha=two),
        Clip("clip", min=-np.inf, max=0.5),
        BatchNorm("batch_norm", gamma=two, mean=two, beta=two, variance=Given(np.array([4.0, 0.25], np.float32))),
        Sigmoid("sigmoid"),
        Tanh("tanh"),
        Dropout("dropout"),
        Identity("identity"),
        Clip("relu6"),
    )
    return alone((5, 6, 2), *layers)


def joined() -> Network:
    """6x4x3 through branches that are added, multiplied and joined: 6x4x10."""
    layers: tuple[Layer, ...] = (
        conv("conv1", Sliding((3, 3), padding="same_lower"), 5, bias=None),
        DepthwiseConv("depthwise", multiplier=2, kernel=(2, 3), padding="same", sources=("input",)),
        conv("conv2", Sliding((1, 1)), 5, sources=("depthwise",)),
        Add("add", sources=("conv1", "conv2")),
        Multiply("multiply", sources=("add", "conv1", "conv2")),
        Concat("concat", sources=("multiply", "add")),
        GlobalMaxPool("largest"),
    )
    return alone((6, 4, 3), *layers)


def enlarged() -> Network:
    """3x4x4 made larger in every way."""
    layers: tuple[Layer, ...] = (
        ConvTranspose("up", filters=4, kernel=(3, 2), stride=(2, 3), groups=2, bias=Drawn("normal", 1)),
        Upsample("repeated", scale=(1, 2)),
        Pad("zeros", padding=Padding(1, 0, 2, 1)),
        Pad("mirrored", padding=Padding(2, 1, 0, 1), mode="reflect"),
        Pad("repeated_edge", padding=Padding(0, 2, 1, 0), mode="edge"),
        ConvTranspose("dilated", filters=2, kernel=(2, 2), dilation=(2, 3), padding=Padding(1, 0, 2, 1), bias=None),
    )
    return alone((3, 4, 4), *layers)


def padded() -> Network:
    """7x6x2 with padding of every mode and word, and remainders that get a window."""
    layers: tuple[Layer, ...] = (
        conv("mirrored", Sliding((3, 2), (1, 1), padding=Padding(2, 1, 1, 0)), 3, padding_mode="reflect"),
        conv("edge", Sliding((2, 3), (2, 1), padding="full"), 2, padding_mode="edge", bias=None),
        MaxPool("max", kernel=(2, 2), stride=(3, 2), ceil_mode=True),
        AvgPool("mean", kernel=(3, 3), stride=(2, 2), padding=Padding(1, 1, 1, 1), ceil_mode=True),
        AvgPool("counted", kernel=(2, 3), stride=(2, 2), padding=Padding(1, 0, 1, 1), ceil_mode=True,
                count_include_pad=True),
    )  # fmt: skip
    return alone((7, 6, 2), *layers)


def longer() -> Network:
    """9x2, a length, through what makes it longer, and a causal convolution."""
    layers: tuple[Layer, ...] = (
        conv1d("causal", Sliding((3, 1), (1, 1), (2, 1), "causal"), 3),
        ConvTranspose("up", filters=2, kernel=(3, 1), stride=(4, 1)),
        Pad("pad", padding=Padding(1, 2, 0, 0), mode="reflect"),
        Upsample("twice", scale=(2, 1)),
        DepthwiseConv("depthwise", kernel=(2, 1), bias=None),
        Sigmoid("sigmoid"),
        Concat("concat", sources=("depthwise", "sigmoid")),
        GlobalMaxPool("largest"),
        Tanh("tanh"),
        Add("add", sources=("largest", "tanh")),
    )
    return alone((9, 2), *layers)


NETS = [
    (every_kind(), x(2, 9, 7, 2)),
    (averaged(), x(1, 6, 4, 3)),
    (along_length(), x(2, 11, 2)),
    (dilated(), x(1, 8, 10, 6)),
    (alone((4, 3, 2), Softmax("softmax")), x(1, 4, 3, 2)),
    (alone((5, 2), GlobalAvgPool("mean"), Flatten("flatten")), x(1, 5, 2)),
    (alone((3,), GlobalAvgPool("mean"), Flatten("flatten"), Dense("fc", units=1, bias=None)), x(1, 3)),
    (value_by_value(), x(2, 5, 6, 2)),
    (joined(), x(2, 6, 4, 3)),
    (enlarged(), x(2, 3, 4, 4)),
    (padded(), x(2, 7, 6, 2)),
    (longer(), x(2, 9, 2)),
]


def test_all_kinds_are_told_of() -> None:
    assert {layer.kind for network, _ in NETS for layer in network.layers} == set(KINDS)


def frames(network: Network, inputs: Any, *, opened: bool = False) -> Iterator[Frame]:
    values = Values(network, inputs)
    for stage in network.stages:
        operation = values.operation(stage.name)
        for step in walk(operation, 0, values.output(stage.name)):
            yield Frame(network, Cursor(stage.name, step.number), step)
            if opened:
                for tap in range(step.input_slice.size):
                    yield Frame(network, Cursor(stage.name, step.number, tap), step)


def at(session: Session, *lines: str) -> Frame:
    for line in lines:
        session.do(line)
    return session.frame


@pytest.mark.parametrize(("network", "inputs"), NETS)
@pytest.mark.parametrize("broken", [None, np.nan, np.inf, -np.inf, 0.0])
def test_every_step_and_tap_can_be_told(network: Network, inputs: Array, broken: float | None) -> None:
    if broken is not None:
        inputs = inputs.copy()
        inputs[:, ::2] = broken
    with np.errstate(all="ignore"):
        all_ = list(frames(network, inputs, opened=broken in (None, np.nan)))
    for frame in all_[:: max(1, len(all_) // 300)]:
        said, code, line = sentence(frame), code_lines(frame), sum_text(frame)
        assert said.endswith(".")
        assert said[0].isupper()
        assert not re.search(r"  |\.\.|!| ,|-\d|None|nan|inf\b", said), said
        assert not re.search(r"  |--|\+ −|−−|nan|inf\b", line), line
        assert sum(row.current for row in code) == 1
        assert [row.code for row in code if not row.code.isascii() or len(row.code) > 52] == []
        assert len(caption(frame)) <= 78
        assert len(window_title(frame)) <= 44
        assert figure(frame.value, scene_of(frame).decimals) in said or frame.stage.layer.kind in ("softmax", "relu")
        if frame.cursor.tap is None:
            assert f"] = {figure(frame.value, scene_of(frame).decimals)}" in line


def places(text: str, word: str) -> list[int]:
    """Read "rows −1 to 2", "rows 17–20", "row 4", "rows 1, 3 and 5" or "every 2nd row from 1 to 9" back."""
    number = r"−?\d+"
    if match := re.search(rf"every (\d+)\w\w {word} from ({number}) to ({number})", text):
        step, first, last = (int(group.replace("−", "-")) for group in match.groups())
        return list(range(first, last + 1, step))
    match = re.search(rf"\b{word}s? ({number}(?:–{number}| to {number}|(?:, {number})* and {number})?)", text)
    assert match, text
    found = [int(group.replace("−", "-")) for group in re.findall(number, match[1])]
    return list(range(found[0], found[1] + 1)) if re.search("–|to", match[1]) else found


@pytest.mark.parametrize(("network", "inputs"), NETS)
def test_a_sentence_counts_right(network: Network, inputs: Array) -> None:
    """Ranges, padding, products and places are those found by going through the window place by place."""
    for frame in frames(network, inputs):
        kind, step = frame.stage.layer.kind, frame.step
        assert step is not None
        if kind not in ("conv", "conv1d", "max_pool", "avg_pool"):
            continue
        said, (_, h, w, _) = sentence(frame), step.index
        down, across = step.operation.geometry.rows, step.operation.geometry.cols
        rows = [h * down.stride - down.before + k * down.dilation for k in range(down.kernel)]
        cols = [w * across.stride - across.before + k * across.dilation for k in range(across.kernel)]
        outside = sum(not (0 <= row < down.size and 0 <= col < across.size) for row in rows for col in cols)
        total = len(rows) * len(cols)
        if len(frame.stage.input or ()) == 2:
            assert places(said, "place") == rows
        else:
            assert places(said, "row") == rows
            assert places(said, "column") == cols
        if outside:
            counted = re.search(r"; (\d+|all) of its (\d+) places? (lies|lie) in padding", said)
            assert counted
            assert counted.groups() == (
                str(outside) if outside < total else "all",
                str(total),
                "lies" if outside == 1 else "lie",
            )
        else:
            assert re.search(r", (all )?inside the (map|input|picture)", said)
            assert "padding" not in said
        if kind == "avg_pool" and outside < total - 1:
            places_counted = total - outside
            if isinstance(frame.stage.layer, AvgPool) and frame.stage.layer.count_include_pad:
                below, beside = down.size + down.after, across.size + across.after
                places_counted = sum(row < below and col < beside for row in rows for col in cols)
            assert f"{places_counted} values add up to" in said
        if step.filter is not None:
            _, n_H, n_W, _ = step.operation.geometry.shape
            bias = " and the bias" if getattr(frame.stage.layer, "bias", None) else ""
            assert f"{step.filter.size} products{bias} add up" in said
            assert f"the same {step.filter.size} weights serve all {n_H * n_W:,} places" in said
        if kind == "max_pool" and (won := step.argmax) is not None:
            assert (rows.index(won[1]), cols.index(won[2])) == divmod(int(step.input_slice.argmax()), len(cols))
            assert f"row {won[1]}, column {won[2]}" in said or f"place {won[1]}" in said
            tied = int((step.input_slice == step.value).sum())
            assert ("it too" in said) == (tied > 1)
            assert (f"the first of {tied} that tie" in sum_text(frame)) == (tied > 1)


NUMPYS = {"zero": "constant", "reflect": "reflect", "edge": "edge"}


def run(frame: Frame, inputs: list[Array]) -> Array:
    """Execute a frame's code; return what it fills."""
    stage, step = frame.stage, frame.step
    assert step is not None
    assert stage.output is not None
    (A_prev, *_), layer = inputs, stage.layer
    result = np.full((len(A_prev), *stage.output), np.nan)
    known: dict[str, Any] = {"np": np, "Z": result, "A": result, "A_prev": A_prev, "inputs": inputs}
    if layer.face(step) in ("before_after", "bars"):
        known["Z"] = A_prev
    for name, shape in layer.arrays(stage.input).items():
        called = {"weights": "W", "bias": "b"}.get(name, name)
        known[called] = getattr(layer, name).of(shape if 0 not in shape else (A_prev.shape[1], shape[1]), F32)
    rows, cols = step.operation.geometry.rows, step.operation.geometry.cols
    sides = [(0, 0), (rows.before, rows.after), (cols.before, cols.after), (0, 0)]
    if isinstance(layer, Windowed) and max(map(max, sides)):
        if len(stage.input or ()) == 2:
            del sides[2]
        how: Any = NUMPYS[rows.mode]
        more = {"constant_values": step.operation.fill} if how == "constant" else {}
        known["A_prev_pad"] = np.pad(A_prev, sides, how, **more)
        if isinstance(layer, AvgPool) and not layer.count_include_pad:
            del known["A_prev_pad"]
    exec("\n".join(line.code for line in code_lines(frame)), known)
    return result


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
@pytest.mark.parametrize("tap", [None, 1])
@pytest.mark.parametrize(("network", "inputs"), NETS)
def test_code_computes_the_layer(network: Network, inputs: Array, tap: int | None) -> None:
    """A learner who types the lines in, closed or opened into taps, gets what the engine gets."""
    values = Values(network, inputs)
    for stage in network.stages:
        operation = values.operation(stage.name)
        output = values.output(stage.name)
        given = [inputs if name == "input" else values.natural(name) for name in stage.sources]
        steps = walk(operation, prod(output.shape) // 2, output)
        step = next(
            step
            for step in steps
            if tap is None or step.input_slice.size > 1 or stage.layer.taps(stage.input or ()) < 2
        )
        opened = tap if step.input_slice.size > 1 else None
        got = run(Frame(network, Cursor(stage.name, step.number, opened), step), given)
        np.testing.assert_allclose(got, values.natural(stage.name), rtol=1e-4, atol=1e-6)


def read(text: str) -> tuple[float, float]:
    """Read a number as it is shown; return it, and half a unit of its last digit."""
    mantissa, _, exponent = text.replace("−", "-").partition("e")
    decimals = len(mantissa.partition(".")[2])
    scale = 10.0 ** int(exponent or 0)
    return float(mantissa) * scale, 0.5 * 10**-decimals * scale


@pytest.mark.parametrize(("network", "inputs"), NETS)
def test_the_terms_of_a_sum_add_up_to_its_value(network: Network, inputs: Array) -> None:
    """To within what was rounded away of each of them."""
    for frame in list(frames(network, inputs))[::5]:
        if not isinstance(frame.stage.layer, (Products, Add)):
            continue
        terms, _, value = sum_text(frame).partition(" = ")
        first, *others = re.split(r" ([+−]) ", terms)
        signed = [first, *(sign.replace("+", "") + term for sign, term in zip(others[::2], others[1::2], strict=True))]
        read_terms = [read(term.split()[0]) for term in signed]
        shown, unsure = read(value.rpartition(" ")[2])
        assert abs(sum(term for term, _ in read_terms) - shown) <= sum(half for _, half in read_terms) + unsure + 1e-6


@pytest.mark.parametrize(("network", "inputs"), NETS)
def test_the_last_tap_leads_to_the_value(network: Network, inputs: Array) -> None:
    """Its running sum, with the bias, or divided by what counts, is what comes out."""
    for frame in list(frames(network, inputs))[::5]:
        step = frame.step
        assert step is not None
        if step.input_slice.size < 2 or isinstance(frame.stage.layer, Softmax):
            continue
        total = float(step.taps()[-1].total)
        if isinstance(frame.stage.layer, (AvgPool, GlobalAvgPool)):
            total = total / step.count if step.count else np.nan
        total += float(step.bias or 0)
        np.testing.assert_allclose(total, float(step.value), rtol=2e-6, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
@pytest.mark.parametrize(("network", "inputs"), NETS[:4])
def test_code_shows_its_own_values(network: Network, inputs: Array) -> None:
    """What stands beside a loop or an index is what a run has there when it reaches this neuron."""
    for frame in list(frames(network, inputs))[::7]:
        lines = code_lines(frame)
        assert frame.step is not None
        i, h, w, c = frame.step.index
        if frame.stage.layer.kind == "flatten":
            h, w, c = frame.step.rows[0], frame.step.cols[0], frame.step.channels[0]
        known: dict[str, Any] = {"i": i, "h": h, "w": w, "c": c, "max": max}
        for line in lines:
            code = line.code.strip()
            if match := re.fullmatch(r"for (\w) in range\((\d+)\):", code):
                assert line.value == f"{match[1]} = {known[match[1]]}"
                assert known[match[1]] < int(match[2])
            elif match := re.fullmatch(r"(\w+) = ([-+*/%(), \w]+)", code):
                if re.search(r"[A-Z]", match[2]):
                    continue
                known[match[1]] = eval(match[2], known)
                assert line.value == str(known[match[1]])


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
        "0.00 × −0.25 = −0.00, sum so far −0.38 (tap 6 of 12: row 5, column 5, blue, padding)".replace("−0.00", "0.00")
    )
    assert sum_text(at(session, "step 6 mac")).endswith(
        "sum so far −0.38 (tap 12 of 12: row 6, column 5, blue, padding) + 0.00 bias = Z[0,5,4,0] = −0.38"
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
    assert sentence(at(session, "layer fc")).startswith("fc waits for conv1, which can't work: a window of 5x3")
    assert code_lines(session.frame) == []
    assert (
        caption(session.frame) == "fc waits for conv1, which can't work: a window of 5x3 does not fit in the 4x4 input."
    )
    mismatch = alone((4, 4, 1), Flatten("flatten"), Dense("fc", units=2, inputs=9))
    session = Session(mismatch, x(4, 4, 1))
    assert "made for 9 inputs, but 16 arrive" in sentence(at(session, "layer fc"))


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
