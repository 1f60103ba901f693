import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    s, p = hparameters["stride"], hparameters["pad"]
    Ap = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    Z = np.zeros((m, (H + 2 * p - f) // s + 1, (V + 2 * p - f) // s + 1, n_C))
    for i, h, w, c in np.ndindex(*Z.shape):
        Z[i, h, w, c] = np.sum(Ap[i, h * s : h * s + f, w * s : w * s + f] * W[..., c]) + b[0, 0, 0, c]
    cache = (A_prev, W, b, hparameters)
