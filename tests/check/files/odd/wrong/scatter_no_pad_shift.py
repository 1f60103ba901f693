import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, _, _, K = W.shape
    oh, ow = (H + 2 * p - f) // s + 1, (V + 2 * p - f) // s + 1
    Z = np.tile(b, (m, oh, ow, 1)).astype(float)
    for y in range(H):
        for x in range(V):
            for q in range(f):
                for r in range(f):
                    top, left = y - q, x - r
                    if top % s or left % s:
                        continue
                    h, w = top // s, left // s
                    if 0 <= h < oh and 0 <= w < ow:
                        Z[:, h, w, :] += A_prev[:, y, x, :] @ W[q, r]
    return Z, (A_prev, W, b, hparameters)
