"""A verb: one thing that a run can be told to do, declared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from convstep.debugger.run import Run
from convstep.errors import VerbError

Effect = Callable[[Run, list[str]], str]

Group = Literal["move", "look", "change", "find", "net"]
"""What verbs are about, as the help lists them."""


class Key(NamedTuple):
    """A key of the screen, and the line that it stands for.

    Attributes:
        key: The character that it types, or its name where it types none: space, pageup, shift+tab.
        line: What it does: a verb with its words.
        label: What the footer says; empty for a key that only the help names.
        opened: What the footer says instead where the window is opened into its taps.
    """

    key: str
    line: str
    label: str = ""
    opened: str = ""


class Verb(NamedTuple):
    """One thing that can be done.

    Attributes:
        name: The word that it starts with.
        words: The words that follow, as usage.
        summary: What it does, in a sentence.
        effect: Does it, and returns what there is to say.
        keys: The keys for it.
        choices: Words that complete it.
        available: Whether it can be done now.
        aliases: Other words for it, or for a line that starts with it: those of other debuggers.
        verbatim: Whether its words are one text, as it was written.
        while_busy: Whether it can be done while a layer is computed in the background: it looks at no values.
        group: What it is about.
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
    aliases: tuple[str, ...] = ()
    group: Group = "look"

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"{self.name} {self.words}".strip()

    def misread(self) -> VerbError:
        """Return that the words after it can't be read, and how it is written."""
        return VerbError(f"can't read the words after '{self.name}'", hint=f"Usage: {self.usage}")


def works(run: Run) -> bool:
    """Return whether the layer at hand can work."""
    return run.network.stage(run.layer).fault is None
