"""Verbs: the commands of a session, each declared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from convstep.debugger.run import Run
from convstep.errors import VerbError

Effect = Callable[[Run, list[str]], str]

Group = Literal["move", "look", "change", "find", "net", "lesson"]
"""The groups of verbs in the help."""


class Key(NamedTuple):
    """A key of the screen, and the line that it stands for.

    Attributes:
        key: The character that it types, or its name: space, pageup, shift+tab.
        line: A verb with its arguments.
        label: The footer's text; empty for a key that only the help shows.
        opened: The footer's text while the window is opened into taps; empty if it is not shown then.
    """

    key: str
    line: str
    label: str = ""
    opened: str = ""


class Verb(NamedTuple):
    """A command of a session.

    Attributes:
        name: The verb.
        words: The usage of its arguments.
        summary: What it does, in a sentence.
        effect: Does it, and returns a message, often "".
        keys: The keys for it.
        choices: Returns words that complete it.
        available: Returns whether it can be done now.
        verbatim: Whether its arguments are one text, which is not split.
        while_busy: Whether it can be done while a layer is computed in the background, as it needs no values.
        on_window: Whether it can be done while only the window is known, and the rest of its layer is being computed;
            moves and changes of the net can in any case.
        aliases: Other debuggers' words for it.
        group: Its group in the help.
    """

    name: str
    words: str
    summary: str
    effect: Effect
    keys: tuple[Key, ...] = ()
    choices: Callable[[Run], tuple[str, ...]] = lambda run: ()
    available: Callable[[Run], bool] = lambda run: True
    verbatim: bool = False
    while_busy: bool = False
    on_window: bool = False
    aliases: tuple[str, ...] = ()
    group: Group = "look"

    @property
    def usage(self) -> str:
        """The verb with its arguments."""
        return f"{self.name} {self.words}".strip()

    def usage_error(self) -> VerbError:
        """Return the error that says that the arguments can't be read, with the usage as a hint."""
        return VerbError(f"can't read the words after '{self.name}'", hint=f"Usage: {self.usage}")


def works(run: Run) -> bool:
    """Return whether the current layer can work."""
    return run.network.stage(run.layer).fault is None
