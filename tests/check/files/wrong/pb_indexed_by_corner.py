import numpy as np


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)
    for i in range(m):
        a_prev = A_prev[i]
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start = h * stride
                    vert_end = vert_start + f
                    horiz_start = w * stride
                    horiz_end = horiz_start + f
                    da = dA[i, vert_start, horiz_start, c]
                    if mode == "max":
                        sl = a_prev[vert_start:vert_end, horiz_start:horiz_end, c]
                        dA_prev[i, vert_start:vert_end, horiz_start:horiz_end, c] += (sl == np.max(sl)) * da
                    else:
                        dA_prev[i, vert_start:vert_end, horiz_start:horiz_end, c] += da / f / f
    return dA_prev
