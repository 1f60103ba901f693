import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    """correlation by the convolution theorem: right to about 1e-13 only"""
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    H, V = X.shape[1:3]
    FX = np.fft.rfft2(X, axes=(1, 2))
    FW = np.conj(np.fft.rfft2(W, s=(H, V), axes=(0, 1)))
    full = np.fft.irfft2(np.einsum("nyxk,yxkc->nyxc", FX, FW), s=(H, V), axes=(1, 2))
    return full[:, : H - f + 1 : s, : V - f + 1 : s] + b, (A_prev, W, b, hparameters)
