"""Reads files, pipes and standard input as bytes."""

from __future__ import annotations

import errno
import io
import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from convstep.errors import SpecError

STANDARD_INPUT = ("-", "/dev/stdin")
LARGEST = 200_000_000
"""The most bytes of a picture or an array from a pipe or standard input."""

TIMEOUT = 60
"""Seconds for which a pipe may send nothing, for its writer may need time; every byte restarts them."""


def read_bytes(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return at most `limit` bytes of a file, a pipe or standard input.

    Raises:
        SpecError: It can't be read, or sends nothing.
    """
    try:
        with _open(path) as file:
            return _read(file.fileno(), limit).getvalue()
    except OSError as error:
        raise SpecError(_unreadable(error)) from None


@contextmanager
def open_bytes(path: str | os.PathLike[str], name: str) -> Iterator[IO[bytes]]:
    """Open a file, a pipe or standard input for reading with random access.

    Raises:
        SpecError: It can't be read, or sends nothing or too much; the message calls it `name`.
    """
    try:
        with _open(path) as file:
            status = os.fstat(file.fileno())
            mode = status.st_mode
            if stat.S_ISREG(mode) and status.st_size and os.fspath(path) not in STANDARD_INPUT:  # those in /proc have 0
                yield file
                return
            if (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and not file.isatty():
                raise SpecError(f"{name}: is a device, neither a file nor a pipe")
            try:
                content = _read(file.fileno(), LARGEST + 1)
            except SpecError as error:
                raise SpecError(f"{name}: {error.what}", hint=error.hint) from None
        if content.tell() > LARGEST:
            raise SpecError(f"{name}: sends more than {LARGEST // 10**6} MB", hint="Give a file by its name")
        content.seek(0)
        yield content
    except OSError as error:
        raise SpecError(f"{name}: {_unreadable(error)}") from None


def _open(path: str | os.PathLike[str]) -> IO[bytes]:
    if "\0" in os.fspath(path):
        raise FileNotFoundError
    if os.fspath(path) in STANDARD_INPUT:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    return open(path, "rb", opener=_open_without_waiting)


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file, or a pipe without waiting for a writer."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _read(handle: int, limit: int) -> io.BytesIO:
    """Return the bytes up to the end, or `limit` bytes; terminals have no timeout."""
    patience = None if os.isatty(handle) else 1000 * TIMEOUT
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    content = io.BytesIO()
    while missing := limit - content.tell():
        if not poll.poll(patience):
            raise SpecError(f"has sent nothing for {TIMEOUT} seconds", hint="Does anything write to this pipe?")
        try:
            piece = os.read(handle, min(missing, 1 << 20))
        except BlockingIOError:  # another reader was faster
            continue
        if not piece:
            break
        content.write(piece)
    return content


def _unreadable(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "no such file"
        case IsADirectoryError():
            return "is a folder, not a file"
        case OSError(errno=errno.EBADF):
            return "can't be read, it is closed"
        case OSError(strerror=str(reason)):
            return f"can't be read ({reason.lower()})"
    return "can't be read"
