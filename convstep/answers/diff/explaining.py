"""Tries known mistakes on a layer that differs."""

from __future__ import annotations

from typing import Any

import numpy as np

from convstep.answers.diff.causes import Change, Situation, changes, pairs_of_changes
from convstep.answers.diff.results import Cause
from convstep.answers.diff.rounding import exceeds, magnitudes, share
from convstep.engine.steps import Array, Operation, evaluate
from convstep.errors import ConvstepError
from convstep.layers.products import Products

SAMPLE = 12
"""How many neurons of a layer are computed with a change before all are."""

ONE_OF_A_KIND = ("weights", "bias", "padding")
"""Kinds of causes of which the first that explains a difference is enough: the others say the same in other words."""


def explain(
    about: Situation, theirs: Array, names: tuple[str, str], dtype: np.dtype[Any]
) -> tuple[tuple[Cause, ...], Operation | None]:
    """Return the changes that explain a layer's difference, and its operation with the first of them.

    Args:
        about: The layer, and what arrives at it.
        theirs: The numbers that it should give.
        names: The side whose layer it is, and the side whose numbers these are.
        dtype: The dtype whose rounding is no difference.
    """
    causes, solved = list[Cause](), None
    for source in (changes, pairs_of_changes):
        for change in source(about):
            operation = _explains(change, about, theirs, dtype)
            if operation is None:
                continue
            if change.kind in ONE_OF_A_KIND and any(cause.kind == change.kind for cause in causes):
                continue
            causes.append(Cause(change.kind, change.words, *names))
            solved = solved or operation
        if causes:
            break
    known = {cause.kind for cause in causes}
    if known & {"layout", "flatten order"}:
        causes = [cause for cause in causes if cause.kind != "weights"]
    if len(known) > 1:
        causes = [cause for cause in causes if cause.kind not in ("float16",)]
    return tuple(causes), solved


def _explains(change: Change, about: Situation, theirs: Array, dtype: np.dtype[Any]) -> Operation | None:
    """Return a layer's operation with a change if it gives the other's numbers then; None if it does not."""
    inputs = change.inputs or about.inputs
    if change.after == "float16":
        inputs, dtype = [each.astype(np.float16) for each in inputs], np.dtype(np.float16)
        with np.errstate(all="ignore"):
            if not np.array_equal(theirs.astype(np.float16).astype(theirs.dtype), theirs, equal_nan=True):
                return None
    try:
        operation = change.layer.operation(inputs)
        if operation.geometry.shape != theirs.shape or not _may_explain(change, operation, theirs, dtype):
            return None
        Z = evaluate(operation)
    except (ConvstepError, ValueError):
        return None
    if change.after == "relu":
        Z = np.maximum(Z, 0)
    with np.errstate(all="ignore"):
        if change.after == "constant":
            added = theirs.astype(np.float64) - Z
            Z = Z + added.mean((0, 1, 2), keepdims=True)
            if Z.size == Z.shape[-1]:
                return None  # one value a channel: any numbers would do

    def sizes() -> Any:
        added = np.abs(Z) if change.after == "constant" else 0
        arriving = [np.abs(each.astype(np.float64)) for each in inputs]
        return added + magnitudes(change.layer, operation, arriving, about.shape, Z)

    return None if exceeds(Z, theirs, change.layer.taps(about.shape), dtype, sizes).any() else operation


def _may_explain(change: Change, operation: Operation, theirs: Array, dtype: np.dtype[Any]) -> bool:
    """Return whether a few neurons get the other's values by a change; a whole layer takes long."""
    if not isinstance(change.layer, Products) or change.after == "constant":
        return True
    for number in np.linspace(0, theirs.size - 1, SAMPLE, dtype=np.int64):
        index = operation.geometry.index(int(number))
        with np.errstate(all="ignore"):
            terms = np.append(operation.terms(index).astype(np.float64), float(operation.bias(index)))
            value = max(0.0, terms.sum()) if change.after == "relu" else terms.sum()
            apart = abs(value - float(theirs[index]))
            if apart > 2 * (share(terms.size, dtype) * np.abs(terms).sum() + float(np.finfo(dtype).tiny)):
                return False
    return True
