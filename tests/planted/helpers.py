"""Mistakes planted in the course's helpers, in three styles: by loops, by slices or products, and by whole arrays."""

from __future__ import annotations

from planted.styles import LOOPS, TAPS, VIEWS, Style

PAD_LOOPS = """
import numpy as np

def zero_pad(X, pad):
    m, H, V, C = X.shape
    X_pad = np.zeros((m, H + 2 * pad, V + 2 * pad, C))
    for i in range(m):
        for h in range(H):
            for w in range(V):
                X_pad[i, h + pad, w + pad, :] = X[i, h, w, :]
    return X_pad
"""
PAD_SLICE = """
import numpy as np

def zero_pad(X, pad):
    m, H, V, C = X.shape
    rows = np.zeros((m, pad, V, C))
    X = np.concatenate([rows, X, rows], axis=1)
    cols = np.zeros((m, H + 2 * pad, pad, C))
    return np.concatenate([cols, X, cols], axis=2)
"""
PAD_WHOLE = """
import numpy as np

def zero_pad(X, pad):
    X_pad = np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant", constant_values=0)
    return X_pad
"""
IN_PAD_LOOPS: list[tuple[str, dict[str, str]]] = [
    ("pad_missing", {"X_pad[i, h + pad, w + pad, :]": "X_pad[i, h, w, :]"}),
    ("pad_missing", {"    return X_pad": "    return X"}),
    ("pad_one_axis", {"H + 2 * pad,": "H,", "h + pad,": "h,"}),
    ("pad_one_axis", {"V + 2 * pad,": "V,", "w + pad,": "w,"}),
    ("pad_constant", {"np.zeros(": "np.ones("}),
    ("pad_constant", {"np.zeros(": "np.full(", ", C))": ", C), float(pad))"}),
    ("pad_before_only", {"2 * pad": "pad"}),
    ("pad_twice", {"2 * pad": "4 * pad", "h + pad": "h + 2 * pad", "w + pad": "w + 2 * pad"}),
    (
        "pad_wrong_axes",
        {
            "(m, H + 2 * pad, V + 2 * pad, C)": "(m + 2 * pad, H + 2 * pad, V, C)",
            "[i, h + pad, w + pad, :]": "[i + pad, h + pad, w, :]",
        },
    ),
    ("integer_output", {", C))": ", C), dtype=int)"}),
    ("input_changed", {"    return": "    X *= 0\n    return"}),
]
IN_PAD_SLICE: list[tuple[str, dict[str, str]]] = [
    ("pad_missing", {"[rows, X, rows]": "[X, rows, rows]", "[cols, X, cols]": "[X, cols, cols]"}),
    ("pad_one_axis", {"    return np.concatenate([cols, X, cols], axis=2)": "    return X"}),
    ("pad_constant", {"np.zeros(": "np.ones("}),
    ("pad_before_only", {"[rows, X, rows]": "[rows, X]", "[cols, X, cols]": "[cols, X]", "H + 2 * pad": "H + pad"}),
    ("pad_before_only", {"[rows, X, rows]": "[X, rows]", "[cols, X, cols]": "[X, cols]", "H + 2 * pad": "H + pad"}),
    ("pad_before_only", {"[rows, X, rows]": "[rows, rows, X]", "[cols, X, cols]": "[cols, cols, X]"}),
    (
        "pad_twice",
        {
            "[rows, X, rows]": "[rows, rows, X, rows, rows]",
            "[cols, X, cols]": "[cols, cols, X, cols, cols]",
            "2 * pad, pad": "4 * pad, pad",
        },
    ),
    (
        "pad_wrong_axes",
        {
            "(m, pad, V, C)": "(pad, H, V, C)",
            "rows], axis=1": "rows], axis=0",
            "(m, H + 2 * pad, pad, C)": "(m + 2 * pad, pad, V, C)",
            "cols], axis=2": "cols], axis=1",
        },
    ),
    ("integer_output", {"[cols, X, cols], axis=2)": "[cols, X, cols], axis=2).astype(int)"}),
    ("input_changed", {"    rows =": "    X += 1\n    rows ="}),
]
IN_PAD_WHOLE: list[tuple[str, dict[str, str]]] = [
    ("pad_missing", {"return X_pad": "return X"}),
    ("pad_one_axis", {"(pad, pad), (pad, pad)": "(pad, pad), (0, 0)"}),
    ("pad_one_axis", {"(pad, pad), (pad, pad)": "(0, 0), (pad, pad)"}),
    ("pad_constant", {"constant_values=0": "constant_values=1"}),
    ("pad_constant", {'"constant", constant_values=0': '"edge"'}),
    ("pad_constant", {'"constant", constant_values=0': '"reflect"'}),
    ("pad_constant", {"pad": "1", "zero_1": "zero_pad", "(X, 1)": "(X, pad)", "np.1": "np.pad", "X_1": "X_pad"}),
    ("pad_before_only", {"(pad, pad), (pad, pad)": "(pad, 0), (pad, 0)"}),
    ("pad_before_only", {"(pad, pad), (pad, pad)": "(0, pad), (0, pad)"}),
    ("pad_twice", {"(pad, pad)": "(2 * pad, 2 * pad)"}),
    ("pad_wrong_axes", {"(0, 0), (pad, pad), (pad, pad), (0, 0)": "(pad, pad), (pad, pad), (0, 0), (0, 0)"}),
    ("pad_wrong_axes", {"(0, 0), (pad, pad), (pad, pad), (0, 0)": "(0, 0), (0, 0), (pad, pad), (pad, pad)"}),
    ("pad_wrong_axes", {"((0, 0), (pad, pad), (pad, pad), (0, 0))": "pad"}),
    ("integer_output", {"return X_pad": "return X_pad.astype(int)"}),
    ("input_changed", {"    return": "    X[0] = 0\n    return"}),
]
STEP_LOOPS = """
def conv_single_step(a_slice_prev, W, b):
    f_h, f_w, C = W.shape
    total = 0.0
    for p in range(f_h):
        for q in range(f_w):
            for k in range(C):
                total += a_slice_prev[p, q, k] * W[p, q, k]
    Z = total + b[0, 0, 0]
    return Z
"""
STEP_PRODUCT = """
import numpy as np

def conv_single_step(a_slice_prev, W, b):
    a, w = a_slice_prev, W
    s = np.multiply(a, w)
    Z = np.sum(s)
    Z = Z + b.item()
    return Z
"""
STEP_WHOLE = """
import numpy as np

def conv_single_step(a_slice_prev, W, b):
    Z = np.einsum("pqk,pqk", a_slice_prev, W)
    return Z + b.reshape(-1)[0]
"""
IN_STEP_LOOPS: list[tuple[str, dict[str, str]]] = [
    ("bias_missing", {" + b[0, 0, 0]": ""}),
    ("bias_per_tap", {"* W[p, q, k]": "* W[p, q, k] + b[0, 0, 0]", "total + b[0, 0, 0]": "total"}),
    ("bias_per_tap", {"* W[p, q, k]": "* W[p, q, k] + b[0, 0, 0]"}),
    (
        "bias_before_product",
        {"a_slice_prev[p, q, k] *": "(a_slice_prev[p, q, k] + b[0, 0, 0]) *", "total + b[0, 0, 0]": "total"},
    ),
    ("bias_subtracted", {"total + b": "total - b"}),
    ("filter_flipped", {"* W[p, q, k]": "* W[f_h - 1 - p, f_w - 1 - q, k]"}),
    ("filter_transposed", {"* W[p, q, k]": "* W[q, p, k]"}),
    ("rows_cols_swapped", {"a_slice_prev[p, q, k]": "a_slice_prev[q, p, k]"}),
    ("first_channel_only", {"range(C)": "range(1)"}),
    ("last_channel_only", {"range(C)": "range(C - 1, C)"}),
    ("window_end_short", {"range(f_h)": "range(f_h - 1)", "range(f_w)": "range(f_w - 1)"}),
    ("window_end_short", {"range(f_h)": "range(1, f_h)", "range(f_w)": "range(1, f_w)"}),
    ("mean_for_sum", {"Z = total": "Z = total / (f_h * f_w * C)"}),
    ("integer_output", {"return Z": "return int(Z)"}),
    ("input_changed", {"    Z =": "    b *= 2\n    Z ="}),
]
IN_STEP_PRODUCT: list[tuple[str, dict[str, str]]] = [
    ("bias_missing", {"    Z = Z + b.item()\n": ""}),
    ("bias_per_tap", {"np.multiply(a, w)": "np.multiply(a, w) + b", "    Z = Z + b.item()\n": ""}),
    ("bias_per_tap", {"np.multiply(a, w)": "np.multiply(a, w) + b"}),
    ("bias_before_product", {"np.multiply(a, w)": "np.multiply(a + b, w)", "    Z = Z + b.item()\n": ""}),
    ("bias_subtracted", {"Z + b": "Z - b"}),
    ("filter_flipped", {"prev, W\n": "prev, np.flip(W)\n"}),
    ("filter_flipped", {"prev, W\n": "prev, np.rot90(W, 2)\n"}),
    ("filter_transposed", {"prev, W\n": "prev, W.transpose(1, 0, 2)\n"}),
    ("rows_cols_swapped", {"prev, W\n": "prev.transpose(1, 0, 2), W\n"}),
    ("first_channel_only", {"np.sum(s)": "np.sum(s[:, :, 0])"}),
    ("last_channel_only", {"np.sum(s)": "np.sum(s[..., -1])"}),
    ("window_end_short", {"np.sum(s)": "np.sum(s[:-1, :-1])"}),
    ("mean_for_sum", {"np.sum": "np.mean"}),
    ("integer_output", {"return Z": "return Z.astype(int)"}),
    ("input_changed", {"s = np.multiply(a, w)": "a *= w; s = a"}),
]
IN_STEP_WHOLE: list[tuple[str, dict[str, str]]] = [
    ("bias_missing", {" + b.reshape(-1)[0]": ""}),
    ("bias_per_tap", {"b.reshape(-1)[0]": "np.sum(b * np.ones(W.shape))"}),
    ("bias_before_product", {"a_slice_prev, W)": "a_slice_prev + b, W)", " + b.reshape(-1)[0]": ""}),
    ("bias_subtracted", {"Z + b": "Z - b"}),
    ("filter_flipped", {"prev, W)": "prev, W[::-1, ::-1])"}),
    ("filter_transposed", {"pqk,pqk": "pqk,qpk"}),
    ("rows_cols_swapped", {"pqk,pqk": "qpk,pqk"}),
    ("first_channel_only", {"prev, W)": "prev[..., :1], W[..., :1])"}),
    ("last_channel_only", {"prev, W)": "prev[..., -1:], W[..., -1:])"}),
    ("window_end_short", {"prev, W)": "prev[:-1, :-1], W[:-1, :-1])"}),
    ("mean_for_sum", {"Z + b": "Z / W.size + b"}),
    ("integer_output", {"return Z + b.reshape(-1)[0]": "return int(Z + b.reshape(-1)[0])"}),
    ("input_changed", {"    return": "    W[:] = 0\n    return"}),
]
MASK_LOOPS = """
import numpy as np

def create_mask_from_window(x):
    best = x[0, 0]
    for value in x.ravel():
        if value > best:
            best = value
    mask = np.zeros(x.shape, dtype=bool)
    for h in range(x.shape[0]):
        for w in range(x.shape[1]):
            mask[h, w] = x[h, w] == best
    return mask
"""
MASK_PRODUCT = """
import numpy as np

def create_mask_from_window(x):
    mask = x == np.max(x)
    return mask
"""
MASK_WHOLE = """
import numpy as np

def create_mask_from_window(x):
    places = np.argwhere(x >= x.max())
    mask = np.zeros_like(x)
    mask[tuple(places.T)] = 1
    return mask
"""
IN_MASK_LOOPS: list[tuple[str, dict[str, str]]] = [
    ("mask_of_absolute", {"value > best": "abs(value) > abs(best)"}),
    ("mask_of_absolute", {"x[h, w] == best": "abs(x[h, w] - best) < 0.1"}),
    ("mask_of_absolute", {"dtype=bool": "dtype=float", "= x[h, w] == best": "= x[h, w] * (x[h, w] == best)"}),
    ("mask_of_smallest", {"value > best": "value < best"}),
    ("mask_of_absolute", {"== best": "!= best"}),
    ("mask_first_only", {"x[h, w] == best": "x[h, w] == best and not mask.any()"}),
    ("input_changed", {"    return": "    x[0, 0] = 100\n    return"}),
]
IN_MASK_PRODUCT: list[tuple[str, dict[str, str]]] = [
    ("mask_of_absolute", {"x == np.max(x)": "x == np.max(np.abs(x))"}),
    ("mask_of_absolute", {"x == np.max(x)": "np.abs(x) == np.max(np.abs(x))"}),
    ("mask_of_absolute", {"x == np.max(x)": "x > 0"}),
    ("mask_of_absolute", {"np.max(x)": "np.max(x, axis=1, keepdims=True)"}),
    ("mask_of_absolute", {"np.max(x)": "np.max(x, axis=0)"}),
    ("mask_of_smallest", {"np.max(": "np.min("}),
    ("mask_first_only", {"x == np.max(x)": "np.arange(x.size).reshape(x.shape) == np.argmax(x)"}),
    ("input_changed", {"x == np.max(x)": "x == np.max(x); x *= 2"}),
]
IN_MASK_WHOLE: list[tuple[str, dict[str, str]]] = [
    ("mask_of_absolute", {"x >= x.max()": "np.abs(x) >= np.abs(x).max()"}),
    ("mask_of_absolute", {"x >= x.max()": "np.isclose(x, x.max(), rtol=0.01)"}),
    ("mask_of_smallest", {"x >= x.max()": "x <= x.min()"}),
    ("mask_first_only", {"places.T": "places[:1].T"}),
    ("input_changed", {"np.zeros_like(x)": "x; x[:] = x"}),
]
SPREAD_LOOPS = """
import numpy as np

def distribute_value(dz, shape):
    n_H, n_W = shape
    a = np.zeros(shape)
    for h in range(n_H):
        for w in range(n_W):
            a[h, w] = dz / (n_H * n_W)
    return a
"""
SPREAD_PRODUCT = """
import numpy as np

def distribute_value(dz, shape):
    (n_H, n_W) = shape
    average = dz / (n_H * n_W)
    a = np.ones(shape) * average
    return a
"""
SPREAD_WHOLE = """
import numpy as np

def distribute_value(dz, shape):
    return np.full(shape, dz / np.prod(shape))
"""
IN_SPREAD_LOOPS: list[tuple[str, dict[str, str]]] = [
    ("average_not_divided", {" / (n_H * n_W)": ""}),
    ("wrong_count", {"(n_H * n_W)": "n_H"}),
    ("wrong_count", {"(n_H * n_W)": "(n_H + n_W)"}),
    ("integer_output", {"np.zeros(shape)": "np.zeros(shape, dtype=int)"}),
]
IN_SPREAD_PRODUCT: list[tuple[str, dict[str, str]]] = [
    ("average_not_divided", {"* average": "* dz"}),
    ("wrong_count", {"(n_H * n_W)": "n_W"}),
    ("wrong_count", {"(n_H * n_W)": "(n_H + n_W)"}),
    ("integer_output", {"dz / (": "dz // ("}),
]
IN_SPREAD_WHOLE: list[tuple[str, dict[str, str]]] = [
    ("average_not_divided", {" / np.prod(shape)": ""}),
    ("wrong_count", {"np.prod": "np.sum"}),
    ("wrong_count", {"np.prod(shape)": "len(np.ones(shape))"}),
    ("integer_output", {"dz / np.prod(shape))": "dz / np.prod(shape), dtype=int)"}),
]
STYLES = (
    Style("zero_pad", LOOPS, PAD_LOOPS, IN_PAD_LOOPS),
    Style("zero_pad", TAPS, PAD_SLICE, IN_PAD_SLICE),
    Style("zero_pad", VIEWS, PAD_WHOLE, IN_PAD_WHOLE),
    Style("conv_single_step", LOOPS, STEP_LOOPS, IN_STEP_LOOPS),
    Style("conv_single_step", TAPS, STEP_PRODUCT, IN_STEP_PRODUCT),
    Style("conv_single_step", VIEWS, STEP_WHOLE, IN_STEP_WHOLE),
    Style("create_mask_from_window", LOOPS, MASK_LOOPS, IN_MASK_LOOPS),
    Style("create_mask_from_window", TAPS, MASK_PRODUCT, IN_MASK_PRODUCT),
    Style("create_mask_from_window", VIEWS, MASK_WHOLE, IN_MASK_WHOLE),
    Style("distribute_value", LOOPS, SPREAD_LOOPS, IN_SPREAD_LOOPS),
    Style("distribute_value", TAPS, SPREAD_PRODUCT, IN_SPREAD_PRODUCT),
    Style("distribute_value", VIEWS, SPREAD_WHOLE, IN_SPREAD_WHOLE),
)
