"""Learners' code run in the test's own process: what came back, as the child would tell it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from convstep.check.contracts import Call, Contract, Failure, Identity, Outcome, Ref, contract_for
from convstep.check.judge import Verdict, ask, judge
from convstep.check.probes import Probe


def verdict(source: str, function: str, own: Sequence[Probe] = (), contract: Contract | None = None) -> Verdict:
    """Return the verdict on a function of some source code."""
    names: dict[str, Any] = {}
    exec(compile(source, "<learner>", "exec"), names)
    promise = contract or contract_for(function)
    assert promise is not None
    asked = ask(promise, [name for name, value in names.items() if callable(value)], own)
    return judge(asked, outcomes(names, asked.calls))


def outcomes(names: Mapping[str, Any], calls: Sequence[Call]) -> list[Outcome]:
    """Return what came back from each call."""
    found: list[Outcome] = []
    for call in calls:
        found.append(_outcome(names[call.function], tuple(_resolved(arg, found) for arg in call.args)))
    return found


def _outcome(function: Any, args: tuple[Any, ...]) -> Outcome:
    before = tuple(map(_copied, args))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = function(*args)
    except Exception as error:
        return Outcome("error", error=Failure(type(error).__name__, str(error)))
    changed = tuple(n for n, (old, new) in enumerate(zip(before, args, strict=True)) if _differs(old, new))
    return Outcome("value", value, changed)


def _resolved(arg: Any, found: Sequence[Outcome]) -> Any:
    if isinstance(arg, Ref):
        value = found[arg.call].value
        own = isinstance(value, tuple) and len(value) > arg.item and isinstance(value[arg.item], tuple)
        return value[arg.item] if own else _copied(arg.otherwise)
    return (lambda given: given) if isinstance(arg, Identity) else _copied(arg)


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple):
        return tuple(map(_copied, value))
    return dict(value) if isinstance(value, dict) else value


def _differs(old: Any, new: Any) -> bool:
    if isinstance(old, np.ndarray):
        return old.shape != new.shape or not np.array_equal(old, new)
    return isinstance(old, tuple) and any(map(_differs, old, new))


def kinds(verdict: Verdict) -> list[set[str]]:
    """Return the kinds of each explanation."""
    return [{mistake.kind for mistake in one} for one in verdict.mistakes]
