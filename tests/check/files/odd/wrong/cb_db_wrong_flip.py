import numpy as np

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, Ho, Wo = dout.shape
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], mode="constant")
    db = dout.mean(axis=(0, 2, 3))
    dw = np.zeros_like(w)
    dx = np.zeros_like(xp)
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i * s:i * s + HH, j * s:j * s + WW]
            for f in range(F):
                g = dout[:, f, i, j][:, None, None, None]
                dw[f] += np.sum(patch * g, axis=0)
                dx[:, :, i * s:i * s + HH, j * s:j * s + WW] += w[f, :, ::-1, ::-1] * g
    return dx[:, :, p:H + p, p:W + p], dw, db
