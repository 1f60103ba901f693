import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    f = W.shape[0]
    rows, cols = X.shape[1] - f + 1, X.shape[2] - f + 1
    full = sum(X[:, q:q + rows, r:r + cols] @ W[q, r] for q in range(f) for r in range(f))
    return full[:, ::s, ::s] + b.ravel(), (A_prev, W, b, hparameters)
