"""What happens at a step, in a line; and what its neuron looks at, as a title."""

from __future__ import annotations

from convstep.debugger import Frame
from convstep.report.explain_scene import Scene, scene_of, trouble
from convstep.report.explain_words import count, percent, reach, upper

WIDTH = 78
"""What fits in a line of a small screen."""


def caption(frame: Frame) -> str:
    """Return what happens at a frame's step in one short line, for a small screen.

    A layer that can't work takes more than a line to say why; what would help is left to longer texts.
    """
    if frame.step is None:
        return trouble(frame, hint=False)
    scene = scene_of(frame)
    if scene.kind == "dense":
        return f"Joined to all {count(scene.arriving[0], 'input')}; {scene.work}."
    if scene.kind == "softmax":
        own, _, _ = scene.powers
        return f"The score {scene.number(own)} gets {percent(scene.step.value)} of the whole."
    if scene.kind == "relu":
        return f"{upper(scene.origin)}: {_relu_verdict(scene)}."
    if scene.kind == "flatten":
        return f"{upper(scene.own_place)} goes to place {scene.index[3]} of the row."
    bounds = reach(scene.rows, "place" if scene.along_length else "row")
    if not scene.along_length:
        bounds += ", " + reach(scene.cols, "column")
    outside = scene.places - scene.inside
    inside = f"{'' if scene.places == 1 else 'all '}inside the {scene.medium}"
    padding = f"{outside:,} of {scene.places:,} in padding" if outside else inside
    work = f"The largest wins: {scene.value}" if scene.kind == "max_pool" else f"Their mean: {scene.value}"
    said = f"{upper(bounds)}, {padding}."
    line = f"{said} {work if 'pool' in scene.kind else scene.work}."
    return line if len(line) <= WIDTH else said


def window_title(frame: Frame) -> str:
    """Return what a frame's neuron looks at, as a title: rows 17–20, cols 36–39; empty where nothing is computed."""
    if frame.step is None:
        return ""
    scene = scene_of(frame)
    several = len(scene.channels) > 1
    if len(scene.arriving) == 1:
        word = "input" if scene.kind == "dense" else "value"
        return f"all {count(len(scene.channels), word)}" if several else f"value {scene.channels[0]}"
    axes = [("place", scene.rows)] if scene.along_length else [("row", scene.rows), ("col", scene.cols)]
    title = ", ".join(reach(axis, word) for word, axis in axes)
    if several or scene.arriving[-1] == 1:
        return title
    return f"{title}, {scene.channel(scene.channels[0]).replace('channel', 'ch')}"


def _relu_verdict(scene: Scene) -> str:
    value = scene.slice.ravel()[0]
    said = scene.number(value)
    if value > 0:
        return f"{said} is above 0 and passes"
    return f"{said} is below 0 and is blocked" if value < 0 else f"{said} stays as it is"
