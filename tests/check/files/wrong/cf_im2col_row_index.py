import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    p, s = hparameters["pad"], hparameters["stride"]
    f, _, C, n_C = W.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    m, H, V, _ = X.shape
    oh, ow = (H - f) // s + 1, (V - f) // s + 1
    Z = np.zeros((m, oh, ow, n_C))
    for i in range(m):
        col = np.zeros((oh * ow, f * f * C))
        for y in range(oh):
            for x in range(ow):
                col[y * oh + x] = X[i, y * s : y * s + f, x * s : x * s + f].ravel()
        Z[i] = (col @ W.reshape(-1, n_C) + b.reshape(-1)).reshape(oh, ow, n_C)
    return Z, (A_prev, W, b, hparameters)
