"""Whatever is in the file: a net, or a SpecError. Nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convstep.errors import SpecError
from convstep.spec import load, read_input, schema

FUZZ = settings(deadline=None, max_examples=100)
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


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "file"


def loads_or_says_why(file: Path, content: bytes, *changes: str) -> None:
    file.write_bytes(content)
    said = ""
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
@given(mutations(SPEC))
def test_a_spec_with_edits(file: Path, content: bytes) -> None:
    loads_or_says_why(file, content)


STRUCTS: list[type[msgspec.Struct]] = [*schema.KINDS.values(), schema.Spec, schema.Input, schema.Stored]
FIELDS = [name for struct in STRUCTS for name in struct.__struct_fields__]
WORDS = st.sampled_from([*schema.KINDS, *["layers", "random", "same", "he"], *FIELDS])
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
    kinds: list[Any] = [
        {kind: fields} for kind, fields in zip(("conv", "max_pool", "dense", "conv1d"), layers, strict=False)
    ]
    loads_or_says_why(file, json.dumps({"input": {"shape": [9, 9, 2]}, "layers": kinds or ["relu"]}).encode())


@FUZZ
@given(st.text(st.characters(codec="utf-8"), max_size=20), WORDS, st.text(max_size=6))
def test_any_change(file: Path, text: str, field: str, value: str) -> None:
    loads_or_says_why(file, SPEC, text)
    loads_or_says_why(file, SPEC, f"a.{field}={value}")
    loads_or_says_why(file, SPEC, f"input.{field}={value}")


def saved() -> list[bytes]:
    """A picture and arrays, as files."""
    files = [io.BytesIO() for _ in range(4)]
    values = np.arange(25.0).reshape(5, 5)
    np.save(files[0], values)
    np.savez(files[1], a=values)
    np.savez_compressed(files[2], a=values)
    Image.fromarray(values.astype(np.uint8)).save(files[3], "PNG")
    return [file.getvalue() for file in files]


@FUZZ
@given(st.one_of(st.binary(max_size=100), *(mutations(content) for content in saved())))
def test_any_input_file(file: Path, content: bytes) -> None:
    network, _ = load("tiny")
    file.write_bytes(content)
    said = ""
    try:
        x = read_input(file, network)
    except SpecError as error:
        said = str(error)
    assert said or x.shape[1:] == (5, 5, 1)
