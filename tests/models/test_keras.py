"""Keras models: every layer's output as Keras computed it, and what is refused."""

from __future__ import annotations

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

from convstep.errors import SpecError
from convstep.loading import Given, load
from convstep.models import Source, read

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


def test_a_net_ends_before_a_layer_that_is_not_known() -> None:
    pytest.importorskip("h5py")
    shown = opened(model(lrelu={"class_name": "os.system"}))
    assert shown.network.names[-1] == "add"
    assert shown.notes == ["the net ends after add: os.system ('lrelu') can't be shown"]
    shown = opened(model(c0={"activation": "selu"}))
    assert shown.notes == ["the net ends after zp: Conv2D ('c0') can't be shown: activation selu is not known"]


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
