"""Renders one-dimensional maps as line plots in braille, 2 × 4 dots a character."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import Pair
from convstep.engine.steps import Array
from convstep.figures import rounded
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import Palette
from convstep.tui.lines.rgb import mix
from convstep.tui.maps.model import Fit, Layout, MapModel, Span, layout
from convstep.tui.maps.numbers import paint_numbers
from convstep.tui.maps.pixels import BLANK, CROSS, DOT, Cells, block_slices, cached, draw_ruler, tap_offsets

DOTS_ACROSS, DOTS_DOWN = 2, 4
"""Columns and rows of dots in a character."""
BRAILLE = 0x2800
BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)
HATCH, ZERO, HERE = (ord(glyph) for glyph in "╱┄●")
STRIP_HEIGHT = 5
"""Height of the strip of numbers: the ruler, the numbers, and the box around the window."""
SPLIT_FROM = 10
"""The least height for two of plot, overview and numbers."""
FAINT, SEEN, STRONG = 0.35, 0.25, 0.6
"""The share of the panel's colour in a line outside the window, and of the accent in backgrounds."""


class Plot(NamedTuple):
    """The layout of a line plot.

    Attributes:
        top: Its first row in the panel; the rows above and below the plot are for marks.
        height: Its height in characters.
        cols: The map's columns, in dots; cells that share a dot are drawn from their minimum to their maximum.
    """

    top: int
    height: int
    cols: Span

    def cell_at(self, x: int, y: int) -> Pair | None:
        """Return the cell `(0, column)` at a character of the panel; None in padding and outside the plot."""
        for dot in (DOTS_ACROSS * x, DOTS_ACROSS * x + 1):
            col = self.cols.cell_at(dot)
            if self.top - 1 <= y <= self.top + self.height and col is not None and 0 <= col < self.cols.size:
                return 0, col
        return None

    def characters(self, dots: range) -> slice:
        """Return the columns of characters that contain the dots in view."""
        first, stop = max(dots.start, self.cols.origin), min(dots.stop, self.cols.end)
        return slice(first // DOTS_ACROSS, max(first // DOTS_ACROSS, -(-stop // DOTS_ACROSS)))

    def row(self, model: MapModel, values: Array) -> NDArray[np.intp]:
        """Return the row of dots for each value, counted from the plot's top."""
        last, span = DOTS_DOWN * self.height - 1, float(model.high) - float(model.low)
        with np.errstate(all="ignore"):
            part = (model.high - np.asarray(values, np.float64)) / span if span > 0 else np.full(np.shape(values), 0.5)
            return np.rint(np.clip(np.nan_to_num(part, nan=0.5), 0, 1) * last).astype(np.intp)


class SignalLayout(NamedTuple):
    """The layout of a one-dimensional map in its panel.

    Attributes:
        width: Of the panel, in characters.
        height: Of the panel, in characters.
        plot: The line, or the part of it in view; None if there are numbers only.
        overview: The whole line; None if all of it is in view, or there is no room.
        strip: The numbers, in the last lines of the panel; None for none.
    """

    width: int
    height: int
    plot: Plot | None
    overview: Plot | None = None
    strip: Layout | None = None

    @property
    def cols(self) -> Span:
        """The columns in view."""
        if self.strip is not None:
            return self.strip.cols
        assert self.plot is not None
        return self.plot.cols

    @property
    def plots(self) -> tuple[Plot, ...]:
        """The plot and the overview, as far as there are any."""
        return tuple(plot for plot in (self.plot, self.overview) if plot is not None)

    def cell_at(self, x: int, y: int) -> Pair | None:
        """Return the cell `(0, column)` at a character of the panel; None in padding and outside the plots."""
        if self.strip is not None and y >= self.height - self.strip.height:
            return self.strip.cell_at(x, y - self.height + self.strip.height)
        return next((cell for plot in self.plots if (cell := plot.cell_at(x, y))), None)

    def position(self, row: int, col: int) -> Pair | None:
        """Return the character `(x, y)` of a cell; None if it is out of view."""
        if self.strip is not None:
            place = self.strip.position(row, col)
            return place and (place[0], place[1] + self.height - self.strip.height)
        assert self.plot is not None
        dot = self.plot.cols.offset(col)
        inside = self.plot.cols.origin <= dot < self.plot.cols.end
        return (dot // DOTS_ACROSS, self.plot.top) if inside else None


def signal_layout(model: MapModel, width: int, height: int, zoom: Zoom = "whole") -> SignalLayout:
    """Return the layout of a one-dimensional map: the whole line, or a part or numbers with an overview.

    Args:
        model: A map one row thick.
        width: Of the panel, in characters.
        height: Of the panel, in characters.
        zoom: The zoom; what does not fit is scrolled to its window.
    """
    width, height = max(width, 3), max(height, 3)
    window = model.window[1] if model.window else range(1)
    tap = model.tap[1] if model.tap else None
    fit = Fit(model.values.shape[1], model.padding.left, model.padding.right, window, tap)
    room, cells = DOTS_ACROSS * (width - 1), len(fit.blocks())

    def plot(top: int, stop: int, *, whole: bool) -> Plot:
        pitch, per = (max(1, room // cells), fit.per(room)) if whole else (1, 1)
        return Plot(top, max(1, stop - top - 1), fit.span(DOTS_ACROSS, room, pitch, per=per))

    roomy = height >= SPLIT_FROM
    if zoom == "numbers" and width - 3 >= model.number_width:
        strip = layout(model, width, STRIP_HEIGHT if roomy else height, "numbers")
        return SignalLayout(width, height, None, plot(1, height - STRIP_HEIGHT, whole=True) if roomy else None, strip)
    if zoom == "whole" or cells <= room:
        return SignalLayout(width, height, plot(1, height, whole=zoom == "whole"))
    middle = height - height // 3 if roomy else height
    overview = plot(middle + 1, height, whole=True) if roomy else None
    return SignalLayout(width, height, plot(1, middle, whole=False), overview)


def paint_signal(model: MapModel, place: SignalLayout, palette: Palette) -> Cells:
    """Return the characters of a one-dimensional map."""
    cells = np.empty((place.height, 3, place.width), np.uint32)
    cells[:, 0], cells[:, 1], cells[:, 2] = BLANK, palette.text, palette.panel
    if place.plot is not None:
        _paint(model, place.plot, palette, cells)
    if place.overview is not None:
        view = place.cols.cells()
        _paint(model, place.overview, palette, cells, view or range(1))
    if place.strip is not None:
        part = paint_numbers(model, place.strip, palette)
        draw_ruler(model, place.strip, palette, part)
        cells[-place.strip.height :, :, : place.strip.width] = part
    return cells


def _paint(model: MapModel, plot: Plot, palette: Palette, cells: Cells, view: range | None = None) -> None:
    """Draw a plot with its window; in an overview, with the part in view."""
    span, accent = plot.cols, palette.accent(model.accent)
    area = cells[plot.top : plot.top + plot.height]
    across = plot.characters(range(span.origin, span.end))
    glyphs = _braille(model, plot, palette, area.shape[2])
    area[:, 0] = np.where(glyphs, BRAILLE + glyphs, BLANK)
    area[:, 1] = palette.legible(mix(palette.text, palette.panel, FAINT), palette.panel)
    drawn, inside, known = (np.zeros(area.shape[2], bool) for _ in range(3))
    done = min(max(-(-_known_count(model) // span.per), span.inside.start), span.inside.stop)
    start = span.origin + (span.inside.start - span.first) * span.pitch
    drawn[across] = True
    inside[plot.characters(range(start, start + len(span.inside) * span.pitch))] = True
    known[plot.characters(range(start, start + (done - span.inside.start) * span.pitch))] = True
    blank = area[:, 0] == BLANK
    if model.low <= 0 <= model.high:
        level = int(plot.row(model, np.zeros(1))[0]) // DOTS_DOWN
        zero = blank[level] & (inside | known)
        area[level, 0, zero], area[level, 1, zero] = np.where(known[zero], ZERO, DOT), palette.muted
    padding = drawn & ~inside
    hatched = blank & padding
    area[:, 0][hatched] = HATCH
    area[:, 1][hatched] = palette.hatch[0]
    area[:, 2, padding] = palette.hatch[1]
    area[:, 2, inside & ~known] = palette.pending[1]
    unreached = np.zeros((area.shape[2], DOTS_ACROSS), bool)
    for dots in block_slices(span, model.unreached_cols, model.padding[2:]):
        unreached.reshape(-1)[dots] = True
    crossed = unreached.all(axis=1) & np.isin(area[:, 0], (BLANK, HATCH))
    area[:, 0][crossed], area[:, 1][crossed] = CROSS, palette.muted
    above, below = plot.top - 1, min(plot.top + plot.height, len(cells) - 1)
    _label(model, plot, palette, cells)
    if view is not None:
        _shade(area, plot.characters(span.offsets(view)), palette, accent, SEEN)
    if model.window is None:
        _mark(model, plot, palette, cells[below])
        return
    window = model.window[1]
    seen = np.unique(tap_offsets(span, window) // DOTS_ACROSS)
    _shade(area, seen, palette, accent, SEEN if view is None else STRONG)
    around = plot.characters(span.offsets(window))
    for y, corners, single in ((above, "┏━┓", "▾"), (below, "┗━┛", "▴")):
        if wide := around.stop - around.start:
            text = single if wide == 1 else corners[0] + corners[1] * (wide - 2) + corners[2]
            cells[y, 0, around], cells[y, 1, around] = [ord(glyph) for glyph in text], accent
    _mark(model, plot, palette, cells[below])
    _point(model, plot, accent, area)
    for x, more in ((across.start, span.first > span.blocks.start), (across.stop - 1, span.stop < span.blocks.stop)):
        if more and cells[above, 0, x] == BLANK:
            cells[above, 0, x], cells[above, 1, x] = ZERO, palette.muted


def _mark(model: MapModel, plot: Plot, palette: Palette, line: Cells) -> None:
    """Draw a mark below every marked place, also where the outline of the window runs."""
    if model.marked is None:
        return
    for col in np.flatnonzero(model.marked[0]).tolist():
        at = plot.characters(plot.cols.offsets(range(col, col + 1)))
        line[0, at], line[1, at] = ord("▴"), palette.mark


def _label(model: MapModel, plot: Plot, palette: Palette, cells: Cells) -> None:
    """Write the scale's ends above and below the plot, on the side away from the window."""
    span = plot.cols
    middle = span.offsets(model.window[1]).start if model.window else span.origin
    at_right = middle < (span.origin + span.end) // 2
    for y, value in ((plot.top - 1, model.high), (plot.top + plot.height, model.low)):
        text = rounded(value, model.decimals)
        area = plot.characters(range(span.origin, span.end))
        if y < len(cells) and 2 * len(text) < area.stop - area.start:
            where = slice(area.stop - len(text), area.stop) if at_right else slice(area.start, area.start + len(text))
            cells[y, 0, where], cells[y, 1, where] = [ord(glyph) for glyph in text], palette.muted


def _shade(area: Cells, chosen: Any, palette: Palette, accent: int, amount: float) -> None:
    """Tint the background of some columns, and draw their part of the line in full brightness."""
    area[:, 2, chosen] = palette.shown(mix(area[:, 2, chosen], accent, amount))
    area[:, 1, chosen] = palette.legible(np.full_like(area[:, 1, chosen], palette.text), area[:, 2, chosen])


def _point(model: MapModel, plot: Plot, accent: int, area: Cells) -> None:
    """Draw ● at the value of the tap, or of a window of one cell."""
    assert model.window is not None
    col = model.tap[1] if model.tap else model.window[1][0] if len(model.window[1]) == 1 else None
    if col is None:
        return
    dots = plot.cols.offsets(range(col, col + 1))
    where = plot.characters(range(dots.start + len(dots) // 2, dots.start + len(dots) // 2 + 1))
    value = model.values[0, col] if 0 <= col < model.values.shape[1] else 0.0
    y = int(plot.row(model, np.asarray([value]))[0]) // DOTS_DOWN
    area[y, 0, where], area[y, 1, where] = HERE, accent


def _braille(model: MapModel, plot: Plot, palette: Palette, width: int) -> NDArray[np.uint32]:
    """Return the braille dots of every character, as the low byte of its code point."""
    span = plot.cols
    lows, highs = _extremes(model, span, palette)
    drawn = ~np.isnan(lows)
    tops, bottoms = plot.row(model, highs), plot.row(model, lows)
    joined = drawn[1:] & drawn[:-1]
    up = np.where(joined, np.minimum(tops[1:], bottoms[:-1] + 1), tops[1:])
    down = np.where(joined, np.maximum(bottoms[1:], tops[:-1] - 1), bottoms[1:])
    tops, bottoms = np.concatenate([tops[:1], up]), np.concatenate([bottoms[:1], down])
    rows = np.arange(DOTS_DOWN * plot.height)[:, None]
    dots = np.zeros((DOTS_DOWN * plot.height, DOTS_ACROSS * width), bool)
    start = span.origin + (span.inside.start - span.first) * span.pitch
    dots[:, start : start + len(lows)] = (rows >= tops) & (rows <= bottoms) & drawn
    shaped = dots.reshape(plot.height, DOTS_DOWN, width, DOTS_ACROSS)
    bits: NDArray[np.uint32] = np.einsum("hdwa,da->hw", shaped.astype(np.uint32), BITS)
    return bits


def _extremes(model: MapModel, span: Span, palette: Palette) -> tuple[Array, Array]:
    """Return the minimum and the maximum at every dot; NaN where nothing is known."""
    view = span.cells()
    known = min(max(_known_count(model) - view.start, 0), len(view))
    if span.per > 1:
        lows, highs = (each.copy() for each in cached(model, span, palette, _block_extremes))
        if known < len(view):
            block = known // span.per
            part = model.values[0, view.start + block * span.per : view.start + known]
            lows[block:], highs[block:] = np.nan, np.nan
            if part.size:
                lows[block], highs[block] = np.fmin.reduce(part), np.fmax.reduce(part)
        return lows, highs
    values = model.values[0, view.start : view.stop].astype(np.float64)
    values[known:] = np.nan
    if span.pitch > 1 and len(values):
        centres = np.arange(len(values)) * span.pitch + span.pitch // 2
        unknown = np.isnan(values).repeat(span.pitch)
        with np.errstate(all="ignore"):
            values = np.interp(np.arange(len(unknown)), centres, values)
        values[unknown] = np.nan
    return values, values


def _block_extremes(model: MapModel, span: Span, palette: Palette) -> tuple[Array, Array]:
    """Return the minimum and the maximum of every block of cells."""
    del palette
    view = span.cells()
    values = model.values[0, view.start : view.stop].astype(np.float64)
    starts = np.arange(0, len(view), span.per)
    return np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)


def _known_count(model: MapModel) -> int:
    """Return how many values are computed so far."""
    return model.values.shape[1] if model.known is None else int(np.count_nonzero(model.known))
