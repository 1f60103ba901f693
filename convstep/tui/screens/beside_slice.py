"""The part of the input that a learner's window reads, beside the right one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convstep.engine.steps import Array
from convstep.figures import extent, fitting
from convstep.tui.lines.text import role_style
from convstep.tui.window.grid import Grid, Line, length
from convstep.tui.window.view import WindowView

APART = 4
"""Columns between the right slice and theirs."""
DIFFERS = "•"
"""The sign before values that differ, as on the map of the output."""


def with_their_slice(lines: Sequence[Line], view: WindowView, theirs: Array, said: str) -> list[Line]:
    """Return the window panel's lines with the values that they read, where there is room.

    They stand beside the right slice if it is the only one on its lines, else below everything.

    Args:
        lines: The panel's lines.
        view: What they render.
        theirs: The values that they read, `(rows, columns, channels)`.
        said: Where in the input these are.
    """
    k = view.top if view.slice.shape[2] > 1 else 0
    if k >= theirs.shape[2] or view.scene.along_length:
        return list(lines)
    block = _block(view, view.slice[..., k], theirs[..., k], said)
    if view.slice.shape[2] > 1:
        block[0].append((f"  {view.channel_name(k)}", view.styles.soft))
    wide, start = max(map(length, block)), _start(lines)
    if start is not None and view.slice.shape[2] == 1:
        rows = lines[start : start + 1 + len(view.slice)]
        column = max(map(length, rows)) + APART
        if column + wide <= view.width and len(block) <= len(rows):
            beside = list(lines)
            for n, theirs_line in enumerate(block, start):
                gap = " " * (column - length(lines[n]))
                beside[n] = [*lines[n], (gap, view.styles.plain), *theirs_line]
            return beside
    if wide <= view.width and len(lines) + 1 + len(block) <= view.height + 1:
        return [*lines, [], *block]
    return list(lines)


def _start(lines: Sequence[Line]) -> int | None:
    """Return the number of the line with the heading of the slice; None if there is none."""
    return next((n for n, each in enumerate(lines) if n and each and each[0][0] == "slice"), None)


def _block(view: WindowView, right: Array, theirs: Array, said: str) -> list[Line]:
    """Return the heading and the values, those marked that differ from the right ones at the same place."""
    form = fitting(extent(theirs), view.input_extent, view.scene.most_decimals)
    differs = np.ones(theirs.shape, np.bool_)
    rows, cols = (min(pair) for pair in zip(theirs.shape, right.shape, strict=True))
    one, other = theirs[:rows, :cols], right[:rows, :cols]
    differs[:rows, :cols] = (one != other) & ~(np.isnan(one) & np.isnan(other))
    grid = Grid(theirs, form, view.scale(0)).lines(view.styles, form.width + 3)
    for row, col in np.argwhere(differs).tolist():
        text, look = grid[row][col]
        grid[row][col] = f" {DIFFERS}{text[2:]}", look
    error = role_style("error", view.styles.palette)
    heading: Line = [("yours", error), (f"  {said}", view.styles.soft)]
    return [heading, *grid]
