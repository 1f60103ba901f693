"""All kinds of layer, whatever they are: what each must have, and that nobody outside convstep/layers knows one."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from commands import ROOT

from convstep.debugger import Cursor, Frame
from convstep.debugger.stops import masks
from convstep.debugger.stops.conditions import Flag, parse
from convstep.engine import Step
from convstep.engine.steps import walk
from convstep.layers import KINDS, Clip, Face, Layer, Windowed
from convstep.layers.fields import fields_of
from convstep.layers.kinds import FILES
from convstep.network import Network, Values
from convstep.report.explain import caption, code_lines, intro, sentence, sum_text, window_title
from convstep.spec import load
from convstep.spec.mistake import LocatedError
from convstep.spec.schema import TYPES
from convstep.tui.window.faces import FACES
from convstep.tui.window.panel import window_rows

HOUSE = ROOT / "convstep"

TWO = "- relu: {name: a}\n- tanh: {name: b, input: input}\n"
EXAMPLES = {
    "add": TWO + "- add: {inputs: [a, b, input]}",
    "batch_norm": "- batch_norm: {gamma: [1, 2, 3, -1], mean: [0.5, 0, 0, 0], variance: [4, 1, 1, 9]}",
    "clip": "- clip: {min: -0.5, max: 1}",
    "concat": "- conv: {filters: 3, kernel: 1, name: a}\n- concat: {inputs: [input, a]}",
    "conv": "- conv: {filters: 6, kernel: [3, 2], stride: [2, 1], padding: same, groups: 2}",
    "conv1d": "- conv1d: {filters: 3, kernel: 3, stride: 2, padding: causal}",
    "conv_transpose": "- conv_transpose: {filters: 3, kernel: [3, 2], stride: [2, 3], padding: same}",
    "crop": "- crop: {cropping: [[1, 2], [0, 1]]}",
    "dense": "- flatten\n- dense: {units: 3}",
    "depthwise_conv": "- depthwise_conv: {kernel: [3, 2], multiplier: 2, padding: full}",
    "dropout": "- dropout: {rate: 0.25}",
    "elu": "- elu: {alpha: 0.5}",
    "flatten": "- flatten",
    "gelu": "- gelu: {approximate: true}",
    "hard_sigmoid": "- hard_sigmoid: {alpha: 0.2}",
    "hard_swish": "- hard_swish",
    "log_softmax": "- log_softmax",
    "silu": "- silu",
    "identity": "- identity",
    "leaky_relu": "- leaky_relu: {alpha: 0.2}",
    "multiply": TWO + "- multiply: {inputs: [a, b]}",
    "pad": "- pad: {padding: [[1, 0], [2, 1]], mode: reflect}",
    "max_pool": "- max_pool: {kernel: [2, 3], stride: [2, 1], padding: same}",
    "avg_pool": "- avg_pool: {kernel: [2, 3], ceil_mode: true}",
    "global_avg_pool": "- global_avg_pool",
    "global_max_pool": "- global_max_pool",
    "prelu": "- prelu: {alpha: [0.1, 0.2, 0.3, 0.4]}",
    "relu": "- relu",
    "sigmoid": "- sigmoid",
    "softmax": "- softmax",
    "tanh": "- tanh",
    "upsample": "- upsample: {scale: [2, 3]}",
}
"""Layers of a spec that end with one of the kind."""

every_kind = pytest.mark.parametrize("kind", KINDS)


@cache
def example(kind: str) -> Values:
    """Return the example of a kind on two inputs of 5×4×4, or one of 9×2, with values that come up again."""
    from tempfile import TemporaryDirectory

    shape = (9, 2) if kind == "conv1d" else (2, 5, 4, 4)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.yaml"
        path.write_text(f"input: {{shape: {list(shape)}}}\nlayers:\n{EXAMPLES[kind]}\n", encoding="utf-8")
        network, x = load(path)
    return Values(network, np.round(x * 2) / 2)


def frames(kind: str) -> Iterator[Frame]:
    """Yield the first, middle and last step of a kind's example, each closed, and at its first, middle and last tap."""
    values = example(kind)
    name, output = values.network.names[-1], values.output(values.network.names[-1])
    for number in (0, prod(output.shape) // 2, prod(output.shape) - 1):
        step = next(walk(values.operation(name), number, output))
        taps = step.input_slice.size
        for tap in (None, *sorted({0, taps // 2, taps - 1} if taps > 1 else ())):
            yield Frame(values.network, Cursor(name, number, tap), step)


def test_there_is_an_example_of_every_kind() -> None:
    assert sorted(EXAMPLES) == sorted(KINDS)
    assert all(example(kind).network.layers[-1].kind == kind for kind in KINDS)


def test_every_kind_that_a_file_registers_is_listed() -> None:
    written = {
        (ast.literal_eval(node.value), path.stem)
        for path in (HOUSE / "layers").glob("*.py")
        for kind in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(kind, ast.ClassDef) and any(ast.unparse(each) == "register" for each in kind.decorator_list)
        for node in kind.body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "kind"
        and isinstance(node.value, ast.Constant)
    }
    assert written == set(FILES.items())


def test_a_net_loads_its_own_kinds_alone() -> None:
    code = (
        "import sys; from convstep.spec import load; load('photo')\n"
        "print(*sorted(name for name in set(sys.argv[1:]) if f'convstep.layers.{name}' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *FILES.values()], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.split() == ["conv", "dense", "flatten", "pool", "relu"]


@every_kind
def test_a_kind_says_what_it_and_each_of_its_fields_is(kind: str) -> None:
    assert not str(KINDS[kind].__dict__["__doc__"]).startswith(KINDS[kind].__name__)  # not what a dataclass makes up
    said = "\n".join(inspect.cleandoc(base.__dict__.get("__doc__") or "") for base in KINDS[kind].__mro__)
    for name in fields_of(KINDS[kind]):
        assert re.search(rf"^    {name}: [A-Z`].*", said, re.MULTILINE), name


@every_kind
def test_a_kind_has_a_file_of_its_own_or_shares_that_of_its_family(kind: str) -> None:
    file = Path(inspect.getfile(KINDS[kind]))
    assert file.parent == HOUSE / "layers"
    assert file.stem == kind or (file.stem in kind and not file.with_stem(kind).exists())


@every_kind
def test_a_kind_computes_its_example(kind: str) -> None:
    values = example(kind)
    stage = values.network.stages[-1]
    assert values.natural(stage.name).shape == (values.m, *(stage.output or ()))
    assert np.isfinite(values.output(stage.name)).all()


@every_kind
def test_every_field_of_a_kind_has_a_type_that_a_spec_can_be_read_by(kind: str) -> None:
    for name, field in fields_of(KINDS[kind]).items():
        assert field.type in TYPES or len(field.type.choices) > 1, name


def test_every_face_is_drawn_by_the_screen() -> None:
    assert set(FACES) == set(get_args(Face))


@every_kind
def test_the_face_of_a_kind_is_as_large_as_it_is_asked_to_be(kind: str) -> None:
    for frame in frames(kind):
        assert frame.step is not None
        assert frame.stage.layer.face(frame.step) in FACES
        for width, height in ((20, 5), (20, 6), (40, 16), (80, 40)):
            rows = window_rows(frame, width, height)
            assert [row.cell_length for row in rows] == [width] * height
            assert rows[0].text.strip()


def clips(layer: Layer, step: Step) -> bool:
    low, high = (layer.min, layer.max) if isinstance(layer, Clip) else (0, np.inf)
    return not low <= step.taps()[0].input <= high


def tie(layer: Layer, step: Step) -> bool:
    _, height, width, _ = step.operation.A_prev.shape
    inside = [tap.input for tap in step.taps() if 0 <= tap.source[1] < height and 0 <= tap.source[2] < width]
    return inside.count(max(inside)) > 1


SLOW: dict[str, Callable[[Any, Step], bool]] = {"clips": clips, "tie": tie}
"""What the words for breakpoints mean at a step."""


@pytest.mark.parametrize(("kind", "word"), [(kind, flag.word) for kind in KINDS for flag in KINDS[kind].flags])
def test_a_word_that_a_kind_brings_holds_where_a_look_at_each_step_finds_it(kind: str, word: str) -> None:
    condition, values = parse(word), example(kind)
    assert condition == Flag(word)
    name, layer = values.network.names[-1], values.network.layers[-1]
    found = np.concatenate([masks.mask(condition, block) for block in masks.blocks(values, name)])
    steps = walk(values.operation(name), 0, values.output(name))
    assert found.tolist() == [SLOW[word](layer, step) for step in steps]
    assert 0 < found.sum() < found.size


def test_every_kind_is_introduced_by_a_sentence_of_its_own() -> None:
    said = {kind: intro(next(frames(kind))) for kind in KINDS}
    assert all(re.fullmatch(r"[A-Z].*[^ .]\.", text) and len(text) <= 78 for text in said.values()), said
    alike = [{kind for kind in KINDS if said[kind] == text} for text in said.values()]
    assert all(len(kinds) == 1 for kinds in alike), alike


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("conv", "A window of 3×2 slides over the input; 6 filters each make a number of it."),
        ("max_pool", "Each window of 2×3 keeps only its largest value, channel by channel."),
        ("relu", "Values below 0 become 0, all others stay as they are, one value at a time."),
        ("clip", "Values below −0.5 become −0.5, values above 1 become 1, all others stay."),
        ("dense", "Each neuron multiplies 80 inputs by weights of its own and adds them up."),
        ("flatten", "The 5×4×4 values are written out in one row of 80."),
        ("global_avg_pool", "The 20 values of each channel become one: their mean."),
        ("softmax", "Softmax turns 4 scores into shares of a whole: above 0, adding up to 1."),
    ],
)
def test_an_introduction_has_the_layers_own_numbers(kind: str, words: str) -> None:
    assert intro(next(frames(kind))) == words


@every_kind
def test_a_step_is_called_what_it_computes(kind: str) -> None:
    layer = example(kind).network.layers[-1]
    if isinstance(layer, Windowed):
        assert layer.step_word == "window"
    else:
        assert layer.step_word == ("neuron" if kind in NEURONS else "value")


NEURONS = ("dense", "conv_transpose", "global_avg_pool", "global_max_pool")


@every_kind
def test_every_step_and_tap_of_a_kind_can_be_told(kind: str) -> None:
    for frame in frames(kind):
        said, line = [sentence(frame), caption(frame)], sum_text(frame)
        assert all(re.fullmatch(r"[A-Z0-9−].*[^ .]\.", text) for text in said), said
        assert not re.search(r"  | [,.;]|None|nan|inf\b|-\d", " / ".join([*said, line, window_title(frame)]))
        assert line
        assert len(window_title(frame)) > 1
        code = code_lines(frame)
        compile("\n".join(row.code for row in code), kind, "exec")
        assert sum(row.current for row in code) == 1


def along_a_length(folder: Path, layer: str) -> Network:
    (folder / "net.yaml").write_text(f"input: {{shape: [6, 2]}}\nlayers:\n  - {layer}\n", encoding="utf-8")
    network, x = load(folder / "net.yaml")
    assert [each.shape[1:] for each in network.forward(x).values()] == [network.stages[0].output]
    return network


@pytest.mark.parametrize(
    ("layer", "length"),
    [
        ("upsample", 12),
        ("upsample: {scale: 3}", 18),
        ("pad: {padding: [1, 2]}", 9),
        ("pad: {padding: 1}", 8),
        ("crop: {cropping: [1, 2]}", 3),
        ("crop: 1", 4),
        ("max_pool: {kernel: 2, stride: [2, 2]}", 3),
        ("avg_pool: {kernel: [4, 1], stride: 1}", 3),
        ("conv_transpose: {filters: 2, kernel: 3, stride: 2, output_padding: 1}", 14),
    ],
)
def test_along_a_length_one_number_is_enough(tmp_path: Path, layer: str, length: int) -> None:
    assert along_a_length(tmp_path, layer).stages[0].output == (length, 2)


@pytest.mark.parametrize(
    "layer",
    [
        "conv1d: {filters: 1, kernel: 3, padding: [[1, 0], [2, 1]]}",
        "max_pool: {kernel: 3, padding: [[0, 0], [2, 0]]}",
        "depthwise_conv: {kernel: 2, padding: [[0, 0], [0, 1]]}",
        "pad: {padding: [[1, 1], [1, 1]]}",
        "upsample: {scale: [2, 3]}",
        "conv_transpose: {filters: 1, kernel: [2, 3]}",
        "conv_transpose: {filters: 1, kernel: 2, stride: [2, 2], output_padding: [1, 1]}",
    ],
)
def test_a_length_never_gets_columns(tmp_path: Path, layer: str) -> None:
    with pytest.raises(
        LocatedError, match=r"net.yaml:3:5: layers\[0\]: a length has no columns, but \d would come out"
    ):
        along_a_length(tmp_path, layer)


UNASKED = {HOUSE / "layers", HOUSE / "check", HOUSE / "models", HOUSE / "answers" / "diff"}
"""The rooms that may know kinds: what a learner's call gives has kinds, too, what other files say becomes kinds, and
what programs confuse of a kind is known by the comparison of two nets alone."""

CLASSES = {kind.__name__ for kind in KINDS.values()}
ALLOWED = {
    ("spec/arrays.py", "stored.kind not in 'fiub'"): "NumPy's kind of a dtype",
    ("spec/arrays.py", "stored.kind == 'f'"): "NumPy's kind of a dtype",
    ("tensors/safetensors.py", "kind in (None, 'pt')"): "the framework that wrote a file",
    ("report/answers/diff.py", "first.kind == 'input'"): "where two nets differ",
}
"""What looks like a question for a kind of layer, and is none."""


def named_kinds(source: str) -> Iterator[str]:
    """Yield the places where source code compares a `kind` with words, or knows the class of a kind."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                if any(_is_kind(side) for side in sides) and any(_is_words(side) for side in sides):
                    yield ast.unparse(node)
            case ast.match_case() | ast.Match() if _mentions(getattr(node, "pattern", None)):
                yield ast.unparse(node.pattern)  # type: ignore[union-attr]
            case ast.Match() if _is_kind(node.subject):
                yield ast.unparse(node.subject)
            case ast.Subscript() if isinstance(node.slice, ast.Attribute) and _is_kind(node.slice):
                yield ast.unparse(node)
            case ast.Call(func=ast.Name("isinstance" | "issubclass")) if _mentions(node.args[1]):
                yield ast.unparse(node)
            case ast.ImportFrom(module="convstep.layers") if named := {each.name for each in node.names} & CLASSES:
                yield f"import {', '.join(sorted(named))}"


def _is_kind(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=owner, attr="kind"):
            return not ast.unparse(owner).endswith("dtype")
        case ast.Name("kind"):
            return True
    return False


def _is_words(node: ast.AST) -> bool:
    match node:
        case ast.Constant(str()):
            return True
        case ast.Tuple(several) | ast.List(several) | ast.Set(several):
            return any(map(_is_words, several))
    return False


def _mentions(node: ast.AST | None) -> bool:
    """Return whether the class of a kind is named."""
    names = (
        each.attr if isinstance(each, ast.Attribute) else each.id
        for each in ast.walk(node or ast.Pass())
        if isinstance(each, ast.Name | ast.Attribute)
    )
    return bool(CLASSES.intersection(names))


@pytest.mark.parametrize(
    "source",
    [
        "layer.kind == 'relu'",
        "'relu' != stage.layer.kind",
        "kind in ('conv', 'dense')",
        "{'relu': 1}[layer.kind]",
        "isinstance(layer, Dense)",
        "isinstance(stage.layer, (Windowed, layers.MaxPool))",
        "isinstance(step.operation, Conv | Dense)",
        "match layer:\n    case Relu():\n        pass",
        "match layer.kind:\n    case 'relu':\n        pass",
        "from convstep.layers import KINDS, Dense",
    ],
)
def test_a_place_that_knows_a_kind_is_found(source: str) -> None:
    assert len(list(named_kinds(source))) == 1


@pytest.mark.parametrize(
    "source",
    ["kind in KINDS", "KINDS[kind]", "isinstance(layer, Windowed)", "array.dtype.kind == 'f'", "f(layer.kind)"],
)
def test_a_place_that_asks_the_kind_is_not(source: str) -> None:
    assert not list(named_kinds(source))


def test_no_kind_is_named_outside_the_layers() -> None:
    found = {
        (str(path.relative_to(HOUSE)), place)
        for path in sorted(HOUSE.rglob("*.py"))
        if not UNASKED & set(path.parents)
        for place in named_kinds(path.read_text(encoding="utf-8"))
    }
    assert found == set(ALLOWED)
