"""What stands above the maps."""

from __future__ import annotations

from convstep.debugger import Frame
from convstep.layers import times
from convstep.layers.words import COLOURS
from convstep.tui.lines.headings import Titles
from convstep.tui.maps.of_frame import input_channel, input_number, is_picture


def input_title(frame: Frame, chosen: int | None = None, legend: str = "") -> Titles:
    """Return what the input panel shows."""
    sources = frame.stage.sources
    k = 0 if frame.step is None else input_number(frame)
    name, shape = sources[k], times(frame.network.shape_of(sources[k]))
    if frame.step is None:
        return name, (shape,)
    which = f"input {k + 1} of {len(sources)}" if len(sources) > 1 else ""
    n_C_prev = frame.step.operation.inputs[k].shape[3]
    channel = input_channel(frame, chosen)
    flat = frame.input.shape[1] == frame.input.shape[2] == 1
    if is_picture(frame) and n_C_prev == 3:
        what = "RGB" if channel is None else COLOURS[channel]
    elif flat or n_C_prev == 1:
        what = ""
    else:
        what = f"channel {channel} of {n_C_prev}"
    return name, (which, what, shape, legend)


def output_title(frame: Frame, legend: str = "") -> Titles:
    """Return what the output panel shows: the layer, the filter and its name."""
    step = frame.step
    if step is None:
        return "output", ()
    _, n_H, n_W, n_C = step.operation.geometry.shape
    c = step.index[3]
    if n_H == n_W == 1:
        return "output", (times(frame.shape or ()), legend)
    names = frame.stage.layer.channel_names
    kind = "filter" if step.filter is not None else "channel"
    return "output", (names[c] if names else "", f"{kind} {c} of {n_C}" if n_C > 1 else "", legend)
