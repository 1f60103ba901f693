"""The Textual app: themes, the debugger's screen, and how the app exits."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import select
import signal
import sys
from contextlib import redirect_stderr, suppress
from functools import cached_property
from io import StringIO
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import App
from textual.binding import Binding
from textual.driver import Driver
from textual.reactive import Initialize, Reactive
from textual.theme import Theme

from convstep.debugger import VERBS, Session
from convstep.places import Places
from convstep.report.streams import complain
from convstep.settings import Settings
from convstep.tui.lines.colours import DARK, LIGHT, Palette
from convstep.tui.screens.debug import DEFAULTS, THEME_PREFIX, DebugScreen, screen_for
from convstep.tui.screens.keys import remapped

if TYPE_CHECKING:
    from convstep.tui.screens.beside import Checking
    from convstep.tui.screens.diff import Comparing
    from convstep.tui.screens.lesson import Led
    from convstep.watching import Watch

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that quit the debugger and restore the terminal; the exit code is 128 plus the signal's number."""

CHECK_SHEET, DIFF_SHEET = "check.tcss", "diff.tcss"
"""The style sheets of a learner's function beside the right one, and of two nets."""
REPORT_WIDTH = 100
"""The width of a crash report."""
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*: |[A-Z]\w*(Error|Exception)$")
"""Matches the line of a traceback that names the exception."""


def _first_theme(app: ConvstepApp) -> str:
    return app.first_theme


class ConvstepApp(App[int]):
    """The debugger on a terminal.

    Args:
        session: The session to debug.
        settings: The user's settings.
        places: Stores the position at which each net is left; None not to.
        watch: Watches the spec for edits, to reload it; None not to.
        lesson: The lesson to lead through, and how; None for none.
        checking: A learner's function to show beside the right one, on which the session is; None for none.
        comparing: Two nets to show side by side, of which the session is on the leading one; None for none.

    Attributes:
        first_theme: The name of the theme at the start.

    Raises:
        VerbError: The settings have a key for an unknown verb.
    """

    theme: Reactive[str] = Reactive(Initialize(_first_theme))  # set later, all style sheets would be parsed twice
    CSS_PATH = "style.tcss"
    TITLE = "convstep"
    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]

    def __init__(
        self,
        session: Session,
        settings: Settings = DEFAULTS,
        places: Places | None = None,
        watch: Watch | None = None,
        lesson: Led | None = None,
        checking: Checking | None = None,
        comparing: Comparing | None = None,
    ) -> None:
        self.first_theme = f"{THEME_PREFIX}{places.theme if places else settings.theme}"
        no_color = "NO_COLOR" in os.environ
        further = [sheet for sheet, shown in ((CHECK_SHEET, checking), (DIFF_SHEET, comparing)) if shown is not None]
        super().__init__(
            css_path=[self.CSS_PATH, *further],
            driver_class=tolerant_driver(self.get_driver_class()),
            ansi_color=None if no_color else True,  # all colours are RGB already: saves Textual a filter over each line
        )
        self.session = session
        self.settings = settings
        self.places = places
        self.watch_for = watch
        self.lesson = lesson
        self.checking = checking
        self.comparing = comparing
        self._verbs, notes = remapped(VERBS, settings.keys)
        session.notes.extend(notes)
        if settings.decimals is not None:
            session.decimals = settings.decimals

    @cached_property
    def available_themes(self) -> dict[str, Theme]:
        """Our themes beside Textual's, which asks for them with every line that it paints."""
        return super().available_themes | THEMES

    def on_mount(self) -> None:
        """Exit on signals as on `quit`, and repaint after a suspend."""
        self.console.width = REPORT_WIDTH  # for tracebacks; widgets do not use it
        self.call_after_refresh(gc.enable)  # not before: it would take its time from the first frame
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in ENDING:
                loop.add_signal_handler(number, self.exit, 128 + number)
        self.app_resume_signal.subscribe(self, lambda app: self.screen.refresh(layout=True))

    def get_default_screen(self) -> DebugScreen:
        """Return the debugger's screen as the default one: pushed over another, it would be rendered twice."""
        if self.checking is not None:
            from convstep.tui.screens.beside import CheckScreen

            check = screen_for(self._verbs, CheckScreen) if self.settings.keys else CheckScreen
            return check(self.session, self.size, self.settings, self._verbs, self.places, checking=self.checking)
        if self.comparing is not None:
            from convstep.tui.screens.diff import DiffScreen

            diff = screen_for(self._verbs, DiffScreen) if self.settings.keys else DiffScreen
            return diff(self.session, self.size, self.settings, self._verbs, self.places, comparing=self.comparing)
        screen = screen_for(self._verbs, DebugScreen) if self.settings.keys else DebugScreen
        return screen(self.session, self.size, self.settings, self._verbs, self.places, self.watch_for, self.lesson)

    async def action_quit(self) -> None:
        """Exit the app."""
        self.exit(0)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if isinstance(self.screen, DebugScreen):
            self.screen.open_palette()


def theme_of(palette: Palette) -> Theme:
    """Return the Textual theme for a palette, used by Textual's own widgets: inputs and lists."""

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


THEMES = {theme.name: theme for theme in map(theme_of, (DARK, LIGHT))}
"""Our themes by their names."""


def tolerant_driver(driver_class: type[Driver]) -> type[Driver]:
    """Return a driver that survives input that is not UTF-8; Textual's driver for Unix ends the app.

    Input read together with the invalid byte is lost.
    """
    if not hasattr(driver_class, "run_input_thread"):
        return driver_class

    class TolerantDriver(driver_class):  # type: ignore[misc, valid-type]  # depends on the system
        def run_input_thread(self) -> None:
            while not self.exit_event.is_set():
                with suppress(UnicodeDecodeError):
                    super().run_input_thread()

    return TolerantDriver


def run(
    session: Session,
    settings: Settings = DEFAULTS,
    places: Places | None = None,
    watch: Watch | None = None,
    lesson: Led | None = None,
    checking: Checking | None = None,
    comparing: Comparing | None = None,
) -> int:
    """Run the app on a session; return the exit code.

    Raises:
        VerbError: The settings have a key for an unknown verb.
    """
    if os.environ.get("TERM") in ("dumb", "unknown"):
        os.environ.setdefault("NO_COLOR", "1")
    app = ConvstepApp(session, settings, places, watch, lesson, checking, comparing)
    Thread(target=end_with_terminal, daemon=True).start()
    printed = StringIO()
    with redirect_stderr(printed):  # Textual prints uncaught exceptions
        code = app.run()
    if places is not None:
        places.leave(session, app.theme.removeprefix(THEME_PREFIX))
    return report_crash(printed.getvalue()) if code is None else code


def end_with_terminal() -> None:
    """Wait until the terminal is closed, and end the process.

    Textual would go on without it, and would not even handle SIGHUP while it is blocked in a write.
    """
    terminal = select.poll()
    terminal.register(sys.stdin, 0)
    if any(event & select.POLLHUP for _, event in terminal.poll()):
        os._exit(128 + signal.SIGHUP)


def report_crash(report: str) -> int:
    """Write a crash report to a file, print the error and the file's name in one line, and return the exit code."""
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
