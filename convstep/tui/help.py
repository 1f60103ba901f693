"""All keys and verbs, made from the verb table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from convstep.debugger import Verb
from convstep.tui.keys import key_name
from convstep.tui.modal import DismissedOnce


class Help(ModalScreen[None], DismissedOnce):
    """All keys and verbs.

    Args:
        verbs: The verb table.
    """

    BINDINGS: ClassVar[list[Any]] = [("escape,question_mark,q,f1,enter,space", "dismiss", "Close")]

    def __init__(self, verbs: Mapping[str, Verb]) -> None:
        super().__init__()
        self._verbs = verbs

    def compose(self) -> ComposeResult:
        """Lay out one table in a box."""
        with VerticalScroll(classes="box") as box:
            box.border_title = "keys and verbs"
            box.border_subtitle = "esc closes"
            yield Static(help_text(self._verbs))


def help_text(verbs: Mapping[str, Verb]) -> Text:
    """Return every verb, how it is written, and its keys."""
    text = Text(no_wrap=False)
    for verb in verbs.values():
        text.append(f":{verb.usage}\n", style="bold")
        text.append(f"    {verb.summary}\n")
        for key in verb.keys:
            text.append(f"    {key_name(key.key):<12}", style="bold #ffb454")
            text.append(f"{key.line}\n", style="dim")
        text.append("\n")
    text.append("Mouse\n", style="bold")
    text.append("    Click a cell of the output to go there, a pixel of the input to mark the neurons that see it,\n")
    text.append("    a layer to go to it; click or drag the timeline.\n")
    return text
