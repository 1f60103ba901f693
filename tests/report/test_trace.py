"""A trace has every step's place, window and value, in three formats, and only the steps that are asked for."""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import nets
import numpy as np
import pytest
from commands import ENVIRONMENT, convstep
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from convstep.engine import walk
from convstep.engine.geometry import Padding, Sliding
from convstep.engine.steps import Step
from convstep.figures import exact
from convstep.layers.weights import Given
from convstep.network import Network, Values
from convstep.report.digits import texts
from convstep.report.trace import Trace, numbers_in

NETS = {"every kind": (nets.every_kind(), nets.x(2, 9, 7, 2)), "branching": (nets.branching(), nets.x(1, 5, 4, 2))}
LAYERS = [(name, layer) for name, (network, _) in NETS.items() for layer in network.names]


def expected(layer: str, step: Step) -> dict[str, Any]:
    line = {
        "step": step.number,
        "layer": layer,
        "index": list(step.index),
        "rows": [step.rows.start, step.rows.stop],
        "cols": [step.cols.start, step.cols.stop],
        "pad": step.pad,
        "value": exact(step.value),
    }
    for name in ("input_slice", "filter", "products", "bias"):
        value = getattr(step, name)
        line[name] = None if value is None else exact(value)
    return line


def traced(network: Network, x: Any, layer: str, first: int = 0) -> tuple[Trace, int]:
    operation = Values(network, x).operation(layer)
    count = operation.geometry.count
    return Trace(layer, operation, lambda: numbers_in(first, count), count - first), count


@pytest.mark.parametrize(("name", "layer"), LAYERS)
def test_every_format_is_what_the_steps_say(name: str, layer: str) -> None:
    network, x = NETS[name]
    steps = list(walk(Values(network, x).operation(layer)))
    lines = [json.loads(line) for line in traced(network, x, layer)[0].json_lines(full=True)]
    assert lines == [expected(layer, step) for step in steps]
    short = [json.loads(line) for line in traced(network, x, layer)[0].json_lines()]
    assert short == [{key: line[key] for key in list(line)[:7]} for line in lines]
    rows = list(csv.DictReader(io.StringIO("\n".join(traced(network, x, layer)[0].csv_lines()))))
    assert [[int(row[key]) for key in ("step", "i", "h", "w", "c")] for row in rows] == [
        [line["step"], *line["index"]] for line in lines
    ]
    assert [[int(row[f"{axis}_{end}"]) for axis in ("row", "col") for end in ("start", "stop")] for row in rows] == [
        [*line["rows"], *line["cols"]] for line in lines
    ]
    assert [(row["layer"], row["pad"] == "true", float(row["value"])) for row in rows] == [
        (layer, line["pad"], line["value"]) for line in lines
    ]
    file = io.BytesIO()
    traced(network, x, layer)[0].write_npz(file)
    with np.load(io.BytesIO(file.getvalue())) as found:
        assert found["value"].dtype == np.float32
        for key in ("step", "index", "rows", "cols", "pad"):
            assert found[key].tolist() == [line[key] for line in lines]
        assert found["value"].tobytes() == np.array([step.value for step in steps]).tobytes()


@given(st.sampled_from([np.float16, np.float32, np.float64]).flatmap(lambda dtype: arrays.arrays(dtype, 9)))
def test_numbers_are_exact(values: Any) -> None:
    found = texts(values)
    assert [json.loads(text) for text in found] == [exact(value) for value in values]
    assert [text.strip('"') for text in found if text[0] != '"'] == [str(each) for each in values if np.isfinite(each)]


def test_only_the_steps_at_which_a_condition_holds() -> None:
    whole = [json.loads(line) for line in convstep("trace", "course").stdout.splitlines()]
    kept = {
        "pad and value > 1": [line for line in whole if line["pad"] and line["value"] > 1],
        "h == w and c < 2": [line for line in whole if line["index"][1] == line["index"][2] and line["index"][3] < 2],
    }
    for condition, lines in kept.items():
        done = convstep("trace", "course", "--where", condition, "--from", "100", "--to", "20000")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert found == [line for line in lines if 100 <= line["step"] < 20000]
        assert found


def test_the_format_follows_the_ending(tmp_path: Path) -> None:
    for arguments in (["--out", "a.csv"], ["--out", "b", "--format", "csv"]):
        assert convstep("trace", "tiny", *arguments, cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b").read_text() == TINY
    assert convstep("trace", "tiny", "--out", "c.npz", "--where", "value > 2", cwd=tmp_path).returncode == 0
    with np.load(tmp_path / "c.npz") as found:
        assert found["step"].tolist() == [0, 3, 4, 6]
        assert found["value"].tolist() == [9, 6, 3, 3]
    for wrong, said in (
        (["--out", "d.csv", "--full"], "slices and filters can't be written as csv"),
        (["--where", "value >"], "--where: expected a number after '>'"),
        (["--where", "layer == conv9"], "there is no layer 'conv9'"),
        (["--format", "xml"], "invalid choice"),
    ):
        done = convstep("trace", "tiny", *wrong, cwd=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr
    assert not (tmp_path / "d.csv").exists()


TINY = """step,layer,i,h,w,c,row_start,row_stop,col_start,col_stop,pad,value
0,conv1,0,0,0,0,0,3,0,3,false,9.0
1,conv1,0,0,1,0,0,3,1,4,false,1.0
2,conv1,0,0,2,0,0,3,2,5,false,-7.0
3,conv1,0,1,0,0,1,4,0,3,false,6.0
4,conv1,0,1,1,0,1,4,1,4,false,3.0
5,conv1,0,1,2,0,1,4,2,5,false,-4.0
6,conv1,0,2,0,0,2,5,0,3,false,3.0
7,conv1,0,2,1,0,2,5,1,4,false,1.0
8,conv1,0,2,2,0,2,5,2,5,false,0.0
"""


def test_three_million_windows_in_constant_memory(tmp_path: Path) -> None:
    """The head of such a trace comes at once, and all of it takes little more memory than the output itself."""
    spec = tmp_path / "net.yaml"
    spec.write_text("input: {shape: [440, 440, 1]}\nlayers:\n- conv: {filters: 16, kernel: 3, padding: same}\n")
    command = [sys.executable, "-m", "convstep", "trace", str(spec)]
    head = subprocess.run(
        f"{' '.join(command)} | head -2", shell=True, check=True, capture_output=True, env=ENVIRONMENT, timeout=20
    )
    assert head.stderr == b""
    assert head.stdout.count(b"\n") == 2
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with open("/dev/null", "wb") as nowhere:
        subprocess.run([*command, "--full", "--to", "40000"], check=True, stdout=nowhere, env=ENVIRONMENT, timeout=60)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 300_000)


def bare_loop(A_prev: Any, W: Any, b: Any, pad: int) -> Any:
    """The course's conv_forward."""
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, f, _, n_C = W.shape
    n_H, n_W = n_H_prev - f + 2 * pad + 1, n_W_prev - f + 2 * pad + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    a_slice_prev = a_prev_pad[h : h + f, w : w + f, :]
                    Z[i, h, w, c] = np.sum(np.multiply(a_slice_prev, W[:, :, :, c])) + float(b[0, 0, 0, c])
    return Z


def test_as_fast_as_it_must_be() -> None:
    """Half as many steps a second as the course's loop computes; with all products, a tenth."""
    A_prev, W = nets.x(1, 20, 20, 3), nets.x(4, 4, 3, 8, seed=1)
    layer = nets.conv("conv1", Sliding((4, 4), (1, 1), padding=Padding(1, 1, 1, 1)), 8, weights=Given(W))
    network = Network("one", (20, 20, 3), (layer,), nets.F32)

    def seconds(work: Callable[[], object]) -> float:
        began = process_time()
        work()
        return process_time() - began

    def run(full: bool) -> object:
        return deque(traced(network, A_prev, "conv1")[0].json_lines(full=full), maxlen=0)

    loop, short, full = (
        min(seconds(work) for _ in range(5))
        for work in (lambda: bare_loop(A_prev, W, np.zeros((1, 1, 1, 8)), 1), lambda: run(False), lambda: run(True))
    )
    print(f"of the loop's speed: {loop / short:.2f}, with all products {loop / full:.2f}")
    assert short < 2 * loop
    assert full < 10 * loop
