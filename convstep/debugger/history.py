"""What undo takes back, and redo does again: the states before changes of net and place."""

from __future__ import annotations

from typing import NamedTuple

from convstep.engine.geometry import Index
from convstep.network import Network

MOST = 1000
"""How many changes are kept."""


class State(NamedTuple):
    """All that undo brings back.

    Attributes:
        network: The net.
        layer: Which layer, from 0.
        wanted: The neuron last gone to in every layer, by name; the first of all is left out.
        tap: The tap; None where the step is seen as a whole.
    """

    network: Network
    layer: int
    wanted: frozenset[tuple[str, Index]]
    tap: int | None

    def same(self, other: State) -> bool:
        """Return whether nothing differs."""
        return self[1:] == other[1:] and (self.network is other.network or self.network == other.network)


class Change(NamedTuple):
    """One change.

    Attributes:
        state: The state on its other side.
        line: What was asked for.
        gesture: What it was part of, such as one run of play; None if it stands for itself.
    """

    state: State
    line: str
    gesture: object


class History:
    """Changes that can be taken back, and those taken back that can be done again.

    Attributes:
        turned: Whether the line that is being carried out takes one back, or does one again.
    """

    def __init__(self) -> None:
        self.turned = False
        self._past: list[Change] = []
        self._future: list[Change] = []

    def note(self, before: State, line: str, gesture: object = None) -> None:
        """Keep what was before a change; changes of one gesture are taken back together."""
        self._future.clear()
        if gesture is not None and self._past and self._past[-1].gesture is gesture:
            return
        self._past.append(Change(before, line, gesture))
        del self._past[:-MOST]

    def undo(self, now: State) -> Change | None:
        """Return the last change that leads elsewhere, with the state before it; None if there is none."""
        return self._turn(self._past, self._future, now)

    def redo(self, now: State) -> Change | None:
        """Return the last change that was taken back, with the state after it; None if there is none."""
        return self._turn(self._future, self._past, now)

    def _turn(self, taken: list[Change], given: list[Change], now: State) -> Change | None:
        self.turned = True
        while taken:
            change = taken.pop()
            if not change.state.same(now):
                given.append(change._replace(state=now, gesture=None))
                return change
        return None
