"""Predictions: the learner says the next shape, value or window before it is shown."""

from __future__ import annotations

import math
import re
from decimal import localcontext
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convstep.debugger.frame import Question, Subject
from convstep.engine.geometry import Axis
from convstep.errors import VerbError, nearest
from convstep.figures import QUIET, minus, rounded
from convstep.layers import Windowed, times
from convstep.layers.scene import Scene
from convstep.network import Network

if TYPE_CHECKING:
    from convstep.debugger.run import Run

SUBJECTS: tuple[Subject, ...] = ("shape", "value", "window")
NEAR = 0.01
"""A value is right to within this share of it, as it is worked out from rounded numbers."""


class Score(NamedTuple):
    """How many predictions were right.

    Attributes:
        right: How many were right.
        asked: How many were made.
    """

    right: int = 0
    asked: int = 0

    def __str__(self) -> str:
        return f"{self.right} of {self.asked} predicted right" if self.asked else "nothing was predicted yet"


def predict(run: Run, words: list[str]) -> str:
    """Ask for a prediction, take one, or say the score; return the question, or what is right.

    Args:
        run: The run.
        words: shape, value or window, and the prediction; or score, or skip.

    Raises:
        VerbError: The words can't be read, or there is nothing to predict here.
    """
    subject, *answer = words or ["score"]
    if subject in ("score", "skip"):
        if answer:
            raise VerbError(f"expected nothing after '{subject}', got '{' '.join(answer)}'", where="predict")
        if subject == "skip":
            run.question = None
        return str(run.score or Score())
    chosen = next((each for each in SUBJECTS if each == subject), None)
    if chosen is None:
        hint = nearest(subject, (*SUBJECTS, "score", "skip")) or "It can be shape, value, window, score or skip"
        raise VerbError(f"can't predict '{subject}'", hint=hint)
    layer = answer.pop(0) if chosen == "shape" and answer and answer[0] in run.network.names else ""
    question = _pending(run, chosen, layer) if answer else None
    if question is None:
        question = _ask(run, chosen, layer)
    if not answer:
        run.question = question
        return in_words(run.network, question)
    text, check = " ".join(answer), {"shape": _shape, "value": _value, "window": _window}[chosen]
    is_right, said = check(run, question, text)
    run.question = None
    right, asked = run.score or Score()
    run.score = Score(right + is_right, asked + 1)
    return f"{'right: ' if is_right else 'not quite: '}{said} ({run.score})"


def _pending(run: Run, subject: Subject, layer: str) -> Question | None:
    """Return the question that an answer is for; None if it was not asked, or somewhere else."""
    question = run.question
    if question is None or question.subject != subject or layer not in ("", question.layer):
        return None
    return question if subject == "shape" or question.cursor == run.cursor else None


def _ask(run: Run, subject: Subject, layer: str) -> Question:
    """Return the question; for a value, go to the next window first."""
    if subject == "shape":
        return Question(subject, layer or _next_layer(run), run.cursor)
    stage = run.network.stage(run.layer)
    if stage.fault is not None:
        raise VerbError(f"{run.layer} can't run: {stage.fault.what}", where="predict", hint=stage.fault.hint)
    if subject == "window" and not isinstance(stage.layer, Windowed):
        raise VerbError(
            f"{run.layer} has no window that slides", where="predict", hint="Convolutions and pools have one"
        )
    if subject == "window" and _next_position(run) is None:
        raise VerbError(f"this is the last place of {run.layer}'s window", where="predict")
    if subject == "value":
        run.taps(opened=False)
        if run.number + 1 < math.prod(run.shape):
            run.next()
        else:
            raise VerbError(f"this is the last value of {run.layer}", where="predict")
    return Question(subject, run.layer, run.cursor)


def _next_layer(run: Run) -> str:
    """Return the next layer whose output has another shape than its input."""
    names, at = run.network.names, run.network.position(run.layer)
    for name in names[at + 1 :]:
        stage = run.network.stage(name)
        if stage.input is not None and stage.output is not None and stage.output != stage.input:
            return name
    raise VerbError(f"no layer after {run.layer} changes the shape", where="predict")


def in_words(network: Network, question: Question) -> str:
    """Return a question in words."""
    arriving = network.stage(question.layer).input or ()
    if question.subject == "shape":
        return f"which shape comes out of {question.layer}? {times(arriving)} goes in"
    if question.subject == "value":
        return "which value comes out here?"
    along = "place" if len(arriving) == 2 else "row and which column"
    return f"at which {along} does the next window begin?"


def answered(run: Run) -> str:
    """Return the answer of the question that is asked, which is none any more; "" if nothing is asked."""
    question = run.question
    run.question = None
    if question is None:
        return ""
    stage = run.network.stage(question.layer)
    if question.subject == "shape":
        if stage.fault or not stage.output:
            return f"none, {stage.fault}"
        return f"{stage.layer.short_formula(stage.input or ())} gives {times(stage.output)}"
    return _sum(run) if question.subject == "value" else " and ".join(_next_start(run))


def _shape(run: Run, question: Question, text: str) -> tuple[bool, str]:
    from convstep.answers.why import why

    verdict = why(run.network, text, question.layer, m=run.values.m)
    stage = run.network.stage(question.layer)
    if verdict.finding == "right" and verdict.what == "shape":
        arithmetic = stage.layer.short_formula(stage.input or ())
        return True, f"{question.layer} gives {times(stage.output or ())}, {arithmetic}"
    said = verdict.text
    if verdict.finding == "right":
        said = f"{said} As a shape, {question.layer} gives {times(stage.output or ())}."
    return False, said


def _value(run: Run, question: Question, text: str) -> tuple[bool, str]:
    try:
        predicted = float(text.replace("−", "-").replace(",", "."))
    except ValueError:
        raise VerbError(f"expected a number, got '{text}'", where="predict value") from None
    step = run.frame.step
    assert step is not None
    actual = float(step.value)
    tolerance = max(0.5 * 10.0**-run.decimals, NEAR * abs(actual)) * (1 + 1e-9)
    same = predicted == actual or (math.isnan(predicted) and math.isnan(actual))
    return same or abs(predicted - actual) <= tolerance, _sum(run)


def _sum(run: Run) -> str:
    """Return the arithmetic of the value at the cursor."""
    frame = run.frame
    stage = frame.stage
    assert frame.step is not None
    arrivals = run.network.arrivals(stage.name)
    scene = Scene(stage.layer, frame.step, None, arrivals, stage.input or (), stage.output or (), frame.decimals)
    with np.errstate(all="ignore"), localcontext(QUIET):
        text = "".join(part.text for part in stage.layer.sum(scene))
    return text if text else rounded(frame.step.value)


def _next_position(run: Run) -> tuple[int, int] | None:
    """Return the next place of the window, (h, w); None at the last one of the last example."""
    i, h, w, _ = run.index
    m, n_H, n_W, _ = run.shape
    number = (i * n_H + h) * n_W + w + 1
    return None if number == m * n_H * n_W else (number // n_W % n_H, number % n_W)


def _window(run: Run, question: Question, text: str) -> tuple[bool, str]:
    numbers = [int(word) for word in re.findall(r"-?\d{1,9}", text.replace("−", "-"))]
    stage = run.network.stage(question.layer)
    axes = stage.layer.axes(stage.input or ())[: len(stage.input or ()) - 1]
    words = re.fullmatch(r"[\s\d,()\[\]x×−-]*", text)
    if words is None or len(numbers) != len(axes):
        expected = "a place" if len(axes) == 1 else "a row and a column"
        raise VerbError(f"expected {expected}, got '{text}'", where="predict window")
    place = _next_position(run)
    assert place is not None
    starts = [axis.window(at)[0] for axis, at in zip(axes, place, strict=False)]
    parts = _next_start(run)
    run.next(far=True)
    return numbers == starts, f"it begins at {' and '.join(parts)}"


def _next_start(run: Run) -> list[str]:
    """Return where the next window begins, along each axis."""
    stage = run.network.stage(run.layer)
    axes = stage.layer.axes(stage.input or ())[: len(stage.input or ()) - 1]
    place = _next_position(run)
    assert place is not None
    names = ["place"] if len(axes) == 1 else ["row", "column"]
    return [_start(name, axis, at) for name, axis, at in zip(names, axes, place, strict=False)]


def _start(name: str, axis: Axis, at: int) -> str:
    """Return where a window begins along an axis: row 9 · 2 − 1 = 17."""
    padding = f" − {axis.before}" if axis.before else ""
    return f"{name} {at} · {axis.stride}{padding} = {minus(axis.window(at)[0])}"
