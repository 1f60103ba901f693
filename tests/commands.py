"""Running convstep as a person does: each command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    "PYTHONUNBUFFERED": "",
    "COLUMNS": "100",
}
PROGRAM = [sys.executable, "-m", "convstep"]


def convstep(
    *arguments: str, cwd: Path | None = None, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `convstep` with these arguments, and variables of the environment; wait for it."""
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
