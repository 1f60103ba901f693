"""How values become the answer: which places are filled, as what, and in which order of axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convstep.check.mutations.plan import RIGHT, Mutation, Part, Plan, Raises, Stage, worse
from convstep.check.problems import Array, Problem


def store(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return the answer, of values `(m, n_H, n_W, n_C)` before."""
    if not before.arrays:
        return before
    Z, raises = before.arrays[0], before.raises
    if plan["filled"] != RIGHT:
        filled = _filled(problem, Z.shape, plan["filled"])
        Z = np.where(filled, Z, np.nan) if plan["empty"] == "anything" else Z * filled
    if plan["rows kept"] == "views":
        Z = np.broadcast_to(Z[-1:, -1:], Z.shape)
    elif plan["rows kept"] == "views of each example":
        Z = np.broadcast_to(Z[:, -1:], Z.shape)
    if plan["flat"] == "by height":
        Z, flat = by_height(Z)
        raises = worse(raises, flat)
    if plan["depth"] == "of the input":
        more = problem.A.shape[3] - Z.shape[3]
        raises = "must" if more < 0 else raises
        Z = np.pad(Z, ((0, 0), (0, 0), (0, 0), (0, max(more, 0))))
    if plan["numbers"] == "integers":
        Z = np.trunc(Z)
    elif plan["numbers"] == "relu":
        Z = np.maximum(Z, 0)
    return Part((_turned(Z, plan["axes"]),), 1, raises, before.cuts)


def _turned(Z: Array, choice: str) -> Array:
    """Return values with their axes in another order, or reshaped from another order."""
    m, n_H, n_W, n_C = Z.shape
    if choice == "channels first":
        return np.moveaxis(Z, -1, 1)
    if choice == "channels last":
        return np.moveaxis(Z, 1, -1)
    if choice == "columns first":
        return Z.swapaxes(1, 2)
    if choice == "columns first, reshaped":
        return Z.swapaxes(1, 2).reshape(Z.shape)
    if choice == "reshaped to columns first":
        return Z.reshape(m, n_W, n_H, n_C)
    if choice == "reshaped to channels first":
        return Z.reshape(m, n_C, n_H, n_W)
    if choice == "filters first, reshaped":
        return np.moveaxis(Z, -1, 0).reshape(Z.shape)
    if choice == "reshaped to channels second":
        return np.moveaxis(Z.reshape(m, n_C, n_H, n_W), 1, -1)
    if choice == "filters first, reshaped to channels second":
        return np.moveaxis(np.moveaxis(Z, -1, 0).reshape(m, n_C, n_H, n_W), 1, -1)
    if choice == "one value" and Z.size:
        return np.asarray(Z[-1, -1, -1, -1])
    return Z


def _filled(problem: Problem, shape: tuple[int, ...], choice: str) -> Array:
    """Return 1 at places that are filled, and 0 at the others."""
    m, n_H, n_W, n_C = shape
    i, h, w, c = np.ogrid[:m, :n_H, :n_W, :n_C]
    s_h, s_w = problem.stride
    last_row, last_column = h == n_H - 1, w == n_W - 1
    filled: dict[str, Callable[[], Array]] = {
        "strided": lambda: (h % s_h == 0) & (w % s_w == 0),
        "first example": lambda: i == 0,
        "first row": lambda: (i == 0) & (h == 0),
        "first row of all": lambda: h == 0,
        "first position of all": lambda: (h == 0) & (w == 0),
        "first position": lambda: (i == 0) & (h == 0) & (w == 0),
        "first window": lambda: (i == 0) & (h == 0) & (w == 0) & (c == 0),
        "last example": lambda: i == m - 1,
        "last row": lambda: last_row,
        "last column": lambda: last_column,
        "last filter": lambda: c == n_C - 1,
        "last position": lambda: last_row & last_column,
        "last window": lambda: (i == m - 1) & last_row & last_column & (c == n_C - 1),
        "all but the last row and column": lambda: ~last_row & ~last_column,
        "all but the last row": lambda: ~last_row,
        "all but the last column": lambda: ~last_column,
    }
    return np.broadcast_to(filled[choice](), shape).astype(float)


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


STORING = Stage(frozenset({"filled", "empty", "flat", "rows kept", "depth", "numbers", "axes"}), store)
"""Stores values."""

STORES = (
    Mutation("integer_output", {"numbers": "integers"}),
    Mutation("return_inside_loop", {"filled": "first example"}),
    Mutation(
        "return_inside_loop",
        {"filled": "first row"},
        "the function returns inside the loop, after the first row",
        own_unnoticed="",
    ),
    Mutation(
        "return_inside_loop",
        {"filled": "first position"},
        "the function returns inside the loop, after the first window",
        own_unnoticed="",
    ),
    Mutation(
        "return_inside_loop",
        {"filled": "first row of all"},
        "the function returns inside the loop over h, after the first row",
        own_unnoticed="",
    ),
    Mutation(
        "return_inside_loop",
        {"filled": "first position of all"},
        "the function returns inside the loop over w, after the first position",
        own_unnoticed="",
    ),
    Mutation(
        "return_inside_loop",
        {"filled": "first window"},
        "the function returns inside the loop, after the first value",
        own_unnoticed="",
    ),
    Mutation(
        "stored_outside_loop",
        {"filled": "last column"},
        "the line that stores the value stands outside the loop over w, so that only the last column is filled",
    ),
    Mutation(
        "stored_outside_loop",
        {"filled": "last row"},
        "the line that stores the value stands outside the loop over h, so that only the last row is filled",
    ),
    Mutation(
        "stored_outside_loop",
        {"filled": "last example"},
        "the line that stores the value stands outside the loop over i, so that only the last example is filled",
    ),
    Mutation(
        "stored_outside_loop",
        {"filled": "last filter"},
        "the line that stores the value stands outside the loop over c, so that only the last channel is filled",
    ),
    Mutation("stored_outside_loop", {"filled": "last position"}),
    Mutation("stored_outside_loop", {"filled": "last window"}),
    Mutation(
        "range_strided",
        {"filled": "all but the last row and column"},
        "the loops end one too early, so that the last row and column stay empty",
        own_unnoticed="",
        own_instead="for h in range(n_H)",
    ),
    Mutation(
        "range_strided",
        {"filled": "all but the last row"},
        "the loop over h ends one too early, so that the last row stays empty",
        own_unnoticed="",
        own_instead="for h in range(n_H)",
    ),
    Mutation(
        "range_strided",
        {"filled": "all but the last column"},
        "the loop over w ends one too early, so that the last column stays empty",
        own_unnoticed="",
        own_instead="for w in range(n_W)",
    ),
    Mutation("output_overwritten", {"axes": "one value"}),
    Mutation(
        "cache_of_views",
        {"rows kept": "views"},
        "the rows of the answer are kept as views of one array, so that all of them hold the last row",
    ),
    Mutation(
        "cache_of_views",
        {"rows kept": "views of each example"},
        "an example's rows are kept as views of one array, so that all of them hold its last row",
    ),
    Mutation(
        "axes_order", {"axes": "channels first"}, "the channels come first in the answer, and should come last", "NHWC"
    ),
    Mutation(
        "axes_order", {"axes": "channels last"}, "the channels come last in the answer, and should come second", "NCHW"
    ),
    Mutation(
        "axes_order",
        {"axes": "columns first"},
        "rows and columns of the answer are swapped",
        own_unnoticed="on square maps nobody notices",
    ),
    Mutation("n_H_n_W_swapped", {"axes": "columns first"}, "rows and columns of the answer are swapped"),
    Mutation(
        "rows_cols_swapped",
        {"axes": "columns first, reshaped"},
        "the loop over w stands outside that over h, but the answer is reshaped as if it were inside",
        own_unnoticed="on square maps nobody notices",
        own_instead="for h in range(n_H), and in it for w in range(n_W)",
    ),
    Mutation(
        "n_H_n_W_swapped",
        {"axes": "reshaped to columns first"},
        "the answer is reshaped to (m, n_W, n_H, n_C), and should be reshaped to (m, n_H, n_W, n_C)",
        own_instead="Z.reshape(m, n_H, n_W, n_C)",
    ),
    Mutation(
        "axes_order",
        {"axes": "reshaped to channels first"},
        "the answer is reshaped to (m, n_C, n_H, n_W), and should be reshaped to (m, n_H, n_W, n_C)",
        "NHWC",
        own_instead="Z.reshape(m, n_H, n_W, n_C)",
    ),
    Mutation(
        "axes_order",
        {"axes": "filters first, reshaped"},
        "the values come filter by filter, and are reshaped without a transpose",
        "NHWC",
        own_instead="a transpose before the reshape",
    ),
    Mutation(
        "axes_order",
        {"axes": "reshaped to channels second"},
        "the values come place by place, and are reshaped to (N, F, H, W) without a transpose",
        "NCHW",
        own_instead="out.reshape(N, H_out, W_out, F).transpose(0, 3, 1, 2)",
    ),
    Mutation(
        "axes_order",
        {"axes": "filters first, reshaped to channels second"},
        "the values come filter by filter, and are reshaped to (N, F, H, W) without a transpose",
        "NCHW",
        own_instead="out.reshape(F, N, H_out, W_out).transpose(1, 0, 2, 3)",
    ),
    Mutation(
        "n_H_n_W_swapped",
        {"flat": "by height"},
        "the row number in the flat output is h * n_H + w, and should be h * n_W + w",
        own_instead="h * n_W + w",
    ),
)
"""Mistakes in how the answer is stored."""
