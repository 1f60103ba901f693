"""The screen of `diff`: two nets on one input, at the same neuron side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.widgets import Static

from convstep.answers.diff import Lockstep, Saved
from convstep.debugger import VERBS, Frame, Session, Verb
from convstep.debugger.frame import Cursor, frame_at
from convstep.debugger.run import Run
from convstep.errors import VerbError
from convstep.network import INPUT
from convstep.places import Places
from convstep.printable import printable
from convstep.report.lockstep import ONLY_SAVED, absence, figures, state_text
from convstep.settings import Settings
from convstep.tui.lines.canvas import Mask, ViewOptions
from convstep.tui.lines.text import wrap
from convstep.tui.maps.of_frame import input_channel, input_number, is_flat
from convstep.tui.screens.bars import StatusBar
from convstep.tui.screens.debug import DEFAULTS, MIN_SIZE, DebugScreen
from convstep.tui.screens.diff_panels import (
    DiffHeader,
    DiffTimeline,
    Pane,
    SideInput,
    SideOutput,
    SideWindow,
    figure_lines,
    map_height,
    said_lines,
    title_lines,
    window_height,
)
from convstep.tui.screens.differences import DifferencesScreen
from convstep.tui.screens.keys import key_of
from convstep.tui.screens.sides import Lines, match_forms, options_of

if TYPE_CHECKING:
    from convstep.tui.screens.help import Mark


TALL, FIGURES = 45, 2
"""The height from which there is a line more in a side's title and above it, and the lines of its numbers."""
MOST_SAID = 4
"""In so many lines it is said where both first differ, and why; in more where there is room."""


class Comparing(NamedTuple):
    """Two sides to open on the screen.

    Attributes:
        lockstep: Both.
        notes: What was said while they were read.
    """

    lockstep: Lockstep
    notes: Sequence[str] = ()


def session_of(comparing: Comparing) -> Session:
    """Return a session on the leading net, at the first neuron that differs."""
    lockstep = comparing.lockstep
    session = Session(lockstep.network, lockstep.net.values)
    session.begin()
    layer, index = lockstep.start
    session.jump(index, layer)
    notes = lockstep.found.notes if isinstance(lockstep.other, Saved) else ()
    session.notes.extend([*comparing.notes, *notes])
    return session


class DiffScreen(DifferencesScreen):
    """The screen of `diff`.

    Args:
        session: A session on the leading net; see `session_of`.
        size: The terminal's size at the start.
        settings: The user's settings.
        verbs: The verbs with their keys.
        places: Not used: a comparison is not opened again where it was left.
        comparing: Both sides.

    Attributes:
        lockstep: Both sides.
        panes: What they show; () before the first frame.
    """

    MARKS: ClassVar[tuple[Mark, ...]] = (
        (("•", "accent"), "values and neurons that differ beyond rounding"),
        (("✗", "error"), "a layer that gives other numbers from the same; a value that differs; on the timeline ×"),
        (("≠", "accent"), "a layer that gives the same from the same, but what arrives at it differs"),
        (("?", "dim"), "a layer that can't be judged: what arrives on the other side has another size"),
        (("=", "dim"), "the same, up to rounding"),
    )
    SUMMARIES: ClassVar[Mapping[str, str]] = {
        "continue": "Go on to the next neuron of the layer that differs, or to the Nth; with breakpoints, to these.",
        "reverse": "Go back to the neuron before that differs, or to the Nth before.",
        "follow": "Follow the neuron into the next layer that both nets have; or back, into the one before.",
    }
    LABELS: ClassVar[Mapping[str, str]] = {"continue": "next difference", "reverse": "", "gallery": ""}
    LEADING = ("next", "continue", "follow", "move", "filter", "taps")
    ELSEWHERE = (*DifferencesScreen.ELSEWHERE, "gallery")
    REASON, ABOUT = "both nets were compared as they are", "two nets are"

    def __init__(
        self,
        session: Session,
        size: Size,
        settings: Settings = DEFAULTS,
        verbs: Mapping[str, Verb] = VERBS,
        places: Places | None = None,
        comparing: Comparing | None = None,
    ) -> None:
        assert comparing is not None
        super().__init__(session, size, settings, verbs, places)
        self.lockstep = comparing.lockstep
        self.panes: tuple[Pane, ...] = ()
        self.begin_here()
        self.add_class("diff")

    def here(self, verb: Verb) -> Verb:
        """Return a verb as it is here: `follow` passes the layers that only one side has."""
        verb = super().here(verb)
        return verb._replace(effect=self._follow) if verb.name == "follow" else verb

    def compose(self) -> ComposeResult:
        """Compose the bars, and of both sides a title, the maps, the window and the numbers."""
        shown = DebugScreen.frame, DebugScreen.options
        yield DiffHeader(self.lockstep, id="header").data_bind(*shown)
        with Horizontal(id="sides"):
            for side in (0, 1):
                with Vertical(classes="side"):
                    yield Lines(self.options, id=f"title{side}", classes="titles")
                    yield Lines(self.options, id=f"figures{side}")
                    with Horizontal(classes="maps", id=f"maps{side}"):
                        yield from (SideInput(id=f"input{side}"), SideOutput(id=f"output{side}"))
                    yield SideWindow(id=f"window{side}")
                    yield Lines(self.options, id=f"note{side}", classes="notes")
        yield DiffTimeline(self.lockstep, id="timeline").data_bind(*shown)
        yield StatusBar(id="status").data_bind(
            DebugScreen.options, message=DebugScreen.message, keys=DebugScreen.footer_keys
        )
        yield Static(f"convstep needs a terminal of at least {MIN_SIZE.width}×{MIN_SIZE.height}", id="too-small")

    @property
    def differs(self) -> Mask:
        """Which neurons of the current layer differ."""
        return self.lockstep.differs(self.session.layer)

    @property
    def has_stops(self) -> bool:
        """Whether there are neurons that `continue` goes to, on some layer."""
        return bool(self.session.breakpoints) or self.lockstep.found.first is not None

    def said_of_none(self) -> str:
        """Return what is said where no neuron differs."""
        return state_text(self.lockstep, self.session.layer)

    @property
    def _first_hint(self) -> str:
        """A message about the first keys to press."""
        resume, follow, help_ = (key_of(self.verbs, line) for line in ("continue", "follow", "help"))
        on = f"{resume} next difference, " if self.lockstep.found.first is not None else ""
        return f"{on}{follow} next layer, {help_} every key"

    # Both sides

    def watch_frame(self, before: Frame | None, frame: Frame | None) -> None:
        """Show both sides at the neuron, and say how a layer that was gone to compares."""
        self._show()
        if before is not None and frame is not None and before.layer != frame.layer and not self.message.text:
            self.say(state_text(self.lockstep, frame.layer))

    def watch_options(self) -> None:
        """Show both sides in another way."""
        self._show()

    def _show(self) -> None:
        if self.frame is None or not self.query("#sides"):
            return
        self.panes = panes_of(self.lockstep, self.frame, self.options)
        for side, pane in enumerate(self.panes):
            other = self.panes[1 - side]
            frame, has_window = pane.frame, pane.frame is not None and not pane.saved
            for name, shows, options, beside in (
                ("input", has_window, pane.options, None if other.saved else other.frame),
                ("output", frame is not None, pane.options, other.frame),
                ("window", has_window, pane.window, None),
            ):
                panel: Any = self.query_one(f"#{name}{side}")
                panel.display = shows
                panel.show(frame if shows else None, options, beside, counts=not pane.chosen)
            self.query_one(f"#note{side}").display = not has_window
        self._lay_out()

    def _lay_out(self) -> None:
        """Show the lines, and give the maps the height that the windows leave."""
        if not self.panes:
            return
        self._show_lines()
        height = self._map_height()
        for side, pane in enumerate(self.panes):
            maps = self.query_one(f"#maps{side}")
            maps.display = pane.frame is not None and height > 0
            maps.styles.height = height
        self.call_after_refresh(self._match_forms)

    def _map_height(self) -> int:
        header, title = self.query_one(DiffHeader).styles.height, 1 + (self.size.height >= TALL)
        bars = 1 if "-low" in self.classes else 2 if "-narrow" in self.classes else 3
        room = self.size.height - int(header.value if header else 1) - title - FIGURES - bars
        windows = [window_height(pane.frame) for pane in self.panes if pane.frame is not None and not pane.saved]
        return map_height(room, max(windows, default=0))

    def _show_lines(self) -> None:
        """Show the titles and the numbers, which depend on the room for them."""
        header, height = self.query_one(DiffHeader), max(MOST_SAID, self.size.height // 8)
        lines = said_lines(self.lockstep, max(1, self.size.width - 2), height)
        header.styles.height = 1 + len(lines) + (self.size.height >= TALL)
        for side, pane in enumerate(self.panes):
            title, note, said = (self.query_one(f"#{name}{side}", Lines) for name in ("title", "note", "figures"))
            for each in (title, note, said):
                each.set_reactive(Lines.options, self.options)
            width, height = title.content_size  # all three are as wide, but the note may not be laid out yet
            title.show_sides(title_lines(pane, width, height))
            note.show(wrap([(printable(ONLY_SAVED if pane.saved else pane.absent), "dim")], max(1, width)))
            said.show(figure_lines(self.panes, side, width))

    def _match_forms(self) -> None:
        match_forms([list(self.query(kind)) for kind in (SideInput, SideOutput)])

    def on_resize(self) -> None:
        """Lay the lines out anew, and compare the maps once their sizes are known."""
        super().on_resize()
        self.call_after_refresh(self._lay_out)

    # Verbs

    def _follow(self, run: Run, words: list[str]) -> str:
        """Follow the neuron into the next layer that both sides have, or back."""
        if words not in ([], ["back"]):
            raise VERBS["follow"].usage_error()
        names, at = run.network.names, run.network.position(run.layer)
        after = [name for name in self.lockstep.layers if names.index(name) > at]
        before = [name for name in self.lockstep.layers if names.index(name) < at]
        if not (before if words else after):
            raise VerbError(f"this is the {'first' if words else 'last'} layer that both have")
        target = before[-1] if words else after[0]
        while run.layer != target:
            run.follow(forward=not words)
        return ""


def panes_of(lockstep: Lockstep, frame: Frame, options: ViewOptions) -> tuple[Pane, ...]:
    """Return what both sides show at a frame of the leading net, in the user's order.

    Args:
        lockstep: Both sides.
        frame: The leading net's frame.
        options: How it is displayed.
    """
    layer, second = frame.layer, lockstep.pairs.get(frame.layer, "")
    other = None if frame.step is None else _other_frame(lockstep, frame)
    saved = isinstance(lockstep.other, Saved)
    absent = absence(lockstep, layer, frame) if other is None else ""
    tap = None
    if frame.step is not None and frame.cursor.tap is None:
        tap = lockstep.tap(layer, frame.index)
    if tap is not None and options.channel is None:
        options = replace(options, channel=_channel(frame, tap))
    maps, _, window = options_of((frame,), options)
    sides = [maps, maps]
    chosen = options.marked is not None or options.picked is not None
    if not chosen and frame.step is not None:
        sides = [_marked(lockstep, frame, each, maps, there=n == 1) for n, each in enumerate((frame, other))]
        window = replace(window, picked=tap)
    differs = None if other is None or frame.step is None else bool(lockstep.differs(layer)[frame.index])
    resized = other is not None and other.shape != frame.shape
    own, theirs = figures((frame, other), tap, differs=differs)
    saved = saved and other is not None
    panes = [
        Pane(lockstep.net.name, layer, frame, sides[0], window, own, differs, resized, chosen=chosen),
        Pane(lockstep.other.name, second, other, sides[1], window, theirs, differs, resized, saved, absent, chosen),
    ]
    return tuple(panes if lockstep.leading == 0 else panes[::-1])


def _other_frame(lockstep: Lockstep, frame: Frame) -> Frame | None:
    found = lockstep.values_at(frame.layer, frame.index)
    if found is None:
        return None
    values, second, index = found
    other = frame_at(values, second, index, frame.decimals)
    tap = frame.cursor.tap
    if tap is None or isinstance(lockstep.other, Saved):
        return other
    taps = values.network.stage(second).layer.taps_at(values.network.stage(second).input or (), index)
    return replace(other, cursor=Cursor(second, other.number, min(tap, taps - 1)))


def _channel(frame: Frame, tap: tuple[int, int, int]) -> int:
    assert frame.step is not None
    return frame.step.channels[tap[2]]


def _marked(lockstep: Lockstep, frame: Frame, seen: Frame | None, options: ViewOptions, *, there: bool) -> ViewOptions:
    """Return how a side's maps are displayed, with the values and neurons marked that differ.

    Args:
        lockstep: Both sides.
        frame: The leading net's frame.
        seen: The side's own frame.
        options: How its maps are displayed otherwise.
        there: Whether it is the other side.
    """
    assert frame.step is not None
    if seen is None or seen.step is None:
        return options
    mask_of = lockstep.differs_there if there else lockstep.differs
    i, _, _, c = seen.index
    outputs = _map_of(mask_of(frame.layer), i, c)
    source = frame.stage.sources[input_number(frame)]
    inputs = None
    if source == INPUT or source in lockstep.pairs:
        inputs = _map_of(mask_of(source), i, input_channel(frame, options.channel))
    return replace(
        options,
        marked=outputs if outputs.any() else None,
        marked_inputs=inputs if inputs is not None and inputs.any() else None,
    )


def _map_of(mask: Mask, i: int, channel: int | None) -> Mask:
    """Return the part of a mask that a map shows: a channel of an example, all channels at once, or a row of values."""
    if is_flat(mask.shape):
        flat: Mask = mask[i, 0]
        return flat
    shown: Mask = mask[i].any(-1) if channel is None else mask[i, :, :, channel]
    return shown
