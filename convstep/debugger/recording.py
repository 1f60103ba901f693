"""Records a session as a script that replays to an equal frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations, product
from shlex import quote
from typing import Any

from convstep.debugger.changes import CHANGEABLE, change_windows
from convstep.debugger.history import State
from convstep.debugger.run import Run
from convstep.debugger.session import Session
from convstep.debugger.stops.search import Breakpoint
from convstep.debugger.verbs import VERBS, find
from convstep.engine.geometry import Index
from convstep.errors import ConvstepError, VerbError
from convstep.layers import Windowed, grid
from convstep.network import Network

Write = Callable[[list[str], bool], None]
"""Takes lines, and whether they stand in the place of those before them."""

NEVER = ("play", "prompt", "help", "gallery", "quit", "copy", "record", "shot")
"""Verbs that are no part of a recording; what they lead to is."""
LED = ("lesson", "answer")
"""Verbs that lead through a lesson, of which what they lead to is recorded; a prediction is not asked any more."""
OPENERS = ("open", *LED)
"""Verbs after which another net may be open."""
MOVES = ("next", "prev", "step", "back", "move", "filter", "jump", "example")
"""Verbs whose repetition within a layer is recorded as one jump."""
DECIMALS = 2
"""The decimals of a session that was told nothing."""
FIRST: Index = (0, 0, 0, 0)


class Recorder:
    """Follows a session, and gives the lines of its script.

    Args:
        session: The session.
        write: Takes the lines.
        opening: Returns the lines that open a spec.
    """

    def __init__(
        self, session: Session, write: Write, opening: Callable[[str], list[str]] = lambda spec: [f"open {quote(spec)}"]
    ) -> None:
        self._session = session
        self._write = write
        self._opening = opening
        self._reached = session.state  # where the lines written so far lead to
        self._start: State | None = None  # where the moves began that the last lines stand for
        self._verb = ""
        self._net = session.original  # the net as it was opened
        self._decimals = DECIMALS
        self._breakpoints: tuple[Breakpoint, ...] = ()

    def begin(self) -> None:
        """Write how to get to where the session is: what differs from the net as it was opened."""
        now = self._session.state
        self._open()
        self._set()
        self._go(now)

    def observe(self, line: str) -> None:
        """Record a line that was carried out; of a lesson's lines, what they lead to."""
        session, now = self._session, self._session.state
        if session.depth > 1:
            return
        name = find(line.strip().partition(" ")[0], VERBS).name
        if session.original is not self._net:
            self._open()
            if name in OPENERS:
                self._set()
                self._go(now)
                return
        elif not session.before.equals(self._reached):
            self._go(session.before)
        self._record(name, line, session.before, now)
        self._verb, self._reached = name, now
        self._decimals, self._breakpoints = session.decimals, session.breakpoints

    def _set(self) -> None:
        """Write the decimals and the breakpoints, where they are others than those written so far."""
        session = self._session
        if session.decimals != self._decimals:
            self._write([f"decimals {session.decimals}"], False)
        if session.breakpoints != self._breakpoints:
            self._write(["clear all"] if self._breakpoints else [], False)
            self._write([f"break {each.text}" for each in session.breakpoints], False)
        self._decimals, self._breakpoints = session.decimals, session.breakpoints

    def _open(self) -> None:
        """Write the line that opens the session's net, and leads to where a net begins."""
        session = self._session
        opened = Run(session.original, session.values.x)
        opened.begin()
        self._net, self._reached, self._start = session.original, opened.state, None
        self._write(self._opening(session.spec), False)

    def _record(self, name: str, line: str, before: State, now: State) -> None:
        if name in NEVER or (name in ("open", "continue", "reverse") and now.equals(before)):
            return
        if name in LED:
            self._start = None
            self._set()
            self._write(["predict skip"] if name == "answer" else [], False)
            self._go(now)
        elif name in ("undo", "redo") or (name == "back" and line.split()[1:2] == ["to"]):
            self._go(now)
        elif name in MOVES and now.layer == before.layer and now.network is before.network:
            self._move(name, line, before, now)
        else:
            self._start = None
            self._write([" ".join(line.split("\n"))], False)

    def finish(self) -> None:
        """Write the last lines, if the session was moved by something else than a line."""
        self._go(self._session.state)

    def _move(self, name: str, line: str, before: State, now: State) -> None:
        """Record a move within a layer; the same again is one jump with it."""
        if self._start is not None and name == self._verb:
            self._write(list(self._lines(self._start, now)) or ["wait"], True)
        else:
            self._start = before
            self._write([line.strip()], False)

    def _go(self, state: State) -> None:
        if not state.equals(self._reached):
            self._start = None
            self._write(list(self._lines(self._reached, state)), False)
            self._reached = state

    def _lines(self, before: State, after: State) -> Iterator[str]:
        session = self._session
        return lines_between(before, after, session.values.m, lambda: [self._net, *session.history.networks])


def lines_between(before: State, after: State, m: int, others: Callable[[], list[Network]]) -> Iterator[str]:
    """Yield the lines that lead from one state to another of the same net, with windows changed or not.

    Args:
        before: The state to begin with.
        after: The state to reach.
        m: The number of examples.
        others: Returns nets with changed windows, in which places were visited that are too far out for both.
    """
    here, there = dict(before.visited), dict(after.visited)
    names = after.network.names
    current, tap = names[before.layer], before.tap
    apart = [name for name in names if here.get(name, FIRST) != there.get(name, FIRST)]
    # a place that is too far out for the changed net is visited before, or in another net
    far = {name: place for name in apart if not _fits(after.network, name, place := there.get(name, FIRST), m)}
    network = before.network
    for via in (before.network, *(others() if far else ())):
        near = [name for name, place in far.items() if _fits(via, name, place, m)]
        if near:
            yield from _changes(network, via)
            network = via
        for name in near:
            here[name] = far.pop(name)
            yield _jump(name, here[name])
            current, tap = name, None if tap is None else 0
    yield from _changes(network, after.network)
    own = names[after.layer]
    for name in sorted(apart, key=lambda each: each == own):
        place = there.get(name, FIRST)
        if here.get(name, FIRST) != place and _fits(after.network, name, place, m):
            yield _jump(name, place)
            current, tap = name, None if tap is None else 0
    if current != own:
        yield f"layer {quote(own)}"
        tap = None if tap is None else 0
    if after.tap is None and tap is not None:
        yield "taps close"
    elif after.tap is not None and tap != after.tap:
        if tap:
            yield "taps close"
        if tap != 0:
            yield "taps open"
        stage = after.network.stage(own)
        last = 0 if stage.fault else stage.layer.taps_at(stage.input or (), there.get(own, FIRST)) - 1
        if count := min(after.tap, last):
            yield f"step {count} mac"


def _fits(network: Network, layer: str, place: Index, m: int) -> bool:
    output = network.stage(layer).output
    return output is not None and all(at < size for at, size in zip(place, (m, *grid(output)), strict=True))


def _jump(layer: str, place: Index) -> str:
    return f"jump {quote(layer)} {' '.join(map(str, place))}"


def _changes(before: Network, after: Network) -> Iterator[str]:
    """Yield the lines that change the windows of one net to those of another."""
    network = before
    for layer in after.layers:
        own = next(each for each in network.layers if each.name == layer.name)
        if own == layer or not isinstance(own, Windowed) or not isinstance(layer, Windowed):
            continue
        fields = [name for name in CHANGEABLE if getattr(own.sliding, name) != getattr(layer.sliding, name)]
        values = {name: getattr(layer.sliding, name) for name in fields}
        once, twice = (layer.name,), (layer.name, layer.name)  # alone, a layer can't be made one that can't work
        for layers, order in product((once, twice), permutations(fields)):
            found = _in_order(network, layers, order, values)
            if found is not None:
                network = found
                yield from (f"{name} {_words(values[name])} {' '.join(map(quote, layers))}" for name in order)
                break


def _in_order(
    network: Network, layers: tuple[str, ...], order: tuple[str, ...], values: dict[str, Any]
) -> Network | None:
    """Return a net with some fields changed one by one; None if one of them can't be changed then."""
    try:
        for name in order:
            network = change_windows(network, layers, **{name: values[name]})
    except ConvstepError:
        return None
    return network


def _words(value: Any) -> str:
    return value if isinstance(value, str) else " ".join(map(str, value))


def reopened(session: Session) -> str:
    """Return the spec of a session's net.

    Raises:
        VerbError: It can't be opened again.
    """
    if session.spec in ("", "-", "/dev/stdin"):
        raise VerbError(
            "this net can't be opened again by its name",
            where="record",
            hint="Open it without --set, from a file",
        )
    return session.spec
