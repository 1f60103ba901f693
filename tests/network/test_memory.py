"""The memory that a net is said to need is what it takes, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT, convstep

from convstep.debugger import Session
from convstep.errors import ConvstepError, VerbError
from convstep.spec import load

MEASURE = """
import os
import sys
import numpy.random
from convstep.debugger import Session
from convstep.spec import load

def peak():
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))

def measure(spec):
    before = peak()
    network, x = load(spec)
    network.forward(x)
    session = Session(network, x)
    for name in network.names:
        session.do(f"layer {name}")
        assert session.window_frame.layer == name
        session.do("taps open")
        assert session.frame.tap is not None
        assert session.frame.step.argmax is None or session.frame.step.products is None
    print(network.bytes_needed(len(x)), peak() - before, flush=True)

network, x = load("tiny")
network.forward(x)
for spec in sys.argv[1:]:
    child = os.fork()
    if not child:
        measure(spec)
        os._exit(0)
    assert not os.waitpid(child, 0)[1], spec
"""

NETS = {
    "float16, drawn": "dtype: float16\ninput: {shape: [3000, 3000, 1]}\nlayers: [relu]",
    "uniform": "input: {shape: [2000, 2000, 3], random: {distribution: uniform}}\nlayers: [relu]",
    "weights": "input: {shape: [100, 100, 4]}\nlayers: [flatten, {dense: {units: 500, weights: {init: he}}}]",
    "dilation": "input: {shape: [8, 8, 1]}\nlayers: [{conv: {filters: 1, kernel: 3, dilation: 2500, padding: same}}]",
    "softmax": "input: {shape: [1500, 1500, 10]}\nlayers: [softmax]",
    "window": "input: {shape: [8, 8, 1]}\nlayers: [{max_pool: {kernel: 4000, stride: 1, padding: same}}]",
    "array": "input: {shape: [2000, 2000, 3], array: x.npy}\nlayers: [relu]",
    "Fortran's order": "input: {shape: [2000, 2000, 3], array: f.npy}\nlayers: [relu]",
    "batch": "input: {shape: [40, 500, 500, 3]}\nlayers: [{conv: {filters: 3, kernel: 11, groups: 3, stride: 4}}]",
    "means": "input: {shape: [1500, 1500, 4]}\nlayers: [{avg_pool: {kernel: 3, stride: 1, padding: same}}]",
    "float16 means": "dtype: float16\ninput: {shape: [1500, 1500, 4]}\nlayers: [{avg_pool: 3}, global_avg_pool]",
    "stamps": "input: {shape: [300, 300, 8]}\nlayers: [{conv_transpose: {filters: 4, kernel: 4, stride: 2}}]",
    "depthwise": "input: {shape: [1000, 1000, 8]}\nlayers: [{depthwise_conv: {kernel: 3, padding: same}}]",
    "branches": "input: {shape: [1000, 1000, 8]}\nlayers: [relu, tanh, {add: {inputs: [relu1, tanh1]}}, upsample]",
    "norm": "input: {shape: [1500, 1500, 4]}\nlayers: [batch_norm, {clip: {max: 6}}, {softmax: {}}]",
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured as Linux does")
def test_what_is_promised_is_what_it_takes(tmp_path: Path) -> None:
    """Each net is measured in a process that is forked for it, with a peak of its own."""
    array = np.zeros((2000, 2000, 3), np.float64)
    np.save(tmp_path / "x.npy", array)
    np.save(tmp_path / "f.npy", np.asfortranarray(array))
    for name, text in NETS.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    command = [sys.executable, "-W", "ignore", "-c", MEASURE, *(f"{name}.yaml" for name in NETS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=ENVIRONMENT)
    measured = [map(int, line.split()) for line in done.stdout.splitlines()]
    for name, (promised, taken) in zip(NETS, measured, strict=True):
        assert taken <= promised <= 2.5 * taken + 50_000_000, name


HUGE = "input: {shape: [8, 8, 1]}\nlayers:\n  - conv: {name: a, filters: 1, kernel: 3, padding: same}\n"


def test_a_dilation_that_would_take_terabytes(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(HUGE)
    said = "the net needs 16 TB, and "
    done = convstep("shapes", "net.yaml", "--set", "a.dilation=999999", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"--set a.dilation=999999: a.dilation: {said}")
    session = Session(*load(tmp_path / "net.yaml"))
    with pytest.raises(VerbError, match=f"that can't work: {said}"):
        session.do("dilation 999999")
    with pytest.raises(VerbError, match="that can't work: the net needs "):
        session.do("padding 999999")
    assert session.frame.index == (0, 0, 0, 0)
    (tmp_path / "net.yaml").write_text(HUGE.replace("same", "same, dilation: 999999"))
    with pytest.raises(ConvstepError, match=f"net.yaml:3:5: layers.0.: {said}"):
        load(tmp_path / "net.yaml")


OUT = """
import resource
from convstep.network import memory
from convstep.debugger import Session
from convstep.spec import load
from convstep.spec.examples import read_input

memory.available = lambda: None  # a system that does not tell
network, x = load("tiny")
session = Session(network, x)
session.frame
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))

def attempt(action):
    try:
        action()
    except Exception as error:
        print(f"{type(error).__name__}: {error}".splitlines()[0])

attempt(lambda: load("net.yaml"))
attempt(lambda: load("drawn.yaml"))
attempt(lambda: network.with_window("conv1", padding="same", dilation=(99999, 99999)).forward(x))
attempt(lambda: session.do("padding 99999"))
session.do("jump #3")
attempt(lambda: session.frame)
attempt(lambda: read_input("x.npy", network))
"""


def test_memory_that_runs_out_is_one_message(tmp_path: Path) -> None:
    """Each of these would need far more memory than is free."""
    (tmp_path / "net.yaml").write_text("input: {shape: [100000, 100000, 1]}\nlayers: [relu]")
    (tmp_path / "drawn.yaml").write_text("input: {shape: [10, 100000, 100000, 1]}\nlayers: [relu]")
    with (tmp_path / "x.npy").open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (10**8, 5, 5)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(25 * 10**8 + 200)
    command = [sys.executable, "-c", OUT]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=ENVIRONMENT)
    assert done.stdout.splitlines() == [
        "LocatedError: net.yaml: there is not enough memory to read it",
        "LocatedError: drawn.yaml: there is not enough memory to read it",
        "ConvstepError: conv1: there is not enough memory to compute it",
        "ConvstepError: conv1: there is not enough memory to compute it",
        "SpecError: x.npy: there is not enough memory to read it",
    ]
