"""The specs that were opened last, kept from one run to the next: paths as they are, one a line."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path

from convstep.errors import ConvstepError
from convstep.folders import state_folder
from convstep.report.files import writing

MOST = 10
LARGEST = 50_000
"""How many bytes of the list are read."""


def _file() -> str:
    return os.path.join(state_folder(), "recent")


def recent() -> list[str]:
    """Return the files of the specs opened last, the latest first; those that are gone are left out.

    A list that can't be read is an empty one.
    """
    try:
        if not os.path.isfile(_file()):  # anything else might keep its reader waiting
            return []
        with open(_file(), "rb") as file:
            paths = [os.fsdecode(line) for line in file.read(LARGEST).split(b"\n")]
    except OSError:
        return []
    there = (path for path in dict.fromkeys(paths) if os.path.isabs(path) and os.path.isfile(path))
    return list(islice(there, MOST))


def remember(spec: str) -> None:
    """Put a spec at the head of the list; a bundled one is always in reach, and is not kept.

    That the list can't be written is no reason to stop anyone.
    """
    file = _file()
    if not os.path.isfile(spec) or not os.path.isabs(file) or (os.path.exists(file) and not os.path.isfile(file)):
        return
    path = os.path.realpath(spec)
    if "\n" in path:
        return
    lines = list(dict.fromkeys([path, *recent()]))[:MOST]
    with suppress(ConvstepError, OSError):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        with writing(file) as out:
            out.writelines(os.fsencode(line) + b"\n" for line in lines)
