"""A frame's texts: the sum, the sentences and the code of its step, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import localcontext
from functools import lru_cache

import numpy as np

from convstep.debugger import Frame
from convstep.errors import GeometryError, MismatchError
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
    "place",
    "scene_of",
    "sentence",
    "sum_parts",
    "sum_text",
    "window_title",
]


HIDDEN = "?"
"""What stands for something that the learner is asked."""
ASKED = "Which value comes out? Say it with predict value, or see it with predict skip."
"""What is said in place of an explanation while the value is asked."""


@lru_cache(maxsize=4)
def scene_of(frame: Frame) -> Scene:
    """Return the scene of a frame whose layer works; it is shared by sum, sentences, code and picture."""
    stage = frame.stage
    assert frame.step is not None
    assert stage.input is not None
    assert stage.output is not None
    arrivals = frame.network.arrivals(stage.name)
    return Scene(stage.layer, frame.step, frame.cursor.tap, arrivals, stage.input, stage.output, frame.decimals)


@contextmanager
def _allow_nonfinite() -> Iterator[None]:
    """Suppress NumPy's warnings and decimal errors about NaN and infinities, which are shown instead."""
    with np.errstate(all="ignore"), localcontext(QUIET):
        yield


def sum_parts(frame: Frame) -> list[Part]:
    """Return the arithmetic of a neuron's value, such as `0.18 from 9 products + 0.00 bias = Z[0,2,3,0] = 0.18`.

    If the rounded numbers don't give the rounded result, ≈ stands for =. If a tap is open, the arithmetic is the tap's,
    with the running result.
    """
    if frame.step is None:
        return [Part(fault_sentences(frame))]
    scene = scene_of(frame)
    if frame.hides_value:
        return [Part(f"{scene.label} = "), Part(HIDDEN, "output")]
    with _allow_nonfinite():
        return scene.layer.sum(scene) if scene.open_tap is None else scene.layer.tap_sum(scene, scene.open_tap)


def sum_text(frame: Frame) -> str:
    """Return `sum_parts` as plain text."""
    return "".join(part.text for part in sum_parts(frame))


def sentence(frame: Frame) -> str:
    """Return what happens at a frame's step: what its neuron sees, how much of it is padding, and the result.

    The sentences explain the step without any picture. If a tap is open, they begin with it.
    """
    if frame.step is None:
        return fault_sentences(frame)
    if frame.hides_value:
        return ASKED
    scene = scene_of(frame)
    with _allow_nonfinite():
        text = scene.layer.sentence(scene)
        if nonfinite := nonfinite_in_words(scene):
            text = f"{text} {nonfinite}"
        return text if scene.open_tap is None else f"{_tap(scene, scene.open_tap)} {text}"


def _tap(scene: Scene, number: int) -> str:
    tap = scene.tap(number)
    place = scene.layer.tap_place(scene, number) + (f", {scene.in_padding}" if tap.in_padding else "")
    return f"Tap {number + 1:,} of {scene.taps:,}, at {place}: {scene.layer.tap_sentence(scene, number)}."


def caption(frame: Frame) -> str:
    """Return what happens at a frame's step in one short line, for a small screen.

    For a layer that can't work, return the reason without a hint, which may be longer than a line.
    """
    if frame.step is None:
        return fault_sentences(frame, hint=False)
    if frame.hides_value:
        return ASKED
    scene = scene_of(frame)
    with _allow_nonfinite():
        return scene.layer.caption(scene)


def intro(frame: Frame) -> str:
    """Return what a frame's layer does, in a sentence for those new to its kind; empty if it can't work."""
    if frame.step is None:
        return ""
    scene = scene_of(frame)
    return scene.layer.intro(scene)


def place(frame: Frame) -> tuple[tuple[str, int], ...]:
    """Return the place of a frame's neuron as named coordinates: h, w and c, after i if there are several examples.

    A 1-D output has no w; in a flat one, a single number is enough: value 3.
    """
    i, h, w, c = frame.index
    names = {3: (("h", h), ("w", w), ("c", c)), 2: (("h", h), ("c", c))}.get(len(frame.shape or ()), (("value", c),))
    return (("i", i), *names) if len(frame.input) > 1 else names


def window_title(frame: Frame) -> str:
    """Return what a frame's neuron sees, as a title: rows 17–20, cols 36–39; empty if the layer can't work."""
    if frame.step is None:
        return ""
    scene = scene_of(frame)
    return scene.layer.title(scene)


def code_lines(frame: Frame) -> list[CodeLine]:
    """Return the loops that compute a frame's layer, with their variables' values at the frame's step.

    They read the layer's input, `A_prev` (`A_prev_pad` if it is padded, with minus infinity for a max-pool; `Z` in
    elementwise layers), and fill its output; the first axis of each array is the examples'. If a tap is open, the loops
    over the window are included. For a layer that can't work, or waits for one, return the line that fails, if any.
    """
    if frame.step is None:
        stage = frame.culprit
        fails = isinstance(stage.fault, (GeometryError, MismatchError))
        return stage.layer.failing_code(stage.input) if fails and stage.input else []
    scene = scene_of(frame)
    with _allow_nonfinite():
        lines = scene.layer.code(scene)
    if frame.hides_value:
        value = next((line.value for line in lines if line.current), "")
        lines = [line._replace(value=HIDDEN) if line.value == value else line for line in lines]
    return lines


def fault_sentences(frame: Frame, *, hint: bool = True) -> str:
    """Return why a frame's layer can't work, and what to do about it, in sentences; "" if it can."""
    fault = frame.fault
    if fault is None:
        return ""
    what = f"{frame.layer} can't work: {fault.what}"
    if frame.stage.input is None:
        cause = frame.culprit.fault or fault
        what = f"{frame.layer} waits for {cause.where}, which can't work: {cause.what}"
        fault = cause
    return ". ".join(part.rstrip(".") for part in (what, fault.hint if hint else "") if part) + "."
