"""The app: themes, the debugger's screen, and how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import select
import signal
import sys
from contextlib import redirect_stderr, suppress
from io import StringIO
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import App
from textual.binding import Binding
from textual.driver import Driver
from textual.theme import Theme

from convstep.debugger import Session
from convstep.places import Places
from convstep.report.streams import complain
from convstep.settings import Settings
from convstep.tui.lines.colours import DARK, LIGHT, Palette
from convstep.tui.screens.debug import DEFAULTS, THEME_PREFIX, DebugScreen, screen_for
from convstep.tui.screens.keys import remapped
from convstep.tui.screens.verbs import ALL_VERBS

if TYPE_CHECKING:
    from convstep.watching import Watch

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end the debugger, with the terminal as it was; its exit code is then 128 and the signal's number."""

REPORT_WIDTH = 100
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*: |[A-Z]\w*(Error|Exception)$")
"""The line of a traceback that names the exception."""


class ConvstepApp(App[int]):
    """The debugger on a terminal.

    Args:
        session: The run to show and steer.
        settings: What the user has set.
        places: Remembers where nets are left, if anything is to.
        watch: Says when the spec is edited, if it is to be read again then.

    Raises:
        VerbError: A key is set for a verb that there is not.
    """

    CSS_PATH = "style.tcss"
    TITLE = "convstep"
    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]

    def __init__(
        self,
        session: Session,
        settings: Settings = DEFAULTS,
        places: Places | None = None,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(driver_class=tolerant_driver(self.get_driver_class()))
        self.session = session
        self.settings = settings
        self.places = places
        self.watch_for = watch
        self._verbs, notes = remapped(ALL_VERBS, settings.keys)
        session.notes.extend(notes)
        if settings.decimals is not None:
            session.decimals = settings.decimals
        for palette in (DARK, LIGHT):
            self.register_theme(theme_of(palette))
        self.theme = f"{THEME_PREFIX}{places.theme if places else settings.theme}"
        if not self.no_color:
            self.ansi_color = True  # there is no colour here to convert to RGB: Textual need not look through each line

    def on_mount(self) -> None:
        """End on a signal as on `quit`."""
        self.console.width = REPORT_WIDTH  # Textual prints tracebacks as wide as this, widgets as wide as they are
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, self.exit, 128 + number)
        self.app_resume_signal.subscribe(self, lambda app: self.screen.refresh(layout=True))

    def get_default_screen(self) -> DebugScreen:
        """Return the debugger's screen, the only one: pushed over another it would be drawn twice."""
        screen = screen_for(self._verbs) if self.settings.keys else DebugScreen
        return screen(self.session, self.size, self.settings, self._verbs, self.places, self.watch_for)

    async def action_quit(self) -> None:
        """Leave."""
        self.exit(0)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if isinstance(self.screen, DebugScreen):
            self.screen.open_palette()


def theme_of(palette: Palette) -> Theme:
    """Return the theme for what Textual draws itself: the command line, the palette, lists."""

    def colour(packed: int) -> str:
        return f"#{packed:06x}"

    return Theme(
        f"{THEME_PREFIX}{palette.name}",
        primary=colour(palette.amber),
        secondary=colour(palette.cyan),
        error=colour(int(palette.packed_ramps["red"][200])),
        background=colour(palette.panel),
        surface=colour(palette.panel),
        panel=colour(palette.pending[1]),
        foreground=colour(palette.text),
        dark=palette is not LIGHT,
    )


def tolerant_driver(driver_class: type[Driver]) -> type[Driver]:
    """Return a driver that goes on after input that is no UTF-8.

    Textual's own for Unix ends the app there, and has no setting for it. What was read together with the faulty byte is
    lost.
    """
    if not hasattr(driver_class, "run_input_thread"):
        return driver_class

    class TolerantDriver(driver_class):  # type: ignore[misc, valid-type]  # which one depends on the system
        def run_input_thread(self) -> None:
            while not self.exit_event.is_set():
                with suppress(UnicodeDecodeError):
                    super().run_input_thread()

    return TolerantDriver


def run(
    session: Session, settings: Settings = DEFAULTS, places: Places | None = None, watch: Watch | None = None
) -> int:
    """Open the debugger on a session; return the exit code.

    Raises:
        VerbError: A key is set for a verb that there is not.
    """
    if os.environ.get("TERM") in ("dumb", "unknown"):
        os.environ.setdefault("NO_COLOR", "1")
    app = ConvstepApp(session, settings, places, watch)
    Thread(target=end_with_terminal, daemon=True).start()
    printed = StringIO()
    with redirect_stderr(printed):  # Textual prints an exception that nobody caught
        code = app.run()
    if places is not None:
        places.leave(session, app.theme.removeprefix(THEME_PREFIX))
    return report_crash(printed.getvalue()) if code is None else code


def end_with_terminal() -> None:
    """Wait until the terminal is gone, and end the process: nothing can be drawn or restored any more.

    Textual goes on without it, and does not even hear of the signal if it waits to write.
    """
    terminal = select.poll()
    terminal.register(sys.stdin, 0)
    if any(event & select.POLLHUP for _, event in terminal.poll()):
        os._exit(128 + signal.SIGHUP)


def report_crash(report: str) -> int:
    """Say in one line what went wrong and where the report lies; return the exit code."""
    import tempfile

    report = Text.from_ansi(report).plain
    what = next(
        (line for line in reversed(report.splitlines()) if EXCEPTION.match(line) and not line.startswith("NOTE:")),
        "for no known reason",
    )
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="convstep-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(report)
        where = f"the report is in {file.name}"
    except OSError as error:
        where = f"no report could be written ({error.strerror})"
    complain([f"convstep: ended unexpectedly: {what.strip()}; {where}"])
    return 1
