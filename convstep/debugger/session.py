"""A run that obeys lines: all that keys, mouse, play, search and scripts tell it goes through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convstep.debugger.run import Opener, Run
from convstep.debugger.verbs import VERBS, Verb, perform
from convstep.network import Network


class Session(Run):
    """A debugging run that is told what to do.

    Args:
        network: The net.
        x: Its input, `(m, *network.input_shape)`.
        opener: What reads a spec for the verb `open`; None where there is none to read.

    Attributes:
        observers: Called with every line that was carried out.

    Raises:
        ShapeError: `x` does not fit the net.
    """

    def __init__(self, network: Network, x: Any, *, opener: Opener | None = None) -> None:
        super().__init__(network, x, opener=opener)
        self.observers: list[Callable[[str], None]] = []

    def do(self, line: str, verbs: Mapping[str, Verb] = VERBS, *, gesture: object = None) -> str:
        """Carry out one verb, such as "step 3 row"; return what there is to say about it.

        Args:
            line: A verb with its words.
            verbs: The verbs that there are: a screen adds its own.
            gesture: What the line is part of: undo takes back all lines in a row of one gesture together.

        Raises:
            VerbError: There is no such verb, its words can't be read, or it can't be done now.
            ExpectationError: It was an `expect`, and did not hold.
        """
        return self.carry_out(line, lambda: perform(self, line, verbs), gesture=gesture)

    def carry_out(self, line: str, effect: Callable[[], str], *, gesture: object = None) -> str:
        """Carry out what a line stands for, where that is known already: what a search has found, for example.

        Args:
            line: The line.
            effect: Does it, and returns what there is to say.
            gesture: What the line is part of.
        """
        before, history = self.state, self.history
        said = effect()
        if self.history is history and not self.history.turned and not self.state.same(before):
            history.note(before, line, gesture)
        history.turned = False
        for observer in self.observers:
            observer(line)
        return said
