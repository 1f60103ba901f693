import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    x = A_prev.transpose(0, 3, 1, 2)
    w = W.transpose(3, 2, 0, 1)
    s, p = hparameters["stride"], hparameters["pad"]
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    N, C, H, V = x.shape
    F, _, f, _ = w.shape
    oh, ow = (H - f) // s + 1, (V - f) // s + 1
    out = np.zeros((N, F, oh, ow))
    for n in range(N):
        for k in range(F):
            for i in range(oh):
                for j in range(ow):
                    out[n, k, i, j] = (x[n, :, i * s : i * s + f, j * s : j * s + f] * w[k]).sum() + b[0, 0, 0, k]
    return np.ascontiguousarray(out.transpose(0, 2, 3, 1)), (A_prev, W, b, hparameters)
