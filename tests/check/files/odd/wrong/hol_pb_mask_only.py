import numpy as np

def pool_backward(dA, A_prev, kernel_shape, stride=(1, 1), mode='max'):
    m, h_new, w_new, c = dA.shape
    kh, kw = kernel_shape
    sh, sw = stride
    dx = np.zeros_like(A_prev)
    for i in range(m):
        for h in range(h_new):
            for w in range(w_new):
                for f in range(c):
                    part = A_prev[i, h * sh:h * sh + kh, w * sw:w * sw + kw, f]
                    if mode == 'max':
                        mask = (part == np.max(part)).astype(int)
                        dx[i, h * sh:h * sh + kh, w * sw:w * sw + kw, f] += mask
                    if mode == 'avg':
                        avg = dA[i, h, w, f] / kh / kw
                        dx[i, h * sh:h * sh + kh, w * sw:w * sw + kw, f] += np.ones((kh, kw)) * avg
    return dx
