"""What went wrong, in words: shapes as formulas, windows as rows and columns, and what exceptions usually mean."""

from __future__ import annotations

from collections.abc import Sequence

from convstep.check.contracts import Contract
from convstep.check.mutations.plan import Plan
from convstep.check.mutations.reading import sizes, starts, window_shape
from convstep.check.problems import Problem
from convstep.figures import minus

UNPADDED = frozenset({"none", "after", "after once"})
"""Ways of padding after which the input's first row is still row 0."""


def value(given: object) -> str:
    """Return a value as it is shown, floats with up to 6 digits."""
    return minus(repr(float(f"{given:.6g}"))) if isinstance(given, float) else str(given)


def shape_formula(contract: Contract, problem: Problem, got: Sequence[int]) -> str:
    """Return why an output has a wrong height or width, as a formula; "" if these aren't what is wrong."""
    if contract.operation not in ("conv", "pool") or len(got) != contract.axes:
        return ""
    said = []
    for name, given, side in zip(("n_H", "n_W"), contract.position(got), (0, 1), strict=True):
        right = problem.sizes[side]
        if given != right:
            size, f, pad, stride = (
                problem.A.shape[1 + side],
                problem.f[side],
                problem.pad[side],
                problem.stride[side],
            )
            padding = f" + 2·{pad}" if problem.W is not None else ""
            said.append(f"{name} is {given}, and should be ⌊({size} − {f}{padding})/{stride}⌋ + 1 = {right}")
    return "; ".join(said)


def geometry(problem: Problem) -> str:
    """Return an input's geometry, such as `3x3 filter on 7x5x2, stride 2, pad 1`."""
    what = "window" if problem.W is None else "filter"
    stride = str(problem.stride[0]) if problem.stride[0] == problem.stride[1] else "{}x{}".format(*problem.stride)
    padding = "" if problem.W is None else f", pad {problem.pad[0]}"
    if problem.pad[0] != problem.pad[1]:
        padding = ", pad {}x{}".format(*problem.pad)
    return "{}x{} {} on {}x{}x{}, stride {}{}".format(*problem.f, what, *problem.A.shape[1:], stride, padding)


def windows_compared(problem: Problem, plan: Plan, h: int, w: int) -> str:
    """Return which rows and columns a learner's window covers and the right one; "" if they are the same."""
    n_H, n_W = sizes(problem, plan)
    if not (h < n_H and w < n_W):
        return ""
    top, left = starts(problem, plan, n_H, n_W)
    f_h, f_w = window_shape(problem, plan)
    shift = (0, 0) if plan["padding"] in UNPADDED else problem.pad
    yours = (int(top[h, w]) - shift[0], f_h), (int(left[h, w]) - shift[1], f_w)
    right = tuple(
        (place * stride - pad, f)
        for place, stride, pad, f in zip((h, w), problem.stride, problem.pad, problem.f, strict=True)
    )
    axes = [
        (f"{name} {span(*got)}", f"{name} {span(*want)}")
        for name, got, want in zip(("rows", "cols"), yours, right, strict=True)
        if got != want
    ]
    got, want = (" and ".join(one[side] for one in axes) for side in (0, 1))
    return f"your window covers {got}, the right one {want}" if axes else ""


def span(start: int, length: int) -> str:
    """Return the numbers of some rows or columns, such as `0–2`."""
    first, last = (minus(str(n)) for n in (start, start + length - 1))
    return first if length == 1 else f"{first}–{last}"
