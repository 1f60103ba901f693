"""Differences planted in a plain NumPy forward pass, and in nets, both ways round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from differing import IN_DUMPS, IN_NETS, P, X, conv, framework, net, network, numbers
from nets import F32

from convstep.answers.diff import Net, Saved, diff
from convstep.errors import ArgumentError, ShapeError
from convstep.layers import Conv, Flatten
from convstep.layers.weights import Given
from convstep.network import Network, Values


@pytest.mark.parametrize("first", [False, True])
def test_other_code_for_the_same_net_is_never_accused(first: bool) -> None:
    outputs = framework(first=first)
    if not first:
        outputs["input"] = X
    for sides in ((net(), Saved("dump", outputs)), (Saved("dump", outputs), net())):
        found = diff(*sides)
        assert found.first is None, found.first
        assert len(found.pairs) == 8
    some = {name: outputs[name] for name in ("fc", "act1")}  # in any order, and few of them
    assert diff(net(), Saved("dump", some)).first is None
    renamed = {f"layer.{n}": each for n, each in enumerate(outputs[name] for name in outputs if name != "input")}
    assert diff(net(), Saved("dump", renamed)).first is None


@pytest.mark.parametrize("names", [["conv2"], ["act1"], ["act1", "conv2"], ["bn1", "conv2", "fc"], ["prob"]])
def test_saved_outputs_of_other_names_are_found_among_those_of_their_shape(names: list[str]) -> None:
    """conv1, bn1, act1 and conv2 have one shape, fc and prob another."""
    outputs = framework(first=True)
    saved = {f"features.{n}": outputs[name] for n, name in enumerate(names)}
    found = diff(net(), Saved("dump", saved))
    assert found.first is None
    assert [own for own, _ in found.pairs] == names
    wrong = framework(first=True, b3=np.zeros(5))
    found = diff(net(), Saved("dump", {**saved, "x": wrong["fc"]}) if "fc" not in names else Saved("dump", saved))
    assert (found.first is None) == ("fc" in names or "prob" in names)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_precision_is_rounding(dtype: Any) -> None:
    wide = Net("other", Values(replace(network(), dtype=np.dtype(dtype)), X))
    assert diff(net(), wide).first is None
    assert diff(wide, net()).first is None


@pytest.mark.parametrize("name", IN_DUMPS)
@pytest.mark.parametrize("first", [False, True])
def test_a_mistake_in_what_was_saved_is_named(name: str, first: bool) -> None:
    wrong, layer, kind, words = IN_DUMPS[name]
    if name == "flatten":
        first = False  # flattened channels first, that is no mistake
    outputs = framework(first=first, **wrong)
    if name == "flatten":
        outputs = {each: outputs[each] for each in outputs if each != "flat"}
    right = framework()
    for turned in (False, True):
        sides = (Saved("dump", outputs), net()) if turned else (net(), Saved("dump", outputs))
        at = diff(*sides).first
        assert at is not None
        assert at.layers == (layer, layer)
        found = [(cause.kind, cause.words) for cause in at.causes]
        assert any(kind == each and words in said for each, said in found), found
        assert all(cause.side == "net" and cause.like == "dump" for cause in at.causes)
        ours = at.windows[turned]
        assert ours.side == "net"
        np.testing.assert_allclose(ours.value, right[layer][(at.index[0], *at.place)], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", IN_NETS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_mistake_in_a_net_is_named(name: str, turned: bool) -> None:
    wrong, layer, kind = IN_NETS[name]
    right, other = net("right"), net("wrong", **wrong)
    at = (diff(other, right) if turned else diff(right, other)).first
    assert at is not None
    assert at.layers == (layer, layer)
    assert kind in [cause.kind for cause in at.causes]


def test_first_neuron_and_tap_are_those_of_the_numbers() -> None:
    """One weight is changed: the tap is that weight's, and the neuron the first that reads a value other than 0."""
    W = P["W2"].copy()
    W[2, 1, 4, 3] += 0.5
    at = diff(net("a"), net("b", p=P | {"W2": W})).first
    assert at is not None
    outputs = framework(), framework(W2=W)
    apart = np.argwhere(np.abs(outputs[0]["conv2"] - outputs[1]["conv2"]) > 1e-4)
    assert at.index == tuple(apart[0])
    assert (at.differing, at.index[3]) == (len(apart), 3)
    assert at.tap == (2, 1, 4)
    assert at.others == ()
    one, other = at.windows
    assert one.sum is not None
    assert other.sum is not None
    assert one.bias is not None
    np.testing.assert_allclose(one.sum + one.bias, one.value, rtol=1e-5)
    np.testing.assert_allclose(
        one.value - other.value, outputs[0]["conv2"][at.index] - outputs[1]["conv2"][at.index], rtol=1e-3
    )


@pytest.mark.parametrize("first", [False, True])
def test_a_flatten_in_the_other_order_is_named(first: bool) -> None:
    outputs = framework(first=first) | {"flat": framework(first=not first)["flat"]}
    at = diff(net(), Saved("dump", outputs)).first
    assert at is not None
    assert (at.layers[0], at.others) == ("flat", ("fc",))
    assert [("HWC" if first else "CHW") in cause.words for cause in at.causes] == [True]


def test_numbers_too_small_for_a_dtype_are_rounding() -> None:
    tiny = X * np.float32(1e-7)
    p = P | {"b1": np.zeros(6, np.float32)}
    wide = replace(network(p), dtype=np.dtype(np.float16))
    assert diff(net(x=tiny, p=p), Net("half", Values(wide, tiny))).first is None


def test_two_mistakes_are_two() -> None:
    at = diff(net("a"), net("b", conv1={"padding": "same_lower"}, fc={"bias": None})).first
    assert at is not None
    assert (at.layers[0], at.others) == ("conv1", ("fc",))


def test_noise_is_nothing_that_is_known() -> None:
    outputs = framework()
    outputs["conv2"] = outputs["conv2"] + numbers(*outputs["conv2"].shape, low=0.1)
    at = diff(net(), Saved("dump", outputs)).first
    assert at is not None
    assert (at.layers[0], at.causes, at.others) == ("conv2", (), ("pool1",))


def test_nan_and_infinities_are_compared_too() -> None:
    outputs = framework()
    outputs["conv1"][1, 2, 3, 4] = np.nan
    at = diff(net(), Saved("dump", outputs)).first
    assert at is not None
    assert (at.index, at.differing) == ((1, 2, 3, 4), 1)
    x = X.copy()
    x[0, 3, 3, 1] = np.inf
    assert diff(net(x=x), net("other", x=x)).first is None


def test_inputs_that_differ_are_said_first() -> None:
    at = diff(net(), net("other", x=X * 255)).first
    assert at is not None
    assert (at.layers, [cause.kind for cause in at.causes], at.others) == (("input", "input"), ["preprocessing"], ())


def test_a_folded_batch_norm_is_none() -> None:
    """What exporters do: a convolution that has the batch norm in its weights is the batch norm's match."""
    scale = P["gamma"] / np.sqrt(P["variance"] + 1e-3)
    folded = {"W1": P["W1"] * scale, "b1": (P["b1"] - P["mean"]) * scale + P["beta"]}
    short = net("short", p=P | folded, bn1=None)
    for sides in ((net(), short), (short, net())):
        found = diff(*sides)
        assert found.first is None, found.first
        assert {"bn1", "conv1"} in [set(pair) for pair in found.pairs]


def test_layers_are_mapped_by_hand() -> None:
    outputs = framework()
    given = {"conv1": "x", "fc": "y"}
    saved = Saved("dump", {"x": outputs["conv1"], "y": outputs["fc"], "z": np.zeros((2, 9))})
    assert diff(net(), saved, given).pairs == (("conv1", "x"), ("fc", "y"))
    with pytest.raises(ArgumentError, match="net has no layer 'cnv1'"):
        diff(net(), saved, {"cnv1": "x"})
    with pytest.raises(ArgumentError, match="dump has no layer 'w'"):
        diff(net(), saved, {"conv1": "w"})
    with pytest.raises(ShapeError):
        diff(net(), saved, {"conv1": "z"})


def test_what_can_not_be_said() -> None:
    with pytest.raises(ArgumentError, match="no layer of net could be matched"):
        diff(net(), Saved("dump", {"a": np.zeros((2, 9)), "b": np.zeros(())}))
    with pytest.raises(ShapeError, match="has 1 examples, but the input has 2"):
        diff(net(), Saved("dump", {name: each[:1] for name, each in framework().items()}))
    other = Net("other", Values(Network("o", (9, 8, 3), (Flatten("flat"),), F32), np.zeros((1, 9, 8, 3))))
    with pytest.raises(ShapeError, match="there is no input for both"):
        diff(net(), other)


@pytest.mark.parametrize("turned", [False, True])
def test_a_last_layer_that_one_net_lacks_is_a_difference(turned: bool) -> None:
    whole, short = net("whole"), net("short", prob=None)
    at = (diff(short, whole) if turned else diff(whole, short)).first
    assert at is not None
    assert set(at.layers) == {"prob", "fc"}
    assert "missing layer" in [cause.kind for cause in at.causes]


def test_sides_that_agree_only_in_part_are_not_said_to_agree() -> None:
    outputs = framework() | {"fc": np.zeros((2, 7), np.float32)}
    with pytest.raises(ShapeError, match="dump, fc: is 2×7, which does not fit 5 in net"):
        diff(net(), Saved("dump", outputs))
    with pytest.raises(ShapeError, match="all layers before agree, but one net can't go on"):
        diff(net(), net("other", fc={"inputs": 9}))


def test_cubes_are_tried_both_ways() -> None:
    """A map as high as wide as deep does not tell where its channels lie."""
    W, x = numbers(3, 3, 6, 5), numbers(1, 5, 5, 6)
    made = Conv("conv1", filters=5, kernel=(3, 3), padding="same", weights=Given(W))
    whole = Net("net", Values(Network("cube", (5, 5, 6), (made,), F32), x))
    z = conv(x, W, 0, (1, 1), [(1, 1), (1, 1)])
    for array in (z, z.transpose(0, 3, 1, 2)):
        assert diff(whole, Saved("dump", {"y": array.astype(np.float32)})).first is None
    assert diff(whole, Saved("dump", {"y": z.transpose(0, 1, 3, 2)})).first is not None


def test_two_dumps_are_compared_as_they_are() -> None:
    one, other = Saved("one", framework()), Saved("other", framework(first=True))
    assert diff(one, other).first is None
    at = diff(one, Saved("other", framework(epsilon=1e-5))).first
    assert at is not None
    assert at.layers == ("bn1", "bn1")
