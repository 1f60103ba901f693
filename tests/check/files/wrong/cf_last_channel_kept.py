import numpy as np


def correlate2d(img, k, s):
    f = k.shape[0]
    h = (img.shape[0] - f) // s + 1
    w = (img.shape[1] - f) // s + 1
    out = np.zeros((h, w))
    for y in range(h):
        for x in range(w):
            out[y, x] = np.sum(img[y * s : y * s + f, x * s : x * s + f] * k)
    return out


def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    Ap = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    maps = []
    for i in range(Ap.shape[0]):
        one = []
        for c in range(W.shape[3]):
            for k in range(W.shape[2]):
                fmap = correlate2d(Ap[i, :, :, k], W[:, :, k, c], s)
            one.append(fmap + b[0, 0, 0, c])
        maps.append(np.dstack(one))
    Z = np.array(maps)
    return Z, (A_prev, W, b, hparameters)
