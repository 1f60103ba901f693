"""What a neuron sees, and which neurons see a value: judged by changing values, and looking which others change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from time import process_time
from typing import Any

import nets
import numpy as np
import pytest
from commands import convstep
from hypothesis import given, settings
from hypothesis import strategies as st
from nets import avg_pool, conv, max_pool
from numpy.typing import NDArray

from convstep.answers.seen import seen_by, sees
from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.engine.steps import compute_blocks
from convstep.errors import ArgumentError, ConvstepError, ShapeError
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
    Softmax,
    Upsample,
    grid,
)
from convstep.layers.weights import Given
from convstep.network import Network, Values
from convstep.report.answers.seen import box_texts, geometry_texts, seen_by_text, seen_text
from convstep.spec import load
from convstep.spec.samples import bundled

F64 = np.dtype(np.float64)
LARGE = 1e5
"""Added to a value, it wins in every max-pool and changes every sum."""

Array = NDArray[Any]


def positive(*shape: int) -> Given:
    """Weights above 0, so that nothing cancels."""
    return Given(np.random.default_rng(len(shape)).uniform(0.5, 1.5, shape))


def net(shape: tuple[int, ...], *layers: Layer) -> Network:
    return Network("net", shape, layers, F64)


def changed(network: Network, layer: str) -> dict[str, Array]:
    """Return for each later layer which of its values change with which of the layer's values.

    Returns:
        By name, `(values of the layer, *grid(shape of the later layer))`: computed once as it is, and once for every
        value of the layer with that one made larger.
    """
    x = np.random.default_rng(7).uniform(1, 2, network.input_shape)
    known = {"input": x.reshape(1, *grid(network.input_shape))}
    first = 0
    for stage in network.stages if layer != "input" else ():
        known[stage.name] = outputs(stage.layer, [known[source] for source in stage.sources])
        if stage.name == layer:
            first = network.position(layer) + 1
            break
    size = known[layer].size
    larger = known[layer] + LARGE * np.eye(size).reshape(size, *known[layer].shape[1:])
    known = {name: np.concatenate([values] * (size + 1)) for name, values in known.items()}
    known[layer] = np.concatenate([known[layer][:1], larger])
    for stage in network.stages[first:]:
        known[stage.name] = outputs(stage.layer, [known[source] for source in stage.sources])
    numbers = {name: np.nan_to_num(values, nan=0) for name, values in known.items() if name != layer}
    return {name: values[1:] != values[:1] for name, values in numbers.items()}


def outputs(layer: Layer, inputs: Sequence[Array]) -> Array:
    operation = layer.operation(inputs)
    Z = np.empty(operation.geometry.shape, operation.dtype)
    for _ in compute_blocks(operation, Z):
        pass
    return Z


def whole(mask: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(mask, grid(shape))


def natural(shape: tuple[int, ...], place: Sequence[int]) -> list[int]:
    """Return an index into `grid(shape)` as one into an array of `shape`."""
    return {3: list(place), 2: [place[0], place[2]], 1: [place[2]]}[len(shape)]


def check_both_ways(network: Network) -> None:
    """Compare what is seen with what changes, from every layer on, for every value, forward and back."""
    back = {
        (stage.name, neuron): {each.layer: each for each in sees(network, stage.name, natural(stage.output, neuron))}
        for stage in network.stages
        if stage.output
        for neuron in product(*map(range, grid(stage.output)))
    }
    for layer in ("input", *network.names):
        shape = network.shape_of(layer)
        truth = changed(network, layer)
        for number, place in enumerate(product(*map(range, grid(shape)))):
            ahead = {each.layer: each for each in seen_by(network, layer, natural(shape, place))}
            for name, values in truth.items():
                expected = values[number]
                if name not in ahead:
                    assert not expected.any(), (layer, place, name)
                    continue
                found = whole(ahead[name].mask, network.shape_of(name))
                np.testing.assert_array_equal(found, expected, err_msg=f"{layer} {place} -> {name}")
                assert ahead[name].values == np.count_nonzero(expected)
                for neuron in product(*map(range, grid(network.shape_of(name)))):
                    seen = back[name, neuron].get(layer)
                    sees_it = seen is not None and whole(seen.mask, shape)[place]
                    assert sees_it == expected[neuron], (layer, place, name, neuron)
        check_places(network, layer, truth)


def check_places(network: Network, layer: str, truth: dict[str, Array]) -> None:
    """Compare what sees any channel of a place with the channels' own."""
    shape = network.shape_of(layer)
    if len(shape) == 1:
        return
    height, width, channels = grid(shape)
    for row, col in product(range(height), range(width)):
        for each in seen_by(network, layer, [row, col][: len(shape) - 1]):
            of_channels = truth[each.layer].reshape(height, width, channels, -1)[row, col].any(0)
            assert whole(each.mask, each.shape).ravel().tolist() == of_channels.tolist()


def conv_of(name: str, channels: int, filters: int, sliding: Sliding, **more: Any) -> Conv:
    groups = more.get("groups", 1)
    return conv(name, sliding, filters, weights=positive(*sliding.kernel, channels // groups, filters), **more)


STRIDED = Sliding((2, 3), (3, 2), (1, 2), Padding(1, 0, 2, 1))

KINDS: dict[str, Network] = {
    "strides larger than the kernel": net((7, 6, 2), conv_of("a", 2, 3, Sliding((2, 1), (3, 2)))),
    "dilated": net((8, 7, 1), conv_of("a", 1, 2, Sliding((3, 2), (1, 1), (3, 4), Padding(0, 2, 3, 0)))),
    "groups": net((3, 4, 4), conv_of("a", 4, 6, Sliding((2, 2)), groups=2), Dropout("b", rate=0.5)),
    "grouped twice": net(
        (3, 3, 6),
        conv_of("a", 6, 4, Sliding((2, 1)), groups=2),
        conv_of("b", 4, 8, Sliding((1, 2), padding="same"), groups=4),
    ),
    "depthwise": net((4, 3, 2), DepthwiseConv("a", kernel=(2, 2), multiplier=3, weights=positive(2, 2, 2, 3))),
    "depthwise of one": net(
        (3, 3, 1),
        DepthwiseConv("a", kernel=(2, 2), multiplier=2, weights=positive(2, 2, 1, 2)),
        DepthwiseConv("b", kernel=(1, 2), weights=positive(1, 2, 2, 1)),
    ),
    "same": net((6, 5, 1), conv_of("a", 1, 2, Sliding((4, 3), (2, 2), padding="same"))),
    "same_lower": net((6, 5, 1), conv_of("a", 1, 2, Sliding((4, 2), (2, 1), padding="same_lower"))),
    "full": net((3, 4, 1), conv_of("a", 1, 1, Sliding((3, 2), padding="full"))),
    "reflect": net(
        (5, 4, 1), conv_of("a", 1, 2, Sliding((3, 3), (2, 1), padding=Padding(2, 1, 3, 2)), padding_mode="reflect")
    ),
    "edge": net(
        (4, 3, 2), conv_of("a", 2, 1, Sliding((2, 3), (3, 2), padding=Padding(4, 2, 3, 4)), padding_mode="edge")
    ),
    "pad": net((3, 4, 1), Pad("a", padding=Padding(1, 2, 0, 3)), Pad("b", padding=Padding(2, 1, 1, 2), mode="reflect")),
    "pad edge": net(
        (3, 2, 2), Pad("a", padding=Padding(2, 1, 0, 3), mode="edge"), max_pool("b", Sliding((2, 2), (3, 2)))
    ),
    "ceil": net((6, 5, 1), MaxPool("a", kernel=(2, 3), stride=(4, 3), ceil_mode=True, padding=Padding(0, 1, 1, 0))),
    "averages in ceil mode": net((5, 7, 1), AvgPool("a", kernel=(2, 2), stride=(2, 3), ceil_mode=True)),
    "pools": net((7, 8, 2), max_pool("a", Sliding((2, 3), (2, 2), padding="same")), avg_pool("b", Sliding((2, 2)))),
    "stamps": net((3, 4, 2), ConvTranspose("a", filters=2, kernel=(2, 3), stride=(3, 2), weights=positive(2, 3, 2, 2))),
    "stamps with gaps": net(
        (3, 2, 2),
        ConvTranspose(
            "a",
            filters=2,
            kernel=(2, 2),
            stride=(2, 3),
            dilation=(3, 2),
            groups=2,
            padding=Padding(1, 2, 0, 1),
            output_padding=(1, 2),
            weights=positive(2, 2, 1, 2),
        ),
        conv_of("b", 2, 1, Sliding((2, 2), (2, 2))),
    ),
    "stamps, same": net(
        (4, 3, 1),
        ConvTranspose("a", filters=1, kernel=(3, 4), stride=(2, 3), padding="same", weights=positive(3, 4, 1, 1)),
    ),
    "upsample": net((2, 3, 2), Upsample("a", scale=(3, 2)), conv_of("b", 2, 1, Sliding((2, 2), (2, 3)))),
    "crop": net((4, 5, 2), Crop("a", cropping=Padding(1, 0, 2, 1)), conv_of("b", 2, 1, Sliding((2, 2)))),
    "flat": net(
        (3, 2, 3), max_pool("a", Sliding((2, 1))), Flatten("b"), Relu("c"), Dense("d", units=3, weights=positive(12, 3))
    ),
    "global": net((3, 4, 2), GlobalAvgPool("a"), Relu("b")),
    "global largest": net((3, 4, 2), conv_of("c", 2, 3, Sliding((2, 2))), GlobalMaxPool("a"), Flatten("b")),
    "normalised": net((3, 3, 2), BatchNorm("a", gamma=positive(2)), Relu("b")),
    "value by value": net(
        (2, 3, 2),
        LeakyRelu("a", alpha=0.5),
        PRelu("b", alpha=positive(2)),
        Clip("c", min=0.0, max=1e12),
        Identity("d"),
    ),
    "branches": net(
        (4, 5, 2),
        conv_of("a", 2, 2, Sliding((3, 2), padding="same")),
        max_pool("b", Sliding((2, 3), padding="same"), sources=("input",)),
        Concat("c", sources=("a", "b", "a")),
        conv_of("d", 6, 4, Sliding((2, 2), (2, 2)), groups=2),
        Add("e", sources=("a", "b")),
        Multiply("f", sources=("e", "a")),
        Concat("g", sources=("f", "input")),
        DepthwiseConv("h", kernel=(2, 1), weights=positive(2, 1, 4, 1)),
    ),
    "flat branches": net(
        (2, 2, 2), Flatten("a"), Dense("b", units=2, weights=positive(8, 2)), Concat("c", sources=("a", "b")), Relu("d")
    ),
    "a length": net(
        (9, 2),
        Conv1d("a", filters=3, kernel=(3, 1), dilation=(2, 1), padding="causal", weights=positive(3, 1, 2, 3)),
        MaxPool("b", kernel=(2, 1), stride=(3, 1)),
        Flatten("c"),
    ),
    "nothing is seen": net((2, 2, 1), conv_of("a", 1, 1, Sliding((1, 1), (2, 2), padding=Padding(2, 3, 1, 2)))),
    "an unused branch": net((3, 3, 1), conv_of("a", 1, 1, STRIDED), Relu("b", sources=("input",))),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_changes_is_what_is_seen(name: str) -> None:
    check_both_ways(KINDS[name])


def test_softmax_sees_all_channels_of_its_place() -> None:
    network = net((2, 3, 4), Softmax("a"))
    (seen,) = sees(network, "a", (1, 2, 3))
    assert (seen.box, seen.values) == ((range(1, 2), range(2, 3)), 4)
    (before,) = seen_by(network, "input", (1, 2, 3))
    assert whole(before.mask, (2, 3, 4)).nonzero()[2].tolist() == [0, 1, 2, 3]
    assert before.count == 1


WORDS = ("valid", "same", "same_lower", "full")


def is_finite(network: Network) -> bool:
    """Return whether every value can change: −∞ and NaN, of windows in padding alone, stay what they are."""
    with np.errstate(all="ignore"):
        return all(np.isfinite(Z).all() for Z in network.forward(np.ones(network.input_shape)).values())


@st.composite
def branching(draw: st.DrawFn) -> Network:
    """Up to five layers, each with one or two of those before it."""
    shape = (draw(st.integers(2, 5)), draw(st.integers(2, 5)), draw(st.integers(1, 2)))
    small = st.integers(1, 3)
    network = net(shape)
    for number in range(draw(st.integers(1, 5))):
        name, known = f"l{number}", ("input", *network.names)
        source = draw(st.sampled_from(known))
        height, width, channels = network.shape_of(source)
        kernel, stride = (draw(small), draw(small)), (draw(small), draw(small))
        padding: Any = draw(st.sampled_from(WORDS))
        padding = VALID if padding == "valid" else padding
        sliding = Sliding(kernel, stride, (draw(st.integers(1, 2)), draw(st.integers(1, 2))), padding)
        alike = [each for each in known if network.shape_of(each)[:2] == (height, width)]
        equal = [each for each in alike if network.shape_of(each)[2] == channels]
        other = draw(st.sampled_from(alike))
        groups = draw(st.sampled_from([g for g in (1, 2, 3) if channels % g == 0]))
        same = [padding] if padding in ("same", "same_lower") else [VALID]
        layers: list[Layer] = [
            conv_of(name, channels, 2 * groups, sliding, groups=groups, sources=(source,)),
            conv_of(name, channels, 1, sliding._replace(padding="same"), padding_mode="edge", sources=(source,)),
            DepthwiseConv(
                name, multiplier=2, weights=positive(*kernel, channels, 2), sources=(source,), **nets.window(sliding)
            ),
            MaxPool(name, ceil_mode=draw(st.booleans()), sources=(source,), **nets.window(sliding)),
            avg_pool(name, sliding, sources=(source,)),
            ConvTranspose(
                name,
                filters=2,
                kernel=kernel,
                stride=stride,
                dilation=sliding.dilation,
                padding=same[0],
                weights=positive(*kernel, 2, channels),
                sources=(source,),
            ),
            Upsample(name, scale=(draw(st.integers(1, 2)), 2), sources=(source,)),
            Concat(name, sources=(source, other)),
            Add(name, sources=(source, draw(st.sampled_from(equal)))),
        ]
        longer = net(shape, *network.layers, draw(st.sampled_from(layers)))
        if not longer.fault and np.prod(longer.shape_of(name)) <= 300 and is_finite(longer):
            network = longer
    return network


@settings(max_examples=20, deadline=None)
@given(branching())
def test_in_any_net_what_changes_is_what_is_seen(network: Network) -> None:
    if network.layers:
        check_both_ways(network)


def test_the_course_s_numbers() -> None:
    pixels = sees(nets.course(), "pool2", (0, 0, 3))[-1]
    assert (pixels.layer, pixels.rows, pixels.cols) == ("input", range(-1, 42), range(-1, 42))
    assert (pixels.box, pixels.count) == ((range(42), range(42)), 1764)
    assert pixels.jump == (Fraction(32), Fraction(32))
    assert pixels.centre == (20, 20)
    pixels = sees(nets.course(), "pool2", (1, 1, 3))[-1]
    assert (pixels.rows, pixels.cols) == (range(31, 74), range(31, 74))
    assert (pixels.box, pixels.count) == ((range(31, 64), range(31, 64)), 33 * 33)


def test_rows_that_a_valid_layer_dropped_are_not_seen() -> None:
    network = net(
        (7, 7, 1), max_pool("a", Sliding((2, 2), (2, 2))), conv_of("b", 1, 1, Sliding((3, 3), padding="same"))
    )
    corner = sees(network, "b", (2, 2, 0))[-1]
    assert corner.rows == range(2, 8)
    assert (corner.box[0], corner.count) == (range(2, 6), 16)
    assert [each.count for each in seen_by(network, "input", (6, 0))] == [0, 0]


def test_the_jump_after_an_upsampling_is_a_fraction() -> None:
    network = net((4, 4, 1), Upsample("a", scale=(2, 4)), conv_of("b", 1, 1, Sliding((3, 3), (3, 1))))
    assert sees(network, "b", (1, 1, 0))[-1].jump == (Fraction(3, 2), Fraction(1, 4))


def test_a_large_net_is_answered_at_once_without_its_values() -> None:
    layers: list[Layer] = []
    for block, (filters, convolutions) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
        for number in range(convolutions):
            layers += [
                conv(f"conv{block}_{number}", Sliding((3, 3), padding="same"), filters),
                Relu(f"relu{block}{number}"),
            ]
        layers.append(max_pool(f"pool{block}", Sliding((2, 2), (2, 2))))
    layers += [Flatten("flatten"), Dense("fc1", units=4096), Dense("fc2", units=4096), Dense("fc3", units=1000)]
    network = net((224, 224, 3), *layers)
    start = process_time()
    assert sees(network, "fc3", (7,))[-1].count == 224 * 224
    assert sees(network, "conv4_2", (7, 7, 0))[-1].count == 196 * 196
    assert seen_by(network, "input", (111, 111))[-1].count == 1000
    assert process_time() - start < 0.5


def test_gaps_are_told_from_boxes() -> None:
    network = net((9, 9, 1), conv_of("a", 1, 1, Sliding((3, 1), (1, 1), (2, 1))))
    (pixels,) = sees(network, "a", (0, 0, 0))
    assert (pixels.has_holes, pixels.count, pixels.box) == (True, 3, (range(5), range(1)))
    assert seen_text("a", (0, 0, 0), [pixels])[0] == (
        "neuron (0, 0, 0) of a sees rows 0–4 and col 0 of the input: 3 of 81 pixels, with gaps between them"
    )


def test_an_input_of_a_concat_whose_channels_are_not_seen_has_no_rows() -> None:
    layers: tuple[Layer, ...] = (
        conv("a", Sliding((1, 1)), 2),
        conv("b", Sliding((1, 1)), 3, sources=("input",)),
        Concat("both", sources=("a", "b")),
    )
    network = Network("joined", (6, 5, 2), layers, np.dtype(np.float32))
    found = {each.layer: each for each in sees(network, "both", (3, 2, 1))}
    assert geometry_texts(found["b"])[:2] == ("", "")
    assert box_texts(found["b"])[0] == "none"
    assert box_texts(found["a"]) == ("3", "2")


def test_a_place_with_a_channel_is_one_value() -> None:
    one, place = (seen_by(nets.residual(), "conv1", at) for at in ((1, 2, 3), (1, 2)))
    assert (one[0].values, place[0].values) == (1, 4)  # batch norm: one channel of its own
    assert seen_by_text("conv1", (1, 2, 3), one)[0].startswith("value (1, 2, 3) of conv1 is seen by 1 of 192 neurons")


# Winners


def winners_by_hand(values: Values, pool: str, index: tuple[int, int, int]) -> tuple[int, int, int] | None:
    won = values.operation(pool).argmax((0, *index))
    return won and won[1:]


@pytest.mark.parametrize("seed", range(4))
def test_winners_are_the_argmax_of_every_window(seed: int) -> None:
    network = net((7, 6, 3), max_pool("a", Sliding((3, 2), (2, 1), (1, 2), Padding(2, 1, 0, 3))))
    x = np.random.default_rng(seed).integers(-1, 2, network.input_shape).astype(float)
    x[np.random.default_rng(seed + 9).random(x.shape) < 0.2] = [np.nan, -np.inf, np.inf, 1][seed]
    values = Values(network, x)
    for index in product(*map(range, network.shape_of("a"))):
        (seen,) = sees(network, "a", index, values)
        won = winners_by_hand(values, "a", (index[0], index[1], index[2]))
        assert [tuple(map(int, each)) for each in np.argwhere(seen.mask)] == ([won] if won else [])


def test_winners_are_followed_all_the_way_back() -> None:
    network = net(
        (8, 8, 2),
        max_pool("a", Sliding((2, 2), (2, 2))),
        conv_of("b", 2, 2, Sliding((1, 2))),
        max_pool("c", Sliding((2, 3), (2, 3))),
        Flatten("d"),
    )
    values = Values(network, np.random.default_rng(3).normal(size=(8, 8, 2)))
    row, col, channel = winners_by_hand(values, "c", (1, 0, 1)) or (0, 0, 0)
    expected = {winners_by_hand(values, "a", (row, place, each)) for place in (col, col + 1) for each in (0, 1)}
    assert channel == 1
    by_name = {each.layer: each for each in sees(network, "d", (3,), values)}
    assert {tuple(map(int, each)) for each in np.argwhere(by_name["input"].mask)} == expected
    assert by_name["b"].values == 1


def test_winners_of_a_global_pool() -> None:
    network = net((3, 4, 2), GlobalMaxPool("a"))
    x = np.zeros((3, 4, 2))
    x[2, 1, 1] = 5
    (seen,) = sees(network, "a", (1,), Values(network, x))
    assert np.argwhere(seen.mask).tolist() == [[2, 1, 1]]


# Nets that can't run, and wrong questions


def test_a_net_that_cannot_run_is_answered_up_to_where_it_can() -> None:
    network = net((4, 4, 1), conv_of("a", 1, 2, Sliding((2, 2))), conv_of("b", 2, 1, Sliding((9, 9))), Relu("c"))
    assert sees(network, "a", (0, 0, 0))[-1].count == 4
    assert [each.layer for each in seen_by(network, "input", (1, 1))] == ["a"]
    with pytest.raises(ShapeError, match="a window of 9x9 does not fit"):
        sees(network, "b", (0, 0, 0))
    with pytest.raises(ShapeError, match="waits for b"):
        seen_by(network, "c", (0, 0))


WRONG: dict[str, tuple[str, Sequence[int]]] = {
    "there is no layer 'pol2'. Did you mean 'pool2'?": ("pol2", (0, 0, 0)),
    "pool2: there is no row 2. Its rows are 0 to 1": ("pool2", (2, 0, 0)),
    "pool2: there is no channel −1. Its channels are 0 to 15": ("pool2", (0, 0, -1)),
    "pool2: expected 3 numbers (row, column and channel), as its output is 2×2×16, got 2": ("pool2", (0, 0)),
    "fc: expected 1 number (value), as its output is 6, got 3": ("fc", (0, 0, 0)),
    "fc: there is no value 99999999999. Its values are 0 to 5": ("fc", (99999999999,)),
    "fc: there is no value 6. Its values are 0 to 5": ("fc", (6,)),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_neurons_are_explained(message: str) -> None:
    with pytest.raises(ConvstepError) as caught:
        sees(nets.course(), *WRONG[message])
    assert str(caught.value) == message


def test_wrong_pixels_are_explained() -> None:
    with pytest.raises(ArgumentError, match=r"input: there is no column 64\. Its columns are 0 to 63"):
        seen_by(nets.course(), "input", (0, 64))
    with pytest.raises(ArgumentError, match="as it is 64×64×3, got 1"):
        seen_by(nets.course(), "input", (0,))


# As text and as JSON


def test_the_text_of_a_neuron() -> None:
    lines = seen_text("pool2", (0, 0, 3), sees(nets.course(), "pool2", (0, 0, 3)))
    assert lines[0] == "neuron (0, 0, 3) of pool2 sees rows 0–41 and cols 0–41 of the input: 1,764 of 4,096 pixels"
    assert lines[2].split() == ["layer", "output", "sees", "rows", "cols", "with", "padding", "jump", "centre"]
    assert lines[-1] == "input  64×64×3  1,764 of 4,096  0–41  0–41  −1 to 41      32    20, 20"
    assert len(lines) == 9


def test_the_text_of_a_pixel() -> None:
    lines = seen_by_text("input", (5, 7), seen_by(nets.course(), "input", (5, 7)))
    assert lines[0] == "pixel (5, 7) of the input is seen by 128 of 32,768 neurons of conv1, and by 6 of 6 of fc"
    assert lines[3] == "conv1    64×64×8  16 of 4,096  3–6          5–8       128"
    assert lines[-1] == "fc       6        all 6        values 0–5               6"


SENTENCES = {
    "neuron 0 of d sees the whole input: all 6 pixels": ("flat", "d", (0,)),
    "neuron (0, 0, 0) of a sees nothing of the input: only padding": ("nothing is seen", "a", (0, 0, 0)),
    "neuron (8, 1) of a sees places 4–8 of the input: 3 of 9 places, with gaps between them": ("a length", "a", (8, 1)),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences(sentence: str) -> None:
    name, layer, index = SENTENCES[sentence]
    assert seen_text(layer, index, sees(KINDS[name], layer, index))[0] == sentence


def test_a_pixel_that_no_neuron_sees() -> None:
    network = net((5, 5, 1), conv_of("a", 1, 1, Sliding((2, 2), (2, 2))), Relu("b"))
    assert seen_by_text("input", (4, 0), seen_by(network, "input", (4, 0)))[0] == (
        "pixel (4, 0) of the input is seen by no neuron: no window reaches it"
    )
    assert seen_by_text("b", (0, 0), seen_by(network, "b", (0, 0))) == [
        "place (0, 0) of b is seen by no neuron: nothing comes after b"
    ]


def test_the_command() -> None:
    done = convstep("map", "course", "--neuron", "pool2:0,0,3", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["neuron"] == {"layer": "pool2", "index": [0, 0, 3]}
    assert [each["layer"] for each in answer["layers"]] == ["relu2", "conv2", "pool1", "relu1", "conv1", "input"]
    pixels = answer["layers"][-1]
    assert (pixels["rows"], pixels["cols"], pixels["pixels"]) == ([-1, 42], [-1, 42], 1764)
    assert pixels["clipped"] == {"rows": [0, 42], "cols": [0, 42]}
    assert (pixels["jump"], pixels["centre"], pixels["gaps"]) == ([32, 32], [20, 20], False)


def test_the_command_for_a_pixel() -> None:
    answer = json.loads(convstep("map", "course", "--pixel", "5,7", "--json").stdout)
    assert answer["pixel"] == [5, 7]
    first = {name: answer["layers"][0][name] for name in ("layer", "rows", "cols", "positions")}
    assert first == {"layer": "conv1", "rows": [3, 7], "cols": [5, 9], "positions": 16}
    later = json.loads(convstep("map", "course", "--pixel", "relu1:5,7", "--json").stdout)
    assert (later["layer"], later["layers"][0]["layer"]) == ("relu1", "pool1")


def test_the_command_for_winners() -> None:
    done = convstep("map", "photo", "--neuron", "pool2:0,0,3", "--winners")
    assert done.returncode == 0
    assert done.stdout.startswith("neuron (0, 0, 3) of pool2 takes its value, through the max-pools' winners, ")
    relu2 = next(line for line in done.stdout.splitlines() if line.startswith("relu2"))
    assert "1 of 64" in relu2


REFUSED = {
    "map: expected either --neuron or --pixel": (),
    "map: expected either --neuron or --pixel. Such": ("--neuron", "pool2:0,0,3", "--pixel", "5,7"),
    "--neuron: can't read the place 'pool2:a,b'. Write it as pool2:0,0,3": ("--neuron", "pool2:a,b"),
    "--neuron: '0,0,3' names no layer": ("--neuron", "0,0,3"),
    "--pixel: can't read the place 'x'": ("--pixel", "x"),
    "--winners: winners are followed back from a neuron": ("--pixel", "1,1", "--winners"),
    "convstep: there is no layer 'pol2'. Did you mean 'pool2'?": ("--neuron", "pol2:0,0,3"),
}


@pytest.mark.parametrize("message", REFUSED)
def test_the_command_refuses(message: str) -> None:
    done = convstep("map", "course", *REFUSED[message])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


@pytest.mark.parametrize("sample", list(bundled()))
def test_every_layer_of_every_sample_is_answered(sample: str) -> None:
    network, _ = load(sample)
    for stage in network.stages:
        if stage.output:
            last = [size - 1 for size in stage.output]
            found = sees(network, stage.name, last)
            assert found[-1].layer == "input"
            assert seen_text(stage.name, last, found)
            ahead = seen_by(network, stage.name, last[:-1] or last)
            assert seen_by_text(stage.name, last, ahead)
