"""What an error in a learner's code tells of its mistakes: what an index ran past, and which variables are right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from convstep.check.contracts import Contract, Failure
from convstep.check.mutations.plan import Mutation
from convstep.check.problems import Problem

PAST = re.compile(r"index \d+ is out of bounds for axis (\d) with size (\d+)")
PAST_OUTPUT = frozenset({"loops", "filled", "flat", "flat windows", "gradient", "db adding"})
"""The choices with which code reads or writes past the output, or past its gradient."""

SIZES = frozenset({"size", "loops: over swapped sizes"})
"""The choice, or what it may be, that can't be wrong where n_H and n_W are right."""

STARTS = frozenset({"rows", "columns", "slice", "loops: by stride"})
"""Choices, or what they may be, that can't be wrong where the window's start is right."""


class Evidence:
    """What is known of the errors that a function raised."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._past_output = self._swapped = False
        self._right: set[str] = set()

    def add(self, problem: Problem, error: Failure) -> None:
        """Take in an error."""
        found = PAST.search(error.message) if error.type == "IndexError" else None
        if found is not None:
            side, swapped = self._sides(problem, int(found[1]), int(found[2]))
            self._past_output |= side
            self._swapped |= swapped
        numbers = {name: int(text) for name, text in error.locals.items() if re.fullmatch(r"\d{1,9}", text)}
        n_H, n_W = problem.sizes
        if n_H != n_W and (numbers.get("n_H"), numbers.get("n_W")) == (n_H, n_W):
            self._right |= SIZES
        if _starts_right(problem, numbers):
            self._right |= STARTS

    def _sides(self, problem: Problem, axis: int, size: int) -> tuple[bool, bool]:
        """Return whether an axis of some size can only be the output's, and can only be that of a swapped output."""
        at = {2: 0, 3: 1} if self._contract.layout == "NCHW" else {1: 0, 2: 1}
        if axis not in at:
            return False, False
        side = at[axis]
        length, pad, sizes = problem.A.shape[1 + side], problem.pad[side], problem.sizes
        inputs = (length, length + pad, length + 2 * pad)
        return size == sizes[side] and size not in inputs, size == sizes[1 - side] and size not in (
            sizes[side],
            *inputs,
        )

    def likely(self, mutations: Sequence[Mutation]) -> bool:
        """Whether nothing speaks against some mistakes."""
        changes = [change for mutation in mutations for change in mutation.changes.items()]
        changed = {choice for choice, _ in changes}
        against = self._right & (changed | {f"{choice}: {made}" for choice, made in changes})
        swapped = ("loops", "past a swapped output") in changes
        if against or swapped != self._swapped:
            return False
        return not self._past_output or bool(changed & PAST_OUTPUT)


def _starts_right(problem: Problem, numbers: Mapping[str, int]) -> bool:
    """Whether variables of the course's names say that a window other than the first starts where it should."""
    h, w, top, left = (numbers.get(name, -1) for name in ("h", "w", "vert_start", "horiz_start"))
    s_h, s_w = problem.stride
    return min(h, w) >= 0 and max(h, w) > 0 and (top, left) == (h * s_h, w * s_w) and (s_h > 1 or s_w > 1)
