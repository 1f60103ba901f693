"""The list of nets to open: the bundled samples, and recent specs."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from convstep.printable import printable
from convstep.spec import samples
from convstep.tui.screens.modal import DismissedOnce, SafeList
from convstep.tui.screens.recent import recent


class Gallery(ModalScreen[str | None], DismissedOnce):
    """A list of nets; the screen's result is the one chosen."""

    BINDINGS: ClassVar[list[Any]] = [("escape,q,o", "dismiss(None)", "Close")]

    def compose(self) -> ComposeResult:
        """Compose the list in a box."""
        known = samples()
        width = max(len(name) for name, _, _ in known)
        nets = SafeList(classes="box")
        nets.add_options(
            Option(Text(printable(f"{name:<{width}}  {title}"), no_wrap=True, overflow="ellipsis"), id=name)
            for name, title, _ in known
        )
        if files := recent():
            nets.add_option(None)
            nets.add_options(Option(Text(printable(path)), id=path) for path in files)
        nets.highlighted = 0
        nets.border_title = "nets"
        nets.border_subtitle = "⏎ opens, esc closes"
        yield nets

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the chosen net as the result."""
        self.dismiss(event.option.id)
