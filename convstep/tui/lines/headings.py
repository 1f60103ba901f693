"""The title line of a panel."""

from __future__ import annotations

from textual.strip import Strip

from convstep.tui.lines.colours import Palette
from convstep.tui.lines.text import cell_len, line

Titles = tuple[str, tuple[str, ...]]
"""A panel's title, and its details, most important first; empty strings are skipped."""

MOST_IMPORTANT = 2
"""How many details are more important than the rule."""


def heading(titles: Titles, width: int, palette: Palette, role: str = "strong") -> Strip:
    """Return the title line: the title, a rule, and at its right the details that fit.

    The rule is left out if the most important details do not fit otherwise.
    """
    title, details = titles
    more = ""
    for number, detail in enumerate(filter(None, details)):
        longer = f"{more} · {detail}" if more else detail
        least_gap = 1 if number < MOST_IMPORTANT else 4
        if cell_len(title) + least_gap + cell_len(longer) <= width:
            more = longer
    gap = max(0, width - cell_len(title) - cell_len(more))
    rule = f" {'─' * (gap - 2)} " if more else f" {'─' * (gap - 1)}"
    parts = [(title, role), (rule[:gap], "rule"), (more, "dim")]
    return line(parts, width, palette=palette)
