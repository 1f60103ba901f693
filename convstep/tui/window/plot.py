"""Scatter plots in braille, eight dots to a character."""

from __future__ import annotations

import numpy as np

from convstep.engine.steps import Array
from convstep.tui.lines.strips import Run
from convstep.tui.window.grid import Line
from convstep.tui.window.styles import WindowStyles

POINTS = 2000
"""The most points that are drawn."""
BRAILLE = 0x2800
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bit of each of a character's dots, `(4, 2)`."""


def curve(x: Array, y: Array, here: tuple[float, float], size: tuple[int, int], styles: WindowStyles) -> list[Line]:
    """Return a plot of `y` over `x` with axes and one marked point; empty if too small or without finite points.

    Args:
        x: The points' x values.
        y: Their y values.
        here: The point to mark.
        size: Width and height of the plot.
        styles: The panel's styles.
    """
    cells, lines = size
    step = max(1, x.size // POINTS)
    points = np.stack([x.ravel()[::step], y.ravel()[::step]]).astype(np.float64)
    points = points[:, np.isfinite(points).all(axis=0)]
    if not points.size or not np.isfinite(here).all() or cells < 2 or lines < 2:
        return []
    points = np.concatenate([points, np.array(here, np.float64)[:, None]], axis=1)
    bounds = [(min(0.0, float(row.min())), max(0.0, float(row.max()))) for row in points]
    across, up = (
        np.rint(_share(row, bound) * (count - 1)).astype(int)
        for row, bound, count in zip(points, bounds, (2 * cells, 4 * lines), strict=True)
    )
    down = 4 * lines - 1 - up
    bits = np.zeros((lines, cells), int)
    np.bitwise_or.at(bits, (down // 4, across // 2), DOTS[down % 4, across % 2])
    zero = (
        int(np.rint(_share(np.zeros(1), bounds[0])[0] * (2 * cells - 1))) // 2,
        (4 * lines - 1 - int(np.rint(_share(np.zeros(1), bounds[1])[0] * (4 * lines - 1)))) // 4,
    )
    mark = int(down[-1]) // 4, int(across[-1]) // 2
    return [[_cell(bits[row, col], (row, col), zero, mark, styles) for col in range(cells)] for row in range(lines)]


def _share(values: Array, bound: tuple[float, float]) -> Array:
    low, high = bound
    scale = max(abs(low), abs(high)) or 1.0
    span = high / scale - low / scale
    return np.asarray((values / scale - low / scale) / span) if span > 0 else np.zeros(values.shape)


def _cell(bits: int, at: tuple[int, int], zero: tuple[int, int], mark: tuple[int, int], styles: WindowStyles) -> Run:
    row, col = at
    if at == mark:
        return "●", styles.amber
    if bits:
        return chr(BRAILLE + bits), styles.cyan
    across, down = row == zero[1], col == zero[0]
    return ("┼" if across and down else "─" if across else "│" if down else " "), styles.muted
