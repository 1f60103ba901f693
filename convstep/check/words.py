"""What went wrong, in words: shapes as formulas, windows as rows and columns, and what exceptions usually mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convstep.check.contracts import Contract, Failure
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
    if contract.operation not in ("conv", "pool") or len(got) != 4:
        return ""
    heights = {"NCHW": (2, 3)}.get(contract.layout, (1, 2))
    said = []
    for name, axis, side in zip(("n_H", "n_W"), heights, (0, 1), strict=True):
        right = problem.sizes[side]
        if got[axis] != right:
            size, f, pad, stride = (
                problem.A.shape[1 + side],
                problem.f[side],
                problem.pad[side],
                problem.stride[side],
            )
            padding = f" + 2·{pad}" if problem.W is not None else ""
            said.append(f"{name} is {got[axis]}, and should be ⌊({size} − {f}{padding})/{stride}⌋ + 1 = {right}")
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
    said = [
        f"your window covers {name} {_span(*got)}, the right one {name} {_span(*want)}"
        for name, got, want in zip(("rows", "cols"), yours, right, strict=True)
        if got != want
    ]
    return "; ".join(said)


def _span(start: int, length: int) -> str:
    first, last = (f"−{-n}" if n < 0 else str(n) for n in (start, start + length - 1))
    return first if length == 1 else f"{first}–{last}"


MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        "ValueError",
        r"could not be broadcast together with shapes",
        "the window and the filter differ in shape: the slice ends too early, or runs past the edge of the input",
    ),
    ("ValueError", r"could not broadcast input array", "what is stored has another shape than the place it goes to"),
    ("ValueError", r"zero-size array", "the window is empty: it starts past the edge of the input"),
    (
        "ValueError",
        r"not enough values to unpack|too many values to unpack",
        "more or fewer names than axes",
    ),
    ("ValueError", r"negative dimensions", "the output's size is negative: its formula is wrong"),
    ("ValueError", r"setting an array element with a sequence", "a whole array is stored where one number belongs"),
    ("ValueError", r"matmul|not aligned|shape-mismatch", "the shapes that are multiplied don't fit together"),
    ("IndexError", r"out of bounds for axis", "a loop runs past the end of an array: is its size the right one?"),
    ("IndexError", r"too many indices", "the array has fewer axes than indices are given"),
    ("KeyError", r"", "the dictionary has no such key: stride and pad are in hparameters"),
    (
        "TypeError",
        r"NoneType",
        "something is still None: a part isn't written yet, or a function returns nothing",
    ),
    (
        "TypeError",
        r"cannot be interpreted as an integer|indices must be integers",
        "a size is a float: use //",
    ),
    ("TypeError", r"can be converted to Python scalars", "float() of an array with axes: use .item()"),
    ("TypeError", r"positional argument|unexpected keyword|missing", "it can't be called with these arguments"),
    ("AttributeError", r"module 'numpy' has no attribute", "this name is gone from NumPy"),
    ("AttributeError", r"NoneType", "something is still None: a part isn't written yet"),
    ("UnboundLocalError", r"", "the variable is used before it has a value"),
    ("NameError", r"", "this name is defined nowhere in the file: is the line deleted, or misspelt?"),
    ("ZeroDivisionError", r"", "something that it divides by is 0"),
    ("RecursionError", r"", "the function calls itself again and again"),
    ("MemoryError", r"", "an array is gigantic: is its size the right one?"),
    ("AssertionError", r"", "an assert in the code does not hold"),
    ("SystemExit", r"", "the code calls exit(), which ends the program"),
    ("EOFError", r"", "the code asks for input, and there is none"),
)
"""Exceptions by type and message, and what they usually mean here."""


def meaning(error: Failure) -> str:
    """Return what an exception usually means; "" if that isn't known."""
    for kind, pattern, says in MEANINGS:
        if error.type == kind and re.search(pattern, error.message):
            return says
    return ""
