import numpy as np

def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, C = dA.shape
    out = np.zeros_like(A_prev, dtype=float)
    for q in range(f):
        for r in range(f):
            if mode == "average":
                out[:, q:q + s * n_H:s, r:r + s * n_W:s][:, :n_H, :n_W] += dA / f ** 2
    if mode == "max":
        for h in range(n_H):
            for w in range(n_W):
                win = A_prev[:, h * s:h * s + f, w * s:w * s + f]
                best = win.max(axis=(1, 2), keepdims=True)
                out[:, h * s:h * s + f, w * s:w * s + f] = np.where(win == best, dA[:, h, w][:, None, None], 0)
    return out
