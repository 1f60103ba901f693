"""A learner's function beside the right one, window by window, on the smallest probe that shows its mistake."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convstep.check.bank import TOLERANCE
from convstep.check.checking import BAD, Checked, Own, Report, check_with, contracts_of
from convstep.check.contracts import Call, Contract, Failure, Odd, Outcome
from convstep.check.decoder import decode
from convstep.check.helpers import HELPERS
from convstep.check.live import NAMES
from convstep.check.probes import PLACES, Probe, places, probes
from convstep.check.problems import Array, Problem, arguments, canonical
from convstep.check.reading import read
from convstep.check.right import right
from convstep.check.running import Runner, Shape, Trace, TracedLine
from convstep.engine.geometry import Index, Padding
from convstep.figures import minus
from convstep.layers import AvgPool, Conv, Layer, MaxPool, times
from convstep.layers.weights import Given
from convstep.layers.words import short_span
from convstep.network import Network
from convstep.printable import printable

STEPPED = ("conv", "pool", "single_step")
"""The operations that go through windows one by one, or compute one."""
UNCOMPARED = ("not_written", "timeout")
"""Verdicts after which there is nothing to compare."""
DECODED = 20_000
"""The most values of one call that shows which windows are read."""
SIZES = frozenset((*NAMES["n_H"], *NAMES["n_W"]))
"""Variables that are the same at all windows."""
NO_ERROR = Failure("", "")
NO_TRACE = ("TimeUpError", "Ended", "MemoryError")
"""What ends a call that is not followed line by line: it would take as long again, or end the child."""


@dataclass(frozen=True)
class Window:
    """The part of the input that a window of theirs covers, in the input's own coordinates.

    Attributes:
        rows: Its rows.
        cols: Its columns.
        channel: The only channel; None for all.
    """

    rows: range
    cols: range
    channel: int | None = None

    def __str__(self) -> str:
        return ", ".join(self._axes)

    @property
    def _axes(self) -> list[str]:
        axes = [short_span(self.rows, "row"), short_span(self.cols, "col")]
        return axes if self.channel is None else [*axes, f"channel {self.channel}"]

    def unlike(self, other: Window) -> str:
        """Return in words what this window covers otherwise than another one; "" if nothing."""
        return ", ".join(own for own, theirs in zip(self._axes, other._axes, strict=False) if own != theirs)


@dataclass(frozen=True)
class SourceLine:
    """A line of their code, with what it bound the last time that it ran before or at a window.

    Attributes:
        number: Its number, from 1, in the submission's text.
        text: The line.
        value: What it bound, as text; "" for nothing.
        expected: What that should be; "" if it has no counterpart, or if it is that.
        current: Whether it is the line that stores the window's value, or raised the exception.
        right: Whether it has a counterpart, and is what it should be.
        blamed: Whether it is in a helper that is to blame.
    """

    number: int
    text: str
    value: str = ""
    expected: str = ""
    current: bool = False
    right: bool = False
    blamed: bool = False


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
    lines: tuple[SourceLine, ...] = ()
    window: Window | None = None
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Beside:
    """A learner's function and the right one on one probe.

    Attributes:
        report: What is to be said about the whole file.
        checked: What is to be said about the function.
        contract: What it promises.
        probe: The probe.
        network: A net of one layer that does the same.
        ours: The right output, `(m, n_H, n_W, n_C)`.
        theirs: Their output, channels last; None if there is none that can be compared.
        differs: `(m, n_H, n_W, n_C)`, True where their output has another value, or none.
        first: The window to open, `(i, h, w, c)`: the first that differs.
        windows: By `(i, h, w)` the part of the input that they read, as far as it is known.
        error: What their function raised on this probe; no type if nothing.
        inside: Whether it was raised at a window of the right output, which is then the first one.
    """

    report: Report
    checked: Checked
    contract: Contract
    probe: Probe
    network: Network
    ours: Array
    theirs: Array | None
    differs: NDArray[np.bool_]
    first: Index
    windows: Mapping[tuple[int, int, int], Window] = field(default_factory=dict)
    error: Failure = NO_ERROR
    inside: bool = True

    def number(self, index: Index) -> int:
        """Return a window's number, from 0."""
        return int(np.ravel_multi_index(index, self.ours.shape))

    def index(self, number: int) -> Index:
        """Return the window of a number, `(i, h, w, c)`."""
        i, h, w, c = (int(n) for n in np.unravel_index(number, self.ours.shape))
        return i, h, w, c

    def their_value(self, index: Index) -> float | None:
        """Return their value at a window; None if their output has none there."""
        if self.theirs is None or any(at >= size for at, size in zip(index, self.theirs.shape, strict=True)):
            return None
        return float(self.theirs[index])

    def their_window(self, index: Index, at: At | None = None) -> Window | None:
        """Return the part of the input that they read for a window; None if it is unknown."""
        known = self.windows.get(index[:3])
        return known or (at.window if at is not None and at.index == index else None)

    def right_window(self, index: Index) -> Window:
        """Return the part of the input that the window covers, padding included."""
        problem = self.probe.problem
        rows, cols = (
            range(place * stride - pad, place * stride - pad + f)
            for place, stride, pad, f in zip(index[1:3], problem.stride, problem.pad, problem.f, strict=True)
        )
        return Window(rows, cols)

    def made_of(self, index: Index, window: Window | None) -> str:
        """Return what their value at a window is made of, if one reading of it alone gives this value; "" if none."""
        value = self.their_value(index)
        if value is None:
            return ""
        found = {words for words, made in _readings(self.probe.problem, index, window) if _alike(made, value)}
        return found.pop() if len(found) == 1 else ""


def _readings(problem: Problem, index: Index, window: Window | None) -> Iterator[tuple[str, float]]:
    """Yield what a value may be made of, in words, and the value that it has then.

    Args:
        problem: The input.
        index: The window.
        window: The part of the input that they read, if that is known, and another than the right one.
    """
    i, h, w, c = index
    f, rows, cols = problem.f, range(0), range(0)
    if window is None:
        tops = h * problem.stride[0] - problem.pad[0], w * problem.stride[1] - problem.pad[1]
        rows, cols = range(tops[0], tops[0] + f[0]), range(tops[1], tops[1] + f[1])
    elif window.channel in (None, c):
        rows, cols = window.rows, window.cols
    part = _padded(problem, i, rows, cols)
    if part is None or part.shape[:2] != f:
        return
    if problem.W is None:
        one = part[..., c]
        if window is not None:
            yield f"the {'mean' if problem.mode == 'average' else 'largest'} of {window}", _pooled(problem, one)
            return
        yield "the largest value", float(one.max())
        yield "the smallest value", float(one.min())
        yield "the mean", float(one.mean())
        yield "the sum", float(one.sum())
        yield "taken over all channels", _pooled(problem, part)
        return
    W, b = problem.W, float(problem.biases[c])
    total = float((part * W[..., c]).sum())
    if window is not None:
        yield f"the sum over {window}", total + b
        return
    yield "the sum without the bias", total
    yield f"the sum with the bias {part.size} times", total + b * part.size
    yield "the mean of the products, and the bias", total / part.size + b
    yield "the sum with the filter flipped", float((part * W[::-1, ::-1, :, c]).sum()) + b
    if f[0] == f[1]:
        yield "the sum with rows and columns of the filter swapped", float((part * W[..., c].swapaxes(0, 1)).sum()) + b
    if part.shape[2] > 1:
        yield "the sum over channel 0 alone", float((part[..., 0] * W[..., 0, c]).sum()) + b
    for other in range(W.shape[3]):
        if other != c:
            yield f"the sum with filter {other + 1}", float((part * W[..., other]).sum()) + b
            yield f"the sum with the bias of filter {other + 1}", total + float(problem.biases[other])
            own = float((part * W[..., other]).sum()) + float(problem.biases[other])
            yield f"the sum with filter {other + 1} and its bias", own


def _pooled(problem: Problem, part: Array) -> float:
    return float(part.mean() if problem.mode == "average" else part.max())


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(other))


def next_difference(differs: NDArray[np.bool_], number: int, count: int = 1, *, forward: bool = True) -> int | None:
    """Return the number of the `count`-th window after one, or before it, that differs; None if there is none."""
    found = np.flatnonzero(differs)
    found = found[found > number] if forward else found[found < number][::-1]
    return int(found[count - 1]) if len(found) >= count else None


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
            beside = _beside(self._runner, self.beside.report, self.beside.checked, self.beside.contract, probe)
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
            beside = _beside(runner, report, chosen, contract, _probe(chosen, asked, last))
            return report, Opened(runner, beside, asked)
    except BaseException:
        runner.close()
        raise
    runner.close()
    return report, None


def _beside(runner: Runner, report: Report, checked: Checked, contract: Contract, probe: Probe) -> Beside:
    problem, first = probe.problem, checked.verdict.first
    replaced = _missing(runner, contract)
    outcome = _run(runner, contract, problem, replaced)
    ours = np.asarray(right(contract.operation, problem)[0], dtype=float)
    theirs = _output(contract, outcome)
    error, inside = outcome.error or NO_ERROR, True
    if theirs is None and checked.verdict.verdict in UNCOMPARED:
        differs, opened = np.zeros(ours.shape, np.bool_), (0, 0, 0, 0)
    elif theirs is not None or not error.type:
        differs = _differs(ours, theirs)
        opened = _first(differs, ours.shape)
        if theirs is not None and first is not None and isinstance(first.index, tuple) and first.probe == probe.name:
            opened = _ours(contract, first.index)
    else:
        opened, inside = _where_raised(runner, contract, problem, ours.shape, error, replaced)
        differs = np.zeros(ours.shape, np.bool_)
        differs.reshape(-1)[np.ravel_multi_index(opened, ours.shape) :] = True
    windows = {} if theirs is None else _windows(runner, contract, problem, replaced)
    network = network_of(contract, problem, printable(f"{runner.source.name}: {contract.name}"))
    return Beside(report, checked, contract, probe, network, ours, theirs, differs, opened, windows, error, inside)


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


def network_of(contract: Contract, problem: Problem, title: str) -> Network:
    """Return a net of one layer that computes the right answer to a problem."""
    name = contract.name.rpartition(".")[2]
    window: dict[str, Any] = {
        "kernel": problem.f,
        "stride": problem.stride,
        "padding": Padding(problem.pad[0], problem.pad[0], problem.pad[1], problem.pad[1]),
    }
    layer: Layer
    if problem.W is not None:
        bias = None if problem.b is None else Given(problem.biases)
        layer = Conv(name=name, filters=problem.W.shape[3], weights=Given(problem.W), bias=bias, **window)
    else:
        layer = (AvgPool if problem.mode == "average" else MaxPool)(name=name, **window)
    return Network(title, problem.A.shape[1:], (layer,), np.dtype(np.float64))


def _missing(runner: Runner, contract: Contract) -> dict[str, str]:
    """Return the helpers that the file does not have, and that it is therefore given."""
    function = runner.source.function(contract.name)
    return {name: HELPERS[name] for name in HELPERS if function is not None and name in function.missing}


def _call(contract: Contract, problem: Problem) -> Call:
    return Call(contract.name, arguments(contract, problem))


def _run(runner: Runner, contract: Contract, problem: Problem, replaced: Mapping[str, str]) -> Outcome:
    return runner.run([_call(contract, problem)], replaced)[0]


def _output(contract: Contract, outcome: Outcome) -> Array | None:
    """Return an output, channels last; None if there is none with four axes."""
    value = outcome.value
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        array = np.asarray(value)
        if np.iscomplexobj(array):  # of a Fourier transform
            array = array.real if not np.abs(array.imag).max(initial=0) > TOLERANCE else np.empty(0)
        array = np.asarray(array, dtype=float)
    except (TypeError, ValueError):
        return None
    array = canonical(contract, contract.results[0], array)
    return array if array.ndim == 4 and array.size else None


def _differs(ours: Array, theirs: Array | None) -> NDArray[np.bool_]:
    """Return where an output has another value than the right one, or none."""
    aligned = np.full(ours.shape, np.nan)
    if theirs is not None:
        shared = tuple(slice(0, min(sizes)) for sizes in zip(ours.shape, theirs.shape, strict=True))
        aligned[shared] = theirs[shared]
    scale = max(1.0, float(np.abs(ours).max(initial=0)))
    with np.errstate(invalid="ignore"):
        alike = (np.abs(aligned - ours) <= TOLERANCE * scale) | (aligned == ours) | (np.isnan(aligned) & np.isnan(ours))
        found: NDArray[np.bool_] = ~alike
    return found


def _first(differs: NDArray[np.bool_], shape: tuple[int, ...]) -> Index:
    i, h, w, c = (int(n) for n in np.unravel_index(int(np.argmax(differs.reshape(-1))), shape))
    return i, h, w, c


def _ours(contract: Contract, index: tuple[int, ...]) -> Index:
    """Return an index of their output as `(i, h, w, c)`."""
    if len(index) == 4 and contract.layout == "NCHW":
        index = (index[0], index[2], index[3], index[1])
    if len(index) == 2:
        index = (0, *index, 0)
    i, h, w, c = index if len(index) == 4 else (0, 0, 0, 0)
    return i, h, w, c


def _theirs(contract: Contract, index: tuple[int, ...]) -> tuple[int, ...]:
    """Return an index `(i, h, w, c)`, or a shape, in the order of the axes of their output."""
    i, h, w, c = index
    return {"NCHW": (i, c, h, w), "HW": (h, w)}.get(contract.layout, (i, h, w, c))


# The windows that they read


def _windows(
    runner: Runner, contract: Contract, problem: Problem, replaced: Mapping[str, str]
) -> dict[tuple[int, int, int], Window]:
    """Return which part of the input each of their windows covers, from what comes out of filters that copy one tap."""
    if contract.operation != "conv":
        return {}
    shown = places(problem)
    taps = shown.filters.shape[3]
    if taps * np.prod(problem.sizes) * len(problem.A) > DECODED:
        return {}
    if contract.layout == "HW":  # it takes one filter at a time
        single = [_with_filter(shown, n) for n in range(taps)]
        outcomes = runner.run([_call(contract, each) for each in single], replaced)
        parts = [_output(contract, each) for each in outcomes]
        known = [
            part
            for part in parts
            if part is not None and part.shape == (parts[0].shape if parts[0] is not None else ())
        ]
        Z = np.concatenate(known, axis=3) if len(known) == taps else None
    else:
        Z = _output(contract, _run(runner, contract, shown, replaced))
    decoded = None if Z is None else decode(shown, Z)
    if decoded is None:
        return {}
    f_h, f_w = problem.f
    return {
        place: Window(range(row, row + f_h), range(col, col + f_w))
        for place, (example, row, col) in decoded.origins.items()
        if example == place[0]
    }


def _with_filter(problem: Problem, number: int) -> Problem:
    return replace(problem, W=problem.filters[..., number : number + 1], b=None)


def _padded(problem: Problem, i: int, rows: range, cols: range) -> Array | None:
    """Return a part of the padded input; None if it lies beyond the padding."""
    (p_h, p_w), A = problem.pad, problem.A
    part = np.pad(A[i], ((p_h, p_h), (p_w, p_w), (0, 0)))
    top, left = rows.start + p_h, cols.start + p_w
    if min(top, left) < 0:
        return None
    found: Array = part[top : top + len(rows), left : left + len(cols)]
    return found if found.shape[:2] == (len(rows), len(cols)) else None


# Their lines at a window


def _at(runner: Runner, beside: Beside, index: Index) -> At:
    """Return what is known of their code at a window: their lines, with what these bound."""
    contract, problem = beside.contract, beside.probe.problem
    if beside.error.type in NO_TRACE:
        return At(index, _unrun(runner, beside, beside.error.line))
    replaced = _missing(runner, contract)
    raised = bool(beside.error.type) and index == beside.first
    if raised:
        trace = _trace_of_end(runner, contract, problem, beside.ours.shape, replaced)
    else:
        shape = _theirs(contract, beside.ours.shape)
        trace = runner.trace(_call(contract, problem), _theirs(contract, index), shape, replaced)
    current = trace.line if trace.line is not None else beside.error.line
    here = beside.inside if raised else trace.how != "whole" or contract.operation == "single_step"
    judged = bool(beside.differs[index]) or beside.theirs is None
    own = [line for line in trace.lines if not line.file]
    lines = [_line(runner.source.line(each.line), beside, index, each, current, here, judged) for each in own]
    values = [value for line in own for _, value in line.variables] if here else []
    windows = [found for value in values if (found := located(contract, problem, index, value)) is not None]
    return At(index, tuple(lines) or _unrun(runner, beside, current), windows[-1] if windows else None, not here)


def _line(
    text: str, beside: Beside, index: Index, line: TracedLine, current: int | None, here: bool, judged: bool
) -> SourceLine:
    """Return a line with its values, and what they should be.

    Args:
        text: The line.
        beside: Their function and the right one.
        index: The window.
        line: The line as it ran.
        current: The number of the line that stores the window's value.
        here: Whether its values are those at this window, and not only at the end of the call.
        judged: Whether the window's value is wrong, so that variables that are as they should be tell something.
    """
    contract, problem = beside.contract, beside.probe.problem
    rightly = _right_variables(problem, index)
    sizes = {name for name, value in rightly.items() if name in SIZES}
    values, wanted, is_right = [], [], False
    several = len(line.variables) > 1
    for name, bound in sorted(line.variables, key=lambda pair: _column(pair[0], text)):
        value = stored_at(beside, index, bound) if line.line == current and "[" in name else bound
        window = located(contract, problem, index, value) if here else None
        told = text_of(value)
        expected = None
        if window is not None:
            unlike = window.unlike(_right_window(beside, index, window)) if judged else ""
            told = unlike or str(window)
            if contract.operation == "pool" and window.channel is None and problem.A.shape[3] > 1:
                told += ", all channels"
            elif judged:
                expected = _right_window(beside, index, window).unlike(window)
        elif judged and (here or name in sizes):
            expected = _expected(beside, index, name, value, rightly, stores=line.line == current)
        values.append(f"{name} {told}" if several else told)
        is_right = is_right or expected == ""
        wanted += [expected] if expected else []
    return SourceLine(
        line.line,
        text,
        ", ".join(values),
        ", ".join(wanted),
        line.line == current,
        is_right and not wanted,
        line.function in beside.checked.cause.split(", "),
    )


def _right_variables(problem: Problem, index: Index) -> dict[str, float]:
    """Return what the course's variables should be at a window, under all their names."""
    h, w = index[1] * problem.stride[0], index[2] * problem.stride[1]
    n_H, n_W = problem.sizes
    right = {
        "vert_start": h,
        "vert_end": h + problem.f[0],
        "horiz_start": w,
        "horiz_end": w + problem.f[1],
        "n_H": n_H,
        "n_W": n_W,
    }
    return {alias: float(right[name]) for name, aliases in NAMES.items() for alias in aliases}


def _column(name: str, text: str) -> int:
    """Return where a line has a name, or an expression; past its end if nowhere."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() if found else len(text)


def _right_window(beside: Beside, index: Index, window: Window) -> Window:
    """Return the right window, with its channel if theirs has one."""
    return replace(beside.right_window(index), channel=None if window.channel is None else index[3])


def _expected(
    beside: Beside, index: Index, name: str, value: Any, rightly: Mapping[str, float], *, stores: bool
) -> str | None:
    """Return what a variable should be; "" if it is that, None if it has no counterpart."""
    if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
        return None
    if name in rightly:
        return "" if float(value) == rightly[name] else text_of(rightly[name])
    if stores and "[" in name:
        ours = float(beside.ours[index])
        return "" if _alike(float(value), ours) else text_of(ours)
    return None


def _unrun(runner: Runner, beside: Beside, current: int | None) -> tuple[SourceLine, ...]:
    """Return the lines of a function of which nothing ran."""
    function = runner.source.function(beside.contract.name)
    if function is None:
        return ()
    unwritten = set(function.unwritten)
    numbered = ((n, runner.source.line(n)) for n in range(function.line, function.end + 1))
    return tuple(
        SourceLine(n, text, current=n == current or n in unwritten)
        for n, text in numbered
        if text.strip() and not text.strip().startswith("#")
    )


def located(contract: Contract, problem: Problem, index: Index, value: Any) -> Window | None:
    """Return which part of the input an array is, if it is exactly one; None if it is none."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf" or value.size < 2:
        return None
    i, _, _, c = index
    if value.ndim == 4 and len(value) == len(problem.A):  # of all examples at once
        value = value[i]
    if value.ndim not in (2, 3):
        return None
    (p_h, p_w), A = problem.pad, problem.A[i]
    padded = np.pad(A, ((p_h, p_h), (p_w, p_w), (0, 0)))
    part = value
    if value.ndim == 3:
        part = np.moveaxis(value, 0, -1) if contract.layout == "NCHW" else value
        if part.shape[2] != A.shape[2]:
            return None
    channels = [None] if value.ndim == 3 else [c if c < A.shape[2] else 0, *range(A.shape[2])]
    if part.shape[0] > padded.shape[0] or part.shape[1] > padded.shape[1] or 0 in part.shape:
        return None
    if part.shape[:2] != problem.f and part.shape[:2] in (padded.shape[:2], A.shape[:2]):
        return None  # the whole map
    for channel in channels:
        plane = padded if channel is None else padded[..., channel : channel + 1]
        views = sliding_window_view(plane, part.shape[:2], axis=(0, 1))
        wanted = (part if channel is None else part[..., None]).transpose(2, 0, 1)
        found = np.argwhere((views == wanted).all(axis=(2, 3, 4)))
        if len(found) == 1:
            row, col = int(found[0][0]) - p_h, int(found[0][1]) - p_w
            only = channel if A.shape[2] > 1 else None
            return Window(range(row, row + part.shape[0]), range(col, col + part.shape[1]), only)
    return None


def stored_at(beside: Beside, index: Index, value: Any) -> Any:
    """Return the one of several values stored at once that belongs to a window, if they are those of all filters."""
    i, _, _, c = index
    m, _, _, n_C = beside.ours.shape
    match value:
        case np.ndarray(shape=(count,)) if count == n_C:
            return value[c]
        case np.ndarray(shape=(examples, count)) if (examples, count) == (m, n_C):
            return value[i, c]
    return value


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
    return type(value).__name__


# Exceptions


def _where_raised(
    runner: Runner,
    contract: Contract,
    problem: Problem,
    shape: tuple[int, ...],
    error: Failure,
    replaced: Mapping[str, str],
) -> tuple[Index, bool]:
    """Return the window at which their function raised an exception, and whether it is one of the right output.

    It is the nearest one if it is none of these, and the first if it is unknown.
    """
    start = (0, 0, 0, 0)
    if error.type in NO_TRACE:
        return start, False
    trace = _trace_of_end(runner, contract, problem, shape, replaced)
    variables = dict(trace.variables)
    loops = _loops_around(runner, contract, {line.line for line in trace.lines if not line.file}, error.line)
    values = [variables.get(name) for name in loops]
    places = [int(value) for value in values if isinstance(value, int | np.integer)]
    if len(places) != len(loops) or not 2 <= len(places) <= 4:
        return start, False
    if len(places) == 2:
        index = (0, *places, 0)
    elif len(places) == 3:
        index = (*places, 0)
    else:
        index = _ours(contract, tuple(places))
    i, h, w, c = (min(max(at, 0), size - 1) for at, size in zip(index, shape, strict=True))
    return (i, h, w, c), (i, h, w, c) == index


def _trace_of_end(
    runner: Runner, contract: Contract, problem: Problem, shape: tuple[int, ...], replaced: Mapping[str, str]
) -> Trace:
    """Return a call that ends with an exception, as it was then."""
    last = tuple(size - 1 for size in shape)
    return runner.trace(_call(contract, problem), _theirs(contract, last), _theirs(contract, shape), replaced)


def _loops_around(runner: Runner, contract: Contract, ran: set[int], line: int | None) -> list[str]:
    """Return the variables of the loops around a line of a function, or around the last of its lines that ran."""
    function = runner.source.function(contract.name)
    if function is None:
        return []
    own = [n for n in (*ran, *(() if line is None else (line,))) if function.line <= n <= function.end]
    at = line if line in own else max(own, default=0)
    loops = [
        node
        for node in ast.walk(ast.parse(runner.source.text))
        if isinstance(node, ast.For) and function.line <= node.lineno <= (at or 0) <= (node.end_lineno or 0)
    ]
    loops.sort(key=lambda node: node.lineno)
    return [node.target.id for node in loops if isinstance(node.target, ast.Name)]


def wrong_elsewhere(beside: Beside) -> list[str]:
    """Return the names of the other functions of the file that are wrong."""
    own = beside.contract.name
    return [
        each.verdict.function
        for each in beside.report.functions
        if each.verdict.verdict in BAD and each.verdict.function != own
    ]
