"""Running a learner's function and the right one on a probe, and comparing them window by window."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convstep.check.bank import TOLERANCE
from convstep.check.beside import NO_ERROR, Beside
from convstep.check.checking import Checked, Report
from convstep.check.contracts import Call, Contract, Failure, Outcome
from convstep.check.decoder import decode
from convstep.check.helpers import HELPERS
from convstep.check.live import reached
from convstep.check.probes import Probe, places
from convstep.check.problems import Array, Problem, arguments, canonical
from convstep.check.right import right
from convstep.check.running import Runner, Trace
from convstep.check.variables import Window
from convstep.engine.geometry import Index, Padding
from convstep.layers import AvgPool, Conv, Layer, MaxPool
from convstep.layers.weights import Given
from convstep.network import Network
from convstep.printable import printable

UNCOMPARED = ("not_written", "timeout")
"""Verdicts after which there is nothing to compare."""
DECODED = 20_000
"""The most values of one call that shows which windows are read."""
NO_TRACE = ("TimeUpError", "Ended", "MemoryError")
"""What ends a call that is not followed line by line: it would take as long again, or end the child."""


def compare(runner: Runner, report: Report, checked: Checked, contract: Contract, probe: Probe) -> Beside:
    """Return a learner's function beside the right one on a probe; runs it."""
    problem, first = probe.problem, checked.verdict.first
    replaced = given_helpers(runner, contract)
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
            opened = contract.index(first.index)
    else:
        opened, inside, stored = _where_raised(runner, contract, problem, ours, error, replaced)
        differs = _not_before(contract, opened, ours.shape) if stored is None else _differs(ours, stored)
        differs[opened] = True
    windows = {} if theirs is None else _windows(runner, contract, problem, replaced)
    network = network_of(contract, problem, printable(f"{runner.source.name}: {contract.name}"))
    return Beside(report, checked, contract, probe, network, ours, theirs, differs, opened, windows, error, inside)


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


def given_helpers(runner: Runner, contract: Contract) -> dict[str, str]:
    """Return the helpers that the file does not have, and that it is therefore given."""
    function = runner.source.function(contract.name)
    return {name: HELPERS[name] for name in HELPERS if function is not None and name in function.missing}


def call_of(contract: Contract, problem: Problem) -> Call:
    """Return a call of a function on a problem."""
    return Call(contract.name, arguments(contract, problem))


def _run(runner: Runner, contract: Contract, problem: Problem, replaced: Mapping[str, str]) -> Outcome:
    return runner.run([call_of(contract, problem)], replaced)[0]


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
        outcomes = runner.run([call_of(contract, each) for each in single], replaced)
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


def _where_raised(
    runner: Runner, contract: Contract, problem: Problem, ours: Array, error: Failure, replaced: Mapping[str, str]
) -> tuple[Index, bool, Array | None]:
    """Return the window at which their function raised an exception, and what it had stored until then.

    Returns:
        The window: the nearest one if it is none of the right output, and the first if it is unknown; whether it is
        one of the right output; and their output as it was, channels last, None if it is unknown.
    """
    if error.type in NO_TRACE:
        return (0, 0, 0, 0), False, None
    trace = trace_of_end(runner, contract, problem, ours, replaced)
    index = reached(runner.source, contract, trace, error.line)
    stored = _stored(runner, contract, ours, trace, error.line)
    if index is None:
        return (0, 0, 0, 0), False, stored
    i, h, w, c = (min(max(at, 0), size - 1) for at, size in zip(index, ours.shape, strict=True))
    return (i, h, w, c), (i, h, w, c) == index, stored


def _stored(runner: Runner, contract: Contract, ours: Array, trace: Trace, line: int | None) -> Array | None:
    """Return their output when an exception was raised: the array that the line stores to, also if it is flat."""
    stores = re.match(r"\s*(\w+)\[", "" if line is None else runner.source.line(line))
    value = dict(trace.variables).get(stores[1]) if stores else None
    if not isinstance(value, np.ndarray) or value.size != ours.size or value.dtype.kind not in "iuf":
        return None
    shape = contract.place(ours.shape)
    return canonical(contract, contract.results[0], np.asarray(value, dtype=float).reshape(shape))


def _not_before(contract: Contract, opened: Index, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which windows are not before one, in the order of the axes of their output."""
    numbers = np.arange(np.prod(shape)).reshape(contract.place(shape))
    ordered = canonical(contract, contract.results[0], numbers)
    return np.asarray(ordered >= ordered[opened])


def trace_of_end(
    runner: Runner, contract: Contract, problem: Problem, ours: Array, replaced: Mapping[str, str]
) -> Trace:
    """Return a call that ends with an exception, as it was then."""
    last = tuple(size - 1 for size in ours.shape)
    return runner.trace(call_of(contract, problem), contract.place(last), contract.place(ours.shape), replaced)
