"""Choosing the function, the probe and the window to open, and keeping the process that is asked for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

from convstep.check.beside import Beside
from convstep.check.checking import Checked, Own, Report, check_with, contracts_of
from convstep.check.comparing import NO_TRACE, call_of, compare, given_helpers, trace_of_end
from convstep.check.contracts import Contract
from convstep.check.live import At, LiveLine, at_window
from convstep.check.probes import PLACES, Probe, probes
from convstep.check.reading import read
from convstep.check.running import Runner
from convstep.engine.geometry import Index

STEPPED = ("conv", "pool", "single_step")
"""The operations that go through windows one by one, or compute one."""


class Opened:
    """A function of a learner's file, and the child process in which it runs, to be asked for more.

    Args:
        runner: The file, ready to be called; it is ended by `close`.
        beside: Their function beside the right one.
        probes: All probes of the function.
        lock: Held while the child is asked.
    """

    def __init__(self, runner: Runner, beside: Beside, probes: Sequence[Probe], lock: Lock | None = None) -> None:
        self.beside = beside
        self.probes = tuple(probes)
        self._runner = runner
        self._lock = lock or Lock()
        self._known: dict[Index, At] = {}
        self._is_open = True

    def next_probe(self) -> Probe:
        """Return the probe after this one that their function is wrong on; of a right function the one after it."""
        passed = {each.name: each.passed for each in self.beside.checked.verdict.probes}
        asked = [each for each in self.probes if each.name in passed]
        failed = [each for each in asked if not passed[each.name]]
        names = [each.name for each in asked]
        at = names.index(self.beside.probe.name) if self.beside.probe.name in names else -1
        return next((each for each in (*asked[at + 1 :], *asked) if each in (failed or asked)), self.beside.probe)

    def on(self, probe: Probe) -> Opened:
        """Return the same function on another probe; the child process is the same."""
        with self._lock:
            beside = compare(self._runner, self.beside.report, self.beside.checked, self.beside.contract, probe)
        return Opened(self._runner, beside, self.probes, self._lock)

    def known_at(self, index: Index) -> At | None:
        """Return what is known of their code at a window without asking; None if it has not been asked for."""
        return self._known.get(index)

    def at(self, index: Index) -> At:
        """Return what is known of their code at a window; runs the function once more. For any thread."""
        with self._lock:
            if index not in self._known and self._is_open:
                self._known[index] = _at(self._runner, self.beside, index)
            return self._known.get(index, At(index))

    def close(self) -> None:
        """End the child process, also while it is asked."""
        self._is_open = False
        self._runner.close()
        with self._lock:  # it may have been started anew meanwhile
            self._runner.close()


def open_function(
    path: str | Path, function: str = "", own: Own | None = None, last: Beside | None = None
) -> tuple[Report, Opened | None]:
    """Check a learner's file, and open one of its functions beside the right one.

    Args:
        path: A `.py` file or a notebook.
        function: The function; "" for the first that is wrong and goes through windows, else the first that does.
        own: Returns the probes to ask a function for instead of the usual ones.
        last: What was open before the file was edited: the same function, and the same probe unless another one shows
            the mistake now.

    Returns:
        What is to be said about the file, and the function; None if none of them goes through windows.

    Raises:
        SubmissionError: The file can't be read or has nothing to check, or the function takes unknown arguments.
    """
    runner = Runner(read(path))
    try:
        report = check_with(runner, path, function, own)
        contracts = {each.name: each for each in contracts_of(runner.source, function)}
        known = [each for each in report.functions if each.verdict.function in contracts]
        stepped = [each for each in known if contracts[each.verdict.function].operation in STEPPED]
        before = [each for each in stepped if last is not None and each.verdict.function == last.contract.name]
        stepped.sort(key=lambda each: contracts[each.verdict.function].operation == "single_step")
        wrong = [each for each in stepped if each.verdict.verdict != "right"]
        if stepped:
            chosen = (*before, *wrong, *stepped)[0]
            contract = contracts[chosen.verdict.function]
            asked = tuple(own(contract)) if own is not None else probes(contract)
            beside = compare(runner, report, chosen, contract, _probe(chosen, asked, last))
            return report, Opened(runner, beside, asked)
    except BaseException:
        runner.close()
        raise
    runner.close()
    return report, None


def _probe(checked: Checked, asked: tuple[Probe, ...], last: Beside | None) -> Probe:
    """Return the first probe that shows the mistake; of a right function one with several windows and a stride."""
    first = checked.verdict.first
    passed = {probe.name: probe.passed for probe in checked.verdict.probes}
    before = "" if last is None or passed.get(last.probe.name, True) != (first is None) else last.probe.name
    named = [probe for probe in asked if probe.name == before]
    named += [probe for probe in asked if first is not None and probe.name == first.probe]
    telling = [
        probe for probe in asked if probe.name != PLACES and max(probe.problem.stride) > 1 and not probe.optional
    ]
    several = [probe for probe in telling if min(probe.problem.sizes) > 1]
    return (*named, *several, *telling, *asked)[0]


def _at(runner: Runner, beside: Beside, index: Index) -> At:
    """Return what is known of their code at a window; where theirs is right, nothing is said about its variables."""
    contract, problem, raised = beside.contract, beside.probe.problem, beside.error.line
    if beside.error.type in NO_TRACE:
        return At(index, _unrun(runner, contract, raised))
    replaced = given_helpers(runner, contract)
    if beside.error.type and index == beside.first:
        trace = trace_of_end(runner, contract, problem, beside.ours, replaced)
    else:
        place, shape = contract.place(index), contract.place(beside.ours.shape)
        trace = runner.trace(call_of(contract, problem), place, shape, replaced)
    at = at_window(runner.source, contract, problem, index, trace, beside.ours, raised)
    if not at.lines:
        return replace(at, lines=_unrun(runner, contract, raised))
    is_judged = bool(beside.differs[index]) or beside.theirs is None
    return at if is_judged else replace(at, lines=tuple(line.unjudged() for line in at.lines))


def _unrun(runner: Runner, contract: Contract, current: int | None) -> tuple[LiveLine, ...]:
    """Return the lines of a function of which nothing ran."""
    function = runner.source.function(contract.name)
    if function is None:
        return ()
    telling = {current, *function.unwritten}
    numbered = ((n, runner.source.line(n)) for n in range(function.line, function.end + 1))
    return tuple(
        LiveLine(n, text, contract.name, current=n in telling)
        for n, text in numbered
        if text.strip() and not text.strip().startswith("#")
    )
