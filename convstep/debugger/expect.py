"""Checks for scripts: `expect shape 61 61 8`, `expect value -0.4467 within 1e-4`."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from convstep.errors import ExpectationError, VerbError, nearest
from convstep.layers import times

if TYPE_CHECKING:
    from convstep.debugger.run import Run

SUBJECTS = ("shape", "index", "value", "layer", "number", "rows", "cols", "why")


def expect(run: Run, words: list[str]) -> str:
    """Compare a property of the current step with the expected value; return the property as a message.

    Args:
        run: The run.
        words: One of `SUBJECTS` and the expected value.

    Raises:
        ExpectationError: They differ; the message says both.
        VerbError: The words can't be read.
    """
    subject, *wanted = words or [""]
    if subject not in SUBJECTS:
        hint = nearest(subject, SUBJECTS) or f"It can check {', '.join(SUBJECTS)}"
        raise VerbError(f"can't expect '{subject}'", hint=hint)
    if not wanted:
        raise VerbError(f"expect {subject}: what is missing", hint="For example: expect shape 61 61 8")
    if subject == "value":
        return _value(run, wanted)
    if subject == "why":
        return _why(run, wanted)
    if subject == "layer":
        return _compare(run, subject, run.layer, " ".join(wanted))
    numbers = tuple(_integer(word) for word in re.split(r"[\s,×x]+", " ".join(wanted)))
    if subject == "shape":
        shape = run.frame.shape
        actual = times(shape) if shape else f"none: {run.frame.fault}"
        return _compare(run, subject, actual, times(numbers))
    if run.frame.step is None:
        raise ExpectationError(f"expected {subject} {' '.join(wanted)}, but {run.frame.fault}")
    step = run.frame.step
    found: dict[str, tuple[int, ...]] = {
        "index": step.index if len(numbers) == 4 else step.index[1:],
        "number": (step.number + 1,),
        "rows": (step.rows.start, step.rows.stop),
        "cols": (step.cols.start, step.cols.stop),
    }
    return _compare(run, subject, found[subject], numbers)


def _value(run: Run, words: list[str]) -> str:
    step = run.frame.step
    if step is None:
        raise ExpectationError(f"expected value {words[0]}, but {run.frame.fault}")
    match words:
        case [text]:
            tolerance = 0.0
        case [text, "within", within]:
            tolerance = _real(within)
        case _:
            raise VerbError("can't read the words after 'expect value'", hint="Usage: expect value V [within T]")
    wanted, actual = step.value.dtype.type(_real(text)), step.value
    same = wanted == actual or (math.isnan(wanted) and math.isnan(actual))
    if not same and not abs(float(actual) - float(_real(text))) <= tolerance:
        within = f" within {words[2]}" if tolerance else ""
        raise ExpectationError(f"expected value {text}{within}, got {actual!s}", where=_place(run))
    return f"value {actual!s}"


def _why(run: Run, words: list[str]) -> str:
    """Return the explanation of somebody's answer, which must contain the last word."""
    from convstep.answers.why import why

    *answer, wanted = words
    if not answer:
        raise VerbError("can't read the words after 'expect why'", hint='Usage: expect why [LAYER] ANSWER "TEXT"')
    layer = answer.pop(0) if len(answer) > 1 and answer[0] in run.network.names else None
    verdict = why(run.network, " ".join(answer), layer, m=run.values.m)
    if not any(wanted in text for text in (verdict.text, *(" ".join(fit.sentences) for fit in verdict.fits))):
        raise ExpectationError(f"expected '{wanted}' in the explanation, got: {verdict.text}", where=run.layer)
    return verdict.sentences[0]


def _compare(run: Run, subject: str, actual: Any, wanted: Any) -> str:
    if actual != wanted:
        raise ExpectationError(f"expected {subject} {_as_text(wanted)}, got {_as_text(actual)}", where=_place(run))
    return f"{subject} {_as_text(actual)}"


def _as_text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _place(run: Run) -> str:
    step = run.frame.step
    return run.layer if step is None else f"{run.layer} {step.index[1:]}"


def _integer(word: str) -> int:
    try:
        return int(word.removeprefix("#"))
    except ValueError:
        raise VerbError(f"expected an integer, got '{word}'", where="expect") from None


def _real(word: str) -> float:
    try:
        return float(word.replace("−", "-"))
    except ValueError:
        raise VerbError(f"expected a number, got '{word}'", where="expect") from None
