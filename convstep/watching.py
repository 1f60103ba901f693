"""Reads a spec again when it, or a file that it names, is edited."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from convstep.engine.steps import Array
from convstep.errors import ConvstepError
from convstep.loading import NOTHING, Given, load
from convstep.network import Network
from convstep.spec.samples import bundled, files_of

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Each file's modification time, size and inode; None for a missing one."""


class Watch:
    """Watches a spec and the files that it names.

    Args:
        spec: A bundled name or a path.
        changes: Fields to change for this run.
        given: What is given beside the file.
    """

    def __init__(self, spec: str, changes: Sequence[str] = (), given: Given = NOTHING) -> None:
        self.spec = spec
        self._changes = tuple(changes)
        self._given = given
        self._files = self._named()
        self._read = self._seen = self._stamp()

    def edited(self) -> bool:
        """Return whether a file has changed since the last read, but not since the last call: editing is over."""
        before, self._seen = self._seen, self._stamp()
        return self._seen == before != self._read

    def read(self) -> tuple[Network, Array]:
        """Return the net and its input from the files as they are now.

        Raises:
            ConvstepError: The spec can't be read.
        """
        self._read = self._seen
        try:
            return load(self.spec, changes=self._changes, given=self._given)
        finally:
            self._files = self._named()
            self._read = self._seen = self._stamp()

    def _named(self) -> tuple[Path, ...]:
        path = Path(bundled().get(self.spec, self.spec))
        try:
            return tuple(files_of(path))
        except (ConvstepError, OSError):  # it is being edited
            return (path,)

    def _stamp(self) -> Stamp:
        return tuple(map(_stamp, self._files))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
