"""Learners' code run in the test's own process: what came back, as the child would tell it."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from right_answers import expected

from convstep.check.contracts import Call, Contract, Outcome, Ref, contract_for
from convstep.check.here import called
from convstep.check.judge import Asked, Verdict, ask, judge
from convstep.check.probes import Probe, probes

judged: dict[tuple[object, ...], Verdict] = {}
"""Verdicts by all that a judge is given: many mistakes in several styles give the very same outputs."""

First = tuple[str, str, tuple[int, ...] | str]
"""A probe, a result, and the index of its first wrong value, "shape", or an exception's name."""


def contract_of(source: str, name: str) -> Contract:
    """Return the contract of a function by the parameters in its source."""
    found = re.search(rf"def {name}\((.*)\):", source)
    assert found is not None
    parameters = [each.strip() for each in re.sub(r"\([^()]*\)", "0", found[1]).split(",")]
    names = [each.partition("=")[0] for each in parameters]
    contract = contract_for(name, names, sum("=" not in each for each in parameters))
    assert contract is not None
    return contract


def verdict(source: str, function: str, own: Sequence[Probe] = (), contract: Contract | None = None) -> Verdict:
    """Return the verdict on a function of some source code."""
    promise = contract or contract_for(function)
    assert promise is not None
    return _judged(*_asked(source, promise, own))


def verdict_and_first(source: str, contract: Contract) -> tuple[Verdict, First | None]:
    """Return the verdict on a function of some source code, and what is first wrong in the arrays that it returned."""
    asked, came = _asked(source, contract, ())
    return _judged(asked, came), first_wrong(asked, came)


def _asked(source: str, contract: Contract, own: Sequence[Probe]) -> tuple[Asked, list[Outcome]]:
    """Return what a function of some source code is asked, and what came back."""
    names: dict[str, Any] = {}
    exec(compile(source, "<learner>", "exec"), names)
    asked = ask(contract, [name for name, value in names.items() if callable(value)], own)
    return asked, outcomes(names, asked.calls)


def _judged(asked: Asked, came: list[Outcome]) -> Verdict:
    """Return the verdict on what came back."""
    own = () if asked.probes == probes(asked.contract) else asked.probes
    key = asked.contract, tuple(call.function for call in asked.calls), pickle.dumps((own, came))
    if key not in judged:
        judged[key] = judge(asked, came)
    return judged[key]


@cache
def answers(contract: Contract, probe: Probe) -> tuple[Any, ...]:
    """Return the right answers, with their axes as the function itself has them."""
    turned = []
    for name, right in zip(contract.results, expected(contract, probe), strict=True):
        if contract.layout == "NCHW" and name == "db":
            turned.append(right.reshape(-1))
        elif contract.layout == "NCHW":
            turned.append(right.transpose((3, 2, 0, 1) if name == "dw" else (0, 3, 1, 2)))
        else:
            turned.append(right[0, :, :, 0] if contract.layout == "HW" else right)
    return tuple(turned)


def first_wrong(asked: Asked, came: Sequence[Outcome]) -> First | None:
    """Return what is first wrong in what came back from probes that all right functions answer alike."""
    contract = asked.contract
    for probe, place in zip(asked.probes, asked.places, strict=True):
        if probe.optional:
            continue
        outcome = came[place]
        if outcome.error is not None:
            return probe.name, contract.results[0], outcome.error.type
        returned = outcome.value if isinstance(outcome.value, tuple) else (outcome.value,)
        for name, got, right in zip(contract.results, returned, answers(contract, probe), strict=False):
            array = np.asarray(got, float)
            if name == "db" or contract.operation == "single_step":
                array = array.reshape(right.shape)
            if array.shape != right.shape:
                return probe.name, name, "shape"
            for index in np.ndindex(right.shape):
                if not abs(array[index] - right[index]) < 1e-3:
                    return probe.name, name, index if contract.operation != "single_step" else ()
    return None


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
