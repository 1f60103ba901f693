"""What is to be said about a learner's file, as text, JSON and suites of tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from convstep.check.checking import Checked, Report
from convstep.check.contracts import contract_for
from convstep.check.judge import First, Mistake, Verdict
from convstep.check.live import Live, shown
from convstep.check.names import own_names, renamed
from convstep.check.signs import always_equal
from convstep.check.words import value
from convstep.report.junit import Case, Suite

PLACE, KIND, LINE, REPAIR = range(4)
"""How much a hint tells: where it goes wrong, which mistake it is, the line, and what to write instead."""


WIDEST = 120
"""The most characters of a line, but for lines of their code."""

MANY = 4
"""The most alternatives that are told."""

CODE = "   "
"""What stands between the place of a line of theirs and its text."""


def check_text(report: Report, hint: int = LINE) -> list[str]:
    """Return what is to be said about a file, a paragraph for each function."""
    names = [*(checked.verdict.function for checked in report.functions), *dict(report.unasked)]
    width = max(map(len, names)) + 2
    lines = []
    for checked in report.functions:
        said = [part for line in _lines(checked, hint) for part in _wrapped(line, WIDEST - width - 1)]
        lines.append(f"{checked.verdict.function:{width}} {said[0]}")
        lines += [f"{'':{width}} {line}" for line in said[1:]]
    return [*lines, *(f"{name:{width}} not asked ({why})" for name, why in report.unasked)]


def _wrapped(line: str, room: int) -> list[str]:
    """Return a line in as many as it takes; lines of their code stay whole."""
    return [line] if CODE in line else wrap(line, room, break_long_words=False, break_on_hyphens=False)


def _lines(checked: Checked, hint: int) -> Iterator[str]:
    """Yield the lines about one function."""
    verdict = checked.verdict
    yield headline(verdict)
    if verdict.geometry and verdict.first is not None and verdict.verdict in ("wrong", "error"):
        yield verdict.geometry
    if checked.line is not None and hint >= LINE:
        line = checked.line
        text = f"{line.place}{CODE}{shown(line.text)}"
        yield f"{text}   → {line.value}, should be {line.expected}" if line.variable else text
    if hint >= KIND:
        names = {} if checked.live is None or hint < LINE else _names(checked.live, verdict.function)
        yield from (renamed(text, names) for text in named(verdict, hint))
        yield from (_sentence(note) for note in (*verdict.notes, *checked.notes))
    if hint >= LINE:
        yield from (f"line {old.line}: {old.says}. It was read as if it were repaired." for old in verdict.outdated)


def _names(live: Live, function: str) -> dict[str, str]:
    """Return a function's own names for what the sentences about mistakes speak of."""
    contract = contract_for(function.rpartition(".")[2])
    return {} if contract is None else own_names(contract.layout, live.at.lines)


def headline(verdict: Verdict) -> str:
    """Return the first line about a function."""
    asked = len(verdict.probes)
    probes = "1 probe" if asked == 1 else f"{asked} probes"
    if verdict.verdict in ("right", "outdated"):
        old = ", but today's NumPy refuses it" if verdict.verdict == "outdated" else ""
        return f"right on {probes}{old}"
    if verdict.verdict == "convention":
        return f"right on {sum(probe.passed for probe in verdict.probes)} probes, by another convention on the rest"
    if verdict.verdict == "not_written":
        said = verdict.probes[0].why if verdict.probes else ""
        return said if "not written" in said else "not written yet"
    failed = next((probe for probe in verdict.probes if not probe.passed), None)
    if failed is None:
        return "wrong: its answers are right, but"
    if verdict.verdict in ("error", "timeout") or verdict.first is None:
        return f"{failed.why} ({failed.name})"
    if verdict.first.index == "shape":
        return f"wrong shape: {failed.why} ({failed.name})"
    window = "" if verdict.first.window is None or verdict.first.result in ("dW", "dw", "db") else _from(verdict.first)
    return f"wrong values{window}: {failed.why}" if isinstance(verdict.first.index, tuple) else failed.why


def _from(first: First) -> str:
    """Return the first wrong value's number, counted from 1."""
    return "" if first.window is None or not first.index else f" from #{first.window + 1} on"


def named(verdict: Verdict, hint: int) -> Iterator[str]:
    """Yield the sentences that name the mistakes."""
    if verdict.verdict in ("timeout", "not_written"):
        return
    if not verdict.mistakes:
        if verdict.verdict == "wrong" and verdict.first is not None:
            yield "None of the usual mistakes explains this; here is where it starts."
        return
    counts = _counts(verdict)
    if len({tuple(mistake.says for mistake in one) for one in verdict.mistakes}) == 1:
        for mistake in verdict.mistakes[0]:
            guess = "" if verdict.sure else "A guess: "
            yield f"{guess}{_told(mistake, capital=verdict.sure)}"
            yield from _instead(mistake, hint)
        if counts:
            yield counts
        return
    many = "This fits" if verdict.sure else "A guess, it may be"
    which = ", which always give the same output; your code tells which" if always_equal(verdict.mistakes) else ""
    yield f"{many} one of {len(verdict.mistakes)}{which}:"
    for number, one in enumerate(verdict.mistakes[:MANY], 1):
        yield f"{number}. " + " ".join(map(_told, one))
        for mistake in one:
            yield from _instead(mistake, hint)
    if len(verdict.mistakes) > MANY:
        yield f"... and {len(verdict.mistakes) - MANY} more: these inputs do not tell them apart."


def _told(mistake: Mistake, *, capital: bool = True) -> str:
    """Return a mistake as sentences: what is wrong, and why it can go unnoticed."""
    said = _sentence(mistake.says) if capital else f"{mistake.says}."
    return f"{said} {_sentence(mistake.unnoticed)}" if mistake.unnoticed else said


def _instead(mistake: Mistake, hint: int) -> Iterator[str]:
    """Yield what to write instead of a mistake."""
    if mistake.instead and hint >= REPAIR:
        yield f"Instead: {mistake.instead}"


def _counts(verdict: Verdict) -> str:
    """Return on how many probes a function is wrong."""
    failed, asked = sum(not probe.passed for probe in verdict.probes), len(verdict.probes)
    if failed == 0 or asked == 1 or verdict.verdict == "error":
        return ""
    return f"(Wrong on all {asked} probes.)" if failed == asked else f"(Wrong on {failed} of {asked} probes.)"


def _sentence(text: str) -> str:
    """Return a text with a capital, unless it begins with a name, and a full stop."""
    first = text.partition(" ")[0]
    plain = first.isalpha() and first.islower() and first not in ("db", "dz")
    return f"{text[0].upper() if plain else text[0]}{text[1:]}." if text else ""


def check_json(report: Report) -> list[str]:
    """Return what is to be said about a file as lines of JSON."""
    return json.dumps(check_data(report), ensure_ascii=False, indent=1).split("\n")


def check_data(report: Report) -> dict[str, Any]:
    """Return what is to be said about a file as plain data."""
    return {"file": report.file, "functions": [_function(checked) for checked in report.functions]}


def _function(checked: Checked) -> dict[str, Any]:
    verdict = checked.verdict
    return {
        "function": verdict.function,
        "verdict": verdict.verdict,
        "mistakes": [[{"kind": each.kind, "says": each.says} for each in one] for one in verdict.mistakes],
        "sure": verdict.sure,
        "outdated": [{"kind": each.kind, "says": each.says, "line": each.line} for each in verdict.outdated],
        "first": _first(verdict.first),
        "probes": [{"name": each.name, "passed": each.passed, "why": each.why} for each in verdict.probes],
        "skipped": list(verdict.skipped),
        "geometry": verdict.geometry,
        "line": None if checked.line is None else asdict(checked.line),
        "cause": checked.cause,
        "notes": [*verdict.notes, *checked.notes],
    }


def _first(first: First | None) -> dict[str, Any] | None:
    """Return the first wrong value; "shape" or an exception's name stands for the index where there are no values."""
    if first is None:
        return None
    return {
        "probe": first.probe,
        "result": first.result,
        "index": first.index if isinstance(first.index, str) else list(first.index),
        "got": _plain(first.got),
        "expected": _plain(first.expected),
    }


def _plain(given: Any) -> Any:
    """Return a value as JSON has it: numbers that are none as text."""
    if (isinstance(given, float) and given != given) or given in (float("inf"), float("-inf")):
        return value(given)
    return list(given) if isinstance(given, tuple) else given


def suites(report: Report) -> list[Suite]:
    """Return what is to be said about a file as suites of tests: one for each function, a test for each probe."""
    return [_suite(report.file, checked) for checked in report.functions]


def _suite(file: str, checked: Checked) -> Suite:
    verdict, said = checked.verdict, " ".join(_lines(checked, LINE))
    cases = [
        Case(
            verdict.function,
            probe.name,
            "" if probe.passed else probe.why or "wrong",
            details="" if probe.passed else said,
        )
        for probe in verdict.probes
    ]
    return Suite(f"{file}: {verdict.function}", cases)


def passed(report: Report) -> bool:
    """Whether nothing in a file is wrong."""
    return all(checked.verdict.verdict in ("right", "convention", "outdated") for checked in report.functions)
