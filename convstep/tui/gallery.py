"""The bundled nets, to choose one from."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from convstep.spec import samples


class Gallery(ModalScreen[str | None]):
    """A list of nets; the one chosen is the screen's result."""

    BINDINGS: ClassVar[list[Any]] = [("escape,q,o", "dismiss(None)", "Close")]

    def compose(self) -> ComposeResult:
        """Lay out the list in a box."""
        known = samples()
        width = max(len(name) for name, _, _ in known)
        options = [Option(Text(f"{name:<{width}}  {title}"), id=name) for name, title, _ in known]
        nets = OptionList(*options, classes="box")
        nets.border_title = "nets"
        nets.border_subtitle = "⏎ opens, esc closes"
        yield nets

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Hand on the net that was chosen."""
        self.dismiss(event.option.id)
