import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters.get("stride"), hparameters.get("pad")

    def size(n, f):
        return int(np.floor((n - f + 2 * p) / s)) + 1

    def window(a, r, c, f):
        return a[r * s:r * s + f, c * s:c * s + f]

    def step(part, kernel, bias):
        return (part * kernel).sum() + float(bias.squeeze())

    m, H, V, _ = A_prev.shape
    f, K = W.shape[0], W.shape[3]
    Z = np.zeros((m, size(H, f), size(V, f), K))
    for i, a in enumerate(A_prev):
        a = np.pad(a, ((p, p), (p, p), (0, 0)))
        for (r, c, k) in np.ndindex(Z.shape[1:]):
            Z[i, r, c, k] = step(window(a, r, c, f), W[..., k], b[..., k])
    return Z, (A_prev, W, b, hparameters)
