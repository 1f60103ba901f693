"""The titles of the maps."""

from __future__ import annotations

from convstep.debugger import Frame
from convstep.figures import minus, rounded
from convstep.layers import times
from convstep.layers.words import COLOURS
from convstep.report.mismatch import mismatch
from convstep.tui.lines.headings import Titles
from convstep.tui.maps.model import MapModel
from convstep.tui.maps.of_frame import arriving_map, input_channel, input_number, is_flat, is_picture
from convstep.tui.maps.signal import SignalLayout
from convstep.tui.maps.strips import MapLayout

COMPUTING = "computing…"
"""What is said of a map of which not all is computed yet."""
WORDS_FROM = 32
"""The least width for a scale in words (2×2 averaged), not as a ratio (1:2)."""


Legend = tuple[str, ...]
"""How to read a map: part in view, range of colours, scale; most important first."""


def legend(model: MapModel, layout: MapLayout | None = None) -> Legend:
    """Return the part of a map in view, the range of its colours, and its scale: −0.58 … 0.61, 2×2 averaged.

    Args:
        model: The map.
        layout: Its layout; None leaves out scale and part.
    """
    to = "…" if layout and layout.width < WORDS_FROM else " … "
    colours = "" if model.colouring == "rgb" else f"{rounded(model.low)}{to}{rounded(model.high)}"
    view, scale = (in_view(model, layout), scaled(model, layout)) if layout else ([], "")
    parts = [colours, *view, scale] if model.line else [*view, colours, scale]
    if any(model.padding):
        parts.append(f"padding {model.padding_holds}")
    return tuple(filter(None, parts))


def scaled(model: MapModel, layout: MapLayout) -> str:
    """Return how cells are reduced to pixels or dots: 2×2 averaged; empty if they are not."""
    if isinstance(layout, SignalLayout):
        per = layout.cols.per
        return (
            "" if per == 1 else f"{per} {model.axis or 'column'}s a dot" if layout.width >= WORDS_FROM else f"1:{per}"
        )
    down, across = layout.rows.per, layout.cols.per
    if down == across == 1:
        return ""
    if layout.width < WORDS_FROM:
        return f"1:{max(down, across)}"
    size, by = f"{down}×{across}", model.reduction((down, across))
    return {"mean": f"{size} averaged", "max": f"largest of {size}", "furthest": f"peaks of {size}"}[by]


def in_view(model: MapModel, layout: MapLayout) -> list[str]:
    """Return the part of a map in view: rows 10–40 of 224; places 10–19 of 500; nothing if it is all in view."""
    if isinstance(layout, SignalLayout):
        spans = [(model.axis or "col", layout.cols)]
    else:
        spans = [(model.axis or "row", layout.rows), (model.axis or "col", layout.cols)]
    parts = ((word, span, span.cells()) for word, span in spans if not span.whole)
    return [f"{word}s {minus(cells[0])}–{cells[-1]} of {span.size}" for word, span, cells in parts if cells]


def input_title(frame: Frame, chosen: int | None = None, legend: Legend = (), width: int = WORDS_FROM) -> Titles:
    """Return the input map's title: the input's name, the channel, and the legend.

    Args:
        frame: The frame.
        chosen: The channel that the user chose, if any.
        legend: The map's legend.
        width: The width available.
    """
    sources = frame.stage.sources
    if frame.step is None:
        return _arriving_title(frame, 0, legend, width) or (frame.culprit.sources[0], ())
    k = input_number(frame)
    name, shape = sources[k], times(frame.network.shape_of(sources[k]))
    which = f"input {k + 1} of {len(sources)}" if len(sources) > 1 else ""
    if frame.step.known_input(k) is not None:
        legend = (COMPUTING, *legend)
    n_C_prev = frame.step.operation.inputs[k].shape[3]
    if is_flat(frame.input.shape) or (n_C_prev == 1 and not which):
        return name, (which, *legend, shape)
    channel = input_channel(frame, chosen)
    if is_picture(frame) and n_C_prev == 3:
        what = "RGB" if channel is None else COLOURS[channel]
    else:
        what = _channel(channel, width)
    return name, (which, what, *legend, shape)


def output_title(frame: Frame, legend: Legend = (), width: int = WORDS_FROM) -> Titles:
    """Return the output map's title: the filter's name, the legend, and the filter, which the line below names, too."""
    step = frame.step
    if step is None:
        found = mismatch(frame)
        if found is not None and found.expected:
            return "made for", (times(found.expected),)
        return _arriving_title(frame, 1, legend, width) or ("output", ())
    *_, n_C = shape = step.operation.geometry.shape
    c = step.index[3]
    if step.known_output is not None:
        legend = (COMPUTING, *legend)
    if is_flat(shape):
        return "output", (*legend, times(frame.shape or ()))
    names = frame.stage.layer.channel_names
    what = f"filter {c + 1} of {n_C}" if step.filter is not None else _channel(c, width)
    return "output", (names[c] if names else "", *legend, what if n_C > 1 else "")


def _channel(channel: int | None, width: int) -> str:
    return f"{'channel' if width >= WORDS_FROM else 'ch'} {channel}"


def _arriving_title(frame: Frame, number: int, legend: Legend, width: int) -> Titles | None:
    """Return the title of a map that arrives at a layer that can't run; None if there is none."""
    found = arriving_map(frame, number)
    if found is None:
        return None
    name, channel, _ = found
    return name, ("" if channel is None else _channel(channel, width), *legend, times(frame.network.shape_of(name)))
