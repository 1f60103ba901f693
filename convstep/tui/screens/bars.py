"""The bars below the panels: all filters at a place, the timeline, what was said, and the keys."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from textual import events
from textual.reactive import reactive
from textual.strip import Strip

from convstep.debugger import Frame, Key
from convstep.figures import extent, fitting
from convstep.printable import printable
from convstep.tui.lines.canvas import Canvas, FrameCanvas, VerbRequested
from convstep.tui.lines.text import Part, cell_len, hit_test, line, width_of
from convstep.tui.maps.of_frame import is_flat
from convstep.tui.screens.keys import glyphs
from convstep.tui.screens.verbs import QUIT

LEAST_NEURONS = 3
"""Neurons that a strip of them shows rather than more words."""
ALWAYS = ("help", "quit")
"""The keys that are named even where there is no room for others."""


class StatusMessage(NamedTuple):
    """What the last verb had to say.

    Attributes:
        text: In one line.
        wrong: Whether something went wrong.
    """

    text: str = ""
    wrong: bool = False


class FilterStrip(FrameCanvas):
    """The neurons of all filters at the current place; a click goes to one."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return them in one line."""
        parts = [part for part, _ in filter_parts(frame, width)]
        return [line(parts, width, palette=self.options.palette)]

    def verb_at(self, x: int, y: int) -> str:
        """Return how to go to the neuron in a cell."""
        if self.frame is None:
            return ""
        parts = filter_parts(self.frame, self.content_size.width)
        return hit_test(((cell_len(text), line) for (text, _), line in parts), x)


class Timeline(FrameCanvas):
    """How far the layer is done; the mouse goes where it is held down."""

    _drag: object = None
    """One press of the mouse: undo takes back all that it did."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return it in one line."""
        return [line(timeline_parts(frame, width), width, palette=self.options.palette)]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to where the mouse goes down, and follow it until it is let go, also off the line."""
        self.capture_mouse()
        self._drag = object()
        self._follow(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while it is held."""
        if self.app.mouse_captured is self:
            self._follow(event)

    def on_mouse_up(self) -> None:
        """Let go of the mouse."""
        self.release_mouse()

    def _follow(self, event: events.MouseEvent) -> None:
        region = self.content_region
        part = (event.screen_x - region.x) / max(1, region.width - 1)
        self.post_message(VerbRequested(f"jump {min(max(part, 0.0), 1.0):.4%}", self._drag))


class StatusBar(Canvas):
    """What the last verb had to say, and below it the keys; where there is one line, the first if there is any.

    Attributes:
        message: What was said.
        keys: The keys to name, those that matter most first.
    """

    message: reactive[StatusMessage] = reactive(StatusMessage(), repaint=False)
    keys: reactive[tuple[Key, ...]] = reactive((), repaint=False)

    def watch_message(self) -> None:
        """Show what was said."""
        self.update_lines()

    def watch_keys(self) -> None:
        """Show other keys."""
        self.update_lines()

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return a line for each, or one."""
        palette = self.options.palette
        message = line([message_part(self.message, width)], width, palette=palette)
        keys = line(key_parts(self.keys, width), width, palette=palette)
        return [message, keys] if height > 1 else [message if self.message.text else keys]

    def verb_at(self, x: int, y: int) -> str:
        """Return what the key in a cell stands for."""
        width, height = self.content_size
        if y != height - 1 or (height == 1 and self.message.text):
            return ""
        keys = fitting_keys(self.keys, width)
        return hit_test(((width_of(_key(key)), "" if key.line == QUIT else key.line) for key in keys), x)


def filter_parts(frame: Frame, width: int) -> list[tuple[Part, str]]:
    """Return the neurons of all filters at a place as parts of a line, each with the verb that goes there."""
    step = frame.step
    if step is None or is_flat(step.operation.geometry.shape) or step.operation.geometry.n_C == 1:
        return []
    i, h, w, c = step.index
    n_C = step.operation.geometry.n_C
    values = step.values.reshape(step.operation.geometry.shape)[i, h, w]
    form = fitting(extent(values), decimals=frame.decimals)
    cell = form.width + 2
    what, word = ("window", "filter") if step.filter is not None else ("place", "channel")
    head = f"{word} {c + 1} of {n_C} "
    longer = f"{'the same' if c else 'this'} {what}, {head}"
    if width - cell_len(longer) - 2 >= min(n_C, LEAST_NEURONS) * cell:
        head = longer
    room = max(1, (width - cell_len(head) - 2) // cell)
    first = min(max(c - room // 2, 0), max(0, n_C - room))
    shown = range(first, min(n_C, first + room))
    parts: list[tuple[Part, str]] = [((head, "dim"), ""), (("…" if first else " ", "dim"), "")]
    for k in shown:
        text = form.text(values[k]) if k <= c else form.symbol("·")
        parts.append(((f" {text} ", "cell" if k == c else "plain" if k < c else "dim"), f"filter {k}"))
    return [*parts, (("…" if shown.stop < n_C else "", "dim"), "")]


def timeline_parts(frame: Frame, width: int) -> list[Part]:
    """Return how far the layer is done: a line, and what is still to come of it."""
    if frame.step is None:
        return [("─" * width, "rule")]
    done = round((frame.number + 1) / frame.step.operation.geometry.count * width * 2)
    half = "╸" if done % 2 else ""
    return [("━" * (done // 2) + half, "accent"), ("─" * (width - done // 2 - len(half)), "rule")]


def fits(what: StatusMessage, width: int) -> bool:
    """Return whether what was said fits a line."""
    return cell_len(printable(what.text)) <= width


def message_part(what: StatusMessage, width: int) -> Part:
    """Return what was said, where it fits the line; a `LongMessage` shows what does not."""
    return printable(what.text) if fits(what, width) else "", "error" if what.wrong else "output"


def key_parts(keys: tuple[Key, ...], width: int) -> list[Part]:
    """Return the keys that fit, with what they do."""
    return [part for key in fitting_keys(keys, width) for part in _key(key)]


@lru_cache(64)
def fitting_keys(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """Return the keys that fit; quit and help always do."""
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
