import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    m, H, V, C = A_prev.shape
    f = hparameters["f"]
    stride = hparameters["stride"]
    n_H = int(1 + (H - f) / stride)
    n_W = int(1 + (V - f) / stride)
    A = np.zeros((m, n_H, n_W, C))
    for i in range(m):
        for c in range(C):
            plane = A_prev[i, ..., c]
            for h in range(n_H):
                for w in range(n_W):
                    best, total = 0.0, 0
                    for y in range(h * stride, h * stride + f):
                        for x in range(w * stride, w * stride + f):
                            v = plane[y, x]
                            total += v
                            if v > best:
                                best = v
                    A[i, h, w, c] = best if mode == "max" else total / f ** 2
    return A, (A_prev, hparameters)
