"""A layer that can't run: the input's shape beside the one that its weights expect, and the keys that fix it."""

from __future__ import annotations

from math import prod

from rich.style import Style

from convstep.debugger import Frame
from convstep.layers import Shape, times
from convstep.report.mismatch import Mismatch, mismatch
from convstep.tui.lines.text import cell_len
from convstep.tui.window.grid import Line, beside, fitting_text, length, wrap
from convstep.tui.window.styles import WindowStyles

GAP = 3
UNDO = ("u", "takes the last change back")


def fault_lines(frame: Frame, styles: WindowStyles, width: int, height: int) -> list[Line]:
    """Return what arrives at a layer that can't run, or at the one that it waits for, and the keys that fix it.

    The lines include the panel's title. The reason itself is the sum panel's.
    """
    waits = frame.stage.input is None
    problem = f"waits for {frame.culprit.name}, which can't work" if waits else "can't work now"
    title = wrap(f"{frame.layer} {problem}", width - 1, styles.title)  # apart from the next panel's
    found = mismatch(frame)
    if found is None:
        hint = frame.culprit.fault.hint if frame.culprit.fault else ""
        lines = [*title, [], *_arrivals(frame, styles, width), [], *wrap(hint, width, styles.soft)]
        return [*lines, [], *_keys([UNDO], styles, width)]
    counts = _counts(found, styles, width)
    head, tail = [*title, [], *counts], [[], *_size_chains(found, styles, width), *_remedy(found, styles, width)]
    drawn = _drawn_maps(found, styles, width)
    return [*head, *(drawn if len(head) + len(drawn) + len(tail) <= height else []), *tail]


def _arrivals(frame: Frame, styles: WindowStyles, width: int) -> list[Line]:
    """Return the shapes that arrive, each with its layer."""
    stage = frame.culprit
    rows = [(times(frame.network.shape_of(source)), source) for source in stage.sources]
    wide = max(cell_len(shape) for shape, _ in rows)
    lines: list[Line] = [[("arrives", styles.soft)]]
    for shape, source in rows:
        said = fitting_text(width - wide - 2, f"from {source}", source)
        lines.append([(shape.ljust(wide), styles.title), (f"  {said}", styles.soft)])
    return lines


def _counts(found: Mismatch, styles: WindowStyles, width: int) -> list[Line]:
    """Return the input's shape and the one that the weights expect."""
    rows: list[tuple[str, Shape, int, Style]] = [
        ("arrives", found.arrives, prod(found.arrives), styles.title),
        ("made for", found.expected, found.made_for, styles.cyan),
    ]
    shapes = [times(shape) if len(shape) > 1 else "" for _, shape, _, _ in rows]
    numbers = [str(number) for _, _, number, _ in rows]
    wide, long = max(map(len, shapes)), max(map(len, numbers))
    lines: list[Line] = []
    for (word, _, _, look), shape, number in zip(rows, shapes, numbers, strict=True):
        equals = " = " if shape else "   " if wide else ""
        line: Line = [(f"{word:<10}", styles.soft), (f"{shape:>{wide}}{equals}{number:>{long}}", look)]
        lines.append(line if length(line) <= width else [(f"{word} ", styles.soft), (number, look)])
    return lines


def _size_chains(found: Mismatch, styles: WindowStyles, width: int) -> list[Line]:
    """Return the map's size after each layer, as it is and as it should be."""
    lines: list[Line] = []
    for word, sizes, look in (
        ("map sizes, layer by layer", found.sizes, styles.title),
        (f"with {found.padding} padding", found.expected_sizes, styles.cyan),
    ):
        if len(sizes) > 1:
            lines += [*wrap(word, width, styles.soft), *wrap(" → ".join(sizes), width, look)]
    return lines


def _remedy(found: Mismatch, styles: WindowStyles, width: int) -> list[Line]:
    """Return the keys that fix it."""
    keys = [UNDO]
    if found.padding:
        keys.insert(0, ("S", f"{found.padding} in all layers"))
        if found.layers:
            keys.insert(1, ("s", f"{found.padding} on {', '.join(found.layers)}"))
    else:
        return [[], *wrap("No padding gives as many: the kernels or strides must change.", width, styles.soft)]
    return [[], *_keys(keys, styles, width)]


def _keys(keys: list[tuple[str, str]], styles: WindowStyles, width: int) -> list[Line]:
    """Return keys with what they do."""
    lines: list[Line] = []
    for key, what in keys:
        first, *more = wrap(what, width - 3, styles.plain)
        lines += [[(f"{key}  ", styles.title), *first], *([("   ", styles.plain), *line] for line in more)]
    return lines


def _drawn_maps(found: Mismatch, styles: WindowStyles, width: int) -> list[Line]:
    """Return both maps drawn to scale, two cells for each value; nothing if they do not fit, or there is no map."""
    if len(found.arrives) != 3 or len(found.expected) != 3:
        return []
    wide = 2 * (found.arrives[1] + found.expected[1]) + GAP
    if wide > width or max(found.arrives[0], found.expected[0]) > 2 * width // 3:
        return []
    blocks = [
        _map(found.arrives, styles.here, styles.here_alt),
        _map(found.expected, styles.cell, styles.cell_alt),
    ]
    return [[], *beside(blocks, 2 * found.arrives[1], (" " * GAP, styles.plain))]


def _map(shape: Shape, look: Style, other: Style) -> list[Line]:
    """Return a map as a checkerboard, so that its rows and columns can be counted."""
    return [[("  ", other if (row + col) % 2 else look) for col in range(shape[1])] for row in range(shape[0])]
