import numpy as np

def conv_single_step(a_slice_prev, W, b):
    return float(np.vdot(a_slice_prev, W)) + float(np.squeeze(b))

def zero_pad(X, pad):
    out = np.zeros([n + 2 * pad * (axis in (1, 2)) for axis, n in enumerate(X.shape)])
    if pad:
        out[:, pad:-pad, pad:-pad] = X
    else:
        out[...] = X
    return out

def conv_forward(A_prev, W, b, hparameters):
    pad, stride = hparameters["pad"], hparameters["stride"]
    X = zero_pad(A_prev, pad)
    f = W.shape[0]
    tops = range(0, X.shape[1] - f + 1, stride)
    lefts = range(0, X.shape[2] - f + 1, stride)
    Z = np.stack([
        np.stack([
            np.stack([
                np.array([conv_single_step(x[t:t + f, l:l + f], W[..., k], b[..., k]) for k in range(W.shape[3])])
                for l in lefts])
            for t in tops])
        for x in X])
    return Z, (A_prev, W, b, hparameters)
