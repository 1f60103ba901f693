"""What a learner's wrong value is made of."""

from __future__ import annotations

from collections.abc import Iterator

from convstep.check.problems import Array, Problem
from convstep.check.variables import Window, padded
from convstep.engine.geometry import Index


def readings(problem: Problem, index: Index, window: Window | None) -> Iterator[tuple[str, float]]:
    """Yield what a value may be made of, in words, and the value that it has then.

    Args:
        problem: The input.
        index: The window.
        window: The part of the input that they read, if that is known, and another than the right one.
    """
    i, h, w, c = index
    f, rows, cols = problem.f, range(0), range(0)
    if window is None:
        tops = h * problem.stride[0] - problem.pad[0], w * problem.stride[1] - problem.pad[1]
        rows, cols = range(tops[0], tops[0] + f[0]), range(tops[1], tops[1] + f[1])
    elif window.channel in (None, c):
        rows, cols = window.rows, window.cols
    part = part_of(problem, i, rows, cols)
    if part is None or part.shape[:2] != f:
        return
    if problem.W is None:
        one = part[..., c]
        if window is not None:
            yield f"the {'mean' if problem.mode == 'average' else 'largest'} of {window}", _pooled(problem, one)
            return
        yield "the largest value", float(one.max())
        yield "the smallest value", float(one.min())
        yield "the mean", float(one.mean())
        yield "the sum", float(one.sum())
        yield "taken over all channels", _pooled(problem, part)
        return
    W, b = problem.W, float(problem.biases[c])
    total = float((part * W[..., c]).sum())
    if window is not None:
        yield f"the sum over {window}", total + b
        return
    yield "the sum without the bias", total
    yield f"the sum with the bias {part.size} times", total + b * part.size
    yield "the mean of the products, and the bias", total / part.size + b
    yield "the sum with the filter flipped", float((part * W[::-1, ::-1, :, c]).sum()) + b
    if f[0] == f[1]:
        yield "the sum with rows and columns of the filter swapped", float((part * W[..., c].swapaxes(0, 1)).sum()) + b
    if part.shape[2] > 1:
        yield "the sum over channel 0 alone", float((part[..., 0] * W[..., 0, c]).sum()) + b
    for other in range(W.shape[3]):
        if other != c:
            yield f"the sum with filter c = {other}", float((part * W[..., other]).sum()) + b
            yield f"the sum with the bias of filter c = {other}", total + float(problem.biases[other])
            own = float((part * W[..., other]).sum()) + float(problem.biases[other])
            yield f"the sum with filter c = {other} and its bias", own


def _pooled(problem: Problem, part: Array) -> float:
    return float(part.mean() if problem.mode == "average" else part.max())


def part_of(problem: Problem, i: int, rows: range, cols: range) -> Array | None:
    """Return a part of the padded input; None if it lies beyond the padding."""
    top, left = rows.start + problem.pad[0], cols.start + problem.pad[1]
    if min(top, left) < 0:
        return None
    found: Array = padded(problem)[i, top : top + len(rows), left : left + len(cols)]
    return found if found.shape[:2] == (len(rows), len(cols)) else None
