"""Learners' code run in the test's own process: what came back, as the child would tell it."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from convstep.check.contracts import Call, Contract, Outcome, Ref, contract_for
from convstep.check.here import called
from convstep.check.judge import Verdict, ask, judge
from convstep.check.probes import Probe

judged: dict[tuple[object, ...], Verdict] = {}
"""Verdicts by all that a judge is given: many mistakes in several styles give the very same outputs."""


def verdict(source: str, function: str, own: Sequence[Probe] = (), contract: Contract | None = None) -> Verdict:
    """Return the verdict on a function of some source code."""
    names: dict[str, Any] = {}
    exec(compile(source, "<learner>", "exec"), names)
    promise = contract or contract_for(function)
    assert promise is not None
    asked = ask(promise, [name for name, value in names.items() if callable(value)], own)
    came = outcomes(names, asked.calls)
    key = promise, tuple(call.function for call in asked.calls), pickle.dumps((own, came))
    if key not in judged:
        judged[key] = judge(asked, came)
    return judged[key]


def outcomes(names: Mapping[str, Any], calls: Sequence[Call]) -> list[Outcome]:
    """Return what came back from each call."""
    found: list[Outcome] = []
    for call in calls:
        found.append(called(names[call.function], tuple(_resolved(arg, found) for arg in call.args)))
    return found


def _resolved(arg: Any, found: Sequence[Outcome]) -> Any:
    """Return the cache that the learner's own forward pass returned, where an argument stands for it."""
    if isinstance(arg, Ref):
        value = found[arg.call].value
        if isinstance(value, tuple) and len(value) > arg.item and isinstance(value[arg.item], tuple):
            return value[arg.item]
    return arg


def kinds(verdict: Verdict) -> list[set[str]]:
    """Return the kinds of each explanation."""
    return [{mistake.kind for mistake in one} for one in verdict.mistakes]
