"""A convolution's backward pass, and its mistakes."""

from __future__ import annotations

import numpy as np

from convstep.check.mutations.conv import filters
from convstep.check.mutations.plan import RIGHT, Implementation, Mutation, Part, Plan, Raises, Stage, only, worse
from convstep.check.mutations.reading import COPIED, PADS, READING, STARTS, STRIDED, VIEWS, places, read, strided
from convstep.check.problems import Array, Problem

NO_STRIDE = Plan({"rows": "no stride", "columns": "no stride"})
LAST, FIRST = slice(-1, None), slice(1)
COUNTED: dict[str, tuple[slice, ...]] = {
    "overwritten": (LAST, LAST, LAST),
    "overwritten by places": (slice(None), LAST, LAST),
    "last example": (LAST,),
    "first example": (FIRST,),
}
"""The examples, rows and columns that a gradient counts where code overwrites it, or leaves out the others."""


def input_gradient(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return dA_prev, and the windows before."""
    if not before.arrays:
        return before
    windows, _, rows, cols = before.arrays
    if plan["dA windows"] == "no stride":
        _, _, rows, cols = read(problem, Part(()), NO_STRIDE).arrays
    dZ, W = _gradient(problem, plan), filters(problem, plan)
    if windows.shape[3:5] != problem.f or W.shape[:2] != problem.f:
        return Part((), raises="must")
    p_h, p_w = problem.pad
    m, n_H_prev, n_W_prev, n_C_prev = problem.A.shape
    height, width = n_H_prev + 2 * p_h, n_W_prev + 2 * p_w
    fits = (rows < height).all() and (cols < width).all()
    raises = before.raises if fits else worse(before.raises, "may")
    if plan["gradient"] == "swapped" and dZ.shape[1] != dZ.shape[2]:
        raises = "must"
    beyond = max(int(rows.max()) + 1, height), max(int(cols.max()) + 1, width)
    dA = np.zeros((m, *beyond, n_C_prev))
    if plan["dA start"] == "A_prev":
        dA[:, p_h : p_h + n_H_prev, p_w : p_w + n_W_prev] = problem.A
    adding = plan["dA adding"]
    for h, w, place in places(rows, cols):
        if adding == "overwritten by filters":
            dA[place] = W[..., -1] * dZ[:, h, w, -1][:, None, None, None]
            continue
        share = np.einsum("pqkc,ic->ipqk", W, dZ[:, h, w])
        dA[place] = share if adding == "overwritten" else dA[place] + share
    if adding == "overwritten by taps":
        _overwrite_by_taps(dA, rows, cols, dZ @ W.reshape(-1, W.shape[3]).T, W.shape)
    dA = dA[:, :height, :width]
    if plan["dA scale"] == "averaged":
        dA = dA / m
    dA, cut = _cut(problem, dA, plan["dA cut"])
    if plan["dA examples"] != RIGHT:
        dA = dA * only(plan["dA examples"], m)[:, None, None, None]
    return Part((dA * 0 if plan["dA scale"] == "zero" else dA, windows), 1, worse(raises, cut), before.cuts)


def _gradient(problem: Problem, plan: Plan) -> Array:
    """Return dZ as it is read; where it can't be read so, as it is."""
    dZ = problem.upstream
    if plan["gradient"] == "first filter":
        return np.repeat(dZ[..., :1], dZ.shape[3], axis=3)
    if plan["gradient"] == "strided":
        return strided(problem, dZ)
    return dZ.swapaxes(1, 2) if plan["gradient"] == "swapped" and dZ.shape[1] == dZ.shape[2] else dZ


def _overwrite_by_taps(dA: Array, rows: Array, cols: Array, shares: Array, shape: tuple[int, ...]) -> None:
    """Set in dA what each tap adds, tap after tap, so that the last one counts."""
    f_h, f_w, n_C_prev, _ = shape
    shares = shares.reshape(*shares.shape[:3], f_h, f_w, n_C_prev)
    for p in range(f_h):
        for q in range(f_w):
            dA[:, rows[:, :, p], cols[:, :, q]] = shares[:, :, :, p, q]


def _cut(problem: Problem, dA: Array, choice: str) -> tuple[Array, Raises]:
    """Return dA_prev without its padding, and whether cutting it raises."""
    p_h, p_w = problem.pad
    _, n_H_prev, n_W_prev, _ = problem.A.shape
    if choice == "kept":
        return dA, "no"
    if choice == "minus pad":
        return dA[:, p_h : -p_h or 0, p_w : -p_w or 0], "no" if p_h and p_w else "may"
    if choice == "after":
        return dA[:, :n_H_prev, :n_W_prev], "no"
    if choice == "before":
        return dA[:, 2 * p_h :, 2 * p_w :], "no"
    return dA[:, p_h : p_h + n_H_prev, p_w : p_w + n_W_prev], "no"


def filter_gradient(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return dA_prev and dW."""
    if not before.arrays:
        return before
    dA, windows = before.arrays
    if plan["dW windows"] == "no stride":
        windows = read(problem, Part(()), NO_STRIDE).arrays[0]
    dZ, adding = _gradient(problem, plan), plan["dW adding"]
    if plan["dW example"] == "first":
        windows = np.repeat(windows[:1], len(windows), axis=0)
    counted = COUNTED.get(adding, ())
    windows, dZ = windows[counted], dZ[counted]
    raises = before.raises
    if plan["dW columns"] == "by height":
        windows, cut = _cut_by_height(problem, windows)
        raises = worse(raises, cut)
    dW = np.tensordot(windows, dZ, axes=((0, 1, 2), (0, 1, 2)))
    scale = {"averaged": 1 / len(problem.A), "zero": 0.0}.get(plan["dW scale"], 1.0)
    if plan["dW turned"] == "flipped":
        dW = dW[::-1, ::-1]
    elif plan["dW turned"] == "transposed":
        dW = dW.swapaxes(0, 1)
    return Part((dA, dW * scale), 2, raises, before.cuts)


def _cut_by_height(problem: Problem, windows: Array) -> tuple[Array, Raises]:
    """Return the windows of a slice `j:j + n_H * stride:stride` of columns, and whether it fits the gradient."""
    _, n_H, n_W = windows.shape[:3]
    width = problem.A.shape[2] + 2 * problem.pad[1]
    counts = {len(range(q, min(q + n_H * problem.stride[1], width), problem.stride[1])) for q in range(problem.f[1])}
    if counts == {1}:
        return np.repeat(windows[:, :, :1], n_W, axis=2), "no"
    return windows, "no" if counts == {n_W} else "must"


def bias_gradient(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return dA_prev, dW and db."""
    if not before.arrays:
        return before
    dZ, adding, raises = _gradient(problem, plan), plan["db adding"], before.raises
    m, n_H, n_W, _ = dZ.shape
    counts = {"averaged": m, "averaged over places": n_H * n_W, "averaged over all": m * n_H * n_W}
    if adding == "swapped" and n_H != n_W:
        raises = "must"
    db = dZ[COUNTED.get(adding, ())].sum(axis=(0, 1, 2), keepdims=True) / counts.get(adding, 1)
    if adding == "all filters":
        db = np.full_like(db, db.sum())
    return Part((*before.arrays, db * 0 if adding == "zero" else db), 3, raises, before.cuts)


EACH_EXAMPLE = "is set back to zero for every example, so that only the last one counts"

CONV_BACKWARD = Implementation(
    (
        READING,
        Stage(
            frozenset(
                {
                    "filter",
                    "filter index",
                    "channels",
                    "dA start",
                    "dA adding",
                    "dA cut",
                    "dA examples",
                    "dA scale",
                    "dA windows",
                    "gradient",
                }
            ),
            input_gradient,
        ),
        Stage(
            frozenset({"dW adding", "dW scale", "dW example", "dW turned", "dW columns", "dW windows", "gradient"}),
            filter_gradient,
        ),
        Stage(frozenset({"db adding", "gradient"}), bias_gradient),
    ),
    (
        *(mutation for mutation in STARTS if "filled" not in mutation.changes),
        Mutation("dW_overwritten", {"dW adding": "overwritten"}),
        Mutation("db_overwritten", {"db adding": "overwritten"}),
        Mutation("dA_overwritten", {"dA adding": "overwritten"}),
        Mutation("dA_overwritten", {"dA adding": "overwritten by filters"}),
        Mutation("dA_overwritten", {"dA adding": "overwritten by taps"}),
        Mutation("dA_not_cut", {"dA cut": "kept"}),
        Mutation(
            "dA_not_cut",
            {"dA cut": "minus pad"},
            "[pad:-pad] is empty where pad is 0",
            own_unnoticed="with padding nobody notices",
        ),
        Mutation("dA_not_cut", {"dA cut": "after"}, "the padding is cut off only below and to the right"),
        Mutation("dA_not_cut", {"dA cut": "before"}, "the padding is cut off only above and to the left"),
        Mutation("dW_overwritten", {"dW adding": "overwritten by places"}),
        Mutation("db_overwritten", {"db adding": "overwritten by places"}),
        Mutation(
            "dW_overwritten",
            {"dW adding": "last example"},
            f"dW {EACH_EXAMPLE}",
            own_unnoticed="with one example nobody notices",
            own_instead="dW = np.zeros(W.shape) before all loops",
        ),
        Mutation(
            "db_overwritten",
            {"db adding": "last example"},
            f"db {EACH_EXAMPLE}",
            own_unnoticed="with one example nobody notices",
            own_instead="db = np.zeros(b.shape) before all loops",
        ),
        Mutation(
            "return_inside_loop", {"dA examples": "first", "dW adding": "first example", "db adding": "first example"}
        ),
        Mutation("db_averaged", {"db adding": "averaged"}),
        Mutation(
            "db_averaged", {"db adding": "averaged over all"}, "db is averaged, and should be a sum", own_unnoticed=""
        ),
        Mutation(
            "db_averaged",
            {"db adding": "averaged over places"},
            "db is averaged over rows and columns, and should be a sum",
            own_unnoticed="",
            rare=True,
        ),
        Mutation("dW_averaged", {"dW scale": "averaged"}),
        Mutation("dA_averaged", {"dA scale": "averaged"}),
        Mutation("stride_missing", {"dA windows": "no stride"}, "the stride is missing where dA's window starts"),
        Mutation("stride_missing", {"dW windows": "no stride"}, "the stride is missing where dW's window starts"),
        Mutation("filter_flipped", {"filter": "flipped"}, "dA takes the filter flipped, and should take it as it is"),
        Mutation("filter_transposed", {"filter": "transposed"}, "dA takes the filter with rows and columns swapped"),
        Mutation("filter_index_wrong", {"filter index": "first"}, "dA takes the first filter for every output channel"),
        *PADS,
        Mutation("last_example_only", {"dA examples": "last"}, "only the last example's dA_prev is stored"),
        Mutation("first_example_only", {"dW example": "first"}, "dW is computed from the first example alone"),
        Mutation("first_example_only", {"dA examples": "first"}, "only the first example's dA_prev is stored"),
        Mutation("dA_starts_from_A_prev", {"dA start": "A_prev"}),
        Mutation(
            "rows_cols_swapped",
            {"db adding": "swapped"},
            "db adds dZ[i, w, h, c]: h and w are swapped",
            own_unnoticed="on square maps nobody notices",
            own_instead="dZ[i, h, w, c]",
        ),
        Mutation(
            "n_H_n_W_swapped",
            {"dW columns": "by height"},
            "dW takes n_H columns where it should take n_W",
            own_instead="j:j + n_W * stride:stride",
        ),
        Mutation(
            "db_overwritten",
            {"db adding": "all filters"},
            "db adds up all filters",
            own_unnoticed="with one filter nobody notices",
            own_instead="dZ.sum(axis=(0, 1, 2))",
        ),
        Mutation("filter_flipped", {"dW turned": "flipped"}, "dW is flipped", own_instead="dW as it is"),
        Mutation(
            "filter_transposed",
            {"dW turned": "transposed"},
            "dW has rows and columns swapped",
            own_instead="dW as it is",
        ),
        *VIEWS,
        Mutation(
            "cache_of_views",
            {"kept": "views of taps and examples"},
            "the places of a window are kept as views of one array, so that all of them hold the last place",
            rare=True,
        ),
        COPIED,
        *STRIDED,
        Mutation(
            "n_H_n_W_swapped",
            {"loops": "over swapped sizes"},
            "n_H and n_W are swapped where dZ's shape is read",
            rare=True,
        ),
        Mutation("dA_index_wrong", {"gradient": "first filter"}, "dZ is read for the first filter only: [i, h, w, 0]"),
        Mutation(
            "rows_cols_swapped",
            {"gradient": "swapped"},
            "dZ is read at [i, w, h, c]: h and w are swapped",
            own_unnoticed="on square maps nobody notices",
            own_instead="dZ[i, h, w, c]",
        ),
        Mutation("gradient_zero", {"dA scale": "zero"}, "dA_prev stays zero"),
        Mutation("gradient_zero", {"dW scale": "zero"}, "dW stays zero"),
        Mutation("gradient_zero", {"db adding": "zero"}, "db stays zero"),
    ),
)
"""A convolution's backward pass."""
