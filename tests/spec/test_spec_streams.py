"""Pipes, devices and other things that are no files, read in a terminal or without one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from convstep.errors import SpecError
from convstep.spec import files, load
from convstep.spec.examples import read_input

SPEC = b"input: {shape: [5, 5, 1]}\nlayers:\n  - relu\n"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "TIMEOUT", 0.3)
    os.mkfifo("pipe")


@contextmanager
def written(content: bytes, *, pieces: int = 1, pause: float = 0) -> Iterator[None]:
    """Write to the pipe, slowly."""

    def write() -> None:
        size = -(-len(content) // pieces)
        with open("pipe", "wb", buffering=0) as pipe:
            for start in range(0, len(content), size):
                time.sleep(pause)
                pipe.write(content[start : start + size])

    writer = threading.Thread(target=write)
    writer.start()
    yield
    writer.join()


def test_a_pipe_that_nobody_writes_to() -> None:
    with pytest.raises(SpecError, match=r"^pipe: has sent nothing for 0.3 seconds"):
        load("pipe")
    with pytest.raises(SpecError, match=r"^pipe: has sent nothing for 0.3 seconds"):
        read_input("pipe", load("tiny")[0])


def test_a_pipe_whose_writer_falls_silent() -> None:
    writer = os.open("pipe", os.O_RDWR)
    os.write(writer, b"title: x\n")
    with pytest.raises(SpecError, match=r"^pipe: has sent nothing for 0.3 seconds"):
        load("pipe")
    os.close(writer)


def test_a_slow_pipe_is_waited_for() -> None:
    with written(SPEC, pieces=5, pause=0.15):  # longer than the silence, all in all
        network, _ = load("pipe")
    assert len(network.layers) == 1


def test_an_array_and_a_picture_through_a_pipe() -> None:
    network, _ = load("tiny")
    values = np.arange(25.0, dtype=np.float32).reshape(5, 5)
    np.save("x.npy", values)
    with written(Path("x.npy").read_bytes()):
        np.testing.assert_array_equal(read_input("pipe", network)[0, :, :, 0], values)


def test_a_pipe_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1_000_000)
    with written(bytes(1_000_001)), pytest.raises(SpecError, match=r"^pipe: sends more than 1 MB"):
        read_input("pipe", load("tiny")[0])


def test_a_terminal_may_think(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, terminal = os.openpty()

    def type_slowly() -> None:
        time.sleep(0.6)
        os.write(keyboard, SPEC + b"\x04")

    typist = threading.Thread(target=type_slowly)
    typist.start()
    with open(terminal) as stdin, monkeypatch.context() as patched:
        patched.setattr("sys.stdin", stdin)
        assert len(load("-")[0].layers) == 1
    typist.join()
    os.close(keyboard)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/urandom", "/proc/self/mem", "/proc/self/maps", "big"])
def test_what_is_no_spec_nor_input_is_said_at_once(name: str) -> None:
    with open("big", "wb") as file:
        file.truncate(2_000_000_000)
    network, _ = load("tiny")
    start = time.monotonic()
    with pytest.raises(SpecError):
        load(name)
    with pytest.raises(SpecError):
        read_input(name, network)
    assert time.monotonic() - start < 2


def test_a_file_without_a_size_is_read_as_a_pipe_is() -> None:
    """Files in /proc have size 0 and no random access, and reading some of them blocks."""
    with pytest.raises(SpecError, match=r"^/proc/self/maps: is no picture that can be read"):
        read_input("/proc/self/maps", load("tiny")[0])
