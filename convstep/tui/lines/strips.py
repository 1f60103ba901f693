"""Strips from runs of text. All text that the debugger's screen draws itself becomes a strip here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from convstep.printable import printable

Run = tuple[str, Style]
BOLD = Style(bold=True)


@lru_cache(2048)
def style(foreground: int, background: int, bold: bool = False) -> Style:
    """Return the style with these colours, 0xRRGGBB; equal ones are the same object."""
    plain = Style.from_color(_colour(foreground), _colour(background))
    return plain + BOLD if bold else plain


@lru_cache(2048)
def _colour(packed: int) -> Color:
    triplet = ColorTriplet(packed >> 16, packed >> 8 & 255, packed & 255)
    return Color(triplet.hex, ColorType.TRUECOLOR, None, triplet)


def strip_of(runs: Iterable[Run], width: int) -> Strip:
    """Return runs of text as a strip, with one segment for neighbours of one style.

    Characters that a terminal would act on are shown as what they are.

    Args:
        runs: Texts with their styles.
        width: Cells that the texts take.
    """
    segments: list[Segment] = []
    text, current, plain = "", BOLD, True
    for part, part_style in runs:
        if not part.isprintable():
            shown = printable(part)
            plain = plain and shown == part
            part = shown
        if part_style is current:
            text += part
            continue
        if text:
            segments.append(Segment(text, current))
        text, current = part, part_style
    if text:
        segments.append(Segment(text, current))
    return Strip(segments, width) if plain else Strip(segments).adjust_cell_length(width)


def changed_columns(before: Strip, after: Strip) -> tuple[int, int]:
    """Return the first cell in which two strips of one width differ, and the one behind the last; (0, 0) for none."""
    old, new = list(before), list(after)
    if old == new:
        return 0, 0
    first = _shared(old, new)
    return first, after.cell_length - _shared(reversed(old), reversed(new))


def _shared(one: Iterable[Segment], other: Iterable[Segment]) -> int:
    """Return how many cells two different rows of segments have in common, from their start."""
    cells = 0
    for segment, same in zip(one, other, strict=False):
        if segment != same:
            break
        cells += len(segment.text) if segment.text.isascii() else segment.cell_length
    return cells
