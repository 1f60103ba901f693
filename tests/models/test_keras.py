"""Keras models: every layer's output as Keras computed it, and what is refused."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from convstep.debugger import Session
from convstep.errors import ConvstepError, SpecError
from convstep.loading import Given, load
from convstep.models import Source, read
from convstep.network.receptive import fields
from convstep.report.explain import sentence, sum_text
from convstep.report.spec import as_spec

FILES = Path(__file__).parent / "files"


def model(name: str = "keras_fun.keras", **changes: Any) -> bytes:
    """Return a model with fields of its layers changed, as c0={"filters": 7}."""
    content, out = (FILES / name).read_bytes(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as copy:
        for member in archive.namelist():
            data = archive.read(member)
            if member == "config.json":
                config = json.loads(data)
                for layer in config["config"]["layers"]:
                    change = changes.get(layer["config"]["name"], {})
                    layer["class_name"] = change.get("class_name", layer["class_name"])
                    layer["config"] |= change
                data = json.dumps(config).encode()
            copy.writestr(member, data)
    return out.getvalue()


def none(name: str, first: int, size: int | None) -> memoryview:
    raise SpecError("there is nothing beside it")


def opened(content: bytes, **asked: Any) -> Any:
    return read(memoryview(content), "keras", Source("net.keras", none, **asked))


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("keras_fun.keras", "keras_fun"),
        ("keras_seq.h5", "keras_seq"),
        ("keras_unet.weights.h5", "keras_unet"),
        ("keras_unet.config.json", "keras_unet"),
        ("keras_conv1d.keras", "keras_conv1d"),
    ],
)
def test_every_layer_computes_what_keras_computed(name: str, numbers: str) -> None:
    pytest.importorskip("h5py")
    network, x = load(FILES / name, given=Given(input=str(FILES / f"{numbers}_in.npz")))
    found, expected = network.forward(x), np.load(FILES / f"{numbers}_out.npz")
    compared = 0
    for key in expected:
        after = [each for each in network.names if each.startswith(f"{key}_") and each != f"{key}_depthwise"]
        layer = after[0] if after else key
        if layer in found:
            compared += 1
            wanted = expected[key]
            np.testing.assert_allclose(found[layer], wanted, atol=1e-4 * np.abs(wanted).max(), err_msg=key)
    assert compared >= len(expected.files) - 1
    np.testing.assert_allclose(found[network.names[-1]], expected[expected.files[-1]], atol=1e-5)


ACTIVATED = ("selu", "leaky_relu", "softmax", "elu", "sigmoid", "relu")
"""Activations within other layers of the models below, whose output Keras gives with theirs."""


@pytest.mark.parametrize(
    ("name", "compared", "left_out"),
    [
        ("keras_kinds", 61, {"noise", "zoom"}),
        ("keras_signal", 16, set()),
        ("keras_nested", 2, set()),
        ("keras2_nested", 2, set()),
        ("keras2_kinds", 3, set()),
    ],
)
def test_every_class_of_layers_computes_what_keras_computed(name: str, compared: int, left_out: set[str]) -> None:
    """The kinds of Keras 3.15 with PyTorch, on maps and on a length; models within models; and Keras 2.15's files."""
    pytest.importorskip("h5py")
    network, x = load(FILES / f"{name}.keras", given=Given(input=str(FILES / f"{name}_in.npz")))
    found, expected = network.forward(x), np.load(FILES / f"{name}_out.npz")
    count = 0
    for key in set(expected.files) - left_out:
        layer = next((f"{key}_{each}" for each in ACTIVATED if f"{key}_{each}" in found), key)
        wanted = expected[key]
        np.testing.assert_allclose(found[layer], wanted, atol=1e-5 * max(0.1, np.abs(wanted).max()), err_msg=key)
        count += 1
    assert count == compared - len(left_out & set(expected.files))


def test_what_is_computed_as_a_whole_and_what_is_left_out_is_said() -> None:
    pytest.importorskip("h5py")
    whole, left_out = opened((FILES / "keras_kinds.keras").read_bytes()).notes
    assert whole.startswith("computed as a whole, without steps: maxi (Maximum), mini (Minimum), up ")
    assert left_out == "left out, as nothing outside training: GaussianNoise, RandomZoom"
    (whole,) = opened((FILES / "keras_signal.keras").read_bytes()).notes
    assert whole == "computed as a whole, without steps: ln (LayerNormalization), perm (Permute)"


@pytest.mark.parametrize("name", ["keras_nested", "keras2_nested"])
def test_models_within_a_model_are_taken_apart(name: str) -> None:
    """Their layers bear the model's name; one that is used twice has a number; its weights are kept once."""
    pytest.importorskip("h5py")
    network = opened((FILES / f"{name}.keras").read_bytes()).network
    inner = "conv1" if name == "keras_nested" else "conv2"
    names = [each for each in network.names if not each.startswith("tf_")]
    names = names if name == "keras2_nested" else names[2:]
    assert names == [
        *("backbone_conv1", "backbone_conv1_relu", "backbone_bn", f"backbone_block_{inner}", "backbone_block_act"),
        *("backbone_add", f"backbone_block_2_{inner}", "backbone_block_2_act", "shared", "shared_2", "cat"),
        *("head_conv1", *(["head_conv1_hard_sigmoid"] if name == "keras2_nested" else []), "head_bn", "head_gap"),
        *("head_fc", "head_fc_relu", "fc"),
    ]
    first, again = (network.stage(each).layer for each in ("shared", "shared_2"))
    assert np.shares_memory(first.weights.array, again.weights.array)
    assert network.stage("shared").sources == ("backbone_block_2_act",)
    assert network.stage("shared_2").sources == ("backbone_bn",)
    legacy = opened(gzip.decompress((FILES / f"{name}.h5.gz").read_bytes())).network
    x = np.load(FILES / f"{name}_in.npz")["x"]
    np.testing.assert_array_equal(legacy.forward(x)["fc"], network.forward(x)["fc"])


def test_an_output_within_a_model_is_shown() -> None:
    pytest.importorskip("h5py")
    shown = opened((FILES / "keras_nested.keras").read_bytes(), output="backbone/add")
    assert shown.network.names[-1] == "backbone_add"
    with pytest.raises(SpecError, match="has no layer 'backbone/sub'"):
        opened((FILES / "keras_nested.keras").read_bytes(), output="backbone/sub")


def test_weights_have_their_graph_in_the_whole_model_beside_them(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    whole = (FILES / "keras_nested.keras").read_bytes()
    (tmp_path / "net.keras").write_bytes(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        (tmp_path / "net.weights.h5").write_bytes(archive.read("model.weights.h5"))
    given = Given(input=str(FILES / "keras_nested_in.npz"))
    network, x = load(tmp_path / "net.weights.h5", given=given)
    expected = np.load(FILES / "keras_nested_out.npz")["fc"]
    np.testing.assert_allclose(network.forward(x)["fc"], expected, atol=1e-5)


def test_models_within_models_without_end_are_refused() -> None:
    """Each of 60 models uses the one within it twice, which would be 2 to the power of 60 layers."""
    pytest.importorskip("h5py")

    def tensor(name: str, number: int = 0) -> dict[str, Any]:
        return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, number, 0]}}

    def use(name: str, number: int = 0) -> dict[str, Any]:
        return {"args": [tensor(name, number)], "kwargs": {}}

    start = {"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [None, 4, 4, 1]}, "inbound_nodes": []}
    inner: dict[str, Any] = {"class_name": "ReLU", "name": "m", "config": {"name": "m"}}
    for _ in range(60):
        used = inner | {"name": "m", "inbound_nodes": [use("in"), use("m")]}
        layers = {"layers": [start, used], "input_layers": ["in", 0, 0], "output_layers": ["m", 1, 0]}
        inner = {"class_name": "Functional", "name": "m", "config": layers}
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(model())) as archive, zipfile.ZipFile(content, "w") as copy:
        copy.writestr("config.json", json.dumps(inner))
        copy.writestr("model.weights.h5", archive.read("model.weights.h5"))
    with pytest.raises(SpecError, match="models in models more than 20 deep"):
        opened(content.getvalue())


def test_a_net_ends_before_a_layer_that_is_not_known() -> None:
    pytest.importorskip("h5py")
    shown = opened(model(lrelu={"class_name": "os.system"}))
    assert shown.network.names[-1] == "add"
    assert shown.notes == ["the net ends after add: os.system ('lrelu') can't be shown"]
    shown = opened(model(c0={"activation": "glu"}))
    assert shown.notes == ["the net ends after zp: Conv2D ('c0') can't be shown: activation glu is not known"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"module": "mine.layers", "registered_name": None}, "mine.layers.LeakyReLU"),
        ({"module": None, "registered_name": "mine>LeakyReLU"}, "mine>LeakyReLU"),
    ],
)
def test_a_class_of_ones_own_is_not_taken_for_keras(changes: dict[str, Any], said: str) -> None:
    pytest.importorskip("h5py")
    content = io.BytesIO()
    with zipfile.ZipFile(FILES / "keras_fun.keras") as archive, zipfile.ZipFile(content, "w") as copy:
        config = json.loads(archive.read("config.json"))
        next(layer for layer in config["config"]["layers"] if layer["name"] == "lrelu").update(changes)
        copy.writestr("config.json", json.dumps(config))
        copy.writestr("model.weights.h5", archive.read("model.weights.h5"))
    assert opened(content.getvalue()).notes == [f"the net ends after add: {said} ('lrelu') can't be shown"]


def test_nothing_that_the_configuration_names_is_imported() -> None:
    pytest.importorskip("h5py")
    before = set(sys.modules)
    opened(model(lrelu={"module": "tkinter.dnd", "class_name": "tkinter.dnd>Tester"}, c0={"module": "tkinter.dnd"}))
    assert not {name for name in set(sys.modules) - before if name.startswith(("tkinter", "keras"))}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"image": {"batch_shape": [None, None, None, 3]}}, "leaves sizes of its input open: ?×?×3"),
        ({"c0": {"filters": 7}}, "weights of 'c0' are 3×3×3×6, and need 3×3×3×7"),
        ({"c0": {"filters": 2**70}}, "filters of 'c0' is no count"),
        ({"dw": {"kernel_size": "x"}}, "kernel_size of 'dw' are no sizes"),
    ],
)
def test_bad_models_are_refused(changes: dict[str, Any], what: str) -> None:
    pytest.importorskip("h5py")
    with pytest.raises(SpecError) as caught:
        opened(model(**changes))
    assert what in str(caught.value)


def test_open_sizes_are_given() -> None:
    pytest.importorskip("h5py")
    content = model(image={"batch_shape": [None, None, None, 3]})
    assert opened(content, input_shape=(10, 10, 3)).network.input_shape == (10, 10, 3)


def test_weights_without_a_graph_ask_for_one(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    copy = tmp_path / "net.weights.h5"
    copy.write_bytes((FILES / "keras_unet.weights.h5").read_bytes())
    with pytest.raises(SpecError, match="holds weights and no graph, and there is no configuration beside it"):
        load(copy)


def test_without_h5py_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(SpecError, match="reading its weights takes h5py") as caught:
        load(FILES / "keras_seq.h5")
    assert caught.value.hint == "Install it: pip install convstep[keras]"


def test_a_heap_that_would_never_end_is_refused() -> None:
    pytest.importorskip("h5py")
    content = bytearray((FILES / "keras_seq.h5").read_bytes())
    first = content.index(b"GCOL") + 16
    content[first : first + 16] = bytes(16)  # free space of no size
    with pytest.raises(SpecError, match="a heap in it does not add up"):
        opened(bytes(content))


def test_whatever_a_file_holds_there_is_one_clear_error() -> None:
    pytest.importorskip("h5py")
    random = Random(2)
    files = [(FILES / name).read_bytes() for name in ("keras_seq.h5", "keras_conv1d.keras")]
    for n in range(120):
        damaged = bytearray(files[n % 2])
        for _ in range(random.choice((1, 2, 8))):
            place = random.randrange(len(damaged))
            match random.randrange(3):
                case 0:
                    damaged[place] ^= 1 << random.randrange(8)
                case 1:
                    damaged[place : place + 8] = b"\xff" * 8
                case 2:
                    del damaged[place : place + 5]
        with suppress(SpecError):
            opened(bytes(damaged))


HOSTILE: tuple[Any, ...] = (
    *(None, True, -1, 0, 2, 10**9, 2**70, 1e308, float("nan"), "", "same", [], [1, 2], [[1, 2], [3, 4]], {}, [0, 0]),
    *("Sequential", "Functional", "Add", "Reshape", "Permute", "ReLU", ["conv1", 0, 0], ["block", 1, 5]),
    {"class_name": "LeakyReLU", "config": None},
)


def test_whatever_a_configuration_says_there_is_one_clear_error() -> None:
    pytest.importorskip("h5py")
    random = Random(4)

    def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [path, *(below for key, each in items for below in paths(each, (*path, key)))]

    contents = []
    for name in ("keras_signal", "keras_nested", "keras2_nested"):
        with zipfile.ZipFile(FILES / f"{name}.keras") as archive:
            contents.append((json.loads(archive.read("config.json")), archive.read("model.weights.h5")))
    shown = 0
    for _ in range(90):
        config, weights = random.choice(contents)
        config = json.loads(json.dumps(config))
        for _ in range(random.choice((1, 1, 3))):
            *way, last = random.choice(paths(config)[1:])
            inner = config
            for key in way:
                inner = inner[key]
            inner[last] = random.choice(HOSTILE)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("config.json", json.dumps(config))
            archive.writestr("model.weights.h5", weights)
        with suppress(SpecError):
            opened(content.getvalue())
            shown += 1
    assert shown > 20


def test_a_function_of_each_value_is_stepped_through_and_sees_one_value_only() -> None:
    pytest.importorskip("h5py")
    network, x = load(FILES / "keras_kinds.keras", given=Given(input=str(FILES / "keras_kinds_in.npz")))
    session = Session(network, x)
    session.do("jump act_mish 2 3 1")
    value = float(network.forward(x)["a"][0, 2, 3, 1])
    bent = value * np.tanh(np.log1p(np.exp(value)))
    shown, result = (f"{each:.2f}".replace("-", "−") for each in (value, bent))
    assert sum_text(session.frame) == f"mish({shown}) = A[0,2,3,1] = {result}".replace("0.00", "≈0")
    assert sentence(session.frame).endswith(f" Its mish is {result}.")
    found = fields(network)
    assert found["act_mish"].size == found["a"].size == (3, 3)
    with pytest.raises(ConvstepError, match=r"a spec has no kind of layer for .*act_mish \(mish\)"):
        as_spec(network, x, "net.npz")
