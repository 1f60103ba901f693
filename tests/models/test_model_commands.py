"""Commands on model files: their input, how it is prepared, changes for one run, and conversion to a spec."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import ENVIRONMENT, ROOT
from onnx import helper
from onnx_models import model, random

from convstep import cli
from convstep.cli import build_parser
from convstep.cli.completion import candidates
from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.loading import Given, load
from convstep.network import Network
from convstep.opening import open_session
from convstep.spec.preparation import Preparation
from convstep.tui import ConvstepApp

FILES = Path(__file__).parent / "files"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_exit_on_signals", lambda: None)  # signals stay pytest's
    shutil.copy(ROOT / "sample_specs" / "photo.png", "cat.png")
    shutil.copy(FILES / "lenet_legacy17.onnx", "model.onnx")
    shutil.copy(FILES / "norms_legacy17.onnx", "norms.onnx")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def identity(shape: tuple[int | str, ...]) -> str:
    """Write a model that changes nothing; return its name."""
    Path("same.onnx").write_bytes(model([helper.make_node("Identity", ["x"], ["y"])], shape).SerializeToString())
    return "same.onnx"


def given(name: str, **preparation: Any) -> Array:
    return load("same.onnx", given=Given(name, Preparation(**preparation)))[1]


def test_a_picture_is_fitted_to_the_input_and_what_is_done_to_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "forward", "model.onnx", "--input", "cat.png")
    assert code == 0
    assert out.splitlines()[-1].startswith("dense1 = [")
    assert err.splitlines() == [
        "model.onnx: its input x is NCHW; here channels come last",
        "cat.png: values from 0 to 1; --scale, --mean and --std change that",
    ]
    code, _, err = run(capsys, "shapes", "model.onnx", "--scale", "-1..1", "--mean", "-0.5", "--std", "2")
    assert (code, err.splitlines()[-1]) == (
        0,
        "no --input is given: the bundled digit.png, values from −1 to 1, less −0.5, divided by 2",
    )


def test_a_picture_is_prepared_channel_by_channel() -> None:
    identity((1, 3, 6, 7))
    pixels = given("cat.png")
    assert pixels.shape == (1, 6, 7, 3)
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.25, 0.5)
    np.testing.assert_allclose(given("cat.png", mean=mean, std=std), (pixels - mean) / std, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(given("cat.png", scale=(-1.0, 1.0)), 2 * pixels - 1, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(given("cat.png", scale=(0.0, 255.0)), 255 * pixels, rtol=1e-5)
    with pytest.raises(SpecError, match="--mean: expected a number for each of 3 channels, or one, got 2"):
        given("cat.png", mean=(1.0, 2.0))
    with pytest.raises(SpecError, match="--std: nothing can be divided by 0"):
        given("cat.png", std=(0.0,))


def test_arrays_are_taken_in_the_models_order_and_in_ours() -> None:
    identity(("N", 3, 6, 7))
    own = random(4, 3, 6, 7)
    np.savez("x.npz", own=own, ours=np.moveaxis(own, 1, -1), one=own[2], bytes=np.full((3, 6, 7), 51, np.uint8))
    for key in ("own", "ours"):
        np.testing.assert_array_equal(given(f"x.npz:{key}"), np.moveaxis(own, 1, -1))
    np.testing.assert_array_equal(given("x.npz:one"), np.moveaxis(own, 1, -1)[2:3])
    np.testing.assert_array_equal(given("x.npz:own:2"), np.moveaxis(own, 1, -1)[2:3])
    np.testing.assert_allclose(given("x.npz:bytes"), np.full((1, 6, 7, 3), 0.2), rtol=1e-6)
    np.testing.assert_allclose(given("x.npz:own", mean=(1.0,)), np.moveaxis(own, 1, -1) - 1, rtol=1e-5, atol=1e-6)
    np.save("wrong.npy", own[0].transpose(0, 2, 1))
    with pytest.raises(SpecError, match="expected 6×7×3 numbers, got 3×7×6"):
        given("wrong.npy")


def test_a_model_that_takes_bytes_gets_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    made = model([helper.make_node("Cast", ["x"], ["c"], to=1), helper.make_node("Relu", ["c"], ["y"])], (1, 3, 6, 7))
    made.graph.input[0].type.tensor_type.elem_type = 2
    Path("same.onnx").write_bytes(made.SerializeToString())
    whole = given("cat.png", scale=(0.0, 1.0))
    np.testing.assert_allclose(given("cat.png"), whole * 255, rtol=1e-5)
    np.save("bytes.npy", np.full((3, 6, 7), 51, np.uint8))
    np.testing.assert_allclose(given("bytes.npy"), np.full((1, 6, 7, 3), 51), rtol=1e-6)
    assert run(capsys, "shapes", "same.onnx")[2].endswith("the bundled photo.png, values from 0 to 255\n")


def test_without_a_picture_that_fits_numbers_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "forward", identity((1, 5, 2, 2)))
    assert (code, err.splitlines()[-1]) == (0, "no --input is given: 2×2×5 random numbers")


def test_windows_and_the_inputs_shape_are_changed_for_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "shapes", "model.onnx", "--set", "conv2.padding=same")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines() if line[:5] in ("conv2", "dense")][:2] == [
        ["conv2", "6×6×6"],
        ["dense1", "—"],
    ]
    code, out, err = run(capsys, "shapes", "norms.onnx", "--set", "c.padding=same")
    assert code == 2
    assert "n: it is computed as a whole, from 4×4×2, but 6×6×2 arrives" in err
    for change, message in {
        "c.filters=3": "of a model file only padding, stride and dilation can be changed, and input.shape",
        "d.padding=same": "there is no layer 'd'",
        "input.shape=two": "expected [height, width, channels]",
        "c.stride=0": "expected an integer of at least 1, got 0",
    }.items():
        code, out, err = run(capsys, "shapes", "norms.onnx", "--set", change)
        assert (code, out) == (2, "")
        assert f"--set {change}: " in err
        assert message in err


def test_it_is_converted_to_a_spec_and_weights(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "convert", "model.onnx", "net.yaml", "--input", "cat.png")
    assert (code, out) == (0, "net.yaml\nnet.npz\n")
    assert (
        "  - dense: {name: dense1, units: 5, weights: {file: net.npz, key: dense1/weights}"
        in Path("net.yaml").read_text()
    )
    own, found = load("model.onnx", given=Given("cat.png")), load("net.yaml")
    for (network, x), (other, y) in [(own, found)]:
        np.testing.assert_array_equal(network.forward(x)["dense1"], other.forward(y)["dense1"])
    before = Path("net.yaml").read_bytes()
    code, _, err = run(capsys, "convert", "norms.onnx", "net.yaml")
    assert (code, err) == (2, "net.yaml: it exists. --force replaces it\n")
    code, _, err = run(capsys, "convert", "norms.onnx", "net.yaml", "--force")
    assert code == 2
    assert err.splitlines()[-1].endswith(
        "a spec has no kind of layer for n (InstanceNormalization), l (LayerNormalization). "
        "The model itself opens as it is; for a spec, replace them in the model, and save it again"
    )
    assert Path("net.yaml").read_bytes() == before
    code, _, err = run(capsys, "convert", "model.onnx", "net.txt")
    assert (code, err) == (2, "net.txt: a spec's name ends with .yaml. Say net.txt.yaml\n")


def test_an_array_says_how_large_an_input_is_that_a_file_leaves_open() -> None:
    """In the model's order, as frameworks write it, or in ours; of one example, or of several."""
    x = np.load(FILES / "net_in.npz")["x"]
    for number, array in enumerate((x, x[0], x.transpose(0, 2, 3, 1), x[1].transpose(1, 2, 0), x[0, 0])):
        np.save(f"x{number}.npy", array)
        network, found = load(FILES / "net.pt", given=Given(f"x{number}.npy"))
        assert network.input_shape == (12, 12, 1)
        np.testing.assert_array_equal(found[0, ..., 0], x[int(number == 3), 0])
    np.save("odd.npy", np.zeros((2, 1, 2, 12), np.float32))
    with pytest.raises(SpecError, match="expected 16×16×1 numbers, got 2×1×2×12"):
        load(FILES / "net.pt", given=Given("odd.npy"))
    open_sizes = model([helper.make_node("Relu", ["x"], ["y"])], ("n", 3, "height", "width"))
    Path("open.onnx").write_bytes(open_sizes.SerializeToString())
    np.savez("two.npz", a=np.zeros((1, 3, 9, 7), np.float32), b=np.zeros(3))
    assert load("open.onnx", given=Given("two.npz:a"))[0].input_shape == (9, 7, 3)
    np.save("fixed.npy", np.zeros((1, 4, 9, 7), np.float32))
    with pytest.raises(SpecError, match=r"leaves sizes of its input open: 3×\?×\?"):
        load("open.onnx", given=Given("fixed.npy"))


def test_options_for_models_are_for_models(capsys: pytest.CaptureFixture[str]) -> None:
    for options, message in {
        ("--layout", "NHWC"): "--layout: is for model files, and this is a spec",
        ("--output", "y"): "--output: is for model files, and this is a spec",
        ("--mean", "1"): "--scale, --mean, --std: there is no --input that it could be for",
        ("--mean", "one"): "--mean: expected numbers such as 0.485,0.456,0.406, got 'one'",
    }.items():
        code, out, err = run(capsys, "shapes", "tiny", *options)
        assert (code, out) == (2, "")
        assert err.startswith(message)


def test_what_a_block_is_made_of_is_not_known_and_that_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "map", "norms.onnx", "--neuron", "l:0,0,1")
    assert out.startswith("neuron (0, 0, 1) of l sees the whole input: all 36 pixels")
    _, out, _ = run(capsys, "contributions", "norms.onnx", "--neuron", "l:0,0,1")
    assert "100.0%  computed as a whole" in out
    code, _, _ = run(capsys, "contributions", "norms.onnx", "--neuron", "c:0,0,1", "--forward")
    assert code == 0
    code, _, err = run(capsys, "emit", "norms.onnx", "--framework", "torch")
    assert code == 2
    assert err.splitlines()[-1].endswith(
        ": there is no code for n (InstanceNormalization), l (LayerNormalization). "
        "--layer NAME writes any other layer alone"
    )
    code, _, err = run(capsys, "emit", "norms.onnx", "--framework", "torch", "--layer", "n")
    assert (code, err.splitlines()[-1]) == (
        2,
        "n: InstanceNormalization is no kind of layer here, and there is no code for it",
    )
    code, out, _ = run(capsys, "emit", "norms.onnx", "--framework", "torch", "--layer", "c")
    assert code == 0
    assert "Conv2d" in out


async def test_the_screen_shows_layers_and_blocks() -> None:
    session = open_session("norms.onnx")
    app = ConvstepApp(session)
    async with app.run_test(size=(100, 30)) as pilot:
        for key in ("space", "tab", "space", "space", "enter", "right", "m", "escape", "tab", "w", "escape", "i"):
            await pilot.press(key)
        await pilot.pause()
    assert session.layer == "l"


def test_a_session_opens_a_model_by_its_verb() -> None:
    session = open_session("tiny")
    session.do("open model.onnx")
    network: Network = session.network
    assert network.names[-1] == "dense1"


def test_layers_and_what_can_be_changed_are_completed() -> None:
    parser = build_parser()
    assert candidates(parser, ["trace", "model.onnx", "--layer", "p"]) == ["pool1", "pool2"]
    assert candidates(parser, ["shapes", "model.onnx", "--set", "conv1."]) == [
        "conv1.padding=",
        "conv1.stride=",
        "conv1.dilation=",
    ]
    assert "model.onnx" in (candidates(parser, ["shapes", "mod"]) or ())


def test_nothing_about_models_is_imported_before_one_is_opened() -> None:
    code = (
        "import sys\nfrom convstep import load\nload('tiny')\n"
        "assert not [name for name in sys.modules if name.startswith('convstep.models')]\n"
        "load('model.onnx')\nassert 'convstep.models.onnx' in sys.modules\n"
        "assert not {'onnx', 'google.protobuf', 'textual'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
