"""Sets of whole numbers as runs of neighbours: ranges that are sorted and don't touch."""

from __future__ import annotations

from collections.abc import Iterable

Runs = tuple[range, ...]
"""Ranges in ascending order, none of them empty, with a gap between each and the next."""


def union(*ranges: range) -> Runs:
    """Return the runs of all numbers in some ranges."""
    if len(ranges) == 2 and ranges[0].start < ranges[0].stop == ranges[1].start < ranges[1].stop:
        return (range(ranges[0].start, ranges[1].stop),)  # as most often, and quicker
    runs: list[range] = []
    for each in sorted([each for each in ranges if each], key=_start):
        if runs and each.start <= runs[-1].stop:
            runs[-1] = range(runs[-1].start, max(runs[-1].stop, each.stop))
        else:
            runs.append(each)
    return tuple(runs)


def without(runs: Iterable[range], others: Runs) -> Runs:
    """Return the runs of all numbers in some runs, less those in others."""
    left = []
    for run in runs:
        start, stop = run.start, run.stop
        for other in others:
            if other.stop > start and other.start < stop:
                if other.start > start:
                    left.append(range(start, other.start))
                start = other.stop
        if start < stop:
            left.append(range(start, stop) if start > run.start else run)
    return tuple(left)


def within(runs: Runs, part: range) -> Runs:
    """Return the runs of all numbers in some runs that lie in a range."""
    if len(runs) == 1 and runs[0].start <= part.start and part.stop <= runs[0].stop:
        return (part,)
    return tuple(filter(len, (range(max(run.start, part.start), min(run.stop, part.stop)) for run in runs)))


def _start(run: range) -> int:
    return run.start
