"""Mistakes planted in Holberton's functions and in a plain conv2d, in three styles."""

from __future__ import annotations

from planted.styles import LOOPS, TAPS, VIEWS, Style

Mistakes = list[tuple[str, dict[str, str]]]

SAME = """    ph = pw = 0
    if padding == "same":
        ph, pw = ((H - 1) * sh + kh - H) // 2, ((V - 1) * sw + kw - V) // 2
    X = np.pad(A_prev, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
"""
CONV = f"""
import numpy as np

def conv_forward(A_prev, W, b, activation, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
{SAME}    oh, ow = (H + 2 * ph - kh) // sh + 1, (V + 2 * pw - kw) // sw + 1
    Z = np.zeros((m, oh, ow, n_C))
    for y in range(oh):
        for x in range(ow):
            for k in range(n_C):
                part = X[:, y * sh:y * sh + kh, x * sw:x * sw + kw]
                Z[:, y, x, k] = np.sum(part * W[:, :, :, k], axis=(1, 2, 3))
    return activation(Z + b)
"""
CONV_TAPS = f"""
import numpy as np

def conv_forward(A_prev, W, b, activation, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
{SAME}    oh, ow = (H + 2 * ph - kh) // sh + 1, (V + 2 * pw - kw) // sw + 1
    Z = np.zeros((m, oh, ow, n_C))
    for p in range(kh):
        for q in range(kw):
            Z += X[:, p:p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw] @ W[p, q]
    return activation(Z + b)
"""
CONV_VIEWS = f"""
import numpy as np

def conv_forward(A_prev, W, b, activation, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
{SAME}    oh, ow = (H + 2 * ph - kh) // sh + 1, (V + 2 * pw - kw) // sw + 1
    to_m, to_y, to_x, to_c = X.strides
    windows = np.lib.stride_tricks.as_strided(
        X, (m, oh, ow, kh, kw, C), (to_m, to_y * sh, to_x * sw, to_y, to_x, to_c)
    )
    Z = np.tensordot(windows, W, axes=3)
    return activation(Z + b)
"""
ONLY_STRIDED = """    kept = np.zeros(Z.shape)
    kept[:, ::sh, ::sw] = Z[:, ::sh, ::sw]
    Z = kept
    return"""
CONV_ALL: Mistakes = [
    ("bias_missing", {"Z + b": "Z"}),
    ("bias_index_wrong", {"Z + b": "Z + b[..., 0]"}),
    ("bias_subtracted", {"Z + b": "Z - b"}),
    ("pad_missing", {"(ph, ph), (pw, pw)": "(0, 2 * ph), (0, 2 * pw)"}),
    ("pad_one_axis", {"(ph, ph), (pw, pw)": "(ph, ph), (0, 2 * pw)"}),
    ("pad_constant", {"(0, 0)))\n": "(0, 0)), mode='edge')\n"}),
    ("pad_before_only", {"(ph, ph), (pw, pw)": "(2 * ph, 0), (2 * pw, 0)"}),
    (
        "rows_cols_swapped",
        {"(ph, ph), (pw, pw)": "(pw, pw), (ph, ph)", "H + 2 * ph": "H + 2 * pw", "V + 2 * pw": "V + 2 * ph"},
    ),
    ("rows_cols_swapped", {"sh, sw = stride": "sw, sh = stride"}),
    ("relu_applied", {"Z + b": "np.maximum(0, Z + b)"}),
    ("axes_order", {"activation(Z + b)": "activation((Z + b).transpose(0, 3, 1, 2))"}),
    ("n_H_n_W_swapped", {"activation(Z + b)": "activation((Z + b).swapaxes(1, 2))"}),
    ("integer_output", {"Z + b": "(Z + b).astype(int)"}),
    ("filter_index_wrong", {"    Z = ": "    W = np.repeat(W[..., :1], n_C, axis=3)\n    Z = "}),
    ("filter_flipped", {"    Z = ": "    W = W[::-1, ::-1]\n    Z = "}),
    ("first_channel_only", {"    Z = ": "    W = W * (np.arange(C) == 0)[:, None]\n    Z = "}),
    ("input_changed", {"    return": "    A_prev *= 2\n    return"}),
]
IN_CONV: Mistakes = [
    *CONV_ALL,
    ("filter_index_wrong", {"W[:, :, :, k]": "W[:, :, :, 0]"}),
    ("stride_missing", {"y * sh:y * sh + kh, x * sw:x * sw + kw": "y:y + kh, x:x + kw"}),
    ("stride_rows_missing", {"y * sh:y * sh + kh": "y:y + kh"}),
    ("stride_cols_missing", {"x * sw:x * sw + kw": "x:x + kw"}),
    (
        "range_strided",
        {
            "range(oh)": "range(0, oh, sh)",
            "range(ow)": "range(0, ow, sw)",
            "y * sh:y * sh + kh, x * sw:x * sw + kw": "y:y + kh, x:x + kw",
        },
    ),
    ("f_for_both_axes", {"x * sw + kw": "x * sw + kh", "pw - kw)": "pw - kh)"}),
    ("mean_for_sum", {"np.sum(": "np.mean("}),
    ("size_plus_one_missing", {"// sh + 1": "// sh", "// sw + 1": "// sw"}),
    ("first_example_only", {"X[:, y": "X[:1, y"}),
]
IN_CONV_TAPS: Mistakes = [
    *CONV_ALL,
    ("stride_missing", {"p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw": "p + oh, q:q + ow"}),
    ("stride_rows_missing", {"p + sh * (oh - 1) + 1:sh": "p + oh"}),
    ("stride_cols_missing", {"q + sw * (ow - 1) + 1:sw": "q + ow"}),
    (
        "range_strided",
        {"    return": ONLY_STRIDED},
    ),
    ("f_for_both_axes", {"range(kw)": "range(kh)"}),
    ("mean_for_sum", {"Z + b": "Z / (kh * kw * C) + b"}),
    ("size_plus_one_missing", {"// sh + 1": "// sh", "// sw + 1": "// sw"}),
    ("first_example_only", {"X[:, p": "X[:1, p"}),
]
IN_CONV_VIEWS: Mistakes = [
    *CONV_ALL,
    ("stride_missing", {"to_y * sh, to_x * sw": "to_y, to_x"}),
    ("stride_rows_missing", {"to_y * sh,": "to_y,"}),
    ("stride_cols_missing", {"to_x * sw,": "to_x,"}),
    (
        "range_strided",
        {"    return": ONLY_STRIDED},
    ),
    ("f_for_both_axes", {"kh, kw, C), (": "kh, kh, C), ("}),
    ("mean_for_sum", {"Z + b": "Z / W[..., 0].size + b"}),
    ("size_plus_one_missing", {"// sh + 1": "// sh", "// sw + 1": "// sw"}),
    ("first_example_only", {"    Z = ": "    windows = windows[[0] * m]\n    Z = "}),
]
POOL = """
import numpy as np

def pool_forward(A_prev, kernel_shape, stride=(1, 1), mode="max"):
    m, H, V, C = A_prev.shape
    (kh, kw), (sh, sw) = kernel_shape, stride
    oh, ow = (H - kh) // sh + 1, (V - kw) // sw + 1
    out = np.zeros((m, oh, ow, C))
    for y in range(oh):
        for x in range(ow):
            part = A_prev[:, y * sh:y * sh + kh, x * sw:x * sw + kw]
            out[:, y, x] = part.max(axis=(1, 2)) if mode == "max" else part.mean(axis=(1, 2))
    return out
"""
POOL_TAPS = """
import numpy as np

def pool_forward(A_prev, kernel_shape, stride=(1, 1), mode="max"):
    m, H, V, C = A_prev.shape
    (kh, kw), (sh, sw) = kernel_shape, stride
    oh, ow = (H - kh) // sh + 1, (V - kw) // sw + 1
    part = np.stack(
        [A_prev[:, p:p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw] for p in range(kh) for q in range(kw)]
    )
    out = part.max(axis=0) if mode == "max" else part.mean(axis=0)
    return out
"""
POOL_VIEWS = """
import numpy as np

def pool_forward(A_prev, kernel_shape, stride=(1, 1), mode="max"):
    m, H, V, C = A_prev.shape
    (kh, kw), (sh, sw) = kernel_shape, stride
    oh, ow = (H - kh) // sh + 1, (V - kw) // sw + 1
    to_m, to_y, to_x, to_c = A_prev.strides
    part = np.lib.stride_tricks.as_strided(
        A_prev, (m, oh, ow, kh, kw, C), (to_m, to_y * sh, to_x * sw, to_y, to_x, to_c)
    )
    out = part.max(axis=(3, 4)) if mode == "max" else part.mean(axis=(3, 4))
    return out
"""
POOL_ALL: Mistakes = [
    ("mode_ignored", {"part.mean": "part.max"}),
    ("mode_ignored", {'mode == "max"': "False"}),
    ("modes_swapped", {'mode == "max"': 'mode != "max"'}),
    ("sum_for_mean", {"part.mean": "part.sum"}),
    ("min_for_max", {"part.max": "part.min"}),
    ("max_from_zero", {"    return out": "    return np.maximum(out, 0) if mode == 'max' else out"}),
    ("integer_output", {"return out": "return out.astype(int)"}),
    ("axes_order", {"return out": "return np.moveaxis(out, 3, 1)"}),
    ("first_channel_only", {"return out": "return np.repeat(out[..., :1], C, axis=3)"}),
    ("rows_cols_swapped", {"(sh, sw) =": "(sw, sh) ="}),
    ("rows_cols_swapped", {"(kh, kw), (sh": "(kw, kh), (sh"}),
    ("size_plus_one_missing", {"// sh + 1": "// sh", "// sw + 1": "// sw"}),
    ("input_changed", {"    return": "    A_prev *= 2\n    return"}),
]
IN_POOL: Mistakes = [
    *POOL_ALL,
    ("rows_cols_swapped", {"x * sw:x * sw": "x * sh:x * sh"}),
    ("stride_missing", {"y * sh:y * sh + kh, x * sw:x * sw + kw": "y:y + kh, x:x + kw"}),
    ("stride_rows_missing", {"y * sh:y * sh + kh": "y:y + kh"}),
    ("stride_cols_missing", {"x * sw:x * sw + kw": "x:x + kw"}),
    ("f_for_both_axes", {"x * sw + kw": "x * sw + kh"}),
    ("first_example_only", {"A_prev[:, y": "A_prev[:1, y"}),
]
IN_POOL_TAPS: Mistakes = [
    *POOL_ALL,
    ("stride_missing", {"p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw": "p + oh, q:q + ow"}),
    ("stride_rows_missing", {"p + sh * (oh - 1) + 1:sh": "p + oh"}),
    ("stride_cols_missing", {"q + sw * (ow - 1) + 1:sw": "q + ow"}),
    ("f_for_both_axes", {"q in range(kw)": "q in range(kh)"}),
    ("first_example_only", {"A_prev[:, p": "A_prev[[0] * m, p"}),
]
IN_POOL_VIEWS: Mistakes = [
    *POOL_ALL,
    ("stride_missing", {"to_y * sh, to_x * sw": "to_y, to_x"}),
    ("stride_rows_missing", {"to_y * sh,": "to_y,"}),
    ("stride_cols_missing", {"to_x * sw,": "to_x,"}),
    ("f_for_both_axes", {"(kh, kw), (": "(kh, _), (", "    oh": "    kw = kh\n    oh"}),
    ("first_example_only", {"(to_m,": "(0 * to_m,"}),
]
CONV_BACK = f"""
import numpy as np

def conv_backward(dZ, A_prev, W, b, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
{SAME}    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for y in range(dZ.shape[1]):
        for x in range(dZ.shape[2]):
            at = np.s_[:, y * sh:y * sh + kh, x * sw:x * sw + kw]
            dX[at] += np.einsum("pqkc,ic->ipqk", W, dZ[:, y, x])
            dW += np.einsum("ipqk,ic->pqkc", X[at], dZ[:, y, x])
    db = np.sum(dZ, axis=(0, 1, 2), keepdims=True)
    return dX[:, ph:ph + H, pw:pw + V], dW, db
"""
CONV_BACK_TAPS = f"""
import numpy as np

def conv_backward(dZ, A_prev, W, b, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
    _, oh, ow, _ = dZ.shape
{SAME}    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for p in range(kh):
        for q in range(kw):
            at = np.s_[:, p:p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw]
            dX[at] += dZ @ W[p, q].T
            dW[p, q] = np.tensordot(X[at], dZ, axes=((0, 1, 2), (0, 1, 2)))
    db = np.sum(dZ, axis=(0, 1, 2), keepdims=True)
    return dX[:, ph:ph + H, pw:pw + V], dW, db
"""
CONV_BACK_VIEWS = f"""
import numpy as np

def conv_backward(dZ, A_prev, W, b, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
    _, oh, ow, _ = dZ.shape
{SAME}    to_m, to_y, to_x, to_c = X.strides
    shape, strides = (m, oh, ow, kh, kw, C), (to_m, to_y * sh, to_x * sw, to_y, to_x, to_c)
    windows = np.lib.stride_tricks.as_strided(X, shape, strides)
    dW = np.tensordot(windows, dZ, axes=((0, 1, 2), (0, 1, 2)))
    db = np.sum(dZ, axis=(0, 1, 2), keepdims=True)
    dX = np.zeros(X.shape)
    into = np.lib.stride_tricks.as_strided(dX, shape, strides)
    share = np.einsum("pqkc,ihwc->ihwpqk", W, dZ)
    for h, w in np.ndindex(oh, ow):
        into[:, h, w] += share[:, h, w]
    return dX[:, ph:ph + H, pw:pw + V], dW, db
"""
BACK = "return dX[:, ph:ph + H, pw:pw + V], dW, db"
BACK_ALL: Mistakes = [
    ("db_averaged", {BACK: BACK + " / m"}),
    ("dW_averaged", {BACK: BACK.replace("dW", "dW / m")}),
    ("dA_averaged", {BACK: BACK.replace("V]", "V] / m")}),
    ("dA_not_cut", {"dX[:, ph:ph + H, pw:pw + V]": "dX"}),
    ("dA_not_cut", {"dX[:, ph:ph + H, pw:pw + V]": "dX[:, :H, :V]"}),
    ("db_overwritten", {"np.sum(dZ, axis=(0, 1, 2), keepdims=True)": "np.sum(dZ[-1:], axis=(0, 1, 2), keepdims=True)"}),
    ("gradient_zero", {BACK: BACK.replace("dW", "0 * dW")}),
    ("pad_constant", {"(0, 0)))\n": "(0, 0)), constant_values=1)\n"}),
    ("dA_starts_from_A_prev", {"np.zeros(X.shape)": "X.copy()"}),
    ("input_changed", {"    return": "    W *= 2\n    return"}),
]
IN_CONV_BACK: Mistakes = [
    *BACK_ALL,
    ("dW_overwritten", {"dW +=": "dW ="}),
    ("dA_overwritten", {"dX[at] +=": "dX[at] ="}),
    ("stride_missing", {"y * sh:y * sh + kh, x * sw:x * sw + kw": "y:y + kh, x:x + kw"}),
    ("filter_flipped", {'ipqk", W,': 'ipqk", W[::-1, ::-1],'}),
    ("filter_index_wrong", {'ipqk", W,': 'ipqk", W[..., [0] * n_C],'}),
]
IN_CONV_BACK_TAPS: Mistakes = [
    *BACK_ALL,
    ("dW_overwritten", {"X[at], dZ, axes=((0, 1, 2), (0, 1, 2))": "X[at][-1], dZ[-1], axes=((0, 1), (0, 1))"}),
    ("dA_overwritten", {"dX[at] +=": "dX[at] ="}),
    ("stride_missing", {"p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw": "p + oh, q:q + ow"}),
    ("filter_flipped", {"W[p, q].T": "W[kh - 1 - p, kw - 1 - q].T"}),
    ("filter_index_wrong", {"W[p, q].T": "W[p, q][:, [0] * n_C].T"}),
]
IN_CONV_BACK_VIEWS: Mistakes = [
    *BACK_ALL,
    ("dW_overwritten", {"windows, dZ, axes=((0, 1, 2), (0, 1, 2))": "windows[-1], dZ[-1], axes=((0, 1), (0, 1))"}),
    ("dA_overwritten", {"] += share": "] = share"}),
    ("stride_missing", {"to_y * sh, to_x * sw": "to_y, to_x"}),
    ("filter_flipped", {'hwpqk", W,': 'hwpqk", W[::-1, ::-1],'}),
    ("filter_index_wrong", {'hwpqk", W,': 'hwpqk", W[..., [0] * n_C],'}),
]
POOL_BACK = """
import numpy as np

def pool_backward(dA, A_prev, kernel_shape, stride=(1, 1), mode="max"):
    (kh, kw), (sh, sw) = kernel_shape, stride
    out = np.zeros(A_prev.shape)
    for i, y, x, c in np.ndindex(*dA.shape):
        at = np.s_[i, y * sh:y * sh + kh, x * sw:x * sw + kw, c]
        part = A_prev[at]
        if mode == "max":
            out[at] += (part == part.max()) * dA[i, y, x, c]
        else:
            out[at] += dA[i, y, x, c] / (kh * kw)
    return out
"""
POOL_BACK_TAPS = """
import numpy as np

def pool_backward(dA, A_prev, kernel_shape, stride=(1, 1), mode="max"):
    (kh, kw), (sh, sw) = kernel_shape, stride
    _, oh, ow, _ = dA.shape
    taps = [np.s_[:, p:p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw] for p in range(kh) for q in range(kw)]
    part = np.stack([A_prev[at] for at in taps])
    out = np.zeros(A_prev.shape)
    for values, at in zip(part, taps):
        out[at] += (values == part.max(axis=0)) * dA if mode == "max" else dA / (kh * kw)
    return out
"""
POOL_BACK_VIEWS = """
import numpy as np

def pool_backward(dA, A_prev, kernel_shape, stride=(1, 1), mode="max"):
    (kh, kw), (sh, sw) = kernel_shape, stride
    m, oh, ow, C = dA.shape
    out = np.zeros(A_prev.shape)
    to_m, to_y, to_x, to_c = A_prev.strides
    shape, strides = (m, oh, ow, kh, kw, C), (to_m, to_y * sh, to_x * sw, to_y, to_x, to_c)
    part = np.lib.stride_tricks.as_strided(A_prev, shape, strides)
    into = np.lib.stride_tricks.as_strided(out, shape, strides)
    share = part == part.max(axis=(3, 4), keepdims=True) if mode == "max" else np.full(shape, 1 / (kh * kw))
    for h, w in np.ndindex(oh, ow):
        into[:, h, w] += share[:, h, w] * dA[:, h, w, None, None]
    return out
"""
POOL_BACK_ALL: Mistakes = [
    ("modes_swapped", {'mode == "max"': 'mode != "max"'}),
    ("mode_ignored", {'mode == "max"': "True"}),
    ("mask_of_smallest", {"part.max": "part.min"}),
    ("dA_starts_from_A_prev", {"np.zeros(A_prev.shape)": "A_prev.copy()"}),
    ("input_changed", {"    return": "    dA *= 2\n    return"}),
]
IN_POOL_BACK: Mistakes = [
    *POOL_BACK_ALL,
    ("average_not_divided", {" / (kh * kw)": ""}),
    ("wrong_count", {"(kh * kw)": "kh"}),
    ("dA_overwritten", {"+=": "="}),
    ("stride_missing", {"y * sh:y * sh + kh, x * sw:x * sw + kw": "y:y + kh, x:x + kw"}),
    ("mask_missing", {"(part == part.max()) * ": ""}),
    ("mask_without_dA", {"(part == part.max()) * dA[i, y, x, c]": "part == part.max()"}),
]
IN_POOL_BACK_TAPS: Mistakes = [
    *POOL_BACK_ALL,
    ("average_not_divided", {" / (kh * kw)": ""}),
    ("wrong_count", {"(kh * kw)": "kh"}),
    ("dA_overwritten", {"+=": "="}),
    ("stride_missing", {"p + sh * (oh - 1) + 1:sh, q:q + sw * (ow - 1) + 1:sw": "p + oh, q:q + ow"}),
    ("mask_missing", {"(values == part.max(axis=0)) * ": ""}),
    ("mask_without_dA", {"== part.max(axis=0)) * dA": "== part.max(axis=0))"}),
]
IN_POOL_BACK_VIEWS: Mistakes = [
    *POOL_BACK_ALL,
    ("average_not_divided", {"1 / (kh * kw)": "1"}),
    ("wrong_count", {"(kh * kw)": "kh"}),
    ("dA_overwritten", {"] += share": "] = share"}),
    ("stride_missing", {"to_y * sh, to_x * sw": "to_y, to_x"}),
    ("mask_missing", {"part == part.max(axis=(3, 4), keepdims=True)": "np.ones(shape)"}),
    ("mask_without_dA", {"* dA[:, h, w, None, None]": "* (1 if mode == 'max' else dA[:, h, w, None, None])"}),
]
PLAIN = """
import numpy as np

def conv2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = np.sum(image[y:y + kh, x:x + kw] * kernel)
    return out
"""
PLAIN_TAPS = """
import numpy as np

def conv2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for p in range(kh):
        for q in range(kw):
            out += kernel[p, q] * image[p:p + H - kh + 1, q:q + W - kw + 1]
    return out
"""
PLAIN_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def conv2d(image, kernel):
    kh, kw = kernel.shape
    windows = sliding_window_view(image, (kh, kw))
    out = (windows * kernel).sum(axis=(2, 3))
    return out
"""
PLAIN_ALL: Mistakes = [
    ("filter_flipped", {"    kh, kw = kernel.shape": "    kernel = np.flip(kernel)\n    kh, kw = kernel.shape"}),
    ("integer_output", {"return out": "return out.astype(int)"}),
    ("mean_for_sum", {"return out": "return out / kernel.size"}),
    ("relu_applied", {"return out": "return np.maximum(out, 0)"}),
    ("axes_order", {"return out": "return out.T"}),
    ("n_H_n_W_swapped", {"return out": "return out.reshape(out.shape[::-1])"}),
    ("size_plus_one_missing", {"return out": "return out[:-1, :-1]"}),
    ("range_strided", {"    return": "    out[-1] = 0\n    return"}),
    ("input_changed", {"    return": "    image -= 1\n    return"}),
]
IN_PLAIN: Mistakes = [
    *PLAIN_ALL,
    ("size_plus_one_missing", {"(H - kh + 1, W - kw + 1)": "(H - kh, W - kw)"}),
    ("mean_for_sum", {"np.sum": "np.mean"}),
    ("n_H_n_W_swapped", {"(H - kh + 1, W - kw + 1)": "(H - kh + 1, H - kh + 1)"}),
    ("window_end_short", {"y + kh, x:x + kw] * kernel": "y + kh - 1, x:x + kw - 1] * kernel[:-1, :-1]"}),
    (
        "running_total",
        {"out[y, x] = np.sum(": "t = (t if y + x else 0) + np.sum(", "* kernel)": "* kernel); out[y, x] = t"},
    ),
]
IN_PLAIN_TAPS: Mistakes = [
    *PLAIN_ALL,
    ("window_end_short", {"range(kh)": "range(kh - 1)", "range(kw)": "range(kw - 1)"}),
    ("running_total", {"    return": "    out = out.cumsum().reshape(out.shape)\n    return"}),
]
IN_PLAIN_VIEWS: Mistakes = [
    *PLAIN_ALL,
    ("window_end_short", {"(windows * kernel)": "(windows * kernel)[..., :-1, :-1]"}),
    ("running_total", {"    return": "    out = out.cumsum().reshape(out.shape)\n    return"}),
]
STYLES = tuple(
    Style(function, f"{form} {style}", code, mistakes)
    for function, form, three in (
        ("conv_forward", "Holberton", ((CONV, IN_CONV), (CONV_TAPS, IN_CONV_TAPS), (CONV_VIEWS, IN_CONV_VIEWS))),
        ("pool_forward", "Holberton", ((POOL, IN_POOL), (POOL_TAPS, IN_POOL_TAPS), (POOL_VIEWS, IN_POOL_VIEWS))),
        (
            "conv_backward",
            "Holberton",
            ((CONV_BACK, IN_CONV_BACK), (CONV_BACK_TAPS, IN_CONV_BACK_TAPS), (CONV_BACK_VIEWS, IN_CONV_BACK_VIEWS)),
        ),
        (
            "pool_backward",
            "Holberton",
            ((POOL_BACK, IN_POOL_BACK), (POOL_BACK_TAPS, IN_POOL_BACK_TAPS), (POOL_BACK_VIEWS, IN_POOL_BACK_VIEWS)),
        ),
        ("conv2d", "plain", ((PLAIN, IN_PLAIN), (PLAIN_TAPS, IN_PLAIN_TAPS), (PLAIN_VIEWS, IN_PLAIN_VIEWS))),
    )
    for style, (code, mistakes) in zip((LOOPS, TAPS, VIEWS), three, strict=True)
)
