"""Mistakes planted in the course's pool_forward, in three styles."""

from __future__ import annotations

from planted.styles import LOOPS, TAPS, VIEWS, Style

POOL_LOOPS = """
import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    m, H, V, C = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    n_H, n_W = (H - f) // stride + 1, (V - f) // stride + 1
    A = np.zeros((m, n_H, n_W, C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(C):
                    a = A_prev[i, h * stride:h * stride + f, w * stride:w * stride + f, c]
                    if mode == "max":
                        A[i, h, w, c] = np.max(a)
                    elif mode == "average":
                        A[i, h, w, c] = np.mean(a)
    return A, (A_prev, hparameters)
"""
POOL_TAPS = """
import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    m, H, V, C = A_prev.shape
    n_H, n_W = (H - f) // s + 1, (V - f) // s + 1
    taps = np.zeros((f * f, m, n_H, n_W, C))
    for q in range(f):
        for r in range(f):
            taps[q * f + r] = A_prev[:, q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s]
    A = np.max(taps, axis=0) if mode == "max" else np.mean(taps, axis=0)
    return A, (A_prev, hparameters)
"""
POOL_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def pool_forward(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    m, H, V, C = A_prev.shape
    n_H, n_W = (H - f) // s + 1, (V - f) // s + 1
    windows = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    A = np.zeros((m, n_H, n_W, C))
    if mode == "max":
        A[:] = windows.max(axis=(4, 5))
    else:
        A[:] = windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)
"""
SLICE = "A_prev[i, h * stride:h * stride + f, w * stride:w * stride + f, c]"
SWAPPED = """(
    A_prev[i, w * stride:w * stride + f, h * stride:h * stride + f, c]
    if w * stride < H and h * stride < V
    else np.zeros(1)
)"""
SIZES = "(H - f) // stride + 1, (V - f) // stride + 1"
SHORT_SIZES = "(H - f) // s + 1, (V - f) // s + 1"
CEILED = "-(-(H - f) // stride) + 1, -(-(V - f) // stride) + 1"
INNER = """                for c in range(C):
                    a = A_prev[i, h * stride:h * stride + f, w * stride:w * stride + f, c]
                    if mode == "max":
                        A[i, h, w, c] = np.max(a)
                    elif mode == "average":
                        A[i, h, w, c] = np.mean(a)
"""
KEPT = """                a = A_prev[i, h * stride:h * stride + f, w * stride:w * stride + f]
                held[:] = a
                kept.append(held)
"""
FROM_KEPT = """    reduce = np.max if mode == "max" else np.mean
    A = np.array([reduce(a, axis=(0, 1)) for a in kept]).reshape(A.shape)
    return A,"""
AFTER_CHANNELS = INNER.replace('    if mode == "max"', 'if mode == "max"').replace("    elif", "elif")
AFTER_CHANNELS = AFTER_CHANNELS.replace("    A[i", "A[i")

IN_LOOPS: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {SLICE: "A_prev[i, h:h + f, w:w + f, c]"}),
    ("stride_rows_missing", {"h * stride:h * stride + f": "h:h + f"}),
    ("stride_cols_missing", {"w * stride:w * stride + f": "w:w + f"}),
    ("window_end_short", {SLICE: SLICE.replace("+ f", "+ f - 1")}),
    ("window_end_long", {SLICE: SLICE.replace("+ f", "+ f + 1")}),
    ("rows_cols_swapped", {SLICE: SWAPPED}),
    ("rows_cols_swapped", {"w in range(n_W)": "w in range(n_H)", "h in range(n_H)": "h in range(n_W)"}),
    ("n_H_n_W_swapped", {"(m, n_H, n_W, C)": "(m, n_W, n_H, C)", "A[i, h, w, c]": "A[i, w, h, c]"}),
    ("n_H_n_W_swapped", {SIZES: "(V - f) // stride + 1, (H - f) // stride + 1", SLICE: f"({SLICE} if 1 else 0)"}),
    ("n_H_n_W_swapped", {SIZES: "(H - f) // stride + 1, (H - f) // stride + 1"}),
    ("first_example_only", {"A_prev[i,": "A_prev[0,"}),
    ("last_example_only", {"A_prev[i,": "A_prev[-1,"}),
    ("all_examples", {"A_prev[i,": "A_prev[:,"}),
    ("example_index_missing", {"A_prev[i, ": "A_prev["}),
    ("all_channels", {"w * stride + f, c]": "w * stride + f, :]"}),
    ("all_channels", {"np.mean(a)": f"np.mean({SLICE[:-2]}:])"}),
    ("all_channels", {"np.max(a)": f"np.max({SLICE[:-2]}:])"}),
    ("first_channel_only", {"w * stride + f, c]": "w * stride + f, 0]"}),
    ("last_channel_only", {"w * stride + f, c]": "w * stride + f, C - 1]"}),
    ("mode_ignored", {"np.mean(a)": "np.max(a)"}),
    ("mode_ignored", {'"average"': '"avg"'}),
    (
        "modes_swapped",
        {
            "np.mean(a)": "np.max(a)",
            'np.max(a)\n                    elif mode == "average"': "np.mean(a)\n                    else",
        },
    ),
    ("sum_for_mean", {"np.mean(a)": "np.sum(a)"}),
    ("wrong_count", {"np.mean(a)": "np.sum(a) / f"}),
    ("wrong_count", {"np.mean(a)": "np.sum(a) / C"}),
    ("wrong_count", {"np.mean(a)": "np.sum(a) / (n_H * n_W)"}),
    ("max_from_zero", {"np.max(a)": "max(0, np.max(a))"}),
    ("min_for_max", {"np.max(a)": "np.min(a)"}),
    ("mask_of_absolute", {"np.max(a)": "np.max(np.abs(a))"}),
    ("size_plus_one_missing", {SIZES: SIZES.replace(" + 1", "")}),
    ("size_ceil", {SIZES: CEILED}),
    ("loops_over_input", {"range(n_H)": "range(H)", "range(n_W)": "range(V)", SLICE: SLICE}),
    ("range_strided", {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)"}),
    ("f_for_stride", {SLICE: SLICE.replace("stride", "f")}),
    (
        "f_for_stride",
        {
            "h in range(n_H)": "h, y in enumerate(range(0, H - f + 1, f))",
            "w in range(n_W)": "w, x in enumerate(range(0, V - f + 1, f))",
            SLICE: "A_prev[i, y:y + f, x:x + f, c]",
        },
    ),
    ("f_and_stride_swapped", {"f, stride =": "stride, f ="}),
    ("integer_output", {"n_W, C))": "n_W, C), dtype=int)"}),
    ("return_inside_loop", {"    return": "        return"}),
    ("stored_outside_loop", {INNER: AFTER_CHANNELS}),
    ("output_overwritten", {"A[i, h, w, c] =": "A ="}),
    ("axes_order", {"return A,": "return A.transpose(0, 3, 1, 2),"}),
    (
        "cache_of_views",
        {INNER: KEPT, "    return A,": FROM_KEPT, "    for i": "    held, kept = np.zeros((f, f, C)), []\n    for i"},
    ),
    ("input_changed", {"A[i, h, w, c] = np.max(a)": "a *= 1.5; A[i, h, w, c] = np.max(a) / 1.5"}),
]
IN_TAPS: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s": "q + n_H, r:r + n_W"}),
    ("stride_rows_missing", {"q + s * (n_H - 1) + 1:s": "q + n_H"}),
    ("stride_cols_missing", {"r + s * (n_W - 1) + 1:s": "r + n_W"}),
    ("window_end_short", {"range(f)": "range(f - 1)", "(f * f, m": "((f - 1) ** 2, m", "q * f + r": "q * (f - 1) + r"}),
    ("window_end_long", {"range(f)": "range(f + 1)", "(f * f, m": "((f + 1) ** 2, m", "q * f + r": "q * (f + 1) + r"}),
    (
        "rows_cols_swapped",
        {
            "q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s": (
                "r:r + s * (n_W - 1) + 1:s, q:q + s * (n_H - 1) + 1:s"
            )
        },
    ),
    ("rows_cols_swapped", {"return A,": "return A.swapaxes(1, 2).reshape(A.shape),"}),
    ("n_H_n_W_swapped", {SHORT_SIZES: "(V - f) // s + 1, (H - f) // s + 1"}),
    ("n_H_n_W_swapped", {"return A,": "return A.reshape(m, n_W, n_H, C),"}),
    ("first_example_only", {"A_prev[:, q": "A_prev[:1, q"}),
    ("last_example_only", {"A_prev[:, q": "A_prev[-1:, q"}),
    (
        "all_examples",
        {"np.max(taps, axis=0)": "np.max(taps, axis=(0, 1))", "np.mean(taps, axis=0)": "np.mean(taps, axis=(0, 1))"},
    ),
    ("all_examples", {"    return": "    A[:] = A.max(axis=0) if mode == 'max' else A.mean(axis=0)\n    return"}),
    ("example_index_missing", {"A_prev[:, q": "A_prev[q"}),
    (
        "all_channels",
        {"np.max(taps, axis=0)": "np.max(taps, axis=(0, 4))", "np.mean(taps, axis=0)": "np.mean(taps, axis=(0, 4))"},
    ),
    (
        "all_channels",
        {
            "np.max(taps, axis=0)": "np.max(taps, axis=(0, 4), keepdims=True)[0]",
            "np.mean(taps, axis=0)": "np.mean(taps, axis=(0, 4), keepdims=True)[0]",
        },
    ),
    (
        "all_channels",
        {
            "    return": """    over = np.max if mode == "max" else np.mean
    A[:] = over(A, axis=3, keepdims=True)
    return"""
        },
    ),
    ("first_channel_only", {"+ 1:s]": "+ 1:s, :1]"}),
    ("last_channel_only", {"+ 1:s]": "+ 1:s, -1:]"}),
    ("mode_ignored", {'np.max(taps, axis=0) if mode == "max" else ': ""}),
    ("mode_ignored", {'"max" else np.mean': '"max" else np.max'}),
    ("modes_swapped", {'== "max"': '!= "max"'}),
    ("sum_for_mean", {"np.mean(": "np.sum("}),
    ("wrong_count", {"np.mean(taps, axis=0)": "np.sum(taps, axis=0) / f"}),
    ("max_from_zero", {"np.max(taps, axis=0)": "np.max(taps, axis=0, initial=0)"}),
    ("max_from_zero", {'np.max(taps, axis=0) if mode == "max"': 'np.maximum(0, taps.max(axis=0)) if mode == "max"'}),
    ("min_for_max", {"np.max(": "np.min("}),
    ("mask_of_absolute", {"np.max(taps,": "np.max(np.abs(taps),"}),
    ("size_plus_one_missing", {SHORT_SIZES: SHORT_SIZES.replace(" + 1", "")}),
    ("size_ceil", {SHORT_SIZES: CEILED.replace("stride", "s")}),
    (
        "range_strided",
        {
            "    return": """    kept = np.zeros(A.shape)
    kept[:, ::s, ::s] = A[:, ::s, ::s]
    A = kept
    return"""
        },
    ),
    (
        "f_for_stride",
        {"q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s": "q + f * (n_H - 1) + 1:f, r:r + f * (n_W - 1) + 1:f"},
    ),
    ("f_and_stride_swapped", {"f, s =": "s, f ="}),
    ("integer_output", {"n_W, C))": "n_W, C), dtype=int)"}),
    ("integer_output", {"return A,": "return A.astype(int),"}),
    ("return_inside_loop", {"    return": "    A[1:] = 0\n    return"}),
    ("stored_outside_loop", {"    return": "    A[:, :, :-1] = 0\n    return"}),
    ("output_overwritten", {"return A,": "return A[-1, -1, -1, -1],"}),
    ("axes_order", {"return A,": "return np.moveaxis(A, 3, 1),"}),
    (
        "cache_of_views",
        {
            "taps = np.zeros((f * f, m, n_H, n_W, C))": "held, taps = np.zeros((m, n_H, n_W, C)), []",
            "taps[q * f + r] =": "held[:] =",
            "    A =": "            taps.append(held)\n    A =",
        },
    ),
    ("input_changed", {"    return": "    A_prev *= s\n    return"}),
]
IN_VIEWS: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"[:, ::s, ::s]": "[:, :n_H, :n_W]"}),
    ("stride_missing", {"[:, ::s, ::s]": "", "A[:] =": "A ="}),
    ("stride_rows_missing", {"[:, ::s, ::s]": "[:, :n_H, ::s]"}),
    ("stride_cols_missing", {"[:, ::s, ::s]": "[:, ::s, :n_W]"}),
    ("window_end_short", {"    A =": "    windows = windows[..., :-1, :-1]\n    A ="}),
    ("window_end_long", {"(f, f), axis": "(f + 1, f + 1), axis", "A[:] =": "A ="}),
    ("window_end_long", {"(f, f), axis": "(f + 1, f + 1), axis"}),
    ("rows_cols_swapped", {"return A,": "return A.swapaxes(1, 2).reshape(A.shape),"}),
    ("n_H_n_W_swapped", {"(m, n_H, n_W, C)": "(m, n_W, n_H, C)"}),
    (
        "n_H_n_W_swapped",
        {"axis=(1, 2))[": "axis=(2, 1))[", "A[:] =": "A =", "return A,": "return A.reshape(m, n_W, n_H, C),"},
    ),
    ("first_example_only", {"view(A_prev,": "view(A_prev[:1],"}),
    ("last_example_only", {"view(A_prev,": "view(A_prev[-1:],"}),
    ("all_examples", {"axis=(4, 5))": "axis=(0, 4, 5))"}),
    ("all_examples", {"axis=(4, 5))": "axis=(0, 4, 5))", "A[:] =": "A ="}),
    ("example_index_missing", {"axis=(1, 2))[:, ::s, ::s]": "axis=(0, 1))[::s, ::s]", "A[:] =": "A ="}),
    ("all_channels", {"axis=(4, 5))": "axis=(3, 4, 5))", "A[:] =": "A ="}),
    ("all_channels", {"axis=(4, 5))": "axis=(3, 4, 5), keepdims=True)[..., 0, 0]"}),
    ("first_channel_only", {"axis=(4, 5))": "axis=(4, 5))[..., :1]"}),
    ("last_channel_only", {"axis=(4, 5))": "axis=(4, 5))[..., -1:]"}),
    ("mode_ignored", {"windows.mean(": "windows.max("}),
    ("mode_ignored", {"    else:": '    elif mode == "avg":'}),
    ("modes_swapped", {'== "max"': '!= "max"'}),
    ("sum_for_mean", {"windows.mean(": "windows.sum("}),
    ("wrong_count", {"windows.mean(axis=(4, 5))": "windows.sum(axis=(4, 5)) / (f + f)"}),
    ("max_from_zero", {"windows.max(axis=(4, 5))": "windows.max(axis=(4, 5), initial=0)"}),
    ("min_for_max", {"windows.max(": "windows.min("}),
    ("mask_of_absolute", {"windows.max(": "np.abs(windows).max("}),
    (
        "size_plus_one_missing",
        {SHORT_SIZES: SHORT_SIZES.replace(" + 1", ""), "[:, ::s, ::s]": "[:, ::s, ::s][:, :n_H, :n_W]"},
    ),
    ("size_plus_one_missing", {SHORT_SIZES: SHORT_SIZES.replace(" + 1", "")}),
    ("size_ceil", {SHORT_SIZES: CEILED.replace("stride", "s")}),
    ("range_strided", {"[:, ::s, ::s]": "[:, ::s, ::s][:, ::s, ::s]", "A[:] =": "A[:, ::s, ::s] ="}),
    ("range_strided", {"[:, ::s, ::s]": "[:, ::s, ::s][:, :-1, :-1]", "A[:] =": "A[:, :-1, :-1] ="}),
    ("f_for_stride", {"[:, ::s, ::s]": "[:, ::f, ::f]", "A[:] =": "A ="}),
    ("f_for_stride", {"[:, ::s, ::s]": "[:, ::f, ::f]"}),
    ("f_and_stride_swapped", {"f, s =": "s, f ="}),
    ("integer_output", {"n_W, C))": "n_W, C), dtype=int)"}),
    ("return_inside_loop", {"A[:] = windows": "A[0] = windows[0]", "axis=(4, 5)": "axis=(3, 4)"}),
    ("stored_outside_loop", {"A[:] = windows": "A[-1] = windows[-1]", "axis=(4, 5)": "axis=(3, 4)"}),
    (
        "output_overwritten",
        {
            "A[:] = windows.max(axis=(4, 5))": "A = windows[-1, -1, -1, -1].max()",
            "A[:] = windows.mean(axis=(4, 5))": "A = windows[-1, -1, -1, -1].mean()",
        },
    ),
    ("axes_order", {"return A,": "return np.moveaxis(A, 3, 1),"}),
    (
        "cache_of_views",
        {
            "    A =": """    held, kept = np.zeros((C, f, f)), []
    for i, h, w in np.ndindex(m, n_H, n_W):
        held[:] = windows[i, h, w]
        kept.append(held)
    windows = np.array(kept).reshape(m, n_H, n_W, C, f, f)
    A =""",
        },
    ),
    ("input_changed", {"    return": "    A_prev *= s\n    return"}),
]
STYLES = (
    Style("pool_forward", LOOPS, POOL_LOOPS, IN_LOOPS),
    Style("pool_forward", TAPS, POOL_TAPS, IN_TAPS),
    Style("pool_forward", VIEWS, POOL_VIEWS, IN_VIEWS),
)
