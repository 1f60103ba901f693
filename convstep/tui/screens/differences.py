"""A debugger's screen with something beside the net: it goes from difference to difference, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from convstep.debugger import VERBS, Verb
from convstep.debugger.run import Run
from convstep.errors import VerbError
from convstep.tui.lines.canvas import Mask
from convstep.tui.screens.debug import DebugScreen

KEPT = ("undo", "redo")
"""Verbs that change, and are kept; no other can change the layer."""


class DifferencesScreen(DebugScreen):
    """A debugger's screen whose `continue` and `reverse` go to differences."""

    SUMMARIES: ClassVar[Mapping[str, str]] = {}
    """What some verbs do here."""
    LABELS: ClassVar[Mapping[str, str]] = {}
    """What the keys of some verbs do here."""
    LEADING: ClassVar[tuple[str, ...]] = ("next", "continue", "reverse")
    """Verbs whose keys come first in the footer, in this order."""
    ELSEWHERE: ClassVar[tuple[str, ...]] = ("open", "record", "lesson", "predict")
    """Verbs that belong to the debugger alone."""
    REASON = ""
    """Why the layer can't be changed here."""
    ABOUT = ""
    """What is open here, in place of a net alone."""

    def begin_here(self) -> None:
        """Let the verbs be as they are here; called once the screen knows what it compares."""
        verbs = {name: self.here(verb) for name, verb in self.verbs.items()}
        self.verbs = {name: verbs[name] for name in dict.fromkeys([*self.LEADING, *verbs])}

    @property
    def differs(self) -> Mask:
        """Which neurons of the current layer differ, `(m, n_H, n_W, n_C)`."""
        raise NotImplementedError

    def said_of_none(self) -> str:
        """Return what is said where no neuron differs."""
        raise NotImplementedError

    def here(self, verb: Verb) -> Verb:
        """Return a verb as it is here: with its own label and summary, or refused."""
        if (label := self.LABELS.get(verb.name)) is not None:
            verb = verb._replace(keys=tuple(key._replace(label=label, opened=label) for key in verb.keys))
        verb = verb._replace(summary=self.SUMMARIES.get(verb.name, verb.summary))
        if verb.name in ("continue", "reverse"):
            return verb._replace(available=lambda run: self.has_stops)
        if verb.name in self.ELSEWHERE:
            return _refused(verb, f"this can't be done here, where {self.ABOUT} open", "convstep opens the debugger")
        if verb.name == "paddings" or (verb.group == "change" and verb.name not in KEPT):
            return _refused(verb, f"the layer can't be changed here: {self.REASON}")
        return verb

    @property
    def has_stops(self) -> bool:
        """Whether there are windows that `continue` goes to."""
        return bool(self.session.breakpoints) or bool(self.differs.any())

    def resume(self, words: list[str], *, forward: bool) -> str:
        """Go to the next window that differs, or to the one before; with breakpoints set, to the next of these."""
        if self.session.breakpoints:
            return super().resume(words, forward=forward)
        match words or ["1"]:
            case [word] if word.isdecimal() and int(word):
                count = int(word)
            case _:
                raise VERBS["continue" if forward else "reverse"].usage_error()
        differs = self.differs
        found = next_difference(differs, self.session.number, count, forward=forward)
        if found is None:
            return (
                f"no window {'further on' if forward else 'further back'} differs"
                if differs.any()
                else self.said_of_none()
            )
        self.playback.pause()
        self.session.jump(found, self.session.layer)
        at = (differs.reshape(-1)[: found + 1]).sum()
        return f"difference {at:,} of {int(differs.sum()):,}"


def _refused(verb: Verb, what: str, hint: str = "") -> Verb:
    def refuse(run: Run, words: list[str]) -> str:
        del run, words
        raise VerbError(what, hint=hint)

    return verb._replace(effect=refuse, available=lambda run: False)


def next_difference(differs: Mask, number: int, count: int = 1, *, forward: bool = True) -> int | None:
    """Return the number of the `count`-th window after one, or before it, that differs; None if there is none."""
    found = np.flatnonzero(differs)
    found = found[found > number] if forward else found[found < number][::-1]
    return int(found[count - 1]) if len(found) >= count else None
