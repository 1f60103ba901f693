"""What stands in the frames of the panels."""

from __future__ import annotations

from convstep.debugger import Frame
from convstep.network import times
from convstep.report.explain import figure, window_title
from convstep.tui.models import input_channel, is_picture

Titles = tuple[str, str]
"""A panel's title, and its subtitle."""

COLOURS = ("red", "green", "blue")


def input_title(frame: Frame, chosen: int | None = None) -> Titles:
    """Return what the input panel shows."""
    names = frame.network.names
    at = names.index(frame.layer)
    name = names[at - 1] if at else "input"
    shape = times(frame.stage.input) if frame.stage.input else ""
    if frame.step is None:
        return name, shape
    n_C_prev = frame.input.shape[3]
    channel = input_channel(frame, chosen)
    flat = frame.input.shape[1] == frame.input.shape[2] == 1
    if is_picture(frame) and n_C_prev == 3:
        what = "RGB" if channel is None else COLOURS[channel]
    elif flat or n_C_prev == 1:
        what = ""
    else:
        what = f"channel {channel} of {n_C_prev}"
    return name, " · ".join(part for part in (what, shape) if part)


def window_titles(frame: Frame) -> Titles:
    """Return what the window panel shows."""
    return "window", window_title(frame) if frame.step is not None else ""


def output_title(frame: Frame) -> Titles:
    """Return what the output panel shows: the layer, the filter and its name."""
    step = frame.step
    if step is None:
        return frame.layer, ""
    _, n_H, n_W, n_C = step.operation.geometry.shape
    c = step.index[3]
    if n_H == n_W == 1:
        return frame.layer, times(frame.shape or ())
    names = getattr(frame.stage.layer, "filter_names", ())
    kind = "filter" if step.filter is not None else "channel"
    return f"{frame.layer} · {kind} {c} of {n_C}" if n_C > 1 else frame.layer, names[c] if names else figure(step.value)
