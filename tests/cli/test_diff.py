"""convstep diff on the command line: nets, model files, saved outputs, and what can't be compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import ROOT, convstep

FILES = ROOT / "tests" / "models" / "files"


def test_a_net_agrees_with_itself_its_outputs_and_its_model_file(tmp_path: Path) -> None:
    assert convstep("convert", str(FILES / "unet_small_legacy17.onnx"), str(tmp_path / "net.yaml")).returncode == 0
    array = f"{FILES}/unet_small_legacy17_in.npz"
    done = convstep("diff", str(tmp_path / "net.yaml"), str(FILES / "unet_small_legacy17.onnx"), "--input", array)
    assert (done.returncode, done.stdout.split(" agree")[0]) == (0, "net.yaml and unet_small_legacy17.onnx")
    done = convstep("forward", "course", "--out", str(tmp_path / "a.npz"))
    assert convstep("diff", str(tmp_path / "a.npz"), "course").returncode == 0
    saved = str(FILES / "unet_small_legacy17_out.npz")  # as torch computed them
    done = convstep("diff", str(FILES / "unet_small_legacy17.onnx"), saved, "--input", array)
    assert done.returncode == 0
    assert "c is y" in done.stdout


def test_padding_is_named_and_both_windows_are_there() -> None:
    done = convstep("diff", "course", "course", "--set-b", "conv1.padding=same_lower", "--json")
    assert done.returncode == 1
    first = json.loads(done.stdout)["first"]
    assert (first["layers"], first["index"]) == (["conv1", "conv1"], [0, 0, 0, 0])
    assert [each["rows"] for each in first["windows"]] == [[-1, 3], [-2, 2]]
    assert [each["kind"] for each in first["causes"]] == ["padding"]
    for each in first["windows"]:
        products = np.array(each["input_slice"]) * np.array(each["filter"])
        np.testing.assert_allclose(products.sum() + each["bias"], each["value"], rtol=1e-4)
    row, col, channel = first["tap"]
    ours, theirs = (np.array(each["products"]) for each in first["windows"])
    assert abs(ours - theirs).max() == abs(ours - theirs)[row, col, channel]
    backwards = json.loads(convstep("diff", "course", "course", "--set-a", "conv1.padding=same_lower", "--json").stdout)
    assert backwards["first"]["windows"][1]["value"] == first["windows"][0]["value"]


def test_other_sizes_are_a_difference() -> None:
    done = convstep("diff", "mnist", "mnist", "--padding", "valid")
    assert done.returncode == 1
    assert done.stdout.startswith(
        "conv1 is the first layer that differs: 28×28×32 in A (mnist), 24×24×32 in B (mnist)."
    )
    assert "padding VALID" in done.stdout
    assert "B (mnist) ends before its last layer: dense1" in done.stdout


def test_float16_is_rounding_unless_float32_is_asked_for() -> None:
    half = ["diff", "course", "course", "--set-b", "dtype=float16"]
    assert convstep(*half).returncode == 0
    first = json.loads(convstep(*half, "--rounding", "float32", "--json").stdout)["first"]
    assert (first["layers"], [each["kind"] for each in first["causes"]]) == (["input", "input"], ["float16"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["course", "nowhere"], "nowhere"),
        (["course", "mnist"], "course takes 64×64×3, mnist takes 28×28×1: there is no input for both"),
        (["course", "{bad}"], "bad.npz: is damaged or truncated"),
        (["course", "{odd}"], "no layer of course could be matched with one of odd.npz"),
        (["course", "{two}"], "has 2 examples, but the input has 1"),
        (["course", "course", "--map", "conv1"], "--map: expected a=b"),
        (["course", "course", "--map", "conv1=conv9"], "B (course) has no layer 'conv9'. Did you mean 'conv"),
        (["course", "{odd}", "--map", "conv1=a"], "odd.npz, a: is 7, which is not of 64×64×8 for each example"),
        (["course", "{odd}", "--set-b", "conv1.padding=same"], "--set-b: changes a net, and these are saved outputs"),
        (["course"], "the following arguments are required: B"),
        (["course", "course", "--tui"], "the debugger needs a terminal, and standard output is none"),
        (["course", "course", "--tui", "--json"], "--tui: it can't be used together with --json"),
    ],
)
def test_what_can_not_be_compared_is_one_message(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 nothing")
    np.savez(tmp_path / "odd.npz", a=np.zeros(7), b=np.zeros((3, 5)))
    np.savez(tmp_path / "two.npz", conv1=np.zeros((2, 64, 64, 8)))
    paths = {name: str(tmp_path / f"{name}.npz") for name in ("bad", "odd", "two")}
    done = convstep("diff", *(each.format(**paths) for each in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_hostile_names_and_numbers_do_no_harm(tmp_path: Path) -> None:
    outputs: dict[str, Any] = {"\x1b[2J": np.full((1, 64, 64, 8), np.nan), "x" * 500: np.full((1, 64, 64, 8), 1e300)}
    np.savez(tmp_path / "o.npz", **outputs)
    done = convstep("diff", "course", str(tmp_path / "o.npz"))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    np.savez(tmp_path / "p.npz", conv1=np.array([{}], dtype=object))
    assert "pickled" in convstep("diff", "course", str(tmp_path / "p.npz")).stderr
