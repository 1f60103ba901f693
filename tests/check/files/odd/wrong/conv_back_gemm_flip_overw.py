import numpy as np

def conv_backward(dZ, cache):
    A_prev, W, b, hp = cache
    s, p = hp["stride"], hp["pad"]
    f, _, C, K = W.shape
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    m, n_H, n_W, _ = dZ.shape
    flat = dZ.reshape(-1, K)
    cols = np.array([X[i, h * s:h * s + f, w * s:w * s + f].ravel() for i in range(m) for h in range(n_H) for w in range(n_W)])
    dW = (cols.T @ flat).reshape(W.shape)
    back = (flat @ W[::-1, ::-1].reshape(-1, K).T).reshape(m, n_H, n_W, f, f, C)
    dX = np.zeros(X.shape)
    for i, h, w in np.ndindex(m, n_H, n_W):
        dX[i, h * s:h * s + f, w * s:w * s + f] += back[i, h, w]
    H, V = A_prev.shape[1:3]
    return dX[:, p:p + H, p:p + V, :], dW, flat.sum(0).reshape(1, 1, 1, K) / m
