"""How windows are read: the output's size, the padding, and where each window starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convstep.check.mutations.kinds import AT_STRIDE_1
from convstep.check.mutations.plan import RIGHT, Mutation, Part, Plan, Raises, Stage, worse
from convstep.check.problems import Array, Pair, Problem


def window_shape(problem: Problem, plan: Plan) -> Pair:
    """Return the window's height and width."""
    f_h, f_w = problem.f
    return {
        "rows for both": (f_h, f_h),
        "rows for both, sizes right": (f_h, f_h),
        "columns for both": (f_w, f_w),
        "columns for both, sizes right": (f_w, f_w),
        "rows for both taps, sizes right": (f_h, f_h),
        "columns for both taps, sizes right": (f_w, f_w),
        "transposed": (f_w, f_h),
        "longer": (f_h + 1, f_w + 1),
        "longer, sizes right": (f_h + 1, f_w + 1),
        "stride": problem.stride,
    }.get(plan["window"], (f_h, f_w))


def strides(problem: Problem, plan: Plan) -> Pair:
    """Return how far windows are apart."""
    s_h, s_w = problem.stride
    if plan["strides"] == "swapped":
        return s_w, s_h
    return problem.f if plan["window"] == "stride" else (s_h, s_w)


def sizes(problem: Problem, plan: Plan) -> Pair:
    """Return the output's height and width."""
    if problem.gradient is not None:
        return problem.gradient.shape[1], problem.gradient.shape[2]
    _, height, width, n_C_prev = problem.A.shape
    if plan["size"] == "channels last":
        height, width = n_C_prev, height
    pads = problem.pad[::-1] if plan["size"] == "pads swapped" else problem.pad
    window = problem.f if plan["window"].endswith("sizes right") else window_shape(problem, plan)
    choice, _, only = plan["size"].partition(", ")
    found = []
    for axis, size, f, stride, pad in zip(
        ("rows", "columns"), (height, width), window, strides(problem, plan), pads, strict=True
    ):
        how = choice if only in ("", axis) else RIGHT
        room = size + {"pad once": 1, "no pad": 0, "pad twice": 4}.get(how, 2) * pad - f
        if how == "ceil":
            found.append(-(-room // stride) + 1)
        elif how == "no plus one":
            found.append(room // stride)
        elif how == "no stride":
            found.append(room + 1)
        elif how == "by f":
            found.append(room // f + 1)
        elif how == "end excluded":
            found.append(-(-room // stride))
        elif how == "rounded":
            found.append(round(room / stride) + 1)
        elif how == "plus one inside":
            found.append((room + 1) // stride)
        else:
            found.append(room // stride + 1)
    n_H, n_W = found
    return {"swapped": (n_W, n_H), "height for both": (n_H, n_H), "width for both": (n_W, n_W)}.get(
        plan["size"], (n_H, n_W)
    )


def padded(A: Array, pad: Pair, choice: str = RIGHT) -> Array:
    """Return an input, `(m, n_H, n_W, n_C)`, padded in a way."""
    p_h, p_w = pad
    sides: dict[str, tuple[Pair, Pair, Pair, Pair]] = {
        "none": ((0, 0), (0, 0), (0, 0), (0, 0)),
        "after": ((0, 0), (0, 2 * p_h), (0, 2 * p_w), (0, 0)),
        "after once": ((0, 0), (0, p_h), (0, p_w), (0, 0)),
        "swapped": ((0, 0), (p_w, p_w), (p_h, p_h), (0, 0)),
        "before": ((0, 0), (p_h, 0), (p_w, 0), (0, 0)),
        "before twice": ((0, 0), (2 * p_h, 0), (2 * p_w, 0), (0, 0)),
        "rows": ((0, 0), (p_h, p_h), (0, 0), (0, 0)),
        "columns": ((0, 0), (0, 0), (p_w, p_w), (0, 0)),
        "rows, columns after": ((0, 0), (p_h, p_h), (0, 2 * p_w), (0, 0)),
        "columns, rows after": ((0, 0), (0, 2 * p_h), (p_w, p_w), (0, 0)),
        "rows, columns before": ((0, 0), (p_h, p_h), (2 * p_w, 0), (0, 0)),
        "columns, rows before": ((0, 0), (2 * p_h, 0), (p_w, p_w), (0, 0)),
        "examples and rows": ((p_h, p_h), (p_w, p_w), (0, 0), (0, 0)),
        "columns and channels": ((0, 0), (0, 0), (p_h, p_h), (p_w, p_w)),
        "twice": ((0, 0), (2 * p_h, 2 * p_h), (2 * p_w, 2 * p_w), (0, 0)),
        "rows and channels": ((0, 0), (p_h, p_h), (0, 0), (p_w, p_w)),
        "examples and channels": ((p_h, p_h), (0, 0), (0, 0), (p_w, p_w)),
        "every axis": ((p_h, p_h), (p_h, p_h), (p_w, p_w), (p_w, p_w)),
    }
    around = sides.get(choice, ((0, 0), (p_h, p_h), (p_w, p_w), (0, 0)))
    if choice in ("edge", "reflect", "wrap"):
        mode: Any = choice
        return np.pad(A, around, mode=mode)
    if choice == "one":
        return np.pad(A, around, constant_values=1)
    if choice == "pad":
        return np.pad(A, around, constant_values=max(pad))
    if choice == "mean":
        return np.pad(A, around, constant_values=float(A.mean()))
    return np.pad(A, around)


def starts(problem: Problem, plan: Plan, n_H: int, n_W: int) -> tuple[Array, Array]:
    """Return the rows and the columns of the padded input at which windows start, `(n_H, n_W)` each."""
    h, w = np.arange(n_H)[:, None] + np.zeros(n_W, int), np.zeros((n_H, 1), int) + np.arange(n_W)
    if plan["slice"] == "swapped":
        h, w = w, h
    s_h, s_w = strides(problem, plan)
    f_h, f_w = window_shape(problem, plan)
    return h * _factor(plan["rows"], s_h, f_h, s_w), w * _factor(plan["columns"], s_w, f_w, s_h)


def _factor(choice: str, stride: int, f: int, other: int) -> int:
    return {"no stride": 1, "f": f, "stride twice": stride * stride, "other stride": other}.get(choice, stride)


def read(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return the windows, `(m, n_H, n_W, f_h, f_w, n_C_prev)`, which taps exist, and their rows and columns."""
    n_H, n_W = sizes(problem, plan)
    if n_H < 0 or n_W < 0:
        return Part((), raises="must")
    if plan["window"] == "longer" and (problem.W is not None or min(n_H, n_W) < 1):
        return Part((), raises="must")
    A = padded(problem.A, problem.pad, plan["padding"]) if any(problem.pad) else problem.A
    if plan["values"] == "integers":
        A = np.trunc(A)
    if plan["example"] == "no index":
        return _without_example(problem, plan, n_H, n_W)
    if plan["windows"] == "all that fit":
        return _all_that_fit(problem, plan, A)
    if plan["example"] == "no index, at once":
        return _without_examples(problem)
    m, n_C_prev = problem.A.shape[0], problem.A.shape[3]
    raises: Raises = "may" if not (n_H and n_W) else "no"
    if _loops_run_past(problem, plan["loops"], n_H, n_W):
        raises = "must"
    past = plan["loops"] == "swapped" and raises == "must"
    cuts: tuple[Pair, ...] = _cut_past(problem, A, n_H, n_W) if past else ()
    if A.shape[3] != n_C_prev:
        A, raises, cuts = A[..., :n_C_prev], "must", (problem.f,)
    size, turned = (n_H, n_W), plan["ends"] == "by taps" and plan["slice"] == "swapped"
    if turned and (problem.f[0] != problem.f[1] or (problem.gradient is not None and n_H != n_W)):
        return Part((), raises="must")
    if turned:
        top, left = starts(problem, Plan({**plan, "slice": RIGHT}), n_W, n_H)
    else:
        top, left = starts(problem, plan, n_H, n_W)
    f_h, f_w = window_shape(problem, plan)
    rows, cols = top[:, :, None] + np.arange(f_h), left[:, :, None] + np.arange(f_w)
    inside = (rows < A.shape[1])[:, :, :, None] & (cols < A.shape[2])[:, :, None, :]
    height, width = (rows < A.shape[1]).sum(axis=2), (cols < A.shape[2]).sum(axis=2)
    if not inside.all() and raises == "no":
        raises, cuts = "may", _first_cuts(height, width, (f_h, f_w))
    examples = np.arange(len(A) if plan["example"] == "of padded" else m)
    if plan["example"] == "first":
        examples = np.zeros(m, int)
    elif plan["example"] == "last":
        examples = np.full(m, m - 1)
    windows = A[
        examples[:, None, None, None, None],
        np.minimum(rows, A.shape[1] - 1)[None, :, :, :, None],
        np.minimum(cols, A.shape[2] - 1)[None, :, :, None, :],
    ]
    windows = windows * inside[None, ..., None]
    if plan["example"] == "all" and not problem.mode:
        windows = np.broadcast_to(windows.sum(axis=0, keepdims=True), windows.shape)
    if plan["ends"] == "strict" and raises == "may":
        windows, raises = _stretched(windows, height, width)
    elif plan["ends"] == "by taps" and n_H and n_W and (raises == "may" or turned):
        fitted = _by_taps(windows, rows < A.shape[1], cols < A.shape[2], size, turned)
        if fitted.raises == "must":
            return fitted
        (windows, inside), raises, cuts = fitted.arrays, "no", ()
    if plan["flat windows"] == "by height":
        windows, flat = by_height(windows)
        raises = worse(raises, flat)
    if plan["kept"] == "views":
        windows = np.broadcast_to(windows[-1:, -1:, -1:], windows.shape)
    elif plan["kept"] == "views of each example":
        windows = np.broadcast_to(windows[:, -1:, -1:], windows.shape)
    elif plan["kept"] == "views of taps and examples":
        windows = np.broadcast_to(windows[-1:, :, :, -1:, -1:], windows.shape)
    elif plan["kept"] == "views of taps":
        windows, inside = (
            np.broadcast_to(each, whole.shape)
            for each, whole in ((windows[:, :, :, -1:, -1:], windows), (inside[:, :, -1:, -1:], inside))
        )
    if plan["short"] != RIGHT:
        windows, inside = _shortened(windows, inside, plan["short"])
    return Part((windows, inside, rows, cols), 0, raises, cuts)


def places(rows: Array, cols: Array) -> Iterator[tuple[int, int, tuple[slice, slice, slice]]]:
    """Yield the row and the column of each window with its place in the input, for all examples.

    Args:
        rows: The rows of each window's taps, `(n_H, n_W, f_h)`.
        cols: Their columns, `(n_H, n_W, f_w)`.
    """
    f_h, f_w = rows.shape[2], cols.shape[2]
    for h, w in np.ndindex(*rows.shape[:2]):
        top, left = rows[h, w, 0], cols[h, w, 0]
        yield h, w, np.s_[:, top : top + f_h, left : left + f_w]


def strided(problem: Problem, gradient: Array) -> Array:
    """Return a gradient that is 0 at windows which loops that step by the stride leave out."""
    (s_h, s_w), kept = problem.stride, np.zeros(gradient.shape)
    kept[:, ::s_h, ::s_w] = gradient[:, ::s_h, ::s_w]
    return kept


def _multiplied(extent: Array | int, f: int) -> Array:
    """Whether NumPy multiplies a window of some height or width with a filter: it is as large, or one is left."""
    return np.asarray((np.asarray(extent) == f) | (np.asarray(extent) == 1))


def _first_cuts(height: Array, width: Array, f: Pair) -> tuple[Pair, ...]:
    """Return the height and the width of the first window, in the order of the loops, that the filter does not fit."""
    whole = (height == f[0]) & (width == f[1])
    found = [np.argwhere(~fits) for fits in (whole, _multiplied(height, f[0]) & _multiplied(width, f[1]))]
    return tuple((int(height[tuple(wrong[0])]), int(width[tuple(wrong[0])])) for wrong in found if len(wrong))


def _cut_past(problem: Problem, A: Array, n_H: int, n_W: int) -> tuple[Pair, ...]:
    """Return the height and the width of the first window past the output, if the filter does not fit it."""
    (f_h, f_w), (s_h, s_w) = problem.f, problem.stride
    height = f_h if n_H > n_W else max(0, min(f_h, A.shape[1] - n_H * s_h))
    width = max(0, min(f_w, A.shape[2] - n_W * s_w)) if n_H > n_W else f_w
    return () if (height, width) == problem.f else ((height, width),)


def _loops_run_past(problem: Problem, loops: str, n_H: int, n_W: int) -> bool:
    """Whether loops run past the end of the output."""
    if loops == "by stride":
        return any(n > 1 and stride > 1 for n, stride in zip((n_H, n_W), problem.stride, strict=True))
    if loops == "over the input":
        return problem.A.shape[1:3] != (n_H, n_W)
    return loops in ("swapped", "past a swapped output", "over swapped sizes") and n_H != n_W


def _stretched(windows: Array, height: Array, width: Array) -> tuple[Array, Raises]:
    """Return windows cut off at the end of the input as NumPy multiplies them with a filter.

    A window of which one row is left is taken for all rows of the filter; anything else that is cut off raises.
    """
    f_h, f_w = windows.shape[3:5]
    if not (_multiplied(height, f_h) & _multiplied(width, f_w)).all():
        return windows, "must"
    windows = np.where((height == 1)[None, :, :, None, None, None], windows[:, :, :, :1], windows)
    return np.where((width == 1)[None, :, :, None, None, None], windows[:, :, :, :, :1], windows), "no"


def _by_taps(windows: Array, rows: Array, cols: Array, size: Pair, turned: bool) -> Part:
    """Return windows of which each tap is one slice for all of them, as NumPy puts it into an array of some size.

    A slice of which one row is left is taken for all rows of the output; any other that is cut off raises.

    Args:
        windows: The windows, `(m, n_H, n_W, f_h, f_w, n_C_prev)`.
        rows: Whether the row of each tap exists, `(n_H, n_W, f_h)`.
        cols: Whether its column does, `(n_H, n_W, f_w)`.
        size: The output's height and width.
        turned: Whether the slice of rows is that of the tap's column, and the other way round.
    """
    high, wide = rows.any(axis=1).sum(axis=0), cols.any(axis=0).sum(axis=0)
    m, _, _, f_h, f_w, n_C = windows.shape
    fitted = np.zeros((m, *size, f_h, f_w, n_C))
    for p, q in np.ndindex(f_h, f_w):
        row, col = (q, p) if turned else (p, q)
        part = windows[:, : high[row], : wide[col], row, col]
        if any(given not in (1, n) for given, n in zip(part.shape[1:3], size, strict=True)):
            return Part((), raises="must", cuts=(part.shape[1:3],))
        fitted[:, :, :, p, q] = part
    inside = np.ones((*size, f_h, f_w), dtype=bool)
    return Part((fitted, inside))


def _all_that_fit(problem: Problem, plan: Plan, A: Array) -> Part:
    """Return as many windows as fit, as NumPy combines them with a gradient of another height and width at once."""
    stepped = (plan["rows"], plan["columns"]), problem.stride, problem.f, problem.stride[::-1]
    steps = [_factor(*each) for each in zip(*stepped, strict=True)]
    m, n_C = problem.A.shape[0], problem.A.shape[3]
    if any(size < f for size, f in zip(A.shape[1:3], problem.f, strict=True)) or A.shape[3] != n_C:
        return Part((), raises="must")
    windows = np.moveaxis(sliding_window_view(A[:m], problem.f, (1, 2)), 3, -1)[:, :: steps[0], :: steps[1]]
    sizes = problem.upstream.shape[1:3]
    for axis, n in zip((1, 2), sizes, strict=True):
        count = windows.shape[axis]
        if problem.mode and count >= n and (n == 1 or problem.mode == "average"):
            windows = windows.take(range(n), axis)
        elif n == 1 and not problem.mode:
            windows = windows.sum(axis, keepdims=True)
        elif count == 1 and not problem.mode:
            windows = windows.repeat(n, axis)
        elif count != n:
            return Part((), raises="must")
    top, left = starts(problem, plan, *sizes)
    inside = np.ones((*sizes, *problem.f), dtype=bool)
    return Part(
        (windows, inside, *(at[:, :, None] + np.arange(f) for at, f in zip((top, left), problem.f, strict=True)))
    )


def _shortened(windows: Array, inside: Array, choice: str) -> tuple[Array, Array]:
    """Return windows whose last row or column, or first ones, are left out."""
    kept = np.ones(windows.shape[3:5], dtype=bool)
    if choice in ("both", "rows"):
        kept[-1] = False
    if choice in ("both", "columns"):
        kept[:, -1] = False
    if choice == "first":
        kept[0] = kept[:, 0] = False
    return windows * kept[..., None], inside & kept


def _without_example(problem: Problem, plan: Plan, n_H: int, n_W: int) -> Part:
    """Return windows of `A[rows, columns, c]`: examples taken for rows, rows for columns and columns for channels."""
    (f_h, f_w), (s_h, s_w) = problem.f, problem.stride
    m, _, width, n_C = problem.A.shape
    windows = np.zeros((m, n_H, n_W, f_h * f_w * n_C, 1, n_C))
    inside = np.zeros((n_H, n_W, f_h * f_w * n_C, 1), dtype=bool)
    for h in range(n_H):
        for w in range(n_W):
            if n_C > width:
                return Part((), raises="must")
            for c in range(n_C):
                cut = problem.A[h * s_h : h * s_h + f_h, w * s_w : w * s_w + f_w, c].reshape(-1)
                windows[:, h, w, : cut.size, 0, c] = cut
                inside[h, w, : cut.size] = True
    return Part((windows, inside, np.zeros(0), np.zeros(0)), raises="no" if inside.any(axis=(2, 3)).all() else "may")


def _without_examples(problem: Problem) -> Part:
    """Return windows over the first two axes: examples taken for rows, and rows for columns."""
    (f_h, f_w), (s_h, s_w) = problem.f, problem.stride
    m, height = problem.A.shape[:2]
    if m < f_h or height < f_w:
        return Part((), raises="must")
    examples = np.arange(0, m - f_h + 1, s_h)[:, None] + np.arange(f_h)
    rows = np.arange(0, height - f_w + 1, s_w)[:, None] + np.arange(f_w)
    windows = problem.A[examples[:, None, :, None], rows[None, :, None, :]]
    windows = np.moveaxis(windows, 4, 2)
    return Part((windows, np.ones((*windows.shape[1:3], f_h, f_w), dtype=bool), np.zeros(0), np.zeros(0)), raises="may")


def by_height(values: Array) -> tuple[Array, Raises]:
    """Return values, `(m, n_H, n_W, ...)`, stored at flat place h * n_H + w, and whether that runs past the end."""
    m, n_H, n_W = values.shape[:3]
    flat = np.zeros((m, n_H * n_W, *values.shape[3:]))
    for h in range(n_H):
        for w in range(n_W):
            if h * n_H + w >= n_H * n_W:
                return values, "must"
            flat[:, h * n_H + w] = values[:, h, w]
    return flat.reshape(values.shape), "no"


READING = Stage(
    frozenset(
        {
            "window",
            "size",
            "padding",
            "slice",
            "rows",
            "columns",
            "example",
            "loops",
            "short",
            "ends",
            "flat windows",
            "kept",
            "strides",
            "values",
            "windows",
        }
    ),
    read,
)
"""Reads windows."""

STARTS = (
    Mutation("stride_missing", {"rows": "no stride", "columns": "no stride"}),
    Mutation("stride_rows_missing", {"rows": "no stride"}),
    Mutation("stride_cols_missing", {"columns": "no stride"}),
    Mutation(
        "range_strided",
        {"rows": "no stride", "columns": "no stride", "filled": "strided"},
        "the loops step by the stride where they should count windows, so that outputs stay empty",
    ),
    Mutation("range_strided", {"filled": "strided"}, "the loops step by the stride, so that outputs stay empty"),
    Mutation(
        "range_strided",
        {"rows": "stride twice", "columns": "stride twice"},
        "the window's start has the stride twice",
        own_instead="vert_start = h * stride",
    ),
    Mutation(
        "range_strided", {"loops": "by stride"}, "the loops step by the stride through the input, and past the output"
    ),
    Mutation("loops_over_input", {"loops": "over the input"}),
    Mutation("rows_cols_swapped", {"slice": "swapped"}),
    Mutation(
        "rows_cols_swapped",
        {"loops": "swapped"},
        "the loops run over the wrong sizes, h over n_W and w over n_H",
        own_unnoticed="on square maps nobody notices",
        own_instead="for h in range(n_H), and in it for w in range(n_W)",
    ),
    Mutation("f_for_stride", {"rows": "f", "columns": "f"}),
    Mutation("f_for_stride", {"rows": "f", "columns": "f", "size": "by f"}, rare=True),
    Mutation("f_for_stride", {"rows": "f", "columns": "f", "filled": "by f"}, rare=True),
    Mutation(
        "rows_cols_swapped",
        {"strides": "swapped"},
        "the strides of rows and columns are swapped",
        own_unnoticed="where both strides are the same nobody notices",
        own_instead="stride_h, stride_w = stride",
    ),
    *(
        Mutation(
            "rows_cols_swapped",
            changes,
            f"the windows start at multiples of the wrong stride: {which}",
            own_unnoticed="where both strides are the same nobody notices",
            own_instead="h * stride_h for rows and w * stride_w for columns",
        )
        for changes, which in (
            ({"rows": "other stride"}, "rows take that of columns"),
            ({"columns": "other stride"}, "columns take that of rows"),
            ({"rows": "other stride", "columns": "other stride"}, "rows and columns take each other's"),
        )
    ),
)
"""Mistakes in where windows start."""

STRIDED = (
    Mutation("range_strided", {"gradient": "strided"}, "the loops step by the stride, so that windows are left out"),
    Mutation(
        "range_strided",
        {"gradient": "strided", "rows": "no stride", "columns": "no stride"},
        "the loops step by the stride where they should count windows, so that windows are left out",
    ),
)
"""Mistakes in which windows a backward pass counts."""

SIZES = (
    Mutation("size_plus_one_missing", {"size": "no plus one"}),
    Mutation("size_ceil", {"size": "ceil"}),
    Mutation(
        "size_plus_one_missing",
        {"size": "plus one inside"},
        "the + 1 in the output's size is added before the division, and should be added after it",
        own_unnoticed=AT_STRIDE_1,
    ),
    Mutation(
        "stride_missing",
        {"size": "no stride"},
        "the output's size is not divided by the stride",
        own_instead="n_H = (n_H_prev - f + 2 * pad) // stride + 1",
    ),
    Mutation("size_plus_one_missing", {"size": "no plus one, rows"}, "the + 1 is missing in the output's height"),
    Mutation("size_plus_one_missing", {"size": "no plus one, columns"}, "the + 1 is missing in the output's width"),
    Mutation("size_ceil", {"size": "ceil, rows"}, "the output's height is rounded up, and should be rounded down"),
    Mutation("size_ceil", {"size": "ceil, columns"}, "the output's width is rounded up, and should be rounded down"),
    Mutation("n_H_n_W_swapped", {"size": "swapped"}),
    Mutation(
        "n_H_n_W_swapped",
        {"loops": "past a swapped output"},
        "the output is made with its height and width swapped, and the loops run past it",
    ),
    Mutation(
        "n_H_n_W_swapped",
        {"size": "height for both"},
        "the output's width is computed from the height, and should be computed from the width",
        own_instead="n_W = (n_W_prev - f + 2 * pad) // stride + 1",
    ),
    Mutation(
        "n_H_n_W_swapped",
        {"size": "width for both"},
        "the output's height is computed from the width, and should be computed from the height",
        own_instead="n_H = (n_H_prev - f + 2 * pad) // stride + 1",
    ),
    Mutation(
        "stride_missing",
        {"size": "no stride", "rows": "no stride", "columns": "no stride"},
        "the output has a place for every position: the stride is never applied",
        own_instead="every stride-th window: [:, ::stride, ::stride]",
    ),
    *(
        Mutation(
            kind,
            {"size": f"no stride, {axis}", axis: "no stride"},
            f"the output has a place for every {axis[:-1]}: the stride is never applied",
            rare=True,
        )
        for kind, axis in (("stride_rows_missing", "rows"), ("stride_cols_missing", "columns"))
    ),
    Mutation(
        "axes_order",
        {"size": "channels last"},
        "the shape is unpacked as (N, H, W, C), and should be unpacked as (N, C, H, W)",
        "NCHW",
        own_instead="N, C, H, W = x.shape",
    ),
    Mutation(
        "size_plus_one_missing",
        {"size": "end excluded"},
        "the last place where a window fits is left out: the end of a range is not included",
        own_unnoticed="where the stride leaves rows and columns over nobody notices",
        own_instead="range(0, n_H_prev + 2 * pad - f + 1, stride)",
        rare=True,
    ),
    Mutation("size_ceil", {"size": "rounded"}, "the output's size is rounded to the nearest, and should be down"),
)
"""Mistakes in the output's size that convolutions and pools share."""

EXAMPLES = (
    Mutation("first_example_only", {"example": "first"}),
    Mutation("last_example_only", {"example": "last"}, "every example is computed from the last one"),
    Mutation("all_examples", {"example": "all"}),
)
"""Mistakes in the example that is read."""

SHORT = (
    Mutation("window_end_short", {"short": "both"}),
    Mutation(
        "window_end_short", {"short": "rows"}, "the window ends one row too early: the end of a slice is excluded"
    ),
    Mutation(
        "window_end_short", {"short": "columns"}, "the window ends one column too early: the end of a slice is excluded"
    ),
    Mutation("window_end_long", {"window": "longer, sizes right"}),
    Mutation(
        "window_end_long", {"window": "longer"}, "the window is one row and column larger than it should be", rare=True
    ),
    Mutation(
        "window_end_short",
        {"short": "first"},
        "the window starts one row and column too late",
        own_instead="vert_start = h * stride",
    ),
)
"""Mistakes in the window's extent."""

VIEWS = (
    Mutation("cache_of_views", {"kept": "views"}),
    Mutation(
        "cache_of_views",
        {"kept": "views of each example"},
        "an example's windows are kept as views of one array, so that all of them hold its last window",
    ),
    Mutation(
        "cache_of_views",
        {"kept": "views of taps"},
        "the places of a window are kept as views of one array, so that all of them hold the last place",
        rare=True,
    ),
)
"""Windows that are kept as views of an array that changes later."""

COPIED = Mutation(
    "integer_output",
    {"values": "integers"},
    "the array that the input is copied to holds integers, so values are cut off",
    rare=True,
)

PADS = (
    Mutation("unpadded_slice", {"padding": "none"}),
    Mutation("pad_missing", {"padding": "after"}),
    Mutation("pad_missing", {"padding": "none"}),
    Mutation("pad_missing", {"padding": "none", "size": "no pad"}),
    Mutation("pad_before_only", {"padding": "before"}),
    Mutation("pad_before_only", {"padding": "before twice"}),
    Mutation("pad_before_only", {"padding": "before", "size": "pad once"}),
    Mutation(
        "pad_before_only", {"padding": "after once", "size": "pad once"}, "the padding goes only below and to the right"
    ),
    Mutation("pad_twice", {"padding": "twice", "size": "pad twice"}),
    Mutation(
        "rows_cols_swapped",
        {"padding": "swapped"},
        "the padding of rows and columns is swapped",
        own_unnoticed="where both are padded alike nobody notices",
        own_instead="(pad_h, pad_h) for rows and (pad_w, pad_w) for columns",
    ),
    Mutation(
        "rows_cols_swapped",
        {"padding": "swapped", "size": "pads swapped"},
        "the padding of rows and columns is swapped",
        own_unnoticed="where both are padded alike nobody notices",
        own_instead="(pad_h, pad_h) for rows and (pad_w, pad_w) for columns",
        rare=True,
    ),
    Mutation("pad_one_axis", {"padding": "rows"}, "only the rows are padded, and the columns should be as well"),
    Mutation("pad_one_axis", {"padding": "columns"}, "only the columns are padded, and the rows should be as well"),
    Mutation(
        "pad_one_axis",
        {"padding": "rows", "size": "no pad, columns"},
        "only the rows are padded, and the columns should be as well",
    ),
    Mutation(
        "pad_one_axis",
        {"padding": "columns", "size": "no pad, rows"},
        "only the columns are padded, and the rows should be as well",
    ),
    Mutation("pad_one_axis", {"padding": "rows, columns after"}),
    Mutation("pad_one_axis", {"padding": "columns, rows after"}),
    Mutation("pad_one_axis", {"padding": "rows, columns before"}),
    Mutation("pad_one_axis", {"padding": "columns, rows before"}),
    Mutation("pad_constant", {"padding": "edge"}, "the padding repeats the border, and should be zero"),
    Mutation("pad_constant", {"padding": "one"}, "the padding is 1, and should be 0"),
    Mutation("pad_constant", {"padding": "reflect"}, "the padding mirrors the input, and should be zero"),
    Mutation("pad_constant", {"padding": "wrap"}, "the padding wraps around, and should be zero"),
    Mutation("pad_constant", {"padding": "pad"}, "the padding's value is pad itself, and should be 0"),
    Mutation("pad_constant", {"padding": "mean"}, "the padding is the mean, and should be zero"),
    Mutation(
        "pad_wrong_axes", {"padding": "examples and rows"}, "the examples and the rows are padded: axes 0 and 1", "NHWC"
    ),
    Mutation(
        "pad_wrong_axes", {"padding": "columns and channels"}, "columns and channels are padded: axes 2 and 3", "NHWC"
    ),
    Mutation("pad_wrong_axes", {"padding": "rows and channels"}, "channels and rows are padded: axes 1 and 2", "NCHW"),
    Mutation(
        "pad_wrong_axes", {"padding": "examples and channels"}, "examples and channels are padded: axes 0 and 1", "NCHW"
    ),
    Mutation("pad_wrong_axes", {"padding": "every axis"}, "every axis is padded, examples and channels too"),
)
"""Mistakes in padding."""
