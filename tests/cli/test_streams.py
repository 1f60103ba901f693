"""Streams that are closed, full or left, as a shell would do it."""

from __future__ import annotations

import io
import os
import pty
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT, PROGRAM, convstep

STEPS = "step 3\nsay Done.\n"

COMMANDS = [
    ["--help"],
    ["--version"],
    ["trace", "--help"],
    ["samples"],
    ["shapes", "tiny"],
    ["shapes", "tiny", "--json"],
    ["forward", "tiny"],
    ["forward", "tiny", "--out", "-"],
    ["trace", "tiny"],
    ["trace", "tiny", "--out", "-"],
    ["trace", "tiny", "--out", "/dev/stdout"],
    ["replay", "-"],
]

UNWRITABLE = [(">&-", "it is closed"), (">/dev/full", "No space left on device")]

WRONG = [
    ["--nope"],
    ["shapes", "nowhere"],
    ["trace", "tiny", "--from", "x"],
    ["replay", "missing.steps"],
    [],
]


def shell(arguments: list[str], redirection: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run convstep in a shell, with streams redirected."""
    return subprocess.run(
        f"{shlex.join([*PROGRAM, *arguments])} {redirection}",
        shell=True,
        check=False,
        capture_output=True,
        text=True,
        input=STEPS,
        cwd=folder,
        env=ENVIRONMENT,
        timeout=60,
    )


def name_of(arguments: list[str]) -> str:
    return " ".join(arguments) or "debugger"


@pytest.mark.parametrize(
    ("arguments", "redirection", "says"),
    [(each, *UNWRITABLE[number % 2]) for number, each in enumerate(COMMANDS)]
    + [(each, *UNWRITABLE[1 - COMMANDS.index(each) % 2]) for each in COMMANDS[6:10]],
    ids=lambda each: name_of(each) if isinstance(each, list) else each.split()[-1],
)
def test_output_that_can_not_be_written(arguments: list[str], redirection: str, says: str, tmp_path: Path) -> None:
    done = shell(arguments, redirection, tmp_path)
    assert (done.returncode, done.stderr) == (2, f"standard output: can't write: {says}\n")


@pytest.mark.parametrize("arguments", COMMANDS[4:8], ids=name_of)
def test_nothing_at_all_can_be_written(arguments: list[str], tmp_path: Path) -> None:
    assert shell(arguments, ">&- 2>&-", tmp_path).returncode == 2
    assert shell(arguments, ">/dev/full 2>&1", tmp_path).returncode == 2


@pytest.mark.parametrize("arguments", WRONG, ids=name_of)
def test_errors_that_can_not_be_written(arguments: list[str], tmp_path: Path) -> None:
    redirections = ("2>&-", "2>/dev/full", "<&- >&- 2>&-")
    at = WRONG.index(arguments)
    for redirection in (redirections[at % 3],) if at in (2, 3) else redirections:
        done = shell(arguments, redirection, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
    done = shell(arguments, ">/dev/full", tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_an_error_comes_after_what_led_there(tmp_path: Path) -> None:
    (tmp_path / "s.steps").write_text("step 3\nexpect number 9\n")
    done = shell(["replay", "s.steps"], "2>&1", tmp_path)
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "step",
        "expect",
        "s.steps:2:",
        "expect",
        "^" * 15,
    ]
    assert shell(["replay", "s.steps"], ">/dev/full 2>&-", tmp_path).returncode == 1


@pytest.mark.parametrize("arguments", [["shapes", "-"], ["replay", "-"]], ids=name_of)
def test_input_that_is_closed(arguments: list[str], tmp_path: Path) -> None:
    done = shell(arguments, "<&-", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    name = "-" if "shapes" in arguments else "standard input"
    assert done.stderr == f"{name}: can't be read, it is closed\n"


def test_input_that_is_closed_and_not_needed(tmp_path: Path) -> None:
    done = shell(["shapes", "tiny"], "<&- 2>&-", tmp_path)
    assert (done.returncode, done.stdout) == (0, convstep("shapes", "tiny").stdout)


@pytest.mark.parametrize(
    "arguments", [["shapes", "photo"], ["trace", "photo"], ["replay", "-"], ["--help"]], ids=name_of
)
def test_a_reader_who_leaves_is_no_error(arguments: list[str], tmp_path: Path) -> None:
    done = shell(arguments, "| true", tmp_path)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_check_that_fails_is_told_even_if_the_reader_has_left(tmp_path: Path) -> None:
    (tmp_path / "s.steps").write_text("step 3\nexpect number 9\n")
    done = shell(["replay", "s.steps"], "| true", tmp_path)
    assert done.stderr.startswith("s.steps:2: conv1 (0, 0, 3): expected number 9, got 4")
    assert done.stderr.count("\n") == 3


def test_values_on_standard_output_are_the_file_alone(tmp_path: Path) -> None:
    done = subprocess.run([*PROGRAM, "forward", "tiny", "--out", "-"], check=True, capture_output=True, env=ENVIRONMENT)
    with np.load(io.BytesIO(done.stdout)) as values:
        assert sorted(values) == ["conv1", "pool1"]
    convstep("forward", "tiny", "--out", "file.npz", cwd=tmp_path)
    with np.load(tmp_path / "file.npz") as values:
        assert sorted(values) == ["conv1", "pool1"]


def test_steps_on_standard_output(tmp_path: Path) -> None:
    for out in ("-", "/dev/stdout"):
        assert convstep("trace", "tiny", "--out", out, cwd=tmp_path).stdout == convstep("trace", "tiny").stdout
    assert list(tmp_path.iterdir()) == []


def on_terminal(redirection: str, *arguments: str) -> tuple[int, str]:
    """Run convstep on a terminal of its own, some of its streams redirected; return its exit code and what is seen."""
    ours, theirs = pty.openpty()
    name = os.ttyname(theirs)  # opened by the leader of a session, it becomes the terminal of that
    process = subprocess.Popen(
        f"exec <{name} >{name} 2>{name}; exec {shlex.join([*PROGRAM, *arguments])} {redirection}",
        shell=True,
        start_new_session=True,
        env=ENVIRONMENT,
    )
    try:
        code = process.wait(30)
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
    seen = b""
    with suppress(OSError):  # there is nothing more, and nobody on the other side
        while part := os.read(ours, 4096):
            seen += part
    os.close(ours)
    return code, seen.decode()


@pytest.mark.parametrize("stream", ["output", "error"])
def test_the_debugger_needs_both_streams_on_a_terminal(stream: str) -> None:
    """Textual draws on standard error."""
    number = {"output": 1, "error": 2}[stream]
    for target in ("&-", "/dev/null"):
        code, seen = on_terminal(f"{number}>{target}", "tiny")
        assert code == 2
        assert seen.startswith(f"convstep: the debugger needs a terminal, and standard {stream} is none") or number == 2


def test_values_are_not_written_to_a_terminal() -> None:
    for out in ("-", "/dev/tty"):
        code, seen = on_terminal("", "forward", "tiny", "--out", out)
        assert (code, seen) == (2, f"--out {out}: is a terminal, and the values are binary\r\n")


SLOW = ["(sleep 1; cat)", "sh -c 'head -c 9; sleep 1; cat'"]


@pytest.mark.parametrize(
    "command",
    [
        *(f"{source} < s.steps | {{replay}} {name}" for source in SLOW for name in ("-", "/dev/stdin")),
        "cat < s.steps | {replay} -",
        "bash -c '{replay} <(cat s.steps)'",
        "{replay} - < s.steps",
    ],
)
def test_pipes_into_a_command(command: str, tmp_path: Path) -> None:
    (tmp_path / "s.steps").write_text(STEPS)
    done = subprocess.run(
        command.format(replay=shlex.join([*PROGRAM, "replay"])),
        shell=True,
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=ENVIRONMENT,
        timeout=60,
    )
    assert done.stdout == convstep("replay", "s.steps", cwd=tmp_path).stdout
