"""What a stranger wrote, in every place where it can reach a stream: it arrives written out, and forges no line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import convstep

from convstep.answers.shapes import shapes
from convstep.network import Values
from convstep.printable import excerpt, printable
from convstep.report.answers.shapes import shapes_json
from convstep.report.trace import Trace, numbers_in
from convstep.spec import load

EVIL = "\x1b]52;c;aGk=\x07\x9b31m\u202e\u2066\u200b\U000e0001\x7f\t\rx\nforged: line\u2028forged: line"
QUIET = "seen\u202e\u2066\u200b\U000e0001"
"""What a line of a spec may have."""

BYTES = "\udcff\udc9b31m"
"""Bytes of a name that is no UTF-8, among them a C1 control."""

FINE = {"title": "t", "input": {"shape": [4, 4, 1]}, "layers": [{"conv": {"name": "a", "filters": 1, "kernel": 3}}]}


def spec(**changes: Any) -> str:
    """Return a spec as JSON, which YAML's own rules for characters don't bind."""
    return json.dumps({**FINE, **changes})


def conv(**changes: Any) -> str:
    return spec(layers=[{"conv": {"filters": 1, "kernel": 3, **changes}}])


def assert_harmless(output: str) -> None:
    assert "Traceback" not in output
    assert output
    for line in output.removesuffix("\n").split("\n"):
        assert printable(line) == line
        assert not line.startswith("forged")


SPECS = {
    "title": spec(title=EVIL),
    "key": spec(**{EVIL: 1}),
    "kind": spec(layers=[{EVIL: {}}]),
    "bare kind": spec(layers=[EVIL]),
    "layer's name": conv(name=EVIL),
    "field": conv(**{EVIL: 1}),
    "number": conv(stride=EVIL),
    "padding": conv(padding=EVIL),
    "filter name": conv(filter_names=[EVIL]),
    "filter names": conv(filter_names=[QUIET, QUIET]),
    "weights' file": conv(weights={"file": EVIL, "key": EVIL}),
    "weights' init": conv(weights={"init": EVIL}),
    "dtype": spec(dtype=EVIL),
    "image": spec(input={"shape": [4, 4, 1], "image": EVIL}),
    "array": spec(input={"shape": [4, 4, 1], "array": {"file": EVIL}}),
    "member": spec(input={"shape": [4, 4, 1], "array": {"file": "two.npz", "key": EVIL}}),
    "members": spec(input={"shape": [4, 4, 1], "array": {"file": "two.npz"}}),
    "random": spec(input={"shape": [4, 4, 1], "random": {"distribution": EVIL}}),
    "YAML": f"title: {EVIL}",
    "YAML's tag": f"title: !{QUIET} x",
    "YAML's anchor": f"title: *{QUIET}",
    "YAML's key": f"{QUIET}: 1\n{QUIET}: 2",
    "YAML's end": f'title: "{QUIET}',
    "tabs": f"\t{QUIET}: 1",
}


@pytest.mark.parametrize("name", SPECS)
def test_specs(name: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", **{EVIL: np.zeros(3), "other": np.zeros(3)})  # type: ignore[arg-type]
    (tmp_path / "net.yaml").write_text(SPECS[name], encoding="utf-8", newline="")
    done = convstep("shapes", "net.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert_harmless(done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        [EVIL],
        [f"-{EVIL}"],
        ["shapes", EVIL],
        ["shapes", BYTES],
        ["shapes", "tiny", EVIL],
        ["shapes", "tiny", f"--{EVIL}"],
        ["shapes", "tiny", "--padding", EVIL],
        ["shapes", "tiny", "--set", EVIL],
        ["shapes", "tiny", "--set", f"{EVIL}.stride=1"],
        ["shapes", "tiny", "--set", f"conv1.{EVIL}=1"],
        ["shapes", "tiny", "--set", f"conv1.stride={EVIL}"],
        ["shapes", "tiny", "--set", f"conv1.weights={{file: {QUIET}}}"],
        ["shapes", "tiny", "--set", "conv1.stride=" + BYTES],
        ["forward", "tiny", "--input", EVIL],
        ["forward", "tiny", "--out", f"{EVIL}/x"],
        ["forward", "tiny", "--out", f"{BYTES}/x"],
        ["trace", "tiny", "--layer", EVIL],
        ["trace", "tiny", "--from", EVIL],
        ["trace", "tiny", "--out", f"{EVIL}/x"],
        ["replay", EVIL],
        ["replay", BYTES],
        ["samples", "--copy", EVIL],
        ["samples", "--copy", BYTES],
    ],
    ids=lambda arguments: printable(" ".join(arguments))[:40],
)
def test_arguments(arguments: list[str], tmp_path: Path) -> None:
    done = convstep(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert_harmless(done.stderr)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (f"say {QUIET}\x1b\x9b\x07", 0),
        (f"step 2 # {QUIET}\x1b", 0),
        (f"break value > 0 and {QUIET}\x1b", 2),
        (f"{QUIET}\x1b 3", 2),
        (f"step {QUIET}\x1b", 2),
        (f"jump {QUIET}\x1b", 2),
        (f"layer {QUIET}\x1b", 2),
        (f"padding {QUIET}\x1b", 2),
        (f"open {QUIET}\x1b", 2),
        (f"expect {QUIET}\x1b", 2),
        (f"expect layer {QUIET}\x1b", 1),
        (f"filter '{QUIET}\x1b", 2),
    ],
    ids=range(12),
)
def test_scripts(script: str, code: int, tmp_path: Path) -> None:
    done = convstep("replay", "-", stdin=script, cwd=tmp_path)
    assert done.returncode == code
    assert_harmless(done.stdout + done.stderr)


def test_titles_and_names_in_results(tmp_path: Path) -> None:
    """A spec without a title is called by its file's name, which may have a line end in it."""
    file = tmp_path / f"{EVIL}.yaml"
    file.write_text(json.dumps({"input": FINE["input"], "layers": FINE["layers"]}), encoding="utf-8")
    for command in ("shapes", "forward"):
        done = convstep(command, file.name, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(r"\x1b]52;c;aGk=\x07\x9b31m\u202e\u2066\u200b\U000e0001\x7f\t\rx\nforged")
        assert_harmless(done.stdout)
    (tmp_path / "quiet.yaml").write_text(spec(title=QUIET), encoding="utf-8")
    done = convstep("replay", "-", stdin="open quiet.yaml", cwd=tmp_path)
    assert done.stdout.endswith(r"seen\u202e\u2066\u200b\U000e0001" + "\n")


def test_names_of_files_that_are_written(tmp_path: Path) -> None:
    done = convstep("forward", "tiny", "--out", f"{EVIL}.npz", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert_harmless(done.stdout)
    assert [path.name for path in tmp_path.iterdir()] == [f"{EVIL}.npz"]


def test_json_is_ascii_without_controls() -> None:
    """A net that was made in Python may call its layers anything."""
    network, x = load("tiny")
    layers = tuple(replace(layer, name=f"{EVIL}{n}") for n, layer in enumerate(network.layers))
    network = replace(network, layers=layers)
    sizes = "\n".join(shapes_json(shapes(network)))
    assert [row["layer"] for row in json.loads(sizes)] == list(network.names)
    name = network.names[0]
    operation = Values(network, x).operation(name)
    count = operation.geometry.count
    steps = list(Trace(name, operation, lambda: numbers_in(0, count), count).json_lines(full=True))
    assert {json.loads(step)["layer"] for step in steps} == {name}
    for line in (*sizes.split("\n"), *steps):
        assert line.isascii()
        assert line.isprintable()


@pytest.mark.parametrize("arguments", [["--help"], ["shapes", "mnist"], ["shapes", "conv1d", "--json"], ["samples"]])
def test_an_encoding_that_has_no_such_character(arguments: list[str]) -> None:
    """What can't be encoded is written out; JSON stays JSON."""
    done = convstep(*arguments, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    if arguments[0] == "shapes":
        assert r"\u" in done.stdout
    if "--json" in arguments:
        assert json.loads(done.stdout) == json.loads(convstep(*arguments).stdout)


def test_an_error_in_an_encoding_that_has_no_such_character() -> None:
    done = convstep("shapes", "卷积.yaml", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert done.stderr.startswith(r"\u5377\u79ef.yaml: there is no such file")


@pytest.mark.parametrize(
    ("line", "shown", "carets"),
    [
        ("title: x, stride: two", "title: x, stride: two", 18),
        ("title: \x9b31m, stride: two", r"title: \x9b31m, stride: two", 24),
        ("title: \u202ex, stride: two", r"title: \u202ex, stride: two", 24),
        ("title: 卷积, stride: two", "title: 卷积, stride: two", 21),
        ("title: e\u0301\u00a0, stride: two", "title: e\u0301\u00a0, stride: two", 19),
        ("\ttitle: x, stride: two", "\ttitle: x, stride: two", 18),
        (f"{'x' * 300}, stride: two", f"{'x' * 40}, stride: two", 50),
        (f"{EVIL[:20] * 9}, stride: two", None, 50),
    ],
)
def test_the_caret_stands_under_its_place(line: str, shown: str | None, carets: int) -> None:
    source, marks = excerpt(line, line.index("two"), 3).split("\n")
    assert shown in (source, None)
    assert source.endswith(", stride: two")
    assert marks.lstrip("\t") == " " * carets + "^^^"
    assert marks.count("\t") == line.count("\t")


def test_tabs_in_a_line_that_is_shown_are_blanks(tmp_path: Path) -> None:
    text = json.dumps({**FINE, "layers": [{"conv": {"filters": "x", "kernel": 3}}]}, indent="\t")
    (tmp_path / "net.json").write_text(text)
    done = convstep("shapes", "net.json", cwd=tmp_path)
    source, carets = done.stderr.split("\n")[1:3]
    assert source == " " * 16 + '"filters": "x",'
    assert carets == " " * 27 + "^^^"
