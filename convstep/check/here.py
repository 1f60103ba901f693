"""Checking a function of this very process: what a course's own tests call, without a child and without limits."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from convstep.check.contracts import Call, Failure, Identity, Outcome, Ref, contract_for
from convstep.check.judge import Verdict, ask, judge
from convstep.errors import ArgumentError


def check_function(function: Callable[..., Any], name: str = "") -> Verdict:
    """Return the verdict on a function, which is called in this process.

    Args:
        function: A `conv_forward`, or another function that is known.
        name: The name of the known function that it stands for; "" for its own.

    Raises:
        ArgumentError: No function of that name and with such parameters is known.
    """
    own = name or getattr(function, "__name__", "")
    parameters = inspect.signature(function).parameters.values()
    required = sum(each.default is inspect.Parameter.empty for each in parameters)
    contract = contract_for(own, [each.name for each in parameters], required, chosen=True)
    if contract is None:
        raise ArgumentError(
            f"{own}({', '.join(each.name for each in parameters)}) is no function that is known",
            where="function",
            hint="Name the one that it stands for, such as check_function(mine, 'conv_forward')",
        )
    asked = ask(contract)
    outcomes = [_outcome(function, call) for call in asked.calls]
    return replace(judge(asked, outcomes), function=own)


def _outcome(function: Callable[..., Any], call: Call) -> Outcome:
    """Return what came back from a call, and from a second one if it is to be made twice."""
    outcome = called(function, call.args)
    if not call.twice or outcome.kind != "value":
        return outcome
    return replace(outcome, again=called(function, call.args))


def called(function: Callable[..., Any], given: tuple[Any, ...]) -> Outcome:
    """Return what came back from a function that was called with copies of some arguments."""
    args = tuple(map(_copied, given))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = function(*args)
    except Exception as error:
        return Outcome("error", error=Failure(type(error).__name__, str(error)))
    changed = [n for n, (before, after) in enumerate(zip(given, args, strict=True)) if _differs(before, after)]
    return Outcome("value", value, tuple(changed))


def _copied(arg: Any) -> Any:
    """Return a fresh argument."""
    if isinstance(arg, np.ndarray):
        return arg.copy()
    if isinstance(arg, tuple):
        return tuple(map(_copied, arg))
    if isinstance(arg, Ref):
        return _copied(arg.otherwise)
    if isinstance(arg, Identity):
        return lambda given: given
    return dict(arg) if isinstance(arg, dict) else arg


def _differs(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return bool(before.shape != after.shape or not np.array_equal(before, after))
    if isinstance(before, tuple):
        return any(_differs(*pair) for pair in zip(before, after, strict=True))
    return isinstance(before, dict) and before != after
