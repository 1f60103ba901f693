"""The header: the position, the layers of the net, and the layer's facts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from shlex import quote

from textual.strip import Strip

from convstep.debugger import Frame
from convstep.engine.geometry import VALID
from convstep.layers import Layer, Shape, times
from convstep.layers.words import upper
from convstep.network import Network
from convstep.report.explain import HIDDEN, intro, place
from convstep.report.facts import layer_facts
from convstep.tui.lines.canvas import FrameCanvas
from convstep.tui.lines.text import Part, cell_len, hit_test, line, shortened, width_of

Parts = tuple[list[Part], list[Part]]
"""The parts at the left of a line, and those flush right."""

NUMBERS_FROM = 100
"""The least width for the four numbers of the padding beside SAME."""
CHANGED = "*"
"""Marks a layer that was changed since the net was opened."""
EIGHTHS = "▏▎▍▌▋▊▉█"


class Header(FrameCanvas):
    """Three lines: the net and the position; the layers; an introduction to the layer, or its facts."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the three lines."""
        palette = self.options.palette
        left, right = where(frame, width)
        intro_text = intro(frame) if self.options.show_intro else ""
        if frame.question is not None:
            from convstep.debugger.predict import in_words

            intro_text = upper(in_words(frame.network, frame.question))
        fits = 0 < cell_len(intro_text) <= width
        parts: list[Part] = [(intro_text, "output")] if fits else fact_parts(frame, width)
        layers = [part for part, _ in net_parts(frame, width)]
        return [
            line(left, width, right, palette),
            line(layers, width, palette=palette),
            line(parts, width, palette=palette),
        ]

    def verb_at(self, x: int, y: int) -> str:
        """Return the verb that goes to the layer at a click."""
        if self.frame is None or y != 1:
            return ""
        parts = net_parts(self.frame, self.content_size.width)
        name = hit_test(((cell_len(text), name) for (text, _), name in parts), x)
        return f"layer {quote(name)}" if name else ""


def where(frame: Frame, width: int) -> Parts:
    """Return the net's title, if it fits, and the position: layer, window, neuron, padding."""
    right = [*position(frame, width), *padding_badge(frame, width)]
    left: list[Part] = [("convstep", "window")] if width >= 100 else []
    room = width - width_of(right) - width_of(left) - 4
    if room >= 12:
        title = frame.title
        left += [("  " if left else "", "plain"), (title if len(title) <= room else f"{title[: room - 1]}…", "dim")]
    return left, right


def padding_badge(frame: Frame, width: int) -> list[Part]:
    """Return the padding of a frame's layer on a coloured ground; nothing for layers without."""
    layer = frame.stage.layer
    word = layer.padding_word
    if not word:
        return []
    role = {"SAME": "same", "VALID": "valid"}.get(word, "here")
    shape = None if frame.stage.fault else frame.stage.input
    return [("  ", "plain"), (f" {_padding(layer, shape, width)} ", role)]


def position(frame: Frame, width: int) -> list[Part]:
    """Return the position: layer, window, neuron."""
    parts: list[Part] = [(frame.layer, "strong")]
    if frame.step is None:
        return [*parts, ("  can't run", "error")]
    parts += [
        (f"  {frame.stage.layer.step_word} " if width >= 100 else " ", "dim"),
        (f"#{frame.number + 1:,}", "plain"),
        (f" of {frame.step.operation.geometry.count:,}", "dim"),
    ]
    return parts + [part for name, at in place(frame) for part in ((f"  {name} ", "dim"), (f"{at}", "window"))]


def _padding(layer: Layer, shape: Shape | None, width: int) -> str:
    """Return a layer's padding as a word, with its numbers if there is room, or no other word: four, or two in 1-D."""
    word = layer.padding_word
    if shape is None or not (word == "PAD" or width >= NUMBERS_FROM):
        return word
    padding = layer.padding_for(shape)
    numbers = padding[: 2 if len(shape) == 2 else 4]
    return word if padding == VALID else f"{word} {' '.join(map(str, numbers))}"


def net_parts(frame: Frame, width: int) -> tuple[tuple[Part, str], ...]:
    """Return the layers as parts of a line, each with the layer's name ("" for separators).

    Without room for all, shapes are left out first, farthest from the current layer; then layers, likewise.
    """
    done = "" if frame.step is None else f" {EIGHTHS[frame.number * 8 // frame.step.operation.geometry.count]}"
    at = frame.network.names.index(frame.layer)
    return _net_parts(frame.network, frame.original, at, frame.hidden_from, done, width)


@lru_cache(64)
def _net_parts(
    network: Network, original: Network | None, at: int, hidden_from: int | None, done: str, width: int
) -> tuple[tuple[Part, str], ...]:
    count = len(network.names)
    choices = [(count, count), (count, 3), (count, 1), (count, 0), *((reach, 1) for reach in range(count, -1, -1))]
    for reach, shapes in choices:
        shown = range(max(0, at - reach), min(count, at + reach + 1))
        parts = tuple(_net(network, original, shown, at, hidden_from, done, shapes))
        if sum(cell_len(text) for (text, _), _ in parts) <= width:
            break
    return parts


def _net(
    network: Network,
    original: Network | None,
    shown: range,
    at: int,
    hidden_from: int | None,
    done: str,
    shapes: int,
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
        hidden = hidden_from is not None and n >= hidden_from
        shape = f" {HIDDEN if hidden else times(stage.output)}" if stage.output and abs(n - at) < shapes else ""
        if n == hidden_from:
            shape = f" {HIDDEN}"
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
    """Yield the sources of a layer's inputs, unless that is just the layer before it."""
    if network.follows(network.names[n]):
        return
    for k, source in enumerate(network.stages[n].sources):
        yield (("+" if k else " ←", "dim"), "")
        yield ((source, "accent"), source if source in network.names else "")


def fact_parts(frame: Frame, width: int) -> list[Part]:
    """Return a layer's changes since the net was opened, and its facts, as many as fit."""
    parts: list[Part] = [(", ".join(frame.changes), "accent")] if frame.changes and frame.step else []
    for fact in layer_facts(frame):
        for text in (fact.text, fact.result):
            more: list[Part] = [*([("  ·  ", "rule")] if parts else []), (text, "dim")]
            if not parts or width_of(parts) + width_of(more) <= width:
                parts += more
                break
    return shortened(parts, width)
