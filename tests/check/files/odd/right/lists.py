import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, _, _, K = W.shape
    padded = np.zeros((m, H + 2 * p, V + 2 * p, C))
    padded[:, p:H + p, p:V + p, :] = A_prev
    Z = [[[[float((padded[i, y:y + f, x:x + f] * W[..., k]).sum() + b[..., k].item()) for k in range(K)]
           for x in range(0, V + 2 * p - f + 1, s)]
          for y in range(0, H + 2 * p - f + 1, s)]
         for i in range(m)]
    return np.array(Z), (A_prev, W, b, hparameters)
