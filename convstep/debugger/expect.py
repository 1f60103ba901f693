"""Checks for scripts: `expect shape 61 61 8`, `expect value -0.4467 within 1e-4`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array, Step
from convstep.errors import ArgumentError, ExpectationError, VerbError, nearest
from convstep.layers import Windowed, place_in, times

if TYPE_CHECKING:
    from convstep.debugger.run import Run

Check = Callable[["Run", str, list[str]], str]
"""Compares one property with the words that follow its name; returns it in words."""
MOST_SHOWN = 12
"""The most numbers of an array that a message quotes."""


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
    if subject not in CHECKS:
        hint = nearest(subject, SUBJECTS) or f"It can check {', '.join(SUBJECTS)}"
        raise VerbError(f"can't expect '{subject}'", hint=hint)
    if not wanted:
        raise VerbError(f"expect {subject}: what is missing", hint="For example: expect shape 61 61 8")
    try:
        return CHECKS[subject](run, subject, wanted)
    except ArgumentError as error:
        raise VerbError(error.what, where=error.where or "expect", hint=error.hint) from error


class Wanted(NamedTuple):
    """Numbers that are expected.

    Attributes:
        texts: As they are written.
        numbers: The numbers.
        tolerance: How far they may be off.
        within: That, as it is written; "" for not at all.
    """

    texts: list[str]
    numbers: list[float]
    tolerance: float
    within: str

    @classmethod
    def of(cls, subject: str, words: list[str]) -> Wanted:
        """Return the numbers that some words are, with or without `within T` behind them."""
        tolerance, within = 0.0, ""
        if "within" in words:
            at = words.index("within")
            if len(words) != at + 2:
                raise VerbError(f"can't read the words after 'expect {subject}'", hint=f"Usage: {_usage(subject)}")
            words, within = words[:at], words[at + 1]
            tolerance = _real(within)
        texts = [text for text in re.split(r"[\s,\[\]()]+", " ".join(words)) if text]
        if not texts:
            raise VerbError(f"expect {subject}: what is missing", hint=f"Usage: {_usage(subject)}")
        return cls(texts, [_real(text, subject) for text in texts], tolerance, within)

    def fits(self, at: int, actual: Any) -> bool:
        """Return whether a number, rounded to the type of the actual one, is that, or near enough."""
        wanted = self.numbers[at]
        with np.errstate(all="ignore"):
            same = np.asarray(actual).dtype.type(wanted) == actual
        same = same or (math.isnan(wanted) and math.isnan(actual))
        return bool(same) or abs(float(actual) - wanted) <= self.tolerance

    def __str__(self) -> str:
        return _shortened(self.texts) + (f" within {self.within}" if self.within else "")


def _value(run: Run, subject: str, words: list[str]) -> str:
    wanted, step = Wanted.of(subject, words), _step(run, subject, words)
    _one(subject, wanted)
    return _number(run, subject, wanted, step.value)


def _one(subject: str, wanted: Wanted) -> None:
    if len(wanted.texts) != 1:
        raise VerbError(f"can't read the words after 'expect {subject}'", hint=f"Usage: {_usage(subject)}")


def _number(run: Run, subject: str, wanted: Wanted, actual: Any) -> str:
    _one(subject, wanted)
    if not wanted.fits(0, actual):
        raise _failed(run, subject, str(wanted), str(actual))
    return f"{subject} {actual!s}"


def _sum(run: Run, subject: str, words: list[str]) -> str:
    """Compare the sum of a whole output."""
    words = words[1:] if words[0] == "of" else words
    layer = _layer(run, words)
    wanted, stage = Wanted.of(subject, words), run.network.stage(layer)
    if stage.fault:
        raise _failed(run, subject, str(wanted), f"none: {stage.fault}")
    for _ in run.values.compute(layer):
        pass
    with np.errstate(all="ignore"):
        actual = float(run.values.output(layer).sum(dtype=np.float64))
    return _number(run, subject, wanted, actual)


def _array(run: Run, subject: str, words: list[str]) -> str:
    """Compare the slice, the filter or the products: all numbers, one of them, their shape or their sum."""
    step = _step(run, subject, words)
    array: Array | None = {"slice": step.input_slice, "filter": step.filter, "products": step.products}[subject]
    if array is None:
        raise _failed(run, subject, " ".join(words), f"none: {run.layer} has no weights")
    match words:
        case ["shape", *sizes] if sizes:
            return _compare(run, f"{subject} shape", times(array.shape), times(_integers(sizes)))
        case ["sum", *numbers] if numbers:
            with np.errstate(all="ignore"):
                total = float(array.sum(dtype=np.float64))
            return _number(run, f"{subject} sum", Wanted.of(subject, numbers), total)
    if "=" in words:
        at = words.index("=")
        return _number(run, subject, Wanted.of(subject, words[at + 1 :]), _element(subject, array, words[:at]))
    wanted, flat = Wanted.of(subject, words), array.ravel()
    if len(wanted.numbers) != flat.size:
        raise VerbError(
            f"expected the {flat.size:,} numbers of a {times(array.shape)} {subject}, got {len(wanted.numbers):,}",
            where="expect",
            hint=f"Usage: {_usage(subject)}",
        )
    if not all(wanted.fits(n, actual) for n, actual in enumerate(flat)):
        raise _failed(run, subject, str(wanted), _shortened([f"{each!s}" for each in flat]))
    return f"{subject} {_shortened([f'{each!s}' for each in flat])}"


def _element(subject: str, array: Array, words: list[str]) -> Any:
    """Return one number of an array by its place; axes of length 1 may be left out."""
    place = _integers(words)
    if len(place) != array.ndim:
        array = array.squeeze()
    if len(place) != array.ndim or not all(0 <= at < size for at, size in zip(place, array.shape, strict=True)):
        raise VerbError(
            f"there is no place {' '.join(words)} in a {times(array.shape)} {subject}",
            where="expect",
            hint=f"Usage: {_usage(subject)}",
        )
    return array[place]


def _padding(run: Run, subject: str, words: list[str]) -> str:
    stage = run.network.stage(run.layer)
    if not isinstance(stage.layer, Windowed) or stage.fault or not stage.input:
        raise _failed(run, subject, " ".join(words), str(stage.fault or f"none: {run.layer} has no window that slides"))
    padding = stage.layer.padding_for(stage.input)
    if len(words) == 1 and not re.fullmatch(r"[\d,]+", words[0]):
        return _compare(run, subject, stage.layer.padding_word.lower(), words[0].lower())
    numbers, actual = _integers(words), tuple(padding)
    if len(numbers) == 2 and len(stage.input) == 2:
        actual = actual[:2]
    return _compare(run, subject, actual, numbers * 4 if len(numbers) == 1 else numbers)


def _shape(run: Run, subject: str, words: list[str]) -> str:
    layer = _layer(run, words)
    stage = run.network.stage(layer)
    actual = times(stage.output) if stage.output else f"none: {stage.fault}"
    return _compare(run, subject, actual, times(_integers(words)))


def _layer_name(run: Run, subject: str, words: list[str]) -> str:
    return _compare(run, subject, run.layer, " ".join(words))


def _count(run: Run, subject: str, words: list[str]) -> str:
    """Compare how many parameters, neurons or multiply-accumulates a layer has."""
    from convstep.answers.shapes import shapes

    layer = _layer(run, words)
    row = next(each for each in shapes(run.network) if each.name == layer)
    actual = {"parameters": row.parameters, "neurons": row.neurons, "macs": row.macs}[subject]
    return _compare(run, subject, (actual,), _integers(words))


def _place(run: Run, subject: str, words: list[str]) -> str:
    """Compare where the step is."""
    numbers, step = _integers(words), _step(run, subject, words)
    found: dict[str, tuple[int, ...]] = {
        "index": {4: step.index, 3: step.index[1:]}.get(len(numbers), place_in(run.frame.shape or (), step.index[1:])),
        "number": (step.number + 1,),
        "rows": (step.rows.start, step.rows.stop),
        "cols": (step.cols.start, step.cols.stop),
    }
    return _compare(run, subject, found[subject], numbers)


def _map(run: Run, subject: str, words: list[str]) -> str:
    """Compare what the neuron sees of a layer before it, by default of the net's input."""
    from convstep.debugger.verbs.screen import seen_input

    _step(run, subject, words)
    seen = {each.layer: each for each in seen_input(run)}
    layer = words[0] if words[0] in seen else next(reversed(seen))
    rest = words[1:] if words[0] in seen else words
    known: dict[str, tuple[int, ...]] = {
        "rows": (seen[layer].rows.start, seen[layer].rows.stop),
        "cols": (seen[layer].cols.start, seen[layer].cols.stop),
        "pixels": (seen[layer].count,),
    }
    said = []
    while rest:
        what = rest[0]
        if what not in known or len(rest) < 1 + len(known[what]):
            raise VerbError(f"can't read '{what}' after 'expect map'", hint=f"Usage: {_usage(subject)}")
        end = 1 + len(known[what])
        said.append(_compare(run, f"{subject} {layer} {what}", known[what], _integers(rest[1:end])))
        rest = rest[end:]
    if not said:
        raise VerbError("expect map: what is missing", hint=f"Usage: {_usage(subject)}")
    return ", ".join(said)


def _why(run: Run, subject: str, words: list[str]) -> str:
    """Return the explanation of somebody's answer, which must contain the last word."""
    from convstep.answers.why import why

    *answer, wanted = words
    if not answer:
        raise VerbError("can't read the words after 'expect why'", hint=f"Usage: {_usage(subject)}")
    layer = answer.pop(0) if len(answer) > 1 and answer[0] in run.network.names else None
    verdict = why(run.network, " ".join(answer), layer, m=run.values.m)
    if not any(wanted in text for text in (verdict.text, *(" ".join(fit.sentences) for fit in verdict.fits))):
        raise ExpectationError(
            f"expected '{wanted}' in the explanation, got: {verdict.text}",
            where=run.layer,
            expected=wanted,
            actual=verdict.text,
        )
    return verdict.sentences[0]


def _message(run: Run, subject: str, words: list[str]) -> str:
    """Compare a part of the last message, or of the error."""
    wanted = " ".join(words)
    actual = run.refused if subject == "error" else run.said
    if wanted.casefold() not in actual.casefold():
        nothing = "no error" if subject == "error" else "no message"
        raise _failed(run, subject, f"'{wanted}'", f"'{actual}'" if actual else nothing)
    return f"{subject}: {actual}"


CHECKS: dict[str, Check] = {
    "shape": _shape,
    "index": _place,
    "value": _value,
    "layer": _layer_name,
    "number": _place,
    "rows": _place,
    "cols": _place,
    "slice": _array,
    "filter": _array,
    "products": _array,
    "padding": _padding,
    "sum": _sum,
    "parameters": _count,
    "neurons": _count,
    "macs": _count,
    "map": _map,
    "why": _why,
    "message": _message,
    "error": _message,
}
"""The checks by what they check."""
SUBJECTS = tuple(CHECKS)

USAGES = {
    "value": "V [within T]",
    "shape": "[LAYER] H W C",
    "sum": "[LAYER] V [within T]",
    "slice": "V V ... | A B K = V | shape A B K | sum V [within T]",
    "padding": "same | valid | N | TOP BOTTOM LEFT RIGHT",
    "map": "[LAYER] rows FROM TO cols FROM TO pixels N",
    "why": '[LAYER] ANSWER "TEXT"',
}


def _usage(subject: str) -> str:
    subject_of = {"filter": "slice", "products": "slice"}
    return f"expect {subject} {USAGES.get(subject_of.get(subject, subject), 'V')}"


def _layer(run: Run, words: list[str]) -> str:
    """Remove the layer's name from the beginning of some words, and return it; by default the current layer's."""
    return words.pop(0) if len(words) > 1 and words[0] in run.network.names else run.layer


def _step(run: Run, subject: str, words: list[str]) -> Step:
    """Return the step; it is a failed expectation if the layer can't work."""
    step = run.frame.step
    if step is None:
        wanted = " ".join(words)
        raise ExpectationError(
            f"expected {subject} {wanted}, but {run.frame.fault}",
            expected=wanted,
            actual=f"none: {run.frame.fault}",
        )
    return step


def _compare(run: Run, subject: str, actual: Any, wanted: Any) -> str:
    if actual != wanted:
        raise _failed(run, subject, _as_text(wanted), _as_text(actual))
    return f"{subject} {_as_text(actual)}"


def _failed(run: Run, subject: str, wanted: str, actual: str) -> ExpectationError:
    """Return the error that says what is expected, what there is, and where."""
    step = run.frame.step
    where = run.layer if step is None else f"{run.layer} {step.index[1:]}"
    return ExpectationError(f"expected {subject} {wanted}, got {actual}", where=where, expected=wanted, actual=actual)


def _as_text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _shortened(texts: Sequence[str]) -> str:
    """Return texts in a line, the first of them if they are many."""
    more = f" … ({len(texts):,} numbers)" if len(texts) > MOST_SHOWN else ""
    return " ".join(texts[:MOST_SHOWN]) + more


def _integers(words: Sequence[str]) -> tuple[int, ...]:
    """Return the integers that some words are, apart by spaces, commas or ×."""
    texts = [text for text in re.split(r"[\s,×x()\[\]]+", " ".join(words)) if text]
    return tuple(map(_integer, texts))


def _integer(word: str) -> int:
    digits = word.removeprefix("#").replace("−", "-")
    if not re.fullmatch(r"-?\d{1,18}", digits, re.ASCII):
        raise VerbError(f"expected an integer, got '{word}'", where="expect")
    return int(digits)


def _real(word: str, subject: str = "") -> float:
    try:
        return float(word.replace("−", "-"))
    except ValueError:
        hint = f"Usage: {_usage(subject)}" if subject else ""
        raise VerbError(f"expected a number, got '{word}'", where="expect", hint=hint) from None
