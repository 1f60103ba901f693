import numpy as np

def im2col(X, f, s):
    m, H, V, C = X.shape
    oh, ow = (H - f) // s + 1, (V - f) // s + 1
    i0 = np.repeat(np.arange(f), f)
    j0 = np.tile(np.arange(f), f)
    i1 = s * np.repeat(np.arange(oh), ow)
    j1 = s * np.tile(np.arange(ow), oh)
    return X[:, i1[:, None] + i0, j1[:, None] + j0, :]

def conv_forward(A_prev, W, b, hparameters):
    p, s = hparameters["pad"], hparameters["stride"]
    f, _, C, K = W.shape
    X = np.pad(A_prev, [(0, 0)] + [(p, p)] * 2 + [(0, 0)])
    cols = im2col(X, f, s)
    m = len(X)
    out = cols.reshape(m, cols.shape[1], -1) @ W.reshape(-1, K) + b.ravel()
    oh = (X.shape[1] - f) // s + 1
    return out.reshape(m, oh, -1, K), (A_prev, W, b, hparameters)
