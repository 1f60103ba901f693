"""Nets as code: what is written computes what we compute, in NumPy always, and in each framework that is installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import ENVIRONMENT

from convstep.answers.emit import ARRAYS, CODE, FRAMEWORKS, call, emit
from convstep.engine.steps import Array
from convstep.errors import ArgumentError, ShapeError
from convstep.layers import KINDS, Layer
from convstep.layers.weights import Drawn
from convstep.network import Network
from convstep.report.files import write_arrays
from convstep.spec import load
from convstep.spec.samples import bundled

MAP, LENGTH = (2, 9, 11, 4), (13, 4)
BIAS = "bias: {init: normal, seed: 3}"
TWO = "- relu: {name: a}\n- tanh: {name: b, input: input}\n"
EVEN, ODD = "kernel: [3, 2], stride: [2, 3]", "kernel: 3, stride: 2"
DILATED = "kernel: [3, 2], dilation: [2, 3], stride: [2, 1]"


def layers() -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield shapes of inputs and layers for them: every kind, and what frameworks do in different ways."""
    for padding in ("same", "valid", "same_lower", "full", "1", "[[1, 2], [0, 3]]"):
        for window in (EVEN, ODD, DILATED, "kernel: [2, 3], dilation: 2"):
            yield MAP, f"- conv: {{filters: 6, {window}, padding: {padding}, groups: 2, {BIAS}}}"
            yield MAP, f"- depthwise_conv: {{{window}, padding: {padding}, multiplier: 2, {BIAS}}}"
        for window in (EVEN, ODD, DILATED, "kernel: [2, 3]"):
            for ceil in ("", ", ceil_mode: true"):
                yield MAP, f"- max_pool: {{{window}, padding: {padding}{ceil}}}"
                yield MAP, f"- avg_pool: {{{window}, padding: {padding}{ceil}}}"
                yield MAP, f"- avg_pool: {{{window}, padding: {padding}{ceil}, count_include_pad: true}}"
    for padding in ("same", "valid", "same_lower", "full", "causal", "1", "[1, 2]"):
        for window in ("stride: 2", "dilation: 2", "stride: 3, dilation: 2"):
            yield LENGTH, f"- conv1d: {{filters: 6, kernel: 4, padding: {padding}, {window}, groups: 2, {BIAS}}}"
            yield LENGTH, f"- depthwise_conv: {{kernel: 4, padding: {padding}, {window}, bias: false}}"
            yield LENGTH, f"- max_pool: {{kernel: 4, padding: {padding}, {window}, ceil_mode: true}}"
            yield LENGTH, f"- avg_pool: {{kernel: 4, padding: {padding}, {window}}}"
    for padding in ("same", "valid", "same_lower", "1", "[[1, 2], [0, 1]]", "[[2, 0], [1, 0]]"):
        for stamps in (
            "stride: [2, 3], output_padding: [1, 2]",
            "stride: [4, 3], groups: 2",
            "dilation: 2",
            "stride: 2, dilation: [3, 2], output_padding: [2, 1]",
        ):
            yield MAP, f"- conv_transpose: {{filters: 6, kernel: [3, 2], padding: {padding}, {stamps}, {BIAS}}}"
    for padding in ("same", "[1, 2]", "[2, 0]"):
        for stamps in ("stride: 2", "stride: 3, output_padding: 2, bias: false", "dilation: 2, groups: 2"):
            yield LENGTH, f"- conv_transpose: {{filters: 6, kernel: 3, padding: {padding}, {stamps}}}"
    for mode in ("reflect", "edge", "zero"):
        yield MAP, f"- conv: {{filters: 4, kernel: 4, padding: same, padding_mode: {mode}}}"
        yield MAP, f"- pad: {{padding: [[1, 0], [2, 1]], mode: {mode}}}"
        yield LENGTH, f"- pad: {{padding: [1, 2], mode: {mode}}}"
    for layer in ("crop: 1", "crop: {cropping: [[0, 1], [2, 0]]}", "crop: 0"):
        yield MAP, f"- {layer}"
    yield LENGTH, "- crop: {cropping: [1, 2]}"
    four = "[0.5, 1, -0.25, 2]"
    for shape in (MAP, LENGTH):
        for layer in (
            *("relu", "tanh", "sigmoid", "softmax", "identity", "clip", "global_avg_pool", "global_max_pool"),
            *(
                "dropout: {rate: 0.25}",
                "leaky_relu: {alpha: 0.2}",
                "leaky_relu: {alpha: -0.5}",
                f"prelu: {{alpha: {four}}}",
            ),
            f"batch_norm: {{gamma: {four}, beta: {four}, mean: {four}, variance: [1, 2, 3, 4], epsilon: 0.01}}",
            *("elu: {alpha: 0.5}", "gelu", "gelu: {approximate: true}", "hard_sigmoid: {alpha: 0.2, beta: 0.4}"),
            *("hard_swish", "silu", "log_softmax"),
            *("clip: {min: -0.2, max: .inf}", "flatten", "upsample: {scale: 3}"),
        ):
            yield shape, f"- {layer}"
            if "global" not in layer and "upsample" not in layer:
                yield shape, f"- flatten\n- dense: {{units: 4, {BIAS}}}\n- {layer}"
        yield from ((shape, f"{TWO}- {kind}: {{inputs: [a, b, input, a]}}") for kind in ("add", "multiply", "concat"))
    yield MAP, "- upsample: {scale: [41, 1]}"
    yield MAP, HOSTILE


HOSTILE = """\
- relu: {name: class}
- tanh: {name: x}
- conv: {name: forward, filters: 4, kernel: 1, input: class}
- conv: {name: inputs, filters: 4, kernel: 1, input: x}
- conv: {name: np, filters: 4, kernel: 1}
- add: {name: net, inputs: [x, inputs, input, np, forward]}
"""
"""Layers with names that mean something in the code."""


@cache
def net(shape: tuple[int, ...], text: str, dtype: str = "float32") -> tuple[Network, Array]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.yaml"
        source = f"{{shape: {list(shape)}, random: {{distribution: normal, seed: 1}}}}"
        path.write_text(f"dtype: {dtype}\ninput: {source}\nlayers:\n{text}\n", encoding="utf-8")
        return load(path)


def nets() -> Iterator[tuple[str, Network, Array]]:
    """Yield all nets: of the layers, some in other dtypes, and the samples."""
    for number, (shape, text) in enumerate(layers()):
        yield (text, *net(shape, text))
        if number % 12 == 0:
            yield from ((f"{dtype}: {text}", *net(shape, text, dtype)) for dtype in ("float16", "float64"))
    for name in bundled():
        yield (name, *load(name))


def write(folder: Path, network: Network, x: Array, framework: str) -> Path:
    """Write a program and its arrays into a new folder; return the program's path."""
    program = emit(network, framework, x)
    folder.mkdir()
    (folder / CODE).write_text(program.code, encoding="utf-8")
    with (folder / ARRAYS).open("wb") as file:
        write_arrays(file, program.arrays)
    return folder / CODE


RUNNER = """
import contextlib, io, runpy, sys, warnings
warnings.simplefilter("ignore")
for path in sys.argv[1:]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        if not end.code and said.getvalue().startswith("agrees with convstep"):
            continue
    except Exception as error:
        said.write(repr(error))
    print(path, said.getvalue())
"""


def run(paths: list[Path]) -> str:
    """Run programs in one process; return what those say that fail."""
    environment = {**ENVIRONMENT, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    arguments = [sys.executable, "-I", "-c", RUNNER, *map(str, paths)]
    return subprocess.run(arguments, check=True, capture_output=True, text=True, env=environment).stdout


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_code_of_every_net_agrees_with_ours(framework: str, tmp_path: Path) -> None:
    if find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    assert run([write(tmp_path / f"{n}", net, x, framework) for n, (_, net, x) in enumerate(nets())]) == ""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_code_with_its_arrays_in_it_agrees_with_ours(framework: str, tmp_path: Path) -> None:
    if find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    paths = []
    chosen = [
        *(net(MAP, f"- flatten\n- dense: {{units: 4, weights: {{init: {init}, seed: 7}}}}") for init in INITS),
        net(MAP, "- batch_norm: {gamma: [1, 2, 3, 4]}\n- prelu", "float16"),
        net(LENGTH, "- conv1d: {filters: 2, kernel: 3, weights: {init: he}}", "float64"),
        *(load(name) for name in bundled()),
    ]
    for number, (network, x) in enumerate(chosen):
        program = emit(network, framework, x, embed=True)
        assert not program.arrays
        paths.append(tmp_path / f"{number}.py")
        paths[-1].write_text(program.code, encoding="utf-8")
    assert run(paths) == ""


INITS = ("xavier", "he", "normal", "zeros")


def test_weights_that_are_drawn_are_drawn_alike_in_code() -> None:
    for shape in ((3, 2, 4, 6), (300, 500)):
        for init in INITS:
            drawn = Drawn(init, 11)
            code = drawn.code(shape, np.dtype(np.float32))
            np.testing.assert_array_equal(eval(code, {"np": np}), drawn.of(shape, np.dtype(np.float32)))


def test_code_that_would_be_too_long_runs_on_random_numbers(tmp_path: Path) -> None:
    network, x = net((200, 200, 3), "- relu")
    program = emit(network, "numpy", x, embed=True)
    assert len(program.code) < 2000
    (tmp_path / CODE).write_text(program.code, encoding="utf-8")
    assert run([tmp_path / CODE]).endswith("the output is (1, 200, 200, 3), from random numbers\n\n")


def test_there_is_a_net_of_every_kind() -> None:
    assert {layer.kind for _, network, _ in nets() for layer in network.layers} == set(KINDS)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_framework_writes_every_kind_without_convstep(framework: str) -> None:
    for text, network, _ in nets():
        code = emit(network, framework).code
        compile(code, text, "exec")
        assert "import convstep" not in code
        assert max(map(len, code.split("\n")[3:])) <= 120, text
        for layer in network.names:
            compile(call(network, layer, framework), text, "exec")


def test_the_numpy_code_computes_the_very_output(tmp_path: Path) -> None:
    """Without the comparison that it makes by itself."""
    network, x = load("residual")
    program = emit(network, "numpy", x)
    namespace: dict[str, Any] = {"__name__": "net"}
    exec(program.code, namespace)
    Z = network.forward(x)[network.names[-1]]
    np.testing.assert_allclose(namespace["net"](program.arrays["input"], program.arrays), Z, atol=1e-5 * abs(Z).max())


@pytest.mark.parametrize("name", ["fc/weights", "conv1/bias", "input", "expected"])
def test_a_number_that_differs_is_noticed(tmp_path: Path, name: str) -> None:
    network, x = load("course")
    path = write(tmp_path / "net", network, x, "numpy")
    arrays = dict(np.load(path.with_name(ARRAYS)))
    arrays[name] = arrays[name] + np.float32(0.01)
    np.savez(path.with_name(ARRAYS), **arrays)
    assert "DOES NOT agree with convstep: the largest difference is" in run([path])


def test_numbers_that_are_not_finite_agree(tmp_path: Path) -> None:
    network, x = net((5, 4, 3), "- relu")
    x = x.copy()
    x[0, 0, 0], x[0, 1, 1] = np.nan, np.inf
    assert run([write(tmp_path / "net", network, x, "numpy")]) == ""


def test_without_arrays_the_code_runs_on_random_numbers(tmp_path: Path) -> None:
    network, _ = load("mnist")
    (tmp_path / CODE).write_text(emit(network, "numpy", command="convstep emit mnist").code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", tmp_path / CODE], check=True, capture_output=True, text=True)
    assert done.stdout == "the output is (1, 10), from random numbers\n"
    assert "# 'convstep emit mnist --out FOLDER' saves convstep's own" in (tmp_path / CODE).read_text()


def test_a_net_that_cannot_run_is_written_up_to_where_it_can(tmp_path: Path) -> None:
    network, x = load("mnist", padding="valid")
    program = emit(network, "numpy", x)
    assert "# It ends at flatten, as dense1: its weights were made for 3136 inputs, but 1024 arrive" in program.code
    assert program.arrays["expected"].shape == (1, 1024)
    assert run([write(tmp_path / "net", network, x, "numpy")]) == ""
    with pytest.raises(ShapeError, match="made for 3136"):
        call(network, "dense1", "numpy")


def test_a_kind_that_does_not_say_how_it_is_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KINDS["relu"], "write", Layer.write)
    with pytest.raises(ArgumentError, match="a layer of kind 'relu' does not say how it is written"):
        emit(load("photo")[0], "torch")


def test_a_window_with_columns_along_a_length_is_written_in_numpy_only(tmp_path: Path) -> None:
    network, x = net(LENGTH, "- max_pool: {kernel: [3, 2], stride: 1, padding: [[0, 0], [1, 0]]}")
    with pytest.raises(ArgumentError, match="PyTorch has no windows with columns along a length"):
        emit(network, "torch")
    assert run([write(tmp_path / "net", network, x, "numpy")]) == ""


def test_a_title_stays_a_comment() -> None:
    network, _ = load("tiny")
    code = emit(Network("a\nimport os  \r# '''", *list(vars(network).values())[1:4]), "numpy").code
    assert code.startswith("# a\\nimport os  \\r# '''; in NumPy.\n# Written")


@pytest.mark.parametrize(
    ("name", "hint"), [("pytorhc", ""), ("tensorflw", "'tensorflow'"), ("caffe", "The frameworks are")]
)
def test_an_unknown_framework_is_refused(name: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=f"there is no framework '{name}'") as caught:
        emit(load("tiny")[0], name)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("sample", "layer", "framework", "lines"),
    [
        (
            "photo",
            "conv1",
            "torch",
            [
                "conv1 = nn.Conv2d(3, 8, kernel_size=4)",
                "# SAME: the odd row and column of padding go to the bottom and to the right",
                "x = F.pad(x, (1, 2, 1, 2))",
                "x = conv1(x)",
            ],
        ),
        ("photo", "conv1", "pytorch", None),
        ("photo", "conv1", "tensorflow", ['x = tf.nn.conv2d(x, W, 1, "SAME") + b']),
        ("photo", "conv1", "keras", ['x = layers.Conv2D(8, 4, padding="same")(x)']),
        ("photo", "pool1", "torch", ["x = F.max_pool2d(x, 8)"]),
        (
            "photo",
            "flatten",
            "torch",
            [
                "# channels last, as in TensorFlow: the dense weights' rows are in that order, not in PyTorch's",
                "x = x.permute(0, 2, 3, 1).flatten(1)",
            ],
        ),
        ("mnist", "conv2", "torch", ["conv2 = nn.Conv2d(32, 64, kernel_size=5, padding=2)", "x = conv2(x)"]),
        ("conv1d", "conv1d", "tensorflow", ['x = tf.nn.conv1d(x, W[:, 0], 1, "VALID") + b']),
        ("residual", "add1", "keras", ["x = layers.Add()([relu1, batch_norm3])"]),
        ("residual", "add1", "jax", ["x = relu1 + batch_norm3"]),
        ("lenet5", "f6", "numpy", ["x = x @ W + b"]),
    ],
)
def test_one_layer_is_written_as_one_would_type_it(
    sample: str, layer: str, framework: str, lines: list[str] | None
) -> None:
    written = call(load(sample)[0], layer, framework).splitlines()
    assert written == (lines or call(load(sample)[0], layer, "torch").splitlines())


def test_a_pool_that_has_to_be_padded_is_padded_with_what_never_wins() -> None:
    network, _ = net((5, 7, 1), "- max_pool: {kernel: 2, padding: same}")
    assert call(network, "pool1", "torch").splitlines() == [
        "# SAME: the odd row and column of padding go to the bottom and to the right",
        "# padded with minus infinity, which never wins",
        'x = F.pad(x, (0, 1, 0, 1), value=float("-inf"))',
        "x = F.max_pool2d(x, 2)",
    ]


def test_a_variable_is_kept_for_a_branch_that_takes_it_later() -> None:
    code = emit(load("residual")[0], "torch").code
    assert "relu1 = F.relu(x)" in code
    assert "x = self.conv1(relu1)" in code
    assert "x = relu1 + x" in code
