"""A layer that can't work: what arrives beside what its weights were made for, and what mends it."""

from __future__ import annotations

from math import prod

from rich.style import Style

from convstep.debugger import Frame
from convstep.layers import Shape, times
from convstep.report.explain import fault_sentences
from convstep.report.mismatch import Mismatch, mismatch
from convstep.tui.window.grid import Line, beside, fitting_text, length, wrap
from convstep.tui.window.ink import Ink

GAP = 3


def fault_lines(frame: Frame, ink: Ink, width: int, height: int) -> list[Line]:
    """Return why a layer can't work, the panel's title included."""
    title: Line = [(fitting_text(width, f"{frame.layer} can't work now", "can't work now"), ink.title)]
    found = mismatch(frame)
    if found is None:
        said, _, hint = fault_sentences(frame).partition(". ")
        return [title, [], *wrap(said, width, ink.plain), [], *wrap(hint, width, ink.soft)]
    lines = [title, [], *_counts(found, ink, width), [], *_ways(found, ink, width)]
    drawn = _drawn(found, ink, width)
    if drawn and len(lines) + len(drawn) + 4 <= height:
        lines[4:4] = drawn
    return [*lines, *_remedy(found, ink, width)]


def _counts(found: Mismatch, ink: Ink, width: int) -> list[Line]:
    """Return what arrives, and what the weights were made for."""
    rows: list[tuple[str, Shape, int, Style]] = [
        ("arrives", found.arrives, prod(found.arrives), ink.title),
        ("made for", found.expected, found.made_for, ink.cyan),
    ]
    shapes = [times(shape) if len(shape) > 1 else "" for _, shape, _, _ in rows]
    numbers = [f"{number:,}" for _, _, number, _ in rows]
    wide, long = max(map(len, shapes)), max(map(len, numbers))
    lines: list[Line] = []
    for (word, _, _, look), shape, number in zip(rows, shapes, numbers, strict=True):
        equals = " = " if shape else "   " if wide else ""
        line: Line = [(f"{word:<10}", ink.soft), (f"{shape:>{wide}}{equals}{number:>{long}}", look)]
        lines.append(line if length(line) <= width else [(f"{word} ", ink.soft), (number, look)])
    return lines


def _ways(found: Mismatch, ink: Ink, width: int) -> list[Line]:
    """Return the map's sizes on the way, as they are and as they should be."""
    lines: list[Line] = []
    for word, sizes, look in (
        ("map sizes, layer by layer", found.sizes, ink.title),
        (f"with {found.padding} padding", found.expected_sizes, ink.cyan),
    ):
        if len(sizes) > 1:
            lines += [*wrap(word, width, ink.soft), *wrap(" → ".join(sizes), width, look)]
    return lines


def _remedy(found: Mismatch, ink: Ink, width: int) -> list[Line]:
    """Return which keys mend it."""
    keys: list[tuple[str, str]] = [("u", "takes the last change back")]
    if found.padding:
        keys.insert(0, ("S", f"{found.padding} in all layers"))
        if found.layers:
            keys.insert(1, ("s", f"{found.padding} on {', '.join(found.layers)}"))
    else:
        return [[], *wrap("No padding gives as many: the kernels or strides must change.", width, ink.soft)]
    lines: list[Line] = [[]]
    for key, what in keys:
        first, *more = wrap(what, width - 3, ink.plain)
        lines += [[(f"{key}  ", ink.title), *first], *([("   ", ink.plain), *line] for line in more)]
    return lines


def _drawn(found: Mismatch, ink: Ink, width: int) -> list[Line]:
    """Return both maps drawn to scale, two cells a value; nothing where there is no room, or no map."""
    if len(found.arrives) != 3 or len(found.expected) != 3:
        return []
    wide = 2 * (found.arrives[1] + found.expected[1]) + GAP
    if wide > width or max(found.arrives[0], found.expected[0]) > 2 * width // 3:
        return []
    blocks = [_map(found.arrives, ink.here, ink.here_too), _map(found.expected, ink.cell, ink.cell_too)]
    return [[], *beside(blocks, 2 * found.arrives[1], (" " * GAP, ink.plain))]


def _map(shape: Shape, look: Style, other: Style) -> list[Line]:
    """Return a map as a board, so that its rows and columns can be counted."""
    return [[("  ", other if (row + col) % 2 else look) for col in range(shape[1])] for row in range(shape[0])]
