"""The list of recent specs, stored in a file with one path a line."""

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
"""The most bytes of the file that are read."""


def _file() -> str:
    return os.path.join(state_folder(), "recent")


def recent() -> list[str]:
    """Return the paths of recent specs that still exist, latest first; empty if the list can't be read."""
    try:
        if not os.path.isfile(_file()):  # reading a pipe might block
            return []
        with open(_file(), "rb") as file:
            paths = [os.fsdecode(line) for line in file.read(LARGEST).split(b"\n")]
    except OSError:
        return []
    there = (path for path in dict.fromkeys(paths) if os.path.isabs(path) and os.path.isfile(path))
    return list(islice(there, MOST))


def remember(spec: str) -> None:
    """Add a spec to the list, except a bundled one; errors of writing are ignored."""
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
