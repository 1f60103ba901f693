"""Nets to choose from: the bundled ones, and the specs opened last."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from convstep.spec import samples
from convstep.tui.recent import recent


class Nets(OptionList):
    """A list that is not upset by page keys that come before it is laid out."""

    def action_page_up(self) -> None:
        """Go up a page."""
        if self.virtual_size.height:
            super().action_page_up()  # type: ignore[no-untyped-call]  # untyped in Textual

    def action_page_down(self) -> None:
        """Go down a page."""
        if self.virtual_size.height:
            super().action_page_down()  # type: ignore[no-untyped-call]  # untyped in Textual


class Gallery(ModalScreen[str | None]):
    """A list of nets; the one chosen is the screen's result."""

    BINDINGS: ClassVar[list[Any]] = [("escape,q,o", "dismiss(None)", "Close")]

    def compose(self) -> ComposeResult:
        """Lay out the list in a box."""
        known = samples()
        width = max(len(name) for name, _, _ in known)
        nets = Nets(classes="box")
        nets.add_options(
            Option(Text(f"{name:<{width}}  {title}", no_wrap=True, overflow="ellipsis"), id=name)
            for name, title, _ in known
        )
        if files := recent():
            nets.add_option(None)
            nets.add_options(Option(Text(path), id=path) for path in files)
        nets.highlighted = 0
        nets.border_title = "nets"
        nets.border_subtitle = "⏎ opens, esc closes"
        yield nets

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Hand on the net that was chosen."""
        if self.is_current:  # a second one may be on its way when the first has closed the list
            self.dismiss(event.option.id)
