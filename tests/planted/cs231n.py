"""Mistakes planted in CS231n's functions, Holberton's and a plain conv2d, in three styles."""

from __future__ import annotations

from planted.styles import LOOPS, TAPS, VIEWS, Style

Mistakes = list[tuple[str, dict[str, str]]]

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
CS_CONV_TAPS = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo))
    for i in range(HH):
        for j in range(WW):
            part = xp[:, :, i:i + stride * Ho:stride, j:j + stride * Wo:stride][:, :, :Ho, :Wo]
            out += np.einsum("nchw,fc->nfhw", part, w[:, :, i, j])
    out += b[:, None, None]
    return out, (x, w, b, conv_param)
"""
CS_CONV_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    win = sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]
    cols = win.transpose(0, 2, 3, 1, 4, 5).reshape(N * Ho * Wo, -1)
    out = cols @ w.reshape(F, -1).T + b
    out = out.reshape(N, Ho, Wo, F).transpose(0, 3, 1, 2)
    return out, (x, w, b, conv_param)
"""
CS_PAD = "((0, 0), (0, 0), (pad, pad), (pad, pad))"
CS_SIZES = "1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride"
CS_CONV_ALL: Mistakes = [
    ("size_plus_one_missing", {CS_SIZES: CS_SIZES.replace("1 + (", "(")}),
    ("pad_missing", {f"np.pad(x, {CS_PAD})": "x", CS_SIZES: CS_SIZES.replace(" + 2 * pad", "")}),
    ("pad_one_axis", {CS_PAD: "((0, 0), (0, 0), (pad, pad), (0, 2 * pad))"}),
    ("pad_before_only", {CS_PAD: "((0, 0), (0, 0), (2 * pad, 0), (2 * pad, 0))"}),
    ("pad_constant", {f"{CS_PAD})": f"{CS_PAD}, mode='edge')"}),
    ("pad_wrong_axes", {CS_PAD: "((0, 0), (pad, pad), (pad, pad), (0, 0))"}),
    ("axes_order", {"return out,": "return out.transpose(0, 2, 3, 1),"}),
    ("axes_order", {"N, C, H, W = x": "N, H, W, C = x"}),
    ("relu_applied", {"return out,": "return np.maximum(out, 0),"}),
    ("integer_output", {"return out,": "return out.astype(int),"}),
    ("input_changed", {"    xp =": "    x *= 2\n    xp ="}),
]
CS_CONV_LOOPS: Mistakes = [
    *CS_CONV_ALL,
    ("stride_missing", {"i * stride:i * stride + HH, j * stride:j * stride + WW": "i:i + HH, j:j + WW"}),
    ("stride_rows_missing", {"i * stride:i * stride + HH": "i:i + HH"}),
    ("stride_cols_missing", {"j * stride:j * stride + WW": "j:j + WW"}),
    ("f_for_both_axes", {"j * stride + WW": "j * stride + HH"}),
    ("f_for_both_axes", {"WW) // stride": "HH) // stride", "j * stride + WW": "j * stride + HH"}),
    ("f_for_stride", {"i * stride:i * stride + HH, j * stride:j * stride": "i * HH:i * HH + HH, j * WW:j * WW"}),
    ("n_H_n_W_swapped", {"(N, F, Ho, Wo)": "(N, F, Wo, Ho)", "out[n, k, i, j]": "out[n, k, j, i]"}),
    ("size_pad_once", {CS_SIZES: CS_SIZES.replace("2 * pad", "pad")}),
    ("bias_missing", {" + b[k]": ""}),
    ("bias_index_wrong", {"b[k]": "b[0]"}),
    ("bias_per_tap", {"np.sum(part * w[k]) + b[k]": "np.sum(part * w[k] + b[k])"}),
    ("filter_flipped", {"w[k])": "w[k, :, ::-1, ::-1])"}),
    ("filter_index_wrong", {"w[k])": "w[0])"}),
    ("first_channel_only", {"part * w[k]": "part[0] * w[k, 0]"}),
    ("first_channel_only", {"xp[n, :,": "xp[n, :1,"}),
    ("mean_for_sum", {"np.sum(": "np.mean("}),
    ("first_example_only", {"xp[n,": "xp[0,"}),
    ("all_examples", {"xp[n,": "xp[:,"}),
    ("return_inside_loop", {"    return": "        return"}),
    ("output_overwritten", {"out[n, k, i, j] =": "out ="}),
    (
        "running_total",
        {
            "out[n, k, i, j] = np.sum(part * w[k]) + b[k]": (
                "t = np.sum(part * w[k]) + (t if n + k + i + j else 0); out[n, k, i, j] = t + b[k]"
            )
        },
    ),
]
CS_CONV_BY_TAPS: Mistakes = [
    *CS_CONV_ALL,
    ("stride_missing", {"i + stride * Ho:stride, j:j + stride * Wo:stride": "i + Ho, j:j + Wo"}),
    ("stride_rows_missing", {"i + stride * Ho:stride": "i + Ho"}),
    ("stride_cols_missing", {"j + stride * Wo:stride": "j + Wo"}),
    ("f_for_both_axes", {"range(WW)": "range(HH)"}),
    ("f_for_stride", {"i + stride * Ho:stride, j:j + stride * Wo:stride": "i + HH * Ho:HH, j:j + WW * Wo:WW"}),
    ("size_pad_once", {CS_SIZES: CS_SIZES.replace("2 * pad", "pad")}),
    ("n_H_n_W_swapped", {"return out,": "return out.reshape(N, F, Wo, Ho),"}),
    ("bias_missing", {"    out += b[:, None, None]\n": ""}),
    ("bias_index_wrong", {"b[:, None, None]": "b[0]"}),
    ("bias_per_tap", {"    out += b[:, None, None]\n": "            out += C * b[:, None, None]\n"}),
    ("bias_per_tap", {"    out += b[:, None, None]\n": "            out += b[:, None, None]\n"}),
    ("filter_flipped", {"w[:, :, i, j])": "w[:, :, HH - 1 - i, WW - 1 - j])"}),
    ("filter_index_wrong", {"w[:, :, i, j])": "np.repeat(w[:1, :, i, j], F, axis=0))"}),
    ("first_channel_only", {'"nchw,fc->nfhw", part, w[:, :, i, j]': '"nchw,fc->nfhw", part[:, :1], w[:, :1, i, j]'}),
    ("mean_for_sum", {"    out += b": "    out /= w[0].size\n    out += b"}),
    ("first_example_only", {"xp[:, :, i": "xp[:1, :, i"}),
    ("all_examples", {"][:, :, :Ho, :Wo]": "][:, :, :Ho, :Wo].sum(axis=0, keepdims=True)"}),
    ("return_inside_loop", {"    return": "    out[1:] = 0\n    return"}),
    ("output_overwritten", {"return out,": "return out[-1, -1, -1, -1],"}),
    ("running_total", {"    out += b": "    out = out.cumsum().reshape(out.shape)\n    out += b"}),
]
CS_CONV_BY_VIEWS: Mistakes = [
    *CS_CONV_ALL[1:],
    ("size_plus_one_missing", {CS_SIZES: CS_SIZES.replace("1 + (", "("), "::stride]": "::stride][:, :, :-1, :-1]"}),
    ("axes_order", {"out.reshape(N, Ho, Wo, F).transpose(0, 3, 1, 2)": "out.reshape(N, F, Ho, Wo)"}),
    ("axes_order", {"return out,": "return out.transpose(0, 1, 3, 2),"}),
    ("n_H_n_W_swapped", {"reshape(N, Ho, Wo, F)": "reshape(N, Wo, Ho, F)"}),
    ("stride_missing", {"[:, :, ::stride, ::stride]": "[:, :, :Ho, :Wo]"}),
    ("stride_missing", {"[:, :, ::stride, ::stride]": ""}),
    ("stride_rows_missing", {"[:, :, ::stride, ::stride]": "[:, :, :Ho, ::stride]"}),
    ("stride_cols_missing", {"[:, :, ::stride, ::stride]": "[:, :, ::stride, :Wo]"}),
    ("f_for_both_axes", {"(HH, WW), axis": "(HH, HH), axis"}),
    ("f_for_stride", {"[:, :, ::stride, ::stride]": "[:, :, ::HH, ::WW]", "N * Ho * Wo, -1": "-1, w[0].size"}),
    ("size_pad_once", {CS_SIZES: CS_SIZES.replace("2 * pad", "pad"), "::stride]": "::stride][:, :, :Ho, :Wo]"}),
    ("bias_missing", {".T + b": ".T"}),
    ("bias_index_wrong", {".T + b": ".T + b[0]"}),
    ("bias_per_tap", {".T + b": ".T + w[0].size * b"}),
    ("filter_flipped", {"@ w.reshape": "@ w[:, :, ::-1, ::-1].reshape"}),
    ("filter_index_wrong", {"w.reshape(F, -1)": "w[[0] * F].reshape(F, -1)"}),
    ("first_channel_only", {"win = sliding": "xp[:, 1:] = 0\n    win = sliding"}),
    ("mean_for_sum", {".T + b": ".T / w[0].size + b"}),
    ("first_example_only", {"view(xp,": "view(np.repeat(xp[:1], N, axis=0),"}),
    ("all_examples", {"view(xp,": "view(np.repeat(xp.sum(axis=0, keepdims=True), N, axis=0),"}),
    ("return_inside_loop", {"    return": "    out[1:] = 0\n    return"}),
    ("output_overwritten", {"return out,": "return out[-1, -1, -1, -1],"}),
    (
        "running_total",
        {
            ".transpose(0, 3, 1, 2)\n    return": """.transpose(0, 3, 1, 2)
    bias = b[:, None, None]
    out = (out - bias).ravel().cumsum().reshape(out.shape) + bias
    return"""
        },
    ),
]
CS_POOL = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    out = np.zeros((N, C, Ho, Wo))
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    out[n, c, i, j] = x[n, c, i * s:i * s + ph, j * s:j * s + pw].max()
    return out, (x, pool_param)
"""
CS_POOL_TAPS = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    out = np.full((N, C, Ho, Wo), -np.inf)
    for i in range(ph):
        for j in range(pw):
            out = np.maximum(out, x[:, :, i:i + s * (Ho - 1) + 1:s, j:j + s * (Wo - 1) + 1:s])
    return out, (x, pool_param)
"""
CS_POOL_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    win = sliding_window_view(x, (ph, pw), axis=(2, 3))[:, :, ::s, ::s]
    out = win.reshape(N, C, Ho, Wo, ph * pw).max(axis=4)
    return out, (x, pool_param)
"""
CS_POOL_ALL: Mistakes = [
    ("axes_order", {"return out,": "return np.moveaxis(out, 1, 3),"}),
    ("n_H_n_W_swapped", {"return out,": "return out.reshape(N, C, Wo, Ho),"}),
    ("integer_output", {"return out,": "return out.astype(int),"}),
    ("input_changed", {"    return": "    x[:] = 0\n    return"}),
    ("output_overwritten", {"return out,": "return out[-1, -1, -1, -1],"}),
]
CS_POOL_LOOPS: Mistakes = [
    *CS_POOL_ALL,
    ("stride_missing", {"i * s:i * s + ph, j * s:j * s + pw": "i:i + ph, j:j + pw"}),
    ("stride_rows_missing", {"i * s:i * s + ph": "i:i + ph"}),
    ("stride_cols_missing", {"j * s:j * s + pw": "j:j + pw"}),
    ("f_for_both_axes", {"j * s + pw]": "j * s + ph]"}),
    ("f_for_both_axes", {"pw)": "ph)", "j * s + pw]": "j * s + ph]"}),
    ("f_for_stride", {"i * s:i * s + ph, j * s:j * s + pw": "i * ph:i * ph + ph, j * pw:j * pw + pw"}),
    ("rows_cols_swapped", {'"pool_height"': '"other"', '"pool_width"': '"pool_height"', '"other"': '"pool_width"'}),
    ("window_end_short", {"i * s + ph, j * s:j * s + pw": "i * s + ph - 1, j * s:j * s + pw - 1"}),
    ("max_from_zero", {".max()": ".max(initial=0)"}),
    ("min_for_max", {".max()": ".min()"}),
    ("mode_ignored", {".max()": ".mean()"}),
    ("first_channel_only", {"x[n, c,": "x[n, 0,"}),
    ("all_channels", {"x[n, c,": "x[n, :,"}),
    ("first_example_only", {"x[n, c,": "x[0, c,"}),
    ("return_inside_loop", {"    return": "        return"}),
    ("size_plus_one_missing", {"1 + (H - ph) // s, 1 + (W - pw) // s": "(H - ph) // s, (W - pw) // s"}),
]
CS_POOL_BY_TAPS: Mistakes = [
    *CS_POOL_ALL,
    ("stride_missing", {"i + s * (Ho - 1) + 1:s, j:j + s * (Wo - 1) + 1:s": "i + Ho, j:j + Wo"}),
    ("stride_rows_missing", {"i + s * (Ho - 1) + 1:s": "i + Ho"}),
    ("stride_cols_missing", {"j + s * (Wo - 1) + 1:s": "j + Wo"}),
    ("f_for_both_axes", {"range(pw)": "range(ph)"}),
    (
        "f_for_stride",
        {"i + s * (Ho - 1) + 1:s, j:j + s * (Wo - 1) + 1:s": "i + ph * (Ho - 1) + 1:ph, j:j + pw * (Wo - 1) + 1:pw"},
    ),
    ("rows_cols_swapped", {'"pool_height"': '"other"', '"pool_width"': '"pool_height"', '"other"': '"pool_width"'}),
    ("window_end_short", {"range(ph)": "range(ph - 1)", "range(pw)": "range(pw - 1)"}),
    ("max_from_zero", {"np.full((N, C, Ho, Wo), -np.inf)": "np.zeros((N, C, Ho, Wo))"}),
    ("min_for_max", {"-np.inf": "np.inf", "np.maximum": "np.minimum"}),
    (
        "mode_ignored",
        {"-np.inf": "0.0", "np.maximum(out, x": "(out + x", "    return": "    out = out / (ph * pw)\n    return"},
    ),
    ("first_channel_only", {"x[:, :, i": "x[:, :1, i"}),
    ("all_channels", {"    return": "    out[:] = out.max(axis=1, keepdims=True)\n    return"}),
    ("first_example_only", {"x[:, :, i": "x[:1, :, i"}),
    ("return_inside_loop", {"    return": "    out[1:] = 0\n    return"}),
    ("size_plus_one_missing", {"1 + (H - ph) // s, 1 + (W - pw) // s": "(H - ph) // s, (W - pw) // s"}),
]
CS_POOL_BY_VIEWS: Mistakes = [
    *CS_POOL_ALL,
    ("stride_missing", {"[:, :, ::s, ::s]": "[:, :, :Ho, :Wo]"}),
    ("stride_rows_missing", {"[:, :, ::s, ::s]": "[:, :, :Ho, ::s]"}),
    ("stride_cols_missing", {"[:, :, ::s, ::s]": "[:, :, ::s, :Wo]"}),
    (
        "f_for_both_axes",
        {"(ph, pw), axis": "(ph, ph), axis", ".reshape(N, C, Ho, Wo, ph * pw).max(axis=4)": ".max(axis=(4, 5))"},
    ),
    (
        "f_for_stride",
        {"[:, :, ::s, ::s]": "[:, :, ::ph, ::pw]", ".reshape(N, C, Ho, Wo, ph * pw).max(axis=4)": ".max(axis=(4, 5))"},
    ),
    ("rows_cols_swapped", {'"pool_height"': '"other"', '"pool_width"': '"pool_height"', '"other"': '"pool_width"'}),
    ("window_end_short", {"    out =": "    win, ph, pw = win[..., :-1, :-1], ph - 1, pw - 1\n    out ="}),
    ("max_from_zero", {"max(axis=4)": "max(axis=4, initial=0)"}),
    ("min_for_max", {".max(": ".min("}),
    ("mode_ignored", {".max(": ".mean("}),
    ("first_channel_only", {"max(axis=4)": "max(axis=4)[:, [0] * C]"}),
    ("all_channels", {".reshape(N, C, Ho, Wo, ph * pw).max(axis=4)": ".max(axis=(1, 4, 5))"}),
    ("first_example_only", {"max(axis=4)": "max(axis=4)[[0] * N]"}),
    ("return_inside_loop", {"    return": "    out[1:] = 0\n    return"}),
    (
        "size_plus_one_missing",
        {
            "1 + (H - ph) // s, 1 + (W - pw) // s": "(H - ph) // s, (W - pw) // s",
            "::s, ::s]": "::s, ::s][:, :, :-1, :-1]",
        },
    ),
]
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
CS_CONV_BACK_TAPS = """
import numpy as np

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    for i in range(HH):
        for j in range(WW):
            at = np.s_[:, :, i:i + s * (Ho - 1) + 1:s, j:j + s * (Wo - 1) + 1:s]
            dxp[at] += np.einsum("nfhw,fc->nchw", dout, w[:, :, i, j])
            dw[:, :, i, j] = np.einsum("nfhw,nchw->fc", dout, xp[at])
    return dxp[:, :, p:p + H, p:p + W], dw, db
"""
CS_CONV_BACK_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    win = sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::s, ::s]
    dw = np.einsum("nfhw,nchwij->fcij", dout, win)
    db = np.sum(dout, axis=(0, 2, 3))
    dxp = np.zeros(xp.shape)
    into = sliding_window_view(dxp, (HH, WW), axis=(2, 3), writeable=True)[:, :, ::s, ::s]
    for i, j in np.ndindex(dout.shape[2:]):
        into[:, :, i, j] += np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
    return dxp[:, :, p:p + H, p:p + W], dw, db
"""
CS_RETURN = "return dxp[:, :, p:p + H, p:p + W], dw, db"
CS_BACK_ALL: Mistakes = [
    ("dA_not_cut", {"dxp[:, :, p:p + H, p:p + W]": "dxp"}),
    ("dA_not_cut", {"dxp[:, :, p:p + H, p:p + W]": "dxp[:, :, p:-p, p:-p]"}),
    ("dA_averaged", {CS_RETURN: CS_RETURN.replace(", dw", " / N, dw")}),
    ("dW_averaged", {CS_RETURN: CS_RETURN.replace("dw", "dw / N")}),
    ("db_averaged", {CS_RETURN: CS_RETURN + " / N"}),
    ("gradient_zero", {CS_RETURN: CS_RETURN.replace("dw", "np.zeros(w.shape)")}),
    ("pad_constant", {"(p, p))": "(p, p)), constant_values=1"}),
    ("pad_before_only", {"(p, p), (p, p)": "(2 * p, 0), (2 * p, 0)"}),
    ("input_changed", {"    return": "    w *= 2\n    return"}),
]
CS_BACK_LOOPS: Mistakes = [
    *CS_BACK_ALL,
    ("stride_missing", {"i * s:i * s + HH, j * s:j * s + WW": "i:i + HH, j:j + WW"}),
    ("stride_rows_missing", {"i * s:i * s + HH": "i:i + HH"}),
    ("stride_cols_missing", {"j * s:j * s + WW": "j:j + WW"}),
    ("dW_overwritten", {"dw[k] +=": "dw[k] ="}),
    ("db_overwritten", {"db[k] +=": "db[k] ="}),
    ("dA_overwritten", {"dxp[at] +=": "dxp[at] ="}),
    ("filter_flipped", {"w[k] *": "w[k, :, ::-1, ::-1] *"}),
    ("filter_index_wrong", {"w[k] *": "w[0] *"}),
    ("dA_starts_from_A_prev", {"np.zeros_like(xp)": "xp.copy()"}),
]
CS_BACK_TAPS: Mistakes = [
    *CS_BACK_ALL,
    ("stride_missing", {"i + s * (Ho - 1) + 1:s, j:j + s * (Wo - 1) + 1:s": "i + Ho, j:j + Wo"}),
    ("stride_rows_missing", {"i + s * (Ho - 1) + 1:s": "i + Ho"}),
    ("stride_cols_missing", {"j + s * (Wo - 1) + 1:s": "j + Wo"}),
    ("dW_overwritten", {'"nfhw,nchw->fc", dout, xp[at]': '"fhw,chw->fc", dout[-1], xp[at][-1]'}),
    ("db_overwritten", {"dout.sum(axis=(0, 2, 3))": "dout[-1, :, -1, -1].copy()"}),
    ("dA_overwritten", {"dxp[at] +=": "dxp[at] ="}),
    ("filter_flipped", {"dout, w[:, :, i, j]": "dout, w[:, :, HH - 1 - i, WW - 1 - j]"}),
    ("filter_index_wrong", {"dout, w[:, :, i, j]": "dout, w[[0] * F, :, i, j]"}),
    ("dA_starts_from_A_prev", {"np.zeros_like(xp)": "xp.copy()"}),
]
CS_BACK_VIEWS: Mistakes = [
    *CS_BACK_ALL,
    ("stride_missing", {"[:, :, ::s, ::s]": "[:, :, :dout.shape[2], :dout.shape[3]]"}),
    ("stride_rows_missing", {"[:, :, ::s, ::s]": "[:, :, :dout.shape[2], ::s]"}),
    ("stride_cols_missing", {"[:, :, ::s, ::s]": "[:, :, ::s, :dout.shape[3]]"}),
    (
        "dW_overwritten",
        {'np.einsum("nfhw,nchwij->fcij", dout, win)': 'np.einsum("fhw,chwij->fcij", dout[-1], win[-1])'},
    ),
    ("db_overwritten", {"np.sum(dout, axis=(0, 2, 3))": "np.sum(dout[-1], axis=(1, 2))"}),
    ("dA_overwritten", {"into[:, :, i, j] +=": "into[:, :, i, j] ="}),
    ("filter_flipped", {"j], w)": "j], w[:, :, ::-1, ::-1])"}),
    ("filter_index_wrong", {"j], w)": "j], w[[0] * F])"}),
    ("dA_starts_from_A_prev", {"np.zeros(xp.shape)": "xp.copy()"}),
]
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
CS_POOL_BACK_TAPS = """
import numpy as np

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    Ho, Wo = dout.shape[2:]
    taps = [np.s_[:, :, i:i + s * (Ho - 1) + 1:s, j:j + s * (Wo - 1) + 1:s] for i in range(ph) for j in range(pw)]
    won = np.argmax([x[tap] for tap in taps], axis=0)
    dx = np.zeros(x.shape)
    for number, tap in enumerate(taps):
        dx[tap] += (won == number) * dout
    return dx
"""
CS_POOL_BACK_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, Ho, Wo = dout.shape
    win = sliding_window_view(x, (ph, pw), axis=(2, 3))[:, :, ::s, ::s].reshape(N, C, Ho, Wo, ph * pw)
    won = win.argmax(axis=4)
    n, c, i, j = np.ogrid[:N, :C, :Ho, :Wo]
    dx = np.zeros(x.shape)
    np.add.at(dx, (n, c, i * s + won // pw, j * s + won % pw), dout)
    return dx
"""
CS_POOL_BACK_LOOPS: Mistakes = [
    ("stride_missing", {"i * s": "i", "j * s": "j"}),
    ("stride_rows_missing", {"i * s": "i"}),
    ("stride_cols_missing", {"j * s": "j"}),
    ("dA_overwritten", {"+=": "="}),
    ("mask_of_smallest", {"argmax": "argmin"}),
    ("mask_of_absolute", {"part.argmax": "abs(part).argmax"}),
    ("mask_without_dA", {"+= dout[n, c, i, j]": "+= 1"}),
    ("mask_without_dA", {"+= dout[n, c, i, j]": "+= part.max()"}),
    ("mask_missing", {"dx[n, c, i * s + r, j * s + q]": "dx[n, c, i * s:i * s + ph, j * s:j * s + pw]"}),
    ("first_channel_only", {"x[n, c, i * s:": "x[n, 0, i * s:"}),
    ("dA_index_wrong", {"+= dout[n, c,": "+= dout[n, 0,"}),
    ("dA_starts_from_A_prev", {"np.zeros_like(x)": "x.copy()"}),
    ("input_changed", {"np.zeros_like(x)": "x"}),
]
CS_POOL_BACK_BY_TAPS: Mistakes = [
    ("stride_missing", {"i + s * (Ho - 1) + 1:s, j:j + s * (Wo - 1) + 1:s": "i + Ho, j:j + Wo"}),
    ("stride_rows_missing", {"i + s * (Ho - 1) + 1:s": "i + Ho"}),
    ("stride_cols_missing", {"j + s * (Wo - 1) + 1:s": "j + Wo"}),
    ("dA_overwritten", {"+=": "="}),
    ("mask_of_smallest", {"argmax": "argmin"}),
    ("mask_of_absolute", {"[x[tap]": "[abs(x[tap])"}),
    ("mask_without_dA", {" * dout": ""}),
    ("mask_without_dA", {" * dout": " * x[tap]"}),
    ("mask_missing", {"(won == number) * dout": "dout"}),
    ("first_channel_only", {"(won == number)": "(won == number)[:, :1]"}),
    ("dA_index_wrong", {" * dout": " * dout[:, :1]"}),
    ("dA_starts_from_A_prev", {"np.zeros(x.shape)": "x.copy()"}),
    ("input_changed", {"    return": "    x *= 2\n    return"}),
]
CS_POOL_BACK_BY_VIEWS: Mistakes = [
    ("stride_missing", {"[:, :, ::s, ::s]": "[:, :, :Ho, :Wo]", "i * s +": "i +", "j * s +": "j +"}),
    ("stride_rows_missing", {"[:, :, ::s, ::s]": "[:, :, :Ho, ::s]", "i * s +": "i +"}),
    ("stride_cols_missing", {"[:, :, ::s, ::s]": "[:, :, ::s, :Wo]", "j * s +": "j +"}),
    (
        "dA_overwritten",
        {
            "np.add.at(dx, (n, c, i * s + won // pw, j * s + won % pw), dout)": (
                "dx[n, c, i * s + won // pw, j * s + won % pw] = dout"
            )
        },
    ),
    ("mask_of_smallest", {"argmax": "argmin"}),
    ("mask_of_absolute", {"win.argmax": "abs(win).argmax"}),
    (
        "mask_missing",
        {
            "    np.add": "    for r, q in np.ndindex(ph, pw):\n        np.add",
            "i * s + won // pw, j * s + won % pw": "i * s + r, j * s + q",
        },
    ),
    ("mask_without_dA", {"pw), dout)": "pw), 1)"}),
    ("mask_without_dA", {"pw), dout)": "pw), win.max(axis=4))"}),
    ("first_channel_only", {"won = win": "won = win[:, :1]"}),
    ("dA_index_wrong", {"pw), dout)": "pw), dout[:, :1])"}),
    ("dA_starts_from_A_prev", {"np.zeros(x.shape)": "x.copy()"}),
    ("input_changed", {"    return": "    x *= 2\n    return"}),
]
STYLES = (
    Style("conv_forward_naive", LOOPS, CS_CONV, CS_CONV_LOOPS),
    Style("conv_forward_naive", TAPS, CS_CONV_TAPS, CS_CONV_BY_TAPS),
    Style("conv_forward_naive", VIEWS, CS_CONV_VIEWS, CS_CONV_BY_VIEWS),
    Style("max_pool_forward_naive", LOOPS, CS_POOL, CS_POOL_LOOPS),
    Style("max_pool_forward_naive", TAPS, CS_POOL_TAPS, CS_POOL_BY_TAPS),
    Style("max_pool_forward_naive", VIEWS, CS_POOL_VIEWS, CS_POOL_BY_VIEWS),
    Style("conv_backward_naive", LOOPS, CS_CONV_BACK, CS_BACK_LOOPS),
    Style("conv_backward_naive", TAPS, CS_CONV_BACK_TAPS, CS_BACK_TAPS),
    Style("conv_backward_naive", VIEWS, CS_CONV_BACK_VIEWS, CS_BACK_VIEWS),
    Style("max_pool_backward_naive", LOOPS, CS_POOL_BACK, CS_POOL_BACK_LOOPS),
    Style("max_pool_backward_naive", TAPS, CS_POOL_BACK_TAPS, CS_POOL_BACK_BY_TAPS),
    Style("max_pool_backward_naive", VIEWS, CS_POOL_BACK_VIEWS, CS_POOL_BACK_BY_VIEWS),
)
