import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    m, H, V, C = A_prev.shape
    k, st = hparameters["f"], hparameters["stride"]
    out_h = len(range(0, H - k + 1, st))
    out_w = len(range(0, V - k + 1, st))
    A = np.zeros((m, out_h, out_w, C))
    for a, top in enumerate(range(0, H - k + 1, st)):
        for b, left in enumerate(range(0, V - k + 1, st)):
            block = A_prev[:, top:top + k, left:left + k, :].reshape(m, k * k, C)
            if mode == "max":
                A[:, a, b, :] = np.sort(block, axis=1)[:, -1]
            else:
                A[:, a, b, :] = block.sum(axis=1) / (k * k)
    return A, (A_prev, hparameters)
