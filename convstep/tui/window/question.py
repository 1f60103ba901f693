"""The window panel while its value is asked: what goes in, and nothing that comes out."""

from __future__ import annotations

import numpy as np

from convstep.engine.steps import Array
from convstep.figures import Extent, extent
from convstep.report.explain import HIDDEN
from convstep.tui.lines.scale import Scale
from convstep.tui.window.equation import DIGIT_HEADROOM, symmetric_scale
from convstep.tui.window.grid import Grid, Line, wrap
from convstep.tui.window.numbers import best_format
from convstep.tui.window.view import WindowView

TOO_LARGE = "There is no room for the window's numbers here; zoom numbers shows them on the map."


def question_lines(view: WindowView) -> list[Line]:
    """Return the slice and the filter as numbers, as many channels as fit, the bias, and a question mark."""
    styles, weights = view.styles, view.step.filter
    last: Line = [("value ", styles.soft), (HIDDEN, styles.cyan)]
    if view.step.bias is not None:
        last = [("bias ", styles.soft), (view.number(view.step.bias), styles.plain), ("   ", styles.soft), *last]
    room, lines = view.height - 2, list[Line]()
    if view.slice.shape[:2] == (1, 1):
        lines = _values(view, room)
    else:
        for k in range(view.slice.shape[2]):
            block = _channel(view, k, weights)
            if not block or len(lines) + len(block) > room:
                break
            lines += block
    if not lines:
        lines = wrap(TOO_LARGE, view.width, styles.soft)
    return [view.title(), *lines, [], last]


def _values(view: WindowView, room: int) -> list[Line]:
    """Return the values of a window of one place, each with its weight if it has one."""
    values, weights = view.slice[0, 0], view.step.filter
    lines: list[Line] = []
    for k, value in enumerate(values[:room]):
        line: Line = [(f"{_name(view, k)}  ", view.styles.soft), (view.number(value), view.styles.plain)]
        if weights is not None:
            line += [(" × ", view.styles.soft), (view.number(weights[0, 0, k]), view.styles.plain)]
        lines.append(line)
    if len(values) > room and lines:
        lines[-1] = [(f"… {len(values) - room + 1:,} more", view.styles.soft)]
    return lines


def _name(view: WindowView, k: int) -> str:
    """Return the name of a value at a neuron's place: its input, its place before a flatten, or its channel."""
    if len(view.scene.arrivals) > 1 and len(view.ranges[2]) == 1:
        return view.scene.arrivals[k].name
    return view.source_words(view.ranges[2][k]) if len(view.scene.arriving) == 1 else view.channel_name(k)


def _channel(view: WindowView, k: int, weights: Array | None) -> list[Line]:
    """Return one channel of the slice and of the filter; [] if they are too wide."""
    name = f"  {view.channel_name(k)}" if view.scene.arriving[-1] > 1 else ""
    grids = [("slice", _grid(view, view.slice[..., k], view.input_extent, view.scale(k), view.padded))]
    if weights is not None:
        own = weights[..., k]
        scale = symmetric_scale(weights, DIGIT_HEADROOM)
        grids.append(("× filter", _grid(view, own, view.weight_extent, scale, None)))
    widest = max((grid.form.width for _, grid in grids if grid is not None), default=0)
    lines: list[Line] = []
    for word, grid in grids:
        if grid is None:
            return []
        column = min(widest + 3, view.width // grid.values.shape[1])
        lines.append([(word, view.styles.title), (name, view.styles.soft)])
        lines += grid.lines(view.styles, column, int(column > grid.form.width + 1))
    return lines


def _grid(view: WindowView, values: Array, largest: Extent, scale: Scale, padded: Array | None) -> Grid | None:
    """Return numbers as a grid; None if they are too wide."""
    if view.scene.along_length:
        values, padded = values.T, None if padded is None else padded.T
    real = values if padded is None else values[~padded]
    room = view.width // values.shape[1] - 1
    form = best_format(extent(real if real.size else np.zeros(1)), largest, view.scene.most_decimals, room)
    return None if form is None else Grid(values, form, scale, padded)
