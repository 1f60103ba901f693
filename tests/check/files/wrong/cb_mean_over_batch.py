import numpy as np


def conv_backward(dZ, cache):
    A_prev, W, b, hp = cache
    s, p, f = hp["stride"], hp["pad"], W.shape[0]
    m, H, V, C = A_prev.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            at = np.s_[:, h * s : h * s + f, w * s : w * s + f]
            dX[at] += np.einsum("pqkc,nc->npqk", W, dZ[:, h, w])
            dW += np.einsum("npqk,nc->pqkc", X[at], dZ[:, h, w])
    db = dZ.sum(axis=(0, 1, 2)).reshape(1, 1, 1, -1)
    return dX[:, p : p + H, p : p + V], dW / m, db / m
