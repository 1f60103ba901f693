"""Mistakes that give equal outputs, told apart by what is in a learner's variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convstep.check.contracts import Contract
from convstep.check.judge import Mistake, Verdict
from convstep.check.problems import Problem
from convstep.check.running import Shape
from convstep.check.variables import padded
from convstep.engine.geometry import Index


@dataclass(frozen=True)
class Signs:
    """What is in their variables at a window.

    Attributes:
        padded: Whether the input, rightly padded, is in one of them; None if the input has no padding.
        shaped: Whether the answer's axes are swapped only after its values are stored, if at all; None if its height is
            its width.
        turned: Whether a window with its rows and columns swapped is in one.
    """

    padded: bool | None = None
    shaped: bool | None = None
    turned: bool = False


ALIKE = (
    ("padded", "unpadded_slice", "pad_missing"),
    ("padded", "size_pad_once", "pad_before_only"),
    ("shaped", "axes_order", "n_H_n_W_swapped"),
    ("turned", "rows_cols_swapped", "filter_transposed"),
)
"""A sign, and two kinds that give the same output: the first with the sign, the second without."""


def signs_of(
    contract: Contract, problem: Problem, index: Index, shape: Sequence[int], values: Sequence[Any], *, stores: bool
) -> Signs:
    """Return what is in their variables at a window.

    Args:
        contract: What their function promises.
        problem: Its input.
        index: The window, `(i, h, w, c)`.
        shape: The right shape of the output, in the function's own order.
        values: The values of their variables.
        stores: Whether a line of theirs stores to the window's place.
    """
    n_H, n_W = problem.sizes
    shapes = {value.shape for value in values if isinstance(value, np.ndarray | Shape)}
    shaped = None if n_H == n_W else not stores or tuple(shape) in shapes
    is_padded = any(_is_padded(contract, problem, index[0], value) for value in values) if any(problem.pad) else None
    return Signs(is_padded, shaped, any(_is_turned(problem, index, value) for value in values))


def told_apart(verdict: Verdict, signs: Signs) -> Verdict:
    """Return a verdict without the mistakes that their variables speak against."""
    left = verdict.mistakes
    for sign, with_it, without in ALIKE:
        seen, kinds = getattr(signs, sign), [{mistake.kind for mistake in one} for one in left]
        if seen is not None and any(with_it in each for each in kinds) and any(without in each for each in kinds):
            against = without if seen else with_it
            left = tuple(one for one, each in zip(left, kinds, strict=True) if against not in each)
    return replace(verdict, mistakes=left)


def always_equal(mistakes: Sequence[Sequence[Mistake]]) -> bool:
    """Return whether two explanations differ only in kinds whose outputs are always equal."""
    if len(mistakes) != 2:
        return False
    one, other = ({mistake.kind for mistake in each} for each in mistakes)
    return any(one ^ other == {with_it, without} for _, with_it, without in ALIKE)


def _is_turned(problem: Problem, index: Index, value: Any) -> bool:
    """Whether a value begins with the window with its rows and columns swapped, and not with the window itself."""
    i, top, left = index[0], index[1] * problem.stride[0], index[2] * problem.stride[1]
    window = padded(problem)[min(i, len(problem.A) - 1), top : top + problem.f[0], left : left + problem.f[1]]
    if not isinstance(value, np.ndarray) or value.size < window.size or problem.f[0] != problem.f[1]:
        return False
    turned = window.swapaxes(0, 1)
    if np.array_equal(turned, window):
        return False
    orders = [turned, np.moveaxis(turned, -1, 0)]
    return any(np.array_equal(value.reshape(-1)[: window.size], each.reshape(-1)) for each in orders)


def _is_padded(contract: Contract, problem: Problem, i: int, value: Any) -> bool:
    every = padded(problem)
    one = every[min(i, len(every) - 1)]
    for whole in (every, one, one[..., 0]):
        right = np.moveaxis(whole, -1, -3) if contract.layout == "NCHW" and whole.ndim > 2 else whole
        if isinstance(value, Shape) and value.shape == right.shape:
            return True
        if isinstance(value, np.ndarray) and value.shape == right.shape and np.array_equal(value, right):
            return True
    return False
