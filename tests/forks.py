"""Processes that have loaded convstep, and fork for each command: a command starts in milliseconds, in a process.

One has loaded what commands without a screen use, the other what the debugger loads before its first window.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import pkgutil
import signal
import socket
import struct
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

NUMBER = struct.Struct("i")
"""What is sent back: the number of a process, and later its exit code, −n if signal n ended it."""
SECONDS = 60
"""How long a command may take before SIGALRM ends it."""


class Request(NamedTuple):
    """What to run; its standard streams come beside it, as three open files, or one terminal for all of them."""

    arguments: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]


def serve(connection: socket.socket) -> None:
    """Run one command after the other, and send each one's process number and then its exit code, until nobody asks."""
    while True:
        data, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
        if not data:
            return
        child = os.fork()
        if not child:
            connection.close()
            os._exit(run(pickle.loads(data), streams))
        for stream in streams:
            os.close(stream)
        connection.sendall(NUMBER.pack(child))
        connection.sendall(NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))


def load() -> None:
    """Import what commands without a screen use."""
    import convstep
    import convstep.cli

    for module in pkgutil.walk_packages(convstep.__path__, "convstep."):
        if not module.name.startswith(("convstep.tui", "convstep.testing", "convstep.__main__")):
            importlib.import_module(module.name)


def load_screen() -> None:
    """Import what the debugger does before its first window, under the settings that it makes for it."""
    from convstep.cli.terminal import MAX_FPS

    os.environ["TEXTUAL_FPS"] = MAX_FPS
    for module in ("convstep.tui", "textual.drivers.linux_driver"):
        importlib.import_module(module)


LOADS = {"commands": load, "screen": load_screen}


def run(request: Request, streams: Sequence[int]) -> int:
    """Run a command as `python -m convstep` does, in this process; return its exit code."""
    signal.alarm(SECONDS)
    if len(streams) == 1:
        os.login_tty(streams[0])
    else:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    os.chdir(request.cwd)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.path[0] = str(request.cwd)
    sys.argv = ["convstep", *request.arguments]
    warnings.resetwarnings()
    from convstep.cli import main

    try:
        return main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # NumPy's threads are asleep when this forks
    LOADS[sys.argv[1]]()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[2])))
