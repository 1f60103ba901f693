"""Running convstep: each command in a process of its own, started as a person does or forked, which is quicker."""

from __future__ import annotations

import atexit
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import forks

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    "PYTHONUNBUFFERED": "",
    "PYTHONDONTWRITEBYTECODE": "",  # each start would compile convstep anew
    "COLUMNS": "100",
}
PROGRAM = [sys.executable, "-m", "convstep"]


def convstep(
    *arguments: str, cwd: Path | None = None, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `convstep` with these arguments, and variables of the environment; wait for it.

    Its process is forked from one that has loaded convstep, with pipes for its streams. `started` starts Python, and
    so does this where the environment has variables that Python reads when it starts.
    """
    if any(name.startswith(("PYTHON", "LC_", "LANG", "OPENBLAS")) for name in environment):
        return started(*arguments, cwd=cwd, stdin=stdin, **environment)
    theirs_in, ours_in = os.pipe()
    ours_out, theirs_out = os.pipe()
    ours_err, theirs_err = os.pipe()
    request = forks.Request(arguments, cwd or ROOT, {**ENVIRONMENT, **environment})
    program = Forked("commands", request, [theirs_in, theirs_out, theirs_err])
    for theirs in (theirs_in, theirs_out, theirs_err):
        os.close(theirs)
    with ThreadPoolExecutor(2) as others:
        others.submit(_write, ours_in, stdin)
        errors = others.submit(_read, ours_err)
        output = _read(ours_out)
    return subprocess.CompletedProcess(["convstep", *arguments], program.wait(), output, errors.result())


def _read(stream: int) -> str:
    with open(stream, encoding="utf-8") as file:
        return file.read()


def _write(stream: int, text: str) -> None:
    with suppress(BrokenPipeError), open(stream, "w", encoding="utf-8") as file:
        file.write(text)


class Forked:
    """A command in a process that is forked for it, with what `subprocess.Popen` offers: one at a time of each kind.

    Args:
        kind: What the process that forks has loaded: a name in `forks.LOADS`.
        request: What to run.
        streams: Three open files for its standard streams, or one terminal.
    """

    def __init__(self, kind: str, request: forks.Request, streams: Sequence[int]) -> None:
        self._connection = forking_process(kind)
        socket.send_fds(self._connection, [pickle.dumps(request)], streams)
        self.pid = self._number()
        self._code: int | None = None

    def _number(self) -> int:
        number: int = forks.NUMBER.unpack(self._connection.recv(forks.NUMBER.size))[0]
        return number

    def poll(self) -> int | None:
        """Return its exit code, −n if signal n ended it; None while it runs."""
        if self._code is None and select.select([self._connection], [], [], 0)[0]:
            self._code = self._number()
        return self._code

    def wait(self) -> int:
        """Wait for its end; return its exit code."""
        if self._code is None:
            self._code = self._number()
        return self._code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


@cache
def forking_process(kind: str) -> socket.socket:
    """Return a connection to the process that forks, which is started when it is first asked for."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, forks.__file__, kind, str(theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=ENVIRONMENT)
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def started(
    *arguments: str, cwd: Path | None = None, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `convstep` as `convstep` does, with a Python that starts for it."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        input=stdin,
        env={**ENVIRONMENT, **environment},
        encoding="utf-8",
        timeout=60,
    )


INTERRUPTIBLE = """
import signal
from convstep.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background it is ignored
raise SystemExit(main())
"""


@contextmanager
def at_work(*arguments: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start convstep, and stop it at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=ENVIRONMENT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(happened: Callable[[], object]) -> None:
    """Wait for something to happen, half a minute at most."""
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def temporary(folder: Path) -> list[Path]:
    """Return the hidden files in a folder that have something in them."""
    return [path for path in folder.iterdir() if path.name.startswith(".") and path.stat().st_size]
