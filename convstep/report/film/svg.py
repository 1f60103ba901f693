"""Screens as SVG: text as text, blocks as rectangles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TypeVar
from xml.sax.saxutils import escape

from rich.cells import cell_len

from convstep.report.film import Cell, Look, Row, Screen, cells
from convstep.report.film.cast import colour

WIDTH, HEIGHT = 9, 18
"""Of a cell."""
SIZE, BASELINE = 15, 13.7
MARGIN = 9
FONTS = "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"
T = TypeVar("T")
Box = tuple[float, float, float, float]
"""Left, top, width and height, in cells."""
BLOCKS: dict[str, Box] = {
    "▀": (0, 0, 1, 1 / 2),
    "▐": (1 / 2, 0, 1 / 2, 1),
    "▔": (0, 0, 1, 1 / 8),
    "▕": (7 / 8, 0, 1 / 8, 1),
    **{chr(0x2580 + n): (0, 1 - n / 8, 1, n / 8) for n in range(1, 9)},
    **{chr(0x2590 - n): (0, 0, n / 8, 1) for n in range(1, 8)},
    "─": (0, 17 / 36, 1, 1 / 18),
    "━": (0, 4 / 9, 1, 1 / 9),
    "│": (4 / 9, 0, 1 / 9, 1),
    "┃": (1 / 3, 0, 2 / 9, 1),
}
"""Characters that are a rectangle: they meet at the borders of their cells whatever the font is."""


def svg(screen: Screen, plain: Look, title: str = "", caption: str = "") -> Iterator[str]:
    """Yield a screen as lines of SVG.

    Args:
        screen: The screen.
        plain: How characters look that are not coloured.
        title: The picture's title.
        caption: What is said, for those who can't see it.
    """
    width, height = screen.width * WIDTH + 2 * MARGIN, screen.height * HEIGHT + 2 * MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="{FONTS}" font-size="{SIZE}" xml:space="preserve">'
    )
    if title:
        yield f"<title>{escape(title)}</title>"
    if caption:
        yield f"<desc>{escape(caption)}</desc>"
    yield f'<rect width="{width}" height="{height}" fill="{colour(plain.background)}"/>'
    yield f'<g transform="translate({MARGIN} {MARGIN})">'
    yield '<g shape-rendering="crispEdges">'
    for y, row in enumerate(screen.rows):
        yield from _rectangles(row, y, plain.background)
    yield "</g>"
    for y, row in enumerate(screen.rows):
        yield from _texts(row, y)
    yield "</g>"
    yield "</svg>"


def _rectangles(row: Row, y: int, background: int) -> Iterator[str]:
    line = cells(row)
    for x, count, packed in _stretches([look.background for _, look in line]):
        if packed != background:
            yield _rectangle(x, y, (0, 0, count, 1), packed)
    blocks = [(BLOCKS[character], look.colour) if character in BLOCKS else None for character, look in line]
    for x, count, block in _stretches(blocks):
        if block is not None:
            (left, top, width, height), packed = block
            whole = width == 1
            for each in (x,) if whole else range(x, x + count):
                yield _rectangle(each, y, (left, top, count if whole else width, height), packed)


def _stretches(values: list[T]) -> Iterator[tuple[int, int, T]]:
    """Yield where each run of equal values begins, how long it is, and the value."""
    x = 0
    for value, run in groupby(values):
        count = len(list(run))
        yield x, count, value
        x += count


def _rectangle(x: int, y: int, box: Box, packed: int) -> str:
    left, top, width, height = box
    return (
        f'<rect x="{(x + left) * WIDTH:g}" y="{(y + top) * HEIGHT:g}" width="{width * WIDTH:g}" '
        f'height="{height * HEIGHT:g}" fill="{colour(packed)}"/>'
    )


def _texts(row: Row, y: int) -> Iterator[str]:
    """Yield the words of a row, each stretched over its cells."""
    x = 0
    for (is_text, look), run in groupby(cells(row), _key):
        found = list(run)
        if is_text:
            yield from _words("".join(character for character, _ in found), x, y, look)
        x += len(found)


def _key(cell: Cell) -> tuple[bool, Look]:
    character, look = cell
    return character not in BLOCKS, look


def _words(text: str, x: int, y: int, look: Look) -> Iterator[str]:
    """Yield a text that looks alike, in pieces: several spaces are left out, as some programs would join them."""
    lines = " ".join(name for name, wanted in (("underline", look.underline), ("line-through", look.strike)) if wanted)
    style = "".join(
        (
            ' font-weight="bold"' if look.bold else "",
            ' font-style="italic"' if look.italic else "",
            f' text-decoration="{lines}"' if lines else "",
        )
    )
    for piece in re.split("( {2,})", text):
        lead = cell_len(piece) - cell_len(piece.lstrip(" "))
        shown = piece.strip(" ")
        if shown:
            yield (
                f'<text x="{(x + lead) * WIDTH}" y="{y * HEIGHT + BASELINE:g}" textLength="{cell_len(shown) * WIDTH}" '
                f'lengthAdjust="spacingAndGlyphs" fill="{colour(look.colour)}"{style}>{escape(shown)}</text>'
            )
        x += cell_len(piece)
