"""The bank of mistakes: which of them, alone or together, explain what a learner's function returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from weakref import WeakKeyDictionary

import numpy as np

from convstep.check.contracts import Layout, Operation
from convstep.check.mutations.conv import CONV, SINGLE_STEP
from convstep.check.mutations.conv_backward import CONV_BACKWARD
from convstep.check.mutations.plan import Implementation, Mutation, Part, Plan
from convstep.check.mutations.pool import POOL
from convstep.check.mutations.pool_backward import DISTRIBUTE, MASK, POOL_BACKWARD
from convstep.check.mutations.zero_pad import ZERO_PAD
from convstep.check.problems import Array, Pair, Problem

IMPLEMENTATIONS: dict[Operation, Implementation] = {
    "zero_pad": ZERO_PAD,
    "single_step": SINGLE_STEP,
    "conv": CONV,
    "pool": POOL,
    "conv_backward": CONV_BACKWARD,
    "pool_backward": POOL_BACKWARD,
    "mask": MASK,
    "distribute": DISTRIBUTE,
}
Chosen = tuple[tuple[Mutation, ...], Plan]
"""Mistakes, and the choices that they make together."""

STRICT, AT_ONCE = {"ends": "strict"}, ({"ends": "by taps"}, {"held": "right size"})
BASES: dict[Operation, tuple[dict[str, str], ...]] = {
    "conv": (STRICT, *AT_ONCE),
    "pool": AT_ONCE,
    "conv_backward": (STRICT, {"ends": "by taps"}, {"windows": "all that fit"}),
    "pool_backward": ({"ends": "by taps"}, {"windows": "all that fit"}),
}
"""What else a learner's code may do where a window runs past the end than leave its taps out.

It multiplies as NumPy does, takes one tap of all windows at once, or puts all values at once into the output.
"""

MOST = 3
"""How many mistakes at once are looked for."""

MOST_IN_READING = 2
"""How many of them in the first stage of an implementation, which has by far the most sets."""

MOST_STEPS, NEW_STEP = 220_000, 4
"""How many steps a search takes before it gives up, and how many a step counts that was not taken before."""

TOLERANCE = 1e-5
"""How far values may differ, as a share of the largest: float32, and sums in any order."""


@dataclass(frozen=True, eq=False)
class Case:
    """What a learner's function did with one input.

    Attributes:
        problem: The input.
        right: The right results.
        got: What the function returned, channels last; None if it raised an error.
        cut: The height and the width of the window that it could not multiply with its filter, if the error tells.
    """

    problem: Problem
    right: tuple[Array, ...]
    got: tuple[Array, ...] | None
    cut: Pair | None = None

    @cached_property
    def passed(self) -> bool:
        """Whether all results are right."""
        return self.got is not None and all(map(same, self.got, self.right))


@dataclass(frozen=True)
class Explanation:
    """Mistakes that together explain everything that a function returned.

    Attributes:
        mutations: The mistakes.
        sure: Whether at least one wrong array is what they make of it; else only errors are where they should be.
    """

    mutations: tuple[Mutation, ...]
    sure: bool


def same(one: Array, other: Array) -> bool:
    """Whether two arrays have the same shape and, but for rounding, the same values."""
    return one.shape == other.shape and not bool(wrong(one, other).any())


def wrong(got: Array, want: Array) -> Array:
    """Return where the values of two arrays of one shape differ by more than rounding; NaN and infinities are equal."""
    finite = np.abs(want[np.isfinite(want)])
    with np.errstate(invalid="ignore"):
        near = np.abs(got - want) <= TOLERANCE * max(1.0, float(finite.max(initial=0)))
    return np.asarray(~(near | (got == want) | (np.isnan(got) & np.isnan(want))))


_LEFT_RIGHT: WeakKeyDictionary[Problem, dict[tuple[object, ...], bool]] = WeakKeyDictionary()
"""By input, which mistakes alone leave it right: that is the same for all learners who have it right."""

Likely = Callable[[Sequence[Mutation]], bool]


def explanations(
    operation: Operation, layout: Layout, cases: Sequence[Case], likely: Likely = bool, most: int = MOST
) -> list[Explanation]:
    """Return the smallest sets of mistakes that explain every case, the likeliest first; none if nothing does.

    Args:
        operation: What the function computes.
        layout: The order of its arrays' axes.
        cases: What it did.
        likely: Whether what is known of errors does not speak against some mistakes; if it speaks against all sets
            that explain the outputs, it counts for nothing.
        most: How many mistakes at once are looked for.
    """
    implementation = IMPLEMENTATIONS[operation]
    failed = [case for case in cases if not case.passed]
    if not failed:
        return []
    ordered = sorted(cases, key=lambda case: (case.passed, case.got is None, case.problem.A.size))
    raised = any(case.got is None for case in failed)
    unasked = {"max", "average"} - {case.problem.mode for case in cases}
    unasked |= {name for name, seen in (("held", raised), ("empty", any(map(_has_biases, failed)))) if not seen}
    known = [
        mutation
        for mutation in implementation.mutations
        if mutation.layout in (None, layout) and not unasked & mutation.changes.keys()
    ]
    sure = any(case.got is not None for case in failed)
    bases = BASES.get(operation, ()) if raised else BASES.get(operation, ())[:1]
    searches = [_Search(implementation, ordered, Plan(base), known) for base in ({}, *bases)]
    if not sure:
        return _distinct([Explanation(chosen, False) for chosen in _of_errors(searches, likely)])
    most = min(most, MOST if len(cases) > 1 else MOST - 1)  # a single case doesn't tell three apart
    for size in range(1, most + 1):
        for search in searches if size < MOST else searches[:1]:
            found = search.sets(size)
            if found:
                kept = [chosen for chosen in found if likely(chosen)] or found
                return _distinct([Explanation(chosen, True) for chosen in kept])
    for leaving in known if most > 1 else ():
        if leaving.changes.get("filled") in ("first example", "last example"):
            search = _Search(implementation, ordered, Plan({"empty": "anything", **leaving.changes}), known)
            found = search.sets(0) or search.sets(1)
            if found:
                return _distinct([Explanation((leaving, *chosen), False) for chosen in found])
    return []


def _has_biases(case: Case) -> bool:
    """Whether values that a function returned are nothing but a bias."""
    if case.got is None or case.problem.b is None:
        return False
    got, biases = case.got[0], case.problem.biases
    return got.shape[-1:] == biases.shape and bool((got == biases).any())


def _of_errors(searches: Sequence[_Search], likely: Likely) -> list[tuple[Mutation, ...]]:
    """Return single mistakes after which errors are raised where they were, best those that cut windows so, too."""
    found = [(search, chosen) for search in searches for chosen in search.sets(1)]
    kept = [(search, chosen) for search, chosen in found if likely(chosen)] or found
    cut = [chosen for search, chosen in kept if search.cuts_so(chosen)]
    return cut or [chosen for _, chosen in kept]


def _distinct(found: Sequence[Explanation]) -> list[Explanation]:
    """Return one explanation for each set of kinds."""
    kinds: dict[tuple[str, ...], Explanation] = {}
    for explanation in found:
        kinds.setdefault(tuple(sorted(mutation.kind for mutation in explanation.mutations)), explanation)
    return list(kinds.values())


class _Search:
    """A search for sets of mistakes, which computes what they have in common once.

    After each stage equal arrays are one state, however they came about: of the many sets of mistakes most come to the
    same, and are judged together.
    """

    def __init__(
        self, implementation: Implementation, cases: Sequence[Case], base: Plan, mutations: Sequence[Mutation]
    ) -> None:
        self.stages = implementation.stages
        self.cases = cases
        self.choices = [tuple(sorted(stage.choices)) for stage in self.stages]
        self.states: list[list[Part]] = [[Part(())] for _ in cases]
        self.numbers: list[dict[tuple[object, ...], int]] = [{} for _ in cases]
        self.steps: dict[tuple[int, int, int, tuple[str | None, ...]], int] = {}
        self.verdicts: dict[tuple[int, int, bool], bool] = {}
        self.later = [frozenset().union(*(stage.choices for stage in self.stages[n:])) for n in range(len(self.stages))]
        self.left = MOST_STEPS
        self.dead: set[tuple[int, int, int]] = set()
        """By stage, state and number of mistakes that are left: where no set agrees with the first case."""
        self.base = base
        self.mutations = [mutation for mutation in mutations if self._spares(mutation)]

    def _spares(self, mutation: Mutation) -> bool:
        """Whether a mistake, alone, leaves everything right that the learner has right."""
        plan = Plan(self.base | dict(mutation.changes))
        return all(self._leaves_right(n, plan) for n, case in enumerate(self.cases) if case.passed)

    def _leaves_right(self, n: int, plan: Plan) -> bool:
        """Whether an implementation with these choices is right in a case that the learner has right."""
        case = self.cases[n]
        known = _LEFT_RIGHT.setdefault(case.problem, {})
        key = self.stages, len(case.got or ()), tuple(sorted(plan.items()))
        if key not in known:
            known[key] = self._explains(n, plan)
        return known[key]

    def sets(self, size: int) -> list[tuple[Mutation, ...]]:
        """Return the sets of so many mistakes that explain every case."""
        subsets = [
            _subsets(self._starting_in(stage, size), size if stage else min(size, MOST_IN_READING))
            for stage in range(len(self.stages))
        ]
        rest = range(1, len(self.cases))
        return [
            chosen
            for chosen, plan in self._extended(subsets, 0, 0, (), self.base, size)
            if all(self._explains(n, plan) for n in rest)
        ]

    def cuts_so(self, chosen: Sequence[Mutation]) -> bool:
        """Whether mistakes cut a window as an error says that it was cut."""
        plan = Plan(self.base | {key: made for mutation in chosen for key, made in mutation.changes.items()})
        return any(case.cut is not None and case.cut in self._last(n, plan).cuts for n, case in enumerate(self.cases))

    def _last(self, n: int, plan: Plan) -> Part:
        """Return what an implementation with these choices comes to in a case."""
        state = 0
        for stage in range(len(self.stages)):
            state = self._step(n, stage, state, plan)
        return self.states[n][state]

    def _starting_in(self, stage: int, size: int) -> list[Mutation]:
        """Return the mistakes, for sets of some size, of which the first change is in a stage."""
        earlier = frozenset().union(*(one.choices for one in self.stages[:stage]))
        here = self.stages[stage].choices
        usual = [one for one in self.mutations if size < MOST or not one.rare]
        return [one for one in usual if here & one.changes.keys() and not earlier & one.changes.keys()]

    def _extended(
        self,
        subsets: Sequence[Sequence[Sequence[Chosen]]],
        stage: int,
        state: int,
        chosen: tuple[Mutation, ...],
        plan: Plan,
        left: int,
    ) -> Iterator[tuple[tuple[Mutation, ...], Plan]]:
        """Yield the sets that agree with the first case, stage by stage."""
        if stage == len(self.stages):
            yield chosen, plan
            return
        key = (stage, state, left) if not plan.keys() & self.later[stage] else None
        if key in self.dead:
            return
        alive = False
        last = stage == len(self.stages) - 1
        counts = subsets[stage][left : left + 1] if last else subsets[stage][: left + 1]
        for added, changes in (one for count in counts for one in count):
            if self.left < 0:
                return
            if added and plan.keys() & changes.keys():
                continue
            merged = Plan(plan | changes) if added else plan
            now = self._step(0, stage, state, merged)
            if self._agrees(0, now, last):
                for found in self._extended(subsets, stage + 1, now, (*chosen, *added), merged, left - len(added)):
                    alive = True
                    yield found
        if key is not None and not alive and self.left >= 0:
            self.dead.add(key)

    def _explains(self, n: int, plan: Plan) -> bool:
        """Whether an implementation with these choices does what the learner's function did."""
        state = 0
        for stage in range(len(self.stages)):
            state = self._step(n, stage, state, plan)
            if not self._agrees(n, state, stage == len(self.stages) - 1):
                return False
        return True

    def _step(self, n: int, stage: int, state: int, plan: Plan) -> int:
        """Return the number of the state that follows in a case."""
        made = plan.get  # None where it is right
        key = (n, stage, state, tuple([made(choice) for choice in self.choices[stage]]))
        known = self.steps.get(key)
        self.left -= 1
        if known is not None:
            return known
        self.left -= NEW_STEP
        part = self.stages[stage].run(self.cases[n].problem, self.states[n][state], plan)
        identity = (
            stage,
            part.finished,
            part.raises,
            part.cuts,
            *((array.shape, array.tobytes()) for array in part.arrays),
        )
        number = self.numbers[n].setdefault(identity, len(self.states[n]))
        if number == len(self.states[n]):
            self.states[n].append(part)
        self.steps[key] = number
        return number

    def _agrees(self, n: int, state: int, last: bool) -> bool:
        """Whether the results that are finished in a state are the learner's."""
        key = (n, state, last)
        if key not in self.verdicts:
            part, got = self.states[n][state], self.cases[n].got
            if got is None:
                cut = self.cases[n].cut
                self.verdicts[key] = not last or (
                    part.raises != "no" and (cut is None or not part.cuts or cut in part.cuts)
                )
            elif part.raises == "must" or len(got) < part.finished:
                self.verdicts[key] = False
            else:
                pairs = zip(got[: part.finished], part.arrays[: part.finished], strict=True)
                self.verdicts[key] = all(_matches(one, other) for one, other in pairs)
        return self.verdicts[key]


def _matches(got: Array, made: Array) -> bool:
    """Whether an array is what mistakes make of it: NaN stands for any value in what they make, and for 0 in it."""
    if got.shape != made.shape:
        return not got.size and not made.size
    got = np.nan_to_num(got)
    return same(got, np.where(np.isnan(made), got, made))


def _subsets(mutations: Sequence[Mutation], size: int) -> list[list[Chosen]]:
    """Return by their number the sets of mistakes of one stage that can be made together."""
    return [
        [
            (chosen, Plan({key: value for mutation in chosen for key, value in mutation.changes.items()}))
            for chosen in combinations(mutations, count)
            if len({key for mutation in chosen for key in mutation.changes}) == sum(len(one.changes) for one in chosen)
        ]
        for count in range(size + 1)
    ]
