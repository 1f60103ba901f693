"""A convolution's forward pass, and its mistakes."""

from __future__ import annotations

import numpy as np

from convstep.check.mutations.plan import RIGHT, Implementation, Mutation, Part, Plan, Stage, only
from convstep.check.mutations.reading import COPIED, EXAMPLES, PADS, READING, SHORT, SIZES, STARTS, VIEWS
from convstep.check.mutations.storing import STORES, STORING, with_biases
from convstep.check.problems import Array, Problem


def filters(problem: Problem, plan: Plan) -> Array:
    """Return the filters that windows are multiplied with, `(f_h, f_w, n_C_prev, n_C)`."""
    W = problem.filters
    turned = plan["filter"]
    if turned == "flipped":
        W = W[::-1, ::-1]
    elif turned == "flipped, channels too":
        W = W[::-1, ::-1, ::-1]
    elif turned == "rows flipped":
        W = W[::-1]
    elif turned == "columns flipped":
        W = W[:, ::-1]
    elif turned == "transposed":
        W = W.swapaxes(0, 1)
    if plan["filter index"] != RIGHT:
        which = 0 if plan["filter index"] == "first" else -1
        W = np.repeat(W[..., which, None], W.shape[3], axis=3)
    if plan["channels"] in ("first", "last"):
        W = W * only(plan["channels"], W.shape[2])[:, None]
    return W


def combine(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return the sums over each window, and what biases add to them, both `(m, n_H, n_W, n_C)`."""
    if not before.arrays:
        return before
    windows, W = before.arrays[0], filters(problem, plan)
    if (
        plan["window"] == "longer, sizes right"
        and windows.shape[3] > W.shape[0]
        and not before.arrays[1][:, :, -1:].any()
        and not before.arrays[1][..., -1].any()
    ):
        windows = windows[:, :, :, :-1, :-1]
    if "taps" in plan["window"]:
        W = W[: windows.shape[3], : windows.shape[4]]
    if windows.shape[3:] != W.shape[:3]:
        return Part((), raises="must", cuts=((windows.shape[3], windows.shape[4]),))
    if plan["channels"] == "first for all":
        windows = np.repeat(windows[..., :1], windows.shape[-1], axis=-1)
    taps = W.shape[0] * W.shape[1] * W.shape[2]
    flat = W.reshape(taps, -1)
    sums = windows.reshape(*windows.shape[:3], taps) @ flat
    if plan["strictly short"] != RIGHT:
        if W.shape[0] != 2 or W.shape[1] != 2:
            return Part((), raises="must", cuts=((W.shape[0] - 1, W.shape[1] - 1),))
        sums = windows[:, :, :, 0, 0] @ W.sum(axis=(0, 1))
    if plan["reduce"] == "mean":
        sums = sums / taps
    if plan["total"] != RIGHT:
        sums = _running(problem, sums, plan["total"])
    return Part((sums + _biases(problem.biases, flat, W.shape, plan),), 0, before.raises, before.cuts)


def _biases(b: Array, flat: Array, shape: tuple[int, ...], plan: Plan) -> Array:
    """Return what biases add to each filter's sums."""
    index, choice = plan["bias index"], plan["bias"]
    if index != RIGHT:
        b = np.full(b.shape, {"first": b[0], "last": b[-1]}.get(index, b.sum()))
    f_h, f_w, n_C_prev, _ = shape
    factors = {
        "missing": 0,
        "per tap": len(flat),
        "per tap and once": len(flat) + 1,
        "per channel": n_C_prev,
        "per place": f_h * f_w,
        "subtracted": -1,
    }
    if choice in factors:
        return b * factors[choice]
    return b * flat.sum(axis=0) if choice == "before the product" else b


def _running(problem: Problem, sums: Array, choice: str) -> Array:
    """Return sums that go on from earlier windows, in the order of the function's loops."""
    if choice == "over filters":
        return sums.cumsum(axis=3)
    ordered = np.moveaxis(sums, -1, 1) if problem.layout == "NCHW" else sums
    if choice == "over an example":
        total = ordered.reshape(len(sums), -1).cumsum(axis=1).reshape(ordered.shape)
    else:
        total = ordered.cumsum().reshape(ordered.shape)
    return np.moveaxis(total, 1, -1) if problem.layout == "NCHW" else total


COMBINING = Stage(
    frozenset(
        {"filter", "filter index", "channels", "reduce", "total", "bias", "bias index", "strictly short", "window"}
    ),
    combine,
)
"""Multiplies windows with filters, and sums."""

BIASES = (
    Mutation("bias_missing", {"bias": "missing"}),
    Mutation("bias_per_tap", {"bias": "per tap"}),
    Mutation("bias_index_wrong", {"bias index": "first"}),
    Mutation(
        "bias_per_tap",
        {"bias": "per tap and once"},
        "the bias is added to every product, and to their sum",
        own_unnoticed="where biases are 0 nobody notices",
    ),
    Mutation("bias_before_product", {"bias": "before the product"}),
    Mutation("bias_index_wrong", {"bias index": "last"}, "the last filter's bias is used for every filter"),
    Mutation("bias_index_wrong", {"bias index": "all"}, "all biases are added to every filter"),
    Mutation(
        "bias_per_tap",
        {"bias": "per channel"},
        "the bias is added once a channel, and should be added once",
        own_unnoticed="with one channel nobody notices",
    ),
    Mutation(
        "bias_per_tap",
        {"bias": "per place"},
        "the bias is added once a row and column, and should be added once",
        own_unnoticed="",
    ),
    Mutation("bias_subtracted", {"bias": "subtracted"}),
)
FILTERS = (
    Mutation("filter_flipped", {"filter": "flipped"}),
    Mutation("filter_transposed", {"filter": "transposed"}),
    Mutation("rows_cols_swapped", {"filter": "transposed"}, "rows and columns inside the window are swapped"),
    Mutation("filter_flipped", {"filter": "flipped, channels too"}, "the filter is flipped, its channels too"),
    Mutation("filter_flipped", {"filter": "rows flipped"}, "the filter's rows are flipped"),
    Mutation("filter_flipped", {"filter": "columns flipped"}, "the filter's columns are flipped"),
)
INDICES = (
    Mutation("filter_index_wrong", {"filter index": "first"}),
    Mutation("filter_index_wrong", {"filter index": "last"}, "the last filter is used for every output channel"),
)
CHANNELS = (
    Mutation("first_channel_only", {"channels": "first"}),
    Mutation("last_channel_only", {"channels": "last"}),
    Mutation(
        "first_channel_only",
        {"channels": "first for all"},
        "every channel of the filter meets the input's first channel",
    ),
)
SUMS = (
    Mutation("mean_for_sum", {"reduce": "mean"}),
    Mutation("running_total", {"total": "over all"}),
    Mutation(
        "running_total", {"total": "over an example"}, "the sum is started anew only for each example", own_unnoticed=""
    ),
    Mutation("running_total", {"total": "over filters"}, "the sum is not started anew for each filter"),
)

CONV = Implementation(
    (READING, COMBINING, STORING),
    (
        *STARTS,
        *BIASES,
        *FILTERS,
        *INDICES,
        *PADS,
        Mutation(
            "pad_wrong_axes",
            {"padding": "examples and rows", "size": "no pad, columns", "example": "of padded"},
            "the examples and the rows are padded: axes 0 and 1",
            "NHWC",
        ),
        Mutation("size_pad_once", {"size": "pad once"}),
        Mutation("unpadded_slice", {"padding": "none", "size": "no pad", "held": "right size"}, rare=True),
        Mutation("size_pad_once", {"held": "pad once"}, rare=True),
        Mutation("size_pad_once", {"size": "pad once, rows"}, "the padding is counted once in the output's height"),
        Mutation("size_pad_once", {"size": "pad once, columns"}, "the padding is counted once in the output's width"),
        *SIZES,
        Mutation("f_for_both_axes", {"window": "rows for both"}, "the filter's height is taken for both axes"),
        Mutation("f_for_both_axes", {"window": "columns for both"}, "the filter's width is taken for both axes"),
        Mutation(
            "f_for_both_axes",
            {"window": "rows for both taps, sizes right"},
            "the filter's height is taken for its width",
            rare=True,
        ),
        Mutation(
            "f_for_both_axes",
            {"window": "columns for both taps, sizes right"},
            "the filter's width is taken for its height",
            rare=True,
        ),
        *EXAMPLES,
        *CHANNELS,
        *SHORT,
        Mutation("window_end_short", {"strictly short": "both"}),
        *SUMS,
        *VIEWS,
        COPIED,
        *STORES,
        *with_biases(STORES),
        *with_biases(STARTS),
        Mutation("relu_applied", {"numbers": "relu"}),
        Mutation("channels_of_input", {"depth": "of the input"}),
        Mutation("channels_of_input", {"depth": "of the input, at once"}, rare=True),
        Mutation("all_examples", {"example": "all", "axes": "one example"}, rare=True),
        Mutation(
            "n_H_n_W_swapped",
            {"flat windows": "by height"},
            "the row number in the matrix of windows is h * n_H + w, and should be h * n_W + w",
            own_instead="h * n_W + w",
        ),
    ),
)
"""A convolution."""

SINGLE_STEP = Implementation(
    (READING, COMBINING, STORING),
    (
        *BIASES,
        *FILTERS,
        *CHANNELS,
        *SHORT,
        Mutation("mean_for_sum", {"reduce": "mean"}),
        Mutation("integer_output", {"numbers": "integers"}, "the value is cut to a whole number"),
    ),
)
"""One window of a convolution."""
