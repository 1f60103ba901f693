"""The screen of `paddings`: two paddings of one layer at the same neuron, in lockstep."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen

from convstep.answers.paddings import PADDINGS
from convstep.debugger import Frame, Session
from convstep.debugger.frame import frame_at
from convstep.engine.geometry import Index, Padding
from convstep.errors import ConvstepError
from convstep.layers import Shape, Windowed, grid, place_in, times
from convstep.layers.reasons import sides
from convstep.layers.words import count
from convstep.network import Values
from convstep.tui.lines.canvas import Canvas, VerbRequested, ViewOptions
from convstep.tui.lines.text import Part
from convstep.tui.maps.widgets import InputMap, OutputMap
from convstep.tui.screens.background import QUICK_MACS
from convstep.tui.screens.modal import DismissedOnce
from convstep.tui.screens.sides import Lines, match_forms, options_of
from convstep.tui.window.panel import WindowPanel

MOVES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


class Side(NamedTuple):
    """The net with one of the paddings.

    Attributes:
        name: The padding: SAME, VALID, its own, or p = (f − 1)//2.
        padding: The rows and columns that it adds.
        values: The net's values with it.
        output: The layer's output, (height, width, channels); None if no window fits.
    """

    name: str
    padding: Padding
    values: Values
    output: tuple[int, int, int] | None

    def has(self, index: Index) -> bool:
        """Return whether the layer has a neuron."""
        return self.output is not None and all(at < size for at, size in zip(index[1:], self.output, strict=True))


class Lockstep(NamedTuple):
    """Two paddings of a layer, and the neuron that is shown with both.

    Attributes:
        layer: The layer.
        choices: All paddings that differ.
        left: Which of them is at the left.
        right: Which of them is at the right.
        neuron: The neuron, `(i, h, w, c)`; at least one side has it.
    """

    layer: str
    choices: tuple[Side, ...]
    left: int
    right: int
    neuron: Index

    @property
    def sides(self) -> tuple[Side, Side]:
        """The two sides."""
        return self.choices[self.left], self.choices[self.right]

    @property
    def arriving(self) -> Shape:
        """Shape of one example of the layer's input."""
        return self.choices[0].values.network.stage(self.layer).input or ()

    @property
    def along_length(self) -> bool:
        """Whether the layer's input is 1-D: a length and channels."""
        return len(self.arriving) == 2

    @property
    def _reach(self) -> tuple[int, int, int]:
        """The larger of the two outputs along each axis."""
        heights, widths, channels = zip(*(side.output for side in self.sides if side.output), strict=True)
        return max(heights), max(widths), max(channels)

    def move(self, down: int, right: int) -> Lockstep:
        """Return the same at a neuron further down and to the right, as far as one of the outputs goes."""
        i, h, w, c = self.neuron
        height, width, _ = self._reach
        return self._replace(neuron=(i, min(max(0, h + down), height - 1), min(max(0, w + right), width - 1), c))

    def next(self, by: int) -> Lockstep:
        """Return the same at the next position, row after row; or before it."""
        i, h, w, c = self.neuron
        height, width, _ = self._reach
        h, w = divmod(min(max(0, h * width + w + by), height * width - 1), width)
        return self._replace(neuron=(i, h, w, c))

    def filter(self, by: int) -> Lockstep:
        """Return the same at another filter."""
        i, h, w, c = self.neuron
        return self._replace(neuron=(i, h, w, (c + by) % self._reach[2]))

    def other(self, *, right: bool) -> Lockstep:
        """Return the same with the next padding on one side."""
        taken, own = (self.left, self.right) if right else (self.right, self.left)
        others = [n for n in range(len(self.choices)) if n != taken]
        new = others[(others.index(own) + 1) % len(others)]
        changed = self._replace(right=new) if right else self._replace(left=new)
        return changed.move(0, 0)


ROOMY = 34
"""From so many lines on, slice, filter and products of 5x5 fit below the maps."""
PADDED = "Convolutions and pools have one"


def lockstep_of(session: Session) -> Lockstep:
    """Return the layer's padding as it is beside another one, at the session's neuron.

    Raises:
        ConvstepError: The layer has no window that slides, or is too large to compute it at once.
    """
    network, name = session.network, session.layer
    layer = network.stage(name).layer
    if not isinstance(layer, Windowed):
        fixed = f"the padding of {name} can't be changed here" if layer.padding_word else f"{name} has no padding"
        raise ConvstepError(fixed, hint="That of convolutions and pools can" if layer.padding_word else PADDED)
    if Values(network, session.values.x).work(name) > QUICK_MACS:
        raise ConvstepError(f"{name} is too large to compute it twice at once", hint="Use 's' to change its padding")
    choices: list[Side] = []
    for word, padding in PADDINGS.items():
        changed = network.with_window(name, padding=padding(layer))
        stage = changed.stage(name)
        added = Padding(0, 0, 0, 0) if stage.output is None else stage.layer.padding_for(stage.input or ())
        output = None if stage.output is None else grid(stage.output)
        if all(each.padding != added for each in choices):
            choices.append(Side(word, added, Values(changed, session.values.x, session.values), output))
    if len(choices) < 2:
        raise ConvstepError(f"SAME, VALID and p = (f − 1)//2 all add nothing to {name}")
    first = choices[0]._replace(name=layer.padding_word)
    return Lockstep(name, (first, *choices[1:]), 0, 1, session.index)


def frames_of(state: Lockstep, decimals: int) -> tuple[Frame | None, Frame | None]:
    """Return both sides' frames at the neuron; None where there is no such neuron."""
    left, right = (
        frame_at(side.values, state.layer, state.neuron, decimals) if side.has(state.neuron) else None
        for side in state.sides
    )
    return left, right


def side_lines(state: Lockstep, number: int) -> list[list[Part]]:
    """Return a side's padding and output in two lines, for its title."""
    side = state.sides[number]
    added = sides(side.padding, state.along_length) or "no padding"
    first: list[Part] = [(f"{side.name}  ", "window"), (added, "plain")]
    if side.output is None:
        return [first, [("no window fits", "error")]]
    shape = times(side.values.network.shape_of(state.layer))
    if not side.has(state.neuron):
        return [first, [(f"output {shape}: no neuron ({_place(state)})", "error")]]
    frame = frame_at(side.values, state.layer, state.neuron)
    assert frame.step is not None
    outside, places = _outside(frame), len(frame.step.rows) * len(frame.step.cols)
    padded = f", {outside:,} of {places:,} in padding" if outside else ", all inside"
    return [first, [(f"output {shape}", "output"), (padded, "dim")]]


def shift_text(state: Lockstep) -> str:
    """Return how far apart the windows of one neuron lie with the two paddings."""
    left, right = state.sides
    down, across = left.padding.top - right.padding.top, left.padding.left - right.padding.left
    axes = [(down, "row", "up", "down"), (across, "column", "left", "right")]
    if state.along_length:
        axes = [(down, "place", "left", "right")]
    parts = [f"{count(abs(by), unit)} further {low if by > 0 else high}" for by, unit, low, high in axes if by]
    shift = ", ".join(parts) or f"the window lies where it lies with {right.name}"
    return f"neuron ({_place(state)}): with {left.name} {shift}"


def _place(state: Lockstep) -> str:
    place = place_in(state.arriving, state.neuron[1:])
    return ", ".join(map(str, place))


def _outside(frame: Frame) -> int:
    assert frame.step is not None
    rows, cols = frame.step.rows, frame.step.cols
    geometry = frame.step.operation.geometry
    return len(rows) * len(cols) - len(geometry.rows.inside(rows)) * len(geometry.cols.inside(cols))


class PaddingsScreen(ModalScreen[str | None], DismissedOnce):
    """Two paddings of one layer at the same neuron, in lockstep.

    Args:
        session: The session, at the neuron.
        options: How the maps are displayed.

    Raises:
        ConvstepError: The layer has no window that slides, or is too large.
    """

    BINDINGS: ClassVar[list[Any]] = [
        ("escape,v,q", "dismiss(None)", "Close"),
        *((key, f"move('{key}')", "Move") for key in MOVES),
        ("space,full_stop", "next(1)", "Next"),
        ("backspace,comma", "next(-1)", "Before"),
        ("right_square_bracket", "filter(1)", "Filter"),
        ("left_square_bracket", "filter(-1)", "Filter"),
        ("s", "other(True)", "Padding"),
        ("S", "other(False)", "Padding"),
        ("enter", "jump", "Go there"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-tight"), (ROOMY, "-roomy")]  # noqa: RUF012  # as Textual declares it

    def __init__(self, session: Session, options: ViewOptions) -> None:
        super().__init__()
        self.state = lockstep_of(session)
        self._decimals = session.decimals
        self._options = options

    def compose(self) -> ComposeResult:
        """Compose both sides: a title, input and output side by side, and the window below."""
        with Horizontal(id="sides"):
            for number in (0, 1):
                with Vertical(classes="side"):
                    yield Lines(self._options, id=f"title{number}")
                    with Horizontal(classes="maps"):
                        yield from (InputMap(id=f"input{number}"), OutputMap(id=f"output{number}"))
                    yield WindowPanel(id=f"window{number}")
        yield Lines(self._options, id="shift")

    def on_mount(self) -> None:
        """Show the neuron."""
        for canvas in self.query(Canvas):
            canvas.options = self._options
        self._show(self.state)

    def _show(self, state: Lockstep) -> None:
        self.state = state
        if not self.is_current:  # closed before it was shown: its widgets are gone
            return
        frames = frames_of(state, self._decimals)
        options = options_of(frames, self._options)
        for number, frame in enumerate(frames):
            self.query_one(f"#title{number}", Lines).show(side_lines(state, number))
            for kind, shown in zip(("input", "output", "window"), options, strict=True):
                panel: Any = self.query_one(f"#{kind}{number}")
                panel.display = frame is not None
                panel.options = shown
                panel.frame = frame
        self._match_forms()
        keys = "↑↓←→ move · space next · [ ] filter · s S padding · ⏎ go there · esc"
        self.query_one("#shift", Lines).show([[(shift_text(state), "accent")], [(keys, "dim")]])

    def on_resize(self) -> None:
        """Compare the sizes of the maps once they are known."""
        self.call_after_refresh(self._match_forms)

    def _match_forms(self) -> None:
        match_forms([list(self.query(kind)) for kind in (InputMap, OutputMap)])

    def action_move(self, direction: str) -> None:
        """Move both to another neuron."""
        self._show(self.state.move(*MOVES[direction]))

    def action_next(self, by: int) -> None:
        """Move both to the next position."""
        self._show(self.state.next(by))

    def action_filter(self, by: int) -> None:
        """Move both to another filter."""
        self._show(self.state.filter(by))

    def action_other(self, right: bool) -> None:
        """Take another padding on one side."""
        self._show(self.state.other(right=right))

    def action_jump(self) -> None:
        """Close, and go to the neuron, if the net as it is has it."""
        i, h, w, c = self.state.neuron
        self.dismiss(
            f"jump {self.state.layer} {i} {h} {w} {c}" if self.state.choices[0].has(self.state.neuron) else None
        )

    @on(VerbRequested)
    def _clicked(self, message: VerbRequested) -> None:
        """Move both to a neuron that was clicked."""
        message.stop()
        verb, *numbers = message.line.split()
        if verb == "jump":
            i, h, w, c = map(int, numbers)
            self._show(self.state._replace(neuron=(i, h, w, c)).move(0, 0))
