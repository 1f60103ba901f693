"""ONNX files from PyTorch, Keras and others give what these frameworks computed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convstep.errors import SpecError
from convstep.layers.block import OperatorBlock
from convstep.loading import Given, load, read_model
from convstep.report.files import write_arrays
from convstep.report.spec import as_spec

FILES = Path(__file__).parent / "files"
"""Small models with random weights, beside an input and the output that the framework, or onnxruntime, gave for it."""

MODELS = {
    "act_gelu_legacy17": "conv1 gelu1",
    "conv_variants_legacy17": "conv1 conv2 pad1 conv3",
    "init_external": "conv1 relu1 flatten dense1",
    "keras_conv1d_tf2onnx17": "pad1 c1_1 tanh1 p1_1 c2_1 g_1 fc_1 sigmoid1",
    "keras_fun_tf2onnx17": "scale_1 conv1 depthwise_conv1 relu6_1 pw_1 add_1 lrelu_1 b3_1 b1_1 cat_1 avg_1 "
    "separable_conv2d sep_1 gap_1 fc_1",
    "lenet_legacy17": "conv1 relu1 pool1 conv2 relu2 pool2 flatten dense1",
    "norms_legacy17": "c n l",
    "pool_ceil_legacy17": "pool1 pool2",
    "softmax_default_axis_opset13": "softmax",
    "unet_small_legacy17": "a relu1 pool1 b relu2 upsample1 concat1 c",
    "view_reshape_dyn_legacy17": "c relu1 flatten f",
}
"""The layers' names, by the file's."""


def stored(name: str, what: str) -> Any:
    """Return a model's stored input, or output: of Keras every layer's, the last one's last."""
    arrays = np.load(FILES / f"{name.split('_tf2onnx')[0]}_{what}.npz")
    return arrays[list(arrays)[-1 if what == "out" else 0]]


@pytest.mark.parametrize("name", MODELS)
def test_the_output_is_the_frameworks(name: str) -> None:
    read = read_model(str(FILES / f"{name}.onnx"), "onnx")
    network, x, expected = read.network, stored(name, "in"), stored(name, "out")
    assert " ".join(network.names) == MODELS[name]
    found = network.forward(read.from_own(x).reshape(-1, *network.input_shape))[network.names[-1]]
    if found.ndim > 2 and read.layout == "NCHW":
        found = np.moveaxis(found, -1, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_what_cannot_be_stepped_is_a_block_with_the_right_output_and_is_told() -> None:
    read = read_model(str(FILES / "norms_legacy17.onnx"), "onnx")
    assert [layer.operators for layer in read.network.layers if isinstance(layer, OperatorBlock)] == [
        "InstanceNormalization",
        "LayerNormalization",
    ]
    assert any(note.startswith("computed as a whole, without steps: n (Inst") for note in read.notes)


def test_the_net_ends_where_another_input_comes_in_and_the_rest_is_usable() -> None:
    name = str(FILES / "two_in_two_out_legacy17.onnx")
    read = read_model(name, "onnx")
    assert read.network.names == ("a",)
    assert "the net ends after a: what follows takes a second input, 'z'" in read.notes
    assert any("--output takes another: y1" in note for note in read.notes)
    with pytest.raises(SpecError, match=r"has no output 'y2'. Did you mean 'y'\?"):
        read_model(name, "onnx", Given(output="y2"))


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"norms_legacy17"}))
def test_a_spec_written_from_it_is_the_same_net(name: str, tmp_path: Path) -> None:
    """Bit for bit, input included."""
    network, x = load(FILES / f"{name}.onnx")
    spec = as_spec(network, x, "net.npz")
    (tmp_path / "net.yaml").write_text(spec.text, encoding="utf-8")
    with open(tmp_path / "net.npz", "wb") as file:
        write_arrays(file, spec.arrays)
    again, y = load(tmp_path / "net.yaml")
    np.testing.assert_array_equal(x, y)
    ours, theirs = network.forward(x), again.forward(y)
    assert list(ours) == list(theirs)
    for layer, values in ours.items():
        np.testing.assert_array_equal(values, theirs[layer], err_msg=layer)


class TestExternalData:
    def copy(self, folder: Path, data: str = "init_external.bin") -> str:
        shutil.copy(FILES / "init_external.onnx", folder / "net.onnx")
        shutil.copy(FILES / "init_external.bin", folder / data)
        return str(folder / "net.onnx")

    def test_it_is_read_from_beside_the_model(self, tmp_path: Path) -> None:
        assert read_model(self.copy(tmp_path), "onnx").network.names[0] == "conv1"

    def test_a_link_out_of_the_folder_is_not_followed(self, tmp_path: Path) -> None:
        inside, outside = tmp_path / "in", tmp_path / "out"
        inside.mkdir()
        outside.mkdir()
        name = self.copy(inside)
        (inside / "init_external.bin").rename(outside / "w.bin")
        (inside / "init_external.bin").symlink_to(outside / "w.bin")
        with pytest.raises(SpecError, match="outside the model's folder, where nothing is read"):
            read_model(name, "onnx")

    @pytest.mark.parametrize("location", ["/etc/passwd\0....", "../external.bin\0\0", "sub/../../ext.bin\0"])
    def test_nothing_outside_is_read(self, location: str, tmp_path: Path) -> None:
        name = self.copy(tmp_path)
        content = Path(name).read_bytes()
        named = location[: len("init_external.bin")].ljust(len("init_external.bin"), "x").replace("\0", "x")
        Path(name).write_bytes(content.replace(b"init_external.bin", named.encode()))
        with pytest.raises(SpecError, match="outside the model's folder"):
            read_model(name, "onnx")

    def test_it_may_be_missing_or_too_short(self, tmp_path: Path) -> None:
        name = self.copy(tmp_path)
        data = tmp_path / "init_external.bin"
        data.write_bytes(data.read_bytes()[:-1])
        with pytest.raises(SpecError, match="which is too short: 903 bytes, not 904"):
            read_model(name, "onnx")
        data.unlink()
        with pytest.raises(SpecError, match="there is no such file beside it"):
            read_model(name, "onnx")
