"""A frame in words: the sum, the sentence and the code of its step. Plain data, for any screen or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import localcontext
from functools import lru_cache

import numpy as np

from convstep.debugger import Frame
from convstep.errors import GeometryError
from convstep.figures import QUIET
from convstep.layers.scene import Scene
from convstep.layers.window import nonfinite_in_words
from convstep.layers.words import CodeLine, Part, Role

__all__ = [
    "CodeLine",
    "Part",
    "Role",
    "caption",
    "code_lines",
    "intro",
    "scene_of",
    "sentence",
    "sum_parts",
    "sum_text",
    "window_title",
]


@lru_cache(maxsize=4)
def scene_of(frame: Frame) -> Scene:
    """Return the facts of a frame whose layer works; sum, sentence, code and what is drawn share them."""
    stage = frame.stage
    assert frame.step is not None
    assert stage.input is not None
    assert stage.output is not None
    arrivals = frame.network.arrivals(stage.name)
    return Scene(stage.layer, frame.step, frame.cursor.tap, arrivals, stage.input, stage.output, frame.decimals)


@contextmanager
def _quietly() -> Iterator[None]:
    """Let NaN and infinities pass, in arrays and in decimals: they are what is shown."""
    with np.errstate(all="ignore"), localcontext(QUIET):
        yield


def sum_parts(frame: Frame) -> list[Part]:
    """Return how a neuron's value comes about, such as `0.18 from 9 products + 0.00 bias = Z[0,2,3,0] = 0.18`.

    Every number is the rounding of its own value; where those shown don't come to the result shown, it says ≈. Where
    the step is opened into its taps it is one of them, with the result so far.
    """
    if frame.step is None:
        return [Part(trouble(frame))]
    scene = scene_of(frame)
    with _quietly():
        return scene.layer.sum(scene) if scene.open_tap is None else scene.layer.tap_sum(scene, scene.open_tap)


def sum_text(frame: Frame) -> str:
    """Return the same line as plain text."""
    return "".join(part.text for part in sum_parts(frame))


def sentence(frame: Frame) -> str:
    """Return what happens at a frame's step: what its neuron looks at, how much of it is padding, and what comes out.

    True for every step, and enough to understand it without any picture. Where the step is opened into its taps, the
    tap comes first.
    """
    if frame.step is None:
        return trouble(frame)
    scene = scene_of(frame)
    with _quietly():
        said = scene.layer.sentence(scene)
        if odd := nonfinite_in_words(scene):
            said = f"{said} {odd}"
        return said if scene.open_tap is None else f"{_tap(scene, scene.open_tap)} {said}"


def _tap(scene: Scene, number: int) -> str:
    tap = scene.tap(number)
    place = scene.layer.tap_place(scene, number) + (f", {scene.in_padding}" if tap.in_padding else "")
    return f"Tap {number + 1:,} of {scene.taps:,}, at {place}: {scene.layer.tap_sentence(scene, number)}."


def caption(frame: Frame) -> str:
    """Return what happens at a frame's step in one short line, for a small screen.

    A layer that can't work takes more than a line to say why; what would help is left to longer texts.
    """
    if frame.step is None:
        return trouble(frame, hint=False)
    scene = scene_of(frame)
    with _quietly():
        return scene.layer.caption(scene)


def intro(frame: Frame) -> str:
    """Return what a frame's layer does, in one sentence for whoever has not met its kind; empty if it can't work."""
    if frame.step is None:
        return ""
    scene = scene_of(frame)
    return scene.layer.intro(scene)


def window_title(frame: Frame) -> str:
    """Return what a frame's neuron looks at, as a title: rows 17–20, cols 36–39; empty where nothing is computed."""
    if frame.step is None:
        return ""
    scene = scene_of(frame)
    return scene.layer.title(scene)


def code_lines(frame: Frame) -> list[CodeLine]:
    """Return the loop that computes a frame's layer, with the values that it has at the frame's step.

    It reads the layer's input, `A_prev` (`A_prev_pad` with its padding around it, minus infinity for a max-pool; `Z`
    for layers that take their input value by value), and fills its output, all in the layer's own shapes with the
    examples first. Where the step is opened into its taps, the loops over the window are there as well. A layer that
    can't work shows the line that fails, if there is one.
    """
    stage = frame.stage
    if frame.step is None:
        fails = isinstance(stage.fault, GeometryError) and stage.input is not None
        return stage.layer.failing_code(stage.input) if fails and stage.input else []
    scene = scene_of(frame)
    with _quietly():
        return scene.layer.code(scene)


def trouble(frame: Frame, *, hint: bool = True) -> str:
    """Return why a frame's layer can't work, in a sentence, and what would help in another."""
    fault = frame.fault
    if fault is None:
        return ""
    said = f"{frame.layer} can't work: {fault.what}"
    if frame.stage.input is None:
        cause = next(stage.fault for stage in frame.network.stages if stage.fault and stage.name in fault.what)
        said = f"{frame.layer} waits for {cause.where}, which can't work: {cause.what}"
        fault = cause
    return ". ".join(part.rstrip(".") for part in (said, fault.hint if hint else "") if part) + "."
