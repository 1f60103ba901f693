"""The lines around the panels: where we are, the net, the timeline, what was said, and the keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from textual.geometry import Region
from textual.strip import Strip

from convstep.debugger import Frame, Key
from convstep.network import Network, Windowed, times
from convstep.tui.colours import Palette
from convstep.tui.lines import Part, blank, cell_len, line, width_of

Parts = tuple[list[Part], list[Part]]
"""What stands at the left of a line, and what stands at its right."""

EIGHTHS = "▏▎▍▌▋▊▉█"
GLYPHS = {
    "space": "space",
    "backspace": "⌫",
    "enter": "⏎",
    "up": "↑↓←→",
    "right_square_bracket": "[ ]",
    "question_mark": "?",
    "colon": ":",
    "tab": "tab",
}
LAST = ("help", "quit")
"""The keys that are named even where there is no room for others."""


class Said(NamedTuple):
    """What the last verb had to say.

    Attributes:
        text: In one line.
        wrong: Whether something went wrong.
    """

    text: str = ""
    wrong: bool = False


class Bars(NamedTuple):
    """What the lines show.

    Attributes:
        frame: Where we are; None before there is anything.
        said: What was said.
        keys: The keys to name, those that matter most first.
    """

    frame: Frame | None
    said: Said
    keys: tuple[Key, ...]

    def lines(self, places: dict[str, Region], width: int, height: int, palette: Palette) -> list[Strip]:
        """Return a screen that is empty but for these lines.

        Args:
            places: Where they are, by name.
            width: Cells of each line.
            height: How many lines.
            palette: The colours.
        """
        lines = [blank(width, palette)] * height
        shown: dict[str, Parts] = {"keys": (key_parts(self.keys, width), [])}
        if self.said.text or places["said"] != places["keys"]:
            shown["said"] = [said(self.said, width)], []
        if self.frame is not None:
            shown["top"] = where(self.frame, width)
            shown["net"] = [part for part, _ in net_parts(self.frame, width)], []
            shown["timeline"] = timeline(self.frame, width), []
        for name, (left, right) in shown.items():
            lines[places[name].y] = line(left, width, right, palette)
        return lines

    def line_at(self, places: dict[str, Region], x: int, y: int, width: int) -> str:
        """Return the line that a click into a cell stands for; "" for none."""
        if y == places["net"].y and self.frame is not None:
            name = _hit(((cell_len(text), name) for (text, _), name in net_parts(self.frame, width)), x)
            return f"layer {name}" if name else ""
        if y == places["keys"].y and (not self.said.text or y != places["said"].y):
            return _hit(((width_of(_key(key)), key.line) for key in fitting_keys(self.keys, width)), x)
        return ""


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
    if isinstance(layer, Windowed):
        word = layer.sliding.word
        role = {"SAME": "same", "VALID": "valid"}.get(word, "here")
        badge = [("  ", "plain"), (f" {word if role != 'here' else 'PAD ' + _short(layer)} ", role)]
    right: list[Part] = [(frame.layer, "strong")]
    if frame.step is None:
        right += [("  can't run", "error")]
    else:
        i, h, w, c = frame.index
        geometry = frame.step.operation.geometry
        right += [
            ("  window " if width >= 100 else " ", "dim"),
            (f"#{frame.number + 1:,}", "plain"),
            (f" of {geometry.count:,}", "dim"),
        ]
        place = (("i", i),) * (geometry.m > 1) + (("h", h), ("w", w), ("c", c))
        right += [part for name, at in place for part in ((f"  {name} ", "dim"), (f"{at}", "window"))]
    right += badge
    left: list[Part] = [("convstep", "window")] if width >= 100 else []
    room = width - width_of(right) - width_of(left) - 4
    if room >= 12:
        title = frame.network.title
        left += [("  " if left else "", "plain"), (title if len(title) <= room else f"{title[: room - 1]}…", "dim")]
    return left, right


def _short(layer: Windowed) -> str:
    return "same" if layer.sliding.padding == "same" else " ".join(map(str, layer.sliding.padding))


def net_parts(frame: Frame, width: int) -> tuple[tuple[Part, str], ...]:
    """Return the layers as parts of a line, each with the layer's name ("" between them); the one at hand stands out.

    Shapes go, from the far end on, where there is no room for them; then layers far from the one at hand.
    """
    done = "" if frame.step is None else f" {EIGHTHS[frame.number * 8 // frame.step.operation.geometry.count]}"
    return _net_parts(frame.network, frame.network.names.index(frame.layer), done, width)


@lru_cache(64)
def _net_parts(network: Network, at: int, done: str, width: int) -> tuple[tuple[Part, str], ...]:
    count = len(network.names)
    choices = [(count, count), (count, 3), (count, 1), (count, 0), *((reach, 1) for reach in range(count, -1, -1))]
    for reach, shapes in choices:
        parts = tuple(_net(network, range(max(0, at - reach), min(count, at + reach + 1)), at, done, shapes))
        if sum(cell_len(text) for (text, _), _ in parts) <= width:
            break
    return parts


def _net(network: Network, shown: range, at: int, done: str, shapes: int) -> Iterable[tuple[Part, str]]:
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
        if n > shown.start:
            yield ((" ›", "dim"), "")
        if n == at:
            bar = done if shape else ""
            yield ((f" {stage.name}{shape}{bar} ", "error" if stage.fault else "here"), stage.name)
            continue
        yield ((" ", "plain"), "")
        waits = stage.input is None
        mark = " ✗" if stage.fault and not waits else ""
        role = "error" if mark else "dim" if waits else "plain"
        yield ((f"{stage.name}{mark}", role), stage.name)
        yield ((shape, "dim"), stage.name)
    if shown.stop < len(network.stages):
        yield ((" › …", "dim"), "")


def timeline(frame: Frame, width: int) -> list[Part]:
    """Return how far the layer is done: a line, and what is still to come of it."""
    if frame.step is None:
        return [("─" * width, "rule")]
    done = round((frame.number + 1) / frame.step.operation.geometry.count * width * 2)
    half = "╸" if done % 2 else ""
    return [("━" * (done // 2) + half, "accent"), ("─" * (width - done // 2 - len(half)), "rule")]


def said(what: Said, width: int) -> Part:
    """Return what was said, cut to the line."""
    text = what.text if cell_len(what.text) <= width else f"{what.text[: width - 1]}…"
    return text, "error" if what.wrong else "output"


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
    return (GLYPHS.get(key.key, key.key), "window"), (f" {key.label}   ", "dim")
