"""Mistakes planted in pools, backward passes, CS231n's, Holberton's and plain functions."""

from __future__ import annotations

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
POOL_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def pool_forward(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    m, H, V, C = A_prev.shape
    n_H, n_W = (H - f) // s + 1, (V - f) // s + 1
    win = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    return (np.max if mode == "max" else np.mean)(win, axis=(4, 5))
"""
CONV_BACK = """
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
CONV_BACK_EINSUM = """
import numpy as np

def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    m, H, V, C = A_prev.shape
    f, s, p = W.shape[0], hparameters["stride"], hparameters["pad"]
    _, n_H, n_W, _ = dZ.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    for q in range(f):
        for r in range(f):
            at = np.s_[:, q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s]
            dX[at] += dZ @ W[q, r].T
            dW[q, r] = np.einsum("iyxk,iyxc->kc", X[at], dZ)
    db = dZ.sum(axis=(0, 1, 2))
    return dX[:, p:p + H, p:p + V], dW, db.reshape(b.shape)
"""
POOL_BACK = """
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
                    else:
                        dA_prev[i, y:y + f, x:x + f, c] += np.ones((f, f)) * dA[i, h, w, c] / (f * f)
    return dA_prev
"""
POOL_TAPS = """
import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    m, H, V, C = A_prev.shape
    n_H, n_W = (H - f) // s + 1, (V - f) // s + 1
    rows, cols = s * (n_H - 1) + 1, s * (n_W - 1) + 1
    taps = [A_prev[:, q:q + rows:s, r:r + cols:s] for q in range(f) for r in range(f)]
    A = np.max(taps, axis=0) if mode == "max" else np.sum(taps, axis=0) / len(taps)
    return A
"""
CONV_BACK_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    m, H, V, C = A_prev.shape
    f, s, p = W.shape[0], hparameters["stride"], hparameters["pad"]
    _, n_H, n_W, n_C = dZ.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    windows = sliding_window_view(X, (f, f), axis=(1, 2))[:, ::s, ::s]
    dW = np.einsum("mhwkij,mhwc->ijkc", windows, dZ)
    spread = np.zeros((m, X.shape[1] + f - 1, X.shape[2] + f - 1, n_C))
    spread[:, f - 1:f + s * (n_H - 1):s, f - 1:f + s * (n_W - 1):s] = dZ
    dX = np.einsum("mhwcij,ijkc->mhwk", sliding_window_view(spread, (f, f), axis=(1, 2)), W[::-1, ::-1])
    db = dZ.sum(axis=(0, 1, 2), keepdims=True)
    return dX[:, p:p + H, p:p + V], dW, db
"""
POOL_BACK_TAPS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    A = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s].max(axis=(4, 5))
    dX = np.zeros(A_prev.shape)
    for q in range(f):
        for r in range(f):
            at = np.s_[:, q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s]
            dX[at] += (A_prev[at] == A) * dA if mode == "max" else dA / (f * f)
    return dX
"""
CS_CONV = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for k in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    part = xp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, k, i, j] = np.sum(part * w[k]) + b[k]
    return out, (x, w, b, conv_param)
"""
CS_POOL = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i * s:i * s + ph, j * s:j * s + pw].max(axis=(2, 3))
    return out, (x, pool_param)
"""
CS_CONV_BACK = """
import numpy as np

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros(F)
    for n in range(N):
        for k in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    at = np.s_[n, :, i * s:i * s + HH, j * s:j * s + WW]
                    dxp[at] += w[k] * dout[n, k, i, j]
                    dw[k] += xp[at] * dout[n, k, i, j]
                    db[k] += dout[n, k, i, j]
    return dxp[:, :, p:p + H, p:p + W], dw, db
"""
CS_POOL_BACK = """
import numpy as np

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        part = x[n, c, i * s:i * s + ph, j * s:j * s + pw]
        r, q = np.unravel_index(part.argmax(), part.shape)
        dx[n, c, i * s + r, j * s + q] += dout[n, c, i, j]
    return dx
"""
HOLBERTON_CONV = """
import numpy as np

def conv_forward(A_prev, W, b, activation, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
    ph = pw = 0
    if padding == "same":
        ph, pw = ((H - 1) * sh + kh - H) // 2, ((V - 1) * sw + kw - V) // 2
    X = np.pad(A_prev, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    oh, ow = (H + 2 * ph - kh) // sh + 1, (V + 2 * pw - kw) // sw + 1
    Z = np.zeros((m, oh, ow, n_C))
    for y in range(oh):
        for x in range(ow):
            for k in range(n_C):
                part = X[:, y * sh:y * sh + kh, x * sw:x * sw + kw]
                Z[:, y, x, k] = np.sum(part * W[:, :, :, k], axis=(1, 2, 3))
    return activation(Z + b)
"""
HOLBERTON_POOL = """
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
HOLBERTON_CONV_BACK = """
import numpy as np

def conv_backward(dZ, A_prev, W, b, padding="same", stride=(1, 1)):
    m, H, V, C = A_prev.shape
    kh, kw, _, n_C = W.shape
    sh, sw = stride
    ph = pw = 0
    if padding == "same":
        ph, pw = ((H - 1) * sh + kh - H) // 2, ((V - 1) * sw + kw - V) // 2
    X = np.pad(A_prev, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for y in range(dZ.shape[1]):
        for x in range(dZ.shape[2]):
            at = np.s_[:, y * sh:y * sh + kh, x * sw:x * sw + kw]
            dX[at] += np.einsum("pqkc,ic->ipqk", W, dZ[:, y, x])
            dW += np.einsum("ipqk,ic->pqkc", X[at], dZ[:, y, x])
    db = np.sum(dZ, axis=(0, 1, 2), keepdims=True)
    return dX[:, ph:ph + H, pw:pw + V], dW, db
"""
HOLBERTON_POOL_BACK = """
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
SLICE = "A_prev[i, h * stride:h * stride + f, w * stride:w * stride + f, c]"
SWAPPED = """(
    A_prev[i, w * stride:w * stride + f, h * stride:h * stride + f, c]
    if w * stride < H and h * stride < V
    else np.zeros(1)
)"""
RUNNING = "t = np.sum(part * w[k]) + (t if n + k + i + j else 0); out[n, k, i, j] = t + b[k]"

TIES_FIRST = POOL_BACK.replace("(a == a.max())", "(np.arange(a.size).reshape(a.shape) == a.argmax())")
TIES_ALL = CS_POOL_BACK.replace(
    "dx[n, c, i * s + r, j * s + q] += dout",
    "dx[n, c, i * s:i * s + ph, j * s:j * s + pw] += (part == part.max()) * dout",
)
OTHERS: list[tuple[str, str, str, str, str]] = [
    ("pool_forward", POOL_LOOPS, "stride_missing", SLICE, "A_prev[i, h:h + f, w:w + f, c]"),
    ("pool_forward", POOL_LOOPS, "stride_rows_missing", "h * stride:h * stride + f", "h:h + f"),
    ("pool_forward", POOL_LOOPS, "stride_cols_missing", "w * stride:w * stride + f", "w:w + f"),
    ("pool_forward", POOL_LOOPS, "window_end_short", SLICE, SLICE.replace("+ f", "+ f - 1")),
    (
        "pool_forward",
        POOL_LOOPS,
        "rows_cols_swapped",
        SLICE,
        SWAPPED,
    ),
    ("pool_forward", POOL_LOOPS, "window_end_long", SLICE, SLICE.replace("+ f", "+ f + 1")),
    ("pool_forward", POOL_LOOPS, "first_example_only", "A_prev[i,", "A_prev[0,"),
    ("pool_forward", POOL_LOOPS, "all_channels", "w * stride + f, c]", "w * stride + f, :]"),
    ("pool_forward", POOL_LOOPS, "first_channel_only", "w * stride + f, c]", "w * stride + f, 0]"),
    ("pool_forward", POOL_LOOPS, "mode_ignored", "np.mean(a)", "np.max(a)"),
    ("pool_forward", POOL_LOOPS, "mode_ignored", '"average"', '"avg"'),
    ("pool_forward", POOL_LOOPS, "sum_for_mean", "np.mean(a)", "np.sum(a)"),
    ("pool_forward", POOL_LOOPS, "wrong_count", "np.mean(a)", "np.sum(a) / f"),
    ("pool_forward", POOL_LOOPS, "max_from_zero", "np.max(a)", "max(0, np.max(a))"),
    ("pool_forward", POOL_LOOPS, "min_for_max", "np.max(a)", "np.min(a)"),
    (
        "pool_forward",
        POOL_LOOPS,
        "size_plus_one_missing",
        "stride + 1, (V - f) // stride + 1",
        "stride, (V - f) // stride",
    ),
    (
        "pool_forward",
        POOL_LOOPS,
        "size_ceil",
        "(H - f) // stride + 1, (V - f) // stride + 1",
        "-(-(H - f) // stride) + 1, -(-(V - f) // stride) + 1",
    ),
    ("pool_forward", POOL_LOOPS, "integer_output", "C))", "C), dtype=int)"),
    ("pool_forward", POOL_LOOPS, "return_inside_loop", "    return", "        return"),
    ("pool_forward", POOL_VIEWS, "stride_cols_missing", "[:, ::s, ::s]", "[:, ::s, :n_W]"),
    ("pool_forward", POOL_VIEWS, "stride_rows_missing", "[:, ::s, ::s]", "[:, :n_H, ::s]"),
    ("pool_forward", POOL_VIEWS, "stride_missing", "[:, ::s, ::s]", ""),
    ("pool_forward", POOL_VIEWS, "modes_swapped", '"max" else', '"average" else'),
    ("pool_forward", POOL_VIEWS, "mode_ignored", "np.mean)", "np.max)"),
    ("pool_forward", POOL_VIEWS, "sum_for_mean", "np.mean)", "np.sum)"),
    ("pool_forward", POOL_VIEWS, "min_for_max", "(np.max if", "(np.min if"),
    ("pool_forward", POOL_LOOPS, "all_examples", "A_prev[i,", "A_prev[:,"),
    ("pool_forward", POOL_LOOPS, "wrong_count", "np.mean(a)", "np.sum(a) / C"),
    ("pool_forward", POOL_LOOPS, "wrong_count", "np.mean(a)", "np.sum(a) / (n_H * n_W)"),
    (
        "pool_forward",
        POOL_VIEWS,
        "cache_of_views",
        "    return (",
        "    win = win[-1:, -1:, -1:] + 0 * win\n    return (",
    ),
    ("pool_forward", POOL_LOOPS, "all_channels", "np.mean(a)", f"np.mean({SLICE[:-2]}:])"),
    ("conv_forward_naive", CS_CONV, "first_channel_only", "xp[n, :,", "xp[n, :1,"),
    ("conv_backward", CONV_BACK, "dA_averaged", "return dA_prev, dW, db", "return dA_prev / m, dW, db"),
    ("conv_backward", CONV_BACK, "stride_missing", "y:y + f, x:x + f, :] += W", "h:h + f, w:w + f, :] += W"),
    ("conv_backward", CONV_BACK, "stride_missing", "A_pad[i, y:y + f, x:x + f", "A_pad[i, h:h + f, w:w + f"),
    ("pool_backward", POOL_BACK, "dA_index_wrong", "dA[i, h, w, c]", "dA[i, h, w, 0]"),
    ("pool_backward", POOL_BACK, "mask_of_smallest", "(a == a.max())", "(a != a.max())"),
    ("pool_forward", HOLBERTON_POOL, "rows_cols_swapped", "(sh, sw) =", "(sw, sh) ="),
    ("pool_forward", HOLBERTON_POOL, "rows_cols_swapped", "x * sw:x * sw", "x * sh:x * sh"),
    ("conv_backward", CONV_BACK, "dA_index_wrong", "dZ[i, h, w, c]", "dZ[i, h, w, 0]"),
    ("conv_backward", CONV_BACK, "filter_index_wrong", "W[:, :, :, c] *", "W[:, :, :, 0] *"),
    ("conv_backward", CONV_BACK, "gradient_zero", "return dA_prev, dW, db", "return dA_prev, dW * 0, db"),
    ("conv_backward", CONV_BACK, "stride_missing", "h * stride, w * stride", "h, w"),
    ("conv_backward", CONV_BACK, "stride_rows_missing", "h * stride,", "h,"),
    ("conv_backward", CONV_BACK, "stride_cols_missing", ", w * stride", ", w"),
    ("conv_backward", CONV_BACK, "dW_overwritten", "dW[:, :, :, c] +=", "dW[:, :, :, c] ="),
    ("conv_backward", CONV_BACK, "db_overwritten", "db[:, :, :, c] +=", "db[:, :, :, c] ="),
    ("conv_backward", CONV_BACK, "dA_overwritten", "x:x + f, :] += W", "x:x + f, :] = W"),
    ("conv_backward", CONV_BACK, "dA_not_cut", "dA_pad[:, pad:pad + H, pad:pad + V]", "dA_pad[:, :H, :V]"),
    ("conv_backward", CONV_BACK, "dA_not_cut", "dA_pad[:, pad:pad + H, pad:pad + V]", "dA_pad"),
    ("conv_backward", CONV_BACK, "dA_not_cut", "dA_pad[:, pad:pad + H, pad:pad + V]", "dA_pad[:, pad:-pad, pad:-pad]"),
    ("conv_backward", CONV_BACK, "db_averaged", "return dA_prev, dW, db", "return dA_prev, dW, db / m"),
    ("conv_backward", CONV_BACK, "dW_averaged", "return dA_prev, dW, db", "return dA_prev, dW / m, db"),
    ("conv_backward", CONV_BACK, "filter_flipped", "W[:, :, :, c] *", "W[::-1, ::-1, :, c] *"),
    ("conv_backward", CONV_BACK, "filter_transposed", "W[:, :, :, c] *", "W[:, :, :, c].swapaxes(0, 1) *"),
    ("conv_backward", CONV_BACK, "dA_starts_from_A_prev", "np.zeros(A_pad.shape)", "A_pad.copy()"),
    ("conv_backward", CONV_BACK, "first_example_only", "+= A_pad[i,", "+= A_pad[0,"),
    ("conv_backward", CONV_BACK_EINSUM, "filter_flipped", "W[q, r].T", "W[f - 1 - q, f - 1 - r].T"),
    ("conv_backward", CONV_BACK_EINSUM, "db_averaged", "dZ.sum(axis=(0, 1, 2))", "dZ.mean(axis=(0, 1, 2))"),
    ("conv_backward", CONV_BACK_EINSUM, "dA_overwritten", "dX[at] +=", "dX[at] ="),
    ("conv_backward", CONV_BACK_EINSUM, "pad_constant", "(0, 0)))", "(0, 0)), constant_values=1)"),
    ("pool_backward", POOL_BACK, "stride_missing", "h * stride, w * stride", "h, w"),
    ("pool_backward", POOL_BACK, "average_not_divided", " / (f * f)", ""),
    ("pool_backward", POOL_BACK, "wrong_count", " / (f * f)", " / f"),
    ("pool_backward", POOL_BACK, "wrong_count", " / (f * f)", " / n_C"),
    ("pool_backward", POOL_BACK, "first_example_only", "a = A_prev[i,", "a = A_prev[0,"),
    ("pool_backward", POOL_BACK, "mask_of_smallest", "a.max()", "a.min()"),
    ("pool_backward", POOL_BACK, "stride_rows_missing", "h * stride,", "h,"),
    ("pool_backward", POOL_BACK, "stride_cols_missing", ", w * stride", ", w"),
    ("pool_backward", POOL_BACK, "dA_starts_from_A_prev", "np.zeros(A_prev.shape)", "A_prev.copy()"),
    ("pool_backward", POOL_BACK, "mask_missing", "(a == a.max()) * dA", "dA"),
    ("pool_backward", POOL_BACK, "mask_without_dA", "(a == a.max()) * dA[i, h, w, c]", "(a == a.max())"),
    ("pool_backward", POOL_BACK, "mask_of_absolute", "(a == a.max())", "(np.abs(a) == np.abs(a).max())"),
    ("pool_backward", POOL_BACK, "dA_overwritten", "+=", "="),
    ("pool_backward", POOL_BACK, "mode_ignored", 'if mode == "max"', "if True"),
    (
        "conv_forward_naive",
        CS_CONV,
        "stride_missing",
        "i * stride:i * stride + HH, j * stride:j * stride + WW",
        "i:i + HH, j:j + WW",
    ),
    ("conv_forward_naive", CS_CONV, "bias_index_wrong", "b[k]", "b[0]"),
    ("conv_forward_naive", CS_CONV, "bias_per_tap", "np.sum(part * w[k]) + b[k]", "np.sum(part * w[k] + b[k])"),
    ("conv_forward_naive", CS_CONV, "filter_flipped", "w[k])", "w[k, :, ::-1, ::-1])"),
    ("conv_forward_naive", CS_CONV, "first_channel_only", "part * w[k]", "part[0] * w[k, 0]"),
    ("conv_forward_naive", CS_CONV, "axes_order", "return out,", "return np.moveaxis(out, 1, 3),"),
    (
        "conv_forward_naive",
        CS_CONV,
        "size_pad_once",
        "H + 2 * pad - HH) // stride, 1 + (W + 2 * pad",
        "H + pad - HH) // stride, 1 + (W + pad",
    ),
    (
        "conv_forward_naive",
        CS_CONV,
        "running_total",
        "out[n, k, i, j] = np.sum(part * w[k]) + b[k]",
        RUNNING,
    ),
    ("max_pool_forward_naive", CS_POOL, "stride_cols_missing", "j * s:j * s + pw", "j:j + pw"),
    ("max_pool_forward_naive", CS_POOL, "f_for_both_axes", "j * s + pw]", "j * s + ph]"),
    ("max_pool_forward_naive", CS_POOL, "max_from_zero", ".max(axis=(2, 3))", ".max(axis=(2, 3), initial=0)"),
    ("conv_backward_naive", CS_CONV_BACK, "dW_overwritten", "dw[k] +=", "dw[k] ="),
    ("conv_backward_naive", CS_CONV_BACK, "stride_rows_missing", "i * s:i * s + HH", "i:i + HH"),
    ("max_pool_backward_naive", CS_POOL_BACK, "dA_overwritten", "+=", "="),
    ("max_pool_backward_naive", CS_POOL_BACK, "mask_of_smallest", "argmax", "argmin"),
    ("conv_forward", HOLBERTON_CONV, "bias_missing", "Z + b", "Z"),
    ("conv_forward", HOLBERTON_CONV, "filter_index_wrong", "W[:, :, :, k]", "W[:, :, :, 0]"),
    ("conv_forward", HOLBERTON_CONV, "stride_rows_missing", "y * sh:y * sh + kh", "y:y + kh"),
    ("conv_forward", HOLBERTON_CONV, "pad_missing", "(ph, ph), (pw, pw)", "(0, 2 * ph), (0, 2 * pw)"),
    ("pool_forward", HOLBERTON_POOL, "stride_missing", "y * sh:y * sh + kh, x * sw:x * sw + kw", "y:y + kh, x:x + kw"),
    ("pool_forward", HOLBERTON_POOL, "mode_ignored", "part.mean", "part.max"),
    (
        "conv_backward",
        HOLBERTON_CONV_BACK,
        "db_averaged",
        "return dX[:, ph:ph + H, pw:pw + V], dW, db",
        "return dX[:, ph:ph + H, pw:pw + V], dW, db / m",
    ),
    ("conv_backward", HOLBERTON_CONV_BACK, "dW_overwritten", "dW +=", "dW ="),
    ("pool_backward", HOLBERTON_POOL_BACK, "average_not_divided", " / (kh * kw)", ""),
    ("pool_backward", HOLBERTON_POOL_BACK, "dA_overwritten", "+=", "="),
    ("conv2d", PLAIN, "filter_flipped", "* kernel)", "* kernel[::-1, ::-1])"),
    ("conv2d", PLAIN, "size_plus_one_missing", "(H - kh + 1, W - kw + 1)", "(H - kh, W - kw)"),
    ("conv2d", PLAIN, "mean_for_sum", "np.sum", "np.mean"),
    ("conv2d", PLAIN, "n_H_n_W_swapped", "(H - kh + 1, W - kw + 1)", "(H - kh + 1, H - kh + 1)"),
    ("pool_forward", POOL_TAPS, "stride_missing", "q + rows:s, r:r + cols:s", "q + n_H, r:r + n_W"),
    ("pool_forward", POOL_TAPS, "stride_rows_missing", "q + rows:s", "q + n_H"),
    ("pool_forward", POOL_TAPS, "stride_cols_missing", "r + cols:s", "r + n_W"),
    ("pool_forward", POOL_TAPS, "mode_ignored", 'np.max(taps, axis=0) if mode == "max" else ', ""),
    ("pool_forward", POOL_TAPS, "modes_swapped", '== "max"', '!= "max"'),
    ("pool_forward", POOL_TAPS, "sum_for_mean", " / len(taps)", ""),
    ("pool_forward", POOL_TAPS, "wrong_count", "len(taps)", "f"),
    ("pool_forward", POOL_TAPS, "min_for_max", "np.max(", "np.min("),
    ("pool_forward", POOL_TAPS, "max_from_zero", "np.max(taps, axis=0)", "np.max(taps, axis=0, initial=0)"),
    ("pool_forward", POOL_TAPS, "window_end_short", "in range(f)]", "in range(f) if q < f - 1 and r < f - 1]"),
    ("pool_forward", POOL_TAPS, "first_example_only", "return A", "return np.repeat(A[:1], m, axis=0)"),
    ("pool_forward", POOL_TAPS, "first_channel_only", "return A", "return np.repeat(A[..., :1], C, axis=3)"),
    ("pool_forward", POOL_TAPS, "integer_output", "return A", "return A.astype(int)"),
    (
        "pool_forward",
        POOL_VIEWS,
        "max_from_zero",
        "axis=(4, 5))",
        "axis=(4, 5), **({'initial': 0} if mode == 'max' else {}))",
    ),
    ("pool_forward", POOL_VIEWS, "window_end_short", "return (np.max", "win = win[..., :-1, :-1]\n    return (np.max"),
    ("pool_forward", POOL_VIEWS, "size_plus_one_missing", "[:, ::s, ::s]", "[:, ::s, ::s][:, :-1, :-1]"),
    ("conv_backward", CONV_BACK_EINSUM, "dA_averaged", "p:p + V], dW", "p:p + V] / m, dW"),
    ("conv_backward", CONV_BACK_EINSUM, "dW_averaged", "p:p + V], dW", "p:p + V], dW / m"),
    ("conv_backward", CONV_BACK_EINSUM, "dA_not_cut", "dX[:, p:p + H, p:p + V]", "dX"),
    ("conv_backward", CONV_BACK_EINSUM, "filter_transposed", "W[q, r].T", "W[r, q].T"),
    ("conv_backward", CONV_BACK_EINSUM, "dA_starts_from_A_prev", "np.zeros_like(X)", "X.copy()"),
    ("conv_backward", CONV_BACK_EINSUM, "gradient_zero", "p:p + V], dW", "p:p + V], np.zeros_like(W)"),
    (
        "conv_backward",
        CONV_BACK_EINSUM,
        "stride_missing",
        "n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s",
        "0) + n_H, r:r + n_W",
    ),
    ("conv_backward", CONV_BACK_VIEWS, "dA_averaged", "p:p + V], dW", "p:p + V] / m, dW"),
    ("conv_backward", CONV_BACK_VIEWS, "dW_averaged", "p:p + V], dW", "p:p + V], dW / m"),
    ("conv_backward", CONV_BACK_VIEWS, "db_averaged", "dZ.sum(", "dZ.mean("),
    ("conv_backward", CONV_BACK_VIEWS, "dA_not_cut", "dX[:, p:p + H, p:p + V]", "dX[:, :H, :V]"),
    ("conv_backward", CONV_BACK_VIEWS, "filter_flipped", "W[::-1, ::-1]", "W"),
    ("conv_backward", CONV_BACK_VIEWS, "filter_transposed", "W[::-1, ::-1]", "W[::-1, ::-1].swapaxes(0, 1)"),
    ("conv_backward", CONV_BACK_VIEWS, "pad_constant", "(0, 0)))", "(0, 0)), constant_values=1)"),
    ("conv_backward", CONV_BACK_VIEWS, "gradient_zero", "p:p + V], dW", "p:p + V], np.zeros_like(W)"),
    ("pool_backward", POOL_BACK_TAPS, "average_not_divided", " / (f * f)", ""),
    ("pool_backward", POOL_BACK_TAPS, "wrong_count", "(f * f)", "f"),
    ("pool_backward", POOL_BACK_TAPS, "mask_of_smallest", ".max(axis", ".min(axis"),
    ("pool_backward", POOL_BACK_TAPS, "mask_missing", "(A_prev[at] == A) * dA", "dA"),
    ("pool_backward", POOL_BACK_TAPS, "mask_without_dA", "(A_prev[at] == A) * dA", "(A_prev[at] == A)"),
    ("pool_backward", POOL_BACK_TAPS, "dA_starts_from_A_prev", "np.zeros(A_prev.shape)", "A_prev.copy()"),
    ("pool_backward", POOL_BACK_TAPS, "mode_ignored", 'mode == "max"', "True"),
    (
        "conv_backward",
        CONV_BACK_EINSUM,
        "filter_index_wrong",
        "W[q, r].T",
        "np.repeat(W[q, r][:, :1], dZ.shape[3], axis=1).T",
    ),
    (
        "conv_backward",
        CONV_BACK_VIEWS,
        "filter_index_wrong",
        "W[::-1, ::-1]",
        "np.repeat(W[::-1, ::-1, :, :1], n_C, axis=3)",
    ),
    ("conv_backward", CONV_BACK_EINSUM, "first_example_only", "X[at], dZ", "np.repeat(X[at][:1], m, axis=0), dZ"),
    ("conv_backward", CONV_BACK_VIEWS, "first_example_only", "windows, dZ", "np.repeat(windows[:1], m, axis=0), dZ"),
    ("conv_backward", CONV_BACK_EINSUM, "db_overwritten", "dZ.sum(axis=(0, 1, 2))", "dZ[-1, -1, -1]"),
    ("conv_backward", CONV_BACK_VIEWS, "db_overwritten", "dZ.sum(axis=(0, 1, 2), keepdims=True)", "dZ[-1:, -1:, -1:]"),
    ("conv_backward", CONV_BACK_EINSUM, "stride_rows_missing", "q + s * (n_H - 1) + 1:s", "q + n_H"),
    ("conv_backward", CONV_BACK_EINSUM, "stride_cols_missing", "r + s * (n_W - 1) + 1:s", "r + n_W"),
    ("conv_backward", CONV_BACK_VIEWS, "stride_missing", "[:, ::s, ::s]", "[:, :n_H, :n_W]"),
    ("conv_backward", CONV_BACK, "pad_constant", "(0, 0)))", "(0, 0)), constant_values=1)"),
]
"""Function, right code, kind, and which part is replaced by which."""
RIGHT = {(function, code) for function, code, *_ in OTHERS}
"""Every function with its right code."""
