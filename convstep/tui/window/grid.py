"""Grids of numbers and lines of text, as runs of styled characters."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import isnan
from types import MappingProxyType
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from convstep.engine.steps import Array
from convstep.figures import Format
from convstep.tui.lines.scale import Scale
from convstep.tui.lines.strips import Run, strip_of, style
from convstep.tui.lines.text import cell_len
from convstep.tui.window.styles import WindowStyles, tint_levels

Line = list[Run]
Place = tuple[int, int]

HATCH = "╱"
DOT = "·"
HERE = "▸"
TIE = "="
BAR = "▇"


CACHE_SIZE = 64
"""How many rendered grids are cached: the same filters and slices come again and again."""

_cache: dict[Hashable, list[Line]] = {}


class Grid(NamedTuple):
    """Numbers in rows and columns.

    Attributes:
        values: `(rows, columns)`.
        form: Their format.
        scale: The colour scale of their backgrounds.
        padded: `(rows, columns)`, which cells are padding; None for none.
        padding: The text in padding; empty for hatching alone, None for the values in it.
        order: `(rows, columns)`, below 0 for taps that are done, 0 for the current, above for pending; None: all done.
        hidden: Whether pending numbers are shown as dots.
        marks: Signs before single numbers; HERE also highlights the number.
    """

    values: Array
    form: Format
    scale: Scale
    padded: Array | None = None
    padding: str | None = "0"
    order: Array | None = None
    hidden: bool = False
    marks: Mapping[Place, str] = MappingProxyType({})

    def lines(self, styles: WindowStyles, column: int, after: int = 0) -> list[Line]:
        """Return its lines.

        Args:
            styles: The panel's styles.
            column: The width of each column, at least that of a number.
            after: How many of these cells follow the number.
        """
        before = column - self.form.width - after
        if self.order is not None or self.marks:
            return self._rendered(styles, before, after)
        padded = b"" if self.padded is None else self.padded.tobytes()
        look = (self.values.tobytes(), self.values.shape, self.values.dtype.char, padded, self.padding)
        key = (*look, self.form, self.scale, styles, before, after)
        if key not in _cache:
            if len(_cache) >= CACHE_SIZE:
                _cache.clear()
            _cache[key] = self._rendered(styles, before, after)
        return [list(line) for line in _cache[key]]

    def _rendered(self, styles: WindowStyles, before: int, after: int) -> list[Line]:
        bright = styles.tints(self.scale.colouring)
        faded = bright if self.order is None else styles.tints(self.scale.colouring, faded=True)
        tints = tint_levels(self.values, self.scale).tolist()
        padded = None if self.padded is None else self.padded.tolist()
        order = None if self.order is None else self.order.tolist()
        lead, rest = " " * before, " " * after
        dot = f"{lead}{self.form.symbol(DOT)}{rest}"
        result = []
        texts = iter(self.form.texts(self.values))
        for row, places in enumerate(tints):
            line: Line = []
            for col, (tint, text) in enumerate(zip(places, texts, strict=False)):
                when = order[row][col] if order else -1
                mark = HERE if when == 0 else self.marks.get((row, col), "")
                if padded and padded[row][col]:
                    line += self._hatched(styles, before, after, mark, text)
                    continue
                front = mark.rjust(before) if mark else lead
                if mark and not before:
                    front, text = (mark, text[1:]) if text[0] == " " else ("", text)
                if when > 0 and self.hidden:
                    line.append((dot, styles.pending))
                elif mark:
                    line.append((front + text + rest, styles.here if mark == HERE else styles.tied))
                else:
                    line.append((front + text + rest, style(*(faded if when > 0 else bright)[tint])))
            result.append(line)
        return result

    def _hatched(self, styles: WindowStyles, before: int, after: int, mark: str, number: str) -> Line:
        mark = mark if before else ""
        if self.padding is None:
            text = f"{HATCH * before}{number.replace(' ', HATCH)}{HATCH * after}"
            return [(f"{mark.rjust(before)}{text[before:]}", styles.here)] if mark else [(text, styles.padding)]
        text = f"{HATCH * before}{self.form.symbol(self.padding or HATCH, HATCH)}{HATCH * after}"
        if mark:
            return [(f"{mark.rjust(before)}{text[before:]}", styles.here)]
        start = text.find(self.padding) if self.padding else 0
        stop = start + len(self.padding)
        return [(text[:start], styles.hatch), (text[start:stop], styles.padding), (text[stop:], styles.hatch)]


def beside(blocks: Sequence[list[Line]], width: int, gap: Run) -> list[Line]:
    """Return blocks of lines side by side.

    Args:
        blocks: The blocks.
        width: The width of each.
        gap: The text between two of them; its style is also used for empty cells.
    """
    plain = gap[1]
    lines: list[Line] = []
    for row in range(max(map(len, blocks))):
        line: Line = []
        for at, block in enumerate(blocks):
            runs = block[row] if row < len(block) else []
            line += [*([gap] if at else []), *runs]
            if at < len(blocks) - 1:
                line.append((" " * max(0, width - length(runs)), plain))
        lines.append(line)
    return lines


def length(line: Sequence[Run]) -> int:
    """Return the width of a line in cells."""
    return cell_len("".join([text for text, _ in line]))


def flow(pieces: Iterable[Line], width: int, styles: WindowStyles, gap: int = 3) -> list[Line]:
    """Return pieces joined into as few lines as possible, without breaking any."""
    lines: list[Line] = []
    used = 0
    for piece in pieces:
        size = length(piece)
        if lines and used + gap + size <= width:
            lines[-1] += [(" " * gap, styles.plain), *piece]
            used += gap + size
        else:
            lines.append(list(piece))
            used = size
    return lines


def wrap(text: str, width: int, style: Style) -> list[Line]:
    """Return text wrapped between words, and within words that are longer than a line."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
            continue
        lines.append("")
        for character in word:
            if cell_len(lines[-1] + character) > width:
                lines.append("")
            lines[-1] += character
    return [[(line, style)] for line in lines]


def fitting_text(width: int, *texts: str) -> str:
    """Return the first of `texts` that fits into `width`; "" if none does."""
    return next((text for text in texts if cell_len(text) <= width), "")


def bar(part: float, width: int) -> str:
    """Return a bar that fills `part` of `width` cells; at least a thin line if `part` is above 0."""
    if isnan(part):
        return ""
    cells = round(min(max(part, 0.0), 1.0) * width)
    return BAR * cells if cells else "▏" if part > 0 else ""


def strips(lines: Sequence[Line], width: int, height: int, background: Style) -> list[Strip]:
    """Return exactly `height` strips of exactly `width` cells; runs that do not fit are dropped from the end.

    Args:
        lines: Their lines.
        width: The width of each strip.
        height: The number of strips.
        background: The style of empty cells.
    """
    blank = strip_of([(" " * width, background)], width)
    result: list[Strip] = [_row(tuple(line), width, background) for line in lines[:height]]
    return result + [blank] * (height - len(result))


@lru_cache(256)
def _row(line: tuple[Run, ...], width: int, background: Style) -> Strip:
    used = length(line)
    while used > width:
        line = line[:-1]
        used = length(line)
    return strip_of([*line, (" " * (width - used), background)], width)
