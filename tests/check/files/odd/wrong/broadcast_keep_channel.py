import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, f, C, K = W.shape
    X = np.pad(A_prev, ((0,), (pad,), (pad,), (0,)))
    n_H, n_W = (H + 2 * pad - f) // stride + 1, (V + 2 * pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, K))
    for h in range(n_H):
        for w in range(n_W):
            part = X[:, h * stride:h * stride + f, w * stride:w * stride + f, :1, None]
            Z[:, h, w] = (part * W[None, :, :, :1]).sum((1, 2, 3)) + b[0, 0]
    return Z, (A_prev, W, b, hparameters)
