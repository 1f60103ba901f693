"""Nets that branch: values, what is computed and what is kept, faults, receptive fields, memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import nets
import numpy as np
import oracle
import pytest
from nets import conv, conv1d

from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.errors import ArgumentError, MismatchError, ShapeError
from convstep.layers import (
    Add,
    Concat,
    Conv,
    ConvTranspose,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    PRelu,
    Relu,
    Sigmoid,
    Softmax,
    Upsample,
    Windowed,
)
from convstep.layers.weights import Drawn, Filled, Given
from convstep.network import Network, Values
from convstep.network.network import FIXED_BYTES, WINDOW_ARRAYS
from convstep.network.receptive import fields

X = nets.x(2, 5, 4, 2)


def net(shape: tuple[int, ...], *layers: Layer, dtype: type = np.float32) -> Network:
    return Network("net", shape, layers, np.dtype(dtype))


def test_values_are_the_oracles_branch_by_branch() -> None:
    found = nets.branching().forward(X)
    plain = ((1, 1), (1, 1))
    weights = [nets.x(3, 2, 2, 4, seed=1), nets.x(2, 2, 4, 4, seed=2), nets.x(3, 2, 3, 8, seed=3)]
    conv1, conv2, stamps = (each.tolist() for each in weights)
    z = {"conv1": oracle.conv(X.tolist(), conv1, [0] * 4, plain[0], (1, 1, 0, 1), plain[1], 1)}
    z["relu1"] = oracle.each(z["conv1"], lambda x, _: oracle.relu(x))
    z["pool1"] = oracle.pool(z["conv1"], "max", (2, 3), (1, 1), (0, 1, 1, 1), (1, 1))
    z["conv2"] = oracle.conv(z["relu1"], conv2, [0] * 4, (1, 1), (0, 1, 0, 1), (1, 1), 1)
    z["add1"] = oracle.combined([z["conv2"], z["pool1"]], sum)
    z["concat1"] = oracle.concat([z["add1"], z["relu1"]])
    b = nets.x(3, seed=4).tolist()
    z["up1"] = oracle.conv_transpose(z["concat1"], stamps, b, (2, 3), (0, 1, 0, 0), (0, 1), (1, 1), 1)
    z["pool2"] = oracle.pool(z["up1"], "avg", (2, 3), (2, 3), (0, 0, 0, 0), (1, 1))
    z["flatten"] = np.array(z["pool2"]).reshape(2, 60)
    assert list(found)[:-1] == list(z)
    for name, expected in z.items():
        np.testing.assert_allclose(found[name], np.array(expected), rtol=2e-6, atol=2e-6, err_msg=name)
        assert found[name].shape == np.array(expected).shape
    assert found["fc"].shape == (2, 2)


def test_a_layer_may_take_the_input_and_take_one_layer_twice() -> None:
    network = net((2, 3, 1), Relu("a"), Add("b", sources=("input", "a", "a")), Relu("c", sources=("input",)))
    x = np.array([[[-1], [2], [-3]], [[4], [-5], [6]]], np.float32)
    values = network.forward(x)
    assert values["b"].ravel().tolist() == [-1, 6, -3, 12, -5, 18]
    assert values["c"].ravel().tolist() == [0, 2, 0, 4, 0, 6]


NEEDED = {
    "conv1": "conv1",
    "relu1": "conv1 relu1",
    "pool1": "conv1 pool1",
    "conv2": "conv1 relu1 conv2",
    "add1": "conv1 relu1 pool1 conv2 add1",
    "concat1": "conv1 relu1 pool1 conv2 add1 concat1",
}


@pytest.mark.parametrize("name", NEEDED)
def test_only_what_a_layer_is_made_of_is_computed(name: str) -> None:
    network = nets.branching()
    assert network.needed_for(name) == NEEDED[name].split()
    values = Values(network, X)
    at_work = dict.fromkeys(layer for layer, _, _ in values.compute(name))
    assert list(at_work) == NEEDED[name].split()
    assert [each for each in network.names if values.is_known(each)] == NEEDED[name].split()


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        ("conv1", "conv1 relu1 pool1 conv2 add1 concat1 up1 pool2 flatten fc"),
        ("pool1", "pool1 add1 concat1 up1 pool2 flatten fc"),
        ("conv2", "conv2 add1 concat1 up1 pool2 flatten fc"),
        ("pool2", "pool2 flatten fc"),
    ],
)
def test_a_change_computes_anew_what_depends_on_it_and_nothing_else(changed: str, anew: str) -> None:
    network = nets.branching()
    values = Values(network, X)
    before = {name: (values.operation(name), values.output(name)) for name in network.names}
    padding = Padding(1, 0, 1, 1) if changed == "pool1" else Padding(1, 0, 0, 1)
    after = Values(network.with_window(changed, padding=padding, stride=(1, 1)), values.x, known=values)
    again = anew.split()
    assert [name for name in network.names if not after.is_known(name)] == again
    if after.network.fault is not None:
        again = again[:1]
    for name in network.names:
        if name not in anew.split():
            assert after.operation(name) is before[name][0]
            assert after.output(name) is before[name][1]
        elif name in again:
            assert after.output(name) is not before[name][1]


def test_the_same_layer_with_other_sources_is_another() -> None:
    layers: tuple[Layer, ...] = (Relu("a"), Relu("b", sources=("input",)), Add("c", sources=("a", "b")))
    values = Values(net((2, 2, 1), *layers), nets.x(2, 2, 1))
    values.output("c")
    swapped = replace(values.network, layers=(*layers[:2], Add("c", sources=("b", "a"))))
    assert [Values(swapped, values.x, known=values).is_known(name) for name in "abc"] == [True, True, False]


def test_a_layer_that_takes_what_is_before_it_is_another_where_that_is_another() -> None:
    a, b = Relu("a", sources=("input",)), Sigmoid("b", sources=("input",))
    values = Values(net((2, 2, 1), a, b, Relu("c")), nets.x(2, 2, 1))
    values.output("c")
    values.output("a")
    after = Values(net((2, 2, 1), b, a, Relu("c")), values.x, known=values)
    assert [after.is_known(name) for name in "abc"] == [True, True, False]


def test_a_fault_on_one_branch_leaves_the_other_alive() -> None:
    network = nets.branching().with_window("pool1", padding=VALID)
    assert [stage.output for stage in network.stages[:4]] == [(5, 4, 4), (5, 4, 4), (4, 2, 4), (5, 4, 4)]
    fault = network.stage("add1").fault
    assert str(fault) == (
        "add1: add takes maps of one shape, but 5×4×4 and 4×2×4 arrive: their heights and widths differ. "
        "Name inputs of one shape, or change what is before them"
    )
    for waiting in ("concat1", "up1", "pool2", "flatten", "fc"):
        assert str(network.stage(waiting).fault) == f"{waiting}: waits for add1"
    values = Values(network, X)
    assert values.output("conv2").tobytes() == Values(nets.branching(), X).output("conv2").tobytes()
    with pytest.raises(ShapeError, match="add1: add takes maps of one shape"):
        values.output("concat1")
    assert values.work("concat1") == 0
    with pytest.raises(ShapeError, match="add takes maps of one shape"):
        network.forward(X)


def test_a_layer_waits_for_the_first_of_two_that_cant_work() -> None:
    network = net(
        (4, 5, 1),
        conv("a", Sliding((9, 9)), 1),
        conv("b", Sliding((8, 8)), 1, sources=("input",)),
        Relu("c", sources=("b",)),
        Add("d", sources=("c", "a")),
        Relu("e"),
    )
    assert [str(stage.fault).partition(". ")[0] for stage in network.stages] == [
        "a: a window of 9x9 does not fit in the 4x5 input",
        "b: a window of 8x8 does not fit in the 4x5 input",
        "c: waits for b",
        "d: waits for b",
        "e: waits for b",
    ]


@pytest.mark.parametrize("sources", [("later",), ("own",), ("input", "later")])
def test_an_output_that_is_not_there_yet_cant_be_taken(sources: Sequence[str]) -> None:
    with pytest.raises(ArgumentError, match=f"own: it can't take the output of {sources[-1]}, which is not before it"):
        net((2, 2, 1), Add("own", sources=tuple(sources)), Relu("later"))


def joined(padding: Padding | str, made_for: int) -> Network:
    """Two convolutions side by side, and a dense layer behind both."""
    return net(
        (8, 6, 2),
        conv("a", Sliding((3, 3), padding=padding), 4),  # type: ignore[arg-type]  # a word, or four numbers
        conv("b", Sliding((3, 3), padding=padding), 2, sources=("input",)),  # type: ignore[arg-type]
        Concat("c", sources=("a", "b")),
        Flatten("f"),
        PRelu("p"),
        Dense("d", units=3, inputs=made_for),
    )


@pytest.mark.parametrize(
    ("padding", "made_for", "said"),
    [
        (VALID, 288, "288 inputs, but 144 arrive: 6×4×6 = 144 from c. With SAME padding everywhere, 8×6×6 = 288 would"),
        (
            "same",
            144,
            "144 inputs, but 288 arrive: 8×6×6 = 288 from c. With VALID padding everywhere, 6×4×6 = 144 would",
        ),
        ("full", 145, "145 inputs, but 480 arrive: 10×8×6 = 480 from c"),
    ],
)
def test_a_mismatch_is_explained_through_branches(padding: str, made_for: int, said: str) -> None:
    network = joined(padding, made_for)
    network = replace(network, layers=tuple(each for each in network.layers if each.name != "p"))
    fault = network.fault
    assert isinstance(fault, MismatchError)
    assert str(fault).startswith(f"d: its weights were made for {said}")
    assert str(fault).endswith("would arrive") == ("padding everywhere" in said)


def test_a_row_that_is_changed_on_the_way_was_made_where_that_happened() -> None:
    assert "288 arrive: 288 from p" in str(joined("same", 1).fault)


def test_a_padding_that_breaks_a_branch_is_no_way_out() -> None:
    """VALID makes the two branches unlike, so that nothing at all would arrive."""
    network = net(
        (6, 6, 1),
        conv("a", Sliding((3, 3), padding="same"), 1),
        Add("b", sources=("a", "input")),
        Flatten("f"),
        Dense("d", units=1, inputs=16),
    )
    assert str(network.fault) == "d: its weights were made for 16 inputs, but 36 arrive: 6×6×1 = 36 from b"


def test_numbers_that_turn_out_too_few_are_a_fault_and_those_for_all_fit() -> None:
    def behind(alpha: Given | Filled) -> Network:
        layers = (conv("a", Sliding((3, 3)), 1), Flatten("f"), Dense("d", units=3, inputs=30), PRelu("p", alpha=alpha))
        return net((5, 6, 1), *layers)

    few = behind(Given(np.ones(2)))
    assert str(few.stage("p").fault) == "p: waits for d"
    assert str(few.with_window("a", padding="same").stage("p").fault) == "p: expected 3 numbers for alpha, got 2"
    assert behind(Filled(0.5)).with_window("a", padding="same").fault is None


def test_all_before_is_a_padding_along_a_length_only() -> None:
    along = net((9, 2), conv1d("a", Sliding((3, 1)), 1))
    assert along.with_window("a", padding="causal").stages[0].layer.padding_for((9, 2)) == Padding(2, 0, 0, 0)
    with pytest.raises(ArgumentError, match="conv1: causal padding goes along a length"):
        nets.branching().with_window("conv1", padding="causal")


def test_padding_along_a_length_has_no_left_and_right() -> None:
    along = net((9, 2), conv1d("a", Sliding((3, 1)), 1), MaxPool("b", kernel=(2, 1)))
    for name in "ab":
        layer = along.with_window(name, padding=Padding(1, 2, 3, 4)).stage(name).layer
        assert isinstance(layer, Windowed)
        assert layer.padding == Padding(1, 2, 0, 0)
    flat = nets.branching().with_window("conv1", padding=Padding(1, 2, 3, 4)).stage("conv1").layer
    assert flat.padding_for((5, 4, 2)) == Padding(1, 2, 3, 4)


# Receptive fields: every pixel is poked, one at a time, and every neuron asked whether that moves it


def seen(network: Network, name: str) -> dict[tuple[int, int], tuple[list[int], list[int]]]:
    """Which rows and columns of the input each place of a layer depends on."""
    height, width, _ = network.input_shape
    pokes = np.eye(height * width).reshape(height * width, height, width, 1)
    moved = network.forward(pokes)[name].reshape(height * width, *network.stage(name).output or ())
    moved = moved.reshape(height, width, *(moved.shape[1:] if moved.ndim == 4 else (1, 1, -1))) != 0
    found = {}
    for h in range(moved.shape[2]):
        for w in range(moved.shape[3]):
            rows, cols = np.nonzero(moved[:, :, h, w].any(axis=-1))
            found[h, w] = (sorted(set(map(int, rows))), sorted(set(map(int, cols))))
    return found


def ones(name: str, kernel: tuple[int, int], n_C_prev: int = 1, filters: int = 1, **more: object) -> Conv:
    weights = Given(np.ones((*kernel, n_C_prev, filters)))
    return Conv(name, filters=filters, kernel=kernel, weights=weights, **more)  # type: ignore[arg-type]  # fields of a Conv


def test_two_branches_see_what_both_of_them_see() -> None:
    network = net(
        (20, 18, 1),
        ones("a", (3, 2), stride=(2, 1)),
        ones("b", (5, 1), stride=(1, 1), padding=Padding(2, 2, 0, 0)),
        ones("c", (1, 4), padding=Padding(0, 0, 1, 2), sources=("a",)),
        Add("d", sources=("b", "c")),
        ones("e", (2, 3), stride=(1, 2)),
        dtype=np.float64,
    )
    found = fields(network)
    sizes = {name: (field.size, tuple(map(int, field.jump))) for name, field in found.items()}
    assert sizes == {
        "a": ((3, 2), (2, 1)),
        "b": ((11, 2), (2, 1)),
        "c": ((3, 5), (2, 1)),
        "d": ((11, 5), (2, 1)),
        "e": ((13, 7), (2, 2)),
    }
    for name in sizes:
        places = seen(network, name)
        middle = (next(iter(places))[0] + max(h for h, _ in places) // 2, max(w for _, w in places) // 2)
        rows, cols = places[middle]
        assert (rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1) == found[name].size, name


def test_a_transposed_convolution_sees_fewer_pixels_than_it_stamps_values() -> None:
    network = net(
        (6, 5, 1),
        ones("a", (3, 3), padding="same"),
        ConvTranspose("b", filters=1, kernel=(4, 3), stride=(2, 3), weights=Given(np.ones((4, 3, 1, 1)))),
        Upsample("c", scale=(1, 2)),
        dtype=np.float64,
    )
    found = fields(network)
    assert {name: tuple(map(str, field.jump)) for name, field in found.items()} == {
        "a": ("1", "1"),
        "b": ("1/2", "1/3"),
        "c": ("1/2", "1/6"),
    }
    for name in "abc":
        for rows, cols in seen(network, name).values():
            assert rows[-1] - rows[0] + 1 <= found[name].size[0]
            assert cols[-1] - cols[0] + 1 <= found[name].size[1]
    rows, cols = seen(network, "b")[6, 7]
    assert (rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1) == found["b"].size == (4, 3)


def test_what_looks_at_all_of_a_branch_sees_all_of_it() -> None:
    network = net(
        (6, 8, 1),
        ones("a", (3, 3)),
        GlobalAvgPool("mean"),
        Flatten("f", sources=("a",)),
        Dense("d", units=1, weights=Given(np.ones((24, 1)))),
        Softmax("s"),
        dtype=np.float64,
    )
    found = fields(network)
    assert {name: field.size for name, field in found.items()} == {
        "a": (3, 3),
        "mean": (6, 8),
        "f": (3, 3),
        "d": (6, 8),
        "s": (6, 8),
    }


# Memory and work


def test_bytes_are_counted_for_every_layer_of_every_branch() -> None:
    network = nets.branching()
    m = 3
    weights = 3 * 2 * 2 * 4 + 4 + 2 * 2 * 4 * 4 + 4 + 3 * 2 * 3 * 8 + 3 + 60 * 2 + 2
    outputs = 4 * 20 * 4 + 20 * 4 + 20 * 8 + 10 * 12 * 3 + 60 + 60 + 2
    working = max(stage.workspace for stage in network.stages)
    assert working >= WINDOW_ARRAYS * 60
    assert network.bytes_needed(m) == 4 * (m * 5 * 4 * 2 + weights + m * outputs + working) + FIXED_BYTES
    double = replace(network, dtype=np.dtype(np.float64))
    assert double.bytes_needed(m) - FIXED_BYTES == 2 * (network.bytes_needed(m) - FIXED_BYTES)


def test_a_branch_that_cant_work_takes_no_memory() -> None:
    whole, broken = nets.branching(), nets.branching().with_window("pool1", padding=VALID)
    dead = sum(stage.stored_elements(1) for stage in whole.stages[4:])
    smaller = 20 * 4 - 4 * 2 * 4
    working = [max(stage.workspace for stage in each.stages) for each in (whole, broken)]
    assert whole.bytes_needed(1) - broken.bytes_needed(1) == 4 * (dead + smaller + working[0] - working[1])


def test_work_counts_every_example_and_every_layer_that_is_not_known_once() -> None:
    def work(*known: str, name: str = "add1", m: int = 2) -> int:
        values = Values(nets.branching(), nets.x(m, 5, 4, 2))
        for each in known:
            values.output(each)
        return values.work(name)

    conv1, relu1, pool1, conv2, add1 = (taps * prod((5, 4, 4)) for taps in (3 * 2 * 2, 1, 6, 16, 2))
    assert work() == 2 * (conv1 + relu1 + pool1 + conv2 + add1)
    assert work(m=1) * 2 == work()
    assert work("pool1") == 2 * (relu1 + conv2 + add1)
    assert work("relu1") == 2 * (pool1 + conv2 + add1)
    assert work("add1") == 0
    assert work(name="pool1") == 2 * (conv1 + pool1)


@pytest.mark.parametrize("shape", [(7, 5, 300, 20), (4, 5000, 3), (50, 400)])
def test_drawn_weights_are_spread_as_their_names_say(shape: tuple[int, ...]) -> None:
    """He: the root of 2 / fan-in; Glorot's uniform: that of 2 / (fan-in + fan-out); inputs first, neurons last."""
    fan_in, fan_out = prod(shape[:-1]), prod(shape[:-2]) * shape[-1]
    spreads = {"he": (2 / fan_in) ** 0.5, "xavier": (2 / (fan_in + fan_out)) ** 0.5, "normal": 1.0}
    for init, expected in spreads.items():
        for seed in (0, 1, 2):
            weights = Drawn(init, seed).of(shape, np.dtype(np.float64))
            assert weights.std() == pytest.approx(expected, rel=0.03)
            assert abs(weights.mean()) < 0.05 * expected
    assert not Drawn("zeros").of(shape, np.dtype(np.float64)).any()
