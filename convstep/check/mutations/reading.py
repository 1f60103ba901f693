"""How windows are read: the output's size, the padding, and where each window starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from convstep.check.mutations.kinds import AT_STRIDE_1
from convstep.check.mutations.plan import RIGHT, Mutation, Part, Plan, Raises, Stage, worse
from convstep.check.mutations.storing import by_height
from convstep.check.problems import Array, Pair, Problem


def window_shape(problem: Problem, plan: Plan) -> Pair:
    """Return the window's height and width."""
    f_h, f_w = problem.f
    return {
        "rows for both": (f_h, f_h),
        "rows for both, sizes right": (f_h, f_h),
        "columns for both": (f_w, f_w),
        "columns for both, sizes right": (f_w, f_w),
        "transposed": (f_w, f_h),
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
    window = problem.f if plan["window"].endswith("sizes right") else window_shape(problem, plan)
    choice, _, only = plan["size"].partition(", ")
    found = []
    for axis, size, f, stride, pad in zip(
        ("rows", "columns"), (height, width), window, strides(problem, plan), problem.pad, strict=True
    ):
        how = choice if only in ("", axis) else RIGHT
        room = size + {"pad once": 1, "no pad": 0, "pad twice": 4}.get(how, 2) * pad - f
        if how == "ceil":
            found.append(-(-room // stride) + 1)
        elif how == "no plus one":
            found.append(room // stride)
        elif how == "no stride":
            found.append(room + 1)
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
    A = padded(problem.A, problem.pad, plan["padding"]) if any(problem.pad) else problem.A
    if plan["example"] == "no index":
        return _without_example(problem, plan, n_H, n_W)
    m, n_C_prev = problem.A.shape[0], problem.A.shape[3]
    raises: Raises = "must" if _loops_run_past(problem, plan["loops"], n_H, n_W) else "no"
    past = plan["loops"] == "swapped" and raises == "must"
    cuts: tuple[Pair, ...] = _cut_past(problem, A, n_H, n_W) if past else ()
    if A.shape[3] != n_C_prev:
        A, raises, cuts = A[..., :n_C_prev], "must", (problem.f,)
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
    if plan["flat windows"] == "by height":
        windows, flat = by_height(windows)
        raises = worse(raises, flat)
    if plan["kept"] == "views":
        windows = np.broadcast_to(windows[-1:, -1:, -1:], windows.shape)
    elif plan["kept"] == "views of each example":
        windows = np.broadcast_to(windows[:, -1:, -1:], windows.shape)
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
    return loops in ("swapped", "past a swapped output") and n_H != n_W


def _stretched(windows: Array, height: Array, width: Array) -> tuple[Array, Raises]:
    """Return windows cut off at the end of the input as NumPy multiplies them with a filter.

    A window of which one row is left is taken for all rows of the filter; anything else that is cut off raises.
    """
    f_h, f_w = windows.shape[3:5]
    if not (_multiplied(height, f_h) & _multiplied(width, f_w)).all():
        return windows, "must"
    windows = np.where((height == 1)[None, :, :, None, None, None], windows[:, :, :, :1], windows)
    return np.where((width == 1)[None, :, :, None, None, None], windows[:, :, :, :, :1], windows), "no"


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
    Mutation(
        "axes_order",
        {"size": "channels last"},
        "the shape is unpacked as (N, H, W, C), and should be unpacked as (N, C, H, W)",
        "NCHW",
        own_instead="N, C, H, W = x.shape",
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
)
"""Windows that are kept as views of an array that changes later."""

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
