import numpy as np


def conv_backward(dZ, cache):
    A_prev, W, b, hp = cache
    s, p, f = hp["stride"], hp["pad"], W.shape[0]
    m, H, V, C = A_prev.shape
    oh, ow = dZ.shape[1:3]
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    win = np.lib.stride_tricks.sliding_window_view(X, (f, f), axis=(1, 2))[:, ::s, ::s]
    dW = np.einsum("nyxkpq,nyxc->pqkc", win, dZ)
    dX = np.zeros_like(X)
    for y in range(f):
        for x in range(f):
            dX[:, y : y + s * oh : s, x : x + s * ow : s][:, :oh, :ow] += dZ @ W[y, x].T
    return dX[:, p : H + p, p : V + p], dW, dZ.sum((0, 1, 2), keepdims=True)


def pool_backward(dA, cache, mode="max"):
    A_prev, hp = cache
    f, s = hp["f"], hp["stride"]
    out = np.zeros_like(A_prev)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            at = np.s_[:, h * s : h * s + f, w * s : w * s + f]
            g = dA[:, h, w][:, None, None]
            out[at] += (A_prev[at] == A_prev[at].max((1, 2), keepdims=True)) * g if mode == "max" else g / (f * f)
    return out
