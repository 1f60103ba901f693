"""Copying to the terminal's clipboard by OSC 52; terminals do not report whether they accept it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from convstep.errors import VerbError
from convstep.tui.lines.canvas import Canvas
from convstep.tui.lines.text import cell_len

MAX_BYTES = 74_994
"""The most bytes that terminals accept: 100,000 in base64, including the escape sequence."""
NO_CLIPBOARD = ("dumb", "unknown", "linux")
"""Values of TERM for terminals without a clipboard."""
SENT = "sent to the terminal's clipboard (OSC 52); if nothing arrives, your terminal does not allow it"
SENT_TMUX = "sent to tmux (OSC 52); if nothing arrives, tell it: set -g set-clipboard on"


def check_terminal(environment: Mapping[str, str] = os.environ) -> None:
    """Check that the terminal is not known to have no clipboard.

    Raises:
        VerbError: It has none.
    """
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if term in NO_CLIPBOARD or program == "Apple_Terminal":
        name = "Apple's Terminal" if program == "Apple_Terminal" else f"this terminal ({term})"
        raise VerbError(f"{name} lets no program write to the clipboard", hint="'convstep trace --full' prints numbers")


def check_size(text: str, what: str) -> None:
    """Check that a text is not too large for the clipboard.

    Raises:
        VerbError: It is.
    """
    if (size := len(text.encode())) > MAX_BYTES:
        raise VerbError(
            f"{what} has {size:,} bytes, and terminals take {MAX_BYTES:,} into their clipboard",
            hint="'convstep trace --full --out FILE' writes numbers to a file",
        )


def copied_message(what: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the message after copying, with a hint in case nothing arrives."""
    return f"{what}: {SENT_TMUX if environment.get('TMUX') else SENT}"


def text_of(canvases: Iterable[Canvas]) -> str:
    """Return the text of the screen, without trailing blanks."""
    rows: dict[int, list[tuple[int, str]]] = {}
    for canvas in canvases:
        region = canvas.content_region
        for y in range(region.height if canvas.display else 0):
            rows.setdefault(region.y + y, []).append((region.x, canvas.render_line(y).text))
    return "".join(f"{_row(rows.get(y, []))}\n" for y in range(max(rows, default=-1) + 1))


def _row(stretches: list[tuple[int, str]]) -> str:
    row = ""
    for x, text in sorted(stretches):
        row += " " * (x - cell_len(row)) + text
    return row.rstrip()
