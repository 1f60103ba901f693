import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    X = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)), "constant")
    m, H, V, C = X.shape
    f = W.shape[0]
    sm, sh, sv, sc = X.strides
    oh, ow = (H - f) // stride + 1, (V - f) // stride + 1
    view = np.lib.stride_tricks.as_strided(X, shape=(m, oh, ow, f, f, C), strides=(sm, stride * sh, stride * sv, sv, sh, sc))
    return np.einsum("abcdef,defg->abcg", view, W) + b, (A_prev, W, b, hparameters)
