"""The command line: accepts verbs as in scripts, with completion and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from textual.binding import Binding
from textual.events import Key, Paste
from textual.suggester import Suggester
from textual.widgets import Input

from convstep.debugger import Session, Verb
from convstep.printable import printable
from convstep.tui.lines.canvas import LinesEntered, VerbRequested
from convstep.tui.screens.keys import lines_of
from convstep.tui.screens.verbs import keys_of

OPENS = "prompt"


class Prompt(Input):
    """An input for verbs; escape closes it, up and down browse its history.

    Args:
        verbs: The verb table.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape", "leave", show=False),
        Binding("up", "older", show=False),
        Binding("down", "newer", show=False),
        Binding("tab", "cursor_right", show=False),
    ]

    def __init__(self, verbs: Mapping[str, Verb], *, id: str | None = None) -> None:  # noqa: A002  # as Textual has it
        super().__init__(id=id, compact=True, suggester=Completion(verbs), select_on_focus=False)
        self._session: Session
        self._lines = lines_of(keys_of(verbs))
        self._history: list[str] = []
        self._at = 0
        self.display = False

    def open(self, text: str, session: Session) -> None:
        """Open the command line with an initial text."""
        assert isinstance(self.suggester, Completion)
        self._session = self.suggester.session = session
        self.value = text
        self._at = len(self._history)
        self.display = True
        self.cursor_position = len(text)
        self.screen.set_focus(self)  # now, not deferred: the next key is already meant for it

    def paste(self, text: str) -> None:
        """Insert pasted text: complete lines are submitted, and the rest is left for editing."""
        *whole, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if whole:
            lines = [self.value + whole[0], *whole[1:]]
            self.value = ""
            self._enter(map(printable, lines))
        self.insert_text_at_cursor(printable(rest))

    def on_key(self, event: Key) -> None:
        """Submit the line on enter; handle keys that arrive after the command line has closed.

        Keys that were sent together with enter are already queued for this widget.
        """
        if self.display and event.key != "enter":
            return
        event.prevent_default()
        event.stop()
        line = self._lines.get(event.key, "")
        if self.display:
            self.submit()
        elif line.startswith(OPENS):
            self.open(f"{line.removeprefix(OPENS)} ".lstrip(), self._session)
        elif line:
            self.post_message(VerbRequested(line))

    def on_paste(self, event: Paste) -> None:
        """Handle pasted text in place of `Input`."""
        event.prevent_default()
        event.stop()
        self.paste(event.text)

    def action_leave(self) -> None:
        """Close the command line."""
        self.display = False
        self.screen.set_focus(None)

    def submit(self) -> None:
        """Close the command line and post its text."""
        line = self.value
        self.action_leave()
        self._enter([line])

    def _enter(self, lines: Iterable[str]) -> None:
        stripped = [line.strip().removeprefix(":").strip() for line in lines]
        verbs = [line for line in stripped if line and not line.startswith("#")]
        if verbs:
            self._history = [*(old for old in self._history if old not in verbs), *verbs]
            self.post_message(LinesEntered(verbs))

    def action_older(self) -> None:
        """Recall the previous line."""
        self._recall(self._at - 1)

    def action_newer(self) -> None:
        """Recall the next line."""
        self._recall(self._at + 1)

    def _recall(self, at: int) -> None:
        self._at = min(max(at, 0), len(self._history))
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)


class Completion(Suggester):
    """Completes verbs and their arguments.

    Args:
        verbs: The verb table.
    """

    def __init__(self, verbs: Mapping[str, Verb]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._verbs = verbs
        self.session: Session | None = None

    async def get_suggestion(self, value: str) -> str | None:
        """Return the completed line; None if there is no completion."""
        return self.complete(value)

    def complete(self, value: str) -> str | None:
        """Return the completed line; None if there is no completion."""
        before, _, word = value.rpartition(" ")
        if not before.strip():
            choices: tuple[str, ...] = tuple(self._verbs)
        else:
            verb = self._verbs.get(before.split()[0])
            choices = verb.choices(self.session) if verb and self.session else ()
        match = (
            next((choice for choice in choices if choice.startswith(word) and choice != word), None) if word else None
        )
        return None if match is None else f"{value[: len(value) - len(word)]}{match}"
