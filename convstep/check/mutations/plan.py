"""What a mutation is, and how a right implementation is written so that mutations can change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from convstep.check.contracts import Layout
from convstep.check.mutations.kinds import KINDS
from convstep.check.problems import Array, Pair, Problem

RIGHT = "right"
"""The choice that the right implementation makes everywhere."""

Raises = Literal["no", "may", "must"]
"""Whether code with a mutation raises: `may` where a slice runs past an end, which depends on style."""


class Plan(dict[str, str]):
    """The choices of an implementation by name; those that aren't there are right."""

    def __missing__(self, choice: str) -> str:
        return RIGHT


@dataclass(frozen=True)
class Mutation:
    """A known mistake, as a change to the right implementation.

    Attributes:
        kind: Its kind, one of KINDS.
        changes: The choices that it makes instead of the right ones.
        sentence: What is wrong, where the kind's own sentence says less.
        layout: The only order of axes in which it can be made; None for any.
        own_unnoticed: Why it can go unnoticed; None for the kind's own reason.
        own_instead: What to write instead; None for what the kind says.
        rare: Whether it is looked for alone and in pairs only.
    """

    kind: str
    changes: Mapping[str, str]
    sentence: str = ""
    layout: Layout | None = None
    own_unnoticed: str | None = None
    own_instead: str | None = None
    rare: bool = False

    @property
    def unnoticed(self) -> str:
        """Why it can go unnoticed; "" if it can't."""
        return KINDS[self.kind].unnoticed if self.own_unnoticed is None else self.own_unnoticed

    @property
    def instead(self) -> str:
        """What to write instead; "" if that follows from what is wrong."""
        return KINDS[self.kind].instead if self.own_instead is None else self.own_instead

    @property
    def says(self) -> str:
        """What is wrong, in one sentence without a full stop."""
        return self.sentence or KINDS[self.kind].says


class Part(NamedTuple):
    """What an implementation has after a stage.

    Attributes:
        arrays: The finished results first, then what later stages need.
        finished: How many of them are finished results.
        raises: Whether code raises here.
        cuts: Where it raises, the height and the width of the first window that isn't as large as the filter, and of
            the first that NumPy does not multiply with it; none if that isn't why.
    """

    arrays: tuple[Array, ...]
    finished: int = 0
    raises: Raises = "no"
    cuts: tuple[Pair, ...] = ()


class Stage(NamedTuple):
    """A step of an implementation.

    Attributes:
        choices: The names of the choices that it reads.
        run: Returns what there is after it, of what there was before.
    """

    choices: frozenset[str]
    run: Callable[[Problem, Part, Plan], Part]


class Implementation(NamedTuple):
    """A right implementation of an operation, with the mutations that it knows, the likeliest first."""

    stages: tuple[Stage, ...]
    mutations: tuple[Mutation, ...]

    def results(self, problem: Problem, plan: Plan | None = None) -> Part:
        """Return what an implementation with these choices computes."""
        part = Part(())
        for stage in self.stages:
            part = stage.run(problem, part, Plan() if plan is None else plan)
        return part


def only(which: str, count: int) -> Array:
    """Return 1 for the first or the last of so many, and 0 for the others."""
    kept = np.zeros(count)
    kept[0 if which == "first" else -1] = 1
    return kept


def worse(one: Raises, other: Raises) -> Raises:
    """Return the stronger of two."""
    order: tuple[Raises, ...] = ("no", "may", "must")
    return max(one, other, key=order.index)
