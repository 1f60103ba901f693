"""Opens zip files that other programs write, with the sizes of their members bounded."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from convstep.errors import SpecError
from convstep.network.memory import shortage
from convstep.printable import printable

MOST_MEMBERS = 100_000
"""The most files in an archive."""

GROWTH = 1100
"""The most that deflate can shrink a file by; one that says more of itself is damaged."""


class Archive:
    """A zip file's members.

    Args:
        archive: The zip file.
        data: Its bytes.
    """

    def __init__(self, archive: zipfile.ZipFile, data: memoryview) -> None:
        self._archive, self._data = archive, data
        self._taken = 0
        self._members = {info.filename: info for info in archive.infolist()}

    @property
    def names(self) -> list[str]:
        """The members' names, in the file's order."""
        return list(self._members)

    def size(self, name: str) -> int:
        """Return how many bytes a member says that it has."""
        return self._members[name].file_size

    def read(self, name: str, most: int | None = None) -> memoryview:
        """Return a member's bytes.

        Args:
            name: The member.
            most: The most bytes that it may have; None for as many as memory holds.

        Raises:
            SpecError: It is not there, too large, or compressed in an unusual way.
        """
        info, shown = self._members.get(name), printable(name)[:60]
        if info is None:
            raise SpecError(f"is damaged: it has no '{shown}'", hint="Save or download it again")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SpecError(f"'{shown}' in it is compressed in a way that is not read")
        if info.flag_bits & 1:
            raise SpecError(f"'{shown}' in it is encrypted")
        if info.file_size > (len(self._data) if info.compress_type == zipfile.ZIP_STORED else GROWTH * len(self._data)):
            raise SpecError(f"is damaged: '{shown}' in it can't have {info.file_size:,} bytes")
        if most is not None and info.file_size > most:
            raise SpecError(f"'{shown}' in it has {info.file_size:,} bytes, and {most:,} are the most")
        self._taken += info.compress_size
        if self._taken > len(self._data):
            raise SpecError("is damaged: files in it share bytes", hint="Save or download it again")
        if problem := shortage(2 * info.file_size):
            raise SpecError(f"'{shown}' in it {problem}")
        with self._archive.open(info) as file:
            content = file.read(info.file_size)
        if len(content) != info.file_size:
            raise SpecError(f"is damaged: '{shown}' in it is cut short")
        return memoryview(content)


@contextmanager
def opened(data: memoryview) -> Iterator[Archive]:
    """Give the members of a zip file.

    Raises:
        SpecError: It is damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise SpecError(f"is an archive of over {MOST_MEMBERS:,} files")
            yield Archive(archive, data)
    except (SpecError, MemoryError):
        raise
    except Exception as error:  # a broken archive may make zipfile raise anything
        said = printable(str(error))[:80] or type(error).__name__
        raise SpecError(f"is damaged or cut short ({said})", hint="Save or download it again") from None
