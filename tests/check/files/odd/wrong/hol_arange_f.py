import numpy as np

def conv_forward(A_prev, W, b, activation, padding="same", stride=(1, 1)):
    m, h, w, c = A_prev.shape
    kh, kw, _, n = W.shape
    sh, sw = stride
    if padding == "valid":
        ph, pw = 0, 0
    else:
        ph = int(((h - 1) * sh + kh - h) / 2)
        pw = int(((w - 1) * sw + kw - w) / 2)
    padded = np.pad(A_prev, ((0, 0), (ph, ph), (pw, pw), (0, 0)), "constant")
    oh = int((h + 2 * ph - kh) / sh) + 1
    ow = int((w + 2 * pw - kw) / sw) + 1
    rows = (np.arange(oh) * kh)[:, None] + np.arange(kh)
    cols = (np.arange(ow) * kw)[:, None] + np.arange(kw)
    win = padded[:, rows[:, None, :, None], cols[None, :, None, :], :]
    return activation(np.einsum("iyxpqc,pqcn->iyxn", win, W) + b)
