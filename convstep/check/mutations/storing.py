"""How values become the answer: which places are filled, as what, and in which order of axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from convstep.check.mutations.plan import RIGHT, Mutation, Part, Plan, Raises, Stage, worse
from convstep.check.mutations.reading import by_height, sizes
from convstep.check.problems import Array, Pair, Problem


def store(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return the answer, of values `(m, n_H, n_W, n_C)` before."""
    if not before.arrays:
        return before
    Z, raises, cuts = before.arrays[0], before.raises, before.cuts
    if plan["held"] != RIGHT:
        n_H, n_W = sizes(problem, Plan({"size": plan["held"]}))
        Z, held = _held(Z, n_H, n_W)
        raises, cuts = worse(raises, held), (Z.shape[1:3], (n_H, n_W)) if held == "must" else cuts
    if plan["filled"] != RIGHT:
        by_f = sizes(problem, Plan({"size": "by f"}))
        if plan["filled"] == "by f" and (by_f[0] > Z.shape[1] or by_f[1] > Z.shape[2]):
            raises = "must"
        filled = _filled((problem.stride, by_f), Z.shape, plan["filled"])
        if plan["empty"] == "bias":
            Z = np.where(filled, Z, problem.biases)
        else:
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
    elif plan["depth"] == "of the input, at once":
        raises = "must" if problem.A.shape[3] != Z.shape[3] else raises
    elif plan["depth"] == "one":
        Z = Z[..., :1]
    if plan["numbers"] == "integers":
        Z = np.trunc(Z)
    elif plan["numbers"] == "relu":
        Z = np.maximum(Z, 0)
    return Part((_turned(Z, plan["axes"]),), 1, raises, cuts)


def _held(Z: Array, n_H: int, n_W: int) -> tuple[Array, Raises]:
    """Return values as NumPy puts them into an array of another height and width, and whether that raises."""
    size = Z.shape[1:3]
    if size == (n_H, n_W):
        return Z, "no"
    if min(n_H, n_W) < 0 or any(given not in (1, n) for given, n in zip(size, (n_H, n_W), strict=True)):
        return Z, "must"
    return np.broadcast_to(Z, (Z.shape[0], n_H, n_W, Z.shape[3])), "may"  # a reshape raises


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
    if choice == "no channels":
        return np.asarray(Z[..., 0])
    if choice == "no examples":
        return np.asarray(Z[0])
    if choice == "one example":
        return np.asarray(Z[:1])
    if choice == "one value" and Z.size:
        return np.asarray(Z[-1, -1, -1, -1])
    return Z


@lru_cache(maxsize=512)
def _filled(steps: tuple[Pair, Pair], shape: tuple[int, ...], choice: str) -> Array:
    """Return 1 at places that are filled, and 0 at the others.

    Args:
        steps: The stride, and how many windows there are where they move by f.
        shape: The shape of the output.
        choice: Which are filled.
    """
    m, n_H, n_W, n_C = shape
    i, h, w, c = np.ogrid[:m, :n_H, :n_W, :n_C]
    (s_h, s_w), by_f = steps
    last_row, last_column = h == n_H - 1, w == n_W - 1
    filled: dict[str, Array] = {
        "strided": (h % s_h == 0) & (w % s_w == 0),
        "by f": (h < by_f[0]) & (w < by_f[1]),
        "first example": i == 0,
        "first row": (i == 0) & (h == 0),
        "first row of all": h == 0,
        "first position of all": (h == 0) & (w == 0),
        "first position": (i == 0) & (h == 0) & (w == 0),
        "first window": (i == 0) & (h == 0) & (w == 0) & (c == 0),
        "last example": i == m - 1,
        "last row": last_row,
        "last column": last_column,
        "last filter": c == n_C - 1,
        "last position": last_row & last_column,
        "last window": (i == m - 1) & last_row & last_column & (c == n_C - 1),
        "all but the last row and column": ~last_row & ~last_column,
        "all but the last row": ~last_row,
        "all but the last column": ~last_column,
    }
    return np.broadcast_to(filled[choice], shape).astype(float)


STORING = Stage(frozenset({"held", "filled", "empty", "flat", "rows kept", "depth", "numbers", "axes"}), store)
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
    Mutation("size_ceil", {"held": "ceil"}, rare=True),
    Mutation("size_plus_one_missing", {"held": "no plus one"}, rare=True),
    Mutation("n_H_n_W_swapped", {"held": "swapped"}, rare=True),
    Mutation(
        "axes_order",
        {"held": "channels last"},
        "the shape is unpacked as (N, H, W, C), and should be unpacked as (N, C, H, W)",
        "NCHW",
        own_instead="N, C, H, W = x.shape",
        rare=True,
    ),
    Mutation("stride_missing", {"held": "no stride"}, "the output's size is not divided by the stride", rare=True),
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


def with_biases(mutations: Sequence[Mutation]) -> Iterator[Mutation]:
    """Yield those that leave places empty, where biases are added to all places at the end."""
    for mutation in mutations:
        if mutation.kind in ("stored_outside_loop", "range_strided") and "filled" in mutation.changes:
            yield replace(mutation, changes={**mutation.changes, "empty": "bias"}, rare=True)
