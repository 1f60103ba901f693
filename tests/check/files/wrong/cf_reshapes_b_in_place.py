import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f, n_C = W.shape[0], W.shape[3]
    b.shape = (n_C,)
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    n_H, n_W = (X.shape[1] - f) // s + 1, (X.shape[2] - f) // s + 1
    Z = np.zeros((X.shape[0], n_H, n_W, n_C))
    for h in range(n_H):
        for w in range(n_W):
            Z[:, h, w, :] = np.tensordot(X[:, h * s : h * s + f, w * s : w * s + f], W, 3) + b
    return Z, (A_prev, W, b, hparameters)
