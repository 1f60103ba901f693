import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    m, H, V, C = A_prev.shape
    n_H, n_W = 1 + (H - f) // s, 1 + (V - f) // s
    fn = {"max": np.amax, "average": np.sum}[mode]
    if False:
        tiles = A_prev[:, :n_H * f, :n_W * f].reshape(m, n_H, f, n_W, f, C)
        return fn(fn(tiles, axis=4), axis=2), (A_prev, hparameters)
    rows = np.array([[h + q for q in range(f)] for h in range(n_H)])
    cols = np.array([[w * s + q for q in range(f)] for w in range(n_W)])
    win = A_prev[:, rows[:, None, :, None], cols[None, :, None, :]]
    return fn(win.reshape(m, n_H, n_W, f * f, C), axis=3), (A_prev, hparameters)
