"""Captions: text with **bold** and `code`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Stress = Literal["plain", "bold", "code"]
MARKUP = re.compile(r"\*\*(.+?)\*\*|`(.+?)`")
LEAST_SECONDS, CELLS_A_SECOND = 1.5, 20
"""How long it takes to look at the screen, and how fast a caption is read: a subtitle's speed."""


def spans(caption: str) -> Iterator[tuple[str, Stress]]:
    """Yield a caption's text piece by piece, with how each is stressed."""
    at = 0
    for match in MARKUP.finditer(caption):
        if match.start() > at:
            yield caption[at : match.start()], "plain"
        yield (match[1], "bold") if match[1] else (match[2], "code")
        at = match.end()
    if at < len(caption):
        yield caption[at:], "plain"


def plain(caption: str) -> str:
    """Return a caption without its marks for bold and code."""
    return "".join(text for text, _ in spans(caption))


def reading_seconds(caption: str) -> float:
    """Return how long it takes to read a caption and to look at what it is about, in seconds."""
    from rich.cells import cell_len

    return LEAST_SECONDS + cell_len(plain(caption)) / CELLS_A_SECOND
