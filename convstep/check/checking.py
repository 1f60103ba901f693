"""Checking a learner's file: every function that is known, helpers first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from convstep.check.contracts import KNOWN_NAMES, PLAIN_NAMES, Contract, contract_for
from convstep.check.helpers import HELPERS
from convstep.check.judge import Asked, Mistake, Verdict, ask, judge
from convstep.check.live import Line, line_of
from convstep.check.probes import Probe
from convstep.check.reading import read
from convstep.check.running import Runner
from convstep.check.submission import Function, Submission, SubmissionError
from convstep.errors import nearest

LOOKED_FOR = ", ".join(name for name in KNOWN_NAMES if name not in PLAIN_NAMES[1:])
"""The names of functions that are known, for messages."""

BAD = frozenset({"wrong", "error", "timeout", "not_written"})
"""Verdicts on functions that others can't be built on."""


@dataclass(frozen=True)
class Checked:
    """What is to be said about a function of a file.

    Attributes:
        verdict: The verdict.
        cause: The helper that is to blame, or that is missing; "" for none.
        line: The line of theirs at the first wrong window.
        notes: What there is to say about the file: two definitions, helpers that are missing.
    """

    verdict: Verdict
    cause: str = ""
    line: Line | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What is to be said about a file: its name, and its functions in the order in which they were checked."""

    file: str
    functions: tuple[Checked, ...]


def check_file(path: str | Path, function: str = "", own: Callable[[Contract], Probe] | None = None) -> Report:
    """Return what is to be said about a learner's file.

    Args:
        path: A `.py` file or a notebook.
        function: The only function to check; "" for every one that is known.
        own: Returns the input to ask a function for instead of the probes.

    Raises:
        SubmissionError: The file can't be read or has nothing to check, or the function takes unknown arguments.
    """
    with Runner(read(path)) as runner:
        return check_with(runner, path, function, own)


def check_with(
    runner: Runner, path: str | Path, function: str = "", own: Callable[[Contract], Probe] | None = None
) -> Report:
    """Return what is to be said about a file that is ready to be called; see `check_file`."""
    found: dict[str, Checked] = {}
    for contract in contracts_of(runner.source, function):
        found[contract.name] = _checked(runner, contract, found, () if own is None else (own(contract),))
    return Report(str(path), tuple(found[name] for name in found if not function or name == function))


def contracts_of(submission: Submission, function: str) -> list[Contract]:
    """Return what the functions to check promise, helpers before those that call them."""
    if function:
        chosen = submission.function(function)
        if chosen is None:
            names = [each.name for each in submission.functions]
            hint = nearest(function, names) or f"It has {', '.join(names) or 'none'}"
            raise SubmissionError(f"there is no function '{function}'", where=submission.name, hint=hint)
        contract = _contract(chosen, chosen=True)
        if contract is None:
            raise SubmissionError(
                f"{function}({', '.join(chosen.parameters)}) is no function that check knows",
                where=submission.place(chosen.line),
                hint=f"It knows {LOOKED_FOR}, with the course's arguments, CS231n's or Holberton's",
            )
        helpers = [contract_for(name) for name in contract.helpers if submission.function(name) is not None]
        return [*(helper for helper in helpers if helper is not None), contract]
    known = [_contract(each) for each in submission.functions if each.name in KNOWN_NAMES]
    contracts = [contract for contract in known if contract is not None]
    if not contracts:
        has = ", ".join(each.name for each in submission.functions) or "none"
        raise SubmissionError(
            "there is no function that check knows",
            where=submission.name,
            hint=f"It looks for {LOOKED_FOR}; the file has {has}",
        )
    return sorted(contracts, key=lambda contract: (bool(contract.helpers), KNOWN_NAMES.index(contract.name)))


def _contract(function: Function, *, chosen: bool = False) -> Contract | None:
    """Return what a function or a method promises; None if it isn't known."""
    name = function.name.rpartition(".")[2]
    contract = contract_for(name, function.parameters, function.required, chosen=chosen)
    return None if contract is None else replace(contract, name=function.name)


def _checked(runner: Runner, contract: Contract, found: Mapping[str, Checked], own: Sequence[Probe]) -> Checked:
    """Return what is to be said about one function, of which the helpers have been checked."""
    submission = runner.source
    function = submission.function(contract.name)
    missing = [name for name in HELPERS if function is not None and name in function.missing]
    asked = ask(contract, [each.name for each in submission.functions if each.name != contract.name], own)
    verdict = judge(asked, runner.run(asked.calls))
    notes = list(_definitions(submission, function))
    replaced: dict[str, str] = {}
    if verdict.verdict in BAD:
        bad = [name for name in contract.helpers if name in found and found[name].verdict.verdict in BAD]
        replaced = {name: HELPERS[name] for name in (*bad, *missing)}
    if replaced:
        mended = judge(asked, runner.run(asked.calls, replaced))
        causes = ", ".join(replaced)
        notes += [f"{name} is not in this file" for name in missing]
        if mended.verdict != "not_written":
            notes.append(f"with convstep's own {causes} it is {_state(mended)}")
        verdict = _blamed(verdict, mended, [found[name].verdict for name in replaced if name in found])
    line = _line(runner, asked, verdict, replaced)
    return Checked(verdict, ", ".join(replaced), line, tuple(notes))


def _state(verdict: Verdict) -> str:
    return "wrong as well" if verdict.verdict in BAD else "right"


def _definitions(submission: Submission, function: Function | None) -> list[str]:
    if function is None or not function.earlier:
        return []
    times = {1: "two", 2: "three"}.get(len(function.earlier), str(len(function.earlier) + 1))
    return [f"there are {times} definitions; the last one, in {submission.place(function.line)}, counts"]


def _blamed(verdict: Verdict, mended: Verdict, helpers: Sequence[Verdict]) -> Verdict:
    """Return the verdict on a function whose helpers are wrong: their mistakes, and those of its own."""
    combined: list[tuple[Mistake, ...]] = [()]
    for one in (*helpers, mended):
        if one.verdict in BAD:
            combined = [(*before, *more) for before in combined for more in one.mistakes or ((),)]
    mistakes = tuple(tuple(dict.fromkeys(one)) for one in combined if one)
    sure = all(one.sure for one in (*helpers, mended) if one.verdict in BAD)
    outdated = tuple(dict.fromkeys((*verdict.outdated, *mended.outdated)))
    return replace(verdict, mistakes=mistakes or verdict.mistakes, sure=sure and bool(mistakes), outdated=outdated)


def _line(runner: Runner, asked: Asked, verdict: Verdict, replaced: Mapping[str, str]) -> Line | None:
    """Return the line of theirs at the first wrong window."""
    first = verdict.first
    if first is None or verdict.verdict not in ("wrong", "error"):
        return None
    for probe, place in zip(asked.probes, asked.places, strict=True):
        if probe.name == first.probe:
            return line_of(runner, asked.contract, probe.problem, asked.calls[place], first, replaced)
    return None
