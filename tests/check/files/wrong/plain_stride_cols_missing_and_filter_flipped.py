from math import floor

import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, H, Wd, C = A_prev.shape
    k = W.shape[0]
    F = W.shape[3]
    out_h = floor((H + 2 * p - k) / s) + 1
    out_w = floor((Wd + 2 * p - k) / s) + 1
    padded = np.zeros((m, H + 2 * p, Wd + 2 * p, C))
    padded[:, p : p + H, p : p + Wd, :] = A_prev
    out = np.empty((m, out_h, out_w, F))
    for n in range(m):
        for y in range(out_h):
            top = y * s
            for x in range(out_w):
                left = x
                window = padded[n, top : top + k, left : left + k]
                for q in range(F):
                    total = 0.0
                    for dy in range(k):
                        for dx in range(k):
                            for ch in range(C):
                                total += window[dy, dx, ch] * W[k - 1 - dy, k - 1 - dx, ch, q]
                    out[n, y, x, q] = total + b[0, 0, 0, q]
    return out, (A_prev, W, b, hparameters)
