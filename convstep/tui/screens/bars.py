"""The bars below the panels: the neurons of all filters, the timeline, the message, and the keys."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from textual import events
from textual.reactive import reactive
from textual.strip import Strip

from convstep.debugger import Frame, Key
from convstep.debugger.verbs.screen import QUIT
from convstep.figures import extent, fitting
from convstep.printable import printable
from convstep.report.explain import HIDDEN
from convstep.tui.lines.canvas import Canvas, FrameCanvas, Mask, VerbRequested
from convstep.tui.lines.scale import output_extent
from convstep.tui.lines.text import Part, cell_len, centred_range, hit_test, line, width_of
from convstep.tui.maps.of_frame import is_flat
from convstep.tui.screens.keys import glyphs

LEAST_NEURONS = 3
"""The longer heading is used only if so many neurons still fit beside it."""
ALWAYS = ("help", "quit", "close")
"""The labels of keys that are always shown."""


class StatusMessage(NamedTuple):
    """The message of the last verb.

    Attributes:
        text: The message, without line breaks.
        wrong: Whether it is an error.
    """

    text: str = ""
    wrong: bool = False


class FilterStrip(FrameCanvas):
    """The neurons of all filters at the current position; a click jumps to one."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return one line with the neurons."""
        parts = [part for part, _ in filter_parts(frame, width)]
        return [line(parts, width, palette=self.options.palette)]

    def verb_at(self, x: int, y: int) -> str:
        """Return the verb that jumps to the neuron at a click."""
        if self.frame is None:
            return ""
        parts = filter_parts(self.frame, self.content_size.width)
        return hit_test(((cell_len(text), line) for (text, _), line in parts), x)


class Timeline(FrameCanvas):
    """The progress through the layer; clicking or dragging jumps to a position."""

    _drag: object = None
    """Identifies one drag, which undo takes back as a whole."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return one line with the progress."""
        return [line(timeline_parts(frame, width), width, palette=self.options.palette)]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Jump to the mouse, and capture it so that a drag may leave the line."""
        self.capture_mouse()
        self._drag = object()
        self._follow(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Jump to the mouse during a drag."""
        if self.app.mouse_captured is self:
            self._follow(event)

    def on_mouse_up(self) -> None:
        """Release the mouse."""
        self.release_mouse()

    def _follow(self, event: events.MouseEvent) -> None:
        region = self.content_region
        part = (event.screen_x - region.x) / max(1, region.width - 1)
        self.post_message(VerbRequested(f"jump {min(max(part, 0.0), 1.0):.4%}", self._drag))


class StatusBar(Canvas):
    """The message of the last verb, and the keys below it; with one line only, the message if there is one.

    Attributes:
        message: The message.
        keys: The keys to show, most important first.
    """

    message: reactive[StatusMessage] = reactive(StatusMessage(), repaint=False)
    keys: reactive[tuple[Key, ...]] = reactive((), repaint=False)

    def watch_message(self) -> None:
        """Render the new message."""
        self.update_lines()

    def watch_keys(self) -> None:
        """Render the new keys."""
        self.update_lines()

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return the message and the keys, or one of them."""
        palette = self.options.palette
        message = line([message_part(self.message, width)], width, palette=palette)
        keys = line(key_parts(self.keys, width), width, palette=palette)
        return [message, keys] if height > 1 else [message if self.message.text else keys]

    def verb_at(self, x: int, y: int) -> str:
        """Return the line of the key at a click."""
        width, height = self.content_size
        if y != height - 1 or (height == 1 and self.message.text):
            return ""
        keys = fitting_keys(self.keys, width)
        return hit_test(((width_of(_key(key)), "" if key.line == QUIT else key.line) for key in keys), x)


def filter_parts(frame: Frame, width: int) -> list[tuple[Part, str]]:
    """Return the neurons of all filters at the position as parts of a line, each with the verb that jumps to it."""
    step = frame.step
    if step is None or is_flat(step.operation.geometry.shape) or step.operation.geometry.n_C == 1:
        return []
    i, h, w, c = step.index
    n_C = step.operation.geometry.n_C
    values = step.values.reshape(step.operation.geometry.shape)[i, h, w]
    form = fitting(extent(values), output_extent(step.operation, step.values, step.known_output), frame.decimals)
    cell = form.width + 2
    what, word = ("window", "filter") if step.filter is not None else ("place", "channel")
    head = f"{word} {c + 1} of {n_C} {form.factor and f'{form.factor} '}"
    longer = f"{'the same' if c else 'this'} {what}, {head}"
    if width - cell_len(longer) - 2 >= min(n_C, LEAST_NEURONS) * cell:
        head = longer
    room = max(1, (width - cell_len(head) - 2) // cell)
    shown = centred_range(c, room, n_C)
    parts: list[tuple[Part, str]] = [((head, "dim"), ""), (("…" if shown.start else " ", "dim"), "")]
    for k in shown:
        hidden = k == c and frame.hides_value
        text = form.symbol(HIDDEN) if hidden else form.text(values[k]) if k <= c else form.symbol("·")
        parts.append(((f" {text} ", "cell" if k == c else "plain" if k < c else "dim"), f"filter {k}"))
    return [*parts, (("…" if shown.stop < n_C else "", "dim"), "")]


def timeline_parts(frame: Frame, width: int) -> list[Part]:
    """Return the progress bar as parts of a line."""
    if frame.step is None:
        return [("─" * width, "rule")]
    done = round((frame.number + 1) / frame.step.operation.geometry.count * width * 2)
    half = "╸" if done % 2 else ""
    return [("━" * (done // 2) + half, "accent"), ("─" * (width - done // 2 - len(half)), "rule")]


def marked_timeline(parts: list[Part], differs: Mask, width: int) -> list[Part]:
    """Return a timeline with × wherever one of its windows differs."""
    text = "".join(part for part, _ in parts)
    roles = [role for part, role in parts for _ in part]
    marked = np.zeros(width, np.bool_)
    marked[np.flatnonzero(differs) * width // max(1, differs.size)] = True
    if len(differs) < width:  # each window has several columns: the mark is in their middle
        marked[:] = False
        marked[((np.flatnonzero(differs) + 0.5) * width / len(differs)).astype(int)] = True
    return [("×", "error") if marked[x] else (glyph, roles[x]) for x, glyph in enumerate(text)]


def fits(what: StatusMessage, width: int) -> bool:
    """Return whether a message fits into one line."""
    return cell_len(printable(what.text)) <= width


def message_part(what: StatusMessage, width: int) -> Part:
    """Return a message as part of a line; empty if it does not fit, as a `LongMessage` shows it then."""
    return printable(what.text) if fits(what, width) else "", "error" if what.wrong else "output"


def key_parts(keys: tuple[Key, ...], width: int) -> list[Part]:
    """Return the keys that fit with their labels, as parts of a line."""
    return [part for key in fitting_keys(keys, width) for part in _key(key)]


@lru_cache(64)
def fitting_keys(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """Return the keys that fit; those in `ALWAYS` are always included."""
    always = [key for key in keys if key.label in ALWAYS]
    room = width - sum(width_of(_key(key)) for key in always)
    fitting = []
    for key in keys:
        if key in always:
            continue
        room -= width_of(_key(key))
        if room < 0:
            break
        fitting.append(key)
    return (*fitting, *always)


@lru_cache(64)
def _key(key: Key) -> tuple[Part, Part]:
    return (glyphs(key), "window"), (f" {key.label}   ", "dim")
