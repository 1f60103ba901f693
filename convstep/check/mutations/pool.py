"""A pool's forward pass, and its mistakes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convstep.check.mutations.plan import RIGHT, Implementation, Mutation, Part, Plan, Raises, Stage
from convstep.check.mutations.reading import COPIED, EXAMPLES, READING, SHORT, SIZES, STARTS, VIEWS
from convstep.check.mutations.storing import STORES, STORING
from convstep.check.problems import Array, Problem


def reduce(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return one value of each window and channel, `(m, n_H, n_W, n_C)`."""
    if not before.arrays:
        return before
    windows, inside = before.arrays[:2]
    m, n_H, n_W, f_h, f_w, n_C = windows.shape
    how = plan[problem.mode]
    if how == RIGHT:
        how = problem.mode
    flat = windows.reshape(m, n_H, n_W, f_h * f_w, n_C)
    taken = np.broadcast_to(inside.reshape(1, n_H, n_W, f_h * f_w, 1), flat.shape)
    if plan["channels"] == "all" or how == "all channels":
        flat, taken = (values.reshape(m, n_H, n_W, f_h * f_w * n_C, 1) for values in (flat, taken))
    elif plan["channels"] in ("first", "last"):
        which = slice(0, 1) if plan["channels"] == "first" else slice(-1, None)
        flat, taken = flat[..., which], taken[..., which]
    if plan["example"] == "all":
        flat, taken = (np.concatenate(list(values), axis=2)[None] for values in (flat, taken))
    counts = taken.sum(axis=3)
    values = _reduced(flat, taken, counts, how, problem)
    raises: Raises = before.raises if before.raises == "must" or (counts == 0).any() or not counts.size else "no"
    return Part((np.broadcast_to(values, (m, *values.shape[1:3], windows.shape[5])),), raises=raises)


def _reduced(flat: Array, taken: Array, counts: Array, how: str, problem: Problem) -> Array:
    """Return one value of each window; empty windows give 0."""
    (f_h, f_w), (s_h, s_w) = problem.f, problem.stride
    divisors: dict[str, Array | int] = {
        "all channels": np.maximum(counts, 1),
        "average": np.maximum(counts, 1),
        "sum": 1,
        "divided by f * f": f_h * f_w,
        "divided by f": f_h,
        "divided by width": f_w,
        "divided by all": f_h * f_w * problem.A.shape[3],
        "divided by stride": s_h * s_w,
        "divided by channels": problem.A.shape[3],
        "divided by windows": counts.shape[1] * counts.shape[2],
        "divided by f + f": f_h + f_w,
    }
    if how == "all channels" and problem.mode == "max":
        how = "max"
    if how in divisors:
        return np.asarray(np.where(taken, flat, 0.0).sum(axis=3) / divisors[how])
    if how == "nothing":
        return np.zeros(counts.shape)
    largest = np.where(taken, {"min": -flat, "absolute": np.abs(flat)}.get(how, flat), -np.inf).max(axis=3)
    found = np.where(counts > 0, -largest if how == "min" else largest, 0.0)
    return np.maximum(found, 0) if how == "max from zero" else found


REDUCING = Stage(frozenset({"max", "average", "channels", "example"}), reduce)
"""Reduces windows to values."""

REDUCTIONS = (
    Mutation(
        "mode_ignored",
        {"average": "max"},
        "the mode is ignored: the largest value is taken where the average should be",
    ),
    Mutation(
        "mode_ignored",
        {"max": "average"},
        "the mode is ignored: the average is taken where the largest value should be",
    ),
    Mutation(
        "mode_ignored",
        {"average": "nothing"},
        "the average never happens: the code tests for another name than 'average'",
    ),
    Mutation(
        "mode_ignored", {"max": "nothing"}, "the maximum never happens: the code tests for another name than 'max'"
    ),
    Mutation("modes_swapped", {"max": "average", "average": "max"}),
    Mutation("sum_for_mean", {"average": "sum"}),
    Mutation("max_from_zero", {"max": "max from zero"}),
    Mutation("min_for_max", {"max": "min"}),
    Mutation("wrong_count", {"average": "divided by f"}),
    Mutation("wrong_count", {"average": "divided by width"}),
    Mutation("wrong_count", {"average": "divided by all"}),
    Mutation("wrong_count", {"average": "divided by stride"}),
    Mutation("wrong_count", {"average": "divided by channels"}, "the average is divided by the number of channels"),
    Mutation("wrong_count", {"average": "divided by windows"}, "the average is divided by n_H * n_W"),
    Mutation("wrong_count", {"average": "divided by f + f"}, "the average is divided by f + f"),
    Mutation(
        "mask_of_absolute",
        {"max": "absolute"},
        "the largest absolute value is taken, and should be the largest value",
        own_instead="np.max",
    ),
    Mutation(
        "sum_for_mean", {"max": "sum"}, "the values are summed, and the largest should be taken", own_instead="np.max"
    ),
)

POOL = Implementation(
    (READING, REDUCING, STORING),
    (
        *STARTS,
        *REDUCTIONS,
        Mutation("all_channels", {"channels": "all"}),
        Mutation("all_channels", {"channels": "all", "axes": "no channels"}, rare=True),
        Mutation("all_channels", {"channels": "all", "depth": "one"}, rare=True),
        Mutation("all_examples", {"example": "all", "axes": "no examples"}, rare=True),
        Mutation(
            "all_channels", {"max": "all channels"}, "the maximum takes all channels, and should take one", rare=True
        ),
        Mutation("all_channels", {"average": "all channels"}, "the average takes all channels, and should take one"),
        Mutation(
            "first_channel_only",
            {"channels": "first"},
            "every channel gets the first channel's values",
            own_instead="[..., c]",
        ),
        Mutation(
            "last_channel_only",
            {"channels": "last"},
            "every channel gets the last channel's values",
            own_instead="[..., c]",
        ),
        Mutation("f_and_stride_swapped", {"window": "stride"}),
        *SIZES,
        Mutation("f_for_both_axes", {"window": "rows for both"}, "the window's height is taken for both axes"),
        Mutation("f_for_both_axes", {"window": "columns for both"}, "the window's width is taken for both axes"),
        Mutation("f_for_both_axes", {"window": "rows for both, sizes right"}, "the window's height is its width, too"),
        Mutation(
            "f_for_both_axes", {"window": "columns for both, sizes right"}, "the window's width is its height, too"
        ),
        Mutation(
            "rows_cols_swapped",
            {"window": "transposed"},
            "the window's height and width are swapped",
            own_unnoticed="with square windows nobody notices",
            own_instead="pool_height for rows and pool_width for columns",
        ),
        *EXAMPLES,
        Mutation("example_index_missing", {"example": "no index"}),
        Mutation("example_index_missing", {"example": "no index, at once"}, rare=True),
        *SHORT,
        *(
            replace(mutation, changes={**mutation.changes, "average": "divided by f * f"}, rare=True)
            for mutation in SHORT
            if "short" in mutation.changes
        ),
        *VIEWS,
        COPIED,
        *STORES,
    ),
)
"""A pool."""
