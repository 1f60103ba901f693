"""The specs that were opened last, kept from one run to the next."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from convstep.errors import ConvstepError
from convstep.report.files import writing

MOST = 10


def _file() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "convstep" / "recent"


def recent() -> list[str]:
    """Return the files of the specs opened last, the latest first; those that are gone are left out."""
    try:
        lines = _file().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in lines if Path(line).is_file()][:MOST]


def remember(spec: str) -> None:
    """Put a spec at the head of the list; a bundled one is always in reach, and is not kept.

    That the list can't be written is no reason to stop anyone.
    """
    if not Path(spec).is_file():
        return
    path = str(Path(spec).resolve())
    lines = [path, *(line for line in recent() if line != path)][:MOST]
    with suppress(ConvstepError, OSError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        with writing(_file()) as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
