"""Nets proposed for state dicts whose names and shapes tell more than a row of layers, against PyTorch's outputs."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from convstep import cli
from convstep.errors import SpecError
from convstep.loading import load
from convstep.models import Model, Source, read
from convstep.tensors import read as read_tensors

FILES = Path(__file__).parent / "files"

NETS = {
    "basic": (12, 10, 3),
    "bottleneck": (20, 14, 3),
    "mobile": (12, 10, 3),
    "autoencoder": (12, 8, 1),
    "autoencoder_pools": (12, 8, 2),
    "vgg": (20, 16, 3),
    "strided": (28, 28, 1),
    "signal": (24, 3),
}
"""State dicts of small nets that PyTorch 2.13 saved, and the shapes of their inputs."""


def arrays_of(name: str) -> dict[str, Any]:
    file = read_tensors(memoryview((FILES / f"torch_{name}.pt").read_bytes()), "torch")
    return {key: tensor.read() for key, tensor in file.tensors.items()}


def safetensors(arrays: Mapping[str, Any]) -> bytes:
    header, content = {}, b""
    for name, array in arrays.items():
        own = np.asarray(array, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": np.shape(array), "data_offsets": [len(content), len(content + own)]}
        content += own
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def proposed(content: bytes, form: str = "safetensors", shape: tuple[int, ...] = ()) -> Model:
    return read(memoryview(content), form, Source("net.pt", lambda *_: memoryview(b""), shape))


def made(shape: tuple[int, ...] = (), /, **shapes: tuple[int, ...]) -> Model:
    random = np.random.RandomState(2)
    arrays = {name.replace("__", "."): np.abs(random.randn(*each)) for name, each in shapes.items()}
    return proposed(safetensors(arrays), shape=shape)


def check(model: Model, name: str) -> None:
    numbers = np.load(FILES / f"torch_{name}_io.npz")
    found = model.network.forward(model.from_own(numbers["x"]))[model.network.names[-1]]
    wanted = np.moveaxis(numbers["y"], 1, -1)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize("name", NETS)
def test_the_proposed_net_computes_what_pytorch_computed(name: str) -> None:
    check(proposed((FILES / f"torch_{name}.pt").read_bytes(), "torch", NETS[name]), name)


@pytest.mark.parametrize("name", ["basic", "bottleneck", "mobile", "autoencoder", "vgg"])
def test_so_it_does_from_a_file_that_sorts_its_names(name: str) -> None:
    arrays = arrays_of(name)
    check(proposed(safetensors({key: arrays[key] for key in sorted(arrays)}), shape=NETS[name]), name)


def test_normalisations_that_are_kept_after_all_convolutions_follow_theirs() -> None:
    """As where conv1, conv2, bn1 and bn2 are made in this order."""
    arrays = arrays_of("basic")
    renamed = {"conv1": "conv1", "layer1.0.conv1": "conv2", "bn1": "bn1", "layer1.0.bn1": "bn2"}
    content, own = io.BytesIO(), dict[str, Any]()
    for name, new in renamed.items():
        own |= {key.replace(name, new): array for key, array in arrays.items() if key.rpartition(".")[0] == name}
    np.savez(content, **own)
    names = proposed(content.getvalue(), "npz").network.names
    assert [name for name in names if name[:4] in ("conv", "bn1", "bn2")] == ["conv1", "bn1", "conv2", "bn2"]


def test_a_module_around_all_changes_nothing() -> None:
    arrays = {f"module.{key}": array for key, array in arrays_of("basic").items()}
    model = proposed(safetensors(arrays), shape=NETS["basic"])
    check(model, "basic")
    assert model.network.names[:4] == ("conv1", "bn1", "relu1", "layer1_0_conv1")


def test_residual_blocks_are_put_together_and_said() -> None:
    model = proposed((FILES / "torch_bottleneck.pt").read_bytes(), "torch", NETS["bottleneck"])
    network = model.network
    assert network.names[3:14] == (
        *("pool1", "layer1_0_conv1", "layer1_0_bn1", "layer1_0_relu1", "layer1_0_conv2", "layer1_0_bn2"),
        *("layer1_0_relu2", "layer1_0_conv3", "layer1_0_bn3", "layer1_0_downsample_0", "layer1_0_downsample_1"),
    )
    assert network.stage("layer1_0_add").sources == ("layer1_0_bn3", "layer1_0_downsample_1")
    assert network.stage("layer1_1_add").sources == ("layer1_1_bn3", "layer1_0_relu3")
    convs: list[Any] = [network.stage(f"layer2_0_conv{n}").layer for n in (1, 2, 3)]
    assert [conv.stride for conv in convs] == [(1, 1), (2, 2), (1, 1)]
    assert (
        "assumed: an input of 20×14×3; residual blocks layer1.0, layer1.1, layer2.0 as torchvision's Bottleneck, with "
        "a ReLU after the sum; stride 2 in layer2.0; padding that keeps the size; stride 2 and a 3x3 max-pool of "
        "stride 2 at the start; epsilon 1e-05"
    ) in model.notes[0]
    mobile = proposed((FILES / "torch_mobile.pt").read_bytes(), "torch", NETS["mobile"])
    assert "inverted residual blocks features.1, features.2, features.3 as in MobileNetV2" in mobile.notes[0]
    assert "features_3_add" in mobile.network.names
    assert "features_2_add" not in mobile.network.names


def test_numbers_in_names_tell_where_pools_are() -> None:
    """Between features.3, its normalisation 4 and features.7 lie two layers: a ReLU and a pool."""
    notes = proposed((FILES / "torch_vgg.pt").read_bytes(), "torch", NETS["vgg"]).notes
    assert "2x2 max-pools after features.3, features.9" in notes[0]
    names = made(net__0__weight=(4, 1, 3, 3), net__1__weight=(5, 4, 3, 3), net__3__weight=(2, 5, 3, 3)).network.names
    assert [name for name in names if not name.startswith("pool")] == ["net_0", "net_1", "relu1", "net_3"]


def test_what_looks_like_a_pool_may_be_dropout() -> None:
    """Two layers lie between net.0 and net.3; 5·14·14 values are left of 28×28, so that only one pool is there."""
    model = made(net__0__weight=(4, 1, 3, 3), net__3__weight=(5, 4, 3, 3), fc__weight=(2, 5 * 14 * 14))
    assert model.network.input_shape == (28, 28, 1)
    assert [layer.kind for layer in model.network.layers] == [
        *("conv", "relu", "max_pool", "conv", "relu", "flatten", "dense")
    ]
    both = {"net__0__weight": (4, 1, 3, 3), "net__3__weight": (5, 4, 3, 3), "net__6__weight": (6, 5, 3, 3)}
    model = made((28, 28, 1), **both, fc__weight=(2, 6 * 28 * 28))
    assert all(layer.kind != "max_pool" for layer in model.network.layers)


def test_transposed_convolutions_are_told_by_channels_biases_and_names() -> None:
    def kinds(**shapes: tuple[int, ...]) -> list[str]:
        return [layer.kind for layer in made(**shapes).network.layers]

    assert kinds(a__weight=(6, 2, 3, 3), b__weight=(6, 4, 3, 3)) == ["conv", "relu", "conv_transpose"]
    assert kinds(a__weight=(6, 2, 3, 3), up__weight=(6, 6, 2, 2), up__bias=(6,)) == [
        *("conv", "relu", "max_pool", "conv_transpose")
    ]
    assert kinds(a__weight=(8, 4, 3, 3), a__bias=(4,), b__weight=(2, 4, 3, 3)) == ["conv_transpose", "relu", "conv"]


def test_unusual_sizes_of_inputs_are_found() -> None:
    """5·9·9 values after two pools, from an input of 36, which is none of the usual sizes."""
    model = made(c1__weight=(4, 1, 3, 3), c2__weight=(5, 4, 3, 3), fc__weight=(3, 405))
    assert model.network.input_shape == (36, 36, 1)


def test_a_normalisation_may_have_no_weights_of_its_own() -> None:
    model = made(conv__weight=(4, 1, 3, 3), bn__running_mean=(4,), bn__running_var=(4,))
    assert [layer.kind for layer in model.network.layers][:2] == ["conv", "batch_norm"]


def test_convert_writes_a_residual_net(tmp_path: Path) -> None:
    target, source = str(tmp_path / "net.yaml"), str(FILES / "torch_basic.pt")
    assert cli.main(["convert", source, target, "--set", "input.shape=[12,10,3]"]) == 0
    network, x = load(target)
    own, _ = load(source, changes=["input.shape=[12,10,3]"])
    np.testing.assert_array_equal(network.forward(x)["fc"], own.forward(x)["fc"])


@pytest.mark.parametrize(
    ("shapes", "what"),
    [
        (
            {"f__squeeze__weight": (2, 4, 1, 1), "f__a__weight": (3, 2, 1, 1), "f__b__weight": (3, 2, 3, 3)},
            "'f.b' takes 2 channels, and 3 arrive",
        ),
        ({"conv__weight": (4, 1, 3, 3), "ln__weight": (5,), "ln__bias": (5,)}, "it can't be told what 'ln' is"),
        (
            {"layer1__0__conv1__weight": (4, 4, 3, 3), "layer1__0__conv2__weight": (5, 4, 3, 3),
             "layer1__0__downsample__0__weight": (6, 4, 1, 1)},
            "'layer1.0' would add 32×32×6 and 32×32×5",
        ),
    ],
)  # fmt: skip
def test_what_does_not_follow_is_refused(shapes: dict[str, tuple[int, ...]], what: str) -> None:
    with pytest.raises(SpecError) as caught:
        made(**shapes)
    assert what in str(caught.value)


OTHERS = ("conv1", "layer1.0.conv1", "layer1.0.downsample.0", "features.1.conv.0.0", "module", "0", "", "a.", "up.b")


def test_whatever_names_and_shapes_there_are_there_is_one_clear_error() -> None:
    random = Random(6)
    nets = [arrays_of(name) for name in ("basic", "mobile", "autoencoder", "vgg")]
    shown = 0
    for _ in range(150):
        items = list(random.choice(nets).items())
        for _ in range(random.choice((1, 1, 3))):
            at = random.randrange(len(items))
            name, array = items[at]
            match random.randrange(5):
                case 0:
                    del items[at]
                case 1:
                    items[at] = f"{random.choice(OTHERS)}.{name.rpartition('.')[2]}", array
                case 2:
                    other = random.randrange(len(items))
                    items[at], items[other] = items[other], items[at]
                case 3:
                    items[at] = name, np.zeros([random.choice((0, 1, 3, 4, 7)) for _ in range(random.randrange(5))])
                case 4:
                    items[at] = name.replace(random.choice("0123."), random.choice("0123.")), array
        with suppress(SpecError):
            proposed(safetensors(dict(items)), shape=random.choice([(), (12, 10, 3), (12, 8, 1), (9, 3)]))
            shown += 1
    assert shown > 5
