"""The bars around the panels: where we are, the net, the timeline, what was said, and the keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from shlex import quote
from typing import NamedTuple

from textual import events
from textual.reactive import reactive
from textual.strip import Strip

from convstep.debugger import Frame, Key
from convstep.engine.geometry import VALID
from convstep.figures import extent, fitting
from convstep.layers import Layer, Shape, times
from convstep.network import Network
from convstep.printable import printable
from convstep.report.explain import intro
from convstep.report.facts import layer_facts
from convstep.report.text import place
from convstep.tui.lines.canvas import Canvas, VerbRequested
from convstep.tui.lines.text import Part, cell_len, line, width_of
from convstep.tui.maps.of_frame import is_flat
from convstep.tui.screens.keys import glyphs
from convstep.tui.screens.verbs import QUIT

Parts = tuple[list[Part], list[Part]]
"""What stands at the left of a line, and what stands at its right."""

FOUR_FROM = 100
"""From this width on the four numbers stand beside SAME."""
CHANGED = "*"
"""Behind a layer that differs from the one that was opened."""
LEAST_CELLS = 3
"""Neurons that a strip of them shows rather than more words."""
EIGHTHS = "▏▎▍▌▋▊▉█"
LAST = ("help", "quit")
"""The keys that are named even where there is no room for others."""


class StatusMessage(NamedTuple):
    """What the last verb had to say.

    Attributes:
        text: In one line.
        wrong: Whether something went wrong.
    """

    text: str = ""
    wrong: bool = False


class TopBar(Canvas):
    """The net's title, and where we are in it."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return them in one line."""
        if self.frame is None:
            return []
        left, right = where(self.frame, width)
        return [line(left, width, right, self.options.palette)]


class NetBar(Canvas):
    """The layers of the net; a click goes to one."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return them in one line."""
        if self.frame is None:
            return []
        return [line([part for part, _ in net_parts(self.frame, width)], width, palette=self.options.palette)]

    def verb_at(self, x: int, y: int) -> str:
        """Return how to go to the layer in a cell."""
        if self.frame is None:
            return ""
        parts = net_parts(self.frame, self.content_size.width)
        name = _hit(((cell_len(text), name) for (text, _), name in parts), x)
        return f"layer {quote(name)}" if name else ""


class LayerBar(Canvas):
    """What the layer does, while its kind is new; then how its size comes about, its parameters, its padding."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return it in one line."""
        if self.frame is None:
            return []
        told = intro(self.frame) if self.options.introduced else ""
        parts: list[Part] = [(told, "output")] if told else fact_parts(self.frame, width)
        return [line(parts, width, palette=self.options.palette)]


class FilterStrip(Canvas):
    """The neurons of all filters at the current place; a click goes to one."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return them in one line."""
        if self.frame is None:
            return []
        parts = [part for part, _ in filter_parts(self.frame, width)]
        return [line(parts, width, palette=self.options.palette)]

    def verb_at(self, x: int, y: int) -> str:
        """Return how to go to the neuron in a cell."""
        if self.frame is None:
            return ""
        parts = filter_parts(self.frame, self.content_size.width)
        return _hit(((cell_len(text), line) for (text, _), line in parts), x)


class Timeline(Canvas):
    """How far the layer is done; the mouse goes where it is held down."""

    _drag: object = None
    """One press of the mouse: undo takes back all that it did."""

    def draw(self, width: int, height: int) -> list[Strip]:
        """Return it in one line."""
        return [line(timeline(self.frame, width), width, palette=self.options.palette)] if self.frame else []

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
        message = line([said(self.message, width)], width, palette=palette)
        keys = line(key_parts(self.keys, width), width, palette=palette)
        return [message, keys] if height > 1 else [message if self.message.text else keys]

    def verb_at(self, x: int, y: int) -> str:
        """Return what the key in a cell stands for."""
        width, height = self.content_size
        if y != height - 1 or (height == 1 and self.message.text):
            return ""
        keys = fitting_keys(self.keys, width)
        return _hit(((width_of(_key(key)), "" if key.line == QUIT else key.line) for key in keys), x)


def _hit(stretches: Iterable[tuple[int, str]], x: int) -> str:
    """Return what the stretch (cells, meaning) at a place of a line means; "" behind the last one."""
    for cells, meaning in stretches:
        x -= cells
        if x < 0:
            return meaning
    return ""


def where(frame: Frame, width: int) -> Parts:
    """Return the net's title, which goes where there is no room, and the place: layer, window, neuron, padding."""
    badge: list[Part] = []
    layer = frame.stage.layer
    if word := layer.padding_word:
        role = {"SAME": "same", "VALID": "valid"}.get(word, "here")
        badge = [("  ", "plain"), (f" {_padding(layer, frame.stage.input, width)} ", role)]
    right: list[Part] = [(frame.layer, "strong")]
    if frame.step is None:
        right += [("  can't run", "error")]
    else:
        right += [
            (f"  {layer.step_word} " if width >= 100 else " ", "dim"),
            (f"#{frame.number + 1:,}", "plain"),
            (f" of {frame.step.operation.geometry.count:,}", "dim"),
        ]
        right += [part for name, at in place(frame) for part in ((f"  {name} ", "dim"), (f"{at}", "window"))]
    right += badge
    left: list[Part] = [("convstep", "window")] if width >= 100 else []
    room = width - width_of(right) - width_of(left) - 4
    if room >= 12:
        title = frame.network.title
        left += [("  " if left else "", "plain"), (title if len(title) <= room else f"{title[: room - 1]}…", "dim")]
    return left, right


def _padding(layer: Layer, shape: Shape | None, width: int) -> str:
    """Return a layer's padding as a word, and the four numbers, if there is room or no other word for them."""
    word = layer.padding_word
    four = layer.pads(shape) if shape is not None and (word == "PAD" or width >= FOUR_FROM) else None
    return word if four in (None, VALID) else f"{word} {' '.join(map(str, four or ()))}"


def net_parts(frame: Frame, width: int) -> tuple[tuple[Part, str], ...]:
    """Return the layers as parts of a line, each with the layer's name ("" between them); the one at hand stands out.

    Shapes go, from the far end on, where there is no room for them; then layers far from the one at hand.
    """
    done = "" if frame.step is None else f" {EIGHTHS[frame.number * 8 // frame.step.operation.geometry.count]}"
    return _net_parts(frame.network, frame.original, frame.network.names.index(frame.layer), done, width)


@lru_cache(64)
def _net_parts(
    network: Network, original: Network | None, at: int, done: str, width: int
) -> tuple[tuple[Part, str], ...]:
    count = len(network.names)
    choices = [(count, count), (count, 3), (count, 1), (count, 0), *((reach, 1) for reach in range(count, -1, -1))]
    for reach, shapes in choices:
        parts = tuple(_net(network, original, range(max(0, at - reach), min(count, at + reach + 1)), at, done, shapes))
        if sum(cell_len(text) for (text, _), _ in parts) <= width:
            break
    return parts


def _net(
    network: Network, original: Network | None, shown: range, at: int, done: str, shapes: int
) -> Iterable[tuple[Part, str]]:
    if shown.start:
        yield (("… ›", "dim"), "")
    else:
        shape = f" {times(network.input_shape)}" if shapes > 1 else ""
        yield (("input", "plain"), "")
        yield ((shape, "dim"), "")
        yield ((" ›", "dim"), "")
    for n in shown:
        stage = network.stages[n]
        shape = f" {times(stage.output)}" if stage.output and abs(n - at) < shapes else ""
        shape += CHANGED * (original is not None and stage.layer != original.layers[n])
        if n > shown.start:
            yield ((" ›", "dim"), "")
        if n == at:
            bar = done if shape else ""
            yield ((f" {stage.name}{shape}{bar} ", "error" if stage.fault else "here"), stage.name)
            yield from _sources(network, n)
            continue
        yield ((" ", "plain"), "")
        waits = stage.input is None
        mark = " ✗" if stage.fault and not waits else ""
        role = "error" if mark else "dim" if waits else "plain"
        yield ((f"{stage.name}{mark}", role), stage.name)
        yield ((shape, "dim"), stage.name)
        yield from _sources(network, n)
    if shown.stop < len(network.stages):
        yield ((" › …", "dim"), "")


def _sources(network: Network, n: int) -> Iterable[tuple[Part, str]]:
    """Yield the layers that a layer takes its inputs from, where that is not just the one before it."""
    if network.follows(network.names[n]):
        return
    for k, source in enumerate(network.stages[n].sources):
        yield (("+" if k else " ←", "dim"), "")
        yield ((source, "accent"), source if source in network.names else "")


def fact_parts(frame: Frame, width: int) -> list[Part]:
    """Return a layer's facts as parts of a line, as many as fit; first how it differs from the one that was opened."""
    parts: list[Part] = [(", ".join(frame.changes), "accent")] if frame.changes else []
    for fact in layer_facts(frame):
        for text in (fact.text, fact.result):
            more: list[Part] = [*([("  ·  ", "rule")] if parts else []), (text, "dim")]
            if not parts or width_of(parts) + width_of(more) <= width:
                parts += more
                break
    return parts


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
    if width - cell_len(longer) - 2 >= min(n_C, LEAST_CELLS) * cell:
        head = longer
    room = max(1, (width - cell_len(head) - 2) // cell)
    first = min(max(c - room // 2, 0), max(0, n_C - room))
    shown = range(first, min(n_C, first + room))
    parts: list[tuple[Part, str]] = [((head, "dim"), ""), (("…" if first else " ", "dim"), "")]
    for k in shown:
        text = form.text(values[k]) if k <= c else form.symbol("·")
        parts.append(((f" {text} ", "cell" if k == c else "plain" if k < c else "dim"), f"filter {k}"))
    return [*parts, (("…" if shown.stop < n_C else "", "dim"), "")]


def timeline(frame: Frame, width: int) -> list[Part]:
    """Return how far the layer is done: a line, and what is still to come of it."""
    if frame.step is None:
        return [("─" * width, "rule")]
    done = round((frame.number + 1) / frame.step.operation.geometry.count * width * 2)
    half = "╸" if done % 2 else ""
    return [("━" * (done // 2) + half, "accent"), ("─" * (width - done // 2 - len(half)), "rule")]


def fits(what: StatusMessage, width: int) -> bool:
    """Return whether what was said fits a line."""
    return cell_len(printable(what.text)) <= width


def said(what: StatusMessage, width: int) -> Part:
    """Return what was said, where it fits the line; a `LongMessage` shows what does not."""
    return printable(what.text) if fits(what, width) else "", "error" if what.wrong else "output"


def key_parts(keys: tuple[Key, ...], width: int) -> list[Part]:
    """Return the keys that fit, with what they do."""
    return [part for key in fitting_keys(keys, width) for part in _key(key)]


@lru_cache(64)
def fitting_keys(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """Return the keys that fit; quit and help always do."""
    always = [key for key in keys if key.label in LAST]
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
