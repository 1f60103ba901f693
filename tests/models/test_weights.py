"""State dicts and safetensors files: what they hold, the nets that are proposed for them, and what is refused."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from convstep import cli
from convstep.errors import SpecError
from convstep.layers import Dense, DepthwiseConv
from convstep.loading import Given, load, read_model
from convstep.models import Source, read
from convstep.tensors import read as read_tensors

FILES = Path(__file__).parent / "files"
SHAPE = ["input.shape=[12,12,1]"]


def safetensors(arrays: Mapping[str, tuple[str, tuple[int, ...], bytes]]) -> bytes:
    header, place, content = {}, 0, b""
    for name, (dtype, shape, data) in arrays.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [place, place + len(data)]}
        place, content = place + len(data), content + data
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


@pytest.mark.parametrize(
    ("name", "rounding"),
    [("net.pt", 1e-5), ("net_legacy.pth", 1e-5), ("net_f64.safetensors", 1e-5), ("net_bf16.safetensors", 5e-2)],
)
def test_the_proposed_net_computes_what_the_framework_computed(name: str, rounding: float) -> None:
    """Names are sorted in safetensors files; in float64 the net is float64."""
    notes: list[str] = []
    given = Given(input=str(FILES / "net_in.npz"))
    network, x = load(FILES / name, changes=SHAPE, notify=notes.append, given=given)
    assert network.names == ("conv1", "bn1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "fc")
    expected = np.load(FILES / "net_out.npz")
    found = network.forward(x)
    for layer, key in (("bn1", "bn1"), ("pool1", "pool1"), ("conv2", "conv2"), ("pool2", "pool2")):
        wanted = np.moveaxis(expected[key], 1, -1)
        if wanted.shape == found[layer].shape and key != "conv2":
            np.testing.assert_allclose(found[layer], wanted, atol=rounding * np.abs(wanted).max())
    np.testing.assert_allclose(found["fc"], expected["y"], atol=rounding * np.abs(expected["y"]).max())
    assert "padding that keeps the size in conv1" in notes[0]
    assert "epsilon 1e-05" in notes[0]
    assert "2 other ways to pad and pool would fit as well" in notes[1]


def test_convert_writes_the_proposed_net(tmp_path: Path) -> None:
    target = str(tmp_path / "net.yaml")
    assert cli.main(["convert", str(FILES / "net.pt"), target, "--set", *SHAPE]) == 0
    network, x = load(target)
    own, _ = load(FILES / "net.pt", changes=SHAPE)
    np.testing.assert_array_equal(network.forward(x)["fc"], own.forward(x)["fc"])


def test_a_spec_takes_weights_by_their_key_and_knows_their_layout(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "input: {shape: [12, 12, 1], array: in.npy}\nlayers:\n"
        f"  - conv: {{filters: 4, kernel: 5, padding: same, weights: {{file: {FILES}/net.pt, key: conv1.weight}}, "
        f"bias: {{file: {FILES}/net_f64.safetensors, key: conv1.bias}}}}\n"
    )
    x = np.load(FILES / "net_in.npz")["x"][:1].transpose(0, 2, 3, 1)
    np.save(tmp_path / "in.npy", x[0])
    network, _ = load(tmp_path / "s.yaml")
    wanted = np.load(FILES / "net_out.npz")["conv1"][:1].transpose(0, 2, 3, 1)
    np.testing.assert_allclose(network.forward(x)["conv1"], wanted, atol=1e-5)
    (tmp_path / "s.yaml").write_text(
        f"input: {{shape: [5, 5, 1]}}\nlayers:\n  - conv: {{filters: 4, kernel: 5, "
        f"weights: {{file: {FILES}/net.pt, key: conv1.wieght}}}}\n"
    )
    with pytest.raises(SpecError, match=r"net\.pt: has no key 'conv1\.wieght'\s+"):
        load(tmp_path / "s.yaml")


def test_groups_depthwise_and_dense_only() -> None:
    random = np.random.RandomState(0)

    def proposed(**shapes: tuple[int, ...]) -> Any:
        arrays = {
            name.replace("__", "."): ("F32", shape, random.randn(*shape).astype("<f4").tobytes())
            for name, shape in shapes.items()
        }
        return read(memoryview(safetensors(arrays)), "safetensors", Source("w", lambda *_: memoryview(b""))).network

    network = proposed(
        conv1__weight=(6, 3, 3, 3), conv2__weight=(12, 1, 3, 3), conv3__weight=(8, 6, 1, 1), fc__weight=(5, 8)
    )
    assert isinstance(network.layers[3], DepthwiseConv)
    assert network.layers[3].multiplier == 2
    assert network.stage("conv3").layer.groups == 2
    assert network.stage("fc").sources == ("global_avg_pool",)
    network = proposed(fc1__weight=(20, 784), fc1__bias=(20,), fc2__weight=(10, 20))
    assert network.input_shape == (28, 28, 1)
    assert [type(each) for each in network.layers if each.kind == "dense"] == [Dense, Dense]


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (print, ("it ran",))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("bad_code.pt", "it wants to call __builtin__.exec, so it is refused"),
        ("bad_whole_module.pt", "is a whole module saved with its code (it would import __main__.Net)"),
        ("net_torchscript.pt", "is a TorchScript archive, whose net is a program"),
    ],
)
def test_code_is_refused_and_named(name: str, what: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_model(str(FILES / name), "torch")
    assert what in str(caught.value)
    assert "torch.save(model.state_dict()" in str(caught.value)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_nothing_of_a_pickle_is_run(protocol: int, capsys: pytest.CaptureFixture[str]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("x/data.pkl", pickle.dumps({"conv.weight": Evil()}, protocol))
    with pytest.raises(SpecError, match=r"it wants to call (__builtin__|builtins)\.print, so it is refused"):
        read_tensors(memoryview(content.getvalue()), "torch")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (struct.pack("<Q", 2**62) + b"{}", "its header would have 4,611,686,018,427,387,904 bytes"),
        (struct.pack("<Q", 4) + b"{abc" + bytes(9), "its header is no JSON"),
        (safetensors({"a": ("F8_E9", (4,), bytes(4))}), "'a' is of dtype F8_E9"),
        (safetensors({"a": ("F32", (5,), bytes(16))}), "'a' has 16 bytes, and its shape needs 20"),
        (safetensors({"a": ("F32", (4,), bytes(16))})[:-1], "'a' would end at byte 16 of 15"),
        (safetensors({"a": ("F32", (2**40, 2**40), bytes(16))}), "its shape needs"),
    ],
)
def test_corrupt_headers_are_refused(content: bytes, what: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_tensors(memoryview(content), "safetensors")
    assert what in str(caught.value)


def test_nets_that_are_no_chain_are_refused() -> None:
    arrays: dict[str, tuple[str, tuple[int, ...], bytes]] = {
        "layer1.conv1.weight": ("F32", (4, 3, 3, 3), bytes(432)),
        "layer1.downsample.weight": ("F32", (4, 3, 1, 1), bytes(48)),
    }
    with pytest.raises(SpecError, match=r"'layer1\.downsample' takes 3 channels, and 4 arrive"):
        read(memoryview(safetensors(arrays)), "safetensors", Source("w", lambda *_: memoryview(b"")))


def legacy(content: bytes) -> bytes:
    """Return a file in the legacy format; `content` is its pickle of tensors."""
    head = (pickle.dumps(each, 2) for each in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    return b"".join(head) + content + pickle.dumps([], 2)


def test_what_is_shared_is_looked_at_once_and_not_copied_without_end() -> None:
    shared: list[Any] = []
    for _ in range(40):
        shared = [shared] * 50  # 50 to the 40th power, written out
    with pytest.raises(SpecError, match="holds no state dict"):
        read_tensors(memoryview(legacy(pickle.dumps(shared, 2))), "torch")
    twice = b"ccollections\nOrderedDict\n(h\x01tR0"
    content = b"\x80\x02]q\x01(" + b"K\x01K\x01\x86" * 2000 + b"e" + twice * 2000 + b"."
    with pytest.raises(SpecError, match="copies the same lists again and again"):
        read_tensors(memoryview(legacy(content)), "torch")


FORMS = {"net.pt": "torch", "net_legacy.pth": "torch", "net_bf16.safetensors": "safetensors"}


@pytest.mark.parametrize("name", FORMS)
def test_whatever_a_file_holds_there_is_one_clear_error(name: str) -> None:
    random, content = Random(5), (FILES / name).read_bytes()
    for _ in range(120):
        damaged = bytearray(content)
        for _ in range(random.choice((1, 2, 8))):
            place = random.randrange(min(len(damaged), random.choice((80, 1500, len(damaged)))))
            match random.randrange(4):
                case 0:
                    damaged[place] ^= 1 << random.randrange(8)
                case 1:
                    damaged[place : place + 8] = b"\xff" * 8
                case 2:
                    del damaged[place : place + 5]
                case 3:
                    damaged[place:place] = damaged[place : place + 9]
        with suppress(SpecError):
            read(memoryview(bytes(damaged)), FORMS[name], Source(name, lambda *_: memoryview(b"")))
