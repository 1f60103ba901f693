"""The bundled specs come out as issue 2 says, and can be copied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convstep.errors import MismatchError, SpecError
from convstep.spec import copy_sample, load, samples
from convstep.spec.samples import folder

NET = {
    "conv1": (64, 64, 8),
    "relu1": (64, 64, 8),
    "pool1": (8, 8, 8),
    "conv2": (8, 8, 16),
    "relu2": (8, 8, 16),
    "pool2": (2, 2, 16),
    "flatten": (64,),
    "fc": (6,),
}
SHAPES = {
    "photo": NET,
    "course": NET,
    "digits": {
        "conv1": (28, 28, 8),
        "relu1": (28, 28, 8),
        "pool1": (14, 14, 8),
        "conv2": (14, 14, 16),
        "relu2": (14, 14, 16),
        "pool2": (7, 7, 16),
        "flatten": (784,),
        "fc": (10,),
        "softmax": (10,),
    },
    "conv_forward": {"conv1": (63, 63, 8)},
    "mnist": {
        "conv1": (28, 28, 32),
        "relu1": (28, 28, 32),
        "pool1": (14, 14, 32),
        "conv2": (14, 14, 64),
        "relu2": (14, 14, 64),
        "pool2": (7, 7, 64),
        "flatten": (3136,),
        "dense1": (1024,),
        "relu3": (1024,),
        "dense2": (10,),
        "softmax": (10,),
    },
    "lenet32": {
        "conv1": (28, 28, 3),
        "relu1": (28, 28, 3),
        "pool1": (14, 14, 3),
        "conv2": (10, 10, 6),
        "relu2": (10, 10, 6),
        "pool2": (5, 5, 6),
        "flatten": (150,),
        "dense1": (100,),
        "relu3": (100,),
        "dense2": (10,),
    },
    "lenet5": {
        "c1": (28, 28, 6),
        "tanh1": (28, 28, 6),
        "s2": (14, 14, 6),
        "c3": (10, 10, 16),
        "tanh2": (10, 10, 16),
        "s4": (5, 5, 16),
        "c5": (1, 1, 120),
        "tanh3": (1, 1, 120),
        "flatten": (120,),
        "f6": (84,),
        "tanh4": (84,),
        "output": (10,),
    },
    "residual": {
        "stem": (16, 16, 4),
        "batch_norm1": (16, 16, 4),
        "relu1": (16, 16, 4),
        "conv1": (16, 16, 4),
        "batch_norm2": (16, 16, 4),
        "relu2": (16, 16, 4),
        "conv2": (16, 16, 4),
        "batch_norm3": (16, 16, 4),
        "add1": (16, 16, 4),
        "relu3": (16, 16, 4),
        "global_avg_pool": (4,),
        "fc": (6,),
    },
    "conv1d": {"conv1d": (491, 20)},
    "wide": {"conv1": (1, 621, 64)},
    "tiny": {"conv1": (3, 3, 1), "pool1": (1, 1, 1)},
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_layer_has_its_shape(name: str) -> None:
    network, x = load(name)
    assert {stage.name: stage.output for stage in network.stages} == SHAPES[name]
    assert x.shape == (13 if name == "digits" else 1, *network.input_shape)
    assert x.dtype == network.dtype == np.float32
    assert not x.flags.writeable
    assert {layer: z.shape[1:] for layer, z in network.forward(x).items()} == SHAPES[name]


def test_course_gives_the_course_s_numbers() -> None:
    network, x = load("course")
    expected = [-0.44670227, -1.57208765, -1.53049231, -2.31013036, -1.29104376, 0.46852064]
    np.testing.assert_allclose(network.forward(x)["fc"][0], expected, atol=1e-5, rtol=0)
    np.testing.assert_array_equal(x[0], np.random.RandomState(1).randn(2, 64, 64, 3)[0].astype(np.float32))


def test_digits_are_read_as_they_were_when_it_was_trained() -> None:
    network, x = load("digits")
    expected = np.load(Path(__file__).parent / "digits_logits.npz")
    found = network.forward(x)
    np.testing.assert_allclose(found["fc"], expected["logits"], atol=1e-4)
    np.testing.assert_array_equal(found["softmax"].argmax(1), expected["predicted"])
    assert (expected["labels"] != expected["predicted"]).nonzero()[0].tolist() == [10, 11, 12]
    for name in ("conv1", "conv2", "fc"):
        layer: Any = network.stage(name).layer
        hundreds = layer.weights.array.astype(np.float64) * 100
        assert np.abs(hundreds - hundreds.round()).max() < 1e-4  # two decimals show it whole


def test_photo_names_its_filters() -> None:
    network, x = load()
    names = ("vertical edge", "horizontal edge", "falling diagonal", "rising diagonal")
    assert network.stage("conv1").layer.filter_names == (*names, "blur", "sharpen", "spot", "red against green")  # type: ignore[attr-defined]
    assert network.picture
    assert 0 <= x.min() < x.max() <= 1


def test_tiny_by_hand() -> None:
    network, x = load("tiny")
    z = network.forward(x)
    assert z["conv1"][0, :, :, 0].tolist() == [[9, 1, -7], [6, 3, -4], [3, 1, 0]]
    assert z["conv1"][0, 0, 0, 0] == (2 - 0) + (3 - 1) + (4 - 0) + 1
    assert z["pool1"].ravel().tolist() == [9]


def test_mnist_with_valid_padding_explains_itself() -> None:
    network, _ = load("mnist", padding="valid")
    sizes = [stage.output for stage in network.stages if stage.name in ("conv1", "pool1", "conv2", "pool2")]
    assert sizes == [(24, 24, 32), (12, 12, 32), (8, 8, 64), (4, 4, 64)]
    fault = network.fault
    assert isinstance(fault, MismatchError)
    assert str(fault).startswith("dense1: its weights were made for 3136 inputs, but 1024 arrive: 4×4×64 = 1024 from")


def test_samples_are_listed_with_photo_first() -> None:
    listed = samples()
    assert {name for name, _, _ in listed} == SHAPES.keys()
    assert listed[0][0] == "photo"
    assert all(title and len(title) < 120 and path.is_file() for _, title, path in listed)


@pytest.mark.parametrize("name", SHAPES)
def test_a_copied_sample_is_the_same_net(name: str, tmp_path: Path) -> None:
    written = copy_sample(name, tmp_path / "new")
    assert written[0] == tmp_path / "new" / f"{name}.yaml"
    assert sorted(written) == sorted((tmp_path / "new").iterdir())
    _, mine = load(written[0])
    np.testing.assert_array_equal(mine, load(name)[1])


def test_copying_takes_all_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "photo_filters.npz").write_text("mine")
    with pytest.raises(SpecError, match=r"photo_filters.npz: is there already. Nothing was written"):
        copy_sample("photo", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["photo_filters.npz"]
    assert (tmp_path / "photo_filters.npz").read_text() == "mine"


def test_copying_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"there is no bundled spec 'phot'\. Did you mean 'photo'\?"):
        copy_sample("phot", tmp_path)
    with pytest.raises(SpecError, match="is no folder"):
        copy_sample("tiny", __file__)


def test_every_data_file_has_its_source() -> None:
    sources = (folder() / "SOURCES.md").read_text()
    data = [path.name for path in folder().iterdir() if path.suffix in (".png", ".npz", ".npy")]
    assert data
    assert all(f"`{name}`" in sources for name in data)


def test_each_digit_is_named_as_it_is_read() -> None:
    network, x = load("digits")
    scores = next(reversed(network.forward(x).values())).reshape(len(x), 10)
    assert len(network.examples) == len(x)
    for name, score in zip(network.examples, scores, strict=True):
        shown, _, read = (part[-1:] for part in name.partition(" taken for a "))
        assert int(read or shown) == score.argmax()
    assert network.title_of(11) == f"a 2 taken for a 9 · {network.title}"
