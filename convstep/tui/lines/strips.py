"""Builds strips from runs of styled text; all text that canvases render passes through here."""

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


@lru_cache(8192)
def style(foreground: int | None, background: int, bold: bool = False) -> Style:
    """Return the style with these colours, 0xRRGGBB; cached, so that equal styles are mostly identical.

    Blanks need no foreground.
    """
    plain = Style.from_color(None if foreground is None else _colour(foreground), _colour(background))
    return plain + BOLD if bold else plain


@lru_cache(8192)
def _colour(packed: int) -> Color:
    triplet = ColorTriplet(packed >> 16, packed >> 8 & 255, packed & 255)
    return Color(triplet.hex, ColorType.TRUECOLOR, None, triplet)


def strip_of(runs: Iterable[Run], width: int) -> Strip:
    """Return runs of text as a strip; neighbours with the same style share a segment.

    Spaces share it if the background is the same, as their other colour is not seen. Control characters are replaced
    by printable ones.

    Args:
        runs: Texts with their styles.
        width: The width of the texts in cells.
    """
    segments: list[Segment] = []
    text, current, plain = "", BOLD, True
    for part, part_style in runs:
        if not part.isprintable():
            shown = printable(part)
            plain = plain and shown == part
            part = shown
        same_background = part_style is current or part_style.bgcolor == current.bgcolor
        if same_background and (part.isspace() or part_style == current):
            text += part
            continue
        if same_background and text.isspace():
            part = text + part
        elif text:
            segments.append(Segment(text, current))
        text, current = part, part_style
    if text:
        segments.append(Segment(text, current))
    return Strip(segments, width) if plain else Strip(segments).adjust_cell_length(width)


def changed_columns(before: Strip, after: Strip) -> tuple[int, int]:
    """Return the range (start, stop) of cells in which two strips of equal width differ; (0, 0) if they are equal."""
    old, new = list(before), list(after)
    if old == new:
        return 0, 0
    first = _shared(old, new)
    return first, after.cell_length - _shared(reversed(old), reversed(new))


def _shared(one: Iterable[Segment], other: Iterable[Segment]) -> int:
    """Return the width of the segments that two sequences have in common at their start."""
    cells = 0
    for segment, same in zip(one, other, strict=False):
        if segment != same:
            break
        cells += len(segment.text) if segment.text.isascii() else segment.cell_length
    return cells
