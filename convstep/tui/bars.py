"""The lines around the panels: where we are, the net, the timeline, what was said, and the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import ClassVar

from textual.events import Click, MouseDown, MouseMove, MouseUp
from textual.message import Message
from textual.strip import Strip

from convstep.debugger import Frame, Key
from convstep.network import Network, Windowed, times
from convstep.tui.canvas import Canvas
from convstep.tui.lines import Part, cell_len, line, width_of
from convstep.tui.titles import Titles

EIGHTHS = "▏▎▍▌▋▊▉█"


class Bar(Canvas):
    """A line that is drawn from parts of text."""

    def parts(self, frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
        """Return what stands at the left, and what stands at the right."""
        raise NotImplementedError

    def draw(self, frame: Frame, width: int, height: int) -> list[Strip]:
        """Return the line."""
        left, right = self.parts(frame, width)
        return [line(left, width, right, self.look.palette)][:height]


class TitleBar(Bar):
    """What stands above a panel.

    Args:
        titles: Returns a frame's title and details, of which as many are shown as there is room for.
        role: Of the title.
        id: The widget's.
    """

    def __init__(
        self,
        titles: Callable[[Frame], Titles],
        role: str = "strong",
        *,
        id: str,  # noqa: A002  # as Textual has it
    ) -> None:
        super().__init__(id=id)
        self._titles = titles
        self._role = role

    def parts(self, frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
        """Return both, with a rule between them."""
        title, details = self._titles(frame)
        room, more = width - cell_len(title) - 4, ""
        for detail in filter(None, details):
            longer = f"{more} · {detail}" if more else detail
            if cell_len(longer) > room:
                break
            more = longer
        rule = max(0, width - cell_len(title) - cell_len(more) - (2 if more else 1))
        return [(f"{title} ", self._role), ("─" * rule, "rule"), (f" {more}" if more else "", "dim")], []


class TopLine(Bar):
    """Where we are: the net, the layer, the window, the neuron, the padding."""

    def parts(self, frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
        """Return them; the title goes where there is no room for it."""
        return where(frame, width)


def where(frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
    """Return the net's title, and the place in it."""
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
        count = frame.step.operation.geometry.count
        right += [
            ("  window " if width >= 100 else " ", "dim"),
            (f"#{frame.number + 1:,}", "plain"),
            (f" of {count:,}", "dim"),
        ]
        if frame.step.operation.geometry.m > 1:
            right += [("  i ", "dim"), (f"{i}", "window")]
        right += [
            ("  h ", "dim"),
            (f"{h}", "window"),
            ("  w ", "dim"),
            (f"{w}", "window"),
            ("  c ", "dim"),
            (f"{c}", "window"),
        ]
    right += badge
    left: list[Part] = [("convstep", "window")] if width >= 100 else []
    room = width - width_of(right) - width_of(left) - 4
    if room >= 12:
        title = frame.network.title
        left += [("  " if left else "", "plain"), (title if len(title) <= room else f"{title[: room - 1]}…", "dim")]
    return left, right


def _short(layer: Windowed) -> str:
    return "same" if layer.sliding.padding == "same" else " ".join(map(str, layer.sliding.padding))


class NetStrip(Bar):
    """The layers with their shapes, from left to right; the one at hand stands out."""

    _last: tuple[tuple[Network, str, str, int], list[Part]] | None = None

    class LayerClicked(Message):
        """A layer was clicked.

        Attributes:
            name: Its name.
        """

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def parts(self, frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
        """Return the layers; while only the neuron changes they are the same ones."""
        shown = (frame.network, frame.layer, _done(frame), width)
        last = self._last
        if last is None or last[0][0] is not shown[0] or last[0][1:] != shown[1:]:
            self._last = last = (shown, [part for part, _ in net_parts(frame, width)])
        return last[1], []

    def on_click(self, event: Click) -> None:
        """Go to the layer that was clicked."""
        if self.frame is None:
            return
        x = event.x
        for part, name in net_parts(self.frame, self.size.width):
            x -= cell_len(part[0])
            if x < 0:
                if name:
                    self.post_message(self.LayerClicked(name))
                return


def net_parts(frame: Frame, width: int) -> list[tuple[Part, str]]:
    """Return the layers as parts of a line, each with the layer's name ("" between them).

    Shapes go, from the far end on, where there is no room for them; then layers far from the one at hand.
    """
    at, count = frame.network.names.index(frame.layer), len(frame.network.names)
    choices = [(count, count), (count, 3), (count, 1), (count, 0), *((reach, 1) for reach in range(count, -1, -1))]
    for reach, shapes in choices:
        parts = list(_net(frame, range(max(0, at - reach), min(count, at + reach + 1)), at, shapes))
        if sum(cell_len(text) for (text, _), _ in parts) <= width:
            break
    return parts


def _net(frame: Frame, shown: range, at: int, shapes: int) -> Iterable[tuple[Part, str]]:
    network = frame.network
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
            done = _done(frame) if shape else ""
            yield ((f" {stage.name}{shape}{done} ", "error" if stage.fault else "here"), stage.name)
            continue
        yield ((" ", "plain"), "")
        waits = stage.input is None
        mark = " ✗" if stage.fault and not waits else ""
        role = "error" if mark else "dim" if waits else "plain"
        yield ((f"{stage.name}{mark}", role), stage.name)
        yield ((shape, "dim"), stage.name)
    if shown.stop < len(network.stages):
        yield ((" › …", "dim"), "")


def _done(frame: Frame) -> str:
    """Return how much of the layer is done, as a bar of one character."""
    if frame.step is None:
        return ""
    return f" {EIGHTHS[frame.number * 8 // frame.step.operation.geometry.count]}"


class Timeline(Bar):
    """How far the layer is done; click or drag to go to a place in it."""

    class Sought(Message):
        """A place on the timeline was pointed at.

        Attributes:
            fraction: How far along, 0 to 1.
        """

        def __init__(self, fraction: float) -> None:
            super().__init__()
            self.fraction = fraction

    def parts(self, frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
        """Return the line: done, and still to come."""
        if frame.step is None:
            return [("─" * width, "rule")], []
        count = frame.step.operation.geometry.count
        done = round((frame.number + 1) / count * width * 2)
        half = "╸" if done % 2 else ""
        return [("━" * (done // 2) + half, "accent"), ("─" * (width - done // 2 - len(half)), "rule")], []

    def _seek(self, x: int) -> None:
        width = max(1, self.size.width - 1)
        self.post_message(self.Sought(min(max(x / width, 0.0), 1.0)))

    def on_mouse_down(self, event: MouseDown) -> None:
        """Go to where the mouse went down, and follow it."""
        self.capture_mouse()
        self._seek(event.x)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Follow the mouse while it is down."""
        if event.button or self.app.mouse_captured is self:
            self._seek(event.x)

    def on_mouse_up(self, event: MouseUp) -> None:
        """Stop following the mouse."""
        del event
        self.release_mouse()


class Said(Bar):
    """What the last verb had to say."""

    text = ""
    wrong = False

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show another text, as something wrong or not."""
        if (text, wrong) != (self.text, self.wrong):
            self.text, self.wrong = text, wrong
            self.paint()

    def parts(self, frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
        """Return it, cut to the line."""
        text = self.text if cell_len(self.text) <= width else f"{self.text[: width - 1]}…"
        return [(text, "error" if self.wrong else "output")], []


class KeyBar(Bar):
    """The keys that matter most; as many as fit."""

    GLYPHS: ClassVar[dict[str, str]] = {
        "space": "space",
        "backspace": "⌫",
        "enter": "⏎",
        "up": "↑↓←→",
        "right_square_bracket": "[ ]",
        "question_mark": "?",
        "colon": ":",
        "tab": "tab",
    }

    class Pressed(Message):
        """A key was clicked.

        Attributes:
            line: What it stands for.
        """

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    keys: tuple[Key, ...] = ()

    def parts(self, frame: Frame, width: int) -> tuple[list[Part], list[Part]]:
        """Return the keys."""
        return [part for key in fitting_keys(self.keys, width) for part in _key_parts(key)], []

    def on_click(self, event: Click) -> None:
        """Do what the key that was clicked does."""
        x = event.x
        for key in fitting_keys(self.keys, self.size.width):
            x -= width_of(_key_parts(key))
            if x < 0:
                self.post_message(self.Pressed(key.line))
                return


@lru_cache(64)
def fitting_keys(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """Return the keys that fit; quit and help always do."""
    always = [key for key in keys if key.label in ("help", "quit")]
    room = width - sum(width_of(_key_parts(key)) for key in always)
    fitting = []
    for key in keys:
        if key in always:
            continue
        room -= width_of(_key_parts(key))
        if room < 0:
            break
        fitting.append(key)
    return (*fitting, *always)


@lru_cache(64)
def _key_parts(key: Key) -> tuple[Part, Part]:
    return (KeyBar.GLYPHS.get(key.key, key.key), "window"), (f" {key.label}   ", "dim")
