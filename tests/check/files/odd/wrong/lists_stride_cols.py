import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, _, _, K = W.shape
    oh, ow = (H + 2 * p - f) // s + 1, (V + 2 * p - f) // s + 1
    padded = np.zeros((m, H + 2 * p, V + 2 * p, C))
    padded[:, p:H + p, p:V + p, :] = A_prev
    return np.array([[[[(padded[i, y * s:y * s + f, x:x + f] * W[..., k]).sum() + b[0, 0, 0, k] for k in range(K)]
           for x in range(ow)] for y in range(oh)] for i in range(m)]), None
