"""`convstep why`, as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import convstep

MESSAGE = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x1024 and 3136x10)"


@pytest.mark.parametrize("words", [["4x4x64"], ["4*4*64"], ["4", "x", "4", "x", "64"], ["(4, 4, 64)"], ["4·4·64"]])
def test_an_answer(words: list[str]) -> None:
    done = convstep("why", "mnist", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "VALID in both convolutions and both pools: 28 → 24 → 12 → 8 → 4" in done.stdout
    assert "SAME: 28 → 28 → 14 → 14 → 7, so pool2 is 7" in done.stdout


def test_the_default_net_and_a_piped_one() -> None:
    done = convstep("why", "2x2x16")
    assert (done.returncode, done.stdout) == (0, "2x2x16 is right: 64 → 64 → 8 → 8 → 2, so pool2 is 2x2x16 = 64.\n")
    spec = "input: {shape: [9, 9, 1], random: {seed: 1}}\nlayers:\n  - conv: {filters: 2, kernel: 3}\n"
    assert convstep("why", "9x9x2", stdin=spec).stdout.startswith("9x9x2 comes from SAME in conv1: 9 → 9.")
    assert convstep("why", "-", "7x7x2", stdin=spec).stdout == "7x7x2 is right: 9 → 7, so conv1 is 7x7x2 = 98.\n"


def test_a_change_of_the_spec_and_a_layer() -> None:
    done = convstep("why", "mnist", "14x14x32", "--layer", "conv1", "--set", "conv1.stride=2")
    assert done.stdout.startswith("14x14x32 is right: 28 → 14, so conv1 is")


@pytest.mark.parametrize(
    "arguments",
    [
        ["mnist", "--layer", "conv1", "27x27x32"],
        ["--layer=conv1", "mnist", "27x27x32"],
        ["mnist", "27x27x32", "--lay", "conv1"],
        ["--layer", "conv1", "--set", "conv1.filters=32", "mnist", "27", "x", "27", "x", "32"],
    ],
)
def test_options_may_stand_anywhere(arguments: list[str]) -> None:
    done = convstep("why", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("27x27x32 comes from the + 1 missing in conv1: 28 → 27.")


def test_a_message_in_quotes_and_on_standard_input() -> None:
    quoted = convstep("why", "mnist", MESSAGE)
    piped = convstep("why", "mnist", "-", stdin=f"Traceback (most recent call last):\n{MESSAGE}\n")
    assert quoted.stdout == piped.stdout
    assert quoted.stdout.startswith("dense1 has weights for 3,136 inputs, but 1,024 arrive, in a batch of 32.")


def test_json() -> None:
    data = json.loads(convstep("why", "mnist", "4x4x64", "--json").stdout)
    assert (data["answer"], data["verdict"], data["layer"], data["right"]) == ("4x4x64", "slips", "pool2", [7, 7, 64])
    assert data["fits"][0]["slips"] == [{"slip": "valid", "layers": ["conv1", "pool1", "conv2", "pool2"]}]
    assert "28 → 24 → 12 → 8 → 4" in data["text"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist", "foo"], "convstep: 'foo' is no shape, no number and no message that is known here. Write a shape"),
        (["mnist"], "convstep: 'mnist' is no shape"),
        ([], "why: an answer is missing"),
        (["mnist", "4x4x64", "--layer", "conv9"], "convstep: there is no layer 'conv9'. Did you mean 'conv2'?"),
        (["nowhere.yaml", "4x4x64"], "nowhere.yaml"),
        (["mnist", "-"], "convstep: '' is no shape"),
    ],
)
def test_bad_input(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = convstep("why", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr
