"""What a spec says becomes the net that it means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convstep.engine.geometry import Padding, Sliding
from convstep.errors import ConvstepError, MismatchError
from convstep.layers import Conv, Conv1d, MaxPool, Windowed
from convstep.network import Network
from convstep.spec import load


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def net(layers: str, shape: str = "[8, 8, 1]", *changes: str, padding: str | None = None) -> tuple[Network, Any]:
    Path("net.yaml").write_text(f"input: {{shape: {shape}}}\nlayers: [{layers}]\n")
    return load("net.yaml", changes=changes, padding=padding)


def sliding(network: Network, name: str) -> Sliding:
    layer = network.stage(name).layer
    assert isinstance(layer, Windowed)
    return layer.sliding


def test_names() -> None:
    conv = "conv: {filters: 1, kernel: 1%s}"
    layers = [conv % "", conv % ", name: conv2", conv % ", name: first", conv % "", "max_pool: {kernel: 1}"]
    layers += ["avg_pool: {kernel: 1}", "relu", "relu: {}", "softmax", "flatten", "dense: {units: 1}", "softmax: {}"]
    network, _ = net(", ".join(f"{{{each}}}" if ":" in each else each for each in layers))
    assert network.names == (
        *("conv1", "conv2", "first", "conv3", "pool1", "pool2", "relu1", "relu2"),
        *("softmax1", "flatten", "dense1", "softmax2"),
    )


def test_a_name_that_is_given_is_not_given_twice() -> None:
    network, _ = net("flatten, {relu: {name: relu1}}, relu, {softmax: {name: flatten1}}, flatten")
    assert network.names == ("flatten2", "relu1", "relu2", "flatten1", "flatten3")


def test_sizes_and_defaults() -> None:
    network, x = net(
        "{conv: {filters: 2, kernel: [2, 3], stride: [1, 2], padding: [[1, 2], [3, 4]], dilation: 2}}, "
        "{max_pool: {kernel: [2, 1], padding: SAME}}, {avg_pool: {kernel: 3, stride: 1, padding: 1}}"
    )
    assert sliding(network, "conv1") == Sliding((2, 3), (1, 2), (2, 2), Padding(1, 2, 3, 4))
    assert sliding(network, "pool1") == Sliding((2, 1), (2, 1), (1, 1), "same")
    assert sliding(network, "pool2") == Sliding((3, 3), (1, 1), (1, 1), Padding(1, 1, 1, 1))
    assert network.title == "net"
    assert network.dtype == np.float32
    np.testing.assert_array_equal(x[0, ..., 0], np.random.RandomState(1).randn(8, 8).astype(np.float32))


def test_along_a_length() -> None:
    network, x = net(
        "{conv1d: {filters: 2, kernel: 3, stride: 2, dilation: 2, padding: [1, 2], weights: [[[1, 2]], [[3, 4]], "
        "[[5, 6]]], bias: 1}}, {max_pool: {kernel: 2, padding: 1}}",
        "[20, 1]",
    )
    conv = network.layers[0]
    assert isinstance(conv, Conv1d)
    assert conv.sliding == Sliding((3, 1), (2, 1), (2, 1), Padding(1, 2, 0, 0))
    assert sliding(network, "pool1") == Sliding((2, 1), (2, 1), (1, 1), Padding(1, 1, 0, 0))
    assert conv.bias is not None
    W = conv.weights.of((3, 1, 1, 2), network.dtype)
    assert W[:, 0, 0, :].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert conv.bias.of((2,), network.dtype).tolist() == [1, 1]
    assert {name: z.shape for name, z in network.forward(x).items()} == {"conv1d": (1, 10, 2), "pool1": (1, 6, 2)}


def test_weights_written_out() -> None:
    network, x = net(
        "{conv: {filters: 1, kernel: 2, weights: [[1, .nan], [.inf, -2.5]], bias: [3]}}, "
        "{conv: {filters: 1, kernel: 1, weights: [[[[2]]]]}}"
    )
    conv = network.layers[0]
    assert isinstance(conv, Conv)
    np.testing.assert_array_equal(conv.weights.of((2, 2, 1, 1), network.dtype).ravel(), [1, np.nan, np.inf, -2.5])
    assert np.isnan(network.forward(x)["conv2"]).all()


def test_a_batch_and_other_numbers() -> None:
    Path("net.yaml").write_text(
        "dtype: float16\ninput: {shape: [2, 3, 4, 5], random: {distribution: uniform, seed: 7}}\nlayers: [relu]\n"
    )
    network, x = load(Path("net.yaml"))
    assert network.input_shape == (3, 4, 5)
    np.testing.assert_array_equal(x, np.random.RandomState(7).random_sample((2, 3, 4, 5)).astype(np.float16))


def test_json_is_the_same_as_yaml() -> None:
    cat = "\N{SMILING CAT FACE WITH OPEN MOUTH}"
    data = {"title": cat, "input": {"shape": [4, 4, 1]}, "layers": ["relu", {"max_pool": {"kernel": 2}}]}
    Path("net.json").write_text(json.dumps(data, indent="\t"))
    network, _ = load("net.json")
    assert network.title == cat
    assert network.names == ("relu1", "pool1")
    Path("net.yaml").write_text("{title: net, input: {shape: [4, 4, 1]}, layers: [relu, max_pool: {kernel: 2}]}")
    assert load("net.yaml")[0].layers == network.layers


def test_anchors_and_windows_line_ends() -> None:
    Path("net.yaml").write_bytes(
        b"\xef\xbb\xbfinput: {shape: [8, 8, 1]}\r\nlayers:\r\n- conv: &c {filters: 1, kernel: 2}\r\n- conv: *c\r\n"
    )
    network, _ = load("net.yaml", changes=["conv2.filters=3"])
    assert [stage.output for stage in network.stages] == [(7, 7, 1), (6, 6, 3)]


def test_changes() -> None:
    conv = "{conv: {filters: 2, kernel: 3}}, {max_pool: {kernel: 2}}"
    network, x = net(
        conv,
        "[8, 8, 1]",
        *("title=another", "dtype=float64", "input.shape=[9, 9, 1]", "input.random={seed: 3}"),
        *("conv1.filters=4", "conv1.padding=same", "conv1.name=first", "first.weights.init=zeros"),
        padding="valid",
    )
    assert network.title == "another"
    assert network.names == ("first", "pool1")
    assert [stage.output for stage in network.stages] == [(9, 9, 4), (4, 4, 4)]
    assert x.dtype == np.float64
    assert not network.forward(x)["first"].any()


def test_padding_everywhere() -> None:
    network, _ = net("{conv: {filters: 2, kernel: 3}}, relu, {max_pool: {kernel: 3}}", padding="same")
    assert [sliding(network, name).padding for name in ("conv1", "pool1")] == ["same", "same"]
    network, _ = net("{conv1d: {filters: 2, kernel: 3}}", "[8, 1]", padding="1")
    assert sliding(network, "conv1d").padding == Padding(1, 1, 0, 0)


def test_setting_an_input_puts_the_others_out(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    np.save("mine.npy", np.ones((64, 64, 3)))
    network, x = load("photo", changes=["input.array=mine.npy"])
    assert (x == 1).all()
    assert not network.picture


def test_a_mismatch_that_is_to_be_looked_at() -> None:
    network, _ = net("flatten, {dense: {units: 2, inputs: 3}}")
    assert isinstance(network.fault, MismatchError)
    network, _ = net("flatten, {dense: {units: 1, weights: [[1], [2]]}}", "[2, 1, 1]", "input.shape=[3, 1, 1]")
    assert isinstance(network.fault, MismatchError)
    with pytest.raises(ConvstepError, match="were made for 2 inputs"):
        net("flatten, {dense: {units: 1, weights: [[1], [2]]}}", "[3, 1, 1]")


def test_conv_in_a_net_of_one_dimension_says_conv1d() -> None:
    with pytest.raises(ConvstepError, match=r"conv needs an input of height × width × channels[^$]*Use conv1d"):
        net("{conv: {filters: 1, kernel: 1}}", "[8, 1]")


def test_pools_default_to_their_kernel() -> None:
    network, _ = net("{max_pool: {kernel: 3}}")
    assert isinstance(network.layers[0], MaxPool)
    assert sliding(network, "pool1").stride == (3, 3)


def test_an_anchor_may_be_used_again(tmp_path: Path) -> None:
    """YAML 1.2 allows it; an alias means the latest one before it."""
    (tmp_path / "net.yaml").write_text(
        "title: T\ninput: {shape: [&a 6, &a 5, 1]}\nlayers:\n  - conv: {filters: &a 2, kernel: *a}\n"
    )
    network, _ = load(tmp_path / "net.yaml")
    assert network.stages[0].output == (5, 4, 2)
