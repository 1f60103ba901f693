"""The standard streams: all text for a terminal is printed, and made safe, here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO

from convstep.printable import printable
from convstep.report.files import unwritable


def prepare() -> None:
    """Make the streams accept any text; closed ones are replaced by streams that fail when they are used."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = _unusable(mode)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    for output in (sys.stdout, sys.stderr):
        if hasattr(output, "reconfigure"):
            output.reconfigure(errors="backslashreplace")


def _unusable(mode: str) -> IO[str]:
    """Return a stream on which reading (mode r) or writing (w) fails, as its file is opened for the opposite."""
    number = os.open(os.devnull, os.O_WRONLY if mode == "r" else os.O_RDONLY)
    return open(number, mode, encoding="utf-8", closefd=False)


def write(lines: Iterable[str]) -> None:
    """Print lines on standard output, with control characters escaped.

    Raises:
        ConvstepError: It can't be written.
        BrokenPipeError: The reader has gone.
    """
    for line in lines:
        _attempt(sys.stdout.write, f"{printable(line)}\n")
    _attempt(sys.stdout.flush)


def is_seen() -> bool:
    """Return whether standard output is a terminal."""
    try:
        return sys.stdout.isatty()
    except ValueError:  # it is closed
        return False


def complain(lines: Iterable[str]) -> None:
    """Print lines on standard error, if it can be written to, after flushing standard output."""
    with suppress(OSError):
        sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.writelines(f"{printable(line)}\n" for line in lines)
        sys.stderr.flush()


def flush() -> None:
    """Flush the streams; what can't be written is dropped, so that Python does not report it on exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _attempt(action: Callable[..., object], *arguments: str) -> None:
    try:
        action(*arguments)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable("standard output", error) from error
