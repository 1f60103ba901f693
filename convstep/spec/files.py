"""Files as bytes: what can go wrong before their content is looked at."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import IO

from convstep.errors import SpecError

STANDARD_INPUT = ("-", "/dev/stdin")
LARGEST = 1_000_000_000
"""How many bytes are read from standard input at most."""


def read_bytes(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return at most `limit` bytes of a file, or of standard input.

    Raises:
        SpecError: It can't be read.
    """
    if os.fspath(path) in STANDARD_INPUT:
        return sys.stdin.buffer.read(limit)
    try:
        with open(path, "rb") as file:
            return file.read(limit)
    except (OSError, ValueError) as error:
        raise SpecError(_unreadable(error)) from None


def open_bytes(path: str | os.PathLike[str], name: str) -> IO[bytes]:
    """Return a regular file, or standard input, open for reading at any place.

    Raises:
        SpecError: It can't be read; the message calls it `name`.
    """
    try:
        if os.fspath(path) in STANDARD_INPUT:
            return io.BytesIO(read_bytes(path, LARGEST))
        file = Path(path)
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise SpecError("is no regular file")
        return file.open("rb")
    except SpecError as error:
        raise SpecError(f"{name}: {error.what}") from None
    except (OSError, ValueError) as error:
        raise SpecError(f"{name}: {_unreadable(error)}") from None


def _unreadable(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "no such file"
        case IsADirectoryError():
            return "is a folder, not a file"
        case OSError(strerror=str(reason)):
            return f"can't be read ({reason.lower()})"
    return "can't be read"
