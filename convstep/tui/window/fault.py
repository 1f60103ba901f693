"""A layer that can't work: what arrives beside what its weights were made for, and what mends it."""

from __future__ import annotations

from convstep.debugger import Frame
from convstep.tui.window.grid import Line, fitting_text, wrap
from convstep.tui.window.ink import Ink


def fault_lines(frame: Frame, ink: Ink, width: int, height: int) -> list[Line]:
    """Return why a layer can't work."""
    fault = frame.fault
    if fault is None:
        return []
    lines: list[Line] = [[(fitting_text(width, f"{frame.layer} can't work now", "can't work now"), ink.title)], []]
    lines += wrap(fault.what, width, ink.plain)
    return [*lines, [], *wrap(fault.hint, width, ink.soft)] if fault.hint else lines
