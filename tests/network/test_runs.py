"""Sets of numbers as runs, beside Python's sets."""

from __future__ import annotations

import random

from convstep.network.runs import Runs, union, within, without


def as_set(runs: Runs) -> set[int]:
    assert all(runs[n].stop < runs[n + 1].start for n in range(len(runs) - 1))
    assert all(map(len, runs))
    return {number for run in runs for number in run}


def test_runs_are_sets() -> None:
    chosen = random.Random(1)
    for _ in range(300):
        ranges = [range(start, start + chosen.randrange(6)) for start in chosen.choices(range(30), k=6)]
        numbers = {number for each in ranges for number in each}
        runs = union(*ranges)
        assert as_set(runs) == numbers
        other = union(*ranges[:2], range(chosen.randrange(30), 30))
        assert as_set(without(runs, other)) == numbers - as_set(other)
        assert as_set(within(runs, range(7, 19))) == numbers & set(range(7, 19))
