"""The standard streams: the one place where text leaves for a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO

from convstep.printable import printable
from convstep.report.files import unwritable


def prepare() -> None:
    """Make the streams take any text, and be there: one that was closed fails when it is used, and not before."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = _useless(mode)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    for output in (sys.stdout, sys.stderr):
        if hasattr(output, "reconfigure"):
            output.reconfigure(errors="backslashreplace")


def _useless(mode: str) -> IO[str]:
    """Return a stream whose file is open the wrong way round: to write to what is read, to read what is written."""
    number = os.open(os.devnull, os.O_WRONLY if mode == "r" else os.O_RDONLY)
    return open(number, mode, encoding="utf-8", closefd=False)


def write(lines: Iterable[str]) -> None:
    """Print on standard output; each of the lines stays one, whatever is in it.

    Raises:
        ConvstepError: It can't be written.
        BrokenPipeError: Nobody reads it any more.
    """
    for line in lines:
        _attempt(sys.stdout.write, f"{printable(line)}\n")
    _attempt(sys.stdout.flush)


def complain(lines: Iterable[str]) -> None:
    """Print on standard error, if that can be written to; after all that went to standard output."""
    with suppress(OSError):
        sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.writelines(f"{printable(line)}\n" for line in lines)
        sys.stderr.flush()


def settle() -> None:
    """Send what is left on its way; what can't be written is dropped, or Python would report it at its end."""
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
