"""The commands, byte by byte: each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import convstep, started

from convstep.cli import COMMANDS

HERE = Path(__file__).parent


GOLDEN = {
    "samples": ["samples"],
    "shapes-photo": ["shapes"],
    "shapes-mnist": ["shapes", "mnist"],
    "shapes-mnist-valid": ["shapes", "mnist", "--padding", "valid"],
    "shapes-wide": ["shapes", "wide"],
    "shapes-conv1d-json": ["shapes", "conv1d", "--json"],
    "shapes-set": ["shapes", "--set", "conv1.padding=valid", "--set", "pool1.stride=4"],
    "forward-tiny": ["forward", "tiny"],
    "trace-tiny": ["trace", "tiny"],
    "trace-tiny-pool": ["trace", "tiny", "--layer", "pool1", "--full"],
    "trace-tiny-same": ["trace", "tiny", "--set", "conv1.padding=same", "--from", "4", "--to", "7", "--full"],
    "help": ["--help"],
    "help-trace": ["trace", "--help"],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_output_is_the_golden_files(name: str) -> None:
    """To renew the files after a change that is meant: CONVSTEP_GOLDEN=write pytest tests/cli, then read the diff."""
    done = convstep(*GOLDEN[name])
    assert (done.returncode, done.stderr) == (0, "")
    path = HERE / "golden" / f"{name}.txt"
    if os.environ.get("CONVSTEP_GOLDEN") == "write":
        path.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == path.read_text(encoding="utf-8")


ONE_OF_EACH = {
    "check": [],
    "completion": ["bash"],
    "contributions": ["tiny", "conv1", "0", "0", "0"],
    "convert": ["none.onnx", "net.yaml"],
    "debug": ["tiny"],
    "diff": ["tiny", "tiny", "--set-b", "conv1.padding=same"],
    "emit": ["tiny"],
    "forward": ["tiny"],
    "learn": [],
    "map": ["tiny"],
    "replay": ["-"],
    "samples": [],
    "shapes": ["tiny", "--padding", "half"],
    "trace": ["tiny", "--layer", "cnv1"],
    "why": ["nowhere"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_python_that_starts_does_what_a_forked_one_does(command: str) -> None:
    arguments = [command, *ONE_OF_EACH[command]]
    one, other = (run(*arguments, stdin="step 3\nexpect number 4\n") for run in (started, convstep))
    assert (one.returncode, one.stdout, one.stderr) == (other.returncode, other.stdout, other.stderr)
    assert one.stdout or one.stderr


LESSON = """\
# The course's net, SAME and VALID
open course
step 3
expect number 4
jump conv1 23 9 1
expect shape 64 64 8
padding valid            # only this layer
expect shape 61 61 8
expect index 23 9 1
padding same
expect index 23 9 1
layer fc
expect value -0.44670227 within 1e-5
jump 5
expect value 0.46852064 within 1e-5
say Done.
"""


def test_a_lesson_replays(tmp_path: Path) -> None:
    script = tmp_path / "lesson.steps"
    script.write_text(LESSON)
    done = convstep("replay", str(script))
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout.splitlines()[0]
        == "open course                       The course's net, 64x64x3 to 6, with the course's own numbers"
    )
    assert done.stdout.endswith("Done.\n")
    assert convstep("replay", "-", stdin=LESSON).stdout == done.stdout
    assert convstep("replay", "/dev/stdin", stdin=LESSON).stdout == done.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("61 61 8", "62 62 8", "lesson.steps:8: conv1 (23, 9, 1): expected shape 62×62×8, got 61×61×8"),
        (
            "0.46852064",
            "0.46862064",
            "lesson.steps:15: fc (0, 0, 5): expected value 0.46862064 within 1e-5, got 0.4685",
        ),
        ("number 4", "number 5", "lesson.steps:4: conv1 (0, 0, 3): expected number 5, got 4"),
    ],
)
def test_one_number_changed_exits_1(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    (tmp_path / "lesson.steps").write_text(LESSON.replace(right, wrong))
    done = convstep("replay", "lesson.steps", cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the debugger needs a terminal, and standard output is none. Without one, use 'convstep trace'"),
        (["nonsense.yaml"], "the debugger needs a terminal"),
        (["shapes", "nonsense.yaml"], "nonsense.yaml: there is no such file"),
        (["shapes", "mnits"], "Did you mean 'mnist'?"),
        (["forward", "mnist", "--set", "conv1.padding=valid"], "dense1: its weights were made for 3136 inputs"),
        (["forward", "tiny", "--out", "no/such/folder.npz"], "no/such/folder.npz: can't write: No such file"),
        (["trace", "tiny", "--layer", "cnv1"], "there is no layer 'cnv1'. Did you mean 'conv1'?"),
        (["trace", "tiny", "--from", "99"], "--from: conv1 has steps 0 to 8, got 99"),
        (["trace", "tiny", "--from", "5", "--to", "4"], "--to: expected a step from 5 on, got 4"),
        (["trace", "tiny", "--from", "five"], "\nconvstep trace: error: argument --from: invalid int value: 'five'\n"),
        (["shapes", "--padding", "half"], "invalid choice: 'half'"),
        (["shapes", "--set", "conv1.stride=0"], "expected an integer of at least 1, got 0"),
        (["replay", "missing.steps"], "missing.steps: no such file"),
        (["replay", "."], ".: the folder has no scripts, files that end in .steps"),
        (["replay", "/dev/zero"], "/dev/zero: this is over 1 MB, too large for a script"),
        (["replay", "/proc/self/mem"], "/proc/self/mem: can't be read (input/output error)"),
        (["replay"], "the following arguments are required: SCRIPT"),
        (["samples", "--copy", "tny"], "Did you mean 'tiny'?"),
    ],
)
def test_wrong_use_exits_2_with_one_message(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = convstep(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (b"step 3\nstpe 3\n", "s.steps:2:1: unknown verb 'stpe' (did you mean step?)\nstpe 3\n^^^^\n"),
        (b"jump 99 0 0\n", "s.steps:1:1: h goes from 0 to 63 in conv1, there is no h = 99"),
        (b"open nowhere\n", "s.steps:1:1: nowhere: there is no such file"),
        (b"\xff\xfe\x00", "this is not a text file"),
    ],
)
def test_wrong_scripts_exit_2(tmp_path: Path, script: bytes, said: str) -> None:
    (tmp_path / "s.steps").write_bytes(script)
    done = convstep("replay", "s.steps", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_forward_writes_every_layer(tmp_path: Path) -> None:
    done = convstep("forward", "course", "--out", "values.npz", cwd=tmp_path)
    assert done.returncode == 0
    with np.load(tmp_path / "values.npz") as values:
        assert sorted(values) == ["conv1", "conv2", "fc", "flatten", "pool1", "pool2", "relu1", "relu2"]
        assert values["conv2"].shape == (1, 8, 8, 16)
        fc = [-0.44670227, -1.57208765, -1.53049231, -2.31013036, -1.29104376, 0.46852064]
        np.testing.assert_allclose(values["fc"], [fc], atol=1e-5)
        x = np.random.RandomState(1).randn(1, 64, 64, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["values.npz"]
    np.save(tmp_path / "x.npy", x)
    again = convstep("forward", "course", "--input", "x.npy", cwd=tmp_path)
    assert again.stdout == done.stdout


def test_layers_may_have_any_name(tmp_path: Path) -> None:
    names = ["file", "allow_pickle", "args", "arr_0", "self", "é"]
    layers = "".join(f"  - relu: {{name: '{name}'}}\n" for name in names)
    (tmp_path / "net.yaml").write_text(f"input: {{shape: [2, 2, 1]}}\nlayers:\n{layers}")
    done = convstep("forward", "net.yaml", "--out", "values.npz", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with np.load(tmp_path / "values.npz") as values:
        assert list(values) == names
        assert values["file"].shape == (1, 2, 2, 1)


def test_a_name_too_long_for_an_npz_file(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(f"input: {{shape: [2, 2, 1]}}\nlayers:\n  - relu: {{name: {'x' * 70_000}}}\n")
    done = convstep("forward", "net.yaml", "--out", "values.npz", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr == f"convstep: the name '{'x' * 20}...' is too long for an .npz file\n"
    assert [path.name for path in tmp_path.iterdir()] == ["net.yaml"]


def test_trace_is_json_lines_of_the_forward_values(tmp_path: Path) -> None:
    """SAME, 4x4, stride 1: the first row and column of windows, and the last two, look into padding."""
    done = convstep("trace", "course", "--out", "trace.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    lines = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(32768))
    assert list(lines[0]) == ["step", "layer", "index", "rows", "cols", "pad", "value"]
    assert lines[9513] == {**lines[9513], "index": [0, 18, 37, 1], "rows": [17, 21], "cols": [36, 40], "pad": False}
    edge = {0, 62, 63}
    assert all(line["pad"] == bool({*line["index"][1:3]} & edge) for line in lines)
    convstep("forward", "course", "--out", "values.npz", cwd=tmp_path)
    with np.load(tmp_path / "values.npz") as values:
        traced = np.array([line["value"] for line in lines], np.float32)
        assert traced.tobytes() == values["conv1"].tobytes()


def test_a_pipe_that_closes_early_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "convstep", "trace", "photo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b'{"step":0,')
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 0


def test_a_sample_copied_here_opens_here(tmp_path: Path) -> None:
    done = convstep("samples", "--copy", "photo", cwd=tmp_path)
    assert done.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        Path(line).name for line in done.stdout.splitlines()
    )
    assert convstep("shapes", "photo.yaml", cwd=tmp_path).stdout == (HERE / "golden" / "shapes-photo.txt").read_text()
    again = convstep("samples", "--copy", "photo", cwd=tmp_path)
    assert again.returncode == 2
    assert "photo" in again.stderr


HEADLESS = [
    ["samples"],
    ["shapes", "tiny"],
    ["forward", "tiny"],
    ["trace", "tiny"],
    ["replay", "-"],
]


@pytest.mark.parametrize("arguments", HEADLESS, ids=lambda arguments: arguments[0])
def test_no_headless_command_loads_textual(arguments: list[str]) -> None:
    code = (
        "import sys; from convstep.cli import main; main(sys.argv[1:]); print({'textual', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        input="step",
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_bare_import_loads_next_to_nothing() -> None:
    code = "import sys, convstep; print([m for m in ('numpy', 'textual', 'PIL', 'ruamel') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=HERE.parents[1])
    assert done.stdout == "[]\n"


def test_every_file_of_the_folder_is_a_command_in_the_list() -> None:
    from convstep.cli import commands

    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(commands.COMMANDS) == files


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from convstep.cli import build_parser; build_parser().format_help()\n"
        "print({'numpy', 'textual', 'rich', 'msgspec', 'ruamel', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=HERE.parents[1])
    assert done.stdout == "set()\n"


def test_no_warning_of_numpys_reaches_the_terminal(tmp_path: Path) -> None:
    """Values that overflow to both infinities have no mean; that is shown as NaN, and not warned of."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "dtype: float16\n"
        "input: {shape: [1, 2, 2], values: [[[60000, -60000], [60000, -60000]]]}\n"
        "layers:\n"
        "  - conv: {filters: 2, kernel: 1, weights: [[[[60000, 0], [0, 60000]]]]}\n"
        "  - avg_pool: {kernel: [1, 2]}\n"
        "  - softmax\n"
    )
    for command in (["forward"], ["trace", "--full"], ["trace", "--layer", "softmax"], ["shapes"]):
        done = convstep(command[0], str(spec), *command[1:])
        assert (done.returncode, done.stderr) == (0, "")
