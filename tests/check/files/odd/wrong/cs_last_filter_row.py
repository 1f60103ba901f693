import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=x.dtype)
    xp[:, :, p:p + H, p:p + W] = x
    Ho = (H + 2 * p - HH) // s + 1
    Wo = (W + 2 * p - WW) // s + 1
    out = np.zeros((N, F, Ho, Wo))
    for f in range(F):
        kernel = w[f][np.newaxis]
        for i in range(Ho):
            r = i * s
            for j in range(Wo):
                c = j * s
                out[:, f, i, j] = np.einsum("nchw,nchw->n", xp[:, :, r:r + HH - 1, c:c + WW - 1], np.repeat(kernel, N, 0)[:, :, :-1, :-1]) + b[f]
    return out, (x, w, b, conv_param)
