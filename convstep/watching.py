"""Files that are edited while they are shown: a spec is read again, a learner's file checked again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from convstep.engine.steps import Array
from convstep.errors import ConvstepError
from convstep.loading import NOTHING, Given, load
from convstep.network import Network
from convstep.spec.samples import bundled, files_of

WATCH_SECONDS = 0.5
"""How often files are looked at."""

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Each file's modification time, size and inode; None for a missing one."""


class Edits:
    """Tells when files were edited, also by editors that put another file in their place.

    Args:
        files: The files.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = tuple(files)
        self._read = self._seen = self._stamp()

    def edited(self) -> bool:
        """Return whether a file has changed since they were taken, but not since the last call: editing is over."""
        before, self._seen = self._seen, self._stamp()
        return self._seen == before != self._read

    def take(self, files: Iterable[Path] | None = None) -> None:
        """Take the files as they were seen last for those to compare with; or other files, as they are now."""
        self._read = self._seen
        if files is not None:
            self._files = tuple(files)
            self._read = self._seen = self._stamp()

    def _stamp(self) -> Stamp:
        return tuple(map(_stamp, self._files))


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
        self._edits = Edits(self._named())

    def edited(self) -> bool:
        """Return whether a file has changed since the last read, but not since the last call: editing is over."""
        return self._edits.edited()

    def read(self) -> tuple[Network, Array]:
        """Return the net and its input from the files as they are now.

        Raises:
            ConvstepError: The spec can't be read.
        """
        self._edits.take()
        try:
            return load(self.spec, changes=self._changes, given=self._given)
        finally:
            self._edits.take(self._named())

    def _named(self) -> tuple[Path, ...]:
        path = Path(bundled().get(self.spec, self.spec))
        try:
            return tuple(files_of(path))
        except (ConvstepError, OSError):  # it is being edited
            return (path,)


def files_beside(path: Path) -> list[Path]:
    """Return a learner's file, and the files beside it that it imports and needs."""
    from convstep.check.reading import read

    try:
        others = [path.with_name(source.name) for source in read(path).others.values()]
    except ConvstepError:  # it is being edited
        others = []
    return [path, *others]


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
