"""Lines of text, built from parts that have a role each, such as accent or error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rich import cells as rich_cells
from rich.style import Style
from textual.strip import Strip

from convstep.tui.lines.colours import DARK, Palette
from convstep.tui.lines.strips import strip_of, style

Part = tuple[str, str]
"""Text, and its role: one of those in `role_style`."""

_narrow = re.compile("[ -~\u00a0-\u02ff\u2010-\u2027\u2070-\u209f\u2190-\u22ff\u2500-\u25fc]*").fullmatch


@lru_cache(maxsize=512)
def cell_len(text: str) -> int:
    """Return the width of a text in cells; fast for the usual characters, each one cell wide."""
    return len(text) if _narrow(text) else rich_cells.cell_len(text)


@lru_cache(maxsize=512)
def role_style(role: str, palette: Palette = DARK) -> Style:
    """Return the style of text in a role.

    Computed here, not set in TCSS, as its contrast depends on the terminal's colours.
    """
    colour = {
        "plain": palette.text,
        "strong": palette.text,
        "dim": palette.muted,
        "rule": palette.pending[0],
        "accent": palette.amber,
        "window": palette.amber,
        "output": palette.cyan,
        "positive": int(palette.packed_ramps["signed"][220]),
        "negative": int(palette.packed_ramps["signed"][36]),
        "error": int(palette.packed_ramps["red"][200]),
        "here": palette.panel,
        "cell": palette.panel,
        "same": palette.panel,
        "valid": palette.panel,
    }[role]
    background = {"here": palette.amber, "cell": palette.cyan, "same": 0xA7CF6A, "valid": 0xC9A3E8}.get(
        role, palette.panel
    )
    return style(
        int(palette.legible(colour, background)),
        background,
        bold=role in ("strong", "window", "output", "here", "cell", "same", "valid"),
    )


def width_of(parts: Iterable[Part]) -> int:
    """Return the width of the parts in cells."""
    return sum(cell_len(text) for text, _ in parts)


def line(left: list[Part], width: int, right: list[Part] | None = None, palette: Palette = DARK) -> Strip:
    """Return a strip `width` cells wide: `left` is cut where it would overlap `right`, which is flush right."""
    return _line(tuple(left), width, tuple(right or ()), palette)


@lru_cache(maxsize=128)
def _line(left: tuple[Part, ...], width: int, right: tuple[Part, ...], palette: Palette) -> Strip:
    room = width - width_of(right)
    if room < 0:
        return _line(_cut(right, width), width, (), palette)
    runs = [(text, role_style(role, palette)) for text, role in _cut(left, room)]
    if (rest := room - width_of(left)) > 0:
        runs.append((" " * rest, role_style("plain", palette)))
    return strip_of([*runs, *((text, role_style(role, palette)) for text, role in right)], width)


def shortened(parts: list[Part], width: int) -> list[Part]:
    """Return parts as they are if they fit, else cut, with an ellipsis."""
    if width_of(parts) <= width:
        return parts
    cut = list(_cut(parts, max(0, width - 1)))
    return [*cut, ("…", cut[-1][1])] if cut else []


def _cut(parts: Iterable[Part], room: int) -> tuple[Part, ...]:
    """Return parts cut to at most `room` cells."""
    cut: list[Part] = []
    for text, role in parts:
        cells = min(room, cell_len(text))
        if cells > 0:
            cut.append((text if cells == cell_len(text) else rich_cells.set_cell_size(text, cells), role))
            room -= cells
    return tuple(cut)


@lru_cache(maxsize=64)
def blank(width: int, palette: Palette = DARK) -> Strip:
    """Return a blank strip."""
    return strip_of([(" " * width, role_style("plain", palette))], width)


def centred_range(current: int, count: int, total: int) -> range:
    """Return `count` consecutive indices below `total`, centred on the current one as far as the ends allow."""
    count = min(count, total)
    start = min(max(current - count // 2, 0), total - count)
    return range(start, start + count)


def wrap(parts: Iterable[Part], width: int) -> list[list[Part]]:
    """Return parts wrapped at spaces into lines of at most `width` cells; longer words are not broken.

    What is rounded up or down, as in ⌈64 / 2⌉, stays on one line if it fits.
    """
    lines: list[list[Part]] = [[]]
    room = width
    for text, role in parts:
        while cell_len(text.rstrip(" ")) > room:
            cut = _last_break(text, _fitting(text, room) + 1)
            if not text[:cut].strip() and room == width:
                cut = text.find(" ", cut) + 1 or len(text)
            if head := text[:cut].rstrip(" "):
                lines[-1].append((head, role))
            text = text[cut:].lstrip(" ")
            lines.append([])
            room = width
        if text:
            lines[-1].append((text, role))
            room -= cell_len(text)
    return lines if lines[-1] else lines[:-1] or [[]]


def _last_break(text: str, end: int) -> int:
    """Return where the line after the last space before `end` begins; 0 if there is no space."""
    last = cut = text.rfind(" ", 0, end) + 1
    while cut and sum(text[:cut].count(each) for each in "⌈⌊") > sum(text[:cut].count(each) for each in "⌉⌋"):
        cut = text.rfind(" ", 0, cut - 1) + 1
    return cut if text[:cut].strip() else last


def _fitting(text: str, room: int) -> int:
    """Return how many characters of a text fit into `room` cells."""
    count = max(room, 0)
    while cell_len(text[:count]) > room > 0:
        count -= 1
    return count


def hit_test(stretches: Iterable[tuple[int, str]], x: int) -> str:
    """Return the value of the stretch (cells, value) of a line that contains column `x`; "" past the last one."""
    for cells, value in stretches:
        x -= cells
        if x < 0:
            return value
    return ""
