"""Writes files atomically."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast

from convstep.errors import ConvstepError

STANDARD_OUTPUT = ("-", "/dev/stdout")
TEMPORARY = re.compile(r"\.convstep-\w{8}\.part")
LONGEST_NAME = 60_000
"""The most bytes in the name of an array in an .npz file."""

_unfinished: set[str] = set()
"""Paths of the temporary files and folders being written."""


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file to write bytes to; the file is replaced when all is written, never before.

    An existing file keeps its mode, and links are followed. Pipes and devices are written to directly; "-" is standard
    output.

    Raises:
        ConvstepError: It can't be written.
        BrokenPipeError: It is a pipe whose reader has gone.
    """
    where = os.fspath(path)
    standard = where in STANDARD_OUTPUT
    try:
        if standard:
            yield cast(BinaryIO, sys.stdout.buffer)
            sys.stdout.flush()
            return
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            mode = None
        if mode is None or stat.S_ISREG(mode):
            with _replacing(os.path.realpath(where), mode) as file:
                yield file
        else:
            with open(path, "wb") as file:
                yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable("standard output" if standard else where, error) from error


def unwritable(where: str, error: OSError) -> ConvstepError:
    """Return the error that says why a file can't be written."""
    return ConvstepError(f"can't write: {reason(error)}", where=where)


def reason(error: OSError) -> str:
    """Return why a file, or a standard stream, can't be read or written."""
    return "it is closed" if error.errno == errno.EBADF else error.strerror or str(error)


@contextmanager
def new_folder(path: str, *, force: bool = False) -> Iterator[str]:
    """Make a folder to write files in; it gets its name when all is written, never before.

    Args:
        path: The folder's name.
        force: Whether the files may be written into a folder that exists, each of them at once.

    Yields:
        The folder to write in.

    Raises:
        ConvstepError: It exists, or can't be written.
    """
    try:
        if os.path.lexists(path):
            if not os.path.isdir(path):
                raise ConvstepError("it exists, and is no folder", where=path)
            if not force:
                raise ConvstepError("the folder exists", where=path, hint="--force writes into it all the same")
            yield path
            return
        with _temporary_folder(os.path.realpath(path)) as made:
            yield made
            os.rename(made, path)
    except OSError as error:
        raise unwritable(path, error) from error


@contextmanager
def _temporary_folder(target: str) -> Iterator[str]:
    """Make a folder beside `target`, and remove what is left of it."""
    import shutil
    import tempfile

    made = tempfile.mkdtemp(dir=os.path.dirname(target), prefix=".convstep-", suffix=".part")
    _unfinished.add(made)
    try:
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(made, 0o777 & ~umask)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        _unfinished.discard(made)


@contextmanager
def _replacing(target: str, mode: int | None) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces `target` when all is written; `mode` is the target's, if it exists."""
    folder = os.path.dirname(target)
    _remove_stale(folder)
    handle, name = _temporary(folder)
    with os.fdopen(handle, "wb") as file:
        try:
            yield cast(BinaryIO, file)
            file.flush()
            umask = os.umask(0)
            os.umask(umask)
            os.fchmod(handle, 0o666 & ~umask if mode is None else stat.S_IMODE(mode))
            os.replace(name, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
        finally:
            _unfinished.discard(name)


def write_arrays(file: BinaryIO, arrays: Mapping[str, Any]) -> None:
    """Write an .npz file as `numpy.savez` does, but with arrays of any names, `file` included.

    Args:
        file: The file to write to.
        arrays: The arrays, by name.

    Raises:
        ConvstepError: A name is too long for the format.
    """
    import zipfile

    from numpy.lib import format as npy

    with zipfile.ZipFile(file, "w") as archive:
        for name, values in arrays.items():
            if len(name.encode()) > LONGEST_NAME:
                raise ConvstepError(f"the name '{name[:20]}...' is too long for an .npz file")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy.write_array(member, values, allow_pickle=False)


def remove_unfinished() -> None:
    """Remove the temporary files and folders being written, before the process ends."""
    import shutil

    for name in _unfinished:
        if os.path.isdir(name):
            shutil.rmtree(name, ignore_errors=True)
        with suppress(OSError):
            os.unlink(name)


def _temporary(folder: str) -> tuple[int, str]:
    """Create a file in a folder; return its handle, locked until it is closed, and its path."""
    import tempfile

    while True:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".convstep-", suffix=".part")
        with suppress(OSError):  # some file systems have no locks: stale files stay there
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):  # unless another run removed it before it was locked
            _unfinished.add(name)
            return handle, name
        os.close(handle)


def _remove_stale(folder: str) -> None:
    """Remove the temporary files that killed runs have left in a folder: those that are not locked."""
    with suppress(OSError):
        for name in filter(TEMPORARY.fullmatch, os.listdir(folder)):
            path = os.path.join(folder, name)
            with suppress(OSError), open(path, "rb+", opener=_no_link) as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
