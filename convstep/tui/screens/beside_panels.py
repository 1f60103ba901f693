"""The panels of the check's screen: a learner's values, windows and lines beside the right ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from textual.reactive import reactive
from textual.strip import Strip

from convstep.check.beside import Beside
from convstep.check.live import At
from convstep.debugger import Frame
from convstep.layers.words import Part as SumPart
from convstep.printable import printable
from convstep.report import beside as report
from convstep.report.check import KIND, LINE
from convstep.tui.lines.canvas import FrameCanvas, Mask
from convstep.tui.lines.headings import Titles, heading
from convstep.tui.lines.text import Part, cell_len, line, shortened, width_of, wrap
from convstep.tui.maps.model import MapModel
from convstep.tui.maps.of_frame import SHORT, is_flat
from convstep.tui.maps.titles import Legend
from convstep.tui.maps.widgets import InputMap, OutputMap
from convstep.tui.screens.bars import Timeline, marked_timeline, timeline_parts
from convstep.tui.screens.beside_slice import with_their_slice
from convstep.tui.screens.header import where
from convstep.tui.screens.panels import SumPanel, clipped, sum_lines
from convstep.tui.window.grid import strips
from convstep.tui.window.panel import WindowPanel, view_of, window_lines

ASKING = "following your code to this window …"
USUAL = 0.6
"""Values stand in one column, but those of lines that take a larger share of the width, which are at the right."""
VALUE_FROM = 18
"""The least width of a line of theirs beside its value."""


WIDE_OUTPUT = 60
"""The least width of the output's panel whose title also says their value."""


class Theirs(NamedTuple):
    """What the panels show beside a frame.

    Attributes:
        beside: Their function and the right one.
        at: What is known of their code at the window; None if it is not known yet.
        hint: How much is told.
    """

    beside: Beside
    at: At | None = None
    hint: int = LINE


class TheirCanvas(FrameCanvas):
    """A canvas that renders a frame, and theirs beside it.

    Attributes:
        theirs: What is known of theirs; None before the first frame.
    """

    theirs: reactive[Theirs | None] = reactive(None, repaint=False)

    def of(self, frame: Frame) -> Theirs | None:
        """Return what is known of theirs at a frame; None if it is that of another probe."""
        theirs = self.theirs
        if theirs is None or theirs.beside.network is not frame.network:
            return None
        is_here = theirs.at is not None and frame.step is not None and theirs.at.index == frame.index
        return theirs if is_here else theirs._replace(at=None)

    def watch_theirs(self) -> None:
        """Render what is known now."""
        self.update_lines()

    def prepare(self, frame: Frame) -> None:
        """Prepare nothing: what is known of theirs at the next window is not known yet."""


class TheirHeader(TheirCanvas):
    """The position, the verdict, and the probe."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the lines of the header."""
        palette = self.options.palette
        left, right = where(frame, width)
        rows = [line(left, width, right, palette)]
        if (theirs := self.of(frame)) is not None:
            rows += [line(parts, width, palette=palette) for parts in header_lines(theirs, width, height - 1)]
        return rows


class TheirWindow(TheirCanvas, WindowPanel):
    """The numbers of the right window, and where there is room those that they read."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the panel's title and numbers."""
        theirs = self.of(frame)
        if theirs is None or frame.step is None or frame.hides_value or theirs.hint < KIND:
            return super().draw_frame(frame, width, height)
        read = theirs.beside.their_slice(frame.index, theirs.at)
        if read is None or not theirs.beside.differs[frame.index]:
            return super().draw_frame(frame, width, height)
        options = self.options
        view = view_of(frame, width, height, options.palette, options.channel, options.picked)
        said = str(theirs.beside.their_window(frame.index, theirs.at))
        lines = with_their_slice(window_lines(frame, view), view, read, said)
        return strips(lines, width, height, view.styles.plain)


class TheirInput(TheirCanvas, InputMap):
    """The input, with the right window, and the one that they read."""

    def watch_theirs(self) -> None:
        self._modelled = None
        super().watch_theirs()

    def model_of(self, frame: Frame) -> MapModel | None:
        model = as_numbers(super().model_of(frame))
        theirs = self.of(frame)
        return model if model is None or theirs is None else with_their_window(model, frame, theirs)

    def title_of(self, frame: Frame, legend: Legend, width: int) -> Titles:
        title, details = super().title_of(frame, legend, width)
        model = self._model(frame)
        return title, ("║ yours" if model is not None and model.other else "", *details)


class TheirOutput(TheirCanvas, OutputMap):
    """The right output so far, with the neurons marked where theirs is another."""

    def watch_theirs(self) -> None:
        self._modelled = None
        super().watch_theirs()

    def model_of(self, frame: Frame) -> MapModel | None:
        model = as_numbers(super().model_of(frame))
        theirs = self.of(frame)
        if model is None or theirs is None or self.options.marked is not None:
            return model
        mask = differing(theirs.beside, frame)
        return model._replace(marked=mask.T if model.transposed else mask)

    def title_of(self, frame: Frame, legend: Legend, width: int) -> Titles:
        title, details = super().title_of(frame, legend, width)
        theirs = self.of(frame)
        if theirs is None or self.options.marked is not None:
            return title, details
        mask = differing(theirs.beside, frame)
        count = int(np.count_nonzero(mask))
        same = "" if theirs.beside.theirs is None else "yours is the same"
        counted = f"• {count} of {mask.size} differ" if count else same
        value = theirs.beside.their_value(frame.index) if theirs.beside.differs[frame.index] else None
        if value is None or width < WIDE_OUTPUT:
            return "right output", (counted, *details)
        return "right output", (f"here yours is {report.text_of(value)}", counted)


class TheirSum(TheirCanvas, SumPanel):
    """Their value and the right one, above the sum that gives the right one."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return both values, and below them the sum."""
        theirs = self.of(frame)
        if theirs is None or frame.step is None:
            return super().draw_frame(frame, width, height)
        parts = styled(report.both_values(theirs.beside, frame.index, theirs.at, theirs.hint))
        both = wrap(parts, width)[: max(1, height - 1)]
        rows = [line(each, width, palette=self.options.palette) for each in both]
        total, said = sum_lines(frame, width, height - len(rows))
        if theirs.beside.differs[frame.index]:
            said = []  # the right window needs no words where theirs is looked at
        return [*rows, *(line(each, width, palette=self.options.palette) for each in (*total, *said))]


class TheirCode(TheirCanvas):
    """The lines of theirs that ran for this window, with what they bound."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the lines that fit."""
        palette = self.options.palette
        theirs = self.of(frame)
        if theirs is None:
            return []
        file = printable(theirs.beside.report.file.rpartition("/")[2])
        said = "at the exception" if theirs.beside.error.type else "at the end of the call"
        if theirs.at is None or not theirs.at.whole or theirs.beside.checked.verdict.verdict == "not_written":
            said = ""
        head = heading(("your code", (said, file)), width, palette)
        return [head, *(line(left, width, right, palette) for left, right in their_rows(theirs, width, height - 1))]


class TheirTimeline(TheirCanvas, Timeline):
    """The progress through the windows, with a mark at those that differ; a click or a drag jumps."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the line."""
        parts = timeline_parts(frame, width)
        theirs = self.of(frame)
        if theirs is not None and frame.step is not None:
            parts = marked_timeline(parts, theirs.beside.differs.reshape(-1), width)
        return [line(parts, width, palette=self.options.palette)]


def header_lines(theirs: Theirs, width: int, height: int) -> list[list[Part]]:
    """Return the verdict in as many lines as there are, and below it on what it is shown, if there is room."""
    said = report.verdict(theirs.beside, theirs.hint, theirs.at)
    role = "output" if said.good else "error"
    shown = [[each.text] for each in said.sentences]

    def wrapped() -> list[list[Part]]:
        return [row for texts in shown for row in wrap([(printable(" ".join(texts)), role)], width)]

    for texts in shown:  # what follows a semicolon explains
        if len(wrapped()) > height and ";" in texts[0]:
            texts[0] = f"{texts[0].partition(';')[0]}."
    for texts, each in zip(shown, said.sentences, strict=True):
        if each.more:  # why nobody notices is told where there is room
            texts.append(each.more)
            if len(wrapped()) > height:
                texts.pop()
    lines = wrapped()
    if len(lines) > height:
        rest = " ".join(text for each in lines[height - 1 :] for text, _ in each)
        lines = [*lines[: height - 1], shortened([(rest, role)], width)]
    if len(lines) < height:
        lines.append(shortened([(printable(report.facts(theirs.beside)), "dim")], width))
    return lines


def as_numbers(model: MapModel | None) -> MapModel | None:
    """Return a map with a single row of a few values as cells, not as a line, so that each can be marked."""
    return model and model._replace(line=model.line and model.values.shape[1] > SHORT)


def with_their_window(model: MapModel, frame: Frame, theirs: Theirs) -> MapModel:
    """Return the map of an input with the window that they read, if it is known, and another than the right one."""
    window = theirs.beside.their_window(frame.index, theirs.at) if theirs.hint >= KIND else None
    if window is None or not (window.rows and window.cols) or model.transposed or model.line:
        return model
    same = window.same_place(theirs.beside.right_window(frame.index))
    return model if same else model._replace(other=(window.rows, window.cols))


def differing(beside: Beside, frame: Frame) -> Mask:
    """Return which neurons of the current map differ, as the output map has them."""
    i, _, _, c = frame.index
    differs: Mask = beside.differs[i, 0] if is_flat(beside.ours.shape) else beside.differs[i, :, :, c]
    return differs


def their_rows(theirs: Theirs, width: int, height: int) -> list[tuple[list[Part], list[Part]]]:
    """Return the lines of theirs that fit, each as (left parts, parts flush right)."""
    if theirs.at is None:
        return [([(ASKING, "dim")], [])]
    marked = report.cause_lines(theirs.beside, theirs.at) if theirs.hint >= LINE else set()
    lines = report.shown_lines(theirs.at.lines, height, theirs.beside.checked.cause, marked)
    indent, error = report.indent_of(lines), theirs.beside.error
    digits = max((len(str(each.number)) for each in lines), default=1)
    texts = [printable(report.bare_code(each, indent)) for each in lines]
    if any(
        cell_len(text) > width - digits - 4 for each, text in zip(lines, texts, strict=True) if each.number in marked
    ):
        texts = [" " * ((len(text) - len(text.lstrip())) // 4) + text.lstrip() for text in texts]
    usual = [cell_len(text) for text in texts if cell_len(text) <= width * USUAL]
    column = digits + 3 + max(usual, default=0) + 3
    rows: list[tuple[list[Part], list[Part]]] = []
    for each, text in zip(lines, texts, strict=True):
        value = styled(report.line_value(each, theirs.hint))
        if each.current and error.type and not value:
            value = [(f"✗ {printable(error.message or error.type)}", "error")]
        is_cause = each.number in marked
        role = "error" if is_cause else "window" if each.current and not marked else "plain"
        sign: Part = ("✗ ", "error") if is_cause else ("▸ " if each.current else "  ", "window")
        left: list[Part] = [sign, (f"{each.number:>{digits}} ", "dim")]
        gap = column - width_of(left) - cell_len(text)
        if gap >= 1 and column + width_of(value) <= width:
            rows.append(([*left, (text + " " * gap, role), *value], []))
            continue
        least = cell_len(text) if is_cause else VALUE_FROM  # the line that a mistake is on comes before its value
        value = shortened(value, max(0, width - digits - 4 - min(least, cell_len(text)))) if value else value
        rows.append(([*left, (middle_cut(text, width - digits - 4 - width_of(value)), role)], value))
    return rows


def middle_cut(text: str, room: int) -> str:
    """Return a text, cut in its middle if it is longer than `room`: mistakes stand at the end as well."""
    if cell_len(text) <= room:
        return text
    start = clipped(text, max(1, (room + 1) // 2))
    end = ""
    for letter in reversed(text):
        if cell_len(start + letter + end) > room:
            break
        end = letter + end
    return start + end


def styled(parts: Iterable[SumPart]) -> list[Part]:
    """Return parts with what is wrong in the colour of errors."""
    return [(printable(text), "error" if role == "negative" else role) for text, role in parts]
