"""Mistakes planted in the course's conv_forward, in three styles."""

from __future__ import annotations

from collections.abc import Iterator

from planted.styles import LOOPS, TAPS, VIEWS, Changes, Style

IN_LOOPS = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H = {n_H}
    n_W = {n_W}
    A_pad = {padded}
    Z = {zeros}
    total = 0
    for i in range(m):
        for h in {rows}:
            for w in {cols}:
                for c in range(n_C):
                    y, x = {y}, {x}
                    a = {cut}
                    k = {filter}
                    beta = {bias}
                    {value}
                    {store}
        {end}
    return {answer}, (A_prev, W, b, hparameters)
"""
LOOPS_RIGHT = {
    "n_H": "int((H - f + 2 * pad) / stride) + 1",
    "n_W": "int((V - f + 2 * pad) / stride) + 1",
    "padded": "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))",
    "zeros": "np.zeros((m, n_H, n_W, n_C))",
    "rows": "range(n_H)",
    "cols": "range(n_W)",
    "y": "h * stride",
    "x": "w * stride",
    "cut": "A_pad[i, y:y + f, x:x + f, :]",
    "filter": "W[:, :, :, c]",
    "bias": "b[0, 0, 0, c]",
    "value": "value = np.sum(a * k) + beta",
    "store": "Z[i, h, w, c] = value",
    "end": "pass",
    "answer": "Z",
}
IN_TAPS = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    X = {padded}
    n_H, n_W = {n_H}, {n_W}
    K = {filter}
    Z = np.zeros((m, n_H, n_W, n_C))
    for q in range({first}, {last}):
        for r in range({first}, {last}):
            taps = {taps}
            Z += np.einsum("iyxk,kc->iyxc", {channels}, K[q, r])
    {bias}
    {end}
    return Z
"""
TAPS_RIGHT = {
    "padded": "np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))",
    "n_H": "(H + 2 * p - f) // s + 1",
    "n_W": "(V + 2 * p - f) // s + 1",
    "filter": "W",
    "first": "0",
    "last": "f",
    "taps": "X[:, q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s]",
    "channels": "taps",
    "bias": "Z += b",
    "end": "pass",
}
IN_VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    f, n_C = W.shape[0], W.shape[3]
    X = {padded}
    windows = sliding_window_view(X, (f, f), axis=(1, 2))
    n_H, n_W = (X.shape[1] - f) // stride + 1, (X.shape[2] - f) // stride + 1
    windows = {strided}
    Z = {product}
    Z = {bias}
    return {answer}, (A_prev, W, b, hparameters)
"""
VIEWS_RIGHT = {
    "padded": "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))",
    "strided": "windows[:, ::stride, ::stride]",
    "product": 'np.einsum("mhwcij,ijck->mhwk", windows, W)',
    "bias": "Z + b.reshape(-1)",
    "answer": "Z",
}

INTO_ZEROS = "np.zeros((len(X), n_H, n_W, n_C))\n    Z += " + VIEWS_RIGHT["product"]
BEFORE = "np.pad(A_prev, ((0, 0), (2 * pad, 0), (2 * pad, 0), (0, 0)))"
BEFORE_ONCE = BEFORE.replace("2 * pad", "pad")
TWICE = "np.pad(A_prev, ((0, 0), (2 * pad, 2 * pad), (2 * pad, 2 * pad), (0, 0)))"
FITTED = LOOPS_RIGHT["value"].replace("k)", "k[:a.shape[0], :a.shape[1]])")
EDGE = 'np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="edge")'
ROWS = "np.pad(A_prev, ((0, 0), (pad, pad), (0, 2 * pad), (0, 0)))"
AFTER = "np.pad(A_prev, ((0, 0), (0, 2 * pad), (0, 2 * pad), (0, 0)))"
ONCE = "(H - f + pad) // stride + 1"

LOOPS_MISTAKES: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"y": "h", "x": "w"}),
    ("stride_rows_missing", {"y": "h"}),
    ("stride_cols_missing", {"x": "w"}),
    ("range_strided", {"rows": "range(0, n_H, stride)", "cols": "range(0, n_W, stride)", "y": "h", "x": "w"}),
    ("window_end_short", {"value": "value = np.sum(a[:f - 1, :f - 1] * k[:f - 1, :f - 1]) + beta"}),
    ("window_end_short", {"cut": "A_pad[i, y:y + f - 1, x:x + f - 1, :]"}),
    ("window_end_long", {"cut": "A_pad[i, y:y + f + 1, x:x + f + 1, :]"}),
    ("rows_cols_swapped", {"cut": "A_pad[i, x:x + f, y:y + f, :]"}),
    (
        "rows_cols_swapped",
        {"cut": "A_pad[i, x:x + f, y:y + f, :]", "value": "u, v, _ = a.shape; value = np.sum(a * k[:u, :v]) + beta"},
    ),
    ("n_H_n_W_swapped", {"n_W": "int((H - f + 2 * pad) / stride) + 1", "store": "Z[i, h, w % n_W, c] = value"}),
    ("size_plus_one_missing", {"n_H": "(H - f + 2 * pad) // stride", "n_W": "(V - f + 2 * pad) // stride"}),
    ("size_pad_once", {"n_W": ONCE.replace("H", "V")}),
    ("size_pad_once", {"n_H": ONCE, "n_W": ONCE.replace("H", "V")}),
    (
        "size_ceil",
        {
            "n_H": "-(-(H - f + 2 * pad) // stride) + 1",
            "n_W": "-(-(V - f + 2 * pad) // stride) + 1",
            "value": "u, v, _ = a.shape; value = np.sum(a * k[:u, :v]) + beta",
        },
    ),
    (
        "unpadded_slice",
        {
            "cut": "A_prev[i, y:y + f, x:x + f, :]",
            "value": LOOPS_RIGHT["value"].replace("k)", "k[:a.shape[0], :a.shape[1]])"),
        },
    ),
    ("pad_missing", {"padded": "A_prev", "n_H": "(H - f) // stride + 1", "n_W": "(V - f) // stride + 1"}),
    ("pad_one_axis", {"padded": ROWS}),
    ("pad_constant", {"padded": EDGE}),
    ("pad_before_only", {"padded": BEFORE}),
    ("first_example_only", {"cut": "A_pad[0, y:y + f, x:x + f, :]"}),
    ("first_channel_only", {"value": "value = np.sum(a[:, :, 0] * k[:, :, 0]) + beta"}),
    ("filter_flipped", {"filter": "W[::-1, ::-1, :, c]"}),
    ("filter_transposed", {"filter": "W[:, :, :, c].transpose(1, 0, 2)"}),
    ("filter_index_wrong", {"filter": "W[:, :, :, 0]"}),
    ("bias_missing", {"value": "value = np.sum(a * k)"}),
    ("bias_per_tap", {"value": "value = np.sum(a * k + beta)"}),
    ("bias_before_product", {"value": "value = np.sum((a + beta) * k)"}),
    ("bias_index_wrong", {"bias": "b[0, 0, 0, 0]"}),
    ("mean_for_sum", {"value": "value = np.mean(a * k) + beta"}),
    ("return_inside_loop", {"end": "return Z, None"}),
    ("bias_per_tap", {"value": "value = np.sum(a * k + beta) + beta"}),
    ("return_inside_loop", {"end": "return Z, None", "zeros": "np.full((m, n_H, n_W, n_C), 7.25)"}),
    ("running_total", {"value": "total += np.sum(a * k); value = total + beta"}),
    ("integer_output", {"zeros": "np.zeros((m, n_H, n_W, n_C), dtype=int)"}),
    ("output_overwritten", {"store": "Z = value"}),
    ("axes_order", {"answer": "Z.transpose(0, 3, 1, 2)"}),
    ("all_examples", {"cut": "A_pad[:, y:y + f, x:x + f, :]"}),
    ("bias_subtracted", {"value": "value = np.sum(a * k) - beta"}),
    (
        "cache_of_views",
        {
            "zeros": "np.zeros((m, n_H, n_W, n_C)); held = np.zeros((f, f, C)); kept = []",
            "store": "held[:] = a; kept.append(((i, h, w, c), held))",
            "end": "for at, part in kept: Z[at] = np.sum(part * W[..., at[3]]) + b[0, 0, 0, at[3]]",
        },
    ),
    ("channels_of_input", {"zeros": "np.zeros((m, n_H, n_W, C))"}),
    ("f_for_stride", {"y": "h * f", "x": "w * f", "value": FITTED}),
    ("last_channel_only", {"value": "value = np.sum(a[:, :, -1] * k[:, :, -1]) + beta"}),
    ("last_example_only", {"cut": "A_pad[m - 1, y:y + f, x:x + f, :]"}),
    (
        "pad_twice",
        {
            "padded": TWICE,
            "n_H": "(H - f + 4 * pad) // stride + 1",
            "n_W": "(V - f + 4 * pad) // stride + 1",
        },
    ),
    ("pad_wrong_axes", {"padded": "np.pad(A_prev, ((pad, pad), (pad, pad), (0, 0), (0, 0)))", "value": FITTED}),
    ("relu_applied", {"answer": "np.maximum(Z, 0)"}),
    ("stored_outside_loop", {"store": "if w == n_W - 1: Z[i, h, w, c] = value"}),
    ("range_strided", {"rows": "range(n_H - 1)"}),
    ("size_plus_one_missing", {"n_H": "(H - f + 2 * pad + 1) // stride", "n_W": "(V - f + 2 * pad + 1) // stride"}),
    ("pad_constant", {"padded": "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)), constant_values=pad)"}),
    (
        "input_changed",
        {"store": "Z[i, h, w, c] = value; b[0, 0, 0, c] = b[0, 0, 0, c] + 0.0; A_prev[:] = A_pad[:, :H, :V]"},
    ),
]
TAPS_MISTAKES: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"taps": "X[:, q:q + n_H, r:r + n_W]"}),
    ("stride_rows_missing", {"taps": "X[:, q:q + n_H, r:r + s * (n_W - 1) + 1:s]"}),
    ("stride_cols_missing", {"taps": "X[:, q:q + s * (n_H - 1) + 1:s, r:r + n_W]"}),
    ("filter_flipped", {"filter": "np.flip(W, (0, 1))"}),
    ("filter_transposed", {"filter": "np.swapaxes(W, 0, 1)"}),
    ("filter_index_wrong", {"filter": "np.repeat(W[..., :1], n_C, axis=3)"}),
    ("first_channel_only", {"channels": "taps * (np.arange(C) == 0)"}),
    ("last_channel_only", {"channels": "taps * (np.arange(C) == C - 1)"}),
    ("first_example_only", {"padded": "np.repeat(np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))[:1], m, axis=0)"}),
    ("bias_missing", {"bias": "pass"}),
    ("bias_per_tap", {"bias": "Z += b * f * f * C"}),
    ("bias_index_wrong", {"bias": "Z += b.flat[0]"}),
    ("bias_subtracted", {"bias": "Z -= b"}),
    ("mean_for_sum", {"bias": "Z = Z / (f * f * C) + b"}),
    ("integer_output", {"end": "Z = Z.astype(int)"}),
    ("axes_order", {"end": "Z = Z.swapaxes(1, 2)"}),
    ("pad_constant", {"padded": "np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)), constant_values=1)"}),
    ("pad_before_only", {"padded": BEFORE.replace("pad", "p").replace("np.p", "np.pad")}),
    ("size_plus_one_missing", {"n_H": "(H + 2 * p - f) // s", "n_W": "(V + 2 * p - f) // s"}),
    ("range_strided", {"end": "kept = np.zeros_like(Z); kept[:, ::s, ::s] = Z[:, ::s, ::s]; Z = kept"}),
    ("return_inside_loop", {"end": "Z[1:] = 0"}),
    ("stored_outside_loop", {"end": "Z[:, :, :-1] = 0"}),
    ("running_total", {"end": "Z = (Z - b).cumsum().reshape(Z.shape) + b"}),
    ("relu_applied", {"end": "Z = np.maximum(Z, 0)"}),
    ("all_examples", {"channels": "np.repeat(taps.sum(axis=0, keepdims=True), m, axis=0)"}),
    ("last_example_only", {"channels": "np.repeat(taps[-1:], m, axis=0)"}),
    ("cache_of_views", {"end": "Z[:] = Z[-1, -1, -1]"}),
    ("pad_missing", {"padded": AFTER.replace("pad", "p").replace("np.p", "np.pad")}),
    ("pad_one_axis", {"padded": ROWS.replace("pad", "p").replace("np.p", "np.pad")}),
    (
        "pad_twice",
        {
            "padded": TWICE.replace("pad", "p").replace("np.p", "np.pad"),
            "n_H": "(H + 4 * p - f) // s + 1",
            "n_W": "(V + 4 * p - f) // s + 1",
        },
    ),
    ("size_pad_once", {"n_H": "(H + p - f) // s + 1", "n_W": "(V + p - f) // s + 1"}),
    ("output_overwritten", {"end": "Z = Z[-1, -1, -1, -1]"}),
    ("n_H_n_W_swapped", {"end": "Z = Z.reshape(m, n_W, n_H, n_C)"}),
    ("rows_cols_swapped", {"end": "Z = Z.swapaxes(1, 2).reshape(Z.shape)"}),
    (
        "window_end_short",
        {"filter": "W * (np.arange(f) < f - 1)[:, None, None, None] * (np.arange(f) < f - 1)[:, None, None]"},
    ),
    ("bias_before_product", {"bias": "Z += b * K.sum(axis=(0, 1, 2))"}),
    ("input_changed", {"end": "A_prev *= s"}),
    ("window_end_long", {"last": "f + 1"}),
    ("pad_wrong_axes", {"padded": "np.pad(A_prev, ((p, p), (p, p), (0, 0), (0, 0)))"}),
    ("f_for_stride", {"taps": "X[:, q:q + f * (n_H - 1) + 1:f, r:r + f * (n_W - 1) + 1:f]"}),
    ("f_for_stride", {"taps": "X[:, q:, r:][:, ::f, ::f][:, :n_H, :n_W]"}),
    (
        "f_for_stride",
        {
            "n_H": "(H + 2 * p - f) // f + 1",
            "n_W": "(V + 2 * p - f) // f + 1",
            "taps": "X[:, q:q + f * (n_H - 1) + 1:f, r:r + f * (n_W - 1) + 1:f]",
        },
    ),
    ("size_ceil", {"n_H": "-(-(H + 2 * p - f) // s) + 1", "n_W": "-(-(V + 2 * p - f) // s) + 1"}),
    ("unpadded_slice", {"taps": "A_prev[:, q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s]"}),
    ("channels_of_input", {"(m, n_H, n_W, n_C)": "(m, n_H, n_W, C)"}),
]
VIEWS_MISTAKES: list[tuple[str, dict[str, str]]] = [
    ("stride_missing", {"strided": "windows[:, :n_H, :n_W]"}),
    ("stride_missing", {"strided": "windows"}),
    ("stride_rows_missing", {"strided": "windows[:, :n_H, ::stride]"}),
    ("stride_cols_missing", {"strided": "windows[:, ::stride, :n_W]"}),
    ("filter_transposed", {"product": 'np.einsum("mhwcij,jick->mhwk", windows, W)'}),
    ("filter_flipped", {"product": 'np.einsum("mhwcij,ijck->mhwk", windows, W[::-1, ::-1])'}),
    ("filter_index_wrong", {"product": 'np.einsum("mhwcij,ijc->mhw", windows, W[..., 0])[..., None] + np.zeros(n_C)'}),
    ("axes_order", {"answer": "np.moveaxis(Z, 3, 1)"}),
    ("axes_order", {"answer": "Z.reshape(len(Z), n_C, n_H, n_W)"}),
    ("axes_order", {"answer": "Z.reshape(-1, n_C).T.reshape(Z.shape)"}),
    ("n_H_n_W_swapped", {"answer": "Z.reshape(len(Z), n_W, n_H, n_C)"}),
    ("rows_cols_swapped", {"answer": "Z.swapaxes(1, 2).reshape(Z.shape)"}),
    ("axes_order", {"product": 'np.einsum("mhwcij,ijck->mwhk", windows, W)'}),
    ("bias_missing", {"bias": "Z"}),
    ("bias_index_wrong", {"bias": "Z + b.ravel()[0]"}),
    ("mean_for_sum", {"bias": "Z / W[..., 0].size + b.ravel()"}),
    ("pad_missing", {"padded": "A_prev"}),
    ("pad_one_axis", {"padded": ROWS}),
    ("pad_constant", {"padded": EDGE}),
    ("pad_before_only", {"padded": BEFORE}),
    ("first_example_only", {"answer": "np.repeat(Z[:1], len(Z), axis=0)"}),
    ("running_total", {"product": 'np.einsum("mhwcij,ijck->mhwk", windows, W).cumsum().reshape(-1, n_H, n_W, n_C)'}),
    ("integer_output", {"answer": "np.trunc(Z)"}),
    ("bias_subtracted", {"bias": "Z - b.reshape(-1)"}),
    ("bias_per_tap", {"bias": "Z + b.reshape(-1) * W[..., 0].size"}),
    ("first_channel_only", {"product": 'np.einsum("mhwij,ijk->mhwk", windows[:, :, :, 0], W[:, :, 0])'}),
    ("last_channel_only", {"product": 'np.einsum("mhwij,ijk->mhwk", windows[:, :, :, -1], W[:, :, -1])'}),
    ("last_example_only", {"answer": "np.repeat(Z[-1:], len(Z), axis=0)"}),
    ("all_examples", {"product": 'np.einsum("mhwcij,ijck->hwk", windows, W) + np.zeros((len(X), 1, 1, 1))'}),
    (
        "cache_of_views",
        {"product": 'np.einsum("mhwcij,ijck->mhwk", windows[-1:, -1:, -1:] + np.zeros(windows.shape), W)'},
    ),
    ("relu_applied", {"answer": "np.maximum(Z, 0)"}),
    ("return_inside_loop", {"answer": "Z * (np.arange(len(Z)) == 0)[:, None, None, None]"}),
    ("stored_outside_loop", {"answer": "Z * (np.arange(n_W) == n_W - 1)[:, None]"}),
    ("output_overwritten", {"answer": "Z[-1, -1, -1, -1]"}),
    ("size_plus_one_missing", {"strided": "windows[:, ::stride, ::stride][:, :-1, :-1]"}),
    (
        "window_end_short",
        {"product": 'np.einsum("mhwcij,ijck->mhwk", windows[..., :-1, :-1], W[:-1, :-1])'},
    ),
    ("pad_twice", {"padded": TWICE}),
    ("range_strided", {"answer": "Z * (np.arange(n_H) < n_H - 1)[:, None, None]"}),
    (
        "bias_before_product",
        {"product": 'np.einsum("mhwcijk,ijck->mhwk", windows[..., None] + b.reshape(-1), W)', "bias": "Z"},
    ),
    ("input_changed", {"bias": "Z + b.reshape(-1); A_prev *= stride"}),
    ("pad_wrong_axes", {"padded": "np.pad(A_prev, ((pad, pad), (pad, pad), (0, 0), (0, 0)))"}),
    (
        "size_pad_once",
        {"strided": "windows[:, :X.shape[1] - f - pad + 1:stride, :X.shape[2] - f - pad + 1:stride]"},
    ),
    ("f_for_stride", {"strided": "windows[:, ::f, ::f]"}),
    ("stride_cols_missing", {"strided": "windows[:, ::stride]"}),
    ("stride_rows_missing", {"strided": "windows[:, :, ::stride]"}),
    ("size_plus_one_missing", {"strided": "windows[:, :-1:stride, :-1:stride]"}),
    ("f_for_stride", {"strided": "windows[:, ::f, ::f]", "product": INTO_ZEROS}),
    ("window_end_long", {"(f, f), axis": "(f + 1, f + 1), axis"}),
    (
        "size_ceil",
        {
            "(X.shape[1] - f) // stride + 1, (X.shape[2] - f) // stride + 1": (
                "-(-(X.shape[1] - f) // stride) + 1, -(-(X.shape[2] - f) // stride) + 1"
            ),
            "product": INTO_ZEROS,
        },
    ),
    ("unpadded_slice", {"view(X": "view(A_prev", "product": INTO_ZEROS}),
    ("channels_of_input", {"product": INTO_ZEROS.replace("n_C)", "W.shape[2])")}),
]
STYLES = {
    style.name: style
    for style in (
        Style("conv_forward", LOOPS, IN_LOOPS, LOOPS_MISTAKES, LOOPS_RIGHT),
        Style("conv_forward", TAPS, IN_TAPS, TAPS_MISTAKES, TAPS_RIGHT),
        Style("conv_forward", VIEWS, IN_VIEWS, VIEWS_MISTAKES, VIEWS_RIGHT),
    )
}


def source(style: str, *changes: Changes) -> str:
    """Return conv_forward in a style, with some places of its template changed."""
    return STYLES[style].source(*changes)


def pairs() -> Iterator[tuple[set[str], str]]:
    """Yield two kinds and the code with both, for mistakes that change other places."""
    for style in STYLES.values():
        for n, (kind, changes) in enumerate(style.mistakes):
            for other, more in style.mistakes[n + 1 :]:
                if not changes.keys() & more.keys():
                    yield {kind, other}, style.source(changes, more)
