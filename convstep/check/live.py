"""A learner's code at a window: their lines in order, with what these bound, and the line to look at."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from convstep.check.contracts import Call, Contract
from convstep.check.judge import First
from convstep.check.problems import Array, Problem
from convstep.check.right import right
from convstep.check.running import Runner, Trace
from convstep.check.signs import Signs, signs_of
from convstep.check.submission import Submission
from convstep.check.variables import Judge, Variable, Window
from convstep.engine.geometry import Index

LOOKED_AT = 4
"""How many windows of a backward pass are followed in search of a variable that is wrong."""


@dataclass(frozen=True, eq=False)
class LiveLine:
    """A line of theirs, the last time that it ran before or at a window.

    Attributes:
        number: Its number, from 1, in the submission's text.
        text: The line.
        function: The function that it is in.
        variables: What it bound, in the order of the line.
        current: Whether it is the line that stores the window's value, or raised the exception.
    """

    number: int
    text: str
    function: str = ""
    variables: tuple[Variable, ...] = ()
    current: bool = False

    @property
    def wrong(self) -> bool:
        """Whether it bound something that is not what it should be."""
        return any(variable.wrong for variable in self.variables)

    def unjudged(self) -> LiveLine:
        """Return the line without what its variables should be."""
        return replace(self, variables=tuple(Variable(each.name, each.value) for each in self.variables))


@dataclass(frozen=True, eq=False)
class At:
    """What is known of their code at one window.

    Attributes:
        index: The window, `(i, h, w, c)`.
        lines: The lines that ran, in order.
        window: The part of the input that they read; None if it is unknown.
        whole: Whether these are the values at the end of the call, because none of its lines stores this window alone.
    """

    index: Index
    lines: tuple[LiveLine, ...] = ()
    window: Window | None = None
    whole: bool = False


@dataclass(frozen=True)
class Line:
    """A line of theirs to look at.

    Attributes:
        place: Where it is, such as `my_conv.py:31`.
        text: The line.
        variable: The variable that it sets; "" if none of them has a counterpart.
        value: Its value.
        expected: What it should be.
    """

    place: str
    text: str
    variable: str = ""
    value: str = ""
    expected: str = ""


@dataclass(frozen=True, eq=False)
class Live:
    """Their code at the first wrong window.

    Attributes:
        at: Their lines there.
        look: The line to look at; None if none stands out.
        signs: What tells mistakes of equal outputs apart.
    """

    at: At
    look: Line | None = None
    signs: Signs = field(default_factory=Signs)


def live_of(
    runner: Runner, contract: Contract, problem: Problem, call: Call, first: First, replaced: Mapping[str, str]
) -> Live | None:
    """Return their code at the first wrong window; None if there is nothing to show."""
    if contract.operation in ("conv_backward", "pool_backward"):
        return _backward(runner, contract, problem, call, first, replaced)
    if contract.operation not in ("conv", "pool"):
        return None
    is_place = isinstance(first.index, tuple)
    if isinstance(first.index, tuple) and len(first.index) != contract.axes:
        return None
    index = contract.index(first.index) if isinstance(first.index, tuple) else (0, 0, 0, 0)
    ours = right(contract.operation, problem)[0]
    trace = runner.trace(call, contract.place(index), contract.place(ours.shape), replaced)
    if trace.how == "none":
        return None
    live = _live(runner.source, contract, problem, index, trace, ours)
    return replace(live, look=_looked(runner.source, trace.line)) if live.look is None and is_place else live


def _backward(
    runner: Runner, contract: Contract, problem: Problem, call: Call, first: First, replaced: Mapping[str, str]
) -> Live | None:
    """Return their backward pass at the first window at which a variable is wrong, else at the first of all."""
    n_C = problem.A.shape[3] if problem.W is None else problem.W.shape[3]
    shape, found = contract.place((len(problem.A), *problem.sizes, n_C)), None
    for index in _looked_at(contract, problem, first):
        trace = runner.trace(call, contract.place(index), shape, replaced, argument=0)
        if trace.how == "none":
            return None
        live = _live(runner.source, contract, problem, index, trace)
        if live.look is not None:
            return live
        found = found or live
    place = first.index if isinstance(first.index, tuple) else ()
    if found is None or not place:
        return found
    results = tuple(problem.A.shape), problem.filters.shape if problem.W is not None else (), ()
    number = min(contract.results.index(first.result), len(results) - 1)
    stored = runner.trace(call, place, results[number], replaced, result=number).line
    return replace(found, look=_looked(runner.source, stored))


def _looked_at(contract: Contract, problem: Problem, first: First) -> list[Index]:
    """Return the windows of a backward pass to look at, in the order of its loops."""
    n_H, n_W = problem.sizes
    example, windows = 0, {(h, w) for h, w in product(range(2), range(2)) if h < n_H and w < n_W}
    if isinstance(first.index, tuple) and len(first.index) == 4 and first.result == contract.results[0]:
        example = first.index[0]
        touching = [
            [n for n in range(count) if n * stride - pad <= place < n * stride - pad + f]
            for place, count, stride, pad, f in zip(
                contract.position(first.index), (n_H, n_W), problem.stride, problem.pad, problem.f, strict=True
            )
        ]
        windows |= {(h, w) for h in touching[0][:1] for w in touching[1][:1]}
    return [(example, h, w, 0) for h, w in sorted(windows)[:LOOKED_AT]]


def _live(
    source: Submission, contract: Contract, problem: Problem, index: Index, trace: Trace, ours: Array | None = None
) -> Live:
    """Return their code at a window, and of its lines the first with a wrong variable."""
    at = at_window(source, contract, problem, index, trace, ours)
    look = None
    for line in at.lines:
        wrong = next((each for each in line.variables if each.wrong and not (line.current and "[" in each.name)), None)
        if wrong is not None:
            look = _looked(source, line.number, wrong)
            break
    held = [value for _, value in (*trace.variables, *(bound for each in trace.lines for bound in each.variables))]
    shape = contract.place((len(problem.A), *problem.sizes, 1 if ours is None else ours.shape[3]))
    return Live(at, look, signs_of(contract, problem, index, shape, held, stores=trace.how == "index"))


def _looked(source: Submission, number: int | None, wrong: Variable | None = None) -> Line | None:
    """Return a line of theirs to look at, with its wrong variable if that is a number."""
    if number is None:
        return None
    told = ("", "", "")
    if wrong is not None and isinstance(wrong.expected, float):
        told = wrong.name, f"{float(wrong.value):g}", f"{wrong.expected:g}"
    return Line(source.place(number), source.line(number).strip(), *told)


def at_window(
    source: Submission,
    contract: Contract,
    problem: Problem,
    index: Index,
    trace: Trace,
    ours: Array | None = None,
    raised: int | None = None,
) -> At:
    """Return their code at a window, every variable beside what it should be.

    Args:
        source: Their file.
        contract: What their function promises.
        problem: Its input.
        index: The window, `(i, h, w, c)`.
        trace: A call that was followed to this window.
        ours: The right output, channels last; None if elements that are stored are not to be judged.
        raised: The line that raised an exception; None if none did.
    """
    current = raised if trace.line is None else trace.line
    place: Index | None = index
    if trace.how in ("whole", "none") and contract.operation != "single_step":
        place = reached(source, contract, trace, raised) if trace.raised else None
        sizes = len(problem.A), *problem.sizes
        if place is not None and any(not 0 <= n < size for n, size in zip(place, sizes, strict=False)):
            place = None  # there is no right window
    judge = Judge(contract, problem, place, ours if place == index else None)
    lines = []
    for each in trace.lines:
        if not each.file:
            text, is_current = source.line(each.line), each.line == current
            bound = sorted(each.variables, key=lambda pair: _column(pair[0], text))
            variables = tuple(judge.variable(name, value, text, stores=is_current) for name, value in bound)
            lines.append(LiveLine(each.line, text, each.function, variables, is_current))
    windows = [each.value for line in lines for each in line.variables if isinstance(each.value, Window)]
    window = replace(windows[-1], every=False) if windows and place == index else None
    return At(index, tuple(lines), window, place != index)


def _column(name: str, text: str) -> int:
    """Return where a line has a name, or an expression; past its end if nowhere."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() if found else len(text)


def reached(source: Submission, contract: Contract, trace: Trace, raised: int | None = None) -> Index | None:
    """Return the window that a call had reached when it raised an exception; None if its loops don't tell.

    It may be one past the right output.
    """
    ran = {line.line for line in trace.lines if not line.file}
    variables = {name: int(value) for name, value in trace.variables if isinstance(value, int | np.integer)}
    loops = _loops_around(source, contract.name, ran, raised)
    if {"h", "w"} <= variables.keys():  # in whatever order
        i, c = (variables[name] if name in loops and name in variables else 0 for name in "ic")
        return max(i, 0), variables["h"], variables["w"], c
    places = tuple(variables[name] for name in loops if name in variables)
    if len(places) != len(loops) or not 2 <= len(places) <= 4:
        return None
    return (places[0], places[1], places[2], 0) if len(places) == 3 else contract.index(places)


def _loops_around(source: Submission, name: str, ran: set[int], raised: int | None) -> list[str]:
    """Return the variables of the loops around a line of a function, or around the last of its lines that ran."""
    function = source.function(name)
    if function is None:
        return []
    own = [n for n in (*ran, *(() if raised is None else (raised,))) if function.line <= n <= function.end]
    at = raised if raised in own else max(own, default=0)
    loops = [
        node
        for node in ast.walk(ast.parse(source.text))
        if isinstance(node, ast.For) and function.line <= node.lineno <= (at or 0) <= (node.end_lineno or 0)
    ]
    loops.sort(key=lambda node: node.lineno)
    return [node.target.id for node in loops if isinstance(node.target, ast.Name)]


def shown(text: str, width: int = 60) -> str:
    """Return a line of theirs without its comment, shortened to a width."""
    code = re.sub(r"\s+#[^'\"]*$", "", text)
    return code if len(code) <= width else f"{code[: width - 1]}…"
