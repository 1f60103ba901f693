import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    x = A_prev.transpose(0, 3, 1, 2)
    w = W.transpose(3, 2, 0, 1)
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    N, C, H, V = x.shape
    K, _, f, _ = w.shape
    oh, ow = 1 + (H - f) // s, 1 + (V - f) // s
    cols = np.zeros((C * f * f, N * oh * ow))
    n = 0
    for i in range(N):
        for y in range(oh):
            for z in range(ow):
                cols[:, n] = x[i, :, y * s:y * s + f, z * s:z * s + f].ravel()
                n += 1
    out = w.reshape(K, -1) @ cols + b.reshape(K, 1)
    out = out.reshape(K, N, oh, ow).transpose(1, 2, 3, 0)
    return out, (A_prev, W, b, hparameters)
