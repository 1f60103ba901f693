"""A debugging run: net, input, cursor, breakpoints and history. The only mutable object."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convstep.debugger import changes as changing
from convstep.debugger.follow import Link
from convstep.debugger.frame import Cursor, Frame, Question
from convstep.debugger.history import Change, History, State
from convstep.debugger.strides import stride, stride_by_taps, stride_by_uneven_taps
from convstep.engine.geometry import Index, index_of, number_of
from convstep.engine.steps import Array, Step, walk
from convstep.errors import ConvstepError, VerbError
from convstep.layers import grid
from convstep.network import INPUT, Network, Values
from convstep.network.memory import shortage

if TYPE_CHECKING:
    from convstep.debugger.predict import Score
    from convstep.debugger.stops.search import Breakpoint, Masks

Opener = Callable[[str], tuple[Network, Array]]

DIRECTIONS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


class Snapshot(NamedTuple):
    """Where a run was, to recover it.

    Attributes:
        original: The net as it was opened.
        values: The values of the net.
        state: The net and the place.
        breakpoints: The breakpoints.
        bookmarks: The bookmarks.
        question: What was asked; None for nothing.
        spec: The spec that the net was read from.
    """

    original: Network
    values: Values
    state: State
    breakpoints: tuple[Breakpoint, ...]
    bookmarks: dict[str, State]
    question: Question | None
    spec: str


class Run:
    """A debugging run.

    A frame depends on net, input and cursor alone: stepping back is subtraction, seeking is arithmetic.
    Every method that moves or changes something returns a message for the user, often "".

    Args:
        network: The net.
        x: Its input, `(m, *network.input_shape)`, or its values.
        opener: Reads a spec for the verb `open`; None if specs can't be opened.

    Attributes:
        values: The net's values.
        original: The net as it was opened.
        history: The changes for undo and redo.
        breakpoints: The breakpoints.
        masks: Evaluates conditions, with a cache; None before the first search.
        decimals: The most decimals that numbers are shown with.
        question: What the learner is asked to predict; None for nothing.
        score: How many predictions were right; None before the first.
        notes: Messages that come late, such as those from reading the net and its input, not yet shown.
        spec: The spec that the net was read from, to open it again; "" if that can't be done.
        bookmarks: The net and the place of each bookmark, the latest last.
        said: The last message, for `expect message`.
        refused: Why the last line could not be carried out, for `expect error`; "" if it could.
        shoot: Writes the frame to a file, and returns a message; None if files can't be written.

    Raises:
        ShapeError: `x` does not fit the net.
    """

    def __init__(self, network: Network, x: Any, *, opener: Opener | None = None) -> None:
        self._opener = opener
        self.decimals = 2
        self.notes: list[str] = []
        self.breakpoints: tuple[Breakpoint, ...] = ()
        self.score: Score | None = None
        self.spec = ""
        self.said = ""
        self.refused = ""
        self.shoot: Callable[[Frame, str], str] | None = None
        self._start(network, x)

    def _start(self, network: Network, x: Any) -> None:
        self.values: Values = x if isinstance(x, Values) else Values(network, x)
        self.original = network
        self.history = History()
        self.masks: Masks | None = None
        self.question: Question | None = None
        self.bookmarks: dict[str, State] = {}
        self._recent = [self.values]
        self._layer = 0
        self._visited: dict[str, Index] = {}
        self._tap: int | None = None
        self._walk: Generator[Step, None, Array] | None = None
        self._walked: Step | None = None  # the generator's last step
        self._shown: Frame | None = None
        self._ahead: Frame | None = None

    # The place

    @property
    def network(self) -> Network:
        """The current net."""
        return self.values.network

    @property
    def layer(self) -> str:
        """Name of the current layer."""
        return self.network.names[self._layer]

    @property
    def shape(self) -> Index:
        """Shape of the layer's output, `(m, n_H, n_W, n_C)`.

        Raises:
            VerbError: The layer can't work.
        """
        return self._shape(self._layer)

    @property
    def index(self) -> Index:
        """The neuron, `(i, h, w, c)`: the one last visited, clamped to the output, which may have become smaller."""
        i, h, w, c = (min(place, size - 1) for place, size in zip(self.visited(self.layer), self.shape, strict=True))
        return (i, h, w, c)

    def visited(self, layer: str) -> Index:
        """Return the neuron last visited in a layer, `(i, h, w, c)`; the first, if none was."""
        return self._visited.get(layer, (0, 0, 0, 0))

    @property
    def number(self) -> int:
        """The step's number, from 0."""
        return number_of(self.index, self.shape)

    @property
    def cursor(self) -> Cursor:
        """The layer, step and tap."""
        if self.network.stages[self._layer].fault:
            return Cursor(self.layer, 0)
        return Cursor(self.layer, self.number, self.tap)

    @property
    def tap(self) -> int | None:
        """The open tap, clamped to the window's taps; None if the step is not opened into taps."""
        return None if self._tap is None or not self._taps() else min(self._tap, self._taps() - 1)

    @property
    def is_open(self) -> bool:
        """Whether the step is opened into taps, of which it has more than one."""
        return self.tap is not None and self._taps() > 1

    @property
    def frame(self) -> Frame:
        """The frame at the cursor; computes the layer if necessary."""
        cursor, question = self.cursor, self._question_at(self.cursor)
        for known in (self._shown, self._ahead):
            if (
                known is not None
                and (known.cursor, known.decimals, known.question) == (cursor, self.decimals, question)
                and known.network is self.network
            ):
                self._shown = known
                return known
        step = None if self.network.stages[self._layer].fault else self._step_at(cursor)
        values = self.values if step is None else None
        self._shown = Frame(self.network, cursor, step, self.decimals, self.original, question, values)
        return self._shown

    @property
    def window_frame(self) -> Frame:
        """The frame at the cursor, for which no more than its window is computed; its step says what else is known.

        Window, products, sum and value are those of `frame`. The layer must be one that can work.
        """
        cursor, index = self.cursor, self.index
        for _ in self.values.compute_cone(cursor.layer, index):
            pass
        step = self.values.step(cursor.layer, index)
        if step.known is None:
            return self.frame
        return Frame(self.network, cursor, step, self.decimals, self.original, self._question_at(cursor))

    @property
    def layers_shown(self) -> tuple[str, ...]:
        """The layers whose values the frame shows: the current one; if it can't work, those whose maps arrive."""
        culprit = self.network.culprit(self.layer)
        if culprit.fault is None:
            return (self.layer,)
        origins = (self.network.origin(source)[0] for source in culprit.sources)
        return tuple(name for name in origins if name != INPUT and not self.network.stage(name).fault)

    def _question_at(self, cursor: Cursor) -> Question | None:
        """Return what is asked at a cursor: a shape everywhere, a value or a window at its own place."""
        question = self.question
        if question is None:
            return None
        return question if question.subject == "shape" or question.cursor == cursor else None

    def _step_at(self, cursor: Cursor) -> Step:
        """Return the step at a cursor; restarts the layer's generator unless it is its last or next step."""
        operation, last = self.values.operation(cursor.layer), self._walked
        if last is not None and last.operation is operation and last.number == cursor.number:
            return last
        if self._walk is None or last is None or last.operation is not operation or last.number + 1 != cursor.number:
            self._walk = walk(operation, cursor.number, self.values.output(cursor.layer))
        self._walked = next(self._walk)
        return self._walked

    def peek(self, effect: Callable[[], object]) -> Frame | None:
        """Return the frame that a move leads to, and stay here; None if it leads to another layer, or can't be done.

        Args:
            effect: Moves the run.
        """
        frame = self.frame
        values, layer, visited, tap = self.values, self._layer, dict(self._visited), self._tap
        self._ahead = None
        try:
            effect()
            if self.values is values and self._layer == layer:
                self._ahead = self.frame
        except ConvstepError:
            pass
        finally:
            self.values, self._layer, self._visited, self._tap, self._shown = values, layer, visited, tap, frame
        return self._ahead

    @property
    def state(self) -> State:
        """Everything that undo restores."""
        visited = frozenset((layer, index) for layer, index in self._visited.items() if any(index))
        return State(self.network, self._layer, visited, self._tap)

    # Moving

    def begin(self) -> None:
        """Go to where the spec says that a session begins; by default to the first window of the first layer."""
        network = self.network
        layer, place = network.start or (network.names[0], (0, 0, 0))
        self._layer = network.position(layer)
        self._visited = {layer: (0, *place)}

    def next(self, *, far: bool = False) -> str:
        """Go to the next tap if the window is opened into taps, else to the next window.

        Args:
            far: Go to the last tap instead, or to the window's next position.
        """
        return self._by_one(1, far=far)

    def previous(self, *, far: bool = False) -> str:
        """Go back to the previous tap or window.

        Args:
            far: Go to the first tap instead, or to the window's previous position.
        """
        return self._by_one(-1, far=far)

    def _by_one(self, sign: int, *, far: bool) -> str:
        tap = self.tap
        if not self.is_open:
            return self._advance(1, "position" if far else "window", sign)
        edge = self._taps() - 1 if sign > 0 else 0
        if far and tap != edge:
            self._tap = edge
            return ""
        return self._advance(1, "mac", sign)

    def step(self, count: int = 1, unit: str = "window") -> str:
        """Go on by `count` units: mac, window, position, row or layer.

        The step after a layer's last window is the next layer's first window.
        """
        return self._advance(count, unit, 1)

    def back(self, count: int = 1, unit: str = "window") -> str:
        """Go back by `count` units; before a layer's first window comes the previous layer's last window."""
        return self._advance(count, unit, -1)

    def _advance(self, count: int, unit: str, sign: int) -> str:
        if unit == "layer":
            return self._change_layer(self._layer + sign * count, start=True)
        while count > 0:
            if unit == "mac" and self._tap is None:
                self._tap = 0 if sign > 0 else max(0, self._taps() - 1)
                count -= 1
                continue
            count -= self._within_layer(count, unit, sign)
            if count:
                if message := self._change_layer(self._layer + sign, start=True):
                    return message
                if sign < 0:
                    self._go_to(index_of(prod(self.shape) - 1, self.shape))
                    self._go_to(self.index, max(0, self._taps() - 1))
                count -= 1
        return ""

    def _within_layer(self, count: int, unit: str, sign: int) -> int:
        """Go on or back by up to `count` units within the layer; return how many it was."""
        shape, stage = self.shape, self.network.stages[self._layer]
        if unit != "mac":
            end = stride(shape, self.number, count, unit, sign)
        elif stage.layer.taps_vary:
            taps_at = cache(lambda h, w: stage.layer.taps_at(stage.input or (), (0, h, w, 0)))
            end = stride_by_uneven_taps(
                shape, self.number, self.tap or 0, count, lambda number: taps_at(*index_of(number, shape)[1:3]), sign
            )
        else:
            end = stride_by_taps(shape, self.number, self.tap or 0, count, self._taps(), sign)
        self._go_to(index_of(end.number, shape), end.tap)
        return end.taken

    def jump(self, place: int | Index, layer: str | None = None) -> str:
        """Go to a step by its number (from 0), or by its neuron, `(i, h, w, c)`.

        Raises:
            VerbError: There is no such step; the cursor stays.
        """
        at = self._layer if layer is None else self._position(layer)
        shape = self._shape(at)
        name = self.network.names[at]
        if isinstance(place, int):
            if not 0 <= place < prod(shape):
                raise VerbError(f"{name} has windows #1 to #{prod(shape):,}, there is no #{place + 1:,}")
            place = index_of(place, shape)
        for axis, value, size in zip("ihwc", place, shape, strict=True):
            if not 0 <= value < size:
                raise VerbError(f"{axis} goes from 0 to {size - 1} in {name}, there is no {axis} = {value}")
        self._layer = at
        self._go_to(place)
        return ""

    def move(self, direction: str, count: int = 1) -> str:
        """Go to a neighbouring neuron of the same feature map: up, down, left or right; stops at the border.

        A length or a vector has one axis: left and up go back along it, right and down go on.
        """
        down, right = DIRECTIONS[direction]
        i, h, w, c = self.index
        _, n_H, n_W, n_C = self.shape
        match len(self.network.stages[self._layer].output or ()):
            case 1:
                along, border = (0, 0, down + right), f"value {c}: this is the end of {n_C:,} values"
            case 2:
                along, border = (down + right, 0, 0), f"place {h}: this is the end of {n_H:,} places"
            case _:
                along, border = (down, right, 0), f"h {h}, w {w}: this is the border of the {n_H}×{n_W} output"
        moved = (h + along[0] * count, w + along[1] * count, c + along[2] * count)
        h, w, c = (min(max(place, 0), size - 1) for place, size in zip(moved, (n_H, n_W, n_C), strict=True))
        if (i, h, w, c) == self.index:
            return border
        self._go_to((i, h, w, c))
        return ""

    def filter(self, c: int) -> str:
        """Go to the same place in feature map `c`.

        Raises:
            VerbError: There is no such map.
        """
        i, h, w, _ = self.index
        return self.jump((i, h, w, c))

    def example(self, i: int) -> str:
        """Go to the same neuron for example `i` of the batch.

        Raises:
            VerbError: There is no such example.
        """
        _, h, w, c = self.index
        return self.jump((i, h, w, c))

    def go(self, layer: int | str) -> str:
        """Go to a layer by position or name, at the neuron last visited there.

        Raises:
            VerbError: There is no such layer.
        """
        return self._change_layer(layer if isinstance(layer, int) else self._position(layer))

    def follow(self, *, forward: bool = True) -> str:
        """Follow the neuron: go to one in the next layer that sees it, or to one in the previous layer that it sees.

        If that layer is not connected to this one, go to the neuron last visited there.
        """
        at, layer = self._layer, self.layer
        target = at + (1 if forward else -1)
        if not 0 <= target < len(self.network.layers) or self._can_not_follow(at, target):
            return self._change_layer(target)
        index, name = self.index, self.network.names[target]
        link = Link(self.network, layer, name) if forward else Link(self.network, name, layer)
        found = (link.forward if forward else link.backward)(index, self.visited(name))
        self._change_layer(target)
        self._go_to(found)
        return ""

    def _can_not_follow(self, at: int, target: int) -> bool:
        stages = self.network.stages
        earlier, later = sorted((at, target))
        return bool(stages[at].fault or stages[target].fault or stages[earlier].name not in stages[later].sources)

    def source(self, chosen: int | str = 0) -> str:
        """Go to a layer that this one takes an input from, at the neuron last visited there.

        Args:
            chosen: The input's number, from 0, or its layer's name.

        Raises:
            VerbError: There is no such input, or it is the net's.
        """
        sources = self.network.stages[self._layer].sources
        named = " and ".join(sources)
        if isinstance(chosen, str):
            if chosen not in sources:
                raise VerbError(f"{self.layer} takes no input from '{chosen}'", hint=f"It takes that of {named}")
            chosen = sources.index(chosen)
        if not 0 <= chosen < len(sources):
            raise VerbError(f"{self.layer} has no input {chosen + 1}", hint=f"It takes that of {named}")
        if sources[chosen] == INPUT:
            raise VerbError(f"{self.layer} takes the net's own input: there is no layer before it")
        return self.go(sources[chosen])

    def taps(self, *, opened: bool) -> str:
        """Open the step into its taps, at the first one, or close it; return a message if it has one only."""
        self._tap = (self._tap or 0) if opened and not self.network.stages[self._layer].fault else None
        is_single = self._tap is not None and self._taps() == 1
        return f"nothing to open: a neuron of {self.layer} looks at one value" if is_single else ""

    # Changing

    def change_windows(self, layers: tuple[str, ...], **changes: Any) -> str:
        """Change the windows of some layers; the cursor keeps its layer and neuron.

        Args:
            layers: Which layers.
            **changes: `kernel`, `stride`, `dilation` or `padding`, as in `convstep.engine.geometry.Sliding`.

        Raises:
            VerbError: A layer has no window, or a single layer couldn't work; nothing is changed.
        """
        return self._change(changing.change_windows(self.network, layers, **changes), layers)

    def next_padding(self, layers: tuple[str, ...]) -> str:
        """Change some layers to the next padding: SAME, then VALID, then the spec's own, then SAME again.

        Raises:
            VerbError: A layer has no sliding window.
        """
        return self._change(changing.next_padding(self.network, self.original, layers), layers)

    def reset(self, layers: tuple[str, ...] = ()) -> str:
        """Restore some layers, by default all, as they were opened."""
        return self._change(changing.restored(self.network, self.original, layers), layers or self.windowed())

    def windowed(self) -> tuple[str, ...]:
        """Return the names of the layers with a sliding window."""
        return changing.windowed(self.network)

    def _change(self, network: Network, layers: tuple[str, ...]) -> str:
        before = self.network
        if network == before:
            return "nothing to change: it is like that already"
        if lacking := shortage(network.bytes_needed(self.values.m)):
            raise VerbError(f"that can't work: the net {lacking}")
        self._change_network(network)
        return changing.describe_changes(before, network, layers)

    def undo(self) -> str:
        """Undo the last change of net or place."""
        return self._restore("took back", self.history.undo(self.state), "there is nothing to take back")

    def redo(self) -> str:
        """Redo what was undone last."""
        return self._restore("did again", self.history.redo(self.state), "there is nothing to do again")

    def _restore(self, word: str, change: Change | None, nothing: str) -> str:
        if change is None:
            return nothing
        self.restore(change.state)
        return f"{word} '{change.line}'"

    def restore(self, state: State) -> None:
        """Return to the net and the place of an earlier state of this run."""
        self._change_network(state.network)
        self._layer, self._visited, self._tap = state.layer, dict(state.visited), state.tap

    def open(self, spec: str) -> str:
        """Open another net.

        Raises:
            VerbError: This session can't open specs.
            SpecError: The spec can't be read; this net stays.
        """
        return self.start(*self.read(spec), spec)

    def read(self, spec: str) -> tuple[Network, Array]:
        """Return the net and the input of a spec, without opening them.

        Raises:
            VerbError: This session can't open specs.
            SpecError: The spec can't be read.
        """
        if self._opener is None:
            raise VerbError("this session can't open specs", hint="Give it an opener: Session(network, x, opener=load)")
        return self._opener(spec)

    def start(self, network: Network, x: Any, spec: str = "") -> str:
        """Begin again with another net and its input.

        Args:
            network: The net.
            x: Its input.
            spec: The spec that it was read from; "" if it can't be read again.

        Raises:
            ShapeError: `x` does not fit the net.
        """
        self._start(network, x)
        self.spec = spec
        self.begin()
        message = "; ".join([self.network.title, *self.notes])
        self.notes.clear()
        return message

    def snapshot(self) -> Snapshot:
        """Return the net, its values and the place, to recover them later."""
        return Snapshot(
            self.original, self.values, self.state, self.breakpoints, dict(self.bookmarks), self.question, self.spec
        )

    def recover(self, taken: Snapshot) -> None:
        """Return to a snapshot of this run, whatever net is open now."""
        if taken.original is not self.original:
            self._start(taken.original, taken.values.x)
            self.spec = taken.spec
            self._recent = [taken.values]
        self.restore(taken.state)
        self.breakpoints, self.bookmarks, self.question = taken.breakpoints, dict(taken.bookmarks), taken.question

    def return_to(self, frame: Frame) -> None:
        """Restore the net and the cursor of an earlier frame of this run."""
        self._change_network(frame.network)
        self._layer = self.network.position(frame.layer)
        if frame.step is not None:
            self._visited[frame.layer] = frame.index
        self._tap = frame.cursor.tap

    # Helpers

    def _shape(self, at: int) -> Index:
        stage = self.network.stages[at]
        if stage.fault or stage.output is None:
            assert stage.fault is not None
            raise VerbError(f"{stage.name} can't run: {stage.fault.what}", hint=stage.fault.hint)
        return (self.values.m, *grid(stage.output))

    def _taps(self) -> int:
        """Return how many taps the step has; 0 if the layer can't work."""
        stage = self.network.stages[self._layer]
        return 0 if stage.fault else stage.layer.taps_at(stage.input or (), self.index)

    def _position(self, name: str) -> int:
        return self.network.position(name)

    def _go_to(self, index: Index, tap: int = 0) -> None:
        self._visited[self.layer] = index
        if self._tap is not None:
            self._tap = tap

    def _change_layer(self, at: int, *, start: bool = False) -> str:
        last = len(self.network.layers) - 1
        target = min(max(at, 0), last)
        fault = self.network.stages[target].fault
        if start and fault:
            return str(fault)
        message = "" if at == target else "this is the end of the net" if at > last else "this is the start of the net"
        if start and message:
            return message
        self._layer = target
        if start:
            self._visited.pop(self.layer, None)
        if self._tap is not None:
            self._tap = 0
        return message

    def _change_network(self, network: Network) -> None:
        same = next((values for values in self._recent if values.network == network), None)
        self.values = same or Values(network, self.values.x, known=self.values)
        self.masks = None
        self._recent = [self.values, *(values for values in self._recent if values is not self.values)][:3]
