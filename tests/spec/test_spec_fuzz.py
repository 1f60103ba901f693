"""Whatever is in the file: a net, or a SpecError. Nothing else, soon, and in little memory.

CONVSTEP_FUZZ=200 tries 200 times as much: 120,000 specs and scripts, 20,000 arrays and pictures.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from replaying import replay

from convstep.debugger import Session
from convstep.debugger.expect import SUBJECTS
from convstep.debugger.script import decode
from convstep.debugger.verbs import VERBS
from convstep.errors import ConvstepError, SpecError, VerbError
from convstep.layers import KINDS
from convstep.layers.fields import fields_of
from convstep.opening import open_session
from convstep.report.explain import caption, sentence
from convstep.spec import load, schema
from convstep.spec.examples import read_input
from convstep.spec.images import FORMATS

FUZZ = settings(deadline=None, max_examples=int(100 * float(os.environ.get("CONVSTEP_FUZZ", "0.5"))))
LONGEST = 5
"""How many seconds one file may take."""

FREE = 100_000_000
"""How much memory there seems to be."""

MOST = 4 * FREE
"""How much may be taken: what was promised, with copies and drawn numbers in float64, and some for the decoders."""

SPEC = b"""\
title: T
dtype: float32
input: {shape: [8, 8, 1], random: {distribution: normal, seed: 1}}
layers:
  - conv: {name: a, filters: 2, kernel: [3, 3], stride: 1, padding: [[1, 1], [1, 1]], weights: {init: he, seed: 3}}
  - max_pool: {kernel: 2, padding: same}
  - flatten
  - dense: {units: 2, inputs: 32, bias: [.nan, 1]}
"""

BRANCHES = b"""\
input: {shape: [2, 6, 5, 2]}
layers:
  - pad: {name: p, padding: [[1, 0], [2, 1]], mode: reflect}
  - conv: {name: a, filters: 4, kernel: 3, padding: full, padding_mode: edge, groups: 2, bias: false}
  - batch_norm: {gamma: [1, 2, 3, 4], mean: 0.5, variance: [1, 1, 0, 2]}
  - prelu: {name: b, alpha: [0.1, 0, -1, 2]}
  - depthwise_conv: {name: c, kernel: [3, 1], padding: same, multiplier: 1, input: a}
  - add: {inputs: [b, c, b]}
  - max_pool: {name: d, kernel: 2, ceil_mode: true}
  - conv_transpose: {name: e, filters: 2, kernel: 2, stride: 2, output_padding: 0, weights: {init: normal, seed: 1}}
  - avg_pool: {kernel: 3, stride: [2, 1], count_include_pad: true, padding: same_lower}
  - crop: {cropping: [[0, 1], [0, 0]]}
  - upsample: {scale: [1, 2]}
  - clip: {min: -.inf, max: 1}
  - dropout: {rate: 0.9}
  - leaky_relu: {alpha: 0.2}
  - elu: {alpha: -1, input: dropout1}
  - hard_sigmoid: {alpha: 0.2, beta: 0.4}
  - gelu: {approximate: true}
  - concat: {name: f, inputs: [leaky_relu1, gelu1]}
  - global_max_pool
  - global_avg_pool: {input: f, name: g}
  - multiply: {inputs: [g, global_max_pool]}
  - flatten
  - dense: {units: 3, inputs: 4, bias: {init: he}}
  - softmax
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "file"


@pytest.fixture(autouse=True, scope="module")
def little_memory() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("convstep.network.memory.available", lambda: FREE)
        yield


@contextmanager
def bounded() -> Iterator[None]:
    """Fail if what is done takes long, or much memory."""
    start, peak = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.monotonic() - start < LONGEST
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024 < MOST


def loads_or_says_why(file: Path, content: bytes, *changes: str) -> None:
    file.write_bytes(content)
    said = ""
    with bounded():
        try:
            network, x = load(file, changes=changes)
        except SpecError as error:
            said = str(error)
    assert said or x.shape[1:] == network.input_shape


def mutations(content: bytes) -> st.SearchStrategy[bytes]:
    """`content` with a few stretches replaced."""
    tokens = [
        b"0",
        b"-1",
        b"1.5",
        b"true",
        b"[",
        b"]",
        b"{",
        b"}",
        b"*a",
        b"&a ",
        b"!!x ",
        b"\t",
        b"\n",
        b"'",
        b"9" * 30,
    ]
    token = st.one_of(st.sampled_from(tokens), st.binary(max_size=3))
    edit = st.tuples(st.integers(0, len(content)), st.integers(0, 12), token)

    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        mutated = content
        for at, length, new in edits:
            mutated = mutated[:at] + new + mutated[at + length :]
        return mutated

    return st.lists(edit, min_size=1, max_size=4).map(apply)


@FUZZ
@given(st.binary(max_size=60))
def test_any_bytes(file: Path, content: bytes) -> None:
    loads_or_says_why(file, content)


@FUZZ
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text(file: Path, text: str) -> None:
    loads_or_says_why(file, text.encode())


@FUZZ
@given(st.one_of(mutations(SPEC), mutations(BRANCHES)))
def test_a_spec_with_edits(file: Path, content: bytes) -> None:
    loads_or_says_why(file, content)


STRUCTS: list[type[msgspec.Struct]] = [schema.Spec, schema.Input, schema.Stored]
FIELDS = [name for struct in STRUCTS for name in struct.__struct_fields__]
FIELDS += [name for kind in KINDS.values() for name in fields_of(kind)]
WORDS = st.sampled_from([*KINDS, *["layers", "random", "same", "he"], *FIELDS])
SCALARS = st.one_of(
    WORDS, st.none(), st.booleans(), st.integers(-2, 20), st.integers(), st.floats(), st.text(max_size=4)
)
DATA: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


@FUZZ
@given(DATA, DATA, st.lists(DATA, max_size=4))
def test_any_data(file: Path, shape: Any, source: Any, layers: list[Any]) -> None:
    loads_or_says_why(file, json.dumps({"input": {"shape": shape, "values": source}, "layers": layers}).encode())


@FUZZ
@given(st.sampled_from([*KINDS]), st.dictionaries(WORDS, DATA, max_size=4), st.sampled_from([[9, 8, 2], [9, 2]]))
def test_any_fields(file: Path, kind: str, fields: dict[str, Any], shape: list[int]) -> None:
    loads_or_says_why(file, json.dumps({"input": {"shape": shape}, "layers": [{kind: fields}, "relu"]}).encode())


SMALL = st.integers(1, 3)
EXTENT = st.one_of(SMALL, st.lists(SMALL, min_size=2, max_size=2))
MARGIN = st.integers(0, 3)
SIDES = st.lists(st.lists(MARGIN, min_size=2, max_size=2), min_size=2, max_size=2)
REAL = st.floats(-2, 8)
COUNTS = st.integers(0, 4)
WEIGHTS = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"init": st.sampled_from(["he", "xavier", "normal", "zeros"]), "seed": st.integers(0, 9)}
    ),
    REAL,
    st.lists(REAL, min_size=1, max_size=4),
    st.tuples(COUNTS, COUNTS, COUNTS, COUNTS).map(lambda shape: np.ones(shape).tolist()),
    st.tuples(COUNTS, COUNTS).map(lambda shape: np.ones(shape).tolist()),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "count": st.one_of(SMALL, st.sampled_from([2, 4, 12, 40])),
    "length": SMALL,
    "extent": EXTENT,
    "margins": st.one_of(MARGIN, st.lists(MARGIN, min_size=2, max_size=2)),
    "padding": st.one_of(st.sampled_from(["same", "valid", "same_lower", "causal", "full"]), MARGIN, SIDES),
    "weights": WEIGHTS,
    "bias": st.one_of(st.just(False), WEIGHTS),
    "names": st.lists(st.sampled_from(["a", "b"]), max_size=3),
    "flag": st.booleans(),
    "real": st.one_of(REAL, st.sampled_from([float("inf"), float("-inf"), float("nan")])),
    "amount": st.floats(0, 1),
    "share": st.floats(0, 0.99),
}


@st.composite
def nets_of_every_kind(draw: st.DrawFn) -> dict[str, Any]:
    """A spec whose fields each are what they should be: whether they fit together is another matter."""
    layers: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(list(KINDS)))
        before = st.sampled_from(["input", *(f"n{k}" for k in range(n))])
        fields: dict[str, Any] = {"name": f"n{n}"}
        for name, field in fields_of(KINDS[kind]).items():
            if field.required or draw(st.integers(0, 2)) == 0:
                fields[name] = draw(
                    st.sampled_from(field.type.choices) if field.type.choices else VALUES[field.type.name]
                )
        if KINDS[kind].takes_several:
            fields["inputs"] = [f"n{n - 1}" if n else "input", *draw(st.lists(before, min_size=1, max_size=2))]
        elif n and draw(st.integers(0, 5)) == 0:
            fields["input"] = draw(before)
        layers.append({kind: fields})
    shape = draw(st.sampled_from([[6, 5, 2], [2, 5, 6, 4], [9, 2], [1, 3, 4]]))
    return {"input": {"shape": shape}, "layers": layers}


TURNS = ("padding same all", "padding valid all", "stride 2 all", "padding 1 2 0 1 all", "dilation 2 all")


@FUZZ
@given(nets_of_every_kind(), st.lists(st.sampled_from(TURNS), max_size=3))
def test_any_net_that_loads_can_be_stepped_through(file: Path, spec: dict[str, Any], turns: list[str]) -> None:
    file.write_text(json.dumps(spec))
    with suppress(SpecError):
        session = Session(*load(file))
        for turn in ("break nan or tie", *turns):
            with suppress(VerbError):
                session.do(turn)
            for name in session.network.names:
                session.do(f"layer {name}")
                for line in ("jump end", "taps open", "back mac", "continue", "taps close"):
                    with suppress(VerbError):
                        session.do(line)
                        assert sentence(session.frame)
                        assert caption(session.frame)


@FUZZ
@given(st.text(st.characters(codec="utf-8"), max_size=20), WORDS, st.text(max_size=6))
def test_any_change(file: Path, text: str, field: str, value: str) -> None:
    loads_or_says_why(file, SPEC, text)
    loads_or_says_why(file, SPEC, f"a.{field}={value}")
    loads_or_says_why(file, SPEC, f"input.{field}={value}")


LINES = """\
step 3
step 2 mac
back row
move down 2
filter next
jump 1 1 0
jump conv1 #4
jump 50%
layer next
source
source 2
example next
taps open
taps close
padding same
padding 1 1 0 0 all
padding toggle
stride 2 1
dilation 2
break value > 1 and not h == w
break pad
clear 1
continue 2
reverse
open tiny
expect shape 1 3 3 1
expect value -1 within 1e-3
say hello
next position
prev
follow
follow back
kernel 2 3
undo
redo
reset
decimals 3
predict shape 3x3x1
predict window 1 1
predict score
why conv1 3x3
lesson next
record a.steps
why 4x4x64
predict value 3
emit torch
weight 0 0 0
answer 3
ask shape
ask "how many?" = 63
wait 2
shot a.txt
include a.steps
title A lesson
about It is short
language en
mark here
mark 1 1
back to here
map
contributions
shapes
paddings
play row 20
prompt jump
channel next
zoom pixel
copy numbers
gallery
theme light
help
expect slice 1 2 3
expect filter 0 0 0 = 1
expect products sum 3 within 1
expect padding 1 0 1 0
expect map rows 0 3 cols 0 3 pixels 9
expect error there is
expect message zoom
expect sum conv1 3
expect parameters 3
quit
""".splitlines()
WORDS_OF_VERBS = sorted({word for line in LINES for word in line.split()} | set(VERBS))
LINE = st.one_of(
    st.sampled_from(LINES),
    st.lists(st.one_of(st.sampled_from(WORDS_OF_VERBS), st.integers(-9, 99).map(str)), max_size=6).map(" ".join),
    st.tuples(st.sampled_from(list(VERBS)), st.text(st.characters(codec="utf-8"), max_size=12)).map(" ".join),
    st.sampled_from(LINES).flatmap(lambda line: mutations(line.encode())).map(lambda line: line.decode("latin-1")),
)


def test_every_verb_and_every_type_of_field_is_tried() -> None:
    assert {line.split()[0] for line in LINES} == set(VERBS)
    assert {line.split()[1] for line in LINES if line.startswith("expect")} <= set(SUBJECTS)
    types = {field.type for kind in KINDS.values() for field in fields_of(kind).values()}
    assert {type_.name for type_ in types if not type_.choices} == set(VALUES)


def test_the_net_that_is_mutated_has_nearly_every_kind(file: Path) -> None:
    file.write_bytes(BRANCHES)
    network, x = load(file)
    network.forward(x)
    missing = set(KINDS) - {layer.kind for layer in network.layers}
    assert missing == {*("conv1d", "identity", "relu", "sigmoid", "tanh"), *("hard_swish", "log_softmax", "silu")}


@FUZZ
@given(st.lists(LINE, min_size=1, max_size=8))
def test_any_script(lines: list[str]) -> None:
    session = open_session("tiny")
    with bounded():
        for line in lines:
            with suppress(ConvstepError):
                list(replay(session, decode(line.encode()), "script"))


def saved() -> dict[str, bytes]:
    """Arrays and pictures, as files."""
    values = np.arange(25.0).reshape(5, 5)
    files: dict[str, io.BytesIO] = {name: io.BytesIO() for name in ("npy", "npz", "small", *FORMATS)}
    np.save(files["npy"], values)
    np.savez(files["npz"], a=values)
    np.savez_compressed(files["small"], a=values)
    for kind in FORMATS:
        Image.fromarray(values.astype(np.uint8)).convert("RGB").save(files[kind], kind)
    found = {name: file.getvalue() for name, file in files.items()}
    return found | {"csv": TABLE, "idx": IDX, "csv.gz": gzip.compress(TABLE), "idx.gz": gzip.compress(IDX)}


TABLE = b"".join(b"%d,%s\n" % (label, b",".join(b"%d" % n for n in range(label, label + 25))) for label in range(3))
"""Three labelled examples."""

IDX = b"\0\0\x08\x03" + bytes([0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 5]) + bytes(range(50))
"""Two examples of 25 bytes."""


@FUZZ
@given(mutations(TABLE), st.booleans())
def test_a_table_gives_its_numbers_or_says_why_not(file: Path, content: bytes, zipped: bool) -> None:
    """What comes back is the table's numbers in their order, its column of labels left out: never shifted."""
    table = file.with_suffix(".csv.gz" if zipped else ".csv")
    table.write_bytes(gzip.compress(content, 1) if zipped else content)
    with bounded():
        try:
            x = read_input(table, load("tiny")[0])
        except SpecError:
            return
    text = content.decode("utf-8-sig", errors="replace")
    rows = [re.split(r"[\s,;]+", line.partition("#")[0].strip(" \t\r\n,;")) for line in text.split("\n")]
    rows = [[word.strip("\"'") for word in row] for row in rows if row != [""]]
    if not any(re.search(r"\d|nan|inf", word, re.IGNORECASE) for word in rows[0]):
        del rows[0]
    with np.errstate(over="ignore"):
        numbers = np.array([[float(word) for word in row] for row in rows]).astype(np.float32)
    kept = [numbers[:, 1:], numbers[:, :-1]] if numbers.shape[1] == 26 else [numbers]
    assert any(np.array_equal(x.ravel(), each.ravel(), equal_nan=True) for each in kept)


@FUZZ
@given(mutations(IDX), st.booleans())
def test_an_idx_file_gives_its_numbers_or_says_why_not(file: Path, content: bytes, zipped: bool) -> None:
    idx = file.with_suffix(".idx")
    idx.write_bytes(gzip.compress(content, 1) if zipped else content)
    with bounded():
        try:
            x = read_input(idx, load("tiny")[0])
        except SpecError:
            return
    if content[:3] == b"\0\0\x08":
        axes = content[3]
        assert x.ravel().tolist() == list(content[4 + 4 * axes :])


@FUZZ
@given(st.one_of(st.binary(max_size=100), *(mutations(content) for content in saved().values())))
def test_any_input_file(file: Path, content: bytes) -> None:
    network, _ = load("tiny")
    file.write_bytes(content)
    said = ""
    with bounded():
        try:
            x = read_input(file, network)
        except SpecError as error:
            said = str(error)
    assert said or x.shape[1:] == (5, 5, 1)
