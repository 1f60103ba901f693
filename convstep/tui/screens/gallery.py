"""The list of nets to open: the bundled samples, and recent specs; and the lessons."""

from __future__ import annotations

from shlex import quote
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from convstep.printable import printable
from convstep.report.lessons import done, titled_lessons
from convstep.report.scripts import lessons
from convstep.spec import samples
from convstep.tui.screens.modal import DismissedOnce, SafeList
from convstep.tui.screens.recent import recent


class Gallery(ModalScreen[str | None], DismissedOnce):
    """A list of nets and lessons; the screen's result is the line that opens the one chosen."""

    BINDINGS: ClassVar[list[Any]] = [("escape,q,o", "dismiss(None)", "Close")]

    def compose(self) -> ComposeResult:
        """Compose the list in a box."""
        known = samples()
        width = max(len(name) for name, _, _ in known)
        nets = SafeList(classes="box")
        nets.add_options(_option(f"{name:<{width}}  {title}", f"open {quote(name)}") for name, title, _ in known)
        nets.add_option(None)
        nets.add_options(_option(title, f"lesson {name}") for name, title in titled_lessons(lessons(), done()))
        if files := recent():
            nets.add_option(None)
            nets.add_options(Option(Text(printable(path)), id=f"open {quote(path)}") for path in files)
        nets.highlighted = 0
        nets.border_title = "nets and lessons"
        nets.border_subtitle = "⏎ opens, esc closes"
        yield nets

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the chosen net as the result."""
        self.dismiss(event.option.id)


def _option(text: str, line: str) -> Option:
    return Option(Text(printable(text), no_wrap=True, overflow="ellipsis"), id=line)
