"""The child process in which learners' code runs: how it starts, is asked, and is ended."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from convstep.check.child import wire

BOOT = """
import sys, types
sys.path.append(sys.argv[4])
for name, folder in zip(("convstep", "convstep.check"), sys.argv[2:4]):
    module = types.ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module
from convstep.check.child.main import main
main()
"""
"""Starts the child without the packages around its own, so that it imports NumPy and nothing else."""

GRACE = 0.4
"""Seconds that the child has to say itself where its time went, before it is ended."""
STARTING = 30.0
OUTPUT = 64 << 10
"""The most bytes of output past Python's own that are kept."""


@dataclass(frozen=True)
class Limits:
    """What learners' code may use.

    Attributes:
        call: Seconds for one call.
        total: Seconds for all calls together.
        memory: Bytes, beyond what Python and NumPy use themselves.
        file: Bytes of the largest file that it may write, into its temporary folder.
        files: How many files it may have open.
    """

    call: float = 3.0
    total: float = 12.0
    memory: int = 640 << 20
    file: int = 16 << 20
    files: int = 64


class Process:
    """A child process, and the threads that read from it.

    Args:
        limits: What it may use.
    """

    def __init__(self, limits: Limits) -> None:
        self._folder = tempfile.mkdtemp(prefix="convstep-")
        home = Path(__file__).parent
        environment = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ},
            **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
            **dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), self._folder),
            "MPLBACKEND": "Agg",
        }
        numpy = Path(np.__file__).parents[1]
        folders = [self._folder, str(home.parent), str(home), str(numpy)]
        command = [sys.executable, "-I", "-X", "utf8", "-c", BOOT, *folders]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder,
            env=environment,
            start_new_session=True,
        )
        self._replies: queue.Queue[tuple[dict[str, Any], list[bytes]] | None] = queue.Queue()
        self._output = bytearray()
        self._threads = [
            threading.Thread(target=self._receive, daemon=True),
            threading.Thread(target=self._drain, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._open = True
        self._started = False
        cpu = int(limits.total * 2) + 20
        first = {"limits": {"memory": limits.memory, "cpu": cpu, "file": limits.file, "files": limits.files}}
        self._send(first, wire.Arrays())

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._open and self._process.poll() is None

    def ask(
        self, message: dict[str, Any], arrays: wire.Arrays, seconds: float
    ) -> tuple[dict[str, Any], list[bytes]] | None:
        """Return the child's reply to a message; None if it ended, or gave none in time."""
        if not self._started:
            self._started = self._reply(STARTING) is not None
        if not self._started or not self._send(message, arrays):
            return None
        return self._reply(seconds)

    def end(self) -> tuple[int | None, bytes]:
        """End the child and everything it started; return its exit code, if it ended by itself, and its output."""
        if not self._open:
            return None, b""
        self._open = False
        if (code := self._process.poll()) is None and self._started and self._busy:
            self._say_where()
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for thread in self._threads:
            thread.join(1.0)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                _given(stream).close()
        shutil.rmtree(self._folder, ignore_errors=True)
        return code, bytes(self._output)

    def _say_where(self) -> None:
        """Let the child write where it is, as its output."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                self._process.send_signal(signal.SIGUSR1)
                time.sleep(0.1)

    def _send(self, message: dict[str, Any], arrays: wire.Arrays) -> bool:
        self._busy = True
        try:
            wire.write(_given(self._process.stdin), message, arrays)
        except (OSError, ValueError):
            return False
        return True

    def _reply(self, seconds: float) -> tuple[dict[str, Any], list[bytes]] | None:
        try:
            reply = self._replies.get(timeout=seconds)
        except queue.Empty:
            return None
        self._busy = False
        if reply is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2.0)
        return reply

    def _receive(self) -> None:
        with contextlib.suppress(OSError, ValueError, wire.WireError):
            while (reply := wire.read(_given(self._process.stdout))) is not None:
                self._replies.put(reply)
        self._replies.put(None)

    def _drain(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := _given(self._process.stderr).read1(1 << 16):  # type: ignore[attr-defined]
                self._output += data
                del self._output[: max(0, len(self._output) - OUTPUT)]


def _given(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
