import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, f, n_C_prev, n_C = W.shape
    s, p = hparameters["stride"], hparameters["pad"]
    n_H = int((n_H_prev - f + 2 * p) / s + 1)
    n_W = int((n_W_prev - f + 2 * p) / s + 1)
    Z = np.zeros((m, n_H, n_W, n_C))
    Ap = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    for i in range(m):
        for h in range(n_W):
            for w in range(n_H):
                for c in range(n_C):
                    sl = Ap[i, h * s : h * s + f, w * s : w * s + f]
                    Z[i, h, w, c] = np.sum(sl * W[:, :, :, c]) + b[0, 0, 0, c]
    assert Z.shape == (m, n_H, n_W, n_C)
    return Z, (A_prev, W, b, hparameters)
