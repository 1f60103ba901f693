import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    m, h_in, w_in, _ = A_prev.shape
    n_H = (h_in - f + 2 * pad) // stride + 1
    n_W = (w_in - f + 2 * pad) // stride + 1
    P = np.pad(A_prev, [(0, 0), (0, 2 * pad), (0, 2 * pad), (0, 0)])
    Z = np.zeros((m, n_H, n_W, W.shape[-1]))
    for h in range(n_H):
        for w in range(n_W):
            hs, ws = h * stride, w * stride
            patch = P[:, hs : hs + f, ws : ws + f, :]
            Z[:, h, w, :] = np.tensordot(patch, W, axes=([1, 2, 3], [0, 1, 2])) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)
