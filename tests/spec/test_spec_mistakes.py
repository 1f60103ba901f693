"""Every mistake in a spec is one message with the place, the line and a caret."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from convstep.errors import SpecError
from convstep.spec import load

HEAD = "input:\n  shape: [8, 8, 1]\nlayers:\n"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def message(spec: str | bytes, *changes: str, padding: str | None = None) -> str:
    """What loading says; '' if it loads."""
    Path("net.yaml").write_bytes(spec if isinstance(spec, bytes) else spec.encode())
    try:
        load("net.yaml", changes=changes, padding=padding)
    except SpecError as error:
        return str(error)
    return ""


def first(spec: str | bytes, *changes: str) -> str:
    return message(spec, *changes).partition("\n")[0]


def test_place_line_caret_and_meaning() -> None:
    spec = HEAD + "  - conv:\n      filters: 2\n      kernel: 3\n      stride: two\n"
    assert message(spec) == (
        "net.yaml:7:15: layers[0].stride: expected an integer of at least 1, got 'two'\n"
        "      stride: two\n"
        "              ^^^\n"
        "The stride is how far the window moves each time: 1 visits every place, 2 every other"
    )


def test_a_misspelt_field_is_named_at_its_key() -> None:
    assert message(HEAD + "  - conv: {filters: 2, kernel: 3, strid: 1}\n") == (
        "net.yaml:4:35: layers[0].strid: there is no such field\n"
        "  - conv: {filters: 2, kernel: 3, strid: 1}\n"
        "                                  ^^^^^\n"
        "Did you mean 'stride'?"
    )


def test_a_misspelt_layer() -> None:
    assert message(HEAD + "  - relu\n  - covn: {kernel: 3}\n") == (
        "net.yaml:5:5: layers[1]: there is no layer 'covn'\n  - covn: {kernel: 3}\n    ^^^^\nDid you mean 'conv'?"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("kernel: 3", "layers[0].filters: is missing; expected an integer of at least 1"),
        ("filters: 2", "layers[0].kernel: is missing; expected an integer of at least 1"),
        ("filters: 2, kernel: 0", "layers[0].kernel: expected an integer of at least 1, got 0"),
        ("filters: 2, kernel: -1", "layers[0].kernel: expected an integer of at least 1, got -1"),
        ("filters: 2, kernel: 1.5", "layers[0].kernel: expected an integer of at least 1, got 1.5"),
        ("filters: 2, kernel: true", "layers[0].kernel: expected an integer of at least 1, got true"),
        ("filters: 2, kernel: ", "layers[0].kernel: expected an integer of at least 1, got nothing"),
        ("filters: 2, kernel: {}", "layers[0].kernel: expected an integer of at least 1, got a mapping"),
        ("filters: 2, kernel: 1000001", "layers[0].kernel: expected an integer of at most 1,000,000, got 1000001"),
        ("filters: 2, kernel: 9e99", "layers[0].kernel: expected an integer of at least 1, got 9e+99"),
        (
            "filters: 2, kernel: [3, 3, 3]",
            "layers[0].kernel: expected two integers of at least 1, [height, width], got [3, 3, 3]",
        ),
        (
            "filters: 2, kernel: [3, x]",
            "layers[0].kernel: expected two integers of at least 1, [height, width], got [3, 'x']",
        ),
        ("filters: 2, kernel: 3, stride: 0", "layers[0].stride: expected an integer of at least 1, got 0"),
        ("filters: 2, kernel: 3, dilation: -2", "layers[0].dilation: expected an integer of at least 1, got -2"),
        ("filters: 0, kernel: 3", "layers[0].filters: expected an integer of at least 1, got 0"),
        ("filters: 2, kernel: 3, groups: 2", "layers[0]: 1 channels and 2 filters can't be split into 2 groups"),
        (
            "filters: 2, kernel: 3, padding: sme",
            "layers[0].padding: expected same, valid, same_lower, causal, full, an integer of at least 0, "
            "or [[top, bottom], [left, right]], "
            "got 'sme'",
        ),
        (
            "filters: 2, kernel: 3, padding: [1, 2]",
            "layers[0].padding: expected same, valid, same_lower, causal, full, an integer of at least 0, "
            "or [[top, bottom], [left, right]], "
            "got [1, 2]",
        ),
        (
            "filters: 2, kernel: 3, padding: [[1, 2], [0, 2000000]]",
            "layers[0].padding: expected an integer of at most 1,000,000, got 2000000",
        ),
        ("filters: 2, kernel: 9", "layers[0]: a window of 9x9 does not fit in the 8x8 input"),
        (
            "filters: 2, kernel: 3, filter_names: [a]",
            "layers[0].filter_names: expected 2 names, one for each filter, got 1",
        ),
        ("filters: 2, kernel: 3, name: input", "layers[0].name: the name 'input' is taken by the input"),
        ("filters: 2, kernel: 3, name: a b", "layers[0].name: expected a word of letters, digits and _, got 'a b'"),
        ("filters: 2, kernel: 3, name: 3", "layers[0].name: expected a line of text, got 3"),
        (
            "filters: 2, kernel: 1, weights: [1, 2]",
            "layers[0].weights: expected 1×1×1×2 numbers, got 2 numbers",
        ),
        ("filters: 1, kernel: 1, weights: [[x]]", "layers[0].weights[0][0]: expected a number, got 'x'"),
        ("filters: 1, kernel: 1, weights: [[true]]", "layers[0].weights[0][0]: expected a number, got true"),
        ("filters: 1, kernel: 1, weights: []", "layers[0].weights: expected numbers, got an empty list"),
        ("filters: 1, kernel: 1, weights: [[[[[1]]]]]", "layers[0].weights[0][0][0][0]: expected lists in at most 4"),
        (
            "filters: 1, kernel: 2, weights: [[1, 2], [1]]",
            "layers[0].weights[1]: expected 2 numbers as in the row before it, got a single number",
        ),
        (
            "filters: 1, kernel: 1, weights: x",
            "layers[0].weights: expected numbers, {file, key, layout} or {init, seed}, got 'x'",
        ),
        (
            "filters: 1, kernel: 1, weights: {init: hee}",
            "layers[0].weights.init: expected xavier, he, normal or zeros, got 'hee'",
        ),
        (
            "filters: 1, kernel: 1, weights: {seed: -1}",
            "layers[0].weights.seed: expected an integer from 0 to 4,294,967,295, got -1",
        ),
        ("filters: 1, kernel: 1, weights: {file: a.npz, seed: 1}", "layers[0].weights.seed: there is no such field"),
        ("filters: 1, kernel: 1, weights: {file: a.npz}", "layers[0].weights.file: a.npz: no such file"),
        ("filters: 1, kernel: 1, bias: [1, 2]", "layers[0].bias: expected 1 numbers, got 2 numbers"),
    ],
)
def test_fields_of_a_convolution(fields: str, expected: str) -> None:
    where, said = first(f"{HEAD}  - conv: {{{fields}}}\n").split(": ", 1)
    assert said.startswith(expected)
    assert where.startswith("net.yaml:4:")


def test_stride_0_says_what_a_stride_is() -> None:
    assert "The stride is how far the window moves each time" in message(
        HEAD + "  - max_pool: {kernel: 2, stride: 0}\n"
    )


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("  - dense: {units: 3}\n", "net.yaml:4:5: layers[0]: a dense layer needs its inputs in one row, but 8×8×1"),
        ("  - conv: 3\n", "net.yaml:4:11: layers[0]: expected a mapping of fields, got 3"),
        ("  - 3\n", "net.yaml:4:5: layers[0]: expected one layer, such as 'relu' or 'conv: {...}', got 3"),
        ("  - {relu: {}, flatten: {}}\n", "net.yaml:4:5: layers[0]: expected one layer"),
        (
            "  - relu: {name: a}\n  - relu: {name: a}\n",
            "net.yaml:5:18: layers[1].name: the name 'a' is taken by layers[0]",
        ),
        (
            "  - conv1d: {filters: 1, kernel: 2}\n",
            "net.yaml:4:5: layers[0]: conv1d needs an input of length × channels",
        ),
        (
            "  - flatten\n  - dense: {units: 2, weights: [[1, 2], [3, 4]]}\n",
            "net.yaml:5:5: layers[1]: its weights were made for 2 inputs, but 64 arrive",
        ),
        (
            "  - flatten\n  - dense: {units: 2, inputs: 3, weights: [[1, 2], [3, 4]]}\n",
            "net.yaml:5:43: layers[1].weights: expected 3×2 numbers, got 2×2 numbers",
        ),
        ("  - flatten\n  - dense: {units: 2.5}\n", "net.yaml:5:20: layers[1].units: expected an integer of at least 1"),
        ("  []\n", "net.yaml:4:3: layers: expected a list of 1 to 1000 layers, got []"),
    ],
)
def test_layers(layers: str, expected: str) -> None:
    assert first(HEAD + layers).startswith(expected)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("a", "net.yaml:1:1: expected a mapping with input and layers, got 'a'"),
        ("[1, 2]", "net.yaml:1:1: expected a mapping with input and layers, got [1, 2]"),
        ("layers: [relu]", "net.yaml:1:1: input: is missing; expected a mapping of fields"),
        ("input: {shape: [2, 2, 1]}", "net.yaml:1:1: layers: is missing; expected a list of 1 to 1000 layers"),
        ("input: 3\nlayers: [relu]", "net.yaml:1:8: input: expected a mapping of fields, got 3"),
        ("inptu: 3\nlayers: [relu]", "net.yaml:1:1: inptu: there is no such field"),
        ("input: {}\nlayers: [relu]", "net.yaml:1:1: input.shape: is missing; expected [height, width, channels]"),
        ("input: {shape: 3}\nlayers: [relu]", "net.yaml:1:16: input.shape: expected [height, width, channels]"),
        ("input: {shape: [3]}\nlayers: [relu]", "net.yaml:1:16: input.shape: expected [height, width, channels]"),
        ("input: {shape: [3, 0, 1]}\nlayers: [relu]", "net.yaml:1:16: input.shape: expected [height, width, channels]"),
        (
            "input: {shape: [3, 3, 1], random: {}, values: [1]}\nlayers: [relu]",
            "net.yaml:1:27: input.random: there is values already",
        ),
        (
            "input: {shape: [2, 3, 3, 1], image: a.png}\nlayers: [relu]",
            "net.yaml:1:16: input.shape: one picture is no batch",
        ),
        (
            "input: {shape: [3, 3], image: net.yaml}\nlayers: [relu]",
            "net.yaml:1:31: input.image: net.yaml: a picture has height × width × 1 or 3 channels",
        ),
        (
            "input: {shape: [3, 3, 1], random: {distribution: gauss}}\nlayers: [relu]",
            "net.yaml:1:50: input.random.distribution: expected normal or uniform, got 'gauss'",
        ),
        (
            "input: {shape: [2, 2, 1], values: [1]}\nlayers: [relu]",
            "net.yaml:1:35: input.values: expected 2×2×1 numbers, got a single number",
        ),
        (
            "input: {shape: [2, 2, 1], array: 3}\nlayers: [relu]",
            "net.yaml:1:34: input.array: expected the name of a file, or {file, key, example}, got 3",
        ),
        (
            "dtype: float\ninput: {shape: [2, 2, 1]}\nlayers: [relu]",
            "net.yaml:1:8: dtype: expected float32, float64 or float16, got 'float'",
        ),
        (
            'title: "\\e[2J"\ninput: {shape: [2, 2, 1]}\nlayers: [relu]',
            r"net.yaml:1:8: title: expected a line of text, got '\x1b[2J'",
        ),
    ],
)
def test_the_rest_of_a_spec(spec: str, expected: str) -> None:
    assert first(spec).startswith(expected)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (b"", "net.yaml: is empty"),
        (b" \n \n", "net.yaml: is empty"),
        (b"# nothing\n", "net.yaml:1:1: expected a mapping with input and layers, got nothing"),
        (b"\xff\xfea\0", "net.yaml: is no text in UTF-8"),
        (b"a\0b", "net.yaml: is no text in UTF-8"),
        (b"a: \x1b[2J", "net.yaml:1:4: can't be read as YAML: character 0x1b is not allowed"),
        (b"a" * 1_000_001, "net.yaml: is over 1 MB, too large for a spec"),
        (b"a: [", "net.yaml:1:5: can't be read as YAML"),
        (b"\ta: 1", "net.yaml:1:1: can't be read as YAML"),
        (b"a: 1\na: 2", "net.yaml:2:1: the key 'a' is there twice"),
        (b'{"a": 1, "a": 2}', "net.yaml:1:10: the key 'a' is there twice"),
        (b"a: *b", "net.yaml:1:4: can't be read as YAML: found undefined alias 'b'"),
        (b"a: &a [*a]", "net.yaml:1:4: an anchor contains itself"),
        (b"a: !!python/object:os.system x", "net.yaml:1:4: the tag 'python/object:os.system' is not known here"),
        (b"--- 1\n--- 2", "net.yaml:2:1: can't be read as YAML"),
        (b"- " * 1500, "net.yaml: is nested too deeply"),
        (b"? [1]\n: 2", "net.yaml:1:3: a key must be a word"),
    ],
)
def test_what_is_no_spec_at_all(spec: bytes, expected: str) -> None:
    assert first(spec).startswith(expected)


def test_anchors_that_blow_up_are_refused_quickly() -> None:
    laughs = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    start = time.monotonic()
    assert "its aliases, written out, make more than 500,000 values" in first("\n".join(laughs))
    assert time.monotonic() - start < 10


def test_a_net_too_large_is_refused_before_anything_is_allocated() -> None:
    start = time.monotonic()
    spec = "input: {shape: [100000, 100000, 1]}\nlayers:\n  - conv: {filters: 100000, kernel: 1}\n"
    assert first(spec).startswith("net.yaml:3:5: layers[0]: the net needs 4 PB, and ")
    assert first(spec).endswith(" are free")
    huge = "input: {shape: [1000000, 1000000, 1000000]}\nlayers: [relu]\n"
    assert first(huge).startswith("net.yaml:1:16: input.shape: the net needs 12 EB") or "layers[0]" in first(huge)
    assert time.monotonic() - start < 2


def test_files_that_are_none(tmp_path: Path) -> None:
    def said(spec: str) -> str:
        with pytest.raises(SpecError) as caught:
            load(spec)
        return str(caught.value)

    assert said("phto") == "phto: there is no such file, and no bundled spec of that name\nDid you mean 'photo'?"
    assert said("no.yaml").startswith("no.yaml: there is no such file")
    assert said(str(tmp_path)) == f"{tmp_path}: is a folder, not a spec\nIt has no .yaml files"
    assert said("/dev/zero").startswith("/dev/zero: is over 1 MB")
    assert "there is no such file" in said("a\0b")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("conv1.stride=0", "--set conv1.stride=0: conv1.stride: expected an integer of at least 1, got 0"),
        ("conv1.stride=", "--set conv1.stride=: conv1.stride: expected an integer of at least 1, got nothing"),
        ("conv1.strid=1", "--set conv1.strid=1: conv1.strid: there is no such field"),
        ("conv1.kernel=9", "--set conv1.kernel=9: conv1.kernel: a window of 9x9 does not fit in the 8x8 input"),
        ("conv1.weights.init=hee", "--set conv1.weights.init=hee: conv1.weights.init: expected xavier, he, normal"),
        ("cov1.stride=1", "--set cov1.stride=1: there is no layer 'cov1'"),
        ("conv1.stride", "--set conv1.stride: expected LAYER.FIELD=VALUE, such as conv1.padding=valid"),
        ("conv1=3", "--set conv1=3: expected LAYER.FIELD=VALUE"),
        ("conv1.=3", "--set conv1.=3: expected LAYER.FIELD=VALUE"),
        ("=", "--set =: : there is no such field"),
        ("layers=[]", "--set layers=[]: expected LAYER.FIELD=VALUE"),
        ("titl=x", "--set titl=x: titl: there is no such field"),
        ("conv1.stride=[", "--set conv1.stride=[: can't be read as YAML"),
        ("input.image=no.png", "--set input.image=no.png: input.image: no.png: no such file"),
        ("input.shape=[1, 1, 1]", "net.yaml:4:5: layers[0]: a window of 3x3 does not fit in the 1x1 input"),
    ],
)
def test_mistakes_in_changes(change: str, expected: str) -> None:
    assert first(HEAD + "  - conv: {filters: 2, kernel: 3}\n", change).startswith(expected)


def test_a_mistake_in_padding() -> None:
    said = message(HEAD + "  - conv: {filters: 2, kernel: 3}\n", padding="sme")
    assert said.startswith(
        "--padding sme: conv1.padding: expected same, valid, same_lower, causal, full, an integer of at least 0, or"
    )
    assert said.endswith("got 'sme'\nDid you mean 'same'?")


def test_json_with_tabs_has_places_too() -> None:
    spec = json.dumps({"input": {"shape": [8, 8, 1]}, "layers": [{"conv": {"filters": 2, "kernel": "x"}}]}, indent="\t")
    line = spec.splitlines().index('\t\t\t\t"kernel": "x"') + 1
    assert message(spec) == (
        f"net.yaml:{line}:15: layers[0].kernel: expected an integer of at least 1, got 'x'\n"
        '\t\t\t\t"kernel": "x"\n'
        "\t\t\t\t          ^^^\n"
        "The kernel is the window's height and width"
    )


def test_json_that_is_no_yaml_has_its_path_at_least() -> None:
    spec = json.dumps({"input": {"shape": [8, 8, 1]}, "layers": ["relu"], "x" * 2000: 1})
    assert first(spec).startswith("net.yaml: 'xxx")
    assert first(spec).endswith("there is no such field")


def test_a_very_long_line_is_cut() -> None:
    spec = '{"title": "' + "x" * 5000 + '", "layers": 3}'
    lines = message(spec).splitlines()
    assert all(len(line) < 200 for line in lines)


@pytest.mark.parametrize("text", ["[" + "1," * 400_000 + "1]", '{"title": [' + "[]," * 300_000, "- 1\n" * 200_000])
def test_a_text_that_would_take_minutes_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    said = message(text)
    assert said == "net.yaml: has too many values for YAML\nKeep numbers in an .npz file, or write it as JSON"
    assert time.process_time() - start < 2


def test_long_words_are_compared_with_nothing() -> None:
    start = time.monotonic()
    draw = random.Random(1)
    letters = [chr(0x4E00 + draw.randrange(150)) for _ in range(40_000)]
    name = "".join(letters)
    draw.shuffle(letters)
    other = "".join(letters)
    said = first(HEAD + f"  - relu: {{name: {name}}}\n", f"{other}.padding=same")
    assert said.startswith(f"--set {other}.padding=same: there is no layer")
    assert time.monotonic() - start < 2


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "in").write_text(HEAD + "  - covn\n")
    with (tmp_path / "in").open() as stdin, monkeypatch.context() as patched:
        patched.setattr("sys.stdin", stdin)
        with pytest.raises(SpecError, match=r"^-:4:5: layers\[0\]: there is no layer 'covn'"):
            load("-")
