"""Mistakes planted in the course's conv_backward and pool_backward, in three styles."""

from __future__ import annotations

from planted.styles import LOOPS, TAPS, VIEWS, Style

CONV_LOOPS = """
import numpy as np

def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    _, n_H, n_W, _ = dZ.shape
    A_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dA_pad, dW, db = np.zeros(A_pad.shape), np.zeros(W.shape), np.zeros((1, 1, 1, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    y, x = h * stride, w * stride
                    dA_pad[i, y:y + f, x:x + f, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += A_pad[i, y:y + f, x:x + f, :] * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    dA_prev = dA_pad[:, pad:pad + H, pad:pad + V]
    return dA_prev, dW, db
"""
CONV_TAPS = """
import numpy as np

def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    m, H, V, C = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    s, p = hparameters["stride"], hparameters["pad"]
    _, n_H, n_W, _ = dZ.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(b.shape)
    for i in range(m):
        for q in range(f):
            for r in range(f):
                rows = slice(q, q + s * (n_H - 1) + 1, s)
                cols = slice(r, r + s * (n_W - 1) + 1, s)
                dX[i, rows, cols] += dZ[i] @ W[q, r].T
                dW[q, r] += np.einsum("hwk,hwc->kc", X[i, rows, cols], dZ[i])
        db += dZ[i].sum(axis=(0, 1))
    return dX[:, p:p + H, p:p + V], dW, db
"""
CONV_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    m, H, V, C = A_prev.shape
    f, s, p = W.shape[0], hparameters["stride"], hparameters["pad"]
    _, n_H, n_W, n_C = dZ.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    windows = sliding_window_view(X, (f, f), axis=(1, 2))[:, ::s, ::s]
    dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(b.shape)
    for i in range(m):
        dW += np.einsum("hwkij,hwc->ijkc", windows[i], dZ[i])
        db += dZ[i].sum(axis=(0, 1))
        spread = np.zeros((X.shape[1] + f - 1, X.shape[2] + f - 1, n_C))
        spread[f - 1:f + s * (n_H - 1):s, f - 1:f + s * (n_W - 1):s] = dZ[i]
        dX[i] += np.einsum("hwcij,ijkc->hwk", sliding_window_view(spread, (f, f), axis=(0, 1)), W[::-1, ::-1])
    return dX[:, p:p + H, p:p + V], dW, db
"""
AVERAGED = "return dA_prev, dW, db"
CUT = "dA_pad[:, pad:pad + H, pad:pad + V]"
PADDED = "((0, 0), (pad, pad), (pad, pad), (0, 0))"
IN_CONV_LOOPS: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"h * stride, w * stride": "h, w"}),
    ("stride_missing", {"dA_pad[i, y:y + f, x:x + f": "dA_pad[i, h:h + f, w:w + f"}),
    ("stride_missing", {"A_pad[i, y:y + f, x:x + f, :] * dZ": "A_pad[i, h:h + f, w:w + f, :] * dZ"}),
    ("stride_rows_missing", {"h * stride,": "h,"}),
    ("stride_cols_missing", {", w * stride": ", w"}),
    ("f_for_stride", {"h * stride, w * stride": "h * f, w * f"}),
    ("range_strided", {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)"}),
    (
        "range_strided",
        {
            "range(n_H)": "range(0, n_H, stride)",
            "range(n_W)": "range(0, n_W, stride)",
            "h * stride, w * stride": "h, w",
        },
    ),
    ("loops_over_input", {"range(n_H)": "range(H)", "range(n_W)": "range(V)"}),
    ("rows_cols_swapped", {"y, x = h * stride, w * stride": "x, y = h * stride, w * stride"}),
    ("rows_cols_swapped", {"range(n_H)": "range(n_W)", "w in range(n_W)": "w in range(n_H)"}),
    ("rows_cols_swapped", {"+= dZ[i, h, w, c]": "+= dZ[i, w, h, c]"}),
    ("rows_cols_swapped", {"dZ[i, h, w, c]": "dZ[i, w, h, c]"}),
    ("n_H_n_W_swapped", {"_, n_H, n_W, _ = dZ": "_, n_W, n_H, _ = dZ"}),
    ("dW_overwritten", {"dW[:, :, :, c] +=": "dW[:, :, :, c] ="}),
    ("dW_overwritten", {"    for i in range(m):": "    for i in range(m):\n        dW = np.zeros(W.shape)"}),
    ("db_overwritten", {"db[:, :, :, c] +=": "db[:, :, :, c] ="}),
    ("dA_overwritten", {"x:x + f, :] += W": "x:x + f, :] = W"}),
    ("dA_not_cut", {CUT: "dA_pad[:, :H, :V]"}),
    ("dA_not_cut", {CUT: "dA_pad"}),
    ("dA_not_cut", {CUT: "dA_pad[:, pad:-pad, pad:-pad]"}),
    ("db_averaged", {AVERAGED: "return dA_prev, dW, db / m"}),
    ("dW_averaged", {AVERAGED: "return dA_prev, dW / m, db"}),
    ("dA_averaged", {AVERAGED: "return dA_prev / m, dW, db"}),
    ("gradient_zero", {AVERAGED: "return dA_prev, dW * 0, db"}),
    ("gradient_zero", {"dA_pad[:, pad": "np.zeros(A_pad.shape)[:, pad"}),
    ("filter_flipped", {"W[:, :, :, c] *": "W[::-1, ::-1, :, c] *"}),
    ("filter_transposed", {"W[:, :, :, c] *": "W[:, :, :, c].swapaxes(0, 1) *"}),
    ("filter_index_wrong", {"W[:, :, :, c] *": "W[:, :, :, 0] *"}),
    ("dA_index_wrong", {"dZ[i, h, w, c]": "dZ[i, h, w, 0]"}),
    ("dA_starts_from_A_prev", {"np.zeros(A_pad.shape)": "A_pad.copy()"}),
    ("first_example_only", {"+= A_pad[i,": "+= A_pad[0,"}),
    (
        "last_example_only",
        {f"dA_prev = {CUT}": "dA_prev = np.zeros(A_prev.shape)\n    dA_prev[i] = dA_pad[i, pad:pad + H, pad:pad + V]"},
    ),
    ("return_inside_loop", {f"    dA_prev = {CUT}": f"        dA_prev = {CUT}", "    return": "        return"}),
    (
        "cache_of_views",
        {
            "    for i in": "    held, kept = np.zeros((f, f, C)), []\n    for i in",
            "dW[:, :, :, c] += A_pad[i, y:y + f, x:x + f, :] * dZ[i, h, w, c]": (
                "held[:] = A_pad[i, y:y + f, x:x + f]; kept.append((held, c, dZ[i, h, w, c]))"
            ),
            "    dA_prev =": "    for part, c, d in kept:\n        dW[..., c] += part * d\n    dA_prev =",
        },
    ),
    ("pad_constant", {f"{PADDED})": f"{PADDED}, constant_values=1)"}),
    ("pad_constant", {f"{PADDED})": f"{PADDED}, mode='edge')"}),
    ("integer_output", {"np.pad(A_prev,": "np.pad(A_prev.astype(int),"}),
    ("pad_missing", {f"np.pad(A_prev, {PADDED})": "A_prev"}),
    ("pad_before_only", {PADDED: "((0, 0), (2 * pad, 0), (2 * pad, 0), (0, 0))"}),
    ("pad_one_axis", {PADDED: "((0, 0), (pad, pad), (0, 2 * pad), (0, 0))"}),
    ("pad_twice", {PADDED: "((0, 0), (2 * pad, 2 * pad), (2 * pad, 2 * pad), (0, 0))"}),
    ("pad_wrong_axes", {PADDED: "((pad, pad), (pad, pad), (0, 0), (0, 0))"}),
    ("unpadded_slice", {"+= A_pad[i": "+= A_prev[i"}),
    ("input_changed", {"    dA_prev =": "    W *= 2\n    dA_prev ="}),
]
CONV_CUT = "dX[:, p:p + H, p:p + V]"
RESULTS = f"return {CONV_CUT}, dW, db"
ONLY_STRIDED = """    kept = np.zeros({0}.shape)
    kept[:, ::s, ::s] = {0}[:, ::s, ::s]
    {0} = kept
"""
ALL_PADDED = "((0, 0), (p, p), (p, p), (0, 0))"
ZEROS = "dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(b.shape)"
SHARED: list[tuple[str, dict[str, str]]] = [
    ("dW_overwritten", {"    for i in range(m):": "    for i in range(m):\n        dW = np.zeros(W.shape)"}),
    ("db_overwritten", {"db += dZ[i]": "db[:] = dZ[i]"}),
    ("db_overwritten", {"    for i in range(m):": "    for i in range(m):\n        db = np.zeros(b.shape)"}),
    ("db_overwritten", {"dZ[i].sum(axis=(0, 1))": "dZ[i].sum()"}),
    ("dA_not_cut", {CONV_CUT: "dX[:, :H, :V]"}),
    ("dA_not_cut", {CONV_CUT: "dX"}),
    ("dA_not_cut", {CONV_CUT: "dX[:, p:-p, p:-p]"}),
    ("db_averaged", {RESULTS: RESULTS + " / m"}),
    ("db_averaged", {"dZ[i].sum(": "dZ[i].mean("}),
    ("dW_averaged", {RESULTS: RESULTS.replace("dW", "dW / m")}),
    ("dA_averaged", {RESULTS: RESULTS.replace(", dW", " / m, dW")}),
    ("gradient_zero", {RESULTS: RESULTS.replace("dW", "np.zeros(W.shape)")}),
    ("gradient_zero", {RESULTS: RESULTS.replace("db", "np.zeros(b.shape)")}),
    ("dA_index_wrong", {"    for i in": "    dZ = np.repeat(dZ[..., :1], n_C, axis=3)\n    for i in"}),
    ("rows_cols_swapped", {"    for i in": "    dZ = dZ.swapaxes(1, 2)\n    for i in"}),
    ("n_H_n_W_swapped", {"_, n_H, n_W, ": "_, n_W, n_H, "}),
    ("dA_starts_from_A_prev", {"np.zeros(X.shape),": "X.copy(),"}),
    (
        "last_example_only",
        {RESULTS: f"dA_prev = np.zeros(A_prev.shape)\n    dA_prev[i] = {CONV_CUT}[i]\n    return dA_prev, dW, db"},
    ),
    ("return_inside_loop", {"    return": "        return"}),
    ("pad_constant", {f"{ALL_PADDED})": f"{ALL_PADDED}, constant_values=1)"}),
    ("pad_constant", {f"{ALL_PADDED})": f"{ALL_PADDED}, mode='reflect')"}),
    (
        "integer_output",
        {
            f"np.pad(A_prev, {ALL_PADDED})": """np.zeros((m, H + 2 * p, V + 2 * p, C), dtype=int)
    X[:, p:p + H, p:p + V] = A_prev"""
        },
    ),
    ("pad_missing", {f"np.pad(A_prev, {ALL_PADDED})": "A_prev"}),
    ("pad_before_only", {ALL_PADDED: "((0, 0), (2 * p, 0), (2 * p, 0), (0, 0))"}),
    ("pad_one_axis", {ALL_PADDED: "((0, 0), (p, p), (0, 2 * p), (0, 0))"}),
    ("pad_twice", {ALL_PADDED: "((0, 0), (2 * p, 2 * p), (2 * p, 2 * p), (0, 0))"}),
    ("pad_wrong_axes", {ALL_PADDED: "((p, p), (p, p), (0, 0), (0, 0))"}),
    ("input_changed", {"    for i in": "    A_prev -= 1\n    for i in"}),
    (
        "range_strided",
        {"    for i in": ONLY_STRIDED.format("dZ") + "    for i in"},
    ),
]
IN_CONV_TAPS: list[tuple[str, dict[str, str]]] = [
    *SHARED,
    ("stride_missing", {"q + s * (n_H - 1) + 1, s)": "q + n_H)", "r + s * (n_W - 1) + 1, s)": "r + n_W)"}),
    ("stride_rows_missing", {"q + s * (n_H - 1) + 1, s)": "q + n_H)"}),
    ("stride_cols_missing", {"r + s * (n_W - 1) + 1, s)": "r + n_W)"}),
    (
        "f_for_stride",
        {"s * (n_H - 1) + 1, s)": "f * (n_H - 1) + 1, f)", "s * (n_W - 1) + 1, s)": "f * (n_W - 1) + 1, f)"},
    ),
    ("dW_overwritten", {"dW[q, r] +=": "dW[q, r] ="}),
    ("dA_overwritten", {"dX[i, rows, cols] +=": "dX[i, rows, cols] ="}),
    ("filter_flipped", {"W[q, r].T": "W[f - 1 - q, f - 1 - r].T"}),
    ("filter_flipped", {"dW[q, r]": "dW[f - 1 - q, f - 1 - r]"}),
    ("filter_transposed", {"W[q, r].T": "W[r, q].T"}),
    ("filter_transposed", {"dW[q, r]": "dW[r, q]"}),
    ("filter_index_wrong", {"dZ[i] @ W[q, r].T": "dZ[i].sum(axis=2, keepdims=True) * W[q, r, :, 0]"}),
    ("first_example_only", {"X[i, rows, cols], dZ": "X[0, rows, cols], dZ"}),
    ("unpadded_slice", {"X[i, rows, cols], dZ": "A_prev[i, rows, cols], dZ"}),
    (
        "cache_of_views",
        {
            "    for i in": "    held, kept = np.zeros((n_H, n_W, C)), []\n    for i in",
            'dW[q, r] += np.einsum("hwk,hwc->kc", X[i, rows, cols], dZ[i])': (
                "held[:] = X[i, rows, cols]; kept.append((i, q, r, held))"
            ),
            "    return": """    for i, q, r, part in kept:
        dW[q, r] += np.einsum("hwk,hwc->kc", part, dZ[i])
    return""",
        },
    ),
]
IN_CONV_VIEWS: list[tuple[str, dict[str, str]]] = [
    *SHARED,
    ("stride_missing", {"[:, ::s, ::s]": "[:, :n_H, :n_W]"}),
    ("stride_missing", {"f + s * (n_H - 1):s, f - 1:f + s * (n_W - 1):s": "f - 1 + n_H, f - 1:f - 1 + n_W"}),
    (
        "stride_rows_missing",
        {"[:, ::s, ::s]": "[:, :n_H, ::s]", "f + s * (n_H - 1):s, f": "f - 1 + n_H, f"},
    ),
    (
        "stride_cols_missing",
        {"[:, ::s, ::s]": "[:, ::s, :n_W]", "f + s * (n_W - 1):s]": "f - 1 + n_W]"},
    ),
    (
        "f_for_stride",
        {
            "[:, ::s, ::s]": "[:, ::f, ::f]",
            "f + s * (n_H - 1):s, f - 1:f + s * (n_W - 1):s": "f + f * (n_H - 1):f, f - 1:f + f * (n_W - 1):f",
        },
    ),
    ("dW_overwritten", {"dW += ": "dW = "}),
    ("filter_flipped", {"W[::-1, ::-1]": "W"}),
    ("filter_flipped", {"->ijkc": "->ijkc", "    return": "    dW = dW[::-1, ::-1]\n    return"}),
    ("filter_transposed", {"W[::-1, ::-1]": "W[::-1, ::-1].swapaxes(0, 1)"}),
    ("filter_transposed", {"->ijkc": "->jikc"}),
    ("filter_index_wrong", {"W[::-1, ::-1]": "np.repeat(W[::-1, ::-1, :, :1], n_C, axis=3)"}),
    ("first_example_only", {"windows[i], dZ": "windows[0], dZ"}),
    ("unpadded_slice", {"view(X": "view(A_prev"}),
    (
        "cache_of_views",
        {
            "windows = sliding": "held, kept = np.zeros((C, f, f)), []\n    windows = sliding",
            "    dX, dW": """    for at in np.ndindex(m, n_H, n_W):
        held[:] = windows[at]
        kept.append(held)
    windows = np.array(kept).reshape(windows.shape)
    dX, dW""",
        },
    ),
]
POOL_LOOPS = """
import numpy as np

def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    y, x = h * stride, w * stride
                    a = A_prev[i, y:y + f, x:x + f, c]
                    if mode == "max":
                        dA_prev[i, y:y + f, x:x + f, c] += (a == a.max()) * dA[i, h, w, c]
                    elif mode == "average":
                        dA_prev[i, y:y + f, x:x + f, c] += np.ones((f, f)) * dA[i, h, w, c] / (f * f)
    return dA_prev
"""
POOL_TAPS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    at = [
        np.s_[:, q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s] for q in range(f) for r in range(f)
    ]
    A = np.max([A_prev[tap] for tap in at], axis=0)
    dX = np.zeros(A_prev.shape)
    for tap in at:
        if mode == "max":
            dX[tap] += (A_prev[tap] == A) * dA
        else:
            dX[tap] += dA / (f * f)
    return dX
"""
POOL_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dX = np.zeros(A_prev.shape)
    windows = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    into = sliding_window_view(dX, (f, f), axis=(1, 2), writeable=True)[:, ::s, ::s]
    best = windows.max(axis=(4, 5), keepdims=True)
    given = dA[..., None, None]
    share = (windows == best) * given if mode == "max" else np.ones((f, f)) * given / (f * f)
    for h in range(n_H):
        for w in range(n_W):
            into[:, h, w] += share[:, h, w]
    return dX
"""
MASK = "(a == a.max())"
IN_POOL_LOOPS: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"h * stride, w * stride": "h, w"}),
    ("stride_rows_missing", {"h * stride,": "h,"}),
    ("stride_cols_missing", {", w * stride": ", w"}),
    ("f_for_stride", {"h * stride, w * stride": "h * f, w * f"}),
    ("range_strided", {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)"}),
    ("loops_over_input", {"range(n_H)": "range(A_prev.shape[1])", "range(n_W)": "range(A_prev.shape[2])"}),
    ("rows_cols_swapped", {"y, x = h * stride": "x, y = h * stride"}),
    ("rows_cols_swapped", {"dA[i, h, w, c]": "dA[i, w, h, c]"}),
    ("average_not_divided", {" / (f * f)": ""}),
    ("wrong_count", {" / (f * f)": " / f"}),
    ("wrong_count", {" / (f * f)": " / n_C"}),
    ("wrong_count", {" / (f * f)": " / (n_H * n_W)"}),
    ("mask_missing", {f"{MASK} * dA": "dA"}),
    ("mask_without_dA", {f"{MASK} * dA[i, h, w, c]": MASK}),
    ("mask_without_dA", {f"{MASK} * dA[i, h, w, c]": f"{MASK} * a"}),
    ("mask_of_absolute", {MASK: "(np.abs(a) == np.abs(a).max())"}),
    ("mask_of_smallest", {"a.max()": "a.min()"}),
    ("mask_of_smallest", {MASK: "(a != a.max())"}),
    ("dA_overwritten", {"+=": "="}),
    ("dA_overwritten", {f"+= {MASK}": f"= {MASK}"}),
    ("dA_starts_from_A_prev", {"np.zeros(A_prev.shape)": "A_prev.copy()"}),
    ("dA_index_wrong", {"dA[i, h, w, c]": "dA[i, h, w, 0]"}),
    ("dA_index_wrong", {"dA[i, h, w, c]": "dA[i, y, x, c]"}),
    ("mode_ignored", {'if mode == "max"': "if True"}),
    ("mode_ignored", {'"average"': '"avg"'}),
    ("modes_swapped", {'"average"': '"mux"', '"max":': '"average":', '"mux"': '"max"'}),
    ("first_channel_only", {"a = A_prev[i, y:y + f, x:x + f, c]": "a = A_prev[i, y:y + f, x:x + f, 0]"}),
    ("first_example_only", {"a = A_prev[i,": "a = A_prev[0,"}),
    ("last_example_only", {"a = A_prev[i,": "a = A_prev[-1,"}),
    ("return_inside_loop", {"    return": "        return"}),
    (
        "cache_of_views",
        {
            "    for i in": "    held = np.zeros((f, f, n_C))\n    kept = []\n    for i in",
            "                for c in range(n_C):": (
                "                held[:] = A_prev[i, h * stride:h * stride + f, w * stride:w * stride + f]\n"
                "                kept.append((i, h, w, held))\n"
                "    for i, h, w, part in kept:\n"
                "                for c in range(n_C):"
            ),
            "a = A_prev[i, y:y + f, x:x + f, c]": "a = part[..., c]",
        },
    ),
    ("input_changed", {"    return": "    A_prev *= 2\n    return"}),
]
MASKED = "(A_prev[tap] == A)"
IN_POOL_TAPS: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s": "q + n_H, r:r + n_W"}),
    ("stride_rows_missing", {"q + s * (n_H - 1) + 1:s": "q + n_H"}),
    ("stride_cols_missing", {"r + s * (n_W - 1) + 1:s": "r + n_W"}),
    (
        "f_for_stride",
        {"q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s": "q + f * (n_H - 1) + 1:f, r:r + f * (n_W - 1) + 1:f"},
    ),
    (
        "range_strided",
        {"    for tap": ONLY_STRIDED.format("dA") + "    for tap"},
    ),
    ("rows_cols_swapped", {"    for tap": "    dA = dA.swapaxes(1, 2)\n    for tap"}),
    ("average_not_divided", {" / (f * f)": ""}),
    ("wrong_count", {"(f * f)": "f"}),
    ("wrong_count", {"(f * f)": "(n_H * n_W)"}),
    ("mask_missing", {f"{MASKED} * dA": "dA"}),
    ("mask_without_dA", {f"{MASKED} * dA": MASKED}),
    ("mask_without_dA", {f"{MASKED} * dA": f"{MASKED} * A_prev[tap]"}),
    (
        "mask_of_absolute",
        {MASKED: "(abs(A_prev[tap]) == A)", "np.max([A_prev": "np.max([abs(A_prev", "[tap] for": "[tap]) for"},
    ),
    ("mask_of_smallest", {"np.max(": "np.min("}),
    ("mask_of_smallest", {"== A)": "!= A)"}),
    ("dA_overwritten", {"+=": "="}),
    ("dA_starts_from_A_prev", {"np.zeros(A_prev.shape)": "A_prev.copy()"}),
    ("dA_index_wrong", {MASKED + " * dA": MASKED + " * dA[..., :1]", "+= dA /": "+= dA[..., :1] /"}),
    ("dA_index_wrong", {"+= dA /": "+= dA.mean() /"}),
    ("mode_ignored", {'mode == "max"': "True"}),
    ("modes_swapped", {'== "max"': '!= "max"'}),
    ("first_channel_only", {MASKED: "(A_prev[tap] == A)[..., :1]"}),
    ("first_example_only", {MASKED: "(A_prev[tap] == A)[:1]"}),
    ("last_example_only", {MASKED: "(A_prev[tap] == A)[-1:]"}),
    ("return_inside_loop", {"    return": "    dX[1:] = 0\n    return"}),
    ("input_changed", {"    return": "    A_prev *= 2\n    return"}),
]
BEST = "(windows == best)"
IN_POOL_VIEWS: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"[:, ::s, ::s]": ""}),
    ("stride_rows_missing", {"[:, ::s, ::s]": "[:, :n_H, ::s]"}),
    ("stride_cols_missing", {"[:, ::s, ::s]": "[:, ::s, :n_W]"}),
    ("f_for_stride", {"[:, ::s, ::s]": "[:, ::f, ::f]"}),
    ("range_strided", {"range(n_H)": "range(0, n_H, s)", "range(n_W)": "range(0, n_W, s)"}),
    ("rows_cols_swapped", {"given = dA[": "given = dA.swapaxes(1, 2)["}),
    ("average_not_divided", {" / (f * f)": ""}),
    ("wrong_count", {"(f * f)": "(f + f)"}),
    ("wrong_count", {"(f * f)": "(n_H * n_W)"}),
    ("mask_missing", {f"{BEST} * given": "np.ones((f, f)) * given"}),
    ("mask_without_dA", {f"{BEST} * given": BEST}),
    ("mask_without_dA", {f"{BEST} * given": f"{BEST} * windows"}),
    ("mask_of_absolute", {BEST: "(abs(windows) == best)", "windows.max(": "abs(windows).max("}),
    ("mask_of_smallest", {"windows.max(": "windows.min("}),
    ("mask_of_smallest", {BEST: "(windows < best)"}),
    ("dA_overwritten", {"] += share": "] = share"}),
    (
        "dA_overwritten",
        {
            """    for h in range(n_H):
        for w in range(n_W):
            into[:, h, w] += share[:, h, w]""": "    into += share"
        },
    ),
    ("dA_starts_from_A_prev", {"np.zeros(A_prev.shape)": "A_prev.copy()"}),
    ("dA_index_wrong", {"given = dA[..., ": "given = dA[..., :1, "}),
    ("dA_index_wrong", {"np.ones((f, f)) * given": "np.ones(windows.shape) * dA.mean()"}),
    ("mode_ignored", {' if mode == "max" else np.ones((f, f)) * given / (f * f)': ""}),
    ("modes_swapped", {'== "max"': '!= "max"'}),
    ("first_channel_only", {BEST: "(windows == best)[:, :, :, :1]"}),
    ("first_example_only", {BEST: "(windows == best)[:1]"}),
    ("last_example_only", {BEST: "(windows == best)[-1:]"}),
    ("return_inside_loop", {"    return": "    dX[1:] = 0\n    return"}),
    (
        "cache_of_views",
        {
            "    into = ": """    held, kept = np.zeros((n_C, f, f)), []
    for at in np.ndindex(m, n_H, n_W):
        held[:] = windows[at]
        kept.append(held)
    windows = np.array(kept).reshape(m, n_H, n_W, n_C, f, f)
    into = """,
        },
    ),
    ("input_changed", {"    return": "    A_prev *= 2\n    return"}),
]
STYLES = (
    Style("conv_backward", LOOPS, CONV_LOOPS, IN_CONV_LOOPS),
    Style("conv_backward", TAPS, CONV_TAPS, IN_CONV_TAPS),
    Style("conv_backward", VIEWS, CONV_VIEWS, IN_CONV_VIEWS),
    Style("pool_backward", LOOPS, POOL_LOOPS, IN_POOL_LOOPS),
    Style("pool_backward", TAPS, POOL_TAPS, IN_POOL_TAPS),
    Style("pool_backward", VIEWS, POOL_VIEWS, IN_POOL_VIEWS),
)
