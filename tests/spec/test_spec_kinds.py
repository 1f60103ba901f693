"""Mistakes in nets that branch, and in the fields of every kind of layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import convstep

from convstep.errors import SpecError
from convstep.spec import load

HEAD = "input: {shape: [8, 9, 2]}\nlayers:\n"
BEFORE = "  - conv: {name: a, filters: 2, kernel: 3, padding: same}\n  - relu: {name: r}\n"
LENGTH = "input: {shape: [8, 2]}\nlayers:\n"
STATED = "expected a list of two or more names of layers before this one, or input"
PADDINGS = "expected same, valid, same_lower, causal, full, an integer of at least 0, or [[top, bottom], [left, right]]"
NO_FIELD = "there is no such field"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def message(layers: str, head: str = HEAD) -> str:
    """What loading says; '' if it loads."""
    Path("net.yaml").write_text(head + layers)
    try:
        load("net.yaml")
    except SpecError as error:
        return str(error)
    return ""


def told(layers: str, head: str = HEAD) -> tuple[str, str, str]:
    """What is said of the net, what the carets are under, and the hint."""
    what, line, caret, *hint = message(layers, head).split("\n")
    place, said = what.split(": ", 1)
    row, column = map(int, place.removeprefix("net.yaml:").split(":"))
    assert line == (head + layers).split("\n")[row - 1]
    start = caret.index("^")
    assert start == column - 1
    return said, line[start : len(caret)], "\n".join(hint)


@pytest.mark.parametrize(
    ("layer", "said", "marked", "hint"),
    [
        ("relu: {input: b}", "layers[2].input: there is no layer 'b'", "b", "Before it are input, a, r"),
        ("relu: {input: inptu}", "layers[2].input: there is no layer 'inptu'", "inptu", "Did you mean 'input'?"),
        ("add: {inputs: [a, rr]}", "layers[2].inputs[1]: there is no layer 'rr'", "rr", "Did you mean 'r'?"),
        ("relu: {name: x, input: x}", "layers[2].input: a layer can't take its own output", "x", ""),
        ("add: {name: x, inputs: [a, x]}", "layers[2].inputs[1]: a layer can't take its own output", "x", ""),
        ("add", f"layers[2].inputs: is missing; {STATED}", "add", ""),
        ("concat: {}", f"layers[2].inputs: is missing; {STATED}", "concat", ""),
        ("add: {inputs: [a]}", f"layers[2].inputs: {STATED}, got ['a']", "[a]", ""),
        ("add: {inputs: a}", f"layers[2].inputs: {STATED}, got 'a'", "a", ""),
        ("add: {inputs: [a, 3]}", f"layers[2].inputs: {STATED}, got ['a', 3]", "[a, 3]", ""),
        ("multiply: {input: a}", f"layers[2].input: {NO_FIELD}", "input", "Did you mean 'inputs'?"),
        ("relu: {inputs: [a, r]}", f"layers[2].inputs: {NO_FIELD}", "inputs", "Did you mean 'input'?"),
        (
            "relu: {input: [a]}",
            "layers[2].input: expected the name of a layer before this one, or input, got ['a']",
            "[a]",
            "",
        ),
        ("relu: {name: input}", "layers[2].name: the name 'input' is taken by the input", "input", ""),
    ],
)
def test_inputs_of_a_layer(layer: str, said: str, marked: str, hint: str) -> None:
    assert told(f"{BEFORE}  - {layer}\n") == (said, marked, hint)


def test_a_layer_that_comes_later() -> None:
    assert told("  - relu: {name: b, input: c}\n  - relu: {name: c}\n") == (
        "layers[0].input: c comes later: a layer takes what layers before it give",
        "c",
        "",
    )


def test_an_output_that_nothing_uses() -> None:
    assert told(f"{BEFORE}  - relu: {{name: q, input: a}}\n") == (
        "layers[1]: nothing uses the output of r: q takes its input from a",
        "relu: {name: r}",
        "Name r as an input of a later layer, or leave it out",
    )


@pytest.mark.parametrize(
    ("layer", "arrive", "differ"),
    [
        ("max_pool: {name: p, kernel: 2}", "4×4×2 and 8×9×2", "heights and widths"),
        ("max_pool: {name: p, kernel: [2, 1]}", "4×9×2 and 8×9×2", "heights"),
        ("max_pool: {name: p, kernel: [1, 2]}", "8×4×2 and 8×9×2", "widths"),
        ("conv: {name: p, kernel: 1, filters: 3}", "8×9×3 and 8×9×2", "numbers of channels"),
        ("conv: {name: p, kernel: [2, 1], filters: 3}", "7×9×3 and 8×9×2", "heights and numbers of channels"),
        ("flatten: {name: p}", "144 and 8×9×2", "numbers of axes"),
    ],
)
def test_maps_that_cant_be_added_or_joined(layer: str, arrive: str, differ: str) -> None:
    layers = f"{BEFORE}  - {layer}\n  - %s: {{inputs: [p, r]}}\n"
    for kind in ("add", "multiply"):
        said, marked, hint = told(layers % kind)
        assert said == f"layers[3]: {kind} takes maps of one shape, but {arrive} arrive: their {differ} differ"
        assert marked == f"{kind}: {{inputs: [p, r]}}"
        assert hint == "Name inputs of one shape, or change what is before them"
    if differ == "numbers of channels":
        assert message(layers % "concat") == ""
        return
    said, _, hint = told(layers % "concat")
    differ = differ.replace(" and numbers of channels", "")
    assert said == f"layers[3]: concat takes maps of one height and width, but {arrive} arrive: their {differ} differ"
    assert hint == "Only the numbers of channels may differ"


GROUPED = "3 filters can't be split into 2 groups"
TOO_WIDE = "8 rows of padding can't be reflected from a map of 8"
FLAG = "expected true or false, got"
SHARE = "expected a number from 0 up to 1, got"
PAST = "expected less than the stride"
BELOW = "a variance is never below 0"


@pytest.mark.parametrize(
    ("layer", "said", "marked"),
    [
        ("conv: {filters: 1, kernel: 3, padding: [[8, 0], [0, 0]], padding_mode: reflect}", TOO_WIDE, "conv: {"),
        ("pad: {padding: [[0, 8], [1, 1]], mode: reflect}", TOO_WIDE, "pad: {"),
        ("pad: {padding: same}", "padding: 'same' depends on a window, and there is none", "same"),
        ("pad", "padding: is missing; expected same", "pad"),
        ("clip: {min: 3, max: 1}", "min: expected at most max, 1, got 3", "3"),
        ("clip: {min: 7}", "min: expected at most max, 6, got 7", "7"),
        ("clip: {max: -1}", "min: expected at most max, −1, got 0", "clip"),
        ("clip: {min: .nan}", "min: expected at most max, 6, got NaN", ".nan"),
        ("batch_norm: {variance: [1, -0.5]}", f"variance: {BELOW}, but channel 1 has -0.5", "[1, -0.5]"),
        ("batch_norm: {variance: -1}", f"variance: {BELOW}, got -1", "-1"),
        ("batch_norm: {variance: {file: v.npy}}", f"variance: {BELOW}, but channel 1 has -2", "{file: v.npy}"),
        (
            "batch_norm: {variance: {init: normal}}",
            f"variance: {BELOW}, and drawn numbers may be",
            "{init: normal}",
        ),
        ("batch_norm: {gamma: [1, 2, 3]}", "gamma: expected 2 numbers, got 3 numbers", "[1, 2, 3]"),
        ("batch_norm: {mean: {file: three.npy}}", "mean.file: three.npy: expected 2 numbers, got 3 num", "three.npy"),
        ("batch_norm: {epsilon: -1}", "epsilon: expected a number of at least 0, got -1", "-1"),
        ("max_pool: {kernel: 3, ceil_mode: 1}", f"ceil_mode: {FLAG} 1", "1"),
        ("avg_pool: {kernel: 3, count_include_pad: yes}", f"count_include_pad: {FLAG} 'yes'", "yes"),
        ("dropout: {rate: 1}", f"rate: {SHARE} 1", "1"),
        ("dropout: {rate: -0.1}", f"rate: {SHARE} -0.1", "-0.1"),
        ("conv_transpose: {filters: 1, kernel: 3, stride: 2, output_padding: 2}", f"output_padding: {PAST} 2", "2"),
        (
            "conv_transpose: {filters: 1, kernel: 3, stride: [3, 1], output_padding: 2}",
            f"output_padding: {PAST} 1",
            "2",
        ),
        (
            "conv_transpose: {filters: 1, kernel: 3, padding: full}",
            "padding: a transposed convolution has no p",
            "full",
        ),
        (
            "conv_transpose: {filters: 1, kernel: 1, padding: 4}",
            "stamps of 1x1 from a 8x9 input leave nothing",
            "conv_",
        ),
        ("conv: {filters: 3, kernel: 1, groups: 2}", "2 channels and 3 filters can't be split into 2 groups", "conv: "),
        ("conv_transpose: {filters: 3, kernel: 1, groups: 2}", f"groups: {GROUPED}", "2"),
        ("conv_transpose: {filters: 3, kernel: 1, groups: 3}", "2 channels can't be split into 3 groups", "conv_"),
        ("prelu: {alpha: [1, 2, 3]}", "alpha: expected 2 numbers, got 3 numbers", "[1, 2, 3]"),
        ("prelu: {alpha: x}", "alpha: expected numbers, {file, key} or {init, seed}, got 'x'", "x"),
        ("leaky_relu: {alpha: .nan}", "alpha: expected a number, got NaN", ".nan"),
        ("leaky_relu: {alpha: true}", "alpha: expected a number, got true", "true"),
        ("upsample: {scale: 0}", "scale: expected an integer of at least 1, got 0", "0"),
        ("depthwise_conv: {kernel: 2, weights: [[1]]}", "weights: expected 2×2×2×1 numbers, got a single", "[[1]]"),
        ("dense: {units: 2, inputs: [a, r]}", "inputs: expected an integer of at least 1, got ['a', 'r']", "[a, r]"),
        *(
            (f"{kind}: {{{fields}kernel: 3, padding: causal}}", "padding: causal padding goes along a length", "causal")
            for kind, fields in (("conv", "filters: 1, "), ("avg_pool", ""), ("depthwise_conv", ""))
        ),
    ],
)
def test_fields_of_a_kind(layer: str, said: str, marked: str) -> None:
    np.save("v.npy", [1.0, -2.0])
    np.save("three.npy", [1.0, 2.0, 3.0])
    found, under, _ = told(f"  - {layer}\n")
    assert found.startswith((f"layers[0].{said}", f"layers[0]: {said}"))
    assert under == marked or (under == layer and layer.startswith(marked))


@pytest.mark.parametrize(
    "layer",
    [
        "pad: {padding: [[7, 7], [8, 8]], mode: reflect}",
        "clip: {min: 6}",
        "batch_norm: {variance: 0, epsilon: 0, mean: 2}",
        "batch_norm: {variance: {init: zeros}}",
        "dropout: {rate: 0.999}",
        "conv_transpose: {filters: 4, kernel: 3, stride: 2, output_padding: 1, groups: 2}",
        "conv_transpose: {filters: 1, kernel: 1, padding: 3}",
        "prelu: {alpha: 0.1}",
    ],
)
def test_the_last_that_can_be(layer: str) -> None:
    assert message(f"  - {layer}\n") == ""


@pytest.mark.parametrize(
    ("field", "word", "hint"),
    [
        ("padding", "SAME_UPPER", "Did you mean 'same'?"),
        ("padding", "smae", "Did you mean 'same'?"),
        ("padding", "samelower", "Did you mean 'same_lower'?"),
        ("padding", "casual", "Did you mean 'causal'?"),
        ("padding", "fulll", "Did you mean 'full'?"),
        ("padding", "NOTSET", "Did you mean 'valid'?"),
        ("padding", "none", "Did you mean 'valid'?"),
        ("padding", "explicit", ""),
        ("padding_mode", "zeros", "Did you mean 'zero'?"),
        ("padding_mode", "constant", "Did you mean 'zero'?"),
        ("padding_mode", "replicate", "Did you mean 'edge'?"),
        ("padding_mode", "Reflect", "Did you mean 'reflect'?"),
        ("padding_mode", "symmetric", "Did you mean 'reflect'?"),
        ("padding_mode", "circular", ""),
    ],
)
def test_words_for_padding(field: str, word: str, hint: str) -> None:
    choices = PADDINGS if field == "padding" else "expected zero, reflect or edge"
    said = f"layers[0].{field}: {choices}, got '{word}'"
    assert told(f"  - conv: {{filters: 1, kernel: 3, {field}: {word}}}\n") == (said, word, hint)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("conv2d", "conv"),
        ("Conv2D", "conv"),
        ("convolution", "conv"),
        ("Conv2DTranspose", "conv_transpose"),
        ("deconv", "conv_transpose"),
        ("DepthwiseConv2D", "depthwise_conv"),
        ("maxpool2d", "max_pool"),
        ("MaxPooling2D", "max_pool"),
        ("avgpool", "avg_pool"),
        ("AveragePool", "avg_pool"),
        ("GlobalAveragePooling2D", "global_avg_pool"),
        ("gap", "global_avg_pool"),
        ("GlobalMaxPool", "global_max_pool"),
        ("fc", "dense"),
        ("Linear", "dense"),
        ("gemm", "dense"),
        ("BatchNormalization", "batch_norm"),
        ("batchnorm2d", "batch_norm"),
        ("ReLU", "relu"),
        ("ReLU6", "clip"),
        ("LeakyReLU", "leaky_relu"),
        ("Concatenate", "concat"),
        ("sum", "add"),
        ("mul", "multiply"),
        ("ZeroPadding2D", "pad"),
        ("UpSampling2D", "upsample"),
        ("Cropping2D", "crop"),
        ("reshape", "flatten"),
        ("logistic", "sigmoid"),
    ],
)
def test_kinds_by_the_names_of_other_frameworks(theirs: str, ours: str) -> None:
    assert told(f"  - {theirs}: {{}}\n") == (
        f"layers[0]: there is no layer '{theirs}'",
        theirs,
        f"Here it is called '{ours}'",
    )


@pytest.mark.parametrize(
    ("kind", "theirs", "ours"),
    [
        ("conv", "kernel_size", "kernel"),
        ("conv", "strides", "stride"),
        ("conv", "out_channels", "filters"),
        ("conv", "dilation_rate", "dilation"),
        ("conv", "auto_pad", "padding"),
        ("conv", "use_bias", "bias"),
        ("conv", "W", "weights"),
        ("conv1d", "kernel_size", "kernel"),
        ("max_pool", "pool_size", "kernel"),
        ("avg_pool", "kernel_shape", "kernel"),
        ("depthwise_conv", "depth_multiplier", "multiplier"),
        ("conv_transpose", "strides", "stride"),
        ("dense", "out_features", "units"),
        ("dense", "in_features", "inputs"),
        ("batch_norm", "eps", "epsilon"),
        ("batch_norm", "running_mean", "mean"),
        ("batch_norm", "moving_variance", "variance"),
        ("leaky_relu", "negative_slope", "alpha"),
        ("clip", "max_value", "max"),
        ("dropout", "p", "rate"),
        ("pad", "padding_mode", "mode"),
        ("upsample", "scale_factor", "scale"),
        ("crop", "crops", "cropping"),
    ],
)
def test_fields_by_the_names_of_other_frameworks(kind: str, theirs: str, ours: str) -> None:
    assert told(f"  - {kind}: {{{theirs}: 1}}\n") == (
        f"layers[0].{theirs}: {NO_FIELD}",
        theirs,
        f"Here it is called '{ours}'",
    )


@pytest.mark.parametrize(
    ("kind", "theirs", "hint"),
    [
        ("conv", "activation", "An activation is a layer of its own, after this one: relu, for example"),
        ("conv", "in_channels", "How many channels arrive is known: leave it out"),
        ("prelu", "num_parameters", "How many channels arrive is known: leave it out"),
        ("batch_norm", "num_features", "How many channels arrive is known: leave it out"),
        ("conv", "data_format", "Arrays are height × width × channels: leave it out"),
        ("softmax", "axis", "The fields here are name, input"),
    ],
)
def test_fields_that_are_not_needed_here(kind: str, theirs: str, hint: str) -> None:
    assert told(f"  - {kind}: {{{theirs}: 1}}\n")[2] == hint


def test_a_fault_on_one_branch_is_said_and_not_that_others_wait_for_it() -> None:
    big = "  - conv: {name: big, input: a, filters: 1, kernel: 11}\n"
    said, marked, hint = told(f"{BEFORE}{big}  - prelu: {{alpha: [1, 2, 3]}}\n  - add: {{inputs: [r, prelu1]}}\n")
    assert said == "layers[2]: a window of 11x11 does not fit in the 8x9 input"
    assert marked == big.strip(" -\n")
    assert hint == "Take a smaller kernel, or padding 'same'"


DECLARED = "  - flatten: {name: f}\n  - dense: {name: d, units: 3, inputs: 5}\n"


def test_a_declared_mismatch_hides_no_fault_of_another_branch() -> None:
    other = "  - conv: {filters: 1, kernel: 11, input: input}\n  - flatten\n  - concat: {inputs: [d, flatten]}\n"
    assert told(DECLARED + other)[0] == "layers[2]: a window of 11x11 does not fit in the 8x9 input"
    assert message(DECLARED + other.replace("11", "2")) == ""


def test_numbers_behind_a_layer_that_cant_work_are_checked_all_the_same() -> None:
    for layer, said in {
        "prelu: {alpha: x}": "layers[2].alpha: expected numbers",
        "batch_norm: {variance: -1}": "layers[2].variance: a variance is never below 0",
        "batch_norm: {mean: [[[1]], 2]}": "layers[2].mean[1]: expected",
    }.items():
        assert told(f"{DECLARED}  - {layer}\n")[0].startswith(said)


def test_a_number_that_no_float_holds_is_none() -> None:
    said = message(f"  - batch_norm: {{epsilon: {'9' * 400}}}\n")
    assert said.startswith("net.yaml:3:27: layers[0].epsilon: expected a number of at least 0, got 999")


def test_causal_goes_along_a_length_only() -> None:
    assert message("  - conv1d: {filters: 1, kernel: 3, padding: causal}\n", LENGTH) == ""
    said = told("  - pad: {padding: causal}\n", LENGTH)[0]
    assert said == "layers[0].padding: 'causal' depends on a window, and there is none"


@pytest.mark.parametrize("layer", ["relu: {input: b}", "conv_transpose: {filters: 1, kernel: 1, padding: 9}"])
def test_a_mistake_is_one_message_and_exit_code_2(layer: str, tmp_path: Path) -> None:
    said = message(f"  - {layer}\n")
    done = convstep("shapes", "net.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{said}\n")
