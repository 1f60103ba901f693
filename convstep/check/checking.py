"""Checking a learner's file: every function that is known, helpers first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from convstep.check.contracts import KNOWN_NAMES, PLAIN_NAMES, Contract, Outcome, Ref, contract_for
from convstep.check.helpers import HELPERS
from convstep.check.judge import Asked, First, Mistake, Probed, Verdict, ask, is_large, judge
from convstep.check.live import Line, Live, live_of
from convstep.check.mutations.kinds import KINDS
from convstep.check.probes import Probe
from convstep.check.reading import read
from convstep.check.running import Runner
from convstep.check.signs import Signs, told_apart
from convstep.check.submission import Function, Submission, SubmissionError
from convstep.errors import ConvstepError, nearest

LOOKED_FOR = ", ".join(name for name in KNOWN_NAMES if name not in PLAIN_NAMES[1:])
"""The names of functions that are known, for messages."""

BAD = frozenset({"wrong", "error", "timeout", "not_written"})
"""Verdicts on functions that others can't be built on."""

Own = Callable[[Contract], Sequence[Probe]]
"""Makes probes for a function; raises a ConvstepError if it can't be asked for them."""


@dataclass(frozen=True)
class Checked:
    """What is to be said about a function of a file.

    Attributes:
        verdict: The verdict.
        cause: The helper that is to blame, or that is missing; "" for none.
        live: Their code at the first wrong window; None if there is nothing to show.
        notes: What there is to say about the file: two definitions, helpers that are missing.
    """

    verdict: Verdict
    cause: str = ""
    live: Live | None = None
    notes: tuple[str, ...] = ()

    @property
    def line(self) -> Line | None:
        """The line of theirs to look at."""
        return None if self.live is None else self.live.look


@dataclass(frozen=True)
class Report:
    """What is to be said about a file.

    Attributes:
        file: Its name.
        functions: Its functions, in the order in which they were checked.
        unasked: Functions that the given inputs do not fit, and why.
    """

    file: str
    functions: tuple[Checked, ...]
    unasked: tuple[tuple[str, str], ...] = ()


def check_file(path: str | Path, function: str = "", own: Own | None = None) -> Report:
    """Return what is to be said about a learner's file.

    Args:
        path: A `.py` file or a notebook.
        function: The only function to check; "" for every one that is known.
        own: Returns the inputs to ask a function for instead of our probes.

    Raises:
        SubmissionError: The file can't be read or has nothing to check, or the function takes unknown arguments.
    """
    with Runner(read(path)) as runner:
        return check_with(runner, path, function, own)


def check_with(runner: Runner, path: str | Path, function: str = "", own: Own | None = None) -> Report:
    """Return what is to be said about a file that is ready to be called; see `check_file`."""
    submission = runner.source
    contracts = contracts_of(submission, function)
    asked: dict[str, Sequence[Probe]] = {}
    unasked: dict[str, str] = {}
    if own is not None:
        asked, unasked = _asked(contracts[-1:] if function else contracts, own)
        contracts = [contract for contract in contracts if contract.name in asked]
    found: dict[str, Checked] = {}
    for contract in contracts:
        found[contract.name] = _checked(runner, contract, found, asked.get(contract.name, ()))
    found |= {} if function or own is not None else _uncalled(submission, found)
    shown = tuple(found[name] for name in found if not function or name == function)
    return Report(str(path), shown, tuple(unasked.items()))


def _asked(contracts: Sequence[Contract], own: Own) -> tuple[dict[str, Sequence[Probe]], dict[str, str]]:
    """Return the given inputs as probes of every function that can take them, and why the others can't.

    Raises:
        ConvstepError: None can.
    """
    asked: dict[str, Sequence[Probe]] = {}
    unasked: dict[str, str] = {}
    refused: ConvstepError | None = None
    for contract in contracts:
        try:
            asked[contract.name] = own(contract)
        except ConvstepError as error:
            refused, unasked[contract.name] = error, f"{error.where}: {error.what}"
    if refused is not None and not asked:
        raise refused
    return asked, unasked


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
    known = [(each, _contract(each)) for each in submission.functions if each.name in KNOWN_NAMES]
    contracts = [contract for _, contract in known if contract is not None]
    if not contracts and known:
        raise _uncallable(submission, known[0][0])
    if not contracts:
        has = ", ".join(each.name for each in submission.functions) or "none"
        method = next((each.name for each in submission.functions if each.name.rpartition(".")[2] in KNOWN_NAMES), "")
        named = f". Name the method: --function {method}" if method else ""
        raise SubmissionError(
            "there is no function that check knows",
            where=submission.name,
            hint=f"It looks for {LOOKED_FOR}; the file has {has}{named}",
        )
    return sorted(contracts, key=lambda contract: (bool(contract.helpers), KNOWN_NAMES.index(contract.name)))


def _uncalled(submission: Submission, found: Mapping[str, Checked]) -> dict[str, Checked]:
    """Return what is to be said about functions of known names that take other arguments."""
    told = {}
    for each in submission.functions:
        if each.name in KNOWN_NAMES and each.name not in found and each.name not in PLAIN_NAMES:
            why = _uncallable(submission, each)
            probed = Probed("its arguments", passed=False, why=f"{why.where}: {why.what}")
            told[each.name] = Checked(Verdict(each.name, "error", probes=(probed,), notes=(why.hint,)))
    return told


def _uncallable(submission: Submission, function: Function) -> SubmissionError:
    """Return what is wrong with a function of a known name that takes other arguments."""
    contract = contract_for(function.name)
    assert contract is not None
    return SubmissionError(
        f"{function.name}({', '.join(function.parameters)}) takes other arguments than check can give it",
        where=submission.place(function.line),
        hint=f"It gives {function.name}({', '.join(contract.parameters)}), or what CS231n or Holberton give",
    )


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
    defined = [each.name for each in submission.functions if each.name != contract.name]
    asked = ask(contract, defined, own)
    outcomes = runner.run(asked.calls)
    verdict = judge(asked, outcomes)
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
    cause = ", ".join(replaced)
    if verdict.verdict not in ("wrong", "error"):
        return Checked(verdict, cause, None, tuple(notes))
    if any(isinstance(arg, Ref) for call in asked.calls for arg in call.args):
        plain = ask(contract, (), own)
        mended = judge(plain, runner.run(plain.calls, replaced))
        if mended.verdict not in BAD:
            notes.append(f"with convstep's own cache it is right: look at what {contract.forward} keeps in its cache")
            verdict = replace(verdict, mistakes=_spoilt(asked, outcomes), sure=True)
            return Checked(verdict, contract.forward, None, tuple(notes))
        if not verdict.mistakes:
            verdict = replace(verdict, mistakes=mended.mistakes, sure=mended.sure)
    traced = verdict
    if any(is_large(probe.problem) for probe in own):
        asked = ask(contract, defined)
        traced = judge(asked, runner.run(asked.calls, replaced))
        verdict = replace(verdict, mistakes=traced.mistakes, sure=traced.sure)
    live = _live(runner, asked, traced, replaced)
    if live is not None:
        verdict = told_apart(verdict, live.signs)
        if len(verdict.mistakes) > 1 and live.signs.padded is None:
            verdict = told_apart(verdict, _where_padded(runner, asked, verdict, replaced))
    return Checked(verdict, cause, live, tuple(notes))


def _spoilt(asked: Asked, outcomes: Sequence[Outcome]) -> tuple[tuple[Mistake, ...], ...]:
    """Return the mistake of a forward pass whose cache has the right form, and other values than it was given."""
    forward = asked.contract.forward
    for ref in (arg for call in asked.calls for arg in call.args if isinstance(arg, Ref)):
        kept = outcomes[ref.call].value
        cached = kept[ref.item] if isinstance(kept, tuple) and len(kept) > ref.item else None
        if isinstance(cached, tuple) and len(cached) == len(ref.otherwise):
            pairs = [pair for pair in zip(cached, ref.otherwise, strict=True) if isinstance(pair[1], np.ndarray)]
            alike = all(isinstance(one, np.ndarray) and one.shape == other.shape for one, other in pairs)
            if alike and not all(np.array_equal(*pair) for pair in pairs):
                says = f"the cache of {forward} holds views of arrays that {forward} changes"
                return ((Mistake("cache_of_views", says, "", KINDS["cache_of_views"].instead),),)
    return ()


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


def _where_padded(runner: Runner, asked: Asked, verdict: Verdict, replaced: Mapping[str, str]) -> Signs:
    """Return what is in their variables at the first window of a padded input that they are wrong on."""
    failed = {each.name for each in verdict.probes if not each.passed}
    for probe, place in zip(asked.probes, asked.places, strict=True):
        if probe.name in failed and any(probe.problem.pad):
            first = First(probe.name, asked.contract.results[0], (0,) * asked.contract.axes, None, None)
            live = live_of(runner, asked.contract, probe.problem, asked.calls[place], first, replaced)
            return Signs() if live is None else Signs(live.signs.padded)
    return Signs()


def _live(runner: Runner, asked: Asked, verdict: Verdict, replaced: Mapping[str, str]) -> Live | None:
    """Return their code at the first wrong window."""
    first = verdict.first
    if first is None:
        return None
    for probe, place in zip(asked.probes, asked.places, strict=True):
        if probe.name == first.probe:
            return live_of(runner, asked.contract, probe.problem, asked.calls[place], first, replaced)
    return None
