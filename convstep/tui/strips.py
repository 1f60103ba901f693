"""Strips from runs of text. All text that the debugger's screen draws itself becomes a strip here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from convstep.printable import printable

Run = tuple[str, Style]


@lru_cache(1 << 15)
def style(ink: int, ground: int, bold: bool = False) -> Style:
    """Return the style with these colours, 0xRRGGBB; equal ones are the same object."""
    return Style(color=_colour(ink), bgcolor=_colour(ground), bold=bold)


@lru_cache(1 << 15)
def _colour(packed: int) -> Color:
    return Color.from_rgb(packed >> 16, packed >> 8 & 255, packed & 255)


def strip_of(runs: Iterable[Run], width: int) -> Strip:
    """Return runs of text as a strip.

    Characters that a terminal would act on are shown as what they are.

    Args:
        runs: Texts with their styles.
        width: Cells that the texts take.
    """
    segments, plain = [], True
    for text, look in runs:
        shown = text if text.isprintable() else printable(text)
        plain = plain and len(shown) == len(text)
        segments.append(Segment(shown, look))
    return Strip(segments, width) if plain else Strip(segments).adjust_cell_length(width)


def changed_columns(before: Strip, after: Strip) -> tuple[int, int]:
    """Return the first cell in which two strips of one width differ, and the one behind the last; (0, 0) for none."""
    old, new = list(before), list(after)
    same = 0
    for one, other in zip(old, new, strict=False):
        if one is not other and one != other:
            break
        same += 1
    if same == len(old) == len(new):
        return 0, 0
    behind = 0
    while behind < min(len(old), len(new)) - same and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    first = sum(segment.cell_length for segment in new[:same])
    last = sum(segment.cell_length for segment in new[len(new) - behind :])
    return first, after.cell_length - last
