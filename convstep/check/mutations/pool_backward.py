"""A pool's backward pass, and its mistakes."""

from __future__ import annotations

import numpy as np

from convstep.check.mutations.plan import RIGHT, Implementation, Mutation, Part, Plan, Raises, Stage, only, worse
from convstep.check.mutations.reading import EXAMPLES, READING, STARTS, STRIDED, VIEWS, places, strided
from convstep.check.problems import Array, Problem
from convstep.check.right import winners


def spread(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return dA_prev."""
    if not before.arrays:
        return before
    windows, inside, rows, cols = before.arrays
    if plan["channel"] == "first":
        windows = np.repeat(windows[..., :1], windows.shape[-1], axis=-1)
    dA, raises = problem.upstream, before.raises
    m, n_H_prev, n_W_prev, n_C = problem.A.shape
    dA, shifted = _upstream(problem, dA, plan["gradient"])
    raises = worse(raises, shifted)
    shares = _shares(problem, windows, inside, dA, plan)
    beyond = max(int(rows.max()) + 1, n_H_prev), max(int(cols.max()) + 1, n_W_prev)
    dA_prev = np.zeros((m, *beyond, n_C))
    if plan["dA start"] == "A_prev":
        dA_prev[:, :n_H_prev, :n_W_prev] = problem.A
    adding, _, mode = plan["dA adding"].partition(" in ")
    if mode not in ("", problem.mode):
        adding = RIGHT
    for h, w, place in places(rows, cols):
        if adding == "overwritten":
            dA_prev[place] = shares[:, h, w]
        elif adding == "overwritten by taps":
            continue
        elif adding == "overwritten where it won":
            dA_prev[place] = np.where(shares[:, h, w] != 0, shares[:, h, w], dA_prev[place])
        else:
            dA_prev[place] += shares[:, h, w]
    if adding == "overwritten by taps":
        for p, q in np.ndindex(*shares.shape[3:5]):
            dA_prev[:, rows[:, :, p], cols[:, :, q]] = shares[:, :, :, p, q]
    dA_prev = dA_prev[:, :n_H_prev, :n_W_prev]
    if plan["dA examples"] != RIGHT:
        dA_prev = dA_prev * only(plan["dA examples"], m)[:, None, None, None]
    return Part((dA_prev,), 1, raises)


def _upstream(problem: Problem, dA: Array, choice: str) -> tuple[Array, Raises]:
    """Return the gradient that windows are given, and whether reading it raises."""
    _, n_H, n_W, _ = dA.shape
    s_h, s_w = problem.stride
    if choice == "corner":
        fits = (n_H - 1) * s_h < n_H and (n_W - 1) * s_w < n_W
        return dA, "no" if fits else "must"
    if choice == "first channel":
        return np.repeat(dA[..., :1], dA.shape[3], axis=3), "no"
    if choice == "swapped":
        return (dA.swapaxes(1, 2), "no") if n_H == n_W else (dA, "must")
    if choice == "strided":
        return strided(problem, dA), "no"
    if choice == "swapped, at once" and n_H != n_W:
        one = 1 in (n_H, n_W) and problem.mode == "max"
        return (np.broadcast_to(dA[:, :1, :1], dA.shape), "no") if one else (dA, "must")
    return (dA.swapaxes(1, 2), "no") if choice == "swapped, at once" else (dA, "no")


def _shares(problem: Problem, windows: Array, inside: Array, dA: Array, plan: Plan) -> Array:
    """Return what each window adds to dA_prev, `(m, n_H, n_W, f_h, f_w, n_C)`."""
    given = dA[:, :, :, None, None]
    f_h, f_w = windows.shape[3:5]
    how = plan[problem.mode]
    if how == RIGHT:
        how = problem.mode
    everywhere = np.broadcast_to(inside[None, ..., None], windows.shape)
    divisors = {
        "average": f_h * f_w,
        "whole window": 1,
        "not divided": 1,
        "divided by f": f_h,
        "divided by width": f_w,
        "divided by output": dA.shape[1] * dA.shape[2],
        "divided by input": problem.A.shape[1] * problem.A.shape[2],
        "divided by channels": problem.A.shape[3],
        "divided by f + f": f_h + f_w,
    }
    if how in divisors:
        return np.asarray(everywhere * given / divisors[how])
    if how == "nothing":
        return np.zeros(windows.shape)
    if how.startswith("average of gradients"):
        return np.asarray(everywhere * dA.mean() / (f_h * f_w if how.endswith("divided") else 1))
    judged = np.abs(windows) if how == "absolute" else -windows if how == "smallest" else windows
    won = winners(problem, np.where(everywhere, judged, -np.inf), (3, 4)) & everywhere
    if how == "losers":
        won = ~won & everywhere
    return np.asarray(won * {"mask alone": 1.0, "mask of values": windows}.get(how, given))


def tied(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return a mask of a window."""
    window = problem.A[0, :, :, 0]
    judged = {"absolute": np.abs(window), "absolute place": np.abs(window), "smallest": -window}.get(
        plan["mask"], window
    )
    mask = judged == judged.max()
    if plan["mask"] == "absolute":
        mask = window == judged.max()
    elif plan["mask"] == "first":
        mask = mask & (np.arange(window.size).reshape(window.shape) == judged.argmax())
    elif plan["mask"] == "positive":
        mask = window > 0
    elif plan["mask"] == "values":
        return Part((mask * window,), 1)
    elif plan["mask"] == "near":
        mask = np.isclose(window, window.max(), rtol=1e-2)
    elif plan["mask"] == "rows":
        mask = window == window.max(axis=1, keepdims=True)
    elif plan["mask"] == "columns":
        mask = window == window.max(axis=0, keepdims=True)
    elif plan["mask"] == "not":
        mask = ~mask
    return Part((mask.astype(float),), 1)


def distributed(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return a value spread over a window."""
    n_H, n_W = problem.f
    counts = {"rows": n_H, "columns": n_W, "nothing": 1, "sum": n_H + n_W}
    value = float(problem.upstream.item()) / counts.get(plan["count"], n_H * n_W)
    return Part((np.full((n_H, n_W), np.trunc(value) if plan["numbers"] == "integers" else value),), 1)


MODE = "the mode is ignored: "

POOL_BACKWARD = Implementation(
    (
        READING,
        Stage(frozenset({"max", "average", "channel", "gradient", "dA start", "dA adding", "dA examples"}), spread),
    ),
    (
        *(mutation for mutation in STARTS if "filled" not in mutation.changes),
        Mutation("average_not_divided", {"average": "not divided"}),
        Mutation("mask_missing", {"max": "whole window"}),
        Mutation("mask_without_dA", {"max": "mask alone"}),
        Mutation(
            "mask_without_dA",
            {"max": "mask of values"},
            "the mask is multiplied by the values, and should be by dA",
            own_instead="mask * dA[i, h, w, c]",
        ),
        Mutation("dA_overwritten", {"dA adding": "overwritten"}),
        Mutation("dA_overwritten", {"dA adding": "overwritten where it won"}),
        Mutation("dA_overwritten", {"dA adding": "overwritten by taps"}),
        *(
            Mutation(
                "dA_overwritten",
                {"dA adding": f"overwritten in {mode}"},
                f"in {mode}-pools dA is overwritten where windows overlap, and should be added to",
                rare=True,
            )
            for mode in ("max", "average")
        ),
        Mutation("wrong_count", {"average": "divided by f"}),
        Mutation("wrong_count", {"average": "divided by width"}),
        Mutation("wrong_count", {"average": "divided by output"}, "the gradient is divided by the output's size"),
        Mutation("wrong_count", {"average": "divided by input"}, "the gradient is divided by the input's size"),
        Mutation("wrong_count", {"average": "divided by channels"}, "the gradient is divided by the channels"),
        Mutation("wrong_count", {"average": "divided by f + f"}, "the gradient is divided by f + f"),
        Mutation("mode_ignored", {"average": "max"}, f"{MODE}the gradient goes to the largest value in averages too"),
        Mutation("mode_ignored", {"max": "average"}, f"{MODE}the gradient is spread as in an average in max-pools too"),
        Mutation("mode_ignored", {"average": "nothing"}, "the average never happens: the code tests for another name"),
        Mutation("mode_ignored", {"max": "nothing"}, "the maximum never happens: the code tests for another name"),
        Mutation("modes_swapped", {"max": "average", "average": "max"}),
        Mutation("mask_of_absolute", {"max": "absolute"}),
        Mutation("mask_of_smallest", {"max": "smallest"}),
        Mutation("dA_index_wrong", {"average": "average of gradients"}, "the mean of all of dA is spread"),
        Mutation(
            "dA_index_wrong", {"average": "average of gradients, divided"}, "the mean of all of dA is spread", rare=True
        ),
        *STRIDED,
        Mutation(
            "rows_cols_swapped",
            {"gradient": "swapped, at once"},
            "dA is read with rows and columns swapped",
            own_unnoticed="on square maps nobody notices",
            own_instead="dA[i, h, w, c]",
            rare=True,
        ),
        Mutation(
            "dA_index_wrong",
            {"gradient": "corner"},
            "dA is read at the window's corner, and should be read at dA[i, h, w, c]",
        ),
        Mutation(
            "rows_cols_swapped",
            {"gradient": "swapped"},
            "dA is read at [i, w, h, c]: h and w are swapped",
            own_unnoticed="on square maps nobody notices",
            own_instead="dA[i, h, w, c]",
        ),
        Mutation("dA_index_wrong", {"gradient": "first channel"}, "dA is read at the first channel only: [..., 0]"),
        Mutation(
            "first_channel_only",
            {"channel": "first"},
            "the mask comes from the first channel's window",
            own_instead="a_prev[vert_start:vert_end, horiz_start:horiz_end, c]",
        ),
        Mutation("mask_of_smallest", {"max": "losers"}, "the mask marks all but the largest value"),
        Mutation("dA_starts_from_A_prev", {"dA start": "A_prev"}),
        *VIEWS[:2],
        *(mutation for mutation in EXAMPLES if mutation.kind != "all_examples"),
        Mutation("last_example_only", {"dA examples": "last"}, "only the last example's dA_prev is stored"),
        Mutation("return_inside_loop", {"dA examples": "first"}),
    ),
)
"""A pool's backward pass."""

MASK = Implementation(
    (Stage(frozenset({"mask"}), tied),),
    (
        Mutation("mask_of_absolute", {"mask": "absolute"}),
        Mutation("mask_of_absolute", {"mask": "absolute place"}),
        Mutation("mask_of_smallest", {"mask": "smallest"}),
        Mutation("mask_first_only", {"mask": "first"}),
        Mutation(
            "mask_of_absolute",
            {"mask": "positive"},
            "the mask marks positive values, and should mark the largest",
            own_unnoticed="",
        ),
        Mutation(
            "mask_of_absolute",
            {"mask": "values"},
            "the mask holds values, and should hold True and False",
            own_unnoticed="",
        ),
        Mutation(
            "mask_of_absolute", {"mask": "near"}, "values that are nearly the largest are marked too", own_unnoticed=""
        ),
        Mutation("mask_of_absolute", {"mask": "rows"}, "the largest value of every row is marked", own_unnoticed=""),
        Mutation(
            "mask_of_absolute", {"mask": "columns"}, "the largest value of every column is marked", own_unnoticed=""
        ),
        Mutation("mask_of_absolute", {"mask": "not"}, "the mask marks all but the largest value", own_unnoticed=""),
    ),
)
"""The mask of a window's largest value."""

DISTRIBUTE = Implementation(
    (Stage(frozenset({"count", "numbers"}), distributed),),
    (
        Mutation("average_not_divided", {"count": "nothing"}, "the value is not divided by the number of places"),
        Mutation("wrong_count", {"count": "rows"}, "dz is divided by the number of rows only"),
        Mutation("wrong_count", {"count": "columns"}, "dz is divided by the number of columns only"),
        Mutation("wrong_count", {"count": "sum"}, "dz is divided by n_H + n_W, and should be divided by n_H * n_W"),
        Mutation("integer_output", {"numbers": "integers"}),
    ),
)
"""A value spread evenly over a window."""
