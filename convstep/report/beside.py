"""A learner's function beside the right one, in words: the mistake, both values at a window, the lines of theirs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from convstep.check.beside import Beside, wrong_elsewhere
from convstep.check.causes import can_show, cause_of
from convstep.check.contracts import Odd
from convstep.check.live import At, LiveLine
from convstep.check.names import own_names, renamed
from convstep.check.running import Shape
from convstep.check.variables import Variable, Window
from convstep.check.words import geometry
from convstep.engine.geometry import Index
from convstep.figures import minus
from convstep.layers import times
from convstep.layers.words import Part, listed, upper
from convstep.report.check import KIND, LINE, headline, named

WRONG, RIGHT = "✗", "✓"
"""What stands before something that is wrong, or right."""
GOOD = ("right", "outdated", "convention")


class Said(NamedTuple):
    """A sentence about a function.

    Attributes:
        text: The sentence.
        more: What may be left out; "" for nothing.
    """

    text: str
    more: str = ""


class Verdict(NamedTuple):
    """What is to be said about a function, a mistake a line.

    Attributes:
        good: Whether it is right.
        sentences: What it is, and then what else.
    """

    good: bool
    sentences: tuple[Said, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(" ".join(filter(None, each)) for each in self.sentences)


def verdict(beside: Beside, hint: int = LINE, at: At | None = None) -> Verdict:
    """Return whether a function is right, and which mistakes it has, as far as the hint tells.

    What its input shows comes first.

    Args:
        beside: The function.
        hint: How much is told.
        at: Its lines at a window, to name those that the mistakes are on.
    """
    said = beside.checked.verdict
    old = [Said(f"Line {each.line}: {each.says}.") for each in said.outdated] if hint >= LINE else []
    if said.verdict in GOOD:
        more = [Said(each) for each in named(said, hint)] if said.verdict == "convention" else []
        return Verdict(True, (Said(f"{RIGHT} {upper(headline(said))}."), *more, *old))
    found = [*_mistakes(beside, hint, at), *old] if hint >= KIND else old
    if len(found) > 1 and len(said.mistakes) == 1:
        found = [Said(f"{number}. {each.text}", each.more) for number, each in enumerate(found, 1)]
    if said.first is not None and said.first.index == "shape":
        found.append(Said(f"{said.notes[0] if hint >= KIND and said.notes else upper(headline(said))}."))
    elif said.verdict != "wrong" or not said.mistakes or hint < KIND:
        found.insert(0, Said(f"{upper(headline(said)) if said.verdict == 'wrong' else headline(said)}."))
    return Verdict(False, (Said(f"{WRONG} {found[0].text}", found[0].more), *found[1:]))


def _mistakes(beside: Beside, hint: int, at: At | None) -> Iterator[Said]:
    """Yield the mistakes; those first that the input can show."""
    said, problem = beside.checked.verdict, beside.probe.problem
    names = {} if at is None or hint < LINE else own_names(beside.contract.layout, at.lines)
    if len(said.mistakes) != 1 or said.verdict in ("timeout", "not_written"):
        yield from (Said(renamed(text, names)) for text in named(said, hint))
        return
    for mistake in sorted(said.mistakes[0], key=lambda each: not can_show(each.kind, problem)):
        number = _line_of(mistake.kind, beside, at) if hint >= LINE else None
        place = "" if number is None else f"Line {number}: "
        elsewhere = "" if can_show(mistake.kind, problem) else " Other inputs show it."
        text = mistake.says if place else upper(mistake.says)
        guess = "" if said.sure else "A guess: "
        instead = f" Instead: {mistake.instead}" if mistake.instead and hint > LINE else ""
        why = mistake.unnoticed if "nobody notices" in mistake.unnoticed else ""
        yield Said(renamed(f"{guess}{place}{text}.{elsewhere}{instead}", names), why and f"{upper(why)}.")


def _line_of(kind: str, beside: Beside, at: At | None) -> int | None:
    return None if at is None else cause_of(kind, at.lines, beside.contract.name.rpartition(".")[2])


def cause_lines(beside: Beside, at: At) -> set[int]:
    """Return the numbers of the lines that the mistakes are on, as far as that is known; none where it is right."""
    said = beside.checked.verdict
    if beside.theirs is not None and not beside.differs[at.index]:
        return set()
    kinds = [each.kind for each in said.mistakes[0]] if len(said.mistakes) == 1 else [""]
    found = {_line_of(kind, beside, at) for kind in kinds if can_show(kind, beside.probe.problem)}
    return {number for number in found if number is not None} | {each.line for each in said.outdated}


def facts(beside: Beside) -> str:
    """Return on what a function is shown: the geometry, and what else is wrong in the file."""
    blamed = beside.checked.cause.split(", ")  # the mistake itself says it
    others = [name for name in wrong_elsewhere(beside) if name not in blamed]
    said = [f"also wrong: {', '.join(others)}"] if others else []
    return " · ".join([geometry(beside.probe.problem), *said, beside.probe.name])


def both_values(beside: Beside, index: Index, at: At | None, hint: int = LINE) -> list[Part]:
    """Return their value at a window beside the right one, and what theirs is made of, as far as the hint tells."""
    ours, theirs = text_of(float(beside.ours[index])), beside.their_value(index)
    differs = bool(beside.differs[index])
    if theirs is None:
        return [Part("yours "), Part(f"{WRONG} {_absent(beside)}", "negative"), Part("   right "), Part(ours, "output")]
    if not differs:
        return [Part("yours "), Part(f"{text_of(theirs)} {RIGHT}", "output"), Part(" as it should be")]
    parts = [Part("yours "), Part(f"{WRONG} {text_of(theirs)}", "negative"), Part("   right "), Part(ours, "output")]
    if hint < KIND:
        return parts
    window = beside.their_window(index, at)
    other = None if window is None or window.same_place(beside.right_window(index)) else window
    made = beside.made_of(index, other)
    if made:
        parts.append(Part(f"   yours is {made}"))
    elif other is not None:
        parts.append(Part(f"   yours reads {other}"))
    return parts


def _absent(beside: Beside) -> str:
    """Return why there is no value of theirs at a window."""
    if beside.checked.verdict.verdict == "not_written":
        return "not written yet"
    if beside.error.type:
        return "no answer" if beside.error.type in ("TimeUpError", "Ended") else _raised(beside)
    if beside.theirs is None:
        return "none"
    return f"none: your output is {times(beside.theirs.shape[1:])}, and should be {times(beside.ours.shape[1:])}"


def _raised(beside: Beside) -> str:
    error = beside.error
    return f"none: {error.type}: {error.message}" if error.message else f"none: {error.type}"


def shown_lines(
    lines: Sequence[LiveLine], height: int, cause: str = "", marked: Collection[int] = ()
) -> list[LiveLine]:
    """Return as many lines of theirs as fit, in order; `cause` names the helpers that are to blame.

    First come those that mistakes are on, whose numbers are `marked`, then those that are wrong, then the current
    one, those of a helper that is to blame, and those near these.
    """
    telling = [n for n, line in enumerate(lines) if line.current] or [n for n, line in enumerate(lines) if line.wrong]
    at = telling[-1] if telling else len(lines) - 1
    blamed = cause.split(", ")

    def importance(n: int) -> tuple[bool, bool, bool, bool, int]:
        return (
            lines[n].number not in marked,
            not lines[n].wrong,
            not lines[n].current,
            lines[n].function not in blamed,
            _distance(n, at),
        )

    order = sorted(range(len(lines)), key=importance)
    return [lines[n] for n in sorted(order[: max(0, height)])]


def _distance(n: int, at: int) -> int:
    """Return how far a line is from the current one; lines after it are farther."""
    return at - n if n <= at else 3 * (n - at)


def line_value(line: LiveLine, hint: int) -> list[Part]:
    """Return what a line of theirs bound, and what it should be, as far as the hint tells."""
    several = len(line.variables) > 1
    value = ", ".join(f"{each.name} {_value(each)}" if several else _value(each) for each in line.variables)
    if not line.wrong or hint < LINE:
        is_right = hint >= LINE and any(each.expected is not None for each in line.variables)
        return [Part(f"{value} {RIGHT}" if is_right and not line.wrong else value, "dim")] if value else []
    expected = ", ".join(_expected(each) for each in line.variables if each.wrong)
    return [Part(f"{WRONG} {value}", "negative"), Part(", should be "), Part(expected, "output")]


def _value(variable: Variable) -> str:
    """Return what a variable is; of a wrong window what it covers otherwise than the right one."""
    value, expected = variable.value, variable.expected
    if isinstance(value, Window) and isinstance(expected, Window):
        return value.unlike(expected) or str(value)
    if isinstance(expected, Window):
        return "other values"
    return text_of(value)


def _expected(variable: Variable) -> str:
    """Return what a variable should be; of a window what theirs covers otherwise."""
    value, expected = variable.value, variable.expected
    if isinstance(value, Window) and isinstance(expected, Window):
        return expected.unlike(value)
    return text_of(expected)


def text_of(value: Any) -> str:
    """Return a variable's value in a few characters."""
    match value:
        case bool() | None:
            return str(value)
        case int() | float() | np.integer() | np.floating():
            return minus(f"{float(value):.7g}")
        case Shape(shape, _):
            return f"array {times(shape)}"
        case np.ndarray():
            return minus(f"{float(value.item()):.7g}") if value.ndim == 0 else f"array {times(value.shape)}"
        case tuple() | list() | dict():
            return f"{len(value)} values" if len(value) > 4 else ", ".join(map(text_of, value))
        case str():
            return value[:20]
        case Odd(what):
            return what
        case Window():
            return str(value)
    return type(value).__name__


def bare_code(line: LiveLine, indent: int) -> str:
    """Return a line of theirs without its comment and the indentation that all have."""
    return re.sub(r"\s+#[^'\"]*$", "", line.text.expandtabs(4).rstrip())[indent:]


def indent_of(lines: Sequence[LiveLine]) -> int:
    """Return the indentation that some lines share."""
    return min((len(line.text.expandtabs(4)) - len(line.text.expandtabs(4).lstrip()) for line in lines), default=0)


def change(before: Beside, now: Beside) -> str:
    """Return what an edit has changed, in a sentence without a full stop."""
    was, said = before.checked.verdict, now.checked.verdict
    name = now.contract.name
    wrong = wrong_elsewhere(now)
    others = f"; {listed(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong" if wrong else ""
    if said.verdict == "right":
        count = len(said.probes)
        probes = "the probe" if count == 1 else f"all {count} probes"
        return (
            f"{name} is right now on {probes}{others}" if was.verdict != "right" else f"{name} is still right{others}"
        )
    if was.verdict in GOOD:
        return f"{name} was right, and is wrong now"
    if [m.says for one in was.mistakes for m in one] == [m.says for one in said.mistakes for m in one]:
        then, left = (sum(not probe.passed for probe in each.probes) for each in (was, said))
        if then == left:
            return f"{name}: the same as before"
        return f"{name}: wrong on {left} probes now, on {then} before"
    return f"{name}: another mistake now"


def on_probe(beside: Beside) -> str:
    """Return on which probe a function is shown, and at how many windows it differs there."""
    count, whole = int(beside.differs.sum()), beside.differs.size
    return f"{beside.probe.name}: {f'yours differs at {count:,} of {whole:,} windows' if count else 'yours is right'}"
