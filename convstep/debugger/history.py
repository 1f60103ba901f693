"""Undo and redo: the states of net and place before and after changes."""

from __future__ import annotations

from typing import NamedTuple

from convstep.engine.geometry import Index
from convstep.network import Network

MOST = 1000
"""The most changes that are kept."""


class State(NamedTuple):
    """Everything that undo restores.

    Attributes:
        network: The net.
        layer: The layer's position, from 0.
        visited: The neuron last visited in each layer, as (layer, neuron); first neurons are left out.
        tap: The open tap; None if the step is not opened into taps.
    """

    network: Network
    layer: int
    visited: frozenset[tuple[str, Index]]
    tap: int | None

    def equals(self, other: State) -> bool:
        """Return whether both states are the same."""
        return self[1:] == other[1:] and (self.network is other.network or self.network == other.network)


class Change(NamedTuple):
    """A change that can be undone or redone.

    Attributes:
        state: The state to restore: before the change for undo, after it for redo.
        line: The line that made the change.
        gesture: Identifies changes that are undone together, such as those of one run of play; None for none.
    """

    state: State
    line: str
    gesture: object


class History:
    """The changes that can be undone, and those that can be redone.

    Attributes:
        is_undoing: Whether the current line is an undo or redo, which is no change of its own.
    """

    def __init__(self) -> None:
        self.is_undoing = False
        self._past: list[Change] = []
        self._future: list[Change] = []

    @property
    def networks(self) -> list[Network]:
        """The nets before and after the changes, each once."""
        return list({id(each.state.network): each.state.network for each in (*self._past, *self._future)}.values())

    def note(self, before: State, line: str, gesture: object = None) -> None:
        """Keep the state before a change; changes of one gesture are undone together."""
        self._future.clear()
        if gesture is not None and self._past and self._past[-1].gesture is gesture:
            return
        self._past.append(Change(before, line, gesture))
        del self._past[:-MOST]

    def undo(self, now: State) -> Change | None:
        """Return the last change that differs from now, with the state before it; None if there is none."""
        return self._exchange(self._past, self._future, now)

    def redo(self, now: State) -> Change | None:
        """Return the change that was undone last, with the state after it; None if there is none."""
        return self._exchange(self._future, self._past, now)

    def _exchange(self, taken: list[Change], given: list[Change], now: State) -> Change | None:
        self.is_undoing = True
        while taken:
            change = taken.pop()
            if not change.state.equals(now):
                given.append(change._replace(state=now, gesture=None))
                return change
        return None
