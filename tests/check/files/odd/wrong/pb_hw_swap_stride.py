import numpy as np

def pool_backward(dA, cache, mode="max"):
    (A_prev, hp) = cache
    f, s = hp["f"], hp["stride"]
    m, n_H, n_W, n_C = dA.shape
    grad = np.zeros(A_prev.shape)

    def spread(i, r, q, c):
        window = A_prev[i, r:r + f, q:q + f, c]
        if mode == "average":
            return np.full(window.shape, 1.0 / window.size)
        return np.where(window == np.max(window), 1.0, 0.0)

    for i in range(m):
        for c in range(n_C):
            for h in range(n_H):
                for w in range(n_W):
                    r, q = h * s, w
                    grad[i, r:r + f, q:q + f, c] = grad[i, r:r + f, q:q + f, c] + spread(i, r, q, c) * dA[i, h, w, c]
    assert grad.shape == A_prev.shape
    return grad
