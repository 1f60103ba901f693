"""One line of the screen, from parts of text in roles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from convstep.tui.colours import DARK, Palette

Part = tuple[str, str]
"""Text, and its role: one of those in `role_style`."""


@lru_cache(maxsize=512)
def role_style(role: str, palette: Palette = DARK) -> Style:
    """Return how text in a role looks."""
    colour = {
        "plain": palette.text,
        "strong": palette.text,
        "dim": palette.quiet,
        "rule": palette.waiting[0],
        "accent": palette.amber,
        "window": palette.amber,
        "output": palette.cyan,
        "positive": int(palette.packed_ramps["signed"][220]),
        "negative": int(palette.packed_ramps["signed"][36]),
        "error": int(palette.packed_ramps["red"][200]),
        "here": palette.panel,
        "same": palette.panel,
        "valid": palette.panel,
    }[role]
    ground = {"here": palette.amber, "same": 0xA7CF6A, "valid": 0xC9A3E8}.get(role, palette.panel)
    return Style(
        color=f"#{colour:06x}",
        bgcolor=f"#{ground:06x}",
        bold=role in ("strong", "window", "output", "here", "same", "valid"),
    )


def width_of(parts: Iterable[Part]) -> int:
    """Return how many cells wide the parts are."""
    return sum(cell_len(text) for text, _ in parts)


def line(left: list[Part], width: int, right: list[Part] | None = None, palette: Palette = DARK) -> Strip:
    """Return a strip `width` cells wide: parts from the left, and parts flush right, which win where both don't fit."""
    return _line(tuple(left), width, tuple(right or ()), palette)


@lru_cache(maxsize=1024)
def _line(left: tuple[Part, ...], width: int, right: tuple[Part, ...], palette: Palette) -> Strip:
    room = width - width_of(right)
    segments: list[Segment] = []
    for text, role in left:
        cells = min(room, cell_len(text))
        if cells > 0:
            segments.append(Segment(set_cell_size(text, cells), role_style(role, palette)))
            room -= cells
    if room > 0:
        segments.append(Segment(" " * room, role_style("plain", palette)))
    segments += [Segment(text, role_style(role, palette)) for text, role in right]
    return Strip(segments, width) if room >= 0 else Strip(segments).crop(0, width)


@lru_cache(maxsize=64)
def blank(width: int, palette: Palette = DARK) -> Strip:
    """Return an empty line."""
    return Strip.blank(width, role_style("plain", palette))


def wrap(parts: Iterable[Part], width: int) -> list[list[Part]]:
    """Return parts broken into lines of at most `width` cells, at spaces."""
    lines: list[list[Part]] = [[]]
    used = 0
    for text, role in parts:
        measure = len if cell_len(text) == len(text) else cell_len
        for word in _words(text):
            if used and used + measure(word.rstrip()) > width:
                lines.append([])
                used = 0
                word = word.lstrip()
            if used and lines[-1][-1][1] == role:
                lines[-1][-1] = (lines[-1][-1][0] + word, role)
            else:
                lines[-1].append((word, role))
            used += measure(word)
    return lines


def _words(text: str) -> list[str]:
    """Return words, each with the spaces that follow it."""
    return re.findall(r" *[^ ]+ *| +", text)
