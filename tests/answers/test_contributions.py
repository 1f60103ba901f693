"""Contributions: they sum to the value, and are what is missing when a value is taken away."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from nets import F32, averaged, branching, conv, every_kind, max_pool, meeting, residual, x

from convstep.answers.contributions import effects_of, follow, origin_of, value_of
from convstep.engine.geometry import Padding, Sliding
from convstep.errors import ArgumentError
from convstep.layers import Dense, Layer, Multiply, Relu
from convstep.layers.weights import Given
from convstep.network import Network, Values
from convstep.report.answers.contributions import effects_text, follow_text, origin_json, origin_rows, origin_text
from convstep.spec import load

NETS = [every_kind, averaged, branching, meeting, residual]


@pytest.mark.parametrize("net", NETS)
def test_contributions_bias_and_rest_sum_to_the_value(net: object) -> None:
    network: Network = net()  # type: ignore[operator]
    values = Values(network, x(2, *network.input_shape))
    rng = np.random.default_rng(0)
    for stage in network.stages:
        Z = values.natural(stage.name)
        for _ in range(4):
            index = tuple(int(rng.integers(size)) for size in Z.shape[1:])
            found = origin_of(values, stage.name, index, example=1, most=3)
            named = sum(each.amount for each in found.largest)
            total = named + found.others_amount + (found.bias or 0) + found.rest
            assert total == pytest.approx(float(Z[(1, *index)]), abs=1e-6)
            assert len(found.largest) <= 3
            amounts = [abs(each.amount) for each in found.largest]
            assert amounts == sorted(amounts, reverse=True)
            if stage.layer.kind != "batch_norm":
                assert abs(found.rest) < 1e-5


LINEAR = (
    conv("c", Sliding((3, 2), (2, 1), (1, 2), Padding(1, 0, 2, 1)), 4, groups=2, weights=Given(x(3, 2, 2, 4, seed=1))),
    conv("mirrored", Sliding((3, 3), padding="same"), 3, padding_mode="reflect", weights=Given(x(3, 3, 4, 3, seed=2))),
)


def test_a_contribution_is_what_is_missing_without_the_value() -> None:
    """An oracle without the engine's terms: a source is set to 0, and the layer computed anew."""
    network = Network("net", (7, 6, 4), LINEAR, F32)
    image = x(1, 7, 6, 4, seed=3)
    before = network.forward(image)["c"]
    for index in ((0, 0, 0), (2, 3, 3), (1, 6, 1)):
        found = origin_of(Values(network, image), "c", index, most=99)
        assert found.others == 0
        for each in found.largest:
            without = image.copy()
            without[(0, *each.at)] = 0
            missing = before[(0, *index)] - network.forward(without)["c"][(0, *index)]
            assert each.amount == pytest.approx(float(missing), abs=1e-5)
            assert each.share == pytest.approx(each.amount / float(before[(0, *index)]), rel=1e-6)


@pytest.mark.parametrize("place", [(0, 0, 0), (3, 1, 2), (6, 5, 3)])
def test_what_a_value_adds_is_what_is_missing_without_it(place: tuple[int, int, int]) -> None:
    network = Network("net", (7, 6, 4), LINEAR, F32)
    image = x(1, 7, 6, 4, seed=3)
    without = image.copy()
    without[(0, *place)] = 0
    missing = (network.forward(image)["c"] - network.forward(without)["c"])[0]
    found = effects_of(Values(network, image), "input", place, most=999)
    assert {each.at for each in found} == {tuple(map(int, at)) for at in np.argwhere(missing)}
    for each in found:
        assert each.amount == pytest.approx(float(missing[each.at]), abs=1e-5)


def test_a_mirrored_value_counts_as_often_as_it_is_read() -> None:
    """In reflected padding one value stands at several taps."""
    network = Network("net", (7, 6, 4), LINEAR, F32)
    image = x(1, 7, 6, 4, seed=3)
    values = Values(network, image)
    Z = values.natural("c")
    found = effects_of(values, "c", (1, 1, 2), most=999)
    weights = LINEAR[1].weights.of((3, 3, 4, 3), F32)
    corner = next(each for each in found if each.at == (0, 0, 1))
    read = sum(weights[a, b, 2, 1] for a in (0, 2) for b in (0, 2))
    assert corner.weight is None
    assert corner.amount == pytest.approx(float(Z[0, 1, 1, 2] * read), abs=1e-5)


def test_only_the_winner_of_a_max_pool_contributes() -> None:
    layers: tuple[Layer, ...] = (max_pool("p", Sliding((2, 2), (2, 2))),)
    image = np.array([[-3, 0], [-1, -2]], np.float32).reshape(1, 2, 2, 1)
    found = origin_of(Values(Network("net", (2, 2, 1), layers, F32), image), "p", (0, 0, 0))
    assert [(each.layer, each.at, each.amount) for each in found.largest] == [("input", (0, 1, 0), 0.0)]
    assert found.others == 0


def test_factors_share_a_product() -> None:
    layers: tuple[Layer, ...] = (Relu("a"), Multiply("m", sources=("a", "input")))
    found = origin_of(Values(Network("net", (1, 1, 1), layers, F32), np.full((1, 1, 1, 1), 3.0)), "m", (0, 0, 0))
    assert sorted((each.layer, each.amount) for each in found.largest) == [("a", 4.5), ("input", 4.5)]


def test_the_largest_is_followed_back_to_a_pixel_past_the_flatten() -> None:
    network = every_kind()
    values = Values(network, x(1, *network.input_shape))
    names = [each.layer for each in follow(values, "softmax", (3,))]
    assert names == ["softmax", "fc", "pool2", "conv2", "pool1", "relu1", "conv1"]
    last = list(follow(values, "softmax", (3,)))[-1].largest[0]
    assert last.layer == "input"
    assert last.value == float(values.x[(0, *last.at)])


def test_forward_a_flatten_is_passed() -> None:
    network = every_kind()
    values = Values(network, x(1, *network.input_shape))
    found = effects_of(values, "pool2", (1, 0, 4))
    assert {each.layer for each in found} == {"fc"}
    fc = network.layers[6]
    assert isinstance(fc, Dense)
    weights = fc.weights.of((36, 5), F32)
    value = value_of(values, "pool2", (1, 0, 4))
    expected = {k: value * float(weights[(1 * 2 + 0) * 6 + 4, k]) for k in range(5)}
    assert {each.at[0]: each.amount for each in found} == pytest.approx(expected)


def test_nan_comes_first() -> None:
    image = x(1, 7, 6, 4, seed=3)
    image[0, 1, 1, 0] = np.nan
    found = origin_of(Values(Network("net", (7, 6, 4), LINEAR, F32), image), "c", (0, 1, 0))
    assert found.largest[0].at == (1, 1, 0)
    assert found.largest[0].share is None
    assert "NaN" in origin_text(found)[2]


def test_texts() -> None:
    network = residual()
    values = Values(network, x(1, *network.input_shape))
    found = origin_of(values, "bn1", (2, 3, 1))
    assert origin_text(found)[-1].endswith("the shift: beta − scale × mean")
    assert json.loads(origin_json([found])[0])["neuron"] == {"layer": "bn1", "index": [2, 3, 1]}
    lines = follow_text(list(follow(values, "fc", (0,))))
    assert lines[0].startswith("fc[0]")
    assert "input[" in lines[-1]
    effects = effects_of(values, "input", (1, 1, 1), most=2)
    assert effects_text("input", (1, 1, 1), 0.5, effects)[0] == "input[1,1,1] = 0.5000 adds most to"
    assert effects_text("fc", (0,), 0.5, ())[0] == "fc[0] = 0.5000 is read by no neuron"


@pytest.mark.parametrize(
    ("layer", "index", "message"),
    [
        ("conv3", (0, 0, 0), "there is no layer 'conv3'"),
        ("conv1", (9, 0, 0), "row"),
        ("fc", (0, 0), "expected 1 number"),
    ],
)
def test_bad_neurons_are_refused(layer: str, index: tuple[int, ...], message: str) -> None:
    network = every_kind()
    with pytest.raises(ArgumentError, match=r".") as error:
        origin_of(Values(network, x(1, *network.input_shape)), layer, index)
    assert message in str(error.value)


def test_shares_have_one_decimal_each_and_never_minus_zero() -> None:
    network, x = load("residual")
    rows = origin_rows(origin_of(Values(network, x), "stem", (0, 0, 0)))
    assert rows[0][1] == "−501.0%"
    assert "the bias" not in [name for _, _, name, _ in rows]  # the convolution has none
    network, x = load("mnist")
    assert origin_rows(origin_of(Values(network, x), "conv1", (9, 9, 0)))[-1] == ("+0", "0.0%", "the bias", "")
    assert all(re.fullmatch(r"−?\d+\.\d%|>99\.9%", share) for _, share, _, _ in rows)
