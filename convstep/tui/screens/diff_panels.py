"""The panels of the screen of `diff`: a side's maps, window and numbers, and what is said above both."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import NamedTuple

import numpy as np
from textual.strip import Strip

from convstep.answers.diff import Lockstep
from convstep.debugger import Frame
from convstep.layers import times
from convstep.printable import printable
from convstep.report.answers.diff import headline, why
from convstep.report.lockstep import MARKS, Figures
from convstep.tui.lines.canvas import FrameCanvas, ViewOptions
from convstep.tui.lines.headings import Titles
from convstep.tui.lines.text import Part, cell_len, hit_test, line, shortened, width_of, wrap
from convstep.tui.maps.model import MapModel
from convstep.tui.maps.titles import Legend
from convstep.tui.maps.widgets import InputMap, OutputMap
from convstep.tui.screens.bars import Timeline, marked_timeline, timeline_parts
from convstep.tui.screens.header import NUMBERS_FROM, fact_parts, padding_badge, position
from convstep.tui.window.panel import WindowPanel

ROLES = {"same": "dim", "differs": "error", "follows": "accent", "unknown": "dim", "alone": "dim"}
"""The role of a layer's mark, by how the layer compares."""


FAR_LARGER = 10
"""Of values that are so many times as large, the smaller ones would not be seen on the scale of both."""
LEAST_MAP, MAP_HEIGHT, SMALL = 6, 10, 20
"""The least height of a map, the usual one, and the room for maps and window below which numbers come before maps."""


FEW_LINES = 9
"""The lines that a window without a filter needs."""


class Pane(NamedTuple):
    """What one side shows.

    Attributes:
        name: What the side is called.
        layer: Its layer's name; "" if it has none.
        frame: Its frame at the neuron; None if it has no such neuron.
        options: How its maps are displayed, and which neurons are marked.
        window: How its window is displayed, and which tap is marked.
        figures: Its numbers at the neuron; None if it has no such neuron.
        differs: Whether the neuron's value differs; None if it can't be compared.
        resized: Whether the other side's output has another shape.
        saved: Whether only its outputs were saved.
        absent: Why it has no such neuron; "" if it has.
        chosen: Whether it is something else that is marked, which the user has chosen.
    """

    name: str
    layer: str
    frame: Frame | None
    options: ViewOptions
    window: ViewOptions
    figures: Figures | None = None
    differs: bool | None = None
    resized: bool = False
    saved: bool = False
    absent: str = ""
    chosen: bool = False


class SideCanvas(FrameCanvas):
    """A canvas of one side: what comes next is not known here, so nothing is prepared.

    Attributes:
        beside: The other side's frame, whose maps have the same scale; None for none.
        counts: Whether the marks are of what differs.
    """

    beside: Frame | None = None
    counts = True

    def prepare(self, frame: Frame) -> None:
        """Prepare nothing."""

    def show(self, frame: Frame | None, options: ViewOptions, beside: Frame | None, *, counts: bool) -> None:
        """Show a frame with other options, drawn once."""
        self.beside, self.counts = beside, counts
        self.set_reactive(SideCanvas.options, options)
        self.set_reactive(SideCanvas.frame, frame)
        self.update_lines()


class SideInput(SideCanvas, InputMap):
    """A side's input, with the window, and the values marked that differ."""

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the map of the input, on the scale of both sides."""
        other = None if self.beside is None else super().model_of(self.beside)
        return on_scale_of_both(super().model_of(frame), other)

    def title_of(self, frame: Frame, legend: Legend, width: int) -> Titles:
        """Return the map's title, with the number of values that differ."""
        title, details = super().title_of(frame, legend, width)
        room = width - cell_len(title) - 1
        return title, (_counted(self.model, room) if self.counts else "", *details)


class SideOutput(SideCanvas, OutputMap):
    """A side's whole output, with the neurons marked that differ."""

    def model_of(self, frame: Frame) -> MapModel | None:
        """Return the map of all neurons, on the scale of both sides."""
        other = None if self.beside is None else super().model_of(self.beside)
        model = on_scale_of_both(super().model_of(frame), other)
        return model and model._replace(known=None, bordered=True)

    def title_of(self, frame: Frame, legend: Legend, width: int) -> Titles:
        """Return the map's title, with the number of neurons that differ."""
        title, details = super().title_of(frame, legend, width)
        if not self.counts or self.beside is None or frame.step is None:
            return title, details
        room, of_all = width - cell_len(title) - 1, self.beside.shape == frame.shape
        return title, (_counted(self.model, room, of_all=of_all) or "none differ", *details)


class SideWindow(SideCanvas, WindowPanel):
    """A side's window, with the tap marked that differs most."""


def on_scale_of_both(model: MapModel | None, other: MapModel | None) -> MapModel | None:
    """Return a map on the scale of both sides, unless the values of one are far larger."""
    ranges = ("signed", "sequential")
    if model is None or other is None or model.colouring not in ranges or other.colouring not in ranges:
        return model
    sizes = sorted(max(abs(each.low), abs(each.high)) for each in (model, other))
    if sizes[1] > FAR_LARGER * sizes[0]:
        return model
    low, high = min(model.low, other.low), max(model.high, other.high)
    decimals = min(model.decimals, other.decimals)
    return model._replace(colouring="signed" if low < 0 else "sequential", low=low, high=high, decimals=decimals)


def _counted(model: MapModel | None, room: int, *, of_all: bool = True) -> str:
    """Return how many cells of a map are marked, in the longest form that fits; "" for none.

    Args:
        model: The map.
        room: The cells for the text.
        of_all: Whether all cells were compared.
    """
    count = 0 if model is None or model.marked is None else int(np.count_nonzero(model.marked))
    if model is None or not count:
        return ""
    size = model.values.shape[0] * model.values.shape[1]
    whole = [f"• {count:,} of {size:,} differ", f"• {count:,} of {size:,}"] if of_all else [f"• {count:,} differ"]
    return next((text for text in (*whole, f"• {count:,}") if cell_len(text) <= room), "")


class DiffHeader(FrameCanvas):
    """The layers and the position; where both nets first differ, and why.

    Args:
        lockstep: Both sides.
        id: The widget's id.
    """

    def __init__(self, lockstep: Lockstep, *, id: str) -> None:  # noqa: A002  # as Textual has it
        super().__init__(id=id)
        self._lockstep = lockstep

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the lines of the header."""
        palette = self.options.palette
        right = position(frame, width)
        left = [part for part, _ in layer_parts(self._lockstep, frame.layer, width - width_of(right) - 3)]
        rows = [line(left, width, right, palette)]
        return [
            *rows,
            *(line(parts, width, palette=palette) for parts in said_lines(self._lockstep, width, height - 1)),
        ]

    def verb_at(self, x: int, y: int) -> str:
        """Return the verb that goes to the layer at a click."""
        if self.frame is None or y:
            return ""
        width = self.content_size.width
        room = width - width_of(position(self.frame, width)) - 3
        parts = layer_parts(self._lockstep, self.frame.layer, room)
        name = hit_test(((cell_len(text), name) for (text, _), name in parts), x)
        return f"layer {quote(name)}" if name else ""


class DiffTimeline(SideCanvas, Timeline):
    """The progress through the windows, with a mark at those that differ; a click or a drag jumps.

    Args:
        lockstep: Both sides.
        id: The widget's id.
    """

    def __init__(self, lockstep: Lockstep, *, id: str) -> None:  # noqa: A002  # as Textual has it
        super().__init__(id=id)
        self._lockstep = lockstep

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the line."""
        parts = timeline_parts(frame, width)
        if frame.step is not None:
            parts = marked_timeline(parts, self._lockstep.differs(frame.layer).reshape(-1), width)
        return [line(parts, width, palette=self.options.palette)]


def said_lines(lockstep: Lockstep, width: int, height: int) -> list[list[Part]]:
    """Return where both first differ, and why, in at most `height` lines."""
    found = lockstep.found
    role = "error" if found.first is not None else "output"
    what: list[Part] = [(printable(headline(found)), role)]
    reason: list[Part] = [(printable(why(found)), "plain")] if found.first is not None else []
    lines = [*wrap(what, width), *(wrap(reason, width) if reason else [])]
    if len(lines) > height:
        lines = wrap([(f"{what[0][0]} ", role), *reason], width)
    if len(lines) > height:
        rest = [(f"{text} ", role) for parts in lines[height - 1 :] for text, role in parts]
        lines = [*lines[: height - 1], shortened(rest, width)]
    return lines[: max(0, height)]


def layer_parts(lockstep: Lockstep, layer: str, width: int) -> list[tuple[Part, str]]:
    """Return the layers that both sides have, as parts of a line, each with the name of its layer.

    Those that differ are marked. Without room for all, those farthest from the current one are left out.
    """
    layers = lockstep.layers
    at = layers.index(layer) if layer in layers else -1
    centre = (
        at
        if at >= 0
        else sum(lockstep.network.names.index(each) < lockstep.network.names.index(layer) for each in layers)
    )
    for reach in range(len(layers), -1, -1):
        shown = range(max(0, centre - reach), min(len(layers), centre + reach + 1))
        parts: list[tuple[Part, str]] = [(("… › ", "dim"), "")] if shown.start else []
        for n in shown:
            name = layers[n]
            other = lockstep.pairs[name]
            text = printable(name if other == name else f"{name}/{other}")
            state = lockstep.state(name)
            mark = f" {MARKS[state]}" if state != "same" else ""
            parts.append((((f" {text}{mark} ") if n == at else f"{text}", "here" if n == at else "plain"), name))
            if n != at and mark:
                parts.append(((mark, ROLES[state]), name))
            if n + 1 < shown.stop:
                parts.append(((" › ", "dim"), ""))
        parts += [((" › …", "dim"), "")] if shown.stop < len(layers) else []
        if sum(cell_len(text) for (text, _), _ in parts) <= width:
            break
    return parts


def title_lines(pane: Pane, width: int, height: int) -> list[tuple[list[Part], list[Part]]]:
    """Return a side's name, layer and padding, and below it the facts of its layer: (left parts, right parts) each."""
    left: list[Part] = [(printable(pane.name), "window")]
    if pane.layer:
        left += [("  ", "plain"), (printable(pane.layer), "strong")]
    frame = pane.frame
    if frame is None or frame.step is None:
        return [(left, [])]
    shape: list[Part] = [("  ", "plain"), (times(frame.shape or ()), "error" if pane.resized else "dim")]
    if pane.saved:
        left += [("  saved outputs", "dim")]
    badges = [padding_badge(frame, room) for room in (NUMBERS_FROM, 0) if not pane.saved]
    forms = [(badge, right) for right in ([shape] if pane.resized else [shape, []]) for badge in badges]
    badge, right = next(
        ((badge, right) for badge, right in forms if width_of([*left, *badge, *right]) <= width), ([], shape)
    )
    facts: list[Part] = [] if pane.saved else fact_parts(frame, width)
    return [([*left, *badge], right), (facts, list[Part]())][: max(1, height)]


def figure_lines(panes: Sequence[Pane], number: int, width: int) -> list[list[Part]]:
    """Return a side's value, sum and tap in two lines, in the same form as those of the other side."""
    both = [pane for pane in panes if pane.figures is not None]
    if panes[number] not in both:
        return []
    at = both.index(panes[number])
    values = [pane.figures.value for pane in both if pane.figures]
    products = {pane.figures.product for pane in both if pane.figures}
    widest, role = max(map(cell_len, values)), "error" if len(products) > 1 else "plain"
    lines = []
    for forms in zip(*(_forms(pane, widest, role) for pane in both), strict=True):
        fitting = (form for form in zip(*forms, strict=True) if all(width_of(parts) <= width for parts in form))
        lines.append(next(fitting, [each[-1] for each in forms])[at])
    return lines


def _forms(pane: Pane, widest: int, role: str) -> tuple[list[list[Part]], list[list[Part]]]:
    """Return the forms of a side's two lines, the longest first."""
    found = pane.figures
    assert found is not None
    mark: Part = ("", "dim") if pane.differs is None else (" ✗", "error") if pane.differs else (" =", "dim")
    value: list[Part] = [(found.value.rjust(widest), "output"), mark]
    first: list[list[Part]] = [
        [("value ", "dim"), *value, (f"   {found.made_of}", "plain")],
        [*value, (f" {found.made_of}", "plain")],
    ]
    if not found.tap:
        return first, [[], [], []]
    tap: Part = (found.tap, "window")
    return first, [
        [("tap " if found.tap.startswith("[") else "", "dim"), tap, (f"  {found.product}", role)],
        [tap, (f" {found.product}", role)],
        [tap, (f" {found.result}", role)],
    ]


def window_height(frame: Frame) -> int:
    """Return how many lines the window panel needs to show the numbers of a frame."""
    step = frame.step
    if step is None:
        return FEW_LINES
    rows, cols, _ = step.operation.window(step.index)
    if step.filter is None or len(rows) * len(cols) == 1:
        return FEW_LINES
    return 3 * (len(rows) + 1)


def map_height(room: int, window: int) -> int:
    """Return how many lines of a side its maps get; 0 for none.

    Args:
        room: The lines for maps and window.
        window: The lines that the window needs to show its numbers.
    """
    left = room - window
    if left < LEAST_MAP:
        return 0 if (room < SMALL and window <= room) or room < 2 * LEAST_MAP else room * 2 // 5
    return min(left, max(room * 9 // 20, MAP_HEIGHT))
