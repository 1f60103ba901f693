"""Differences planted in a plain NumPy forward pass, and in nets, both ways round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from nets import F32

from convstep.answers.diff import Net, Saved, diff
from convstep.engine.geometry import VALID, Padding
from convstep.errors import ArgumentError, ShapeError
from convstep.layers import AvgPool, BatchNorm, Conv, Dense, Flatten, LeakyRelu, Softmax
from convstep.layers.weights import Given
from convstep.network import Network, Values

RNG = np.random.default_rng(7)
SHAPE = (11, 8, 3)


def numbers(*shape: int, low: float = -1, high: float = 1) -> Any:
    return RNG.uniform(low, high, shape).astype(np.float32)


X = numbers(2, *SHAPE, low=0.05)
P = {
    "W1": numbers(4, 4, 3, 6),
    "b1": numbers(6),
    "gamma": numbers(6, low=0.5),
    "beta": numbers(6),
    "mean": numbers(6),
    "variance": numbers(6, low=0.01),
    "W2": numbers(3, 3, 6, 6),
    "b2": numbers(6),
    "W3": numbers(3 * 4 * 6, 5),
    "b3": numbers(5),
}


def network(p: dict[str, Any] = P, **layers: Any) -> Network:
    """The net; `layers` gives fields of layers: conv1={"padding": VALID}."""
    w = {name: Given(array) for name, array in p.items()}
    made = [
        Conv("conv1", filters=6, kernel=(4, 4), stride=(2, 1), padding="same", weights=w["W1"], bias=w["b1"]),
        BatchNorm("bn1", gamma=w["gamma"], beta=w["beta"], mean=w["mean"], variance=w["variance"], epsilon=1e-3),
        LeakyRelu("act1", alpha=0.1),
        Conv("conv2", filters=6, kernel=(3, 3), padding="same", weights=w["W2"], bias=w["b2"]),
        AvgPool("pool1", kernel=(2, 2), padding="same"),
        Flatten("flat"),
        Dense("fc", units=5, weights=w["W3"], bias=w["b3"]),
        Softmax("prob"),
    ]
    kept = [replace(each, **layers.get(each.name, {})) for each in made if layers.get(each.name, {}) is not None]
    return Network("test", SHAPE, tuple(kept), F32)


def net(name: str = "net", x: Any = X, p: dict[str, Any] = P, **layers: Any) -> Net:
    return Net(name, Values(network(p, **layers), x))


def conv(x: Any, W: Any, b: Any, stride: tuple[int, int], pads: Any, fill: str = "constant") -> Any:
    """A convolution as einsum over windows, in float64."""
    x = np.pad(x.astype(np.float64), [(0, 0), *pads, (0, 0)], mode=fill)  # type: ignore[call-overload]
    windows = np.lib.stride_tricks.sliding_window_view(x, W.shape[:2], (1, 2))[:, :: stride[0], :: stride[1]]
    return np.einsum("bhwcij,ijco->bhwo", windows, W.astype(np.float64)) + b


def framework(x: Any = X, first: bool = False, **wrong: Any) -> dict[str, Any]:
    """The same net computed by other means, with mistakes; `first` for channels first, and flattened so."""
    p = P | {name: value for name, value in wrong.items() if name in P}
    pads = wrong.get("pads", [(1, 2), (1, 2)])
    z = conv(x, p["W1"], p["b1"], (2, 1), pads, wrong.get("fill", "constant"))
    out = {"conv1": z}
    if "last" in wrong:
        return {"conv1": (z.transpose(0, 3, 1, 2) if first else z).astype(np.float32)}
    scale = p["gamma"] / np.sqrt(p["variance"].astype(np.float64) + wrong.get("epsilon", 1e-3))
    out["bn1"] = z = (z - p["mean"]) * scale + p["beta"]
    out["act1"] = z = np.where(z > 0, z, z * wrong.get("slope", 0.1))
    z = conv(z, p["W2"], p["b2"], (1, 1), [(1, 1), (1, 1)])
    out["conv2"] = z = wrong.get("after", lambda each: each)(z)
    m, n_H, n_W, n_C = z.shape
    out["pool1"] = z = z.reshape(m, n_H // 2, 2, n_W // 2, 2, n_C).mean((2, 4))
    rows = z.transpose(0, 3, 1, 2) if first or wrong.get("chw") else z
    out["flat"] = rows.reshape(m, -1)
    z = (z.transpose(0, 3, 1, 2) if wrong.get("chw") else z).reshape(m, -1) @ p["W3"].astype(np.float64)
    out["fc"] = z = z + p["b3"]
    z = z - z.max(1, keepdims=True)
    out["prob"] = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    if first:
        out = {name: each.transpose(0, 3, 1, 2) if each.ndim == 4 else each for name, each in out.items()}
    return {name: each.astype(wrong.get("dtype", np.float32)) for name, each in out.items()}


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


IN_DUMPS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "symmetric": ({"pads": [(2, 1), (1, 2)]}, "conv1", "padding", "top 2, bottom 1, left 1, right 2"),
    "same_lower": ({"pads": [(2, 1), (2, 1)]}, "conv1", "padding", "same_lower"),
    "valid": ({"pads": [(0, 0), (0, 0)], "last": True}, "conv1", "padding", "VALID"),
    "reflect": ({"fill": "reflect"}, "conv1", "padding", "reflect"),
    "edge": ({"fill": "edge"}, "conv1", "padding", "edge"),
    "oihw": ({"W1": P["W1"].transpose(3, 2, 0, 1).reshape(4, 4, 3, 6)}, "conv1", "layout", "OIHW, read as HWIO"),
    "hwio": ({"W1": P["W1"].reshape(6, 3, 4, 4).transpose(2, 3, 1, 0)}, "conv1", "layout", "HWIO, read as OIHW"),
    "transposed": ({"W1": P["W1"].transpose(1, 0, 2, 3)}, "conv1", "layout", "rows for columns"),
    "flipped": ({"W1": P["W1"][::-1, ::-1]}, "conv1", "layout", "180°"),
    "in for out": ({"W2": P["W2"].transpose(0, 1, 3, 2)}, "conv2", "layout", "HWOI"),
    "epsilon": ({"epsilon": 1e-5}, "bn1", "epsilon", "epsilon 1e-05 instead of 0.001"),
    "slope": ({"slope": 0.3}, "act1", "slope", "slope 0.3"),
    "no bias": ({"b1": np.zeros(6)}, "conv1", "bias", "no bias"),
    "no bias in fc": ({"b3": np.zeros(5)}, "fc", "bias", "no bias"),
    "another bias": ({"b2": numbers(6)}, "conv2", "bias", "constant"),
    "flatten": ({"chw": True}, "fc", "flatten order", "CHW"),
    "activation": ({"after": lambda z: np.maximum(z, 0)}, "conv2", "activation", "relu"),
    "half": ({"after": lambda z: z.astype(np.float16)}, "conv2", "float16", "float16"),
    "255": ({"x": X * 255}, "conv1", "preprocessing", "times 255"),
    "1/255": ({"x": X / 255}, "conv1", "preprocessing", "divided by 255"),
    "-1..1": ({"x": X * 2 - 1}, "conv1", "preprocessing", "−1..1 instead of 0..1"),
    "bgr": ({"x": X[..., ::-1]}, "conv1", "preprocessing", "BGR instead of RGB"),
    "imagenet": (
        {"x": (X - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]}, "conv1", "preprocessing", "ImageNet's mean",
    ),
    "two": (
        {"W1": P["W1"].transpose(1, 0, 2, 3), "b1": np.zeros(6)}, "conv1", "layout+bias", "columns, and no bias",
    ),
}  # fmt: skip


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


IN_NETS: dict[str, tuple[dict[str, Any], str, str]] = {
    "padding": ({"conv1": {"padding": "same_lower"}}, "conv1", "padding"),
    "valid": ({"conv1": {"padding": VALID}}, "conv1", "padding"),
    "odd padding": ({"conv1": {"padding": Padding(3, 0, 0, 3)}}, "conv1", "padding"),
    "stride": ({"conv1": {"stride": (1, 2)}}, "conv1", "stride"),
    "dilation": ({"conv2": {"dilation": (2, 2)}}, "conv2", "dilation"),
    "epsilon": ({"bn1": {"epsilon": 0.37}}, "bn1", "epsilon"),
    "no bias": ({"conv1": {"bias": None}}, "conv1", "bias"),
    "bias": ({"conv1": {"bias": Given(numbers(6))}}, "conv1", "bias"),
    "weights": ({"conv2": {"weights": Given(numbers(3, 3, 6, 6))}}, "conv2", "weights"),
    "no activation": ({"act1": None}, "conv2", "missing layer"),
    "gamma": ({"bn1": {"gamma": Given(numbers(6))}}, "bn1", "gamma"),
    "counted": ({"pool1": {"padding": Padding(1, 0, 1, 0)}}, "pool1", "padding"),
}


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
