import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    """im2col."""
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    N, H, Wi, Ci = A_prev.shape
    f = W.shape[0]
    Co = W.shape[3]
    Ho = 1 + (H + 2 * pad - f) // stride
    Wo = 1 + (Wi + 2 * pad - f) // stride
    X = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    cols = np.zeros((N * Ho * Wo, f * f * Ci))
    r = 0
    for n in range(N):
        for i in range(Ho):
            for j in range(Wo):
                cols[r] = X[n, i * stride : i * stride + f, j * stride : j * stride + f, :].ravel()
                r += 1
    Z = cols @ W.reshape(f * f * Ci, Co) + b.ravel()[0]
    return Z.reshape(N, Ho, Wo, Co), (A_prev, W, b, hparameters)
