"""Sessions: runs that carry out lines. All keys, clicks, play, searches and scripts go through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from convstep.debugger.history import State
from convstep.debugger.run import Opener, Run
from convstep.debugger.verbs import VERBS, Verb, perform
from convstep.network import Network


class Recording(Protocol):
    """Writes a session to a script.

    Attributes:
        path: The script's file.
    """

    path: str

    def stop(self) -> str:
        """End the recording; return a message."""


class Session(Run):
    """A debugging run that carries out lines such as "step 3 row".

    Args:
        network: The net.
        x: Its input, `(m, *network.input_shape)`, or its values.
        opener: Reads a spec for the verb `open`; None if specs can't be opened.

    Attributes:
        observers: Called with every line, after it was carried out.
        before: The state before that line.
        recording: What writes the session to a script; None for nothing.
        depth: How many lines are being carried out, each by the one before: a lesson's by the one that leads on.

    Raises:
        ShapeError: `x` does not fit the net.
    """

    def __init__(self, network: Network, x: Any, *, opener: Opener | None = None) -> None:
        super().__init__(network, x, opener=opener)
        self.observers: list[Callable[[str], None]] = []
        self.before: State = self.state
        self.recording: Recording | None = None
        self.depth = 0

    def do(self, line: str, verbs: Mapping[str, Verb] = VERBS, *, gesture: object = None) -> str:
        """Carry out a line, such as "step 3 row"; return its message, often "".

        Args:
            line: A verb with its arguments.
            verbs: The verbs; a screen adds its own.
            gesture: Identifies lines that undo takes back together, if they follow each other.

        Raises:
            VerbError: There is no such verb, its arguments can't be read, or it can't be done now.
            ExpectationError: An `expect` failed.
        """
        return self.carry_out(line, lambda: perform(self, line, verbs), gesture=gesture)

    def carry_out(self, line: str, effect: Callable[[], str], *, gesture: object = None) -> str:
        """Carry out a line whose effect is given, such as going to the result of a search; return its message.

        Args:
            line: The line.
            effect: Does it, and returns the message.
            gesture: Identifies lines that undo takes back together, if they follow each other.
        """
        before, history = self.state, self.history
        self.depth += 1
        try:
            message = effect()
            if self.history is history and not self.history.is_undoing and not self.state.equals(before):
                history.note(before, line, gesture)
            history.is_undoing = False
            self.before = before
            for observer in self.observers:
                observer(line)
        finally:
            self.depth -= 1
        return message
