"""Whether a learner's function is right, where it first goes wrong, and which mistake it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from convstep.check.bank import MOST, Case, Explanation, explanations, same, wrong
from convstep.check.contracts import Call, Contract, Failure, Odd, Outcome, Outdated, Ref
from convstep.check.decoder import Windows, decode
from convstep.check.evidence import Evidence
from convstep.check.mutations.kinds import KINDS
from convstep.check.mutations.plan import Mutation, Plan
from convstep.check.probes import PLACES, Probe, probes
from convstep.check.problems import Array, Pair, Problem, arguments, cache, canonical, presented
from convstep.check.right import right
from convstep.check.words import geometry, shape_formula, value, windows_compared

Answer = Literal["right", "wrong", "convention", "outdated", "not_written", "error", "timeout"]

AGAIN = 2
"""How many of the probes are asked twice."""


LARGE = 20_000
"""How many values in windows and in the output an input has from which on it is large."""

OF_SHAPES = ("ValueError", "IndexError")
"""The exceptions that mistakes of the bank can lead to."""

OF_VALUES = (*OF_SHAPES, "TypeError", "AssertionError", "ZeroDivisionError", "FloatingPointError")
"""The exceptions for which it helps to know the variables."""

SHOWN, SHORT = 10, 40
"""How many variables are told where an error was raised, and the most characters of a value."""


@dataclass(frozen=True, eq=False)
class Asked:
    """The calls with which a function is checked.

    Attributes:
        contract: What the function promises.
        probes: Its probes.
        calls: All calls in order.
        places: By probe, the number of its call.
    """

    contract: Contract
    probes: tuple[Probe, ...]
    calls: tuple[Call, ...]
    places: tuple[int, ...]


@dataclass(frozen=True)
class Mistake:
    """A mistake by its name.

    Attributes:
        kind: One of KINDS.
        says: What is wrong.
        unnoticed: Why it can go unnoticed; "" if it can't.
        instead: What to write instead; "" if that follows from what is wrong.
    """

    kind: str
    says: str
    unnoticed: str = ""
    instead: str = ""


@dataclass(frozen=True)
class First:
    """The first value that is wrong, in the order of the function's loops.

    Attributes:
        probe: The probe's name.
        result: The name of the array.
        index: Where; "shape" if shapes differ, or the exception's name.
        got: What the function gives there: a value, a shape, or what the exception says.
        expected: What is right there; None where that is the whole array.
        window: How many values come before it, if it is the place of a window.
    """

    probe: str
    result: str
    index: tuple[int, ...] | str
    got: Any
    expected: Any
    window: int | None = None


@dataclass(frozen=True)
class Probed:
    """What came of one probe: `why` says what is wrong with it, in a sentence without a full stop."""

    name: str
    passed: bool
    why: str = ""


@dataclass(frozen=True)
class Verdict:
    """What is to be said about a function.

    Attributes:
        function: Its name.
        verdict: The one word.
        mistakes: Each item explains everything; several are alternatives; none if nothing known does.
        sure: Whether at least one wrong array is what the mistakes make of it; else they are a guess.
        first: The first wrong value; None if there is none.
        probes: What came of each probe.
        skipped: What was not asked, and why.
        outdated: Code that today's NumPy refuses.
        geometry: The input's geometry where it first goes wrong, and both windows; "" if there is none.
        notes: More to say: the size as a formula, what the exception means, which windows are read.
    """

    function: str
    verdict: Answer
    mistakes: tuple[tuple[Mistake, ...], ...] = ()
    sure: bool = False
    first: First | None = None
    probes: tuple[Probed, ...] = ()
    skipped: tuple[str, ...] = ()
    outdated: tuple[Outdated, ...] = ()
    geometry: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Tried:
    """A probe with what came back, and what is right."""

    probe: Probe
    outcome: Outcome
    want: tuple[Array, ...]
    got: tuple[Array, ...] | None = None
    why: str = ""
    first: First | None = None

    @property
    def passed(self) -> bool:
        return not self.why


def ask(contract: Contract, defined: Sequence[str] = (), own: Sequence[Probe] = ()) -> Asked:
    """Return the calls with which a function is checked.

    Args:
        contract: What the function promises.
        defined: The names of the functions in its file, so that a backward pass is given its own cache.
        own: The probes to ask instead of ours.
    """
    asked = tuple(own) or probes(contract)
    calls: list[Call] = []
    repeated = [] if own else [n for n, probe in enumerate(asked) if not probe.optional][:AGAIN]
    places = [_add(calls, contract, probe.problem, defined, n in repeated) for n, probe in enumerate(asked)]
    return Asked(contract, asked, tuple(calls), tuple(places))


def _add(calls: list[Call], contract: Contract, problem: Problem, defined: Sequence[str], twice: bool) -> int:
    """Add the call for a problem, and before it the forward pass whose cache it takes; return its number."""
    args = arguments(contract, problem)
    if contract.forward in defined and "cache" in contract.parameters:
        inputs = tuple(_fresh(item) for item in cache(contract, problem))
        mode = args[2:]
        calls.append(Call(contract.forward, (*inputs, *mode)))
        place = contract.parameters.index("cache")
        args = (*args[:place], Ref(len(calls) - 1, 1, args[place]), *args[place + 1 :])
    calls.append(Call(contract.name, args, twice=twice))
    return len(calls) - 1


def _fresh(item: Any) -> Any:
    return np.ascontiguousarray(item).copy() if isinstance(item, np.ndarray) else dict(item)


def judge(asked: Asked, outcomes: Sequence[Outcome]) -> Verdict:
    """Return the verdict on a function, of what came back from its calls, in their order."""
    contract = asked.contract
    tried = [_tried(contract, probe, outcomes[place]) for probe, place in zip(asked.probes, asked.places, strict=True)]
    tried, skipped = _asked_for(contract, tried)
    verdict = Verdict(
        contract.name,
        "right",
        first=next((one.first for one in tried if one.first is not None), None),
        probes=tuple(Probed(one.probe.name, one.passed, one.why) for one in tried),
        skipped=tuple(skipped),
        outdated=tuple(dict.fromkeys(each for one in tried for each in one.outcome.outdated)),
    )
    kinds = {one.outcome.kind for one in tried}
    if "not_written" in kinds:
        return replace(verdict, verdict="not_written", mistakes=((_mistake("not_written"),),), sure=True)
    if "timeout" in kinds:
        return replace(verdict, verdict="timeout", mistakes=((_mistake("hangs"),),), sure=True)
    required = [one for one in tried if not one.probe.optional]
    ended = _ended(required)
    if ended is not None:
        return replace(verdict, verdict="wrong", mistakes=((ended,),), sure=True)
    if required and all(one.outcome.kind == "value" and _nothing(one.outcome.value) for one in required):
        nothing = "the function returns nothing: the return is missing, or a part is still None"
        return replace(
            verdict, verdict="not_written", mistakes=((Mistake("not_written", nothing),),), sure=True, notes=(nothing,)
        )
    observed = _observed(contract, required)
    if all(one.passed for one in required):
        if observed:
            return replace(verdict, verdict="wrong", mistakes=(tuple(observed),), sure=True)
        return _of_conventions(verdict, tried)
    return _wrong(contract, verdict, required, observed)


def is_large(problem: Problem) -> bool:
    """Whether an input is too large for trying mistakes on it and for following code line by line."""
    (n_H, n_W), filters = problem.sizes, 1 if problem.W is None else problem.W.shape[3]
    taps = problem.f[0] * problem.f[1] * problem.A.shape[3]
    return bool(len(problem.A) * n_H * n_W * (taps + filters) > LARGE)


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, tuple) and bool(value) and value[0] is None)


def _mistake(kind: str) -> Mistake:
    return Mistake(kind, *KINDS[kind])


def _named(mutation: Mutation) -> Mistake:
    return Mistake(mutation.kind, mutation.says, mutation.unnoticed, mutation.instead)


def _tried(contract: Contract, probe: Probe, outcome: Outcome) -> _Tried:
    """Return a probe with what is wrong about its answer."""
    want = tuple(np.asarray(one, dtype=float) for one in presented(contract, right(contract.operation, probe.problem)))
    tried = _Tried(probe, outcome, want)
    if outcome.kind != "value":
        error = outcome.error or Failure("Error", outcome.kind)
        first = First(probe.name, contract.results[0], error.type, error.message, None)
        said = error.says or f"{error.type}: {error.message}"
        return replace(tried, why=f"{error.place}: {said}" if error.place else said, first=first)
    values = _parts(contract, outcome.value)
    if len(values) < len(want):
        names = ", ".join(contract.results)
        return replace(tried, why=f"{_count(len(values))} returned, and should be {names}")
    got: list[Array] = []
    for name, given, expected in zip(contract.results, values, want, strict=False):
        array = _array(given)
        if array is None:
            return replace(tried, why=f"{name} is {_what(given)}, and should be an array of numbers")
        got.append(_fitted(contract, name, array, expected))
    tried = replace(tried, got=tuple(canonical(contract, *pair) for pair in zip(contract.results, got, strict=True)))
    for name, array, expected in zip(contract.results, got, want, strict=True):
        if not same(array, expected):
            first = _first(probe, name, array, expected)
            return replace(tried, why=_why(first), first=first)
    return tried


def _count(values: int) -> str:
    return "1 array is" if values == 1 else f"{values} arrays are"


def _parts(contract: Contract, returned: Any) -> tuple[Any, ...]:
    """Return the arrays that a function returned, without its cache."""
    if len(contract.results) > 1:
        return tuple(returned) if isinstance(returned, tuple | list) else (returned,)
    if isinstance(returned, tuple) and returned and contract.operation in ("conv", "pool", "pool_backward"):
        return returned[:1]
    return (returned,)


def _array(given: Any) -> Array | None:
    """Return what a function returned as an array of floats; None if it is none."""
    try:
        array = np.asarray(given)
        if np.iscomplexobj(array):
            return None if np.abs(array.imag).max(initial=0) > 1e-6 else np.asarray(array.real, dtype=float)
        return np.asarray(array, dtype=float) if array.dtype.kind in "biuf" else None
    except (TypeError, ValueError):
        return None


def _what(given: Any) -> str:
    if given is None:
        return "None"
    if isinstance(given, Odd):
        return given.what
    if isinstance(given, np.ndarray | complex | np.complexfloating) and np.iscomplexobj(given):
        return "an array of complex numbers"
    return "a list of rows of different lengths" if isinstance(given, list) else f"a {type(given).__name__}"


def _fitted(contract: Contract, name: str, array: Array, expected: Array) -> Array:
    """Return an array in the expected shape where the contract lets it have fewer or more axes of length 1."""
    loose = contract.operation in ("single_step", "distribute") or name == "db" or contract.layout == "HW"
    fits = [n for n in array.shape if n != 1] == [n for n in expected.shape if n != 1]
    return array.reshape(expected.shape) if loose and fits else array


def _first(probe: Probe, name: str, got: Array, want: Array) -> First:
    """Return the first place at which an array is wrong."""
    if got.shape != want.shape:
        return First(probe.name, name, "shape", got.shape, want.shape)
    window = int(np.argmax(wrong(got, want).reshape(-1)))
    index = tuple(int(n) for n in np.unravel_index(window, want.shape)) if want.ndim else ()
    return First(probe.name, name, index, float(got[index]), float(want[index]), window)


def _why(first: First) -> str:
    """Return what is wrong, in a sentence without a full stop."""
    place = f"{first.result}[{', '.join(map(str, first.index))}]" if first.index else first.result
    if first.index == "shape":
        place = f"the shape of {first.result}"
    joint = "is" if first.index == "shape" else "="
    return f"{place} {joint} {value(first.got)}, and should be {value(first.expected)}"


def _asked_for(contract: Contract, tried: Sequence[_Tried]) -> tuple[list[_Tried], list[str]]:
    """Return the probes that count, and why others don't: padding of a pool that takes none, or what can't be asked."""
    kept, skipped = [], []
    for one in tried:
        if one.probe.optional and one.outcome.kind != "value":
            skipped.append(f"{one.probe.name}: it can't be asked for")
        elif _refuses_rest(one):
            skipped.append(f"{one.probe.name}: an assert of its own refuses sizes that the stride doesn't divide")
        elif one.probe.optional == "padding" and _ignores_padding(contract, one):
            skipped.append(f"{one.probe.name}: pad changes nothing")
        else:
            kept.append(one)
    return kept, skipped


def _refuses_rest(one: _Tried) -> bool:
    """Whether a function refuses, as CS231n's may, an input of which the stride leaves rows or columns over."""
    problem, error = one.probe.problem, one.outcome.error
    if error is None or error.type != "AssertionError":
        return False
    sides = zip(problem.A.shape[1:3], problem.pad, problem.f, problem.stride, strict=True)
    return any((size + 2 * pad - f) % stride for size, pad, f, stride in sides)


def _ignores_padding(contract: Contract, one: _Tried) -> bool:
    """Whether a pool gives the answer that it should give without padding."""
    if one.got is None:
        return True
    bare = replace(one.probe.problem, pad=(0, 0))
    return one.got[0].shape[1:3] == bare.sizes != one.probe.problem.sizes


def _ended(required: Sequence[_Tried]) -> Mistake | None:
    """Return the mistake of code that ends the program or waits for input."""
    kinds = {"SystemExit": "exits", "Ended": "exits", "EOFError": "asks", "AsksError": "asks"}
    names = [one.outcome.error.type for one in required if one.outcome.error is not None]
    return next((_mistake(kinds[name]) for name in names if name in kinds), None)


def _observed(contract: Contract, required: Sequence[_Tried]) -> list[Mistake]:
    """Return the mistakes that are seen without a bank: inputs that are changed, and other answers the second time."""
    found = []
    if any(one.outcome.changed for one in required):
        found.append(_mistake("input_changed"))
    twice = [(one.outcome, one.outcome.again) for one in required if one.outcome.again is not None]
    if any(again is not None and not _repeated(contract, first, again) for first, again in twice):
        found.append(_mistake("not_repeatable"))
    return found


def _repeated(contract: Contract, first: Outcome, second: Outcome) -> bool:
    """Whether a second call gave the same answer as the first, NaN where it is NaN."""
    if first.kind != "value" or second.kind != "value":
        return first.kind == second.kind
    for one, other in zip(_parts(contract, first.value), _parts(contract, second.value), strict=False):
        before, after = _array(one), _array(other)
        if before is not None and (after is None or not same(np.nan_to_num(before), np.nan_to_num(after))):
            return False
    return True


def _of_conventions(verdict: Verdict, tried: Sequence[_Tried]) -> Verdict:
    """Return the verdict on a function that is right wherever only one answer is."""
    for one in tried:
        if one.passed:
            continue
        if one.probe.optional == "ties":
            kind = "mask_all_tied" if one.probe.problem.layout == "NCHW" else "mask_first_only"
            return replace(verdict, verdict="convention", mistakes=((_mistake(kind),),), sure=True)
        counted = _padding_counted(one)
        if counted is not None:
            return replace(
                verdict,
                verdict="convention" if counted.kind == "padding_counted" else "wrong",
                mistakes=((counted,),),
                sure=True,
            )
        return replace(verdict, verdict="wrong")
    return replace(verdict, verdict="outdated" if verdict.outdated else "right")


def _padding_counted(one: _Tried) -> Mistake | None:
    """Return what a pool does with its padding if it takes it for zeros."""
    problem = one.probe.problem
    (p_h, p_w) = problem.pad
    zeros = replace(problem, A=np.pad(problem.A, ((0, 0), (p_h, p_h), (p_w, p_w), (0, 0))), pad=(0, 0))
    if one.got is None or not same(one.got[0], right("pool", zeros)[0]):
        return None
    if problem.mode == "max":
        return Mistake("max_from_zero", "the padding of a max-pool is 0, so it wins over negative values")
    return _mistake("padding_counted")


def _wrong(contract: Contract, verdict: Verdict, required: Sequence[_Tried], observed: Sequence[Mistake]) -> Verdict:
    """Return the verdict on a function that is wrong: its mistakes, both windows, and what else there is to say."""
    cases = [
        Case(one.probe.problem, right_results(contract, one.probe.problem), one.got, _cut(contract, one))
        for one in required
        if (one.got is not None or (one.outcome.error is not None and one.outcome.error.type in OF_SHAPES))
        and not is_large(one.probe.problem)
    ]
    evidence = Evidence(contract)
    for one in required:
        if one.outcome.error is not None:
            evidence.add(one.probe.problem, one.outcome.error)
    found = explanations(contract.operation, contract.layout, cases, evidence.likely, 1 if observed else MOST)
    mistakes = tuple((*observed, *(_named(mutation) for mutation in one.mutations)) for one in found)
    if observed and not found:
        mistakes = (tuple(observed),)
    failed = next(one for one in required if not one.passed)
    if not mistakes and _is_fraction(failed.outcome.error):
        mistakes = ((_mistake("size_not_floored"),),)
    values = any(one.outcome.kind == "value" for one in required if not one.passed)
    windows = _decoded(required)
    return replace(
        verdict,
        verdict="wrong" if values else "error",
        mistakes=mistakes,
        sure=bool(observed) or (bool(found) and found[0].sure),
        geometry=_geometry(contract, failed, found, windows),
        notes=tuple(_notes(contract, failed, found, windows)),
    )


def _is_fraction(error: Failure | None) -> bool:
    """Whether an error says that a size is a fraction."""
    return error is not None and error.type == "TypeError" and "float" in error.message and "integer" in error.message


def _cut(contract: Contract, one: _Tried) -> Pair | None:
    """Return the height and the width of what did not fit a filter, or the output, if an error tells."""
    error, problem = one.outcome.error, one.probe.problem
    if error is None or error.type != "ValueError":
        return None
    shapes = [tuple(int(n) for n in shape.split(",")) for shape in re.findall(r"\((\d+(?:,\d+){2,3})\)", error.message)]
    if "broadcast" in error.message and "remapped" not in error.message:
        sides = [_sides(contract, shape) for shape in shapes]
        whole = problem.gradient is None and all(len(shape) == len("NHWC") for shape in shapes)
        if whole and (len(sides) == 3 or (len(sides) == 2 and "from shape" in error.message)):
            return sides[len(sides) - 2]  # what is put into the whole output
        known = {
            side for side in (problem.f, *(() if problem.gradient is not None else (problem.sizes,))) if side in sides
        }
        if len(known) == 1:
            return next((side for side in sides if side not in known), *known)
    if problem.W is None or problem.gradient is not None:
        return None
    windows = [_sides(contract, each.shape) for each in _shown(error.locals) if _is_of(problem, each)]
    return next((side for side in windows if side != problem.f), None)


def _sides(contract: Contract, shape: Sequence[int]) -> Pair:
    """Return the height and the width of a window of some shape."""
    return (shape[-2], shape[-1]) if contract.layout == "NCHW" else (shape[-3], shape[-2])


def _shown(variables: Mapping[str, str]) -> Iterator[Array]:
    """Yield the arrays of three and more axes among variables that are shown as text."""
    for text in variables.values():
        if text.startswith("[[["):
            with suppress(ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                array = np.asarray(ast.literal_eval(text))
                if array.dtype.kind in "if" and array.ndim in (3, 4):
                    yield array


def _is_of(problem: Problem, array: Array) -> bool:
    """Whether an array may be a window of the input: of no other values than these and zeros, no filter and no bias."""
    if array.size == 1 and array.item() in problem.biases:
        return False
    values = {*np.round(problem.A, 6).reshape(-1).tolist(), 0.0}
    small = array.size < max(problem.A[0].size, 2) * len(problem.A)
    return small and {*np.round(array.astype(float), 6).reshape(-1).tolist()} <= values and bool(array.any())


def _variables(error: Failure) -> str:
    """Return the variables where an error was raised: numbers, the newest last, else other short ones; "" for none."""
    short = [(name, text) for name, text in error.locals.items() if len(text) <= SHORT and not text.startswith("a")]
    numbers = [(name, text) for name, text in short if re.fullmatch(r"[-\d.e+]+", text)]
    told = [f"{name} = {text}" for name, text in (numbers or short)[-SHOWN:]]
    return f"with {', '.join(told)} there" if told and error.place and error.type in OF_VALUES else ""


def right_results(contract: Contract, problem: Problem) -> tuple[Array, ...]:
    """Return the right results of a function, channels last, as floats."""
    return tuple(np.asarray(one, dtype=float) for one in right(contract.operation, problem))


def _decoded(required: Sequence[_Tried]) -> Windows | None:
    """Return the windows that a convolution really reads, if they can be told."""
    for one in required:
        if one.probe.name == PLACES and one.got is not None:
            return decode(one.probe.problem, one.got[0])
    return None


def _geometry(contract: Contract, failed: _Tried, found: Sequence[Explanation], windows: Windows | None) -> str:
    """Return the geometry of a failed probe, and where its first wrong window and the right one are."""
    if contract.operation not in ("conv", "pool", "conv_backward", "pool_backward"):
        return ""
    problem, first = failed.probe.problem, failed.first
    said = geometry(problem)
    if (
        not found
        or not found[0].sure
        or first is None
        or isinstance(first.index, str)
        or len(first.index) != contract.axes
    ):
        return said
    if contract.operation in ("conv_backward", "pool_backward"):
        return said
    h, w = contract.position(first.index)
    plan = Plan()
    for mutation in found[0].mutations:
        plan.update(mutation.changes)
    both = windows_compared(problem, plan, h, w)
    return f"{said}: {both}" if both else said


def _notes(contract: Contract, failed: _Tried, found: Sequence[Explanation], windows: Windows | None) -> list[str]:
    """Return what else there is to say about a failed probe."""
    notes = []
    if failed.first is not None and failed.first.index == "shape":
        notes.append(shape_formula(contract, failed.probe.problem, failed.first.got))
    if windows is not None:
        notes += windows.starts if found and found[0].sure else windows.says
    notes += failed.outcome.notes
    if failed.outcome.error is not None:
        notes.append(_variables(failed.outcome.error))
    return [note for note in notes if note]
