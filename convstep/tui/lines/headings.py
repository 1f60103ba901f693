"""The title line of a panel."""

from __future__ import annotations

from textual.strip import Strip

from convstep.tui.lines.colours import Palette
from convstep.tui.lines.text import cell_len, line

Titles = tuple[str, tuple[str, ...]]
"""A panel's title, and its details, most important first; empty strings are skipped."""


def heading(titles: Titles, width: int, palette: Palette, role: str = "strong") -> Strip:
    """Return the title line: the title, a rule, and at its right the details that fit."""
    title, details = titles
    room, more = width - cell_len(title) - 3, ""
    for detail in filter(None, details):
        longer = f"{more} · {detail}" if more else detail
        if cell_len(longer) <= room:
            more = longer
    rule = max(0, width - cell_len(title) - cell_len(more) - (2 if more else 1))
    parts = [(f"{title} ", role), ("─" * rule, "rule"), (f" {more}" if more else "", "dim")]
    return line(parts, width, palette=palette)
