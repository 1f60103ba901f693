import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    A = np.pad(A_prev, [(0, 0), (p, p), (p, p), (0, 0)])
    f = W.shape[0]
    n_H = (A.shape[1] - f) // s + 1
    n_W = (A.shape[2] - f) // s + 1
    Z = np.empty((len(A), n_H, n_W, W.shape[-1]))
    h = 0
    while h < n_H:
        w = 0
        while w < n_W:
            win = A[:, h * s:h * s + f, w * s:w * s + f, :]
            Z[:, h, w, :] = np.tensordot(win, W, axes=([1, 2, 3], [0, 1, 2]))
            w += 1
        h += 1
    Z += b
    return Z, (A_prev, W, b, hparameters)
