"""The app: themes, and the debugger's screen."""

from __future__ import annotations

import gc
import os
from typing import Any, ClassVar

from textual.app import App
from textual.events import Event, Key
from textual.theme import Theme

from convstep.debugger import Session
from convstep.tui.palette import Verbs
from convstep.tui.screen import DebugScreen


class ConvstepApp(App[int]):
    """The debugger on a terminal.

    Args:
        session: The run to show and steer.
    """

    CSS_PATH = "style.tcss"
    TITLE = "convstep"
    COMMANDS: ClassVar[set[Any]] = {Verbs}

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        for name, dark, background, text, quiet in (
            ("convstep-dark", True, "#11151c", "#d7dce5", "#2a3240"),
            ("convstep-light", False, "#f6f7f9", "#1d2430", "#c9d0da"),
        ):
            self.register_theme(
                Theme(
                    name,
                    primary="#ffb454" if dark else "#c25e00",
                    secondary="#59d4e8" if dark else "#007f99",
                    background=background,
                    surface=background,
                    panel=quiet,
                    foreground=text,
                    dark=dark,
                )
            )
        self.theme = "convstep-dark"

    def on_mount(self) -> None:
        """Tidy up when the first frame has been shown."""
        self.call_after_refresh(_settle)

    async def on_event(self, event: Event) -> None:
        """Hand keys to the debugger at once, so that of several in a row each finds what the one before it opened."""
        if isinstance(event, Key) and not event.is_forwarded:
            screen = self.screen
            if isinstance(screen, DebugScreen) and screen.press(event.key):
                return
        await super().on_event(event)

    def get_default_screen(self) -> DebugScreen:
        """Return the debugger's screen, the only one: pushed over another it would be drawn twice."""
        return DebugScreen(self.session)


def _settle() -> None:
    """Take all that start-up has made out of the garbage collector's rounds: they would cost a frame each."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run(session: Session) -> int:
    """Open the debugger on a session; return the exit code."""
    if os.environ.get("TERM") in ("dumb", "unknown"):
        os.environ.setdefault("NO_COLOR", "1")
    return ConvstepApp(session).run() or 0
