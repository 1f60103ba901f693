"""The terminal that the debugger draws on."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from convstep.errors import ConvstepError

if TYPE_CHECKING:
    from convstep.debugger import Session
    from convstep.settings import Settings

MAX_FPS = "1000"
"""Most frames a second: a frame that is ready waits for Textual's next one, and the first one for all of it."""


WITHOUT = "Without one, use 'convstep trace' for the steps as JSON lines, or 'convstep replay' for a script"
"""What to do without a terminal."""


def check_terminal(hint: str = WITHOUT) -> None:
    """Check that there is a terminal to draw on.

    Args:
        hint: What to do without one.

    Raises:
        ConvstepError: There is none.
    """
    for stream, name in ((sys.stdout, "standard output"), (sys.stderr, "standard error")):
        if not stream.isatty():  # Textual draws on standard error
            raise ConvstepError(
                f"the debugger needs a terminal, and {name} is none",
                hint=hint,
            )


def prepare(hint: str = WITHOUT) -> None:
    """Check that there is a terminal to draw on, and make the start quick.

    Args:
        hint: What to do without a terminal.

    Raises:
        ConvstepError: There is none.
    """
    check_terminal(hint)
    gc.disable()  # nothing loaded here becomes garbage: collecting would take a fifth of the start; the app enables it
    os.environ.setdefault("TEXTUAL_FPS", MAX_FPS)


def show(session: Session, settings: Settings, **shown: Any) -> int:
    """Run the app on a session, after `prepare`; return the exit code.

    Args:
        session: The session.
        settings: The user's settings.
        shown: What else the app takes.
    """
    from convstep.tui import run

    gc.freeze()
    gc.set_threshold(2_000, 10, 10)  # a key creates some thousand objects without cycles: a few % of its time
    keys_from_terminal()
    return run(session, settings, **shown)


def keys_from_terminal() -> None:
    """Read keys from the terminal even where the spec came through standard input."""
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise ConvstepError("the debugger reads its keys from a terminal, and there is none") from error
    os.dup2(terminal, sys.stdin.fileno())


def lead_through(path: str, name: str = "", *, anywhere: bool = False, auto: bool = False, speed: float = 1.0) -> int:
    """Lead through a lesson on the screen; return the exit code.

    Args:
        path: The script.
        name: Its name, if it is a bundled lesson.
        anywhere: Whether it may read and write outside its folder.
        auto: Whether it plays by itself.
        speed: How fast, if it does.

    Raises:
        ConvstepError: There is no terminal, or the script can't be read.
    """
    prepare()
    from convstep.cli.nets import silence_numpy_warnings
    from convstep.debugger.tour import Tour
    from convstep.opening import open_script
    from convstep.report.scripts import name_of
    from convstep.settings import read_settings

    silence_numpy_warnings()
    settings = read_settings()
    session, script, folder = open_script(path, anywhere=anywhere)
    session.begin()
    tour = Tour(session, script, name_of(path), folder.include)
    from convstep.tui.screens.lesson import Led

    return show(session, settings, lesson=Led(tour, name, auto, speed))
