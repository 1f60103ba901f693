"""How much memory is free, and whether that is enough."""

from __future__ import annotations

import os
from pathlib import Path


def available() -> int | None:
    """Return how many bytes of memory are free on this machine; None if that is unknown."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def shortage(needed: int) -> str:
    """Return "needs 41 GB, and 8 GB are free" if `needed` bytes are more than are free; else ""."""
    free = available()
    if free is None or needed <= free:
        return ""
    return f"needs {in_words(needed)}, and {in_words(free)} are free"


def in_words(size: int) -> str:
    """Return a number of bytes in words: 41 GB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if size < 1000:
            return f"{size} {unit}"
        size = (size + 500) // 1000
    return f"{size:,} EB"
